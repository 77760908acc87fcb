#ifndef TSROOTWRAP_GROUPS_H
#define TSROOTWRAP_GROUPS_H

#include <node_api.h>

/* NSS's answers about groups, by name and by number. */
napi_value lookup_group(napi_env env, napi_callback_info info);
napi_value group_name(napi_env env, napi_callback_info info);

#endif
