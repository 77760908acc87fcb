#include "sockets.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "errors.h"

static bool make_pair(napi_env env, const int *fds, napi_value *pair) {
  if (!succeeded(env, napi_create_array_with_length(env, 2, pair))) return false;
  for (uint32_t i = 0; i < 2; i++) {
    napi_value number;
    if (!succeeded(env, napi_create_int32(env, fds[i], &number)) ||
        !succeeded(env, napi_set_element(env, *pair, i, number)))
      return false;
  }
  return true;
}

napi_value socket_pair(napi_env env, napi_callback_info info) {
  napi_value pair;
  int fds[2];
  (void)info;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    throw_errno(env, "socketpair", errno);
    return NULL;
  }
  if (make_pair(env, fds, &pair)) return pair;
  close(fds[0]);
  close(fds[1]);
  return NULL;
}
