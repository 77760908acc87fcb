/*
 * The few functions of libuv that watching a descriptor takes. Node exports libuv to addons but
 * node-api-headers does not carry uv.h. All of this is fixed for the whole of libuv 1.x, which keeps
 * its ABI: functions keep their signatures, enumerations only grow at their end. A handle's size
 * may differ, so it is asked for, and environment.c checks the rest against the running libuv.
 */
#ifndef TSROOTWRAP_UV_POLL_H
#define TSROOTWRAP_UV_POLL_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;

/* Of uv_handle_type: UNKNOWN, ASYNC, CHECK, FS_EVENT, FS_POLL, HANDLE, IDLE, NAMED_PIPE, POLL. */
enum { UV_POLL = 8 };
/* Of uv_poll_event. */
enum { UV_READABLE = 1 };

unsigned uv_version(void);
size_t uv_handle_size(int type);
const char *uv_handle_type_name(int type);
void *uv_handle_get_data(const uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void uv_ref(uv_handle_t *handle);
void uv_unref(uv_handle_t *handle);
void uv_close(uv_handle_t *handle, void (*closed)(uv_handle_t *handle));

int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events,
                  void (*ready)(uv_poll_t *handle, int status, int events));
int uv_poll_stop(uv_poll_t *handle);

#endif
