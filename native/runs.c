#include "runs.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "values.h"

enum { EVENTS_AT_ONCE = 64 };

static void serve(struct end *end) {
  struct run *run = end->run;
  if (!end->watched) return; /* closed by an earlier event of the same batch */
  switch (end - run->ends) {
    case INPUT: write_input(run); break;
    case PROCESS: notice_exit(run); break;
    default: read_output(run, (int)(end - run->ends));
  }
  settle_run(run);
}

static void let_go(struct run *run) {
  run->runs = NULL;
  if (run->forgotten) free(run);
}

/* Not before, for a later event of the same batch may still be about one of them. */
static void let_go_of_ended(struct runs *runs) {
  while (runs->ended != NULL) {
    struct run *run = runs->ended;
    runs->ended = run->next;
    let_go(run);
  }
}

static void ready(uv_poll_t *poll, int status, int events) {
  struct runs *runs = uv_handle_get_data((uv_handle_t *)poll);
  struct epoll_event list[EVENTS_AT_ONCE];
  (void)status, (void)events; /* what is left over is ready again in the next turn of the loop */
  int count = epoll_wait(runs->epoll, list, EVENTS_AT_ONCE, 0);
  runs->dispatching = true;
  for (int i = 0; i < count; i++) serve(list[i].data.ptr);
  runs->dispatching = false;
  let_go_of_ended(runs);
}

void add_run(struct runs *runs, struct run *run) {
  run->runs = runs;
  run->next = runs->first;
  if (run->next != NULL) run->next->previous = run;
  else uv_ref((uv_handle_t *)runs->poll);
  runs->first = run;
}

void end_run(struct runs *runs, struct run *run) {
  if (run->previous != NULL) run->previous->next = run->next;
  else runs->first = run->next;
  if (run->next != NULL) run->next->previous = run->previous;
  if (runs->first == NULL) uv_unref((uv_handle_t *)runs->poll);
  if (!runs->dispatching) {
    let_go(run);
    return;
  }
  run->next = runs->ended;
  runs->ended = run;
}

static bool make_context(napi_env env, napi_async_context *context) {
  napi_value name;
  return succeeded(env, napi_create_string_utf8(env, "tsrootwrap.run", NAPI_AUTO_LENGTH, &name)) &&
         succeeded(env, napi_async_init(env, NULL, name, context));
}

static void free_runs(struct runs *runs) {
  while (runs->stragglers != NULL) {
    struct straggler *straggler = runs->stragglers;
    runs->stragglers = straggler->next;
    free(straggler);
  }
  if (runs->epoll >= 0) close(runs->epoll);
  free(runs->poll);
  free(runs);
}

static void closed(uv_handle_t *handle) {
  struct runs *runs = uv_handle_get_data(handle);
  struct environment *environment = runs->environment;
  free_runs(runs);
  handle_closed(environment);
}

/* 0 or errno, and then it has been freed. */
static int start_polling(struct environment *environment, struct runs *runs) {
  runs->epoll = epoll_create1(EPOLL_CLOEXEC);
  int error = runs->epoll < 0 ? -errno
                              : uv_poll_init(environment->loop, runs->poll, runs->epoll);
  if (error != 0) { /* nothing that libuv would have to close first */
    napi_async_destroy(environment->env, runs->context);
    free_runs(runs);
    return -error;
  }
  environment->handles++;
  environment->runs = runs;
  uv_handle_set_data((uv_handle_t *)runs->poll, runs);
  error = uv_poll_start(runs->poll, UV_READABLE, ready);
  uv_unref((uv_handle_t *)runs->poll);
  if (error != 0) end_runs(environment);
  return -error;
}

struct runs *runs_of(struct environment *environment) {
  napi_env env = environment->env;
  if (environment->runs != NULL) return environment->runs;
  struct runs *runs = calloc(1, sizeof *runs);
  uv_poll_t *poll = calloc(1, uv_handle_size(UV_POLL));
  napi_async_context context;
  if (runs == NULL || poll == NULL) throw_errno(env, "calloc", ENOMEM);
  if (runs == NULL || poll == NULL || !make_context(env, &context)) {
    free(poll);
    free(runs);
    return NULL;
  }
  runs->environment = environment;
  runs->poll = poll;
  runs->context = context;
  int error = start_polling(environment, runs);
  if (error == 0) return runs;
  throw_refusal(env, &(struct refusal){
                         .step = STEP_STDIO, .error = error, .syscall = "epoll_create1"});
  return NULL;
}

void end_runs(struct environment *environment) {
  struct runs *runs = environment->runs;
  if (runs == NULL) return;
  while (runs->first != NULL) release_run(runs->first);
  environment->runs = NULL;
  napi_async_destroy(environment->env, runs->context);
  uv_poll_stop(runs->poll);
  uv_close((uv_handle_t *)runs->poll, closed);
}
