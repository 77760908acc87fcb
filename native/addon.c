/* What src/posix/addon.ts declares, and no policy: each function does one thing for the system. */
#include <node_api.h>

#include <sys/prctl.h>

#include "become.h"
#include "environment.h"
#include "files.h"
#include "groups.h"
#include "limits.h"
#include "memory.h"
#include "processes.h"
#include "raw.h"
#include "run_calls.h"
#include "scheduling.h"
#include "signal_as.h"
#include "sockets.h"
#include "spawn.h"
#include "stay.h"
#include "system_log.h"
#include "users.h"
#include "watch.h"
#include "watchdog.h"
#include "write_within.h"

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
    {"become", become},
    {"spawn", spawn},
    {"stay", stay},
    {"onExit", on_exit_of},
    {"run", run},
    {"feed", feed},
    {"allow", allow},
    {"discard", discard_output},
    {"abandon", abandon_run},
    {"giveUp", give_up_run},
    {"givenUp", count_given_up},
    {"signalRun", signal_run},
    {"killGroupAtEnd", kill_group_at_end},
    {"lookupUser", lookup_user},
    {"userName", user_name},
    {"lookupGroup", lookup_group},
    {"groupName", group_name},
    {"socketPair", socket_pair},
    {"peerCredentials", peer_credentials},
    {"pidfdOpen", pidfd_open_of},
    {"pidfdSendSignal", pidfd_send_signal_to},
    {"signalAs", signal_as},
    {"isExecutable", is_executable},
    {"writeWithin", write_within},
    {"getLimit", get_limit},
    {"setLimit", set_limit},
    {"takeBackScheduling", take_back_scheduling},
    {"syslog", write_syslog},
    {"free", free_bytes},
    {"returnFreeMemory", return_free_memory},
    {"watchdog", start_watchdog},
    {"deadline", set_deadline},
};

/*
 * How late timers may be outlasts execve, and sudo's with it: a caller could have set it so that no time
 * limit of ours is ever reached, of a pattern or a command. Up to a second it is somebody's tuning.
 */
static void bound_timer_slack(void) {
  static const unsigned long usual = 50000, most = 1000000000; /* nanoseconds */
  long slack = syscall(SYS_prctl, PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL);
  /* a slack of 2^63 and more comes as a negative number, and so does an error, after which this fails */
  if (slack < 0 || (unsigned long)slack > most)
    syscall(SYS_prctl, PR_SET_TIMERSLACK, usual, 0UL, 0UL, 0UL);
}

NAPI_MODULE_INIT() {
  remember_stdio();
  bound_timer_slack();
  if (!prepare_environment(env)) return NULL;
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (!succeeded(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH,
                                             functions[i].function, NULL, &function)) ||
        !succeeded(env, napi_set_named_property(env, exports, functions[i].name, function)))
      return NULL;
  }
  return exports;
}
