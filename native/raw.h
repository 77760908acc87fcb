/*
 * System calls and constants by number: newer than the C library this is built to run with, or
 * wanted without what the library adds. All are async-signal-safe and return -1 with errno set.
 */
#ifndef TSROOTWRAP_RAW_H
#define TSROOTWRAP_RAW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same on every architecture, as all calls since Linux 5.1. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#define RAW_P_PIDFD 3
#define RAW_CLOSE_RANGE_CLOEXEC 4
#define RAW_RESOLVE_NO_MAGICLINKS 2
#define RAW_RESOLVE_NO_SYMLINKS 4

struct raw_open_how {
  uint64_t flags, mode, resolve;
};

/* statx(2): the beginning of what it writes, and room for the rest. */
#define RAW_AT_EMPTY_PATH 0x1000
#define RAW_STATX_TYPE 1

struct raw_statx {
  uint32_t mask, block_size;
  uint64_t attributes;
  uint32_t links, uid, gid;
  uint16_t mode, spare;
  uint8_t rest[224];
};

/* The kernel's own signal sets and actions, which are not the C library's. */
#define RAW_SIGNALS 64

struct raw_signal_set {
  uint64_t bits;
};

struct raw_signal_action {
  void *handler;
  unsigned long flags;
  void *restorer;
  struct raw_signal_set mask;
};

/* Reaches the C library's private signals too, which sigprocmask() leaves out. */
static inline int raw_signal_mask(int how, const struct raw_signal_set *set,
                                  struct raw_signal_set *old) {
  return (int)syscall(SYS_rt_sigprocmask, how, set, old, sizeof *set);
}

static inline int raw_signal_action(int number, const struct raw_signal_action *action,
                                    struct raw_signal_action *old) {
  return (int)syscall(SYS_rt_sigaction, number, action, old, sizeof action->mask);
}

#endif
