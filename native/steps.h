/*
 * The steps of starting a program, shared by spawn and become. Each is async-signal-safe and uses
 * system calls only: they run in a child that still shares the parent's memory, or in a process
 * about to be replaced. False with the step and errno in *refusal.
 */
#ifndef TSROOTWRAP_STEPS_H
#define TSROOTWRAP_STEPS_H

#include "image.h"
#include "raw.h"

/* What block_signals() and default_signals() replaced. */
struct signals {
  struct raw_signal_set mask;
  struct raw_signal_action actions[RAW_SIGNALS + 1]; /* [0] is unused */
};

bool block_signals(struct raw_signal_set *old, struct refusal *refusal);
void restore_mask(const struct raw_signal_set *old);

/* Every signal back to its default; the former actions to `old` unless that is NULL. */
void default_signals(struct raw_signal_action *old);
void restore_signals(const struct raw_signal_action *old);

/* The image's limits, of open files too; with what they were before kept in the image. */
bool take_limits(struct image *image, struct refusal *refusal);
/* As far as this process may raise them again. */
void give_back_limits(const struct image *image);

/* Credentials and privileges, then the pins, so that only what the new user may reach is opened. */
bool take_identity(struct image *image, struct refusal *refusal);

/* An empty signal mask and execve: returns only when one of them was refused. */
void execute(const struct image *image, struct refusal *refusal);

/* For the steps' own use. */
bool refuse_step(struct refusal *refusal, enum step step, const char *subject);

#endif
