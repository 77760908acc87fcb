#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../descriptors.h"

enum { CANNOT_WAIT = 126, OF_SIGNAL = 128 };

/* Ends this process if the child has ended. It is no zombie that somebody else could reap. */
static void end_with(pid_t child) {
  int status;
  pid_t ended = waitpid(child, &status, WNOHANG);
  if (ended < 0) _exit(CANNOT_WAIT);
  if (ended == 0) return;
  _exit(WIFSIGNALED(status) ? OF_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status));
}

/* What a terminal stops and continues is the process group, with the command in it. */
static void take_signals(sigset_t *taken) {
  static const int left[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};
  sigfillset(taken);
  for (size_t i = 0; i < sizeof left / sizeof *left; i++) sigdelset(taken, left[i]);
  if (sigprocmask(SIG_SETMASK, taken, NULL) != 0) _exit(CANNOT_WAIT);
}

/* The kernel's own signals (Ctrl-C, a hangup) go to the process group: the command has them already. */
static bool is_sent(const siginfo_t *info) { return info->si_code <= 0; }

int wait_for(const char *number) {
  sigset_t taken;
  siginfo_t info;
  take_signals(&taken);
  char *end = NULL;
  long child = strtol(number, &end, 10);
  if (child <= 1 || *end != '\0') return CANNOT_WAIT;
  close_from(0); /* who reads the command's output waits for the end of it */
  for (;;) {
    end_with((pid_t)child);
    int signal = sigwaitinfo(&taken, &info);
    if (signal < 0 && errno != EINTR) return CANNOT_WAIT;
    /* Not reaped yet, so the number is the child's. */
    if (signal > 0 && signal != SIGCHLD && is_sent(&info)) kill((pid_t)child, signal);
  }
}
