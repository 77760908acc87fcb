#include "memory.h"

#include <errno.h>
#include <malloc.h>

#include "values.h"

/* Without this glibc raises it to 32 MiB by and by, and keeps what is freed below that. */
enum { OWN_MAPPING = 128 * 1024 };

/* Free memory that is kept for what comes next: without some, each piece of a stream would be new pages. */
enum { KEPT_FREE = 8 * 1024 * 1024 };

/* The garbage collector would free it too, but knows nothing of the bound that it is counted to. */
napi_value free_bytes(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "free"};
  napi_value argument, buffer;
  napi_typedarray_type type;
  const char *bytes;
  size_t size;
  bool detachable = false;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_view(env, argument, use, "bytes", &bytes, &size) ||
      !succeeded(env, napi_get_typedarray_info(env, argument, &type, NULL, NULL, &buffer, NULL)) ||
      !succeeded(env, napi_is_arraybuffer(env, buffer, &detachable)) || !detachable)
    return NULL;
  succeeded(env, napi_detach_arraybuffer(env, buffer));
  return NULL;
}

napi_value return_free_memory(napi_env env, napi_callback_info info) {
  (void)env, (void)info;
  mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
  mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
  malloc_trim(0);
  return NULL;
}
