#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runs.h"

/* A reader as fast as we are must not keep the loop to itself. */
enum { BYTES_AT_ONCE = 1024 * 1024 };

/* What the pipe took, 0 when it is full, -1 when nobody reads it (Node ignores SIGPIPE). */
static ssize_t write_some(int fd, const char *bytes, size_t size) {
  ssize_t count;
  do {
    count = write(fd, bytes, size);
  } while (count < 0 && errno == EINTR);
  return count < 0 && errno == EAGAIN ? 0 : count;
}

/*
 * Memory of a chunk: many small pieces share one, or each would cost more than it holds; and one is
 * small, so that what the command has taken is free long before the last of it.
 */
enum { LEAST_CAPACITY = 4096, MOST_CAPACITY = 32768 };

static bool add_chunk(struct run *run, size_t capacity) {
  struct chunk *chunk = malloc(sizeof *chunk + capacity);
  if (chunk == NULL) return false;
  *chunk = (struct chunk){.capacity = capacity};
  if (run->last_chunk != NULL) run->last_chunk->next = chunk;
  else run->first_chunk = chunk;
  run->last_chunk = chunk;
  return true;
}

static bool queue(struct run *run, const char *bytes, size_t size) {
  while (size > 0) {
    struct chunk *last = run->last_chunk;
    if (last == NULL || last->size == last->capacity) {
      size_t capacity = size < LEAST_CAPACITY ? LEAST_CAPACITY : size;
      if (!add_chunk(run, capacity > MOST_CAPACITY ? MOST_CAPACITY : capacity)) return false;
      last = run->last_chunk;
    }
    size_t room = last->capacity - last->size, count = size < room ? size : room;
    memcpy(last->bytes + last->size, bytes, count);
    last->size += count;
    run->queued += count;
    bytes += count;
    size -= count;
  }
  return true;
}

/* Counts what is left of it as reported: taken by the pipe or dropped, it is not waited for. */
static void drop_first(struct run *run) {
  struct chunk *chunk = run->first_chunk;
  run->unreported += chunk->size - chunk->taken;
  run->queued -= chunk->size - chunk->taken;
  run->first_chunk = chunk->next;
  if (chunk->next == NULL) run->last_chunk = NULL;
  free(chunk);
}

void drop_input(struct run *run) {
  while (run->first_chunk != NULL) drop_first(run);
  close_end(run, INPUT);
}

bool take_input(struct run *run, const char *bytes, size_t size) {
  ssize_t written = 0;
  if (run->first_chunk == NULL) written = write_some(run->ends[INPUT].fd, bytes, size);
  if (written < 0) written = 0; /* queued like the rest, so that the loop finds and tells it */
  run->unreported += (size_t)written;
  size_t rest = size - (size_t)written;
  return rest == 0 || queue(run, bytes + written, rest);
}

void write_input(struct run *run) {
  size_t most = BYTES_AT_ONCE;
  while (run->first_chunk != NULL && most > 0) {
    struct chunk *chunk = run->first_chunk;
    size_t size = chunk->size - chunk->taken;
    ssize_t written = write_some(run->ends[INPUT].fd, chunk->bytes + chunk->taken,
                                 size < most ? size : most);
    if (written == 0) break;
    if (written < 0) {
      drop_input(run);
      break;
    }
    most -= (size_t)written;
    chunk->taken += (size_t)written;
    run->queued -= (size_t)written;
    run->unreported += (size_t)written;
    if (chunk->taken == chunk->size) drop_first(run);
  }
  if (run->first_chunk == NULL) {
    if (run->input_over) close_end(run, INPUT);
    else unwatch_end(run, INPUT);
  }
  tell_fed(run);
}
