/* What is the caller's and not for Node: its limits where Node could not run under them, its environment. */
#ifndef TSROOTWRAP_CALLER_H
#define TSROOTWRAP_CALLER_H

/* Lifts the limits of this process as far as it may, and notes those that were lower. */
void lift_limits(void);

/*
 * A descriptor above the standard ones of a sealed memfd: `RESOURCE SOFT HARD` for each limit that was
 * noted, an empty text, the environment byte for byte; each text ends with a NUL.
 */
int hand_on(void);

#endif
