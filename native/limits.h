#ifndef TSROOTWRAP_LIMITS_H
#define TSROOTWRAP_LIMITS_H

#include <node_api.h>

#include "image.h"

/* Resource limits of this process: setrlimit(2). */
napi_value get_limit(napi_env env, napi_callback_info info);
napi_value set_limit(napi_env env, napi_callback_info info);

/* `{ resource, soft, hard }`. */
bool read_limit_of(napi_env env, napi_value object, struct use use, struct limit *limit);

#endif
