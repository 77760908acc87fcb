#include "watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>

#include "kill_timer.h"
#include "raw.h"
#include "uv_thread.h"
#include "values.h"

#define NEVER INT64_MAX

static const int64_t ns_per_ms = 1000000, ns_per_second = 1000000000;
/* As Node's timers: about 25 days. */
static const double most_ms = 2147483647.0;
/* Of the smallest kind that serves; a system call or two is all that happens there. */
static const size_t stack_size = 64 * 1024;

/*
 * Times are CLOCK_MONOTONIC's, in nanoseconds. The thread writes `sleeping_until` and then looks at
 * `deadline` once more; set_deadline() does it the other way round. So one of the two sees an
 * earlier deadline, and the thread is woken for nothing else.
 */
static _Atomic int64_t deadline = NEVER, sleeping_until = NEVER;
static atomic_bool started;
static atomic_int alarm_clock = -1; /* an eventfd, once the watchdog runs */

/* The thread's own, set before it starts. */
static int watched;
static int64_t grace;
static napi_threadsafe_function hung_up; /* NULL: nobody wants to be told */

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * ns_per_second + time.tv_nsec;
}

static struct timespec time_of(int64_t ns) {
  return (struct timespec){.tv_sec = ns / ns_per_second, .tv_nsec = ns % ns_per_second};
}

/*
 * The kernel's own end comes after a second, should nobody read the line. The first process of a
 * namespace is not hit by its own SIGKILL, so it exits.
 */
static void end_process(const char *line, size_t length) {
  if (kill_in(1)) syscall(SYS_write, STDERR_FILENO, line, length);
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  syscall(SYS_exit_group, 128 + SIGKILL);
}

static const char blocked[] =
    "tsrootwrap-privileged: a privileged function did not give the event loop back; "
    "the helper is killed\n";
static const char left_over[] =
    "tsrootwrap-privileged: the service has gone and the helper did not end; it is killed\n";

/* Until `until`, or sooner when the alarm clock rings or the descriptor has hung up. */
static void sleep_until(int64_t until, struct pollfd fds[2]) {
  const struct timespec rest = time_of(until == NEVER ? 0 : until > now() ? until - now() : 0);
  fds[0].revents = fds[1].revents = 0;
  if (ppoll(fds, 2, until == NEVER ? NULL : &rest, NULL) <= 0) return;
  uint64_t count;
  if (fds[1].revents != 0) syscall(SYS_read, fds[1].fd, &count, sizeof count);
}

/*
 * Asks for POLLRDHUP alone, for POLLHUP and POLLERR come unasked: so data that waits to be read
 * wakes nobody. A descriptor that has hung up would go on saying so, and is not asked again.
 */
static void watch(void *unused) {
  struct pollfd fds[2] = {{.fd = watched, .events = POLLRDHUP}, {.fd = alarm_clock, .events = POLLIN}};
  int64_t end = NEVER;
  (void)unused;
  for (;;) {
    int64_t limit = atomic_load(&deadline);
    int64_t until = limit < end ? limit : end;
    atomic_store(&sleeping_until, until);
    if (atomic_load(&deadline) < until) continue;
    sleep_until(until, fds);
    if (fds[0].revents != 0) {
      end = now() + grace;
      fds[0].fd = -1;
      if (hung_up != NULL) napi_call_threadsafe_function(hung_up, NULL, napi_tsfn_nonblocking);
    }
    int64_t time = now();
    if (atomic_load(&deadline) <= time) end_process(blocked, sizeof blocked - 1);
    if (end <= time) end_process(left_over, sizeof left_over - 1);
  }
}

/*
 * It has no signals to handle, save the C library's own two: setuid() and its like wait until each
 * thread has taken one of them.
 */
static int start_thread(void) {
  const struct raw_signal_set most = {.bits = ~(UINT64_C(1) << (32 - 1) | UINT64_C(1) << (33 - 1))};
  const uv_thread_options_t options = {.flags = UV_THREAD_HAS_STACK_SIZE, .stack_size = stack_size};
  struct raw_signal_set mask;
  pthread_t thread;
  raw_signal_mask(SIG_SETMASK, &most, &mask);
  int error = uv_thread_create_ex(&thread, &options, watch, NULL);
  raw_signal_mask(SIG_SETMASK, &mask, NULL);
  return -error;
}

/* JavaScript is told on its own thread, and does not wait for that to be. */
static bool read_listener(napi_env env, napi_value listener, struct use use) {
  napi_valuetype type;
  napi_value name;
  hung_up = NULL;
  if (!succeeded(env, napi_typeof(env, listener, &type))) return false;
  if (type == napi_undefined) return true;
  if (type != napi_function) {
    throw_argument(env, use, EINVAL, "onHangUp is not a function");
    return false;
  }
  return succeeded(env, napi_create_string_utf8(env, "watchdog", NAPI_AUTO_LENGTH, &name)) &&
         succeeded(env, napi_create_threadsafe_function(env, listener, NULL, name, 0, 1, NULL, NULL,
                                                        NULL, NULL, &hung_up)) &&
         succeeded(env, napi_unref_threadsafe_function(env, hung_up));
}

static void give_up(int bell, int error, const char *syscall_name, napi_env env) {
  if (bell >= 0) close(bell);
  if (watched >= 0) close(watched);
  if (hung_up != NULL) napi_release_threadsafe_function(hung_up, napi_tsfn_abort);
  atomic_store(&alarm_clock, -1);
  atomic_store(&started, false);
  throw_errno(env, syscall_name, error);
}

/* The copy stays what it is, whatever JavaScript closes and opens. */
static void start(napi_env env, int fd) {
  int bell = -1, error;
  watched = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (watched < 0) return give_up(bell, errno, "fcntl", env);
  bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (bell < 0) return give_up(bell, errno, "eventfd", env);
  atomic_store(&alarm_clock, bell);
  error = start_thread();
  if (error != 0) give_up(bell, error, "pthread_create", env);
}

napi_value start_watchdog(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "watchdog"};
  napi_value arguments[3];
  int64_t fd, ms;
  if (!read_arguments(env, info, 3, arguments) ||
      !read_integer(env, arguments[0], 0, INT_MAX, use, "fd", &fd) ||
      !read_integer(env, arguments[1], 0, most_ms, use, "graceMs", &ms))
    return NULL;
  if (atomic_exchange(&started, true)) {
    throw_argument(env, use, EALREADY, "this process has one");
    return NULL;
  }
  grace = ms * ns_per_ms;
  if (!read_listener(env, arguments[2], use)) {
    atomic_store(&started, false);
    return NULL;
  }
  start(env, (int)fd);
  return NULL;
}

napi_value set_deadline(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "deadline"};
  napi_value argument;
  napi_valuetype type;
  int64_t ms, when = NEVER;
  if (!read_arguments(env, info, 1, &argument) ||
      !succeeded(env, napi_typeof(env, argument, &type)))
    return NULL;
  if (type != napi_null) {
    if (!read_integer(env, argument, 0, most_ms, use, "ms", &ms)) return NULL;
    when = now() + ms * ns_per_ms;
  }
  int bell = atomic_load(&alarm_clock);
  if (bell < 0) {
    throw_argument(env, use, EINVAL, "there is no watchdog: call watchdog first");
    return NULL;
  }
  atomic_store(&deadline, when);
  if (when < atomic_load(&sleeping_until)) {
    const uint64_t one = 1;
    syscall(SYS_write, bell, &one, sizeof one);
  }
  return NULL;
}
