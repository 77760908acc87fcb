#include "environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runs.h"
#include "values.h"
#include "watch.h"

static void free_if_last(struct environment *environment) {
  if (!environment->ending || environment->handles > 0) return;
  napi_remove_async_cleanup_hook(environment->hook);
  free_stack(&environment->stack);
  free(environment);
}

void handle_closed(struct environment *environment) {
  environment->handles--;
  free_if_last(environment);
}

/* Node keeps the loop running until napi_remove_async_cleanup_hook() is called. */
static void end_environment(napi_async_cleanup_hook_handle hook, void *data) {
  struct environment *environment = data;
  environment->ending = true;
  environment->hook = hook;
  end_watches(environment);
  end_runs(environment);
  free_if_last(environment);
}

struct environment *environment_of(napi_env env) {
  struct environment *environment;
  if (!succeeded(env, napi_get_instance_data(env, (void **)&environment))) return NULL;
  return environment;
}

void report_exception(napi_env env) {
  napi_value error;
  if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
}

void call_back(napi_env env, napi_async_context context, napi_value callback, size_t count,
               const napi_value *arguments) {
  napi_value global;
  if (!succeeded(env, napi_get_global(env, &global)) ||
      !succeeded(env,
                 napi_make_callback(env, context, global, callback, count, arguments, NULL)))
    report_exception(env);
}

/* Is this the libuv that uv_poll.h describes? */
static bool check_libuv(napi_env env) {
  const char *name = uv_handle_type_name(UV_POLL);
  bool good = uv_version() >> 16 == 1 && name != NULL && strcmp(name, "poll") == 0 &&
              uv_handle_size(UV_POLL) >= 8 * sizeof(void *);
  if (!good) napi_throw_error(env, NULL, "tsrootwrap: not made for this version of libuv");
  return good;
}

bool prepare_environment(napi_env env) {
  if (!check_libuv(env)) return false;
  struct environment *environment = calloc(1, sizeof *environment);
  if (environment == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  environment->env = env;
  bool good =
      succeeded(env, napi_get_uv_event_loop(env, (struct uv_loop_s **)&environment->loop)) &&
      succeeded(env, napi_set_instance_data(env, environment, NULL, NULL)) &&
      succeeded(env, napi_add_async_cleanup_hook(env, end_environment, environment, NULL));
  if (!good) free(environment);
  return good;
}
