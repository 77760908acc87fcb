#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fail.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

extern char **environ;

/*
 * What each limit is to be for Node: V8 reserves address space by the gigabyte, a log must be writable
 * whatever the caller allows itself, a timer counts as a pending signal, and no core file of ours may be
 * left in its directory.
 */
static const struct {
  const char *name;
  int resource;
  rlim_t least;
} wanted[] = {
    {"RLIMIT_CPU", RLIMIT_CPU, RLIM_INFINITY},    {"RLIMIT_FSIZE", RLIMIT_FSIZE, RLIM_INFINITY},
    {"RLIMIT_DATA", RLIMIT_DATA, RLIM_INFINITY},  {"RLIMIT_STACK", RLIMIT_STACK, 8 << 20},
    {"RLIMIT_NPROC", RLIMIT_NPROC, RLIM_INFINITY}, {"RLIMIT_NOFILE", RLIMIT_NOFILE, 1024},
    {"RLIMIT_AS", RLIMIT_AS, RLIM_INFINITY},      {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING, 1024},
};

/* Below these no Node that we run with starts; it would hang, or die without a word that helps. */
static const struct {
  const char *what;
  int resource;
  rlim_t bytes;
} needed[] = {
    {"address space", RLIMIT_AS, (rlim_t)768 << 20}, /* Node 24 wants 1.2 GiB */
    {"data", RLIMIT_DATA, (rlim_t)40 << 20},
    {"the stack", RLIMIT_STACK, (rlim_t)48 << 10},
};

enum { LINE = 64, LINES = sizeof wanted / sizeof *wanted + 1 };

/* `RESOURCE SOFT HARD` for each limit that the command is to get back: the whole header. */
static char header[LINE * LINES + 1];
static size_t header_size;

/* The largest whole number of JavaScript's; -1 is no limit. */
static long long number(rlim_t limit) {
  const rlim_t most = ((rlim_t)1 << 53) - 1;
  return limit == RLIM_INFINITY ? -1 : (long long)(limit > most ? most : limit);
}

static void note(int resource, const struct rlimit *limit) {
  int length = snprintf(header + header_size, LINE, "%d %lld %lld", resource,
                        number(limit->rlim_cur), number(limit->rlim_max));
  header_size += (size_t)length + 1; /* with its NUL */
}

/* Where the hard limit cannot be raised. */
static void require_enough(const char *name, int resource, rlim_t hard) {
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (resource == needed[i].resource && hard <= needed[i].bytes)
      fail(BAD_INSTALLATION,
           "the hard limit of %s (%s) is %lld bytes, and raising it takes CAP_SYS_RESOURCE: "
           "give the caller more than %lld",
           needed[i].what, name, number(hard), number(needed[i].bytes));
}

static void lift(const char *name, int resource, rlim_t least) {
  struct rlimit old;
  if (getrlimit(resource, &old) != 0) fail(BAD_INSTALLATION, "getrlimit: %s", strerror(errno));
  if (old.rlim_cur >= least) {
    if (resource == RLIMIT_NOFILE) note(resource, &old); /* Node raises it for itself */
    return;
  }
  note(resource, &old);
  struct rlimit lifted = {.rlim_cur = least,
                          .rlim_max = old.rlim_max > least ? old.rlim_max : least};
  if (setrlimit(resource, &lifted) == 0) return;
  lifted = (struct rlimit){.rlim_cur = old.rlim_max, .rlim_max = old.rlim_max};
  require_enough(name, resource, old.rlim_max);
  setrlimit(resource, &lifted); /* what there is may be enough */
}

static void forbid_core(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_cur == 0) return;
  note(RLIMIT_CORE, &limit);
  limit.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &limit);
}

void lift_limits(void) {
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    lift(wanted[i].name, wanted[i].resource, wanted[i].least);
  forbid_core();
}

static void write_all(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t wrote = write(fd, bytes, size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) fail(BAD_INSTALLATION, "cannot hand on the environment: %s", strerror(errno));
    bytes += wrote;
    size -= (size_t)wrote;
  }
}

/* The strings stand behind one another in memory as the kernel put them there, but need not. */
static void write_environment(int fd) {
  for (char **entry = environ; *entry != NULL;) {
    const char *start = *entry;
    const char *end = start + strlen(start) + 1;
    while (*++entry == end) end += strlen(*entry) + 1;
    write_all(fd, start, (size_t)(end - start));
  }
}

static int open_memory(void) {
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int fd = memfd_create("tsrootwrap", flags | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create("tsrootwrap", flags); /* before Linux 6.3 */
  return fd;
}

/* Above the standard descriptors, also when the caller has closed one of those; Node has it closed later. */
int hand_on(void) {
  const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  int low = open_memory();
  int fd = low < 0 ? -1 : fcntl(low, F_DUPFD, STDERR_FILENO + 1);
  if (fd < 0) fail(BAD_INSTALLATION, "no memory file: %s", strerror(errno));
  close(low);
  write_all(fd, header, header_size + 1); /* and an empty text */
  write_environment(fd);
  if (fcntl(fd, F_ADD_SEALS, seals) != 0 || lseek(fd, 0, SEEK_SET) != 0)
    fail(BAD_INSTALLATION, "cannot seal the environment: %s", strerror(errno));
  return fd;
}
