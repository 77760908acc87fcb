/* Writing to what another process may not read. */
#ifndef TSROOTWRAP_WRITE_WITHIN_H
#define TSROOTWRAP_WRITE_WITHIN_H

#include <node_api.h>

/* See src/posix/addon.ts. */
napi_value write_within(napi_env env, napi_callback_info info);

#endif
