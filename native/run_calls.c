#include "run_calls.h"

#include <errno.h>

#include "raw.h"
#include "runs.h"
#include "values.h"

/* Arbitrary. */
const napi_type_tag run_tag = {0x5d1f0c4ea0b7439b, 0x9c1f27e6d84b3a05};

/* Its arguments, the first of which is a run. NULL with an exception pending. */
static struct run *read_run(napi_env env, napi_callback_info info, const char *name, size_t count,
                            napi_value *arguments) {
  napi_valuetype type;
  bool tagged = false;
  struct run *run;
  if (!read_arguments(env, info, count, arguments) ||
      !succeeded(env, napi_typeof(env, arguments[0], &type)) ||
      (type == napi_object &&
       !succeeded(env, napi_check_object_type_tag(env, arguments[0], &run_tag, &tagged))))
    return NULL;
  if (!tagged) {
    throw_argument(env, (struct use){.syscall = name}, EINVAL, "not a run");
    return NULL;
  }
  return succeeded(env, napi_unwrap(env, arguments[0], (void **)&run)) ? run : NULL;
}

static napi_value boolean(napi_env env, bool value) {
  napi_value result;
  return succeeded(env, napi_get_boolean(env, value, &result)) ? result : NULL;
}

static void watch_or_throw(napi_env env, struct run *run, int which) {
  if (!watch_end(run, which)) throw_errno(env, "epoll_ctl", errno);
}

napi_value feed(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "write"};
  napi_value arguments[2];
  napi_valuetype type;
  const char *bytes = NULL;
  size_t size = 0;
  struct run *run = read_run(env, info, "write", 2, arguments);
  if (run == NULL || !succeeded(env, napi_typeof(env, arguments[1], &type))) return NULL;
  if (type != napi_null && !read_view(env, arguments[1], use, "bytes", &bytes, &size)) return NULL;
  if (run->ends[INPUT].fd < 0 || run->input_over) return boolean(env, false);
  run->input_over = type == napi_null;
  if (size > 0 && !take_input(run, bytes, size)) {
    throw_errno(env, "malloc", ENOMEM);
    return NULL;
  }
  /* All of it may be in the pipe already; that is told from the loop. */
  if (run->first_chunk != NULL || run->unreported > 0) watch_or_throw(env, run, INPUT);
  else if (run->input_over) close_end(run, INPUT);
  return boolean(env, true);
}

napi_value allow(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "read"};
  napi_value arguments[2];
  int64_t bytes;
  struct run *run = read_run(env, info, "read", 2, arguments);
  if (run == NULL || !read_integer(env, arguments[1], 0, MOST_BYTES, use, "bytes", &bytes) ||
      run->listener == NULL)
    return NULL;
  size_t *most = run->streaming ? &run->room : &run->granted;
  *most = *most > SIZE_MAX - (size_t)bytes ? SIZE_MAX : *most + (size_t)bytes;
  if (*most == 0) return NULL;
  run->told_full = false;
  watch_or_throw(env, run, OUTPUT);
  watch_or_throw(env, run, ERRORS);
  if (run->exited) watch_or_throw(env, run, PROCESS); /* it may be read empty without an event */
  return NULL;
}

napi_value discard_output(napi_env env, napi_callback_info info) {
  napi_value argument;
  struct run *run = read_run(env, info, "read", 1, &argument);
  if (run == NULL || run->listener == NULL || run->streaming) return NULL;
  free_kept(run);
  run->discarding = true;
  run->granted = SIZE_MAX;
  watch_or_throw(env, run, OUTPUT);
  watch_or_throw(env, run, ERRORS);
  if (run->exited) watch_or_throw(env, run, PROCESS);
  return NULL;
}

napi_value abandon_run(napi_env env, napi_callback_info info) {
  napi_value argument;
  struct run *run = read_run(env, info, "close", 1, &argument);
  if (run == NULL || run->listener == NULL) return NULL;
  close_end(run, OUTPUT);
  close_end(run, ERRORS);
  if (run->exited) watch_or_throw(env, run, PROCESS); /* the end is told from the loop */
  return NULL;
}

/* 0 or errno. */
static int send_signal(const struct run *run, int signal, bool everyone) {
  if (everyone) return signal_group(run, signal);
  if (run->exited) return ESRCH;
  return syscall(SYS_pidfd_send_signal, run->ends[PROCESS].fd, signal, NULL, 0) == 0 ? 0 : errno;
}

napi_value signal_run(napi_env env, napi_callback_info info) {
  const struct use use = {.step = STEP_SIGNAL};
  napi_value arguments[3];
  int64_t signal;
  bool everyone;
  struct run *run = read_run(env, info, "pidfd_send_signal", 3, arguments);
  if (run == NULL || !read_integer(env, arguments[1], 0, RAW_SIGNALS, use, "signal", &signal))
    return NULL;
  if (napi_get_value_bool(env, arguments[2], &everyone) != napi_ok) {
    throw_argument(env, use, EINVAL, "everyone is not a boolean");
    return NULL;
  }
  int error = run->listener == NULL ? ESRCH : send_signal(run, (int)signal, everyone);
  if (error == 0 || error == ESRCH) return boolean(env, error == 0);
  throw_refusal(env, &(struct refusal){.step = STEP_SIGNAL, .error = error,
                                       .syscall = everyone ? "kill" : NULL});
  return NULL;
}

napi_value give_up_run(napi_env env, napi_callback_info info) {
  napi_value argument;
  struct run *run = read_run(env, info, "waitid", 1, &argument);
  if (run == NULL || run->listener == NULL) return NULL;
  run->given_up = true;
  return abandon_run(env, info);
}

napi_value kill_group_at_end(napi_env env, napi_callback_info info) {
  napi_value argument;
  struct run *run = read_run(env, info, "kill", 1, &argument);
  if (run != NULL) run->kill_group = true;
  return NULL;
}
