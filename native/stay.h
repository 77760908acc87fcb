#ifndef TSROOTWRAP_STAY_H
#define TSROOTWRAP_STAY_H

#include <node_api.h>

/*
 * Starts a program, and replaces this process by one that waits for it: comes back only with an
 * exception, and then the program does not run.
 */
napi_value stay(napi_env env, napi_callback_info info);

#endif
