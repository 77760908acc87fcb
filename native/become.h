#ifndef TSROOTWRAP_BECOME_H
#define TSROOTWRAP_BECOME_H

#include <node_api.h>

/* Notes how descriptors 0 to 2 were handed over; to be called when the addon is loaded. */
void remember_stdio(void);

/* Takes back O_NONBLOCK from those where Node has set it: the program would inherit it. */
void restore_blocking(void);

/* Replaces this process by a program; comes back only with an exception. */
napi_value become(napi_env env, napi_callback_info info);

#endif
