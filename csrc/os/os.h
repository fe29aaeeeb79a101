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

/* -- Memory for code (code_linux.c) -------------------------------------------------------------
 *
 * It is written at one address and runs at another, or is made executable once it is written: no
 * page is ever both. Addresses are never used again, and nothing is unmapped. After fork, the child
 * runs what was there, and writes to memory of its own. Any thread may ask at any time. */

enum { ZF_CODE_ARENA_BYTES = 1 << 16, ZF_CODE_ALIGNMENT = 32 };

/* Room for code, from zf_code_begin to zf_code_end. No other thread has any meanwhile, and fork
 * waits, so whoever has it waits for nothing and nobody. */
typedef struct ZfCodeRoom {
    uint8_t *write;           /* where to write it, */
    const uint8_t *run;       /* and where it will be: a multiple of ZF_CODE_ALIGNMENT */
    uint8_t *arena_write;     /* `header` bytes, common to all code of an arena, */
    const uint8_t *arena_run; /* which are at most ZF_CODE_ARENA_BYTES away from it */
    bool is_new_arena;        /* they are to be filled in */
} ZfCodeRoom;

/* Whether the system lets code be made: found out once, by running some. */
bool zf_code_is_available(void);
/* Room for `size` bytes; `header` is the same each time. False if there is none: refused, no
 * memory, or too large for an arena. */
bool zf_code_begin(size_t size, size_t header, ZfCodeRoom *room);
/* Makes the first `size` bytes of it runnable, for all threads that are given the address from now
 * on; 0 gives the room back. False if the system has come to refuse it: the address is no code. */
bool zf_code_end(const ZfCodeRoom *room, size_t size);
/* From now on, code is made in memory that belongs to no file, not even one in memory, if the
 * system allows that: perf gives names to no other. Less fits into such memory. */
void zf_code_prefer_anonymous(void);

/* Gives code a name that perf shows (perf_linux.c). */
void zf_perf_name(const void *run, size_t size, const char *name);

/* Whether a library, or one that it needs, seems to define or to want names with this prefix, or
 * with an underscore before it. True where that cannot be told. */
bool zf_library_mentions(ZfLibrary *library, const char *prefix);

#endif
