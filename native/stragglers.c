#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"
#include "runs.h"

/* So many are asked at a time, however many there are. */
enum { ASKED_AT_ONCE = 8 };

void leave_behind(struct run *run) {
  struct straggler *straggler = malloc(sizeof *straggler);
  unwatch_end(run, PROCESS);
  if (straggler == NULL) return; /* closed with the run; the zombie stays as long as this process */
  *straggler = (struct straggler){.next = run->runs->stragglers, .pidfd = run->ends[PROCESS].fd};
  run->runs->stragglers = straggler;
  run->ends[PROCESS].fd = -1;
}

/* True when it is gone, by us or by somebody else. */
static bool is_reaped(int pidfd) {
  siginfo_t info = {0};
  if (waitid((idtype_t)RAW_P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0)
    return errno != EINTR;
  return info.si_pid != 0;
}

/* Those that stay change places with the next ones. */
void reap_stragglers(struct runs *runs) {
  struct straggler **place = &runs->stragglers, *kept = NULL, **last_kept = &kept;
  for (int asked = 0; *place != NULL && asked < ASKED_AT_ONCE; asked++) {
    struct straggler *straggler = *place;
    *place = straggler->next;
    if (is_reaped(straggler->pidfd)) {
      close(straggler->pidfd);
      free(straggler);
      continue;
    }
    *last_kept = straggler;
    last_kept = &straggler->next;
    straggler->next = NULL;
  }
  while (*place != NULL) place = &(*place)->next;
  *place = kept;
}
