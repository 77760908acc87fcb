#ifndef TSROOTWRAP_FILES_H
#define TSROOTWRAP_FILES_H

#include <node_api.h>

/* Files by path and by descriptor. */

/* Whether a path is a regular file that this process may execute. */
napi_value is_executable(napi_env env, napi_callback_info info);

#endif
