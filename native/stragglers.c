#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "run_calls.h"
#include "runs.h"
#include "values.h"

/*
 * By their numbers, without descriptors: as long as nobody reaps such a process, which only we can, its
 * number means no other one.
 */
void leave_behind(struct run *run) {
  struct straggler *straggler = malloc(sizeof *straggler);
  if (straggler == NULL) {
    run->runs->unreapable++; /* a zombie as long as this process lives */
    return;
  }
  *straggler = (struct straggler){.next = run->runs->stragglers, .pid = run->pid};
  run->runs->stragglers = straggler;
}

/* True when it is gone, by us or by somebody else. */
static bool is_reaped(int pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) != 0) return errno != EINTR;
  return info.si_pid != 0;
}

/* How many are left. */
static size_t reap_stragglers(struct runs *runs) {
  size_t left = runs->unreapable;
  for (struct straggler **place = &runs->stragglers; *place != NULL;) {
    struct straggler *straggler = *place;
    if (is_reaped(straggler->pid)) {
      *place = straggler->next;
      free(straggler);
    } else {
      place = &straggler->next;
      left++;
    }
  }
  return left;
}

napi_value count_given_up(napi_env env, napi_callback_info info) {
  struct environment *environment = environment_of(env);
  napi_value count;
  (void)info;
  if (environment == NULL) return NULL;
  size_t left = environment->runs == NULL ? 0 : reap_stragglers(environment->runs);
  return succeeded(env, napi_create_double(env, (double)left, &count)) ? count : NULL;
}
