#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "raw.h"
#include "run_calls.h"
#include "runs.h"
#include "spawn.h"
#include "steps.h"
#include "values.h"

/* What starting takes. */
struct request {
  struct image image;
  const char *input; /* JavaScript's own memory; NULL: none */
  size_t input_size;
};

static bool read_flag(napi_env env, napi_value object, const char *name, bool *flag) {
  napi_value value;
  if (!read_property(env, object, name, &value)) return false;
  if (value == NULL || napi_get_value_bool(env, value, flag) == napi_ok) return true;
  throw_argument(env, (struct use){.step = STEP_STDIO}, EINVAL, "a flag is not a boolean");
  return false;
}

static bool read_room(napi_env env, napi_value object, struct run *run) {
  const struct use use = {.step = STEP_STDIO};
  napi_value window, most, first;
  int64_t room, granted;
  if (!read_property(env, object, "window", &window) ||
      !read_property(env, object, "mostOutput", &most) ||
      !read_property(env, object, "firstOutput", &first) ||
      !read_integer(env, window != NULL ? window : most, 0, MOST_BYTES, use,
                    window != NULL ? "window" : "mostOutput", &room))
    return false;
  granted = room;
  if (first != NULL && !read_integer(env, first, 0, MOST_BYTES, use, "firstOutput", &granted))
    return false;
  run->streaming = window != NULL;
  run->room = (size_t)room;
  run->granted = (size_t)granted;
  return true;
}

static bool read_request(napi_env env, napi_value object, struct request *request,
                         struct run *run) {
  const struct use use = {.step = STEP_STDIO};
  napi_value input;
  if (!read_image(env, object, &request->image) || !read_room(env, object, run) ||
      !read_flag(env, object, "feeding", &run->feeding) ||
      !read_property(env, object, "input", &input))
    return false;
  run->input_over = !run->feeding;
  request->image.new_session = true;
  if (!make_places(env, &request->image, 3)) return false;
  /* Last, since nothing that calls into JavaScript may come between it and its use. */
  return input == NULL ||
         read_view(env, input, use, "input", &request->input, &request->input_size);
}

static bool refused(struct refusal *refusal, const char *syscall) {
  refuse_step(refusal, STEP_STDIO, NULL);
  refusal->syscall = syscall;
  return false;
}

/*
 * Only our end is made non-blocking: the two ends of a pipe are open files of their own, and the
 * command expects its end to block.
 */
static bool open_pipe(struct end *ours, bool writing, int *theirs, struct refusal *refusal) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return refused(refusal, "pipe2");
  ours->fd = fds[writing];
  *theirs = fds[!writing];
  return fcntl(ours->fd, F_SETFL, O_NONBLOCK) == 0 || refused(refusal, "fcntl");
}

static bool open_input(struct run *run, struct request *request, struct refusal *refusal) {
  int *theirs = &request->image.stdio[0].source;
  if (request->input == NULL && !run->feeding) {
    *theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return *theirs >= 0 || refused(refusal, "open");
  }
  if (!open_pipe(&run->ends[INPUT], true, theirs, refusal)) return false;
  /* Before there is a reader, so that a short input costs one system call and no event. */
  if (request->input_size > 0 && !take_input(run, request->input, request->input_size)) {
    errno = ENOMEM;
    return refused(refusal, "malloc");
  }
  run->tells_fed = run->feeding || run->first_chunk != NULL;
  if (run->first_chunk == NULL && run->input_over) close_end(run, INPUT);
  if (run->first_chunk == NULL && run->unreported == 0) return true;
  return watch_end(run, INPUT) || refused(refusal, "epoll_ctl");
}

static bool open_output(struct run *run, int which, int *theirs, struct refusal *refusal) {
  if (!open_pipe(&run->ends[which], false, theirs, refusal)) return false;
  return watch_end(run, which) || refused(refusal, "epoll_ctl");
}

