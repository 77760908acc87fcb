#include "become.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>

#include "descriptors.h"
#include "stdio.h"
#include "steps.h"

/* The exit status of a shell for it. */
enum { CANNOT_EXECUTE = 126 };

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
void restore_blocking(void) {
  for (int fd = 0; fd < 3; fd++) {
    long flags = syscall(SYS_fcntl, fd, F_GETFL);
    if (flags < 0 || stdio_flags[fd] < 0 || ((flags ^ stdio_flags[fd]) & O_NONBLOCK) == 0) continue;
    syscall(SYS_fcntl, fd, F_SETFL, flags ^ O_NONBLOCK);
  }
}

static struct iovec piece(const char *text) {
  return (struct iovec){.iov_base = (char *)text, .iov_len = strlen(text)};
}

/*
 * Node's own descriptors have been overwritten, so it cannot be gone back to. SIGPIPE is blocked:
 * whoever waits is told by the status at least.
 */
_Noreturn static void end_with(const struct refusal *refusal) {
  const struct raw_signal_set all = {.bits = ~UINT64_C(0)};
  const struct iovec line[] = {
      piece("tsrootwrap: cannot become the program: "),
      piece(step_name(refusal->step)),
      piece(refusal->subject == NULL ? "" : " "),
      piece(refusal->subject == NULL ? "" : refusal->subject),
      piece(": "),
      piece(error_name(refusal->error)),
      piece("\n"),
  };
  raw_signal_mask(SIG_SETMASK, &all, NULL);
  syscall(SYS_writev, STDERR_FILENO, line, sizeof line / sizeof *line);
  for (;;) syscall(SYS_exit_group, CANNOT_EXECUTE);
}

/* Comes back only when the program could not be executed and Node can go on. */
static void place_and_execute(const struct image *image, struct refusal *refusal) {
  if (place_stdio(image, refusal)) execute(image, refusal);
  if (image->stdio_count > 0) end_with(refusal);
}

/*
 * The limit comes after all that opens a descriptor: Node's own, still open, would leave a low one
 * no room. Descriptors go to their places last, see above.
 */
static void take_and_execute(struct image *image, struct refusal *refusal) {
  if (lift_stdio(image, true, refusal) && take_identity(image, refusal) &&
      take_limits(image, refusal)) {
    place_and_execute(image, refusal);
    give_back_limits(image);
  }
  /* Still here: undo what can be undone, so that Node can say why. */
  for (size_t i = 0; i < image->pin_count; i++) {
    if (image->pins[i].fd >= 0) syscall(SYS_close, image->pins[i].fd);
  }
  drop_lifted(image);
}

/*
 * The other descriptors are marked, not closed, for Node needs its own should a step fail. Without
 * blocking signals first, one of Node's handlers could take a signal that is the program's.
 */
static void replace(struct image *image, struct refusal *refusal) {
  static const unsigned first_other = 3;
  struct signals signals;
  if (!block_signals(&signals.mask, refusal)) return;
  default_signals(signals.actions);
  restore_blocking();
  if (close_on_exec_from(first_other) != 0)
    refuse_step(refusal, STEP_DESCRIPTORS, NULL);
  else if (image->stdio != NULL || keep_stdio(refusal))
    take_and_execute(image, refusal);
  restore_signals(signals.actions);
  restore_mask(&signals.mask);
}

napi_value become(napi_env env, napi_callback_info info) {
  napi_value object;
  struct image image = {0};
  struct refusal refusal = {0};
  if (!read_arguments(env, info, 1, &object)) return NULL;
  if (read_become_image(env, object, &image)) {
    replace(&image, &refusal);
    throw_refusal(env, &refusal);
  }
  free_image(&image);
  return NULL;
}
