#ifndef TSROOTWRAP_SOCKETS_H
#define TSROOTWRAP_SOCKETS_H

#include <node_api.h>

/* Two connected ends for two processes. */
napi_value socket_pair(napi_env env, napi_callback_info info);

#endif
