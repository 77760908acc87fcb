#include "spawn.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>

#include "descriptors.h"
#include "environment.h"
#include "stdio.h"
#include "steps.h"

static bool prepare(struct image *image, struct refusal *refusal) {
  default_signals(NULL);
  if (image->new_session && syscall(SYS_setsid) < 0)
    return refuse_step(refusal, STEP_SESSION, NULL);
  if (!lift_stdio(image, false, refusal) || !place_stdio(image, refusal)) return false;
  if (close_from((unsigned)image->stdio_count) != 0)
    return refuse_step(refusal, STEP_DESCRIPTORS, NULL);
  return take_limits(image, refusal);
}

/*
 * After the change of credentials, which takes this away again. The parent may have been killed in the
 * meantime: it is the child's only one, so another number is another process.
 */
static bool end_with_parent(const struct image *image, struct refusal *refusal) {
  if (!image->ends_with_parent) return true;
  if (syscall(SYS_prctl, PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) != 0)
    return refuse_step(refusal, STEP_PARENT, NULL);
  errno = ESRCH;
  return syscall(SYS_getppid) == image->parent || refuse_step(refusal, STEP_PARENT, NULL);
}

/* In the child. It writes its notes into the image, which the parent shares. */
static void become_program(void *task, struct refusal *refusal) {
  struct image *image = task;
  if (prepare(image, refusal) && take_identity(image, refusal) && end_with_parent(image, refusal))
    execute(image, refusal);
}

bool start_program(struct stack *stack, struct image *image, struct child *child) {
  image->parent = (pid_t)syscall(SYS_getpid);
  child->steps = become_program;
  child->task = image;
  return clone_child(stack, child);
}

napi_value spawn(napi_env env, napi_callback_info info) {
  napi_value object, result = NULL;
  struct image image = {0};
  struct child child = {0};
  struct environment *environment = environment_of(env);
  if (environment == NULL || !read_arguments(env, info, 1, &object)) return NULL;
  if (read_spawn_image(env, object, &image) && succeeded(env, napi_create_object(env, &result))) {
    if (!start_program(&environment->stack, &image, &child)) {
      throw_refusal(env, &child.refusal);
      result = NULL;
    } else if (!set_number(env, result, "pid", child.pid) ||
               !set_number(env, result, "pidfd", child.pidfd)) {
      result = NULL;
    }
  }
  free_image(&image);
  return result;
}
