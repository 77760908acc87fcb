/* Learning on Node's own event loop that a child has ended. */
#ifndef TSROOTWRAP_WATCH_H
#define TSROOTWRAP_WATCH_H

#include "environment.h"

napi_value on_exit_of(napi_env env, napi_callback_info info);

/* Stops watching, calling nobody back. */
void end_watches(struct environment *environment);

#endif
