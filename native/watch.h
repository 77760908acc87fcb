/* Learning on Node's own event loop that a child has ended. */
#ifndef TSROOTWRAP_WATCH_H
#define TSROOTWRAP_WATCH_H

#include <node_api.h>
#include <stdbool.h>

/* Once for each environment (the main thread, and each worker that loads the addon). */
bool prepare_watching(napi_env env);

napi_value on_exit_of(napi_env env, napi_callback_info info);

#endif
