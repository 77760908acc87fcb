#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runs.h"

/* A command that floods us must not keep the loop to itself. */
enum { BYTES_AT_ONCE = 1024 * 1024 };

static bool reserve(struct kept *kept, size_t size) {
  if (size <= kept->capacity - kept->length) return true;
  if (size > SIZE_MAX / 2 - kept->length) return false;
  size_t capacity = kept->capacity * 2;
  if (capacity < kept->length + size) capacity = kept->length + size;
  char *bytes = realloc(kept->bytes, capacity);
  if (bytes == NULL) return false;
  kept->bytes = bytes;
  kept->capacity = capacity;
  return true;
}

void free_kept(struct run *run) {
  for (int which = OUTPUT; which <= ERRORS; which++) {
    free(run->kept[which].bytes);
    run->kept[which] = (struct kept){0};
  }
}

/* False when it was too much: what there was room for is kept. */
static bool keep(struct run *run, int which, const char *bytes, size_t size) {
  struct kept *kept = &run->kept[which];
  size_t fitting = size < run->room ? size : run->room;
  run->room -= fitting;
  if (run->discarding) return fitting == size;
  if (!reserve(kept, fitting)) return false;
  if (fitting > 0) memcpy(kept->bytes + kept->length, bytes, fitting);
  kept->length += fitting;
  run->granted -= fitting < run->granted ? fitting : run->granted;
  return fitting == size;
}

static void close_outputs(struct run *run) {
  close_end(run, OUTPUT);
  close_end(run, ERRORS);
}

/* False when there is no more to be read now. */
static bool read_piece(struct run *run, int which, size_t size, size_t *count) {
  ssize_t got;
  do {
    got = read(run->ends[which].fd, run->runs->scratch, size);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) {
    run->drained[which] = run->exited;
    return false;
  }
  *count = got < 0 ? 0 : (size_t)got;
  if (got <= 0) close_end(run, which);
  return got > 0;
}

/* The listener may do anything to the run meanwhile, such as closing this end. */
static bool hand_over(struct run *run, int which, size_t count) {
  if (run->streaming) {
    run->room -= count;
    tell_output(run, which, run->runs->scratch, count);
    return true;
  }
  if (keep(run, which, run->runs->scratch, count)) return true;
  close_outputs(run);
  tell_event(run, "overflow");
  return false;
}

/*
 * What can be known of a pipe without reading: empty, or at its end as nobody is left to write.
 * True when there is something in it.
 */
static bool look_at(struct run *run, int which) {
  struct pollfd pipe = {.fd = run->ends[which].fd, .events = POLLIN};
  poll(&pipe, 1, 0);
  if ((pipe.revents & POLLIN) != 0) return true;
  if ((pipe.revents & POLLHUP) != 0) close_end(run, which);
  else run->drained[which] = run->exited;
  return false;
}

static void unwatch_outputs(struct run *run) {
  unwatch_end(run, OUTPUT);
  unwatch_end(run, ERRORS);
}

/*
 * Nothing may be read now. A pipe at its end could not be watched and kept quiet, and neither could
 * one with something in it. True when the listener allowed more at once.
 */
static bool wait_for_more(struct run *run, int which) {
  bool full = look_at(run, which);
  if (!full && !run->streaming) return false;
  if (!run->streaming && !run->told_full) {
    run->told_full = true;
    tell_full(run);
    if (run->granted > 0) return true;
  }
  unwatch_outputs(run);
  return false;
}

/* How much may be read: what is streamed, or kept; of what is beyond `room`, anything, to know it. */
static size_t readable(const struct run *run) {
  size_t most = run->streaming ? run->room : run->room == 0 ? SCRATCH_SIZE : run->granted;
  return most < SCRATCH_SIZE ? most : SCRATCH_SIZE;
}

void read_output(struct run *run, int which) {
  size_t most = BYTES_AT_ONCE;
  while (run->ends[which].fd >= 0 && most > 0) {
    size_t size = readable(run), count;
    if (size == 0) {
      if (wait_for_more(run, which)) continue;
      return;
    }
    if (!read_piece(run, which, size, &count) || !hand_over(run, which, count)) return;
    /* Less than asked for: empty by now. Afterwards only the end of file itself will do. */
    if (count < size && !run->exited) return;
    most -= count < most ? count : most;
  }
}
