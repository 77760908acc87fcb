/* A program about to start, with all memory that starting it needs. */
#ifndef TSROOTWRAP_IMAGE_H
#define TSROOTWRAP_IMAGE_H

#include <sys/resource.h>

#include "credentials.h"
#include "values.h"

struct pin {
  const char *path; /* owned by argv */
  int fd;           /* -1 until opened */
  char word[sizeof "/proc/self/fd/2147483647"];
};

struct image {
  char *file;
  struct words argv;
  char **exec_argv; /* argv with each pinned word replaced by the pin's */
  struct words environment;
  bool has_credentials;
  struct credentials credentials;
  bool has_soft_nofile;
  rlim_t soft_nofile;
  struct pin *pins;
  size_t pin_count;
  /* For spawn only. */
  int *stdio; /* the child moves these about in place */
  size_t stdio_count;
  bool new_session;
};

/* Fill a zeroed image from ProcessImage and SpawnImage; to be freed either way. */
bool read_image(napi_env env, napi_value object, struct image *image);
bool read_spawn_image(napi_env env, napi_value object, struct image *image);
void free_image(struct image *image);

#endif
