/* One command from start to end: its pipes, its process and who hears of them. */
#ifndef TSROOTWRAP_RUN_H
#define TSROOTWRAP_RUN_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runs;
struct run;

/* Our ends of what connects us to a command. The outputs have the numbers that the command has. */
enum { INPUT, OUTPUT, ERRORS, PROCESS, ENDS };

struct end {
  struct run *run;
  int fd; /* -1: closed */
  bool watched;
};

/* Input that the pipe had no room for yet. */
struct chunk {
  struct chunk *next;
  size_t size, taken, capacity;
  char bytes[];
};

/* Output kept until the end. */
struct kept {
  char *bytes;
  size_t length, capacity;
};

/* Lives until it has ended and JavaScript has forgotten it. */
struct run {
  struct runs *runs; /* NULL when none of their events can be about it any more */
  struct run *previous, *next;
  struct end ends[ENDS];
  int pid;
  napi_ref listener; /* NULL: it has ended */

  struct chunk *first_chunk, *last_chunk;
  size_t queued;     /* bytes of it in chunks */
  size_t unreported; /* bytes of input taken or dropped, and not yet told */
  bool feeding;      /* more may come */
  bool tells_fed;    /* it comes in parts, or not all of it was taken at once */
  bool input_over;   /* close the pipe after the last chunk */

  bool streaming;
  size_t room;              /* bytes of output that may still be read, or kept at most */
  size_t granted;           /* bytes that may be kept now; not for streams */
  bool told_full;           /* and nothing was granted since */
  bool discarding;          /* nobody wants what is kept: only count it */
  struct kept kept[ENDS];   /* of OUTPUT and ERRORS */
  bool drained[ENDS];       /* of these: empty, seen after the process had ended */

  bool exited;
  bool kill_group; /* when it ends */
  bool told_exited, told_unread;
  bool given_up;   /* end it though its process cannot be reaped */
  bool forgotten;
};

/* False with errno. Does nothing when it is closed or watched. */
bool watch_end(struct run *run, int which);
void unwatch_end(struct run *run, int which);
void close_end(struct run *run, int which);

/* Everything but the struct itself; nobody is told. */
void release_run(struct run *run);

/* What an end has become ready for; each may call back. */
void read_output(struct run *run, int which);
void write_input(struct run *run);
void notice_exit(struct run *run);

/* Sends everyone in the group of the command a signal: 0 or errno. */
int signal_group(const struct run *run, int signal);

/* After any of them: tells of the end if this was it, and of an exit that is no end yet. */
void settle_run(struct run *run);

/* Writes what the pipe has room for and queues the rest. False: no memory. */
bool take_input(struct run *run, const char *bytes, size_t size);
void drop_input(struct run *run);

/* Drops the output that was kept. */
void free_kept(struct run *run);

/* Call the listener. */
void tell_output(struct run *run, int which, const char *bytes, size_t size);
void tell_fed(struct run *run);
void tell_full(struct run *run);
void tell_event(struct run *run, const char *event);
/* The last one; releases the run before it. */
void tell_ended(struct run *run, bool exited, int status);

#endif
