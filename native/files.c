#include "files.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "raw.h"
#include "values.h"

/*
 * The system call, since stat() of a new C library needs that library. Both architectures that this
 * is built for have the kernel's structure in sys/stat.h.
 */
static bool is_regular(const char *path) {
  struct stat status;
  return syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) == 0 && S_ISREG(status.st_mode);
}

napi_value is_executable(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "access"};
  napi_value argument, result;
  char *path;
  if (!read_arguments(env, info, 1, &argument) || !read_text(env, argument, use, "path", &path))
    return NULL;
  bool executable = is_regular(path) && access(path, X_OK) == 0;
  free(path);
  return succeeded(env, napi_get_boolean(env, executable, &result)) ? result : NULL;
}
