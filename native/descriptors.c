#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "raw.h"

struct directory_entry {
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

/* The descriptor that an entry of /proc/self/fd stands for, -1 for `.` and `..`. */
static int descriptor_of(const char *name) {
  int number = 0;
  if (*name == '\0') return -1;
  for (; *name != '\0'; name++) {
    if (*name < '0' || *name > '9') return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

/*
 * What close_range(2) does, for a kernel older than it (5.9; 5.11 for the flag), or a container that
 * forbids it. One entry at a time would be skipped if closing moved the directory's offsets;
 * procfs counts them by descriptor number, so it does not.
 */
static int walk_from(unsigned first, bool mark) {
  _Alignas(struct directory_entry) char buffer[1024];
  int directory = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/fd",
                               O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (directory < 0) return -1;
  long got = 0;
  bool marked = true;
  while (marked && (got = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
    for (long at = 0; marked && at < got;) {
      const struct directory_entry *entry = (const void *)(buffer + at);
      int fd = descriptor_of(entry->name);
      at += entry->length;
      if (fd < 0 || (unsigned)fd < first || fd == directory) continue;
      if (mark)
        marked = syscall(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC) == 0 || errno == EBADF;
      else
        syscall(SYS_close, fd);
    }
  }
  int error = errno;
  syscall(SYS_close, directory);
  errno = error;
  return marked && got == 0 ? 0 : -1;
}

static int apply_from(unsigned first, bool mark) {
#ifndef WITHOUT_CLOSE_RANGE /* defined to test the other way on a new kernel */
  if (syscall(SYS_close_range, first, ~0U, mark ? RAW_CLOSE_RANGE_CLOEXEC : 0) == 0) return 0;
  if (errno != ENOSYS && errno != EINVAL && errno != EPERM) return -1;
#endif
  return walk_from(first, mark);
}

int close_from(unsigned first) { return apply_from(first, false); }

int close_on_exec_from(unsigned first) { return apply_from(first, true); }
