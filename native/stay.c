#include "stay.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "become.h"
#include "descriptors.h"
#include "environment.h"
#include "spawn.h"
#include "steps.h"

static const struct use waiter_use = {.step = STEP_EXEC};

/* The program's process id once it runs, and the signals that came before, a bit each. */
static atomic_int started;
static _Atomic uint64_t early;

/*
 * Until the waiter has taken over, by the same rule as there: the kernel's own signals have reached the
 * program by way of its group.
 */
static void pass_on(int number, siginfo_t *info, void *context) {
  (void)context;
  int error = errno, pid = started;
  if (info->si_code > 0) return;
  if (pid > 0)
    syscall(SYS_kill, pid, number);
  else
    early |= UINT64_C(1) << (number - 1);
  errno = error;
}

/* Not those that stop or continue the group, that tell of the child, or that mean a fault of ours. */
static bool is_passed_on(int number) {
  static const int others[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD,
                               SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGTRAP, SIGSYS,  SIGABRT};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    if (number == others[i]) return false;
  }
  return true;
}

static void take_signals(void) {
  struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigfillset(&action.sa_mask);
  for (int number = 1; number <= RAW_SIGNALS; number++) {
    if (is_passed_on(number)) sigaction(number, &action, NULL); /* the C library keeps two to itself */
  }
}

static void pass_on_early(int pid) {
  started = pid;
  uint64_t bits = early;
  for (int number = 1; number <= RAW_SIGNALS; number++) {
    if ((bits >> (number - 1) & 1) != 0) syscall(SYS_kill, pid, number);
  }
}

/*
 * Signals stay blocked in this thread, the one that goes on, until the waiter takes them: at no moment
 * is one lost, or ends this process instead of the program.
 */
static void become_waiter(const char *file, int pid, struct refusal *refusal) {
  char number[12];
  snprintf(number, sizeof number, "%d", pid);
  char *const argv[] = {(char *)file, "--wait", number, NULL}, *const none[] = {NULL};
  if (close_on_exec_from(0) != 0) {
    refuse_step(refusal, STEP_DESCRIPTORS, NULL);
    return;
  }
  syscall(SYS_execve, file, argv, none);
  refuse_step(refusal, STEP_EXEC, file);
}

static void start_and_wait(struct environment *environment, struct image *image, const char *waiter,
                           struct refusal *refusal) {
  struct signals signals;
  struct child child = {0};
  if (!block_signals(&signals.mask, refusal)) return;
  default_signals(signals.actions);
  take_signals();
  restore_blocking();
  image->ends_with_parent = true;
  if (start_program(&environment->stack, image, &child)) {
    pass_on_early(child.pid);
    become_waiter(waiter, child.pid, refusal);
    syscall(SYS_kill, child.pid, SIGKILL);
    reap_child(&child);
  } else {
    *refusal = child.refusal;
  }
  restore_signals(signals.actions);
  restore_mask(&signals.mask);
}

napi_value stay(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  struct image image = {0};
  struct refusal refusal = {0};
  char *waiter = NULL;
  struct environment *environment = environment_of(env);
  if (environment == NULL || !read_arguments(env, info, 2, arguments)) return NULL;
  if (read_spawn_image(env, arguments[0], &image) &&
      read_text(env, arguments[1], waiter_use, "waiter", &waiter)) {
    start_and_wait(environment, &image, waiter, &refusal);
    throw_refusal(env, &refusal);
  }
  free(waiter);
  free_image(&image);
  return NULL;
}
