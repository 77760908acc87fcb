#include "become.h"

#include <fcntl.h>
#include <stdatomic.h>

#include "descriptors.h"
#include "steps.h"

/* File status flags of 0, 1 and 2; -1 when the descriptor was closed. */
static int stdio_flags[3];

void remember_stdio(void) {
  static atomic_flag known = ATOMIC_FLAG_INIT; /* a worker loads the addon later than main */
  if (atomic_flag_test_and_set(&known)) return;
  for (int fd = 0; fd < 3; fd++) stdio_flags[fd] = (int)syscall(SYS_fcntl, fd, F_GETFL);
}

/* Node marks all descriptors it inherits close-on-exec when it starts, these three too. */
static bool keep_stdio(struct refusal *refusal) {
  for (int fd = 0; fd < 3; fd++) {
    if (syscall(SYS_fcntl, fd, F_SETFD, 0) != 0)
      return refuse_step(refusal, STEP_STDIO, NULL);
  }
  return true;
}

/*
 * Node makes its pipes non-blocking as soon as process.stdin or process.stdout is looked at, and
 * the program would inherit that with the open file.
 */
static void restore_blocking(void) {
  for (int fd = 0; fd < 3; fd++) {
    long flags = syscall(SYS_fcntl, fd, F_GETFL);
    if (flags < 0 || stdio_flags[fd] < 0 || ((flags ^ stdio_flags[fd]) & O_NONBLOCK) == 0) continue;
    syscall(SYS_fcntl, fd, F_SETFL, flags ^ O_NONBLOCK);
  }
}

/*
 * The other descriptors are marked, not closed, for Node needs its own should a step fail. Without
 * blocking signals first, one of Node's handlers could take a signal that is the program's.
 */
static void replace(struct image *image, struct refusal *refusal) {
  static const unsigned first_other = 3;
  struct signals signals;
  struct rlimit limit;
  if (!block_signals(&signals.mask, refusal)) return;
  default_signals(signals.actions);
  restore_blocking();
  if (close_on_exec_from(first_other) != 0) {
    refuse_step(refusal, STEP_DESCRIPTORS, NULL);
  } else if (keep_stdio(refusal)) {
    /* The limit comes last: Node's descriptors, still open, would leave a low one no room for pins. */
    if (take_identity(image, refusal) && limit_descriptors(image, &limit, refusal)) {
      execute(image, refusal);
      if (image->has_soft_nofile) syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
    }
    /* Still here: undo what can be undone, so that Node can say why. */
    for (size_t i = 0; i < image->pin_count; i++) {
      if (image->pins[i].fd >= 0) syscall(SYS_close, image->pins[i].fd);
    }
  }
  restore_signals(signals.actions);
  restore_mask(&signals.mask);
}

napi_value become(napi_env env, napi_callback_info info) {
  napi_value object;
  struct image image = {0};
  struct refusal refusal = {0};
  if (!read_arguments(env, info, 1, &object)) return NULL;
  if (read_image(env, object, &image)) {
    replace(&image, &refusal);
    throw_refusal(env, &refusal);
  }
  free_image(&image);
  return NULL;
}
