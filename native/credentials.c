#include "credentials.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef __LP64__
#error "the plain setgroups, setresgid and setresuid calls take 16 bit numbers on a 32 bit system"
#endif

/* The highest number, -1 to the system, would mean "leave it as it is". */
static const double highest_id = 4294967294.0;

bool read_credentials(napi_env env, napi_value object, struct credentials *credentials) {
  napi_value uid, gid, groups;
  int64_t user, group, *list = NULL;
  if (!read_property(env, object, "uid", &uid) || !read_property(env, object, "gid", &gid) ||
      !read_property(env, object, "groups", &groups) ||
      !read_integer(env, uid, 0, highest_id, (struct use){.step = STEP_SETUID}, "uid", &user) ||
      !read_integer(env, gid, 0, highest_id, (struct use){.step = STEP_SETGID}, "gid", &group) ||
      !read_integers(env, groups, 0, highest_id, (struct use){.step = STEP_SETGROUPS}, "groups",
                     &list, &credentials->group_count))
    return false;
  credentials->uid = (uid_t)user;
  credentials->gid = (gid_t)group;
  credentials->groups = calloc(credentials->group_count + 1, sizeof *credentials->groups);
  if (credentials->groups == NULL) {
    free(list);
    throw_errno(env, "calloc", ENOMEM);
    return false;
  }
  for (size_t i = 0; i < credentials->group_count; i++) credentials->groups[i] = (gid_t)list[i];
  free(list);
  return true;
}

static bool refused(struct refusal *refusal, enum step step) {
  refusal->step = step;
  refusal->error = errno;
  return false;
}

/*
 * The kernel takes capabilities away only from a thread that was root, and not even then where a
 * secure bit says so. Ambient ones (systemd's AmbientCapabilities=) would even outlast execve; they
 * go with the permitted and inheritable ones.
 */
static bool drop_capabilities(void) {
  const struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  return syscall(SYS_capset, &header, none) == 0;
}

/*
 * Raw system calls, because glibc's wrappers make every thread of the process change, by a signal to
 * each. A child made with CLONE_VM shares the parent's list of threads and the lock on it: there the
 * wrapper would mark and wait for threads that are not the child's.
 */
bool take_ids(const struct credentials *credentials, struct refusal *refusal) {
  gid_t gid = credentials->gid;
  uid_t uid = credentials->uid;
  if (syscall(SYS_setgroups, credentials->group_count, credentials->groups) != 0)
    return refused(refusal, STEP_SETGROUPS);
  if (syscall(SYS_setresgid, gid, gid, gid) != 0) return refused(refusal, STEP_SETGID);
  if (syscall(SYS_setresuid, uid, uid, uid) != 0) return refused(refusal, STEP_SETUID);
  return true;
}

bool take_credentials(const struct credentials *credentials, struct refusal *refusal) {
  if (!take_ids(credentials, refusal)) return false;
  if (credentials->uid != 0 && !drop_capabilities()) return refused(refusal, STEP_CAPABILITIES);
  return true;
}
