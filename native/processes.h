#ifndef TSROOTWRAP_PROCESSES_H
#define TSROOTWRAP_PROCESSES_H

#include <node_api.h>

/* Other processes: held, signalled, recognised. */
napi_value peer_credentials(napi_env env, napi_callback_info info);
napi_value pidfd_open_of(napi_env env, napi_callback_info info);
napi_value pidfd_send_signal_to(napi_env env, napi_callback_info info);

#endif
