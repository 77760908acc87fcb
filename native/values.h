/*
 * From JavaScript's values to C's. Strict, and nothing is altered on the way: what cannot be carried
 * over exactly is refused. Each function returns false with an exception pending.
 */
#ifndef TSROOTWRAP_VALUES_H
#define TSROOTWRAP_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "errors.h"

/* NUL-terminated strings; `list` itself ends with NULL, as execve wants it. */
struct words {
  char **list;
  size_t count;
};

void free_words(struct words *words);

/* Up to `count` arguments of the running function; missing ones are undefined. */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);

/* *value is NULL when the property is undefined. */
bool read_property(napi_env env, napi_value object, const char *name, napi_value *value);

/* The largest size that JavaScript can name. */
#define MOST_BYTES 9007199254740991.0

/* A whole number within the bounds. */
bool read_integer(napi_env env, napi_value value, double least, double most, struct use use,
                  const char *what, int64_t *number);

/* An allocated UTF-8 string without NUL; the caller frees it. */
bool read_text(napi_env env, napi_value value, struct use use, const char *what, char **text);

/* A Uint8Array's own memory, which lasts until JavaScript runs again; never NULL. */
bool read_view(napi_env env, napi_value value, struct use use, const char *what,
               const char **bytes, size_t *size);

/* The length of what must be an array. */
bool array_length(napi_env env, napi_value value, struct use use, const char *what,
                  uint32_t *length);

/* An array of such strings, and of Uint8Arrays taken byte for byte where `bytes` is set. */
bool read_words(napi_env env, napi_value value, bool bytes, struct use use, const char *what,
                struct words *words);

/* An array of whole numbers: allocated, never NULL; the caller frees it. */
bool read_integers(napi_env env, napi_value value, double least, double most, struct use use,
                   const char *what, int64_t **numbers, size_t *count);

/* A result object is made property by property. */
bool set_number(napi_env env, napi_value object, const char *name, double number);
bool set_string(napi_env env, napi_value object, const char *name, const char *text);

#endif
