#include "groups.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>

#include "values.h"

/* An entry of the group database; `strings` holds what `entry` points to, its members too. */
struct group_entry {
  struct group entry;
  char *strings;
};

enum { STRINGS_AT_FIRST = 1024, STRINGS_AT_MOST = 16 * 1024 * 1024 };

/* By name, or by gid when that is NULL. 0 with *found, or errno; the caller frees the strings. */
static int find_group(const char *name, gid_t gid, struct group_entry *group, bool *found) {
  struct group *result = NULL;
  int error = ERANGE;
  group->strings = NULL;
  for (size_t size = STRINGS_AT_FIRST; error == ERANGE && size <= STRINGS_AT_MOST; size *= 2) {
    char *bigger = realloc(group->strings, size);
    if (bigger == NULL) return ENOMEM;
    group->strings = bigger;
    do {
      error = name != NULL ? getgrnam_r(name, &group->entry, bigger, size, &result)
                           : getgrgid_r(gid, &group->entry, bigger, size, &result);
    } while (error == EINTR);
  }
  *found = error == 0 && result != NULL;
  return error;
}

napi_value lookup_group(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "getgrnam_r"};
  napi_value argument, gid = NULL;
  char *name;
  struct group_entry group;
  bool found;
  if (!read_arguments(env, info, 1, &argument) || !read_text(env, argument, use, "name", &name))
    return NULL;
  int error = find_group(name, 0, &group, &found);
  if (error != 0)
    throw_errno(env, "getgrnam_r", error);
  else if (found)
    succeeded(env, napi_create_uint32(env, group.entry.gr_gid, &gid));
  free(group.strings);
  free(name);
  return gid;
}

napi_value group_name(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "getgrgid_r"};
  napi_value argument, name = NULL;
  int64_t gid;
  struct group_entry group;
  bool found;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_integer(env, argument, 0, 4294967295.0, use, "gid", &gid))
    return NULL;
  int error = find_group(NULL, (gid_t)gid, &group, &found);
  if (error != 0)
    throw_errno(env, "getgrgid_r", error);
  else if (found)
    succeeded(env, napi_create_string_utf8(env, group.entry.gr_name, NAPI_AUTO_LENGTH, &name));
  free(group.strings);
  return name;
}
