#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "raw.h"
#include "steps.h"

enum { MOST_CAPABILITIES = 64 };

static bool read_umask(napi_env env, napi_value object, mode_t *mask) {
  napi_value value;
  int64_t number;
  if (!read_property(env, object, "umask", &value) ||
      !read_integer(env, value, 0, 0777, (struct use){.step = STEP_UMASK}, "umask", &number))
    return false;
  *mask = (mode_t)number;
  return true;
}

bool read_privileges(napi_env env, napi_value object, struct privileges *privileges) {
  napi_value value;
  int64_t *list = NULL;
  size_t count;
  if (!read_property(env, object, "capabilities", &value) ||
      !read_integers(env, value, 0, MOST_CAPABILITIES - 1,
                     (struct use){.step = STEP_CAPABILITIES}, "capabilities", &list, &count))
    return false;
  privileges->capabilities = 0;
  for (size_t i = 0; i < count; i++) privileges->capabilities |= UINT64_C(1) << list[i];
  free(list);
  return read_umask(env, object, &privileges->umask);
}

static bool wants(const struct privileges *privileges, int capability) {
  return (privileges->capabilities >> capability & 1) != 0;
}

static long process_control(int option, unsigned long second, unsigned long third) {
  return syscall(SYS_prctl, option, second, third, 0UL, 0UL);
}

/* errno, with the capability in words; without snprintf, which is not async-signal-safe. */
static bool refuse_capability(struct privileges *privileges, enum step step, int capability,
                              struct refusal *refusal) {
  static const char word[] = "capability ";
  char *at = privileges->subject;
  for (const char *from = word; *from != '\0'; from++) *at++ = *from;
  if (capability >= 10) *at++ = (char)('0' + capability / 10);
  *at++ = (char)('0' + capability % 10);
  *at = '\0';
  return refuse_step(refusal, step, privileges->subject);
}

static bool get_permitted(uint64_t *permitted) {
  const struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
  if (syscall(SYS_capget, &header, sets) != 0) return false;
  *permitted = (uint64_t)sets[1].permitted << 32 | sets[0].permitted;
  return true;
}

/*
 * Each has to be known to the kernel, which says EINVAL otherwise, be in the bounding set, where
 * nothing can be put back, and be permitted. The ambient set alone would not ask for the second.
 */
static bool check_capabilities(struct privileges *privileges, struct refusal *refusal) {
  uint64_t permitted;
  if (!get_permitted(&permitted)) return refuse_step(refusal, STEP_CAPABILITIES, NULL);
  for (int capability = 0; capability < MOST_CAPABILITIES; capability++) {
    if (!wants(privileges, capability)) continue;
    long bounding = process_control(PR_CAPBSET_READ, (unsigned long)capability, 0);
    if (bounding == 0) errno = EPERM;
    if (bounding != 1) return refuse_capability(privileges, STEP_BOUNDING, capability, refusal);
    if ((permitted >> capability & 1) != 0) continue;
    errno = EPERM;
    return refuse_capability(privileges, STEP_CAPABILITIES, capability, refusal);
  }
  return true;
}

/* Of the old ones only those in `kept` stay. */
static bool set_secure_bits(unsigned long kept, unsigned long bits, struct refusal *refusal) {
  long old = process_control(PR_GET_SECUREBITS, 0, 0);
  if (old >= 0 && process_control(PR_SET_SECUREBITS, ((unsigned long)old & kept) | bits, 0) == 0)
    return true;
  return refuse_step(refusal, STEP_SECUREBITS, NULL);
}

/* Up to the last that this kernel knows, which may be later than the headers. */
static bool bound(struct privileges *privileges, struct refusal *refusal) {
  for (int capability = 0; capability < MOST_CAPABILITIES; capability++) {
    long bounding = process_control(PR_CAPBSET_READ, (unsigned long)capability, 0);
    if (bounding < 0 && errno == EINVAL) return true;
    if (bounding == 0 || wants(privileges, capability)) continue;
    if (bounding < 0 || process_control(PR_CAPBSET_DROP, (unsigned long)capability, 0) != 0)
      return refuse_capability(privileges, STEP_BOUNDING, capability, refusal);
  }
  return true;
}

