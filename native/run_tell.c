#include "runs.h"
#include "values.h"

enum { MOST_ARGUMENTS = 5 };

struct call {
  napi_env env;
  napi_handle_scope scope;
  napi_value listener, arguments[MOST_ARGUMENTS];
  size_t count;
  bool good;
};

static void add(struct call *call, napi_status status) {
  call->good = call->good && succeeded(call->env, status);
  call->count++;
}

static void add_number(struct call *call, double number) {
  add(call, napi_create_double(call->env, number, &call->arguments[call->count]));
}

static void add_number_or_null(struct call *call, bool null, int number) {
  if (null) add(call, napi_get_null(call->env, &call->arguments[call->count]));
  else add_number(call, number);
}

static void add_bytes(struct call *call, const char *bytes, size_t size) {
  add(call, napi_create_buffer_copy(call->env, size, bytes, NULL,
                                    &call->arguments[call->count]));
}

/* False when this thread is about to end and runs no JavaScript any more. */
static bool begin(struct run *run, const char *event, struct call *call) {
  napi_env env = run->runs->environment->env;
  *call = (struct call){.env = env};
  if (napi_open_handle_scope(env, &call->scope) != napi_ok) return false;
  call->good = succeeded(env, napi_get_reference_value(env, run->listener, &call->listener));
  add(call, napi_create_string_utf8(env, event, NAPI_AUTO_LENGTH, &call->arguments[0]));
  return true;
}

static void finish(const struct runs *runs, struct call *call) {
  if (call->good)
    call_back(call->env, runs->context, call->listener, call->count, call->arguments);
  else
    report_exception(call->env);
  napi_close_handle_scope(call->env, call->scope);
}

void tell_event(struct run *run, const char *event) {
  struct call call;
  if (begin(run, event, &call)) finish(run->runs, &call);
}

void tell_output(struct run *run, int which, const char *bytes, size_t size) {
  struct call call;
  if (!begin(run, "output", &call)) return;
  add_number(&call, which);
  add_bytes(&call, bytes, size);
  finish(run->runs, &call);
}

void tell_fed(struct run *run) {
  struct call call;
  size_t count = run->unreported;
  run->unreported = 0;
  if (count == 0 || !run->tells_fed || !begin(run, "fed", &call)) return;
  add_number(&call, (double)count);
  finish(run->runs, &call);
}

/* How much is kept, and how much more may be. */
void tell_full(struct run *run) {
  struct call call;
  if (!begin(run, "full", &call)) return;
  add_number(&call, (double)(run->kept[OUTPUT].length + run->kept[ERRORS].length));
  add_number(&call, (double)run->room);
  finish(run->runs, &call);
}

static void add_kept(struct call *call, const struct kept *kept) {
  if (kept->length == 0) add(call, napi_get_undefined(call->env, &call->arguments[call->count]));
  else add_bytes(call, kept->bytes, kept->length);
}

void tell_ended(struct run *run, bool exited, int status) {
  struct runs *runs = run->runs;
  struct call call;
  bool begun = begin(run, "ended", &call);
  if (begun) {
    add_number_or_null(&call, !exited, status);
    add_number_or_null(&call, exited, status);
    add_kept(&call, &run->kept[OUTPUT]);
    add_kept(&call, &run->kept[ERRORS]);
  }
  release_run(run);
  if (begun) finish(runs, &call);
}
