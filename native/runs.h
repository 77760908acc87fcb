/*
 * The loop's side of all runs of an environment: one epoll instance holds every descriptor that a run
 * waits for, and libuv polls that one. A descriptor then costs one system call, where a handle of
 * libuv's takes four and a turn of the loop to be closed.
 */
#ifndef TSROOTWRAP_RUNS_H
#define TSROOTWRAP_RUNS_H

#include "environment.h"
#include "run.h"

enum { SCRATCH_SIZE = 64 * 1024 }; /* what a pipe holds */

/* A process that its tracer had not let go of when its run ended. */
struct straggler {
  struct straggler *next;
  int pid;
};

struct runs {
  struct environment *environment;
  struct straggler *stragglers;
  size_t unreapable; /* of these, those that there was no memory to remember */
  int epoll;
  uv_poll_t *poll;
  napi_async_context context; /* shared: one for each run would take longer than calling back */
  struct run *first;
  struct run *ended; /* during the events at hand */
  bool dispatching;
  char scratch[SCRATCH_SIZE];
};

/* Those of the environment, made for the first one. NULL with an exception pending. */
struct runs *runs_of(struct environment *environment);

/* The first run keeps the loop alive, the last one lets it go. */
void add_run(struct runs *runs, struct run *run);
/* May free it. */
void end_run(struct runs *runs, struct run *run);

/* Takes the process from the run, to be reaped when `count_given_up` is asked. */
void leave_behind(struct run *run);

/* Releases all of them, calling nobody back and leaving their processes alone. */
void end_runs(struct environment *environment);

#endif
