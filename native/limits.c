#include "limits.h"

#include <errno.h>
#include <sys/resource.h>

#include "raw.h"
#include "values.h"

static bool read_resource(napi_env env, napi_value value, struct use use, int64_t *resource) {
  return read_integer(env, value, 0, RLIM_NLIMITS - 1, use, "resource", resource);
}

/* null is no limit. */
static bool read_limit(napi_env env, napi_value value, const char *what, struct use use,
                       rlim_t *limit) {
  napi_valuetype type;
  int64_t number;
  *limit = RLIM_INFINITY;
  if (!succeeded(env, napi_typeof(env, value, &type))) return false;
  if (type == napi_null) return true;
  if (!read_integer(env, value, 0, MOST_BYTES, use, what, &number)) return false;
  *limit = (rlim_t)number;
  return true;
}

static bool add_limit(napi_env env, napi_value object, const char *name, rlim_t limit) {
  napi_value null;
  if (limit != RLIM_INFINITY) return set_number(env, object, name, (double)limit);
  return succeeded(env, napi_get_null(env, &null)) &&
         succeeded(env, napi_set_named_property(env, object, name, null));
}

bool read_limit_of(napi_env env, napi_value object, struct use use, struct limit *limit) {
  napi_value resource, soft, hard;
  int64_t number;
  if (!read_property(env, object, "resource", &resource) ||
      !read_property(env, object, "soft", &soft) || !read_property(env, object, "hard", &hard) ||
      !read_resource(env, resource, use, &number) ||
      !read_limit(env, soft, "soft", use, &limit->wanted.rlim_cur) ||
      !read_limit(env, hard, "hard", use, &limit->wanted.rlim_max))
    return false;
  limit->resource = (int)number;
  return true;
}

napi_value get_limit(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "prlimit"};
  napi_value argument, object;
  int64_t resource;
  struct rlimit limit;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_resource(env, argument, use, &resource))
    return NULL;
  if (syscall(SYS_prlimit64, 0, (int)resource, NULL, &limit) != 0) {
    throw_errno(env, "prlimit", errno);
    return NULL;
  }
  return succeeded(env, napi_create_object(env, &object)) &&
                 add_limit(env, object, "soft", limit.rlim_cur) &&
                 add_limit(env, object, "hard", limit.rlim_max)
             ? object
             : NULL;
}

napi_value set_limit(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "prlimit"};
  napi_value arguments[3];
  int64_t resource;
  struct rlimit limit;
  if (!read_arguments(env, info, 3, arguments) ||
      !read_resource(env, arguments[0], use, &resource) ||
      !read_limit(env, arguments[1], "soft", use, &limit.rlim_cur) ||
      !read_limit(env, arguments[2], "hard", use, &limit.rlim_max))
    return NULL;
  if (syscall(SYS_prlimit64, 0, (int)resource, &limit, NULL) != 0)
    throw_errno(env, "prlimit", errno);
  return NULL;
}
