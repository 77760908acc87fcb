#include "scheduling.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "errors.h"
#include "raw.h"

/* linux/ioprio.h and linux/mempolicy.h, which not every system has */
enum { IO_WHO_PROCESS = 1, IO_CLASS_NONE = 0, MEMORY_DEFAULT = 0 };
/* getpriority(2): the system call gives 20 less the nice value, so that it is never negative. */
enum { NICE_ZERO = 20 };
/* Bytes of a CPU mask: more than any kernel knows, which passes over the rest. */
enum { CPU_MASK_SIZE = 1024 };

/*
 * A kernel without such a call, or a container that is allowed it for nobody: then the caller, who is
 * in the same one, has not used it either.
 */
static bool is_for_nobody(void) { return errno == ENOSYS || errno == EPERM; }

static bool take_back_policy(void) {
  const struct sched_param none = {.sched_priority = 0};
  long policy = syscall(SYS_sched_getscheduler, 0);
  if (policy == SCHED_OTHER) return true;
  return policy >= 0 && syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none) == 0;
}

/* Less than nothing is a favour that only root can have done. */
static bool take_back_nice(void) {
  long priority = syscall(SYS_getpriority, PRIO_PROCESS, 0);
  if (priority >= NICE_ZERO) return true;
  return priority >= 0 && syscall(SYS_setpriority, PRIO_PROCESS, 0, 0) == 0;
}

/* Of all these the kernel takes what the control group allows. */
static bool take_back_processors(void) {
  unsigned char all[CPU_MASK_SIZE];
  memset(all, 0xff, sizeof all);
  return syscall(SYS_sched_setaffinity, 0, sizeof all, all) == 0;
}

static bool take_back_disk(void) {
  return syscall(SYS_ioprio_set, IO_WHO_PROCESS, 0, IO_CLASS_NONE) == 0 || is_for_nobody();
}

static bool take_back_memory(void) {
  return syscall(SYS_set_mempolicy, MEMORY_DEFAULT, NULL, 0) == 0 || is_for_nobody();
}

static bool take_back_personality(void) {
  long personality = syscall(SYS_personality, 0xffffffffUL); /* asks */
  return personality == 0 || syscall(SYS_personality, 0UL) != -1;
}

static const struct {
  const char *syscall;
  bool (*take_back)(void);
} steps[] = {
    {"sched_setscheduler", take_back_policy}, {"setpriority", take_back_nice},
    {"sched_setaffinity", take_back_processors}, {"ioprio_set", take_back_disk},
    {"set_mempolicy", take_back_memory},      {"personality", take_back_personality},
};

napi_value take_back_scheduling(napi_env env, napi_callback_info info) {
  (void)info;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    if (steps[i].take_back()) continue;
    throw_errno(env, steps[i].syscall, errno);
    return NULL;
  }
  return NULL;
}
