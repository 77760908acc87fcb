#include <sys/epoll.h>
#include <unistd.h>

#include "runs.h"

bool watch_end(struct run *run, int which) {
  struct end *end = &run->ends[which];
  if (end->fd < 0 || end->watched) return true;
  struct epoll_event event = {.events = which == INPUT ? EPOLLOUT : EPOLLIN, .data.ptr = end};
  end->watched = epoll_ctl(run->runs->epoll, EPOLL_CTL_ADD, end->fd, &event) == 0;
  return end->watched;
}

/* Closing would not do: a child of another thread may hold a copy for a moment, and that counts. */
void unwatch_end(struct run *run, int which) {
  struct end *end = &run->ends[which];
  if (end->watched) epoll_ctl(run->runs->epoll, EPOLL_CTL_DEL, end->fd, NULL);
  end->watched = false;
}

void close_end(struct run *run, int which) {
  struct end *end = &run->ends[which];
  unwatch_end(run, which);
  if (end->fd >= 0) close(end->fd);
  end->fd = -1;
}

void release_run(struct run *run) {
  napi_env env = run->runs->environment->env;
  for (int which = 0; which < ENDS; which++) close_end(run, which);
  drop_input(run);
  free_kept(run);
  if (run->listener != NULL) napi_delete_reference(env, run->listener);
  run->listener = NULL;
  end_run(run->runs, run);
}
