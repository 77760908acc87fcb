/* Memory that goes back to the system at once, and not when somebody comes round to it. */
#ifndef TSROOTWRAP_MEMORY_H
#define TSROOTWRAP_MEMORY_H

#include <node_api.h>

napi_value free_bytes(napi_env env, napi_callback_info info);
napi_value return_free_memory(napi_env env, napi_callback_info info);

#endif
