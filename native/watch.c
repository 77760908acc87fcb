#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "raw.h"
#include "uv_poll.h"
#include "values.h"

/* All that one environment watches. Outlives it until libuv has closed the last handle. */
struct watcher {
  napi_env env;
  uv_loop_t *loop;
  struct watch *first;
  size_t open; /* handles not yet closed */
  bool ending;
  napi_async_cleanup_hook_handle hook;
};

struct watch {
  struct watcher *watcher;
  struct watch *previous, *next;
  uv_poll_t *poll;
  int pidfd;
  napi_ref callback;
  napi_async_context context;
};

static void finish_if_last(struct watcher *watcher) {
  if (!watcher->ending || watcher->open > 0) return;
  napi_remove_async_cleanup_hook(watcher->hook);
  free(watcher);
}

static void closed(uv_handle_t *handle) {
  struct watch *watch = uv_handle_get_data(handle);
  struct watcher *watcher = watch->watcher;
  free(watch->poll);
  free(watch);
  watcher->open--;
  finish_if_last(watcher);
}

/* Stops polling, so that the caller may close the pidfd; libuv frees the rest a moment later. */
static void end_watch(struct watch *watch) {
  struct watcher *watcher = watch->watcher;
  if (watch->previous != NULL) watch->previous->next = watch->next;
  if (watcher->first == watch) watcher->first = watch->next;
  if (watch->next != NULL) watch->next->previous = watch->previous;
  uv_poll_stop(watch->poll);
  uv_close((uv_handle_t *)watch->poll, closed);
}

static void release(struct watch *watch) {
  napi_env env = watch->watcher->env;
  if (watch->callback != NULL) napi_delete_reference(env, watch->callback);
  if (watch->context != NULL) napi_async_destroy(env, watch->context);
}

/* Node keeps the loop running until napi_remove_async_cleanup_hook() is called. */
static void end_environment(napi_async_cleanup_hook_handle hook, void *data) {
  struct watcher *watcher = data;
  watcher->ending = true;
  watcher->hook = hook;
  while (watcher->first != NULL) {
    struct watch *watch = watcher->first;
    release(watch);
    end_watch(watch);
  }
  finish_if_last(watcher);
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

/* As Node calls its own callbacks: microtasks run after it, and what it throws is uncaught. */
static void call_back(struct watch *watch, const siginfo_t *info) {
  napi_env env = watch->watcher->env;
  napi_value callback, global, exit, error;
  bool called = succeeded(env, napi_get_reference_value(env, watch->callback, &callback)) &&
                succeeded(env, napi_get_global(env, &global)) && make_exit(env, info, &exit) &&
                succeeded(env, napi_make_callback(env, watch->context, global, callback, 1, &exit,
                                                  NULL));
  if (!called && napi_get_and_clear_last_exception(env, &error) == napi_ok)
    napi_fatal_exception(env, error);
}

static void ready(uv_poll_t *poll, int status, int events) {
  struct watch *watch = uv_handle_get_data((uv_handle_t *)poll);
  napi_env env = watch->watcher->env;
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
  call_back(watch, &info);
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
static bool start_watch(struct watcher *watcher, struct watch *watch) {
  uv_handle_t *handle = (uv_handle_t *)watch->poll;
  int error = uv_poll_init(watcher->loop, watch->poll, watch->pidfd);
  if (error == 0) {
    uv_handle_set_data(handle, watch);
    watcher->open++;
    watch->next = watcher->first;
    if (watch->next != NULL) watch->next->previous = watch;
    watcher->first = watch;
    error = uv_poll_start(watch->poll, UV_READABLE, ready);
    if (error == 0) return true;
    release(watch);
    end_watch(watch);
  } else {
    release(watch);
    free(watch->poll);
    free(watch);
  }
  throw_errno(watcher->env, "epoll_ctl", -error);
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
  struct watcher *watcher;
  int pidfd;
  if (!read_arguments(env, info, 2, arguments) || !read_child(env, arguments[0], &pidfd) ||
      !succeeded(env, napi_typeof(env, arguments[1], &type)) ||
      !succeeded(env, napi_get_instance_data(env, (void **)&watcher)))
    return NULL;
  if (type != napi_function || watcher->ending) {
    throw_argument(env, (struct use){.syscall = "waitid"}, EINVAL,
                   watcher->ending ? "this thread is ending" : "the callback is not a function");
    return NULL;
  }
  struct watch *watch = calloc(1, sizeof *watch);
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  if (watch == NULL || poll == NULL) {
    throw_errno(env, "calloc", ENOMEM);
  } else {
    watch->watcher = watcher;
    watch->poll = poll;
    watch->pidfd = pidfd;
    if (hold_callback(env, arguments[1], watch)) {
      start_watch(watcher, watch);
      return NULL;
    }
    release(watch);
  }
  free(poll);
  free(watch);
  return NULL;
}

/* Is this the libuv that uv_poll.h describes? */
static bool check_libuv(napi_env env) {
  const char *name = uv_handle_type_name(UV_POLL);
  bool good = uv_version() >> 16 == 1 && name != NULL && strcmp(name, "poll") == 0 &&
              uv_handle_size(UV_POLL) >= 8 * sizeof(void *);
  if (!good) napi_throw_error(env, NULL, "tsrootwrap: not made for this version of libuv");
  return good;
}

bool prepare_watching(napi_env env) {
  if (!check_libuv(env)) return false;
  struct watcher *watcher = calloc(1, sizeof *watcher);
  if (watcher == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  watcher->env = env;
  bool good = succeeded(env, napi_get_uv_event_loop(env, (struct uv_loop_s **)&watcher->loop)) &&
              succeeded(env, napi_set_instance_data(env, watcher, NULL, NULL)) &&
              succeeded(env, napi_add_async_cleanup_hook(env, end_environment, watcher, NULL));
  if (!good) free(watcher);
  return good;
}
