/* check.h - what the tests of memory for code share: checks that count failures and go on, small
 * functions to put there, and the mappings of the process. */
#ifndef CODE_CHECK_H
#define CODE_CHECK_H

#include "os/os.h"

#include <stdio.h>

/* One check. They may run in any thread, and in any process. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            check_failed(__FILE__, __LINE__, #condition);                                          \
        }                                                                                          \
    } while (0)

void check_failed(const char *file, int line, const char *what);
/* 0 if every check held so far. */
int check_outcome(void);

/* A function that returns `number`, in new memory; NULL if there is none. */
typedef int Constant(void);
enum { CONSTANT_BYTES = 12, HEADER_BYTES = 200 };
void write_constant(uint8_t *code, int number);
Constant *make_constant(int number);

/* A function that calls another; NULL if there is no memory. */
typedef void Through(void (*function)(void *), void *argument);
Through *make_through(void);

/* What the process has mapped at an address: "rwxp" as the kernel shows it, "" for nothing. */
typedef struct Mapping {
    char access[5];
    char name[64];
} Mapping;
Mapping mapping_of(const void *address);
/* Whether any page is writable and executable. */
bool has_writable_code(void);

/* The tests, by name. */
void test_pieces(void);
void test_header(void);
void test_give_back(void);
void test_limits(void);
void test_many_arenas(void);
void test_fork(void);
void test_threads(void);
void test_forks(void);
void test_fork_storm(void);
void test_refused(void);
void test_two_views(void);
void test_sealed_pages(void);
void test_late_refusal(void);
void test_backtrace(void);
void test_thread_ends(void);
void test_debugger(void);
void test_prefer_anonymous(void);
void test_names(void);

#endif
