/* What the addon keeps for each environment: the main thread, and each worker that loads it. */
#ifndef TSROOTWRAP_ENVIRONMENT_H
#define TSROOTWRAP_ENVIRONMENT_H

#include <node_api.h>
#include <stdbool.h>

#include "clone.h"
#include "uv_poll.h"

struct runs;
struct watch;

/* Outlives the environment until libuv has closed the last handle. */
struct environment {
  napi_env env;
  uv_loop_t *loop;
  struct watch *watches; /* of watch.c */
  struct runs *runs;     /* of runs.c; NULL before the first */
  struct stack stack;    /* for children */
  size_t handles;        /* libuv's, not yet closed */
  bool ending;
  napi_async_cleanup_hook_handle hook;
};

/* When the addon is loaded. False with an exception pending. */
bool prepare_environment(napi_env env);

/* That of the running function; NULL with an exception pending. */
struct environment *environment_of(napi_env env);

/* To be called for each handle after libuv has closed it: this may free the environment. */
void handle_closed(struct environment *environment);

/* As Node calls its own callbacks: microtasks run after it, and what it throws is uncaught. */
void call_back(napi_env env, napi_async_context context, napi_value callback, size_t count,
               const napi_value *arguments);

/* To be called when making such a call failed before it was made. */
void report_exception(napi_env env);

#endif
