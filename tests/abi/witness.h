/* witness.h - what is common to the drivers, which call every generated callee: driver.c through
 * the engine, python.c through Python.
 *
 * The driver makes a case current, fills its values, and calls. The callee shows what it got,
 * scribbles over it (a copy is its own), and fetches its result. On its way there, all of a
 * register that the plan gives no meaning becomes dirt; on the way back, all that a callee need not
 * preserve does, and what it must preserve is compared. */
#ifndef WITNESS_H
#define WITNESS_H

#include "abi.h"
#include "guard.h"

enum { SLOTS = 64, ROOM = 4096, GUARD = 0xa5 };

extern long witness_checks, witness_failures;
extern const Case *current;
extern uint8_t given[SLOTS][ROOM]; /* the arguments */
extern uint8_t expected[ROOM];     /* the result */
extern uint64_t seen;              /* a bit for each argument that was shown */

/* What a callee found in errno, and what it leaves there, where a driver asks for it. */
extern bool is_errno_watched;
extern int errno_found, errno_left;

/* A crash becomes a failure of its case, and the end of the others. */
void catch_crashes(void);
/* Counts, and tells of the current case what does not hold. */
void check(bool holds, const char *what, unsigned index);
void print_bytes(const char *label, const uint8_t *bytes, size_t size);

/* A random byte for each position, of which no two arguments have the same row. */
void fill(const Info *info, unsigned salt, uint8_t *value);
/* Padding does not count. */
bool same(const Info *info, const uint8_t *a, const uint8_t *b);

/* The plan of the current case; NULL where there is none, which is a failure. */
ZfPlan *plan_current(const ZfAbi *abi);
/* What compilers of one convention do not agree on, where `kind` names it: int128 or variadic. */
bool is_ambiguous(const ZfPlan *plan, const char *kind);

/* What to call in place of the current case's function, once. */
ZfFunction set_guard(const ZfPlan *plan);
/* Runs, with dirt on the stack, and checks that what a callee must preserve is preserved. */
void run_guarded(void (*run)(void *context), void *context);
/* Fails unless all arguments were shown since `seen` was 0. */
void check_seen(void);

#endif
