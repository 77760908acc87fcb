/*
 * Starts Node for tsrootwrap with an environment of our own. The caller's, and its limits where Node
 * could not run under them, travel in a sealed memfd: src/exec/given-environment.ts reads it.
 *
 *   tsrootwrap WORD...         a link to this, as install.sh makes it; or -daemon, -privileged
 *   launcher NAME WORD...      from bin/tsrootwrap. NAME: the path by which that was called
 *   launcher --wait PID        from an addon that has started a command: wait.c
 *
 * Without policy and without a look at what is handed on. It must come before Node: that acts on
 * variables, signals and limits before its first line of script.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../descriptors.h"
#include "caller.h"
#include "fail.h"
#include "wait.h"

/* One that came before this process began stays pending over execve, and would open Node's debugger. */
static void drop_signals(void) {
  signal(SIGUSR1, SIG_IGN); /* takes back what is pending; Node has a handler of its own later */
  signal(SIGXFSZ, SIG_IGN);
}

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text), rest = strlen(end);
  return length >= rest && strcmp(text + length - rest, end) == 0;
}

/* systemd's sockets are for the service that tsrootwrap-privileged starts. */
static void close_inherited(void) {
  if (!ends_in(called, "-privileged")) close_from(STDERR_FILENO + 1);
}

static char *joined(const char *directory, const char *file) {
  char *path;
  if (asprintf(&path, "%s/%s", directory, file) < 0) fail(BAD_INSTALLATION, "out of memory");
  return path;
}

/*
 * The path that the kernel was asked to execute, which sudo and doas have compared with their rules. It
 * says which program is meant and where node is first looked for; argv[0] is any caller's to choose.
 */
static const char *executed(void) {
  const char *path = (const char *)getauxval(AT_EXECFN);
  if (path == NULL) fail(BAD_INSTALLATION, "the kernel does not say what it has executed");
  return path;
}

/* With rights of its own file, this would give them to whatever its caller links beside a link to it. */
static void refuse_rights_of_file(void) {
  struct stat self;
  if (getauxval(AT_SECURE) == 0) return;
  if (stat("/proc/self/exe", &self) != 0)
    fail(BAD_INSTALLATION, "/proc/self/exe: %s: mount /proc", strerror(errno));
  if ((self.st_mode & (S_ISUID | S_ISGID)) != 0 ||
      getxattr("/proc/self/exe", "security.capability", NULL, 0) >= 0)
    fail(BAD_INSTALLATION, "it must not be set-uid, set-gid or have capabilities: take them off "
                           "(chmod ug-s, setcap -r), and call it by sudo");
}

/* prebuilds/TARGET/launcher is where this is, so the package is two directories up. */
static char *program(void) {
  static char self[4096];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length < 0) fail(BAD_INSTALLATION, "/proc/self/exe: %s: mount /proc", strerror(errno));
  self[length] = '\0';
  for (int up = 0; up < 3; up++) {
    char *slash = strrchr(self, '/');
    if (slash == NULL) fail(BAD_INSTALLATION, "%s is not in the package's prebuilds", self);
    *slash = '\0';
  }
  return joined(self, "bin/program.js");
}

/* PATH is the caller's and is not asked. */
static char *find_node(void) {
  const char *slash = strrchr(called, '/');
  char *beside = strdup(slash == NULL ? "." : called);
  if (beside == NULL) fail(BAD_INSTALLATION, "out of memory");
  if (slash != NULL) beside[slash - called] = '\0';
  const char *const directories[] = {beside, "/usr/local/bin", "/usr/bin"};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    struct stat found;
    char *node = joined(directories[i], "node");
    if (stat(node, &found) == 0 && S_ISREG(found.st_mode) && access(node, X_OK) == 0) return node;
    free(node);
  }
  fail(BAD_INSTALLATION, "no node beside %s, in /usr/local/bin or in /usr/bin: link one there", called);
}

/* Becomes Node, with the program, its name, and the words of the caller. */
_Noreturn static void start_node(char **words, size_t count) {
  char variable[32];
  snprintf(variable, sizeof variable, "TSROOTWRAP_CALLER=%d", hand_on());
  char *const environment[] = {variable, NULL};
  char **argv = calloc(count + 5, sizeof *argv);
  if (argv == NULL) fail(BAD_INSTALLATION, "out of memory");
  argv[0] = find_node();
  /* SIGUSR1 opens Node's debugger to every local user. No socket can listen on a multicast address. */
  argv[1] = "--inspect-port=[ff00::]:9229";
  argv[2] = program();
  argv[3] = (char *)called;
  memcpy(argv + 4, words, count * sizeof *argv);
  execve(argv[0], argv, environment);
  fail(CANNOT_EXECUTE, "%s: %s", argv[0], strerror(errno));
}

int main(int count, char **words) {
  int own = 1; /* words before the caller's */
  called = executed();
  if (strcmp(base_name(called), "launcher") == 0) {
    if (count < 2) fail(BAD_INSTALLATION, "link tsrootwrap to it, or call bin/tsrootwrap");
    if (strcmp(words[1], "--wait") == 0) return wait_for(count == 3 ? words[2] : "");
    called = words[own++];
  }
  refuse_rights_of_file();
  drop_signals();
  lift_limits();
  close_inherited();
  start_node(words + own, (size_t)(count > own ? count - own : 0));
}
