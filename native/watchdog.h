#ifndef TSROOTWRAP_WATCHDOG_H
#define TSROOTWRAP_WATCHDOG_H

#include <node_api.h>

/* What ends this process when its event loop cannot: one for all threads, and it never stops. */
napi_value start_watchdog(napi_env env, napi_callback_info info);
napi_value set_deadline(napi_env env, napi_callback_info info);

#endif
