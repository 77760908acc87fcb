#include "errors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
  const char *step, *syscall;
} steps[] = {
    [STEP_CLONE] = {"clone", "clone"},
    [STEP_STDIO] = {"stdio", "dup3"},
    [STEP_SESSION] = {"session", "setsid"},
    [STEP_PARENT] = {"parent", "prctl"},
    [STEP_SIGNALS] = {"signals", "rt_sigprocmask"},
    [STEP_TIMER] = {"timer", "timer_create"},
    [STEP_RLIMIT] = {"rlimit", "prlimit"},
    [STEP_SETGROUPS] = {"setgroups", "setgroups"},
    [STEP_SETGID] = {"setgid", "setresgid"},
    [STEP_SETUID] = {"setuid", "setresuid"},
    [STEP_CAPABILITIES] = {"capabilities", "capset"},
    [STEP_SECUREBITS] = {"securebits", "prctl"},
    [STEP_BOUNDING] = {"bounding", "prctl"},
    [STEP_DUMPABLE] = {"dumpable", "prctl"},
    [STEP_AMBIENT] = {"ambient", "prctl"},
    [STEP_NO_NEW_PRIVS] = {"noNewPrivs", "prctl"},
    [STEP_UMASK] = {"umask", "umask"},
    [STEP_KEYRING] = {"keyring", "keyctl"},
    [STEP_PIN] = {"pin", "openat2"},
    [STEP_DESCRIPTORS] = {"descriptors", "close_range"},
    [STEP_EXEC] = {"exec", "execve"},
    [STEP_SIGNAL] = {"signal", "pidfd_send_signal"},
};

/*
 * strerrorname_np() needs glibc 2.32 and libuv's names leave out ENOEXEC and others, so here are
 * all that the calls in this addon, NSS and the file systems behind execve are known to return.
 */
#define NAME(error) [error] = #error
static const char *const names[] = {
    NAME(EPERM),      NAME(ENOENT),       NAME(ESRCH),        NAME(EINTR),
    NAME(EIO),        NAME(ENXIO),        NAME(E2BIG),        NAME(ENOEXEC),
    NAME(EBADF),      NAME(ECHILD),       NAME(EAGAIN),       NAME(ENOMEM),
    NAME(EACCES),     NAME(EFAULT),       NAME(ENOTBLK),      NAME(EBUSY),
    NAME(EEXIST),     NAME(EXDEV),        NAME(ENODEV),       NAME(ENOTDIR),
    NAME(EISDIR),     NAME(EINVAL),       NAME(ENFILE),       NAME(EMFILE),
    NAME(ENOTTY),     NAME(ETXTBSY),      NAME(EFBIG),        NAME(ENOSPC),
    NAME(ESPIPE),     NAME(EROFS),        NAME(EMLINK),       NAME(EPIPE),
    NAME(EDOM),       NAME(ERANGE),       NAME(EDEADLK),      NAME(ENAMETOOLONG),
    NAME(ENOLCK),     NAME(ENOSYS),       NAME(ENOTEMPTY),    NAME(ELOOP),
    NAME(ENODATA),    NAME(ETIME),        NAME(EREMOTE),      NAME(ENOLINK),
    NAME(ECOMM),      NAME(EPROTO),       NAME(EBADMSG),      NAME(EOVERFLOW),
    NAME(ELIBACC),    NAME(ELIBBAD),      NAME(EILSEQ),       NAME(EUSERS),
    NAME(ENOTSOCK),   NAME(EMSGSIZE),     NAME(ENOPROTOOPT),  NAME(EPROTONOSUPPORT),
    NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(ENETDOWN),     NAME(ENETUNREACH),
    NAME(ECONNRESET), NAME(ENOBUFS),      NAME(ECONNABORTED), NAME(ENOTCONN),
    NAME(ETIMEDOUT),  NAME(ECONNREFUSED), NAME(EHOSTDOWN),    NAME(EHOSTUNREACH),
    NAME(EALREADY),   NAME(EINPROGRESS),  NAME(ESTALE),       NAME(EUCLEAN),
    NAME(EREMOTEIO),  NAME(EDQUOT),       NAME(ENOMEDIUM),    NAME(ENOKEY),
    NAME(EKEYEXPIRED), NAME(EKEYREVOKED), NAME(EKEYREJECTED), NAME(ECANCELED),
};

const char *step_name(enum step step) { return steps[step].step; }

const char *error_name(int error) {
  size_t count = sizeof names / sizeof *names;
  if (error < 0 || (size_t)error >= count || names[error] == NULL) return "UNKNOWN";
  return names[error];
}

static bool set_text(napi_env env, napi_value object, const char *key, const char *text) {
  napi_value value;
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

/* `exec /bin/nothing: ENOENT: No such file or directory`, as an Error with its parts as properties. */
static void throw_error(napi_env env, struct use use, const char *subject, int error,
                        const char *reason) {
  const char *step = use.step == STEP_NONE ? NULL : step_name(use.step);
  const char *syscall = use.syscall != NULL ? use.syscall : steps[use.step].syscall;
  char *text = NULL;
  int length = asprintf(&text, "%s%s%s: %s: %s", step == NULL ? syscall : step,
                        subject == NULL ? "" : " ", subject == NULL ? "" : subject,
                        error_name(error), reason);
  napi_value message, number, object;
  if (length < 0 ||
      napi_create_string_utf8(env, text, (size_t)length, &message) != napi_ok ||
      napi_create_int32(env, error, &number) != napi_ok ||
      napi_create_error(env, NULL, message, &object) != napi_ok ||
      !set_text(env, object, "code", error_name(error)) ||
      napi_set_named_property(env, object, "errno", number) != napi_ok ||
      !set_text(env, object, "syscall", syscall) ||
      (step != NULL && !set_text(env, object, "step", step))) {
    succeeded(env, napi_generic_failure);
  } else {
    napi_throw(env, object);
  }
  if (length >= 0) free(text);
}

void throw_refusal(napi_env env, const struct refusal *refusal) {
  struct use use = {.step = refusal->step, .syscall = refusal->syscall};
  char buffer[128];
  throw_error(env, use, refusal->subject, refusal->error,
              strerror_r(refusal->error, buffer, sizeof buffer));
}

void throw_errno(napi_env env, const char *syscall, int error) {
  struct use use = {.syscall = syscall};
  char buffer[128];
  throw_error(env, use, NULL, error, strerror_r(error, buffer, sizeof buffer));
}

void throw_argument(napi_env env, struct use use, int error, const char *reason) {
  throw_error(env, use, NULL, error, reason);
}

bool succeeded(napi_env env, napi_status status) {
  if (status == napi_ok) return true;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_error(env, NULL, "tsrootwrap: out of memory, or a Node-API call failed");
  return false;
}
