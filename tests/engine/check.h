/* check.h - what the engine's tests share: checks that count failures and go on, and short ways to
 * types and plans. */
#ifndef CHECK_H
#define CHECK_H

#include "zffi.h"

#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* One check. They may run in any thread. */
void check_report(bool holds, const char *file, int line, const char *what);
void check_report_equal(long long seen, long long expected, const char *file, int line,
                        const char *what);

#define CHECK(condition) check_report((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQUAL(seen, expected)                                                                \
    check_report_equal((long long)(seen), (long long)(expected), __FILE__, __LINE__,               \
                       #seen " == " #expected)
#define CHECK_TEXT(seen, expected) CHECK((seen) != NULL && strcmp((seen), (expected)) == 0)

/* What the command line says. */
typedef struct Options {
    long iterations;        /* of the thread storm */
    bool single_step;       /* whether the CPU's trap flag works here (not under valgrind) */
    const char *fixture;    /* the library of fixture.c */
    const char *incomplete; /* the library of incomplete.c */
    const char *empty;      /* a library without a symbol of its own */
} Options;

extern Options options;

/* The type of a C name; a name that the engine does not know ends the program. */
const ZfType *type_of(const char *name);

/* The plan of a function without variadic arguments, under the default convention. */
ZfStatus make_plan(const ZfType *result, size_t count, const ZfType *const *types, ZfPlan **plan);

/* A plan under the default convention, of as many argument type names as come before the NULL. */
ZfPlan *plan_of(const char *result, ...) __attribute__((sentinel));

/* A plan of `count` arguments, whose types repeat the `period` first entries of `names`. */
ZfPlan *plan_repeating(const char *result, size_t count, size_t period, const char *const *names);

/* A function as the engine takes it. */
#define FUNCTION(function) ((ZfFunction)(function))

/* A seeded generator of numbers that are random enough for tests (a 64-bit linear congruential
 * generator). */
uint64_t random_next(uint64_t *state);

void test_types(void);
void test_plans(void);
void test_calls(void);
void test_many_arguments(void);
void test_registers(void);
void test_libraries(void);
void test_errno(void);
void test_threads(void);
void test_unwinding(void);

#endif
