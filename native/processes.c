#include "processes.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "raw.h"
#include "values.h"

napi_value peer_credentials(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "getsockopt"};
  napi_value argument, peer;
  int64_t fd;
  struct ucred credentials = {0};
  socklen_t size = sizeof credentials;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_integer(env, argument, 0, INT_MAX, use, "fd", &fd))
    return NULL;
  int error = getsockopt((int)fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 ? 0 : errno;
  /* A socket that is not connected, or not a Unix one, has nobody at its other end: uid -1. */
  if (error == 0 && (size != sizeof credentials || credentials.uid == (uid_t)-1)) error = ENOTCONN;
  if (error != 0) {
    throw_errno(env, "getsockopt", error);
    return NULL;
  }
  return succeeded(env, napi_create_object(env, &peer)) &&
                 set_number(env, peer, "pid", credentials.pid) &&
                 set_number(env, peer, "uid", credentials.uid) &&
                 set_number(env, peer, "gid", credentials.gid)
             ? peer
             : NULL;
}

napi_value pidfd_open_of(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "pidfd_open"};
  napi_value argument, pidfd = NULL;
  int64_t pid;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_integer(env, argument, 1, INT_MAX, use, "pid", &pid))
    return NULL;
  long fd = syscall(SYS_pidfd_open, (int)pid, 0); /* always close-on-exec */
  if (fd < 0)
    throw_errno(env, "pidfd_open", errno);
  else
    succeeded(env, napi_create_int32(env, (int32_t)fd, &pidfd));
  return pidfd;
}

napi_value pidfd_send_signal_to(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "pidfd_send_signal"};
  napi_value arguments[2];
  int64_t pidfd, signal;
  if (!read_arguments(env, info, 2, arguments) ||
      !read_integer(env, arguments[0], 0, INT_MAX, use, "pidfd", &pidfd) ||
      !read_integer(env, arguments[1], 0, RAW_SIGNALS, use, "signal", &signal))
    return NULL;
  if (syscall(SYS_pidfd_send_signal, (int)pidfd, (int)signal, NULL, 0) != 0)
    throw_errno(env, "pidfd_send_signal", errno);
  return NULL;
}
