/* What the addon throws: see PosixError in src/posix/addon.ts. */
#ifndef TSROOTWRAP_ERRORS_H
#define TSROOTWRAP_ERRORS_H

#include <node_api.h>
#include <stdbool.h>

/* Where starting a program can fail, in the words of Step in src/posix/addon.ts. */
enum step {
  STEP_NONE,
  STEP_CLONE,
  STEP_STDIO,
  STEP_SESSION,
  STEP_PARENT,
  STEP_SIGNALS,
  STEP_TIMER,
  STEP_RLIMIT,
  STEP_SETGROUPS,
  STEP_SETGID,
  STEP_SETUID,
  STEP_CAPABILITIES,
  STEP_SECUREBITS,
  STEP_BOUNDING,
  STEP_DUMPABLE,
  STEP_AMBIENT,
  STEP_NO_NEW_PRIVS,
  STEP_UMASK,
  STEP_KEYRING,
  STEP_PIN,
  STEP_DESCRIPTORS,
  STEP_EXEC,
  STEP_SIGNAL,
};

/* A failure as plain data: a child that shares our memory can leave one behind. */
struct refusal {
  enum step step;
  int error;
  const char *subject; /* the path or capability it was about, or NULL */
  const char *syscall; /* NULL for the one that the step usually fails in */
};

/* As in PosixError's `step`, and `ENOENT` for an errno. */
const char *step_name(enum step step);
const char *error_name(int error);

void throw_refusal(napi_env env, const struct refusal *refusal);

/* For a function that is not part of starting a program. */
void throw_errno(napi_env env, const char *syscall, int error);

/* Where an argument is used, so that refusing it names the same step as the system would. */
struct use {
  enum step step;
  const char *syscall; /* NULL for the step's own */
};

/* EINVAL (EILSEQ for text) with the reason in words, thrown before anything has happened. */
void throw_argument(napi_env env, struct use use, int error, const char *reason);

/* True when a Node-API call went well; otherwise an exception is pending. */
bool succeeded(napi_env env, napi_status status);

#endif
