#include "steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

bool refuse_step(struct refusal *refusal, enum step step, const char *subject) {
  refusal->step = step;
  refusal->error = errno;
  refusal->subject = subject;
  return false;
}

bool block_signals(struct raw_signal_set *old, struct refusal *refusal) {
  const struct raw_signal_set all = {.bits = ~UINT64_C(0)};
  if (raw_signal_mask(SIG_SETMASK, &all, old) == 0) return true;
  return refuse_step(refusal, STEP_SIGNALS, NULL);
}

void restore_mask(const struct raw_signal_set *old) { raw_signal_mask(SIG_SETMASK, old, NULL); }

static bool is_changeable(int signal) { return signal != SIGKILL && signal != SIGSTOP; }

void default_signals(struct raw_signal_action *old) {
  const struct raw_signal_action action = {0}; /* SIG_DFL */
  for (int signal = 1; signal <= RAW_SIGNALS; signal++) {
    if (is_changeable(signal)) raw_signal_action(signal, &action, old == NULL ? NULL : &old[signal]);
  }
}

void restore_signals(const struct raw_signal_action *old) {
  for (int signal = 1; signal <= RAW_SIGNALS; signal++) {
    if (is_changeable(signal)) raw_signal_action(signal, &old[signal], NULL);
  }
}

static bool set_limit_to(int resource, const struct rlimit *limit, struct rlimit *old) {
  return syscall(SYS_prlimit64, 0, resource, limit, old) == 0;
}

bool take_limits(struct image *image, struct refusal *refusal) {
  for (size_t i = 0; i < image->limit_count; i++) {
    struct limit *limit = &image->limits[i];
    if (!set_limit_to(limit->resource, &limit->wanted, &limit->own))
      return refuse_step(refusal, STEP_RLIMIT, NULL);
  }
  if (!image->has_soft_nofile) return true;
  if (!set_limit_to(RLIMIT_NOFILE, NULL, &image->own_nofile))
    return refuse_step(refusal, STEP_RLIMIT, NULL);
  const struct rlimit limit = {.rlim_cur = image->soft_nofile,
                               .rlim_max = image->own_nofile.rlim_max};
  return set_limit_to(RLIMIT_NOFILE, &limit, NULL) || refuse_step(refusal, STEP_RLIMIT, NULL);
}

void give_back_limits(const struct image *image) {
  if (image->has_soft_nofile) set_limit_to(RLIMIT_NOFILE, &image->own_nofile, NULL);
  for (size_t i = 0; i < image->limit_count; i++)
    set_limit_to(image->limits[i].resource, &image->limits[i].own, NULL);
}

/* `/proc/self/fd/N`, without snprintf, which is not async-signal-safe. */
static void write_word(struct pin *pin) {
  static const char prefix[] = "/proc/self/fd/";
  char digits[12];
  size_t length = 0, at = 0;
  int rest = pin->fd;
  do {
    digits[length++] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  while (prefix[at] != '\0') {
    pin->word[at] = prefix[at];
    at++;
  }
  while (length > 0) pin->word[at++] = digits[--length];
  pin->word[at] = '\0';
}

/* Away from the numbers that the program's own descriptors are still to take. */
static bool lift_pin(struct pin *pin, size_t first, struct refusal *refusal) {
  int low = pin->fd;
  pin->fd = (int)syscall(SYS_fcntl, low, F_DUPFD, first);
  if (pin->fd < 0) refuse_step(refusal, STEP_PIN, pin->path);
  syscall(SYS_close, low);
  return pin->fd >= 0;
}

/* What was checked as a directory must be one, and nothing else may have become one. */
static bool has_checked_type(const struct pin *pin, struct refusal *refusal) {
  struct raw_statx status;
  if (pin->is_directory) return true; /* openat2 has seen to it */
  if (syscall(SYS_statx, pin->fd, "", RAW_AT_EMPTY_PATH, RAW_STATX_TYPE, &status) != 0)
    return refuse_step(refusal, STEP_PIN, pin->path);
  if ((status.mode & S_IFMT) != S_IFDIR) return true;
  errno = EISDIR;
  return refuse_step(refusal, STEP_PIN, pin->path);
}

/*
 * The descriptor stays open across execve and its name is what the program is told, so it gets the
 * object that was opened here whatever happens to the path. O_PATH gives no access by itself: the
 * program's own open of /proc/self/fd/N is judged by its credentials.
 */
static bool open_pin(struct pin *pin, size_t first, struct refusal *refusal) {
  const struct raw_open_how how = {
      .flags = O_PATH | (pin->is_directory ? O_DIRECTORY : 0),
      .resolve = RAW_RESOLVE_NO_SYMLINKS | RAW_RESOLVE_NO_MAGICLINKS,
  };
  pin->fd = (int)syscall(SYS_openat2, AT_FDCWD, pin->path, &how, sizeof how);
  if (pin->fd < 0) return refuse_step(refusal, STEP_PIN, pin->path);
  if (!has_checked_type(pin, refusal)) return false;
  if (pin->fd < (int)first && !lift_pin(pin, first, refusal)) return false;
  write_word(pin);
  return true;
}

static bool take_credentials_or_privileges(struct image *image, struct refusal *refusal) {
  if (image->has_privileges)
    return take_privileges(&image->credentials, &image->privileges, refusal);
  return !image->has_credentials || take_credentials(&image->credentials, refusal);
}

bool take_identity(struct image *image, struct refusal *refusal) {
  if (!take_credentials_or_privileges(image, refusal)) return false;
  for (size_t i = 0; i < image->pin_count; i++) {
    if (!open_pin(&image->pins[i], image->stdio_count, refusal)) return false;
  }
  return true;
}

void execute(const struct image *image, struct refusal *refusal) {
  const struct raw_signal_set none = {0};
  if (raw_signal_mask(SIG_SETMASK, &none, NULL) != 0) {
    refuse_step(refusal, STEP_SIGNALS, NULL);
    return;
  }
  syscall(SYS_execve, image->file, image->exec_argv, image->environment.list);
  refuse_step(refusal, STEP_EXEC, image->file);
}
