/* An end that the kernel brings, should this process or child not get to its own. */
#ifndef TSROOTWRAP_KILL_TIMER_H
#define TSROOTWRAP_KILL_TIMER_H

#include <stdbool.h>
#include <time.h>

/*
 * SIGKILL to this process in so many seconds; execve takes it away. Async-signal-safe. False with
 * errno.
 */
bool kill_in(time_t seconds);

#endif
