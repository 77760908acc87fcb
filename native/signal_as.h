#ifndef TSROOTWRAP_SIGNAL_AS_H
#define TSROOTWRAP_SIGNAL_AS_H

#include <node_api.h>

/* Sends a signal with the rights of somebody else. */
napi_value signal_as(napi_env env, napi_callback_info info);

#endif
