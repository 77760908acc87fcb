#ifndef TSROOTWRAP_SPAWN_H
#define TSROOTWRAP_SPAWN_H

#include <node_api.h>

#include "clone.h"
#include "image.h"

/*
 * Starts the program: child->pid and child->pidfd are then set. False with the reason in
 * child->refusal, and nothing left behind.
 */
bool start_program(struct stack *stack, struct image *image, struct child *child);

/* Starts a program as a child without copying this process. */
napi_value spawn(napi_env env, napi_callback_info info);

#endif
