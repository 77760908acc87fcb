#include "clone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kill_timer.h"
#include "steps.h"

#ifdef __SANITIZE_ADDRESS__
/* The child leaves by execve, so the marks on its frames stay behind for the next one. */
#include <sanitizer/asan_interface.h>
#else
#define __asan_unpoison_memory_region(memory, size)
#endif

/* How long a child may take to execute the program. */
enum { SECONDS_AT_MOST = 5 };

static bool map_stack(struct stack *stack) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = 64 * 1024 + page;
  if (stack->memory != NULL) return true;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return false;
  if (mprotect(memory, page, PROT_NONE) != 0) { /* the guard, at the end it grows towards */
    int error = errno;
    munmap(memory, size);
    errno = error;
    return false;
  }
  *stack = (struct stack){.memory = memory, .size = size};
  return true;
}

void free_stack(struct stack *stack) {
  if (stack->memory != NULL) munmap(stack->memory, stack->size);
  stack->memory = NULL;
}

/*
 * Once the child is of the new user, that user may stop it, and with it the parent, which waits; so
 * may a file system behind a pin or the program. SIGKILL ends either; execve takes the timer away.
 */
static bool limit_time(struct refusal *refusal) {
  return kill_in(SECONDS_AT_MOST) || refuse_step(refusal, STEP_TIMER, NULL);
}

static int run_child(void *argument) {
  struct child *child = argument;
  /* A kernel that does not know CLONE_PIDFD (before 5.2) ignores it. */
  if (child->pidfd < 0) {
    errno = ENOSYS;
    refuse_step(&child->refusal, STEP_CLONE, NULL);
  } else if (limit_time(&child->refusal)) {
    child->steps(child->task, &child->refusal);
  }
  syscall(SYS_exit_group, 127);
  return 127;
}

void reap_child(struct child *child) {
  while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) continue;
  if (child->pidfd >= 0) syscall(SYS_close, child->pidfd);
}

/*
 * CLONE_VM shares this process's memory instead of copying it, CLONE_VFORK stops this thread until
 * the child has executed the program or ended. Between setresuid and execve a process of the new
 * user cannot look into that memory: changing credentials makes it undumpable, which forbids
 * ptrace and /proc/PID/mem.
 */
bool clone_child(struct stack *stack, struct child *child) {
  struct raw_signal_set mask;
  child->pidfd = -1;
  if (!map_stack(stack)) return refuse_step(&child->refusal, STEP_CLONE, NULL);
  /* Blocked, so that none of this process's handlers runs in the child, on its memory. */
  if (!block_signals(&mask, &child->refusal)) return false;
  child->pid = clone(run_child, stack->memory + stack->size,
                     CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, child, &child->pidfd);
  if (child->pid < 0) refuse_step(&child->refusal, STEP_CLONE, NULL);
  restore_mask(&mask);
  __asan_unpoison_memory_region(stack->memory, stack->size);
  if (child->refusal.step == STEP_NONE) return true;
  if (child->pid >= 0) reap_child(child);
  return false;
}
