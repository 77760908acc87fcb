#ifndef TSROOTWRAP_SYSTEM_LOG_H
#define TSROOTWRAP_SYSTEM_LOG_H

#include <node_api.h>

/* One syslog(3) message, `ident: message`. */
napi_value write_syslog(napi_env env, napi_callback_info info);

#endif
