/* Who a process runs as. */
#ifndef TSROOTWRAP_CREDENTIALS_H
#define TSROOTWRAP_CREDENTIALS_H

#include <sys/types.h>

#include "values.h"

struct credentials {
  uid_t uid;
  gid_t gid;
  gid_t *groups; /* owned */
  size_t group_count;
};

bool read_credentials(napi_env env, napi_value object, struct credentials *credentials);

/*
 * Groups, then gid, then uid: each needs privileges that the next one may give up. Changes the
 * calling thread only and is async-signal-safe. False with the step in *refusal.
 */
bool take_ids(const struct credentials *credentials, struct refusal *refusal);

/* The same, and then, unless the user is root, gives up every capability that is left. */
bool take_credentials(const struct credentials *credentials, struct refusal *refusal);

#endif