static void close_theirs(struct image *image) {
  for (int fd = 0; fd < 3; fd++) {
    if (image->stdio[fd].source >= 0) close(image->stdio[fd].source);
    image->stdio[fd].source = -1;
  }
}

/* The program has begun, but nobody could watch it. */
static void undo_start(struct run *run) {
  struct child child = {.pid = run->pid, .pidfd = run->ends[PROCESS].fd};
  unwatch_end(run, PROCESS);
  run->ends[PROCESS].fd = -1;
  syscall(SYS_pidfd_send_signal, child.pidfd, SIGKILL, NULL, 0);
  reap_child(&child);
}

static bool start(struct run *run, struct request *request, struct refusal *refusal) {
  struct child child = {0};
  struct image *image = &request->image;
  if (!open_input(run, request, refusal) ||
      !open_output(run, OUTPUT, &image->stdio[1].source, refusal) ||
      !open_output(run, ERRORS, &image->stdio[2].source, refusal))
    return false;
  bool started = start_program(&run->runs->environment->stack, image, &child);
  *refusal = child.refusal;
  if (!started) return false;
  run->pid = child.pid;
  run->ends[PROCESS].fd = child.pidfd;
  if (watch_end(run, PROCESS)) return true;
  refused(refusal, "epoll_ctl");
  undo_start(run);
  return false;
}

static void forget(napi_env env, void *data, void *hint) {
  struct run *run = data;
  (void)env, (void)hint;
  run->forgotten = true;
  if (run->runs == NULL) free(run);
}

/* The object that stands for the run. From then on it is JavaScript's to free. */
static napi_value make_object(napi_env env, struct run *run) {
  napi_value object;
  if (!succeeded(env, napi_create_object(env, &object)) ||
      !succeeded(env, napi_type_tag_object(env, object, &run_tag)) ||
      !succeeded(env, napi_wrap(env, object, run, forget, NULL, NULL)))
    return NULL;
  return object;
}

static struct run *new_run(napi_env env) {
  struct run *run = calloc(1, sizeof *run);
  if (run == NULL) {
    throw_errno(env, "calloc", ENOMEM);
    return NULL;
  }
  for (int which = 0; which < ENDS; which++) run->ends[which] = (struct end){.run = run, .fd = -1};
  return run;
}

/* What was asked for, or NULL with an exception pending. Consumes the run. */
static napi_value start_run(napi_env env, struct runs *runs, struct run *run, napi_value listener,
                            struct request *request) {
  struct refusal refusal = {0};
  napi_value object = make_object(env, run);
  if (object == NULL) {
    free(run);
    return NULL;
  }
  if (!succeeded(env, napi_create_reference(env, listener, 1, &run->listener))) return NULL;
  add_run(runs, run);
  bool started = start(run, request, &refusal);
  close_theirs(&request->image);
  if (started && set_number(env, object, "pid", run->pid) &&
      (run->queued == 0 || set_number(env, object, "queued", (double)run->queued)))
    return object;
  if (started) undo_start(run);
  else throw_refusal(env, &refusal);
  release_run(run);
  return NULL;
}

napi_value run(napi_env env, napi_callback_info info) {
  napi_value arguments[2], object = NULL;
  napi_valuetype type;
  struct request request = {0};
  struct environment *environment = environment_of(env);
  if (environment == NULL || !read_arguments(env, info, 2, arguments) ||
      !succeeded(env, napi_typeof(env, arguments[1], &type)))
    return NULL;
  if (type != napi_function || environment->ending) {
    throw_argument(env, (struct use){.step = STEP_STDIO}, EINVAL,
                   environment->ending ? "this thread is ending"
                                       : "the listener is not a function");
    return NULL;
  }
  struct runs *runs = runs_of(environment);
  struct run *new = runs == NULL ? NULL : new_run(env);
  if (new == NULL) return NULL;
  if (read_request(env, arguments[0], &request, new))
    object = start_run(env, runs, new, arguments[1], &request);
  else
    free(new);
  free_image(&request.image);
  return object;
}
