/* A child that shares this process's memory until it executes a program or ends. */
#ifndef TSROOTWRAP_CLONE_H
#define TSROOTWRAP_CLONE_H

#include <stddef.h>

#include "errors.h"

/* Mapped for the first child and kept for the next: one at a time, since the parent waits. */
struct stack {
  char *memory;
  size_t size;
};

void free_stack(struct stack *stack);

struct child {
  /*
   * What the child does, with every signal blocked. No allocation, no locks, nothing of the C
   * library but syscall(), which is async-signal-safe and touches errno alone; the parent's thread,
   * whose errno that is, sleeps. Coming back ends the child, with the reason in *refusal if any.
   */
  void (*steps)(void *task, struct refusal *refusal);
  void *task;
  int pid;
  int pidfd;
  struct refusal refusal;
};

/*
 * Returns when the child has executed a program or ended. False with the reason in child->refusal,
 * and no child or descriptor left.
 */
bool clone_child(struct stack *stack, struct child *child);

/* Waits for a child that has ended or is about to, and closes its descriptor. */
void reap_child(struct child *child);

#endif
