#include "values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void free_words(struct words *words) {
  if (words->list == NULL) return;
  for (size_t i = 0; i < words->count; i++) free(words->list[i]);
  free(words->list);
  words->list = NULL;
}

static bool refuse(napi_env env, struct use use, int error, const char *what, const char *problem) {
  char reason[128];
  snprintf(reason, sizeof reason, "%s %s", what, problem);
  throw_argument(env, use, error, reason);
  return false;
}

/* Never NULL for a request of nothing, so that NULL always means no memory. */
static void *reserve(napi_env env, size_t count, size_t size) {
  void *memory = calloc(count == 0 ? 1 : count, size);
  if (memory == NULL) throw_errno(env, "calloc", ENOMEM);
  return memory;
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  return succeeded(env, napi_get_cb_info(env, info, &count, arguments, NULL, NULL));
}

bool read_property(napi_env env, napi_value object, const char *name, napi_value *value) {
  napi_valuetype type;
  if (!succeeded(env, napi_get_named_property(env, object, name, value)) ||
      !succeeded(env, napi_typeof(env, *value, &type)))
    return false;
  if (type == napi_undefined) *value = NULL;
  return true;
}

bool read_integer(napi_env env, napi_value value, double least, double most, struct use use,
                  const char *what, int64_t *number) {
  double got;
  if (value == NULL || napi_get_value_double(env, value, &got) != napi_ok)
    return refuse(env, use, EINVAL, what, "is not a number");
  if (!(got >= least && got <= most) || got != (double)(int64_t)got)
    return refuse(env, use, EINVAL, what, "is out of range");
  *number = (int64_t)got;
  return true;
}

/*
 * A JavaScript string may hold half a surrogate pair, which becomes U+FFFD in UTF-8: another string
 * than the one that was checked. Both encode with a lead byte of 0xED or above, so most strings
 * need no second look.
 */
static bool is_well_formed(napi_env env, napi_value value, const char *text, size_t length) {
  size_t i = 0;
  while (i < length && (unsigned char)text[i] < 0xed) i++;
  if (i == length) return true;
  size_t units = 0;
  if (napi_get_value_string_utf16(env, value, NULL, 0, &units) != napi_ok) return false;
  char16_t *unit = calloc(units + 1, sizeof *unit);
  bool well = unit != NULL &&
              napi_get_value_string_utf16(env, value, unit, units + 1, &units) == napi_ok;
  for (i = 0; well && i < units; i++) {
    if ((unit[i] & 0xf800) != 0xd800) continue;
    well = (unit[i] & 0x0400) == 0 && i + 1 < units && (unit[i + 1] & 0xfc00) == 0xdc00;
    i++;
  }
  free(unit);
  return well;
}

bool read_text(napi_env env, napi_value value, struct use use, const char *what, char **text) {
  size_t length = 0;
  if (value == NULL || napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
    return refuse(env, use, EINVAL, what, "is not a string");
  char *copy = reserve(env, length + 1, 1);
  if (copy == NULL) return false;
  bool good = succeeded(env, napi_get_value_string_utf8(env, value, copy, length + 1, &length));
  if (good && memchr(copy, '\0', length) != NULL)
    good = refuse(env, use, EINVAL, what, "holds a NUL byte");
  if (good && !is_well_formed(env, value, copy, length))
    good = refuse(env, use, EILSEQ, what, "is not well-formed Unicode");
  if (good)
    *text = copy;
  else
    free(copy);
  return good;
}

bool read_view(napi_env env, napi_value value, struct use use, const char *what,
               const char **bytes, size_t *size) {
  napi_typedarray_type type = napi_int8_array; /* left as it is for a type that Node-API lacks */
  void *data = NULL;
  if (napi_get_typedarray_info(env, value, &type, size, &data, NULL, NULL) != napi_ok ||
      type != napi_uint8_array)
    return refuse(env, use, EINVAL, what, "is not a Uint8Array");
  *bytes = data == NULL ? "" : data;
  return true;
}

/* The bytes of a Uint8Array; copied first and looked at then, as the memory may be shared. */
static bool read_bytes(napi_env env, napi_value value, struct use use, const char *what,
                       char **text) {
  size_t length = 0;
  const char *data;
  if (!read_view(env, value, use, what, &data, &length)) return false;
  char *copy = reserve(env, length + 1, 1);
  if (copy == NULL) return false;
  memcpy(copy, data, length);
  if (memchr(copy, '\0', length) != NULL) {
    free(copy);
    return refuse(env, use, EINVAL, what, "holds a NUL byte");
  }
  *text = copy;
  return true;
}

bool array_length(napi_env env, napi_value value, struct use use, const char *what,
                  uint32_t *length) {
  bool array = false;
  if (value != NULL && !succeeded(env, napi_is_array(env, value, &array))) return false;
  if (!array) return refuse(env, use, EINVAL, what, "is not an array");
  return succeeded(env, napi_get_array_length(env, value, length));
}

static bool read_word(napi_env env, napi_value value, bool bytes, struct use use, const char *what,
                      char **word) {
  bool typed = false;
  if (bytes && !succeeded(env, napi_is_typedarray(env, value, &typed))) return false;
  return typed ? read_bytes(env, value, use, what, word) : read_text(env, value, use, what, word);
}

bool read_words(napi_env env, napi_value value, bool bytes, struct use use, const char *what,
                struct words *words) {
  uint32_t length;
  if (!array_length(env, value, use, what, &length)) return false;
  words->count = 0;
  words->list = reserve(env, (size_t)length + 1, sizeof *words->list);
  if (words->list == NULL) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_handle_scope scope;
    napi_value element;
    if (!succeeded(env, napi_open_handle_scope(env, &scope))) return false;
    bool good = succeeded(env, napi_get_element(env, value, i, &element)) &&
                read_word(env, element, bytes, use, what, &words->list[i]);
    napi_close_handle_scope(env, scope);
    if (!good) return false;
    words->count = i + 1;
  }
  return true;
}

bool read_integers(napi_env env, napi_value value, double least, double most, struct use use,
                   const char *what, int64_t **numbers, size_t *count) {
  uint32_t length;
  if (!array_length(env, value, use, what, &length)) return false;
  int64_t *list = reserve(env, length, sizeof *list);
  if (list == NULL) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    if (!succeeded(env, napi_get_element(env, value, i, &element)) ||
        !read_integer(env, element, least, most, use, what, &list[i])) {
      free(list);
      return false;
    }
  }
  *numbers = list;
  *count = length;
  return true;
}

bool set_number(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  return succeeded(env, napi_create_double(env, number, &value)) &&
         succeeded(env, napi_set_named_property(env, object, name, value));
}

bool set_string(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  return succeeded(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value)) &&
         succeeded(env, napi_set_named_property(env, object, name, value));
}
