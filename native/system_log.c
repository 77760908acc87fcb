#include "system_log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "time_left.h"
#include "values.h"

/* How long to sleep where the kernel has nothing to wait for: a stream socket with a full backlog. */
enum { NAP_NS = 5000000 };

/* One connection for the whole process, opened by the first message. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int connection = -1;
static bool is_stream;

static void disconnect(void) {
  if (connection >= 0) close(connection);
  connection = -1;
}

/* 0 or errno. EAGAIN: the receiver has not accepted earlier connections yet. */
static int connect_as(int type) {
  const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  connection = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (connection < 0) return errno;
  is_stream = type == SOCK_STREAM;
  if (connect(connection, (const struct sockaddr *)&address, sizeof address) == 0) return 0;
  int error = errno;
  disconnect();
  return error;
}

static int connect_to_log(void) {
  int error = connect_as(SOCK_DGRAM);
  return error == EPROTOTYPE ? connect_as(SOCK_STREAM) : error;
}

/* What send() says, in bytes, or minus errno. */
static ssize_t try_to_send(const char *bytes, size_t size) {
  int error = connection >= 0 ? 0 : connect_to_log();
  if (error != 0) return -error;
  ssize_t sent = send(connection, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent >= 0 ? sent : -errno;
}

static void wait_for_room(int64_t end) {
  const struct timespec nap = {.tv_nsec = NAP_NS};
  struct pollfd file = {.fd = connection, .events = POLLOUT};
  if (connection < 0)
    nanosleep(&nap, NULL);
  else
    poll(&file, 1, milliseconds_left(end));
}

/* 0 or errno: EAGAIN when nobody took it in time. A receiver that was restarted gets a new connection. */
static int send_until(const char *bytes, size_t size, int64_t end) {
  bool reconnected = false;
  size_t sent = 0;
  while (sent < size) {
    ssize_t result = try_to_send(bytes + sent, size - sent);
    if (result >= 0) {
      sent += (size_t)result;
    } else if (result == -EAGAIN || result == -EINTR) {
      if (milliseconds_left(end) == 0) {
        if (sent > 0) disconnect(); /* the rest of a message would be taken for the next one */
        return EAGAIN;
      }
      if (result == -EAGAIN) wait_for_room(end);
    } else {
      bool was_connected = connection >= 0;
      disconnect();
      if (!was_connected || reconnected) return (int)-result;
      reconnected = true;
      sent = 0;
    }
  }
  return 0;
}

/* `<PRI>Mmm dd hh:mm:ss IDENT: MESSAGE` by the machine's clock and zone, as syslog(3) writes it. */
static char *make_line(int priority, const char *ident, const char *message) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  struct tm local;
  time_t now = time(NULL);
  char *line;
  tzset();
  if (localtime_r(&now, &local) == NULL ||
      asprintf(&line, "<%d>%.3s %2d %02d:%02d:%02d %s: %s", priority, months + 3 * local.tm_mon,
               local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, ident, message) < 0)
    return NULL;
  return line;
}

/* 0 or errno. */
static int send_message(int priority, const char *ident, const char *message, int64_t end) {
  char *line = make_line(priority, ident, message);
  if (line == NULL) return ENOMEM;
  pthread_mutex_lock(&lock);
  if (connection < 0) connect_to_log(); /* to know of which kind it is; the sending says what is wrong */
  int error = send_until(line, strlen(line) + is_stream, end); /* a stream has NUL between messages */
  pthread_mutex_unlock(&lock);
  free(line);
  return error;
}

napi_value write_syslog(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "syslog"};
  napi_value arguments[5];
  int64_t facility, priority, patience;
  char *ident = NULL, *message = NULL;
  if (!read_arguments(env, info, 5, arguments) ||
      !read_integer(env, arguments[1], 0, LOG_FACMASK, use, "facility", &facility) ||
      !read_integer(env, arguments[2], 0, LOG_DEBUG, use, "priority", &priority) ||
      !read_integer(env, arguments[4], 0, MOST_MILLISECONDS, use, "patience", &patience) ||
      !read_text(env, arguments[0], use, "ident", &ident))
    return NULL;
  if (read_text(env, arguments[3], use, "message", &message)) {
    int error = send_message(((int)facility & LOG_FACMASK) | (int)priority, ident, message,
                             end_of_patience(patience));
    if (error != 0) throw_errno(env, "syslog", error);
  }
  free(ident);
  free(message);
  return NULL;
}
