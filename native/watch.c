#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "raw.h"
#include "values.h"

struct watch {
  struct environment *environment;
  struct watch *previous, *next;
  uv_poll_t *poll;
  int pidfd;
  napi_ref callback;
  napi_async_context context;
};

static void closed(uv_handle_t *handle) {
  struct watch *watch = uv_handle_get_data(handle);
  struct environment *environment = watch->environment;
  free(watch->poll);
  free(watch);
  handle_closed(environment);
}

/* Stops polling, so that the caller may close the pidfd; libuv frees the rest a moment later. */
static void end_watch(struct watch *watch) {
  struct environment *environment = watch->environment;
  if (watch->previous != NULL) watch->previous->next = watch->next;
  if (environment->watches == watch) environment->watches = watch->next;
  if (watch->next != NULL) watch->next->previous = watch->previous;
  uv_poll_stop(watch->poll);
  uv_close((uv_handle_t *)watch->poll, closed);
}

static void release(struct watch *watch) {
  napi_env env = watch->environment->env;
  if (watch->callback != NULL) napi_delete_reference(env, watch->callback);
  if (watch->context != NULL) napi_async_destroy(env, watch->context);
}

void end_watches(struct environment *environment) {
  while (environment->watches != NULL) {
    struct watch *watch = environment->watches;
    release(watch);
    end_watch(watch);
  }
}

/* 0 with *ended saying whether it has, or errno. `info` is filled when it has. */
static int wait_for(int pidfd, int options, siginfo_t *info, bool *ended) {
  int result;
  memset(info, 0, sizeof *info);
  do {
    result = waitid((idtype_t)RAW_P_PIDFD, (id_t)pidfd, info, WEXITED | WNOHANG | options);
  } while (result != 0 && errno == EINTR);
  *ended = result == 0 && info->si_pid != 0;
  /* What a pidfd opened with PIDFD_NONBLOCK, as libuv makes it, says instead of WNOHANG's 0. */
  return result == 0 || errno == EAGAIN ? 0 : errno;
}

static bool set_number_or_null(napi_env env, napi_value object, const char *name, bool null,
                               int number) {
  napi_value value;
  if (!null) return set_number(env, object, name, number);
  return succeeded(env, napi_get_null(env, &value)) &&
         succeeded(env, napi_set_named_property(env, object, name, value));
}

static bool make_exit(napi_env env, const siginfo_t *info, napi_value *object) {
  bool exited = info->si_code == CLD_EXITED;
  return succeeded(env, napi_create_object(env, object)) &&
         set_number_or_null(env, *object, "code", !exited, info->si_status) &&
         set_number_or_null(env, *object, "signal", exited, info->si_status);
}

static void tell(struct watch *watch, const siginfo_t *info) {
  napi_env env = watch->environment->env;
  napi_value callback, exit;
  if (succeeded(env, napi_get_reference_value(env, watch->callback, &callback)) &&
      make_exit(env, info, &exit))
    call_back(env, watch->context, callback, 1, &exit);
  else
    report_exception(env);
}

static void ready(uv_poll_t *poll, int status, int events) {
  struct watch *watch = uv_handle_get_data((uv_handle_t *)poll);
  napi_env env = watch->environment->env;
  napi_handle_scope scope;
  siginfo_t info;
  bool ended;
  (void)events;
  int error = wait_for(watch->pidfd, 0, &info, &ended);
  if (error == 0 && status == 0 && !ended) return;
  if (!ended) {
    /* Somebody else reaped it. Nobody can know how it ended, so it did not end well. */
    info.si_code = CLD_EXITED;
    info.si_status = 255;
  }
  end_watch(watch); /* freed when control is back with libuv, not before */
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  tell(watch, &info);
  release(watch);
  napi_close_handle_scope(env, scope);
}

static bool hold_callback(napi_env env, napi_value callback, struct watch *watch) {
  napi_value name;
  return succeeded(env, napi_create_reference(env, callback, 1, &watch->callback)) &&
         succeeded(env, napi_create_string_utf8(env, "tsrootwrap.onExit", NAPI_AUTO_LENGTH,
                                                &name)) &&
         succeeded(env, napi_async_init(env, NULL, name, &watch->context));
}

/* False with an exception pending; what is half done is undone. */
static bool start_watch(struct environment *environment, struct watch *watch) {
  uv_handle_t *handle = (uv_handle_t *)watch->poll;
  int error = uv_poll_init(environment->loop, watch->poll, watch->pidfd);
  if (error == 0) {
    uv_handle_set_data(handle, watch);
    environment->handles++;
    watch->next = environment->watches;
    if (watch->next != NULL) watch->next->previous = watch;
    environment->watches = watch;
    error = uv_poll_start(watch->poll, UV_READABLE, ready);
    if (error == 0) return true;
    release(watch);
    end_watch(watch);
  } else {
    release(watch);
    free(watch->poll);
    free(watch);
  }
  throw_errno(environment->env, "epoll_ctl", -error);
  return false;
}

static bool read_child(napi_env env, napi_value value, int *pidfd) {
  const struct use use = {.syscall = "waitid"};
  int64_t number;
  siginfo_t info;
  bool ended;
  if (!read_integer(env, value, 0, INT_MAX, use, "pidfd", &number)) return false;
  *pidfd = (int)number;
  int error = wait_for(*pidfd, WNOWAIT, &info, &ended);
  if (error != 0) throw_errno(env, "waitid", error);
  return error == 0;
}

napi_value on_exit_of(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  napi_valuetype type;
  struct environment *environment = environment_of(env);
  int pidfd;
  if (environment == NULL || !read_arguments(env, info, 2, arguments) || !read_child(env, arguments[0], &pidfd) ||
      !succeeded(env, napi_typeof(env, arguments[1], &type)))
    return NULL;
  if (type != napi_function || environment->ending) {
    throw_argument(env, (struct use){.syscall = "waitid"}, EINVAL,
                   environment->ending ? "this thread is ending" : "the callback is not a function");
    return NULL;
  }
  struct watch *watch = calloc(1, sizeof *watch);
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  if (watch == NULL || poll == NULL) {
    throw_errno(env, "calloc", ENOMEM);
  } else {
    watch->environment = environment;
    watch->poll = poll;
    watch->pidfd = pidfd;
    if (hold_callback(env, arguments[1], watch)) {
      start_watch(environment, watch);
      return NULL;
    }
    release(watch);
  }
  free(poll);
  free(watch);
  return NULL;
}
