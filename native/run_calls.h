#ifndef TSROOTWRAP_RUN_CALLS_H
#define TSROOTWRAP_RUN_CALLS_H

#include <node_api.h>

/* Starts a command with pipes (run_start.c). */
napi_value run(napi_env env, napi_callback_info info);

/* What may be done to it then. */
napi_value feed(napi_env env, napi_callback_info info);
napi_value discard_output(napi_env env, napi_callback_info info);
napi_value allow(napi_env env, napi_callback_info info);
napi_value abandon_run(napi_env env, napi_callback_info info);
napi_value give_up_run(napi_env env, napi_callback_info info);
napi_value signal_run(napi_env env, napi_callback_info info);
napi_value kill_group_at_end(napi_env env, napi_callback_info info);

/* How many were given up and are zombies still (stragglers.c). */
napi_value count_given_up(napi_env env, napi_callback_info info);

/* By which an object is known as a run's. */
extern const napi_type_tag run_tag;

#endif
