/* driver.c - calls every generated callee through the engine, and compares every byte.
 *
 *     driver ABI AMBIGUITY [spoiled]
 *
 * Each argument lies at the end of a page with nothing behind it, and so does the result. What
 * compilers of one convention do not agree on is left out, and counted, where AMBIGUITY names it:
 * int128 or variadic, not none. To prove that all this can fail, plans are wrong if `spoiled`. */
#define _GNU_SOURCE
#include "witness.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static uint8_t *pages;         /* SLOTS times ROOM readable bytes and a guard of as many */
static uint8_t *values[SLOTS]; /* the arguments, at the ends of their rooms */

typedef struct Call {
    const ZfPlan *plan;
    ZfFunction function;
    void *result;
    const void *const *arguments;
} Call;

static void run(void *context)
{
    const Call *call = context;
    zf_call(call->plan, call->function, call->result, call->arguments);
}

static void call_once(const ZfPlan *plan, void *result, const void *const *arguments)
{
    Call call = {plan, set_guard(plan), result, arguments};
    run_guarded(run, &call);
}

/* The result at the end of its page, then dropped, then unaligned, with a byte behind it. */
static void call_for_result(const ZfPlan *plan, const void *const *arguments)
{
    uint8_t *room = pages + (size_t)(2 * SLOTS - 2) * ROOM;
    size_t size = current->result->type.size;
    uint8_t *result = room + ROOM - size;
    fill(current->result, 0, expected);
    memset(room, GUARD, ROOM);
    call_once(plan, result, arguments);
    bool is_same = same(current->result, result, expected);
    check(is_same, "wrong result", 0);
    if (!is_same) {
        print_bytes("given", expected, size);
        print_bytes("found", result, size);
    }
    for (const uint8_t *byte = room; byte < result; byte++) {
        if (*byte != GUARD) {
            check(false, "bytes changed before the result:", (unsigned)(result - byte));
            break;
        }
    }
    call_once(plan, NULL, arguments);
    memset(room, GUARD, ROOM);
    result -= result > room ? 1 : 0;
    call_once(plan, result, arguments);
    check(same(current->result, result, expected), "wrong unaligned result", 0);
    check(result[size] == GUARD, "a byte changed behind the result", 0);
}

static void call(const ZfPlan *plan)
{
    const void *arguments[SLOTS];
    for (uint32_t i = 0; i < current->argument_count; i++) {
        size_t bytes = current->arguments[i]->type.size;
        fill(current->arguments[i], i + 1, given[i]);
        values[i] = pages + (size_t)2 * i * ROOM + ROOM - bytes;
        memcpy(values[i], given[i], bytes);
        arguments[i] = values[i];
    }
    seen = 0;
    if (current->result != NULL) {
        call_for_result(plan, arguments);
    } else {
        call_once(plan, NULL, arguments);
    }
    check_seen();
    for (uint32_t i = 0; i < current->argument_count; i++) {
        check(memcmp(values[i], given[i], current->arguments[i]->type.size) == 0,
              "the callee changed the caller's argument", i);
    }
}

/* The two words of a small struct, the wrong way round. */
static void spoil(ZfPlan *plan)
{
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        ZfPiece *pieces = plan->arguments[i].pieces;
        if (plan->arguments[i].piece_count == 2 && pieces[0].bank == ZF_BANK_GP) {
            uint32_t offset = pieces[0].offset;
            pieces[0].offset = pieces[1].offset;
            pieces[1].offset = offset;
        }
    }
}

int main(int count, char **arguments)
{
    const ZfAbi *abi = zf_abi_find(arguments[1]);
    long called = 0, ambiguous = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    catch_crashes();
    pages = mmap(NULL, (size_t)2 * SLOTS * ROOM, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < SLOTS; i++) {
        mprotect(pages + (2 * i + 1) * ROOM, ROOM, PROT_NONE);
    }
    for (uint32_t i = 0; i < zf_case_count; i++) {
        current = &zf_cases[i];
        ZfPlan *plan = plan_current(abi);
        if (plan == NULL) {
            continue;
        }
        if (is_ambiguous(plan, arguments[2])) {
            ambiguous++;
        } else {
            if (count > 3) {
                spoil(plan);
            }
            called++;
            call(plan);
        }
        zf_plan_free(plan);
    }
    printf("%ld called, %ld ambiguous, %ld checks, %ld failures\n", called, ambiguous,
           witness_checks, witness_failures);
    return 0;
}
