/* How long something may still wait. */
#ifndef TSROOTWRAP_TIME_LEFT_H
#define TSROOTWRAP_TIME_LEFT_H

#include <stdint.h>
#include <time.h>

#define MOST_MILLISECONDS 2147483647.0

static inline int64_t monotonic_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The moment at which a wait of so many milliseconds is over. */
static inline int64_t end_of_patience(int64_t milliseconds) {
  return milliseconds == 0 ? 0 : monotonic_milliseconds() + milliseconds;
}

/* 0: it is over. For poll(2). */
static inline int milliseconds_left(int64_t end) {
  int64_t left = end - (end == 0 ? 0 : monotonic_milliseconds());
  return left > 0 ? (int)left : 0;
}

#endif
