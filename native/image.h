/* A program about to start, with all memory that starting it needs. */
#ifndef TSROOTWRAP_IMAGE_H
#define TSROOTWRAP_IMAGE_H

#include <sys/resource.h>

#include "credentials.h"
#include "privileges.h"
#include "values.h"

struct pin {
  const char *path;  /* owned by argv */
  bool is_directory; /* what stood there when it was checked */
  int fd;            /* -1 until opened */
  char word[sizeof "/proc/self/fd/2147483647"];
};

/* What the program is to have instead of this process's own, and what that was. */
struct limit {
  int resource;
  struct rlimit wanted, own;
};

/* A descriptor that becomes the one whose number is its place in the list. */
struct place {
  int source;
  int lifted; /* a copy above all places, -1 without one: see stdio.h */
};

struct image {
  char *file;
  struct words argv;
  char **exec_argv; /* argv with each pinned word replaced by the pin's */
  struct words environment;
  bool has_credentials;
  struct credentials credentials;
  bool has_privileges;
  struct privileges privileges;
  struct limit *limits;
  size_t limit_count;
  bool has_soft_nofile;
  rlim_t soft_nofile;
  struct rlimit own_nofile;
  struct pin *pins;
  size_t pin_count;
  struct place *stdio; /* NULL: the program keeps 0, 1 and 2; become alone allows that */
  size_t stdio_count;
  /* Not for become. */
  bool new_session;
  bool ends_with_parent; /* see stay.h */
  pid_t parent;
};

/* Fill a zeroed image from ProcessImage, BecomeImage and SpawnImage; to be freed either way. */
bool read_image(napi_env env, napi_value object, struct image *image);
bool read_become_image(napi_env env, napi_value object, struct image *image);
bool read_spawn_image(napi_env env, napi_value object, struct image *image);
/* Makes image->stdio with that many places, no source in any of them. */
bool make_places(napi_env env, struct image *image, size_t count);
void free_image(struct image *image);

#endif
