#ifndef TSROOTWRAP_USERS_H
#define TSROOTWRAP_USERS_H

#include <node_api.h>

/* NSS's answers, whatever stands behind it: files, LDAP, SSSD. These may take their time. */
napi_value lookup_user(napi_env env, napi_callback_info info);
napi_value user_name(napi_env env, napi_callback_info info);

#endif
