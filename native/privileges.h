/* What a process may do beside being somebody: its capabilities, and what it may never gain. */
#ifndef TSROOTWRAP_PRIVILEGES_H
#define TSROOTWRAP_PRIVILEGES_H

#include <stdint.h>
#include <sys/types.h>

#include "credentials.h"

struct privileges {
  uint64_t capabilities; /* one bit each */
  mode_t umask;
  char subject[sizeof "capability 63"]; /* for a refusal */
};

bool read_privileges(napi_env env, napi_value object, struct privileges *privileges);

/*
 * Takes the credentials and is left, in each of the five sets and after execve too, exactly these
 * capabilities, whether the user is root or not. Nothing has changed when the capabilities are not
 * all this thread's to give. Changes the calling thread only, but for the umask; is
 * async-signal-safe. False with the step in *refusal.
 */
bool take_privileges(const struct credentials *credentials, struct privileges *privileges,
                     struct refusal *refusal);

#endif
