#include "write_within.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>

#include "raw.h"
#include "time_left.h"
#include "values.h"

/*
 * That a descriptor is ready does not mean that a write returns: another process may fill the pipe
 * first, and a terminal is ready with room for a part. Its flags belong to everybody who has it open,
 * so it is not made non-blocking. Instead a signal interrupts the write, again and again, since the
 * first one may come just before it.
 */
enum { CHUNK = 4096 /* PIPE_BUF */, MIN_GUARD_MS = 5, GUARD_INTERVAL_NS = 5000000, NAP_NS = 1000000 };

static void do_nothing(int signal) { (void)signal; }

static struct raw_signal_set only(int signal) {
  return (struct raw_signal_set){.bits = UINT64_C(1) << (signal - 1)};
}

struct guard {
  bool has_timer;
  int timer; /* the kernel's number, not the C library's pointer */
  struct raw_signal_set mask;
};

/*
 * RLIMIT_SIGPENDING may leave no timer, where the launcher could not lift it. Then a write is only kept
 * from waiting by what poll said before it: better than that nothing is written.
 */
static void start_guard(struct guard *guard, int64_t patience) {
  const struct sigaction action = {.sa_handler = do_nothing}; /* without SA_RESTART */
  const int64_t first = patience > MIN_GUARD_MS ? patience : MIN_GUARD_MS;
  const struct itimerspec when = {
      .it_value = {.tv_sec = first / 1000, .tv_nsec = first % 1000 * 1000000},
      .it_interval.tv_nsec = GUARD_INTERVAL_NS,
  };
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = RAW_SIGNALS};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  /* Stays: nobody else uses that signal, and programs that are executed get its default back. */
  sigaction(RAW_SIGNALS, &action, NULL);
  guard->has_timer = syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &guard->timer) == 0;
  /* A background process that writes to a terminal with `stty tostop` would be stopped. */
  const struct raw_signal_set background = only(SIGTTOU), interruption = only(RAW_SIGNALS);
  raw_signal_mask(SIG_BLOCK, &background, &guard->mask);
  raw_signal_mask(SIG_UNBLOCK, &interruption, NULL);
  if (guard->has_timer) syscall(SYS_timer_settime, guard->timer, 0, &when, NULL);
}

static void end_guard(const struct guard *guard) {
  if (guard->has_timer) syscall(SYS_timer_delete, guard->timer);
  raw_signal_mask(SIG_SETMASK, &guard->mask, NULL);
}

/* 0 when all was written or time is up, else errno. */
static int write_until(int fd, const char *bytes, size_t size, int64_t end, size_t *sent) {
  const struct timespec nap = {.tv_nsec = NAP_NS};
  while (*sent < size) {
    struct pollfd file = {.fd = fd, .events = POLLOUT};
    int ready = poll(&file, 1, milliseconds_left(end));
    if (ready > 0) {
      size_t rest = size - *sent;
      ssize_t wrote = write(fd, bytes + *sent, rest < CHUNK ? rest : CHUNK);
      if (wrote > 0) {
        *sent += (size_t)wrote;
        continue;
      }
      if (wrote < 0 && errno != EAGAIN && errno != EINTR) return errno;
    } else if (ready < 0 && errno != EINTR) {
      return errno;
    }
    if (milliseconds_left(end) == 0) return 0;
    if (ready > 0) nanosleep(&nap, NULL); /* ready, and yet without room */
  }
  return 0;
}

napi_value write_within(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "write"};
  napi_value arguments[3], result;
  int64_t fd, patience;
  const char *bytes;
  size_t size, sent = 0;
  struct guard guard;
  if (!read_arguments(env, info, 3, arguments) ||
      !read_integer(env, arguments[0], 0, INT_MAX, use, "fd", &fd) ||
      !read_integer(env, arguments[2], 0, MOST_MILLISECONDS, use, "patience", &patience) ||
      !read_view(env, arguments[1], use, "bytes", &bytes, &size))
    return NULL;
  start_guard(&guard, patience);
  int error = write_until((int)fd, bytes, size, end_of_patience(patience), &sent);
  end_guard(&guard);
  if (error != 0) {
    throw_errno(env, "write", error);
    return NULL;
  }
  return succeeded(env, napi_create_int64(env, (int64_t)sent, &result)) ? result : NULL;
}
