#include "system_log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "values.h"

/* openlog() keeps the pointer it is given, for the whole process: so do we. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *open_ident;
static int open_facility;

/* Takes `ident` over. */
static void send_message(char *ident, int facility, int priority, const char *message) {
  pthread_mutex_lock(&lock);
  if (open_ident != NULL && open_facility == facility && strcmp(open_ident, ident) == 0) {
    free(ident);
  } else {
    openlog(ident, 0, facility);
    free(open_ident);
    open_ident = ident;
    open_facility = facility;
  }
  syslog(priority, "%s", message);
  pthread_mutex_unlock(&lock);
}

napi_value write_syslog(napi_env env, napi_callback_info info) {
  const struct use use = {.syscall = "syslog"};
  napi_value arguments[4];
  int64_t facility, priority;
  char *ident = NULL, *message = NULL;
  if (!read_arguments(env, info, 4, arguments) ||
      !read_integer(env, arguments[1], 0, LOG_FACMASK, use, "facility", &facility) ||
      !read_integer(env, arguments[2], 0, LOG_DEBUG, use, "priority", &priority) ||
      !read_text(env, arguments[0], use, "ident", &ident))
    return NULL;
  if (read_text(env, arguments[3], use, "message", &message))
    send_message(ident, (int)facility & LOG_FACMASK, (int)priority, message);
  else
    free(ident);
  free(message);
  return NULL;
}
