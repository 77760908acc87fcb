#include "image.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"

static const struct use exec_use = {.step = STEP_EXEC};
static const struct use pin_use = {.step = STEP_PIN};
static const struct use rlimit_use = {.step = STEP_RLIMIT};
static const struct use stdio_use = {.step = STEP_STDIO};

static bool read_program(napi_env env, napi_value object, struct image *image) {
  napi_value file, argv, environment;
  if (!read_property(env, object, "file", &file) || !read_property(env, object, "argv", &argv) ||
      !read_property(env, object, "environment", &environment) ||
      !read_text(env, file, exec_use, "file", &image->file) ||
      !read_words(env, argv, false, exec_use, "argv", &image->argv) ||
      !read_words(env, environment, true, exec_use, "environment", &image->environment))
    return false;
  if (image->file[0] != '/') {
    throw_argument(env, exec_use, EINVAL, "file is not an absolute path");
    return false;
  }
  /* Programs that look at argv[1] without counting have been made to read their environment. */
  if (image->argv.count == 0) {
    throw_argument(env, exec_use, EINVAL, "argv is empty");
    return false;
  }
  size_t size = (image->argv.count + 1) * sizeof *image->exec_argv;
  image->exec_argv = malloc(size);
  if (image->exec_argv == NULL) {
    throw_errno(env, "malloc", ENOMEM);
    return false;
  }
  memcpy(image->exec_argv, image->argv.list, size);
  return true;
}

static bool read_pin(napi_env env, napi_value object, struct image *image, struct pin *pin) {
  napi_value index, directory;
  int64_t number;
  if (!read_property(env, object, "index", &index) ||
      !read_integer(env, index, 0, (double)image->argv.count - 1, pin_use, "pinned", &number) ||
      !read_property(env, object, "isDirectory", &directory))
    return false;
  const char *problem = NULL;
  if (directory == NULL ||
      napi_get_value_bool(env, directory, &pin->is_directory) != napi_ok)
    problem = "isDirectory is not a boolean";
  pin->path = image->argv.list[number];
  pin->fd = -1;
  if (pin->path[0] != '/') problem = "a pinned word is not an absolute path";
  if (image->exec_argv[number] != pin->path) problem = "a word is pinned twice";
  image->exec_argv[number] = pin->word;
  if (problem != NULL) throw_argument(env, pin_use, EINVAL, problem);
  return problem == NULL;
}

static bool read_pins(napi_env env, napi_value object, struct image *image) {
  napi_value pinned;
  uint32_t count;
  if (!read_property(env, object, "pinned", &pinned)) return false;
  if (pinned == NULL) return true;
  if (!array_length(env, pinned, pin_use, "pinned", &count)) return false;
  image->pins = calloc((size_t)count + 1, sizeof *image->pins);
  if (image->pins == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  image->pin_count = count;
  for (uint32_t i = 0; i < count; i++) {
    napi_value pin;
    if (!succeeded(env, napi_get_element(env, pinned, i, &pin)) ||
        !read_pin(env, pin, image, &image->pins[i]))
      return false;
  }
  return true;
}

static bool read_optional_parts(napi_env env, napi_value object, struct image *image) {
  napi_value credentials, privileges, soft;
  if (!read_property(env, object, "credentials", &credentials) ||
      !read_property(env, object, "privileges", &privileges) ||
      !read_property(env, object, "softNofile", &soft))
    return false;
  if (credentials != NULL) {
    if (!read_credentials(env, credentials, &image->credentials)) return false;
    image->has_credentials = true;
  }
  if (privileges != NULL) {
    if (credentials == NULL) {
      throw_argument(env, (struct use){.step = STEP_CAPABILITIES}, EINVAL,
                     "privileges need credentials");
      return false;
    }
    if (!read_privileges(env, privileges, &image->privileges)) return false;
    image->has_privileges = true;
  }
  if (soft != NULL) {
    int64_t number;
    if (!read_integer(env, soft, 0, 9007199254740991.0, rlimit_use, "softNofile", &number))
      return false;
    image->soft_nofile = (rlim_t)number;
    image->has_soft_nofile = true;
  }
  return true;
}

static bool read_limits(napi_env env, napi_value object, struct image *image) {
  napi_value list, entry;
  uint32_t count;
  if (!read_property(env, object, "limits", &list)) return false;
  if (list == NULL) return true;
  if (napi_get_array_length(env, list, &count) != napi_ok) {
    throw_argument(env, rlimit_use, EINVAL, "limits is not an array");
    return false;
  }
  image->limits = calloc((size_t)count + 1, sizeof *image->limits);
  if (image->limits == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!succeeded(env, napi_get_element(env, list, i, &entry)) ||
        !read_limit_of(env, entry, rlimit_use, &image->limits[i]))
      return false;
    image->limit_count++;
  }
  return true;
}

bool read_image(napi_env env, napi_value object, struct image *image) {
  return read_program(env, object, image) && read_pins(env, object, image) &&
         read_limits(env, object, image) && read_optional_parts(env, object, image);
}

bool make_places(napi_env env, struct image *image, size_t count) {
  image->stdio = calloc(count, sizeof *image->stdio);
  if (image->stdio == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  image->stdio_count = count;
  for (size_t i = 0; i < count; i++) image->stdio[i] = (struct place){.source = -1, .lifted = -1};
  return true;
}

static bool read_stdio(napi_env env, napi_value stdio, struct image *image) {
  int64_t *numbers = NULL;
  size_t count;
  if (!read_integers(env, stdio, 0, INT_MAX, stdio_use, "stdio", &numbers, &count)) return false;
  /* A program without a descriptor 2 would write its complaints into the third file it opens. */
  bool good = count >= 3;
  if (!good) throw_argument(env, stdio_use, EINVAL, "stdio has fewer than three descriptors");
  good = good && make_places(env, image, count);
  for (size_t i = 0; good && i < count; i++) image->stdio[i].source = (int)numbers[i];
  free(numbers);
  return good;
}

bool read_become_image(napi_env env, napi_value object, struct image *image) {
  napi_value stdio;
  return read_image(env, object, image) && read_property(env, object, "stdio", &stdio) &&
         (stdio == NULL || read_stdio(env, stdio, image));
}

bool read_spawn_image(napi_env env, napi_value object, struct image *image) {
  napi_value stdio, session;
  if (!read_image(env, object, image) || !read_property(env, object, "stdio", &stdio) ||
      !read_property(env, object, "newSession", &session))
    return false;
  if (session != NULL && napi_get_value_bool(env, session, &image->new_session) != napi_ok) {
    throw_argument(env, (struct use){.step = STEP_SESSION}, EINVAL, "newSession is not a boolean");
    return false;
  }
  return read_stdio(env, stdio, image);
}

void free_image(struct image *image) {
  free(image->file);
  free_words(&image->argv);
  free(image->exec_argv);
  free_words(&image->environment);
  free(image->credentials.groups);
  free(image->pins);
  free(image->limits);
  free(image->stdio);
}
