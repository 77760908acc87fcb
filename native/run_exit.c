#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "raw.h"
#include "runs.h"

enum { UNKNOWN_STATUS = 255 };

/*
 * The process stays a zombie until the run ends, so that its number, which is that of its group, can
 * not come to mean another one while the group may still be signalled.
 */
void notice_exit(struct run *run) {
  bool again = false;
  run->exited = true;
  drop_input(run);
  tell_fed(run);
  for (int which = OUTPUT; which <= ERRORS; which++) {
    if (!run->drained[which]) read_output(run, which);
    again = again || (run->ends[which].watched && !run->drained[which]);
  }
  if (!again) unwatch_end(run, PROCESS); /* it would be ready for ever */
}

/*
 * 0 or errno. The process is there, if only as a zombie, unless somebody else reaped it: then its
 * number may mean another group.
 */
int signal_group(const struct run *run, int signal) {
  siginfo_t info;
  if (waitid((idtype_t)RAW_P_PIDFD, (id_t)run->ends[PROCESS].fd, &info,
             WEXITED | WNOHANG | WNOWAIT) != 0)
    return ESRCH;
  return kill(-run->pid, signal) == 0 ? 0 : errno;
}

/* False when it has to be tried again: somebody who traces the process has yet to let it go. */
static bool reap(struct run *run, siginfo_t *info) {
  int result;
  memset(info, 0, sizeof *info);
  do {
    result = waitid((idtype_t)RAW_P_PIDFD, (id_t)run->ends[PROCESS].fd, info, WEXITED | WNOHANG);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return info->si_pid != 0;
  /* Somebody else reaped it. Nobody can know how it ended, so it did not end well. */
  info->si_code = CLD_EXITED;
  info->si_status = UNKNOWN_STATUS;
  return true;
}

static bool is_silent(const struct run *run, int which) {
  return run->ends[which].fd < 0 || run->drained[which];
}

static void tell_once(struct run *run, bool *told, const char *event) {
  if (*told) return;
  *told = true;
  tell_event(run, event);
}

void settle_run(struct run *run) {
  siginfo_t info;
  if (!run->exited) return;
  if (run->ends[OUTPUT].fd >= 0 || run->ends[ERRORS].fd >= 0) {
    if (is_silent(run, OUTPUT) && is_silent(run, ERRORS)) tell_once(run, &run->told_exited, "exited");
    else if (run->streaming && run->room == 0) tell_once(run, &run->told_unread, "unread");
    return;
  }
  if (run->kill_group) signal_group(run, SIGKILL);
  if (reap(run, &info)) {
    tell_ended(run, info.si_code == CLD_EXITED, info.si_status);
  } else if (run->given_up) {
    leave_behind(run);
    tell_ended(run, true, UNKNOWN_STATUS);
  } else {
    unwatch_end(run, PROCESS); /* it is ready all the time; whoever listens asks again */
    tell_event(run, "traced");
  }
}
