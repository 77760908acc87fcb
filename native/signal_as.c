#include "signal_as.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "credentials.h"
#include "environment.h"
#include "raw.h"
#include "steps.h"

struct task {
  int pidfd;
  int signal;
  struct credentials credentials;
  bool sent;
};

/* In a child, for credentials that were taken for one signal could not be given back after it. */
static void send_signal(void *data, struct refusal *refusal) {
  struct task *task = data;
  if (!take_credentials(&task->credentials, refusal)) return;
  task->sent = syscall(SYS_pidfd_send_signal, task->pidfd, task->signal, NULL, 0) == 0;
  if (!task->sent) refuse_step(refusal, STEP_SIGNAL, NULL);
}

static void send_from_child(napi_env env, struct environment *environment, struct task *task) {
  struct child child = {.steps = send_signal, .task = task};
  if (clone_child(&environment->stack, &child)) {
    reap_child(&child);
    /* The user may have killed the child, which was theirs for a moment, or stopped it for long. */
    if (!task->sent) {
      errno = EINTR;
      refuse_step(&child.refusal, STEP_SIGNAL, NULL);
    }
  }
  if (child.refusal.step != STEP_NONE) throw_refusal(env, &child.refusal);
}

napi_value signal_as(napi_env env, napi_callback_info info) {
  const struct use use = {.step = STEP_SIGNAL};
  napi_value arguments[3];
  int64_t pidfd, signal;
  struct task task = {0};
  struct environment *environment = environment_of(env);
  if (environment == NULL || !read_arguments(env, info, 3, arguments) ||
      !read_integer(env, arguments[0], 0, INT_MAX, use, "pidfd", &pidfd) ||
      !read_integer(env, arguments[1], 0, RAW_SIGNALS, use, "signal", &signal))
    return NULL;
  task.pidfd = (int)pidfd;
  task.signal = (int)signal;
  if (read_credentials(env, arguments[2], &task.credentials))
    send_from_child(env, environment, &task);
  free(task.credentials.groups);
  return NULL;
}
