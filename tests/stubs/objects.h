/* objects.h - objects for the tests of emitters: laid out as no interpreter does, with their own
 * table of literals, so that a stub runs without Python. */
#ifndef STUBS_OBJECTS_H
#define STUBS_OBJECTS_H

#include "arch/stub.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        check_count++;                                                                             \
        if (!(condition)) {                                                                        \
            check_failures++;                                                                      \
            printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                 \
            printf(__VA_ARGS__);                                                                   \
            putchar('\n');                                                                         \
        }                                                                                          \
    } while (0)

extern unsigned long check_count, check_failures;

/* One of anything: an int, a type, a target. The first word counts references. */
typedef struct Object {
    _Alignas(16) unsigned char bytes[160];
} Object;

extern Object int_type, bool_type, float_type, bytes_type, other_type, none, yes, no;

/* Which of the ways in which interpreters differ. */
typedef struct Interpreter {
    bool is_tagged, is_immortal, is_free_threaded;
} Interpreter;

extern ZfStubModel model;
extern const void *literals[ZF_LITERAL_COUNT];

/* From now on, all objects are those of that one. */
void use_interpreter(Interpreter interpreter);
Object make_int(bool is_negative, uint64_t count, uint32_t low, uint32_t high);
Object make_float(double value);
Object make_bytes(const char *text, size_t length);
Object make_of_type(const Object *type);
/* One of those that the interpreter keeps, from -5 to 9. */
const void *small_int(int value);
uint64_t word_of(const Object *object, size_t offset);

/* What has happened since the last call of a stub. */
typedef struct Events {
    bool is_generic;
    const void *generic_self, *generic_given; /* as the generic entry was given them */
    int64_t generic_count;
    int64_t inside; /* the count of calls during the function */
    uint64_t words[12];
    double numbers[12];
    char order[16]; /* a letter for each literal that was called, and F for the function */
    uint64_t boxed;
    double boxed_number;
} Events;

extern Events events;
void note(char letter);

/* Runs a stub that is made for this, and gives what it returns; `count` is passed on as it is. */
void *run_stub(const ZfStubSpec *spec, void (*function)(void), Object *const *given, int64_t count);
extern Object target;
/* As the library that the function is from does when it is closed. */
void close_target(void);

#endif
