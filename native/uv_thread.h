/*
 * libuv's way to start a thread. The C library's own name for it has been another since glibc 2.34,
 * so a binary built there would not load before; Node exports this one. Fixed for the whole of
 * libuv 1.x, as uv_poll.h says.
 */
#ifndef TSROOTWRAP_UV_THREAD_H
#define TSROOTWRAP_UV_THREAD_H

#include <pthread.h>
#include <stddef.h>

/* Of uv_thread_create_flags. */
enum { UV_THREAD_HAS_STACK_SIZE = 1 };

typedef struct {
  unsigned flags;
  size_t stack_size;
} uv_thread_options_t;

/* 0 or a negative errno. */
int uv_thread_create_ex(pthread_t *thread, const uv_thread_options_t *options,
                        void (*entry)(void *argument), void *argument);

#endif
