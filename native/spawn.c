#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "descriptors.h"
#include "steps.h"

#ifdef __SANITIZE_ADDRESS__
/* The child leaves by execve, so the marks on its frames stay behind for whoever maps here next. */
#include <sanitizer/asan_interface.h>
#else
#define __asan_unpoison_memory_region(memory, size)
#endif

/* How long a child may take to execute the program. */
enum { SECONDS_AT_MOST = 5 };

/* What parent and child share: the child writes `refusal` and, through `image`, its own notes. */
struct start {
  struct image *image;
  int pid;
  int pidfd;
  struct refusal refusal;
};

/*
 * Each source is first lifted above all targets, so that no move overwrites a source still to be
 * moved, whatever the order ([1, 0], [4, 3, 3]). Moving also clears close-on-exec.
 */
static bool move_stdio(struct image *image, struct refusal *refusal) {
  int count = (int)image->stdio_count;
  for (int i = 0; i < count; i++) {
    if (image->stdio[i] >= count) continue;
    image->stdio[i] = (int)syscall(SYS_fcntl, image->stdio[i], F_DUPFD_CLOEXEC, count);
    if (image->stdio[i] < 0) return refuse_step(refusal, STEP_STDIO, NULL);
  }
  for (int i = 0; i < count; i++) {
    if (syscall(SYS_dup3, image->stdio[i], i, 0) < 0)
      return refuse_step(refusal, STEP_STDIO, NULL);
  }
  return true;
}

/*
 * Once the child is of the new user, that user may stop it, and with it the parent, which waits; so
 * may a file system behind a pin or the program. SIGKILL ends either; execve takes the timer away.
 */
static bool limit_time(struct refusal *refusal) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL};
  const struct itimerspec when = {.it_value.tv_sec = SECONDS_AT_MOST};
  int timer; /* the kernel's number, not the C library's pointer */
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == 0 &&
      syscall(SYS_timer_settime, timer, 0, &when, NULL) == 0)
    return true;
  return refuse_step(refusal, STEP_TIMER, NULL);
}

/*
 * In the child: no allocation, no locks, nothing of the C library but syscall(), which is
 * async-signal-safe and touches errno alone; the parent's thread, whose errno that is, sleeps.
 */
static bool prepare(struct start *start) {
  struct image *image = start->image;
  struct refusal *refusal = &start->refusal;
  struct rlimit old;
  /* A kernel that does not know CLONE_PIDFD (before 5.2) ignores it. */
  if (start->pidfd < 0) {
    errno = ENOSYS;
    return refuse_step(refusal, STEP_CLONE, NULL);
  }
  default_signals(NULL);
  if (!limit_time(refusal)) return false;
  if (image->new_session && syscall(SYS_setsid) < 0)
    return refuse_step(refusal, STEP_SESSION, NULL);
  if (!move_stdio(image, refusal)) return false;
  if (close_from((unsigned)image->stdio_count) != 0)
    return refuse_step(refusal, STEP_DESCRIPTORS, NULL);
  return limit_descriptors(image, &old, refusal);
}

static int run_child(void *argument) {
  struct start *start = argument;
  if (prepare(start) && take_identity(start->image, &start->refusal))
    execute(start->image, &start->refusal);
  syscall(SYS_exit_group, 127);
  return 127;
}

/*
 * CLONE_VM shares this process's memory instead of copying it, CLONE_VFORK stops this thread until
 * the child has executed the program or ended. Between setresuid and execve a process of the new
 * user cannot look into that memory: changing credentials makes it undumpable, which forbids
 * ptrace and /proc/PID/mem.
 */
static bool clone_child(struct start *start) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 64 * 1024 + page;
  char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (stack == MAP_FAILED) return refuse_step(&start->refusal, STEP_CLONE, NULL);
  struct raw_signal_set mask;
  bool cloned = false;
  if (mprotect(stack, page, PROT_NONE) != 0) { /* the guard, at the end it grows towards */
    refuse_step(&start->refusal, STEP_CLONE, NULL);
  } else if (block_signals(&mask, &start->refusal)) {
    /* Blocked, so that none of this process's handlers runs in the child, on its memory. */
    start->pid = clone(run_child, stack + size, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
                       start, &start->pidfd);
    cloned = start->pid >= 0;
    if (!cloned) refuse_step(&start->refusal, STEP_CLONE, NULL);
    restore_mask(&mask);
  }
  __asan_unpoison_memory_region(stack, size);
  munmap(stack, size);
  return cloned;
}

/* A child that could not execute the program has ended already. */
static void reap(const struct start *start) {
  while (waitpid(start->pid, NULL, 0) < 0 && errno == EINTR) continue;
  if (start->pidfd >= 0) syscall(SYS_close, start->pidfd);
}

napi_value spawn(napi_env env, napi_callback_info info) {
  napi_value object, child = NULL;
  struct image image = {0};
  struct start start = {.image = &image, .pidfd = -1};
  if (!read_arguments(env, info, 1, &object)) return NULL;
  if (read_spawn_image(env, object, &image) && succeeded(env, napi_create_object(env, &child))) {
    if (clone_child(&start) && start.refusal.step != STEP_NONE) reap(&start);
    if (start.refusal.step != STEP_NONE) {
      throw_refusal(env, &start.refusal);
      child = NULL;
    } else if (!set_number(env, child, "pid", start.pid) ||
               !set_number(env, child, "pidfd", start.pidfd)) {
      child = NULL;
    }
  }
  free_image(&image);
  return child;
}
