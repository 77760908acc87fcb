/* What src/posix/addon.ts declares, and no policy: each function does one thing for the system. */
#include <node_api.h>

#include "become.h"
#include "credentials.h"
#include "processes.h"
#include "spawn.h"
#include "system_log.h"
#include "users.h"
#include "watch.h"

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"become", become},
    {"spawn", spawn},
    {"onExit", on_exit_of},
    {"lookupUser", lookup_user},
    {"userName", user_name},
    {"peerCredentials", peer_credentials},
    {"pidfdOpen", pidfd_open_of},
    {"pidfdSendSignal", pidfd_send_signal_to},
    {"setCredentials", set_credentials},
    {"getNofile", get_nofile},
    {"syslog", write_syslog},
};

NAPI_MODULE_INIT() {
  remember_stdio();
  if (!prepare_watching(env)) return NULL;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (!succeeded(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                                             functions[i].function, NULL, &function)) ||
        !succeeded(env, napi_set_named_property(env, exports, functions[i].name, function)))
      return NULL;
  }
  return exports;
}
