/* os.h - what the engine's other parts need of the operating system beyond zffi.h. */
#ifndef ZF_OS_H
#define ZF_OS_H

#include "../zffi.h"

/* The errno of zf_errno_get, as a variable: swapping it around a call must cost no more than two
 * moves. */
extern _Thread_local int zf_errno_saved __attribute__((tls_model("initial-exec")));

/* A number of C's own spelling, decimal or hexadecimal, rounded to the nearest; `*end` is where it
 * ends, `text` if there is none. False if it is too large. */
bool zf_os_read_number(const char *text, const char **end, long double *number);
/* The number with so many significant digits, which strtold reads. */
void zf_os_write_number(char *text, size_t size, int digits, long double number);

#endif
