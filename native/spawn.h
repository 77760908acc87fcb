#ifndef TSROOTWRAP_SPAWN_H
#define TSROOTWRAP_SPAWN_H

#include <node_api.h>

/* Starts a program as a child without copying this process. */
napi_value spawn(napi_env env, napi_callback_info info);

#endif
