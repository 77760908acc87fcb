#include "kill_timer.h"

#include <signal.h>

#include "raw.h"

bool kill_in(time_t seconds) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  const struct itimerspec when = {.it_value.tv_sec = seconds};
  int timer; /* the kernel's number, not the C library's pointer */
  return syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == 0 &&
         syscall(SYS_timer_settime, timer, 0, &when, NULL) == 0;
}
