/*
 * The small parent that stays with a command under `signal_exit_code`, in the place of Node: passes
 * signals on, and ends with the command's status, or with 128+N when signal N ended it.
 */
#ifndef TSROOTWRAP_WAIT_H
#define TSROOTWRAP_WAIT_H

/* NUMBER: the process id of a child of this process, in decimal. Returns only when it cannot wait. */
int wait_for(const char *number);

#endif
