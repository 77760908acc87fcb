#ifndef TSROOTWRAP_PROCESSES_H
#define TSROOTWRAP_PROCESSES_H

#include <node_api.h>

/* Other processes, and what this one may do: held, signalled, recognised. */
napi_value peer_credentials(napi_env env, napi_callback_info info);
napi_value pidfd_open_of(napi_env env, napi_callback_info info);
napi_value pidfd_send_signal_to(napi_env env, napi_callback_info info);
napi_value get_nofile(napi_env env, napi_callback_info info);

#endif