/* The kernel takes from the ambient set whatever these two lack. */
static bool set_capabilities(const struct privileges *privileges) {
  const struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const uint32_t low = (uint32_t)privileges->capabilities;
  const uint32_t high = (uint32_t)(privileges->capabilities >> 32);
  const struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {
      {.effective = low, .permitted = low, .inheritable = low},
      {.effective = high, .permitted = high, .inheritable = high},
  };
  return syscall(SYS_capset, &header, sets) == 0;
}

/* What a program without privileges of its own has after execve. */
static bool set_ambient(struct privileges *privileges, struct refusal *refusal) {
  if (process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0) != 0)
    return refuse_step(refusal, STEP_AMBIENT, NULL);
  for (int capability = 0; capability < MOST_CAPABILITIES; capability++) {
    if (wants(privileges, capability) &&
        process_control(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long)capability) != 0)
      return refuse_capability(privileges, STEP_AMBIENT, capability, refusal);
  }
  return true;
}

/*
 * Both outlast execve, and sudo's with it, so whoever called may have set them: timers that end the
 * program at a moment of the caller's choice, and a slack of years, with which none of its own comes.
 */
static void take_back_time(void) {
  static const unsigned long usual_slack = 50000; /* nanoseconds: the kernel's for its first process */
  static const struct itimerval never = {.it_value.tv_sec = 0};
  for (int timer = ITIMER_REAL; timer <= ITIMER_PROF; timer++)
    syscall(SYS_setitimer, timer, &never, NULL);
  process_control(PR_SET_TIMERSLACK, usual_slack, 0);
}

/*
 * Keys that a program looks for are found in its session keyring, which outlasts execve and sudo: the
 * caller's would be the helper's, and the other way round. Made as root, whose quota no user exhausts.
 * Where keyctl is for nobody, as in many containers, there are no keys.
 */
static bool leave_keyring(struct refusal *refusal) {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0) return true;
  if (errno == ENOSYS || errno == EPERM) return true;
  return refuse_step(refusal, STEP_KEYRING, NULL);
}

/*
 * NO_SETUID_FIXUP makes changing the uid leave the capabilities alone, whichever uids these are, so
 * that what follows still may drop and lock. NOROOT makes execve ignore the uid likewise: uid 0
 * gives no capability, nor does a program with the set-uid bit.
 *
 * Not dumpable, because a process of that user with those capabilities may trace this one from the
 * moment that it is as weak: and its memory is that of a stronger one, of the parent that waits for
 * this child or of the other threads. The kernel does that itself only for a change of ids.
 */
bool take_privileges(const struct credentials *credentials, struct privileges *privileges,
                     struct refusal *refusal) {
  static const unsigned long last_bits =
      SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED;
  if (!check_capabilities(privileges, refusal) || !leave_keyring(refusal) ||
      !set_secure_bits(~0UL, SECBIT_NO_SETUID_FIXUP, refusal) ||
      !take_ids(credentials, refusal) || !bound(privileges, refusal) ||
      !set_secure_bits(SECURE_ALL_LOCKS, last_bits, refusal)) /* the kernel unlocks none */
    return false;
  if (process_control(PR_SET_DUMPABLE, 0, 0) != 0)
    return refuse_step(refusal, STEP_DUMPABLE, NULL);
  if (!set_capabilities(privileges)) return refuse_step(refusal, STEP_CAPABILITIES, NULL);
  if (!set_ambient(privileges, refusal)) return false;
  if (process_control(PR_SET_NO_NEW_PRIVS, 1, 0) != 0)
    return refuse_step(refusal, STEP_NO_NEW_PRIVS, NULL);
  syscall(SYS_umask, privileges->umask);
  take_back_time();
  return true;
}
