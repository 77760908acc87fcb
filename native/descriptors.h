/* All descriptors from one number upwards. Async-signal-safe; -1 with errno set on failure. */
#ifndef TSROOTWRAP_DESCRIPTORS_H
#define TSROOTWRAP_DESCRIPTORS_H

int close_from(unsigned first);
int close_on_exec_from(unsigned first);

#endif
