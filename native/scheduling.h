#ifndef TSROOTWRAP_SCHEDULING_H
#define TSROOTWRAP_SCHEDULING_H

#include <node_api.h>

/* When and where the calling thread runs, and what execve makes of it: back to what a login has. */
napi_value take_back_scheduling(napi_env env, napi_callback_info info);

#endif
