/* main.c - runs the tests of the engine, in C and without Python. The exit code says whether every
 * check held. */
#include "check.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

Options options;

static atomic_long check_count, failure_count;

void check_report(bool holds, const char *file, int line, const char *what)
{
    atomic_fetch_add(&check_count, 1);
    if (!holds) {
        atomic_fetch_add(&failure_count, 1);
        printf("%s:%d: %s\n", file, line, what);
    }
}

void check_report_equal(long long seen, long long expected, const char *file, int line,
                        const char *what)
{
    check_report(seen == expected, file, line, what);
    if (seen != expected) {
        printf("    %lld (0x%llx) is not %lld (0x%llx)\n", seen, seen, expected, expected);
    }
}

static void give_up(const char *what, const char *name)
{
    printf("%s: %s\n", what, name);
    exit(2);
}

const ZfType *type_of(const char *name)
{
    const ZfType *type = zf_type_find(name);
    if (type == NULL) {
        give_up("no such type", name);
    }
    return type;
}

ZfStatus make_plan(const ZfType *result, size_t count, const ZfType *const *types, ZfPlan **plan)
{
    ZfPrototype prototype = {result, count, types, SIZE_MAX};
    return zf_plan_make(zf_abi_default(), &prototype, plan, NULL, NULL);
}

static ZfPlan *plan_of_types(const char *result, size_t count, const ZfType *const *types)
{
    ZfPlan *plan = NULL;
    if (make_plan(type_of(result), count, types, &plan) != ZF_OK) {
        give_up("no plan for a result of type", result);
    }
    return plan;
}

ZfPlan *plan_of(const char *result, ...)
{
    const ZfType *types[64];
    const char *name;
    size_t count = 0;
    va_list names;
    va_start(names, result);
    while ((name = va_arg(names, const char *)) != NULL && count < LENGTH(types)) {
        types[count++] = type_of(name);
    }
    va_end(names);
    return plan_of_types(result, count, types);
}

ZfPlan *plan_repeating(const char *result, size_t count, size_t period, const char *const *names)
{
    const ZfType *types[ZF_MAX_ARGUMENTS];
    for (size_t i = 0; i < count; i++) {
        types[i] = type_of(names[i % period]);
    }
    return plan_of_types(result, count, types);
}

uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 17;
}

static void run(const char *name, void (*test)(void))
{
    long failures = failure_count;
    test();
    printf("%s: %s\n", name, failures == failure_count ? "passed" : "FAILED");
    fflush(stdout);
}

int main(int count, char **arguments)
{
    if (count != 6) {
        give_up("usage", "engine ITERATIONS SINGLE-STEP(0|1) FIXTURE INCOMPLETE EMPTY");
    }
    options = (Options){
        .iterations = atol(arguments[1]),
        .single_step = atoi(arguments[2]) != 0,
        .fixture = arguments[3],
        .incomplete = arguments[4],
        .empty = arguments[5],
    };
    run("types", test_types);
    run("plans", test_plans);
    run("calls", test_calls);
    run("many arguments", test_many_arguments);
    run("registers", test_registers);
    run("libraries", test_libraries);
    run("errno", test_errno);
    run("threads", test_threads);
    run("unwinding", test_unwinding);
    printf("%ld checks, %ld failures\n", check_count, failure_count);
    return failure_count != 0;
}
