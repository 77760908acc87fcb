#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "values.h"

/* An entry of the user database; `strings` holds what `entry` points to. */
struct account {
  struct passwd entry;
  char *strings;
};

enum { STRINGS_AT_FIRST = 1024, STRINGS_AT_MOST = 16 * 1024 * 1024 };
enum { GROUPS_AT_FIRST = 64, GROUPS_AT_MOST = 65536 }; /* the kernel takes no more: NGROUPS_MAX */

/* By name, or by uid when that is NULL. 0 with *found, or errno. */
static int find_account(const char *name, uid_t uid, struct account *account, bool *found) {
  struct passwd *result = NULL;
  int error = ERANGE;
  account->strings = NULL;
  for (size_t size = STRINGS_AT_FIRST; error == ERANGE && size <= STRINGS_AT_MOST; size *= 2) {
    char *bigger = realloc(account->strings, size);
    if (bigger == NULL) return ENOMEM;
    account->strings = bigger;
    do {
      error = name != NULL ? getpwnam_r(name, &account->entry, bigger, size, &result)
                           : getpwuid_r(uid, &account->entry, bigger, size, &result);
    } while (error == EINTR);
  }
  *found = error == 0 && result != NULL;
  return error;
}

/* Primary group included. 0, or errno; the caller frees *groups either way. */
static int find_groups(const struct passwd *entry, gid_t **groups, int *count) {
  *groups = NULL;
  for (int room = GROUPS_AT_FIRST; room <= GROUPS_AT_MOST; room *= 2) {
    gid_t *bigger = realloc(*groups, (size_t)room * sizeof *bigger);
    if (bigger == NULL) return ENOMEM;
    *groups = bigger;
    *count = room;
    if (getgrouplist(entry->pw_name, entry->pw_gid, *groups, count) >= 0) return 0;
  }
  return E2BIG;
}

static bool make_user(napi_env env, const struct passwd *entry, const gid_t *groups, int count,
                      napi_value *user) {
  napi_value list, number;
  if (!succeeded(env, napi_create_object(env, user)) ||
      !set_string(env, *user, "name", entry->pw_name) ||
      !set_number(env, *user, "uid", entry->pw_uid) ||
      !set_number(env, *user, "gid", entry->pw_gid) ||
      !set_string(env, *user, "home", entry->pw_dir) ||
      !succeeded(env, napi_create_array_with_length(env, (size_t)count, &list)))
    return false;
  for (int i = 0; i < count; i++) {
    if (!succeeded(env, napi_create_uint32(env, groups[i], &number)) ||
        !succeeded(env, napi_set_element(env, list, (uint32_t)i, number)))
      return false;
  }
  return succeeded(env, napi_set_named_property(env, *user, "groups", list));
}

napi_value lookup_user(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "getpwnam_r"};
  napi_value argument, user = NULL;
  char *name;
  struct account account;
  bool found;
  if (!read_arguments(env, info, 1, &argument) || !read_text(env, argument, use, "name", &name))
    return NULL;
  int error = find_account(name, 0, &account, &found);
  if (error != 0) {
    throw_errno(env, "getpwnam_r", error);
  } else if (found) {
    gid_t *groups;
    int count;
    error = find_groups(&account.entry, &groups, &count);
    if (error != 0)
      throw_errno(env, "getgrouplist", error);
    else if (!make_user(env, &account.entry, groups, count, &user))
      user = NULL;
    free(groups);
  }
  free(account.strings);
  free(name);
  return user;
}

napi_value user_name(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "getpwuid_r"};
  napi_value argument, name = NULL;
  int64_t uid;
  struct account account;
  bool found;
  if (!read_arguments(env, info, 1, &argument) ||
      !read_integer(env, argument, 0, 4294967295.0, use, "uid", &uid))
    return NULL;
  int error = find_account(NULL, (uid_t)uid, &account, &found);
  if (error != 0)
    throw_errno(env, "getpwuid_r", error);
  else if (found)
    succeeded(env, napi_create_string_utf8(env, account.entry.pw_name, NAPI_AUTO_LENGTH, &name));
  free(account.strings);
  return name;
}
