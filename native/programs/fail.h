/* The end of a program that runs before Node: one line on standard error. */
#ifndef TSROOTWRAP_FAIL_H
#define TSROOTWRAP_FAIL_H

enum { BAD_INSTALLATION = 97, CANNOT_EXECUTE = 126 };

/* The path by which the program was called; the line begins with the last part of it. */
extern const char *called;

const char *base_name(const char *path);
_Noreturn void fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
