/* driver.c - calls every generated callee through the engine, and compares every byte.
 *
 *     driver ABI [AMBIGUITY]
 *
 * Each argument lies at the end of a page with nothing behind it, and so does the result. The
 * callee shows what it got, scribbles over it (a copy is its own), and fetches its result. What
 * compilers of one convention do not agree on is left out, and counted, where AMBIGUITY names it:
 * int128 or variadic. */
#define _GNU_SOURCE
#include "abi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SLOTS = 64, ROOM = 4096, GUARD = 0xa5 };

int _fltused; /* what objects for Windows refer to when they use floating point */

#if defined(__x86_64__)
/* Calls that a compiler for Windows makes up, by names that its object is changed to use. */
__attribute__((ms_abi)) void *win64_memcpy(void *to, const void *from, unsigned long long size)
{
    return memcpy(to, from, size);
}

__attribute__((ms_abi)) void *win64_memset(void *to, int byte, unsigned long long size)
{
    return memset(to, byte, size);
}
#endif

static long checks, failures;
static const Case *current;
static uint8_t *pages;         /* SLOTS times ROOM readable bytes and a guard of as many */
static uint8_t *values[SLOTS]; /* the arguments, at the ends of their rooms */
static uint8_t kept[SLOTS][ROOM];
static uint8_t expected[ROOM]; /* the result */
static uint64_t seen;          /* a bit for each argument that was shown */

static void check(bool holds, const char *what, unsigned index)
{
    checks++;
    if (!holds) {
        failures++;
        printf("case %u: %s %u\n", current->number, what, index);
    }
}

/* -- Values ------------------------------------------------------------------------------------ */

static uint64_t mixed(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/* A random byte for each position, of which no two arguments have the same row. */
static void fill(const Info *info, unsigned salt, uint8_t *value)
{
    for (size_t i = 0; i < info->type.size; i++) {
        value[i] = (uint8_t)mixed((uint64_t)current->number << 32 | salt << 16 | i);
    }
    for (uint32_t i = 0; i < info->leaf_count; i++) {
        const ZfLeaf *leaf = &info->leaves[i];
        if (leaf->kind == ZF_KIND_BOOL) {
            value[leaf->offset] &= 1;
        }
        if (leaf->kind == ZF_KIND_FLOAT80) { /* a normal number */
            value[leaf->offset + 7] |= 0x80;
            value[leaf->offset + 9] = 0x3f;
        }
    }
    for (uint32_t i = 0; i < info->leaf_count; i++) { /* in unions, a bool may be overlaid */
        if (info->leaves[i].kind == ZF_KIND_BOOL) {
            value[info->leaves[i].offset] &= 1;
        }
    }
}

/* Padding does not count. */
static bool same(const Info *info, const uint8_t *a, const uint8_t *b)
{
    for (uint32_t i = 0; i < info->leaf_count; i++) {
        const ZfLeaf *leaf = &info->leaves[i];
        size_t size = leaf->kind == ZF_KIND_FLOAT80 ? 10 : leaf->size;
        if (memcmp(a + leaf->offset, b + leaf->offset, size) != 0) {
            return false;
        }
    }
    return true;
}

static void print_bytes(const char *label, const uint8_t *bytes, size_t size)
{
    printf("    %s", label);
    for (size_t i = 0; i < size; i++) {
        printf(" %02x", bytes[i]);
    }
    printf("\n");
}

/* -- What callees call ------------------------------------------------------------------------- */

void PLAIN zf_see(unsigned index, const void *value)
{
    const Info *info = current->arguments[index];
    bool is_same = same(info, value, kept[index]);
    seen |= 1ull << index;
    check(is_same, "wrong value in argument", index);
    if (!is_same) {
        print_bytes("given", kept[index], info->type.size);
        print_bytes("found", value, info->type.size);
    }
}

void PLAIN zf_see_wide(unsigned index, unsigned long long value)
{
    const ZfType *type = &current->arguments[index]->type;
    uint64_t word = 0;
    bool is_signed = (type->kind - ZF_KIND_INT8) % 2 == 0;
    memcpy(&word, kept[index], type->size);
    if (is_signed && type->size < 8) {
        uint64_t sign = 1ull << (8 * type->size - 1);
        word = (word ^ sign) - sign;
    }
    check(word == value, "not extended: argument", index);
}

void PLAIN zf_scribble(void *value, unsigned long long size)
{
    memset(value, 0xee, size);
}

void PLAIN zf_supply(void *result)
{
    memcpy(result, expected, current->result->type.size);
}

/* -- Types ------------------------------------------------------------------------------------- */

/* Completes a table: the bytes of bit-fields, and the leaves that the engine is to see. */
static void complete(Info *info)
{
    static uint8_t probe[ROOM] __attribute__((aligned(64)));
    if (info == NULL || info->type.leaves != NULL || info->leaf_count == 0) {
        return;
    }
    for (uint32_t i = 0; i < info->leaf_count; i++) {
        ZfLeaf *leaf = &info->leaves[i];
        if (!leaf->is_bit_field) {
            continue;
        }
        memset(probe, 0, sizeof probe);
        info->probe(probe, i);
        uint32_t first = 0, end = (uint32_t)info->type.size;
        while (probe[first] == 0) {
            first++;
        }
        while (probe[end - 1] == 0) {
            end--;
        }
        leaf->offset = first;
        leaf->size = (uint16_t)(end - first);
    }
    bool is_flat = info->type.kind >= ZF_KIND_COMPLEX && info->type.size <= ZF_FLAT_BYTES;
    info->type.leaf_count = is_flat ? info->leaf_count : 0;
    info->type.leaves = info->leaves;
}

/* -- Cases ------------------------------------------------------------------------------------- */

/* Before version 18, clang aligns an __int128 on the stack to 8 bytes, gcc and the ABI to 16; from
 * then on, clang leaves no general register to later arguments. */
static bool has_int128_on_stack(const ZfPlan *plan)
{
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        const ZfPlace *place = &plan->arguments[i];
        bool is_int128 = place->type->kind == ZF_KIND_INT128 ||
                         place->type->kind == ZF_KIND_UINT128;
        if (is_int128 && place->pieces[0].bank == ZF_BANK_STACK) {
            return true;
        }
    }
    return false;
}

/* In the named arguments of a variadic Windows function, clang keeps vectors in vector registers,
 * and lets nothing lie half in x7, half on the stack; Microsoft's rules say otherwise, and clang's
 * own va_arg too. */
static bool has_named_oddity(const ZfPlan *plan)
{
    for (uint32_t i = 0; i < plan->argument_count && i < current->fixed_count; i++) {
        const ZfPlace *place = &plan->arguments[i];
        if (plan->is_variadic && place->type->kind == ZF_KIND_VECTOR) {
            return true;
        }
        if (place->piece_count == 2 && place->pieces[0].bank != place->pieces[1].bank &&
            place->pieces[1].bank == ZF_BANK_STACK) {
            return true;
        }
    }
    return false;
}

static bool is_ambiguous(const ZfPlan *plan, const char *kind)
{
    if (strcmp(kind, "int128") == 0) {
        return has_int128_on_stack(plan);
    }
    return strcmp(kind, "variadic") == 0 && has_named_oddity(plan);
}

static void call(const ZfPlan *plan)
{
    const void *arguments[SLOTS];
    uint8_t *room = pages + (size_t)(2 * SLOTS - 2) * ROOM;
    size_t size = current->result != NULL ? current->result->type.size : 0;
    uint8_t *result = room + ROOM - size;
    for (uint32_t i = 0; i < current->argument_count; i++) {
        size_t bytes = current->arguments[i]->type.size;
        fill(current->arguments[i], i + 1, kept[i]);
        values[i] = pages + (size_t)2 * i * ROOM + ROOM - bytes;
        memcpy(values[i], kept[i], bytes);
        arguments[i] = values[i];
    }
    memset(room, GUARD, ROOM);
    if (current->result != NULL) {
        fill(current->result, 0, expected);
    }
    seen = 0;
    zf_call(plan, current->function, current->result != NULL ? result : NULL, arguments);
    check(seen == (1ull << current->argument_count) - 1, "arguments were not seen:", 0);
    for (uint32_t i = 0; i < current->argument_count; i++) {
        check(memcmp(values[i], kept[i], current->arguments[i]->type.size) == 0,
              "the callee changed the caller's argument", i);
    }
    if (current->result != NULL) {
        bool is_same = same(current->result, result, expected);
        check(is_same, "wrong result", 0);
        if (!is_same) {
            print_bytes("given", expected, size);
            print_bytes("found", result, size);
        }
        for (uint8_t *byte = room; byte < result; byte++) {
            if (*byte != GUARD) {
                check(false, "bytes changed before the result:", (unsigned)(result - byte));
                break;
            }
        }
        zf_call(plan, current->function, NULL, arguments); /* dropped */
        memset(room, GUARD, ROOM);
        result -= result > room ? 1 : 0; /* and unaligned, away from the page's end */
        zf_call(plan, current->function, result, arguments);
        check(same(current->result, result, expected), "wrong unaligned result", 0);
        check(result[size] == GUARD, "a byte changed behind the result", 0);
    }
}

int main(int count, char **arguments)
{
    const ZfAbi *abi = zf_abi_find(arguments[1]);
    const char *ambiguity = count > 2 ? arguments[2] : "none";
    long called = 0, ambiguous = 0;
    static const ZfType nothing = {.name = "void", .alignment = 1, .kind = ZF_KIND_VOID};
    setvbuf(stdout, NULL, _IOLBF, 0); /* what is printed before a crash counts */
    pages = mmap(NULL, (size_t)2 * SLOTS * ROOM, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t i = 0; i < SLOTS; i++) {
        mprotect(pages + (2 * i + 1) * ROOM, ROOM, PROT_NONE);
    }
    for (uint32_t i = 0; i < zf_case_count; i++) {
        const ZfType *types[SLOTS];
        ZfPlan *plan;
        size_t bad;
        const char *why = "";
        current = &zf_cases[i];
        complete(current->result);
        for (uint32_t j = 0; j < current->argument_count; j++) {
            complete(current->arguments[j]);
            types[j] = &current->arguments[j]->type;
        }
        ZfPrototype prototype = {
            .result = current->result != NULL ? &current->result->type : &nothing,
            .argument_count = current->argument_count,
            .arguments = types,
            .fixed_count = current->fixed_count == UINT32_MAX ? SIZE_MAX : current->fixed_count,
        };
        if (zf_plan_make(abi, &prototype, &plan, &bad, &why) != ZF_OK) {
            check(false, why, (unsigned)bad);
            continue;
        }
        if (is_ambiguous(plan, ambiguity)) {
            ambiguous++;
        } else {
            called++;
            call(plan);
        }
        zf_plan_free(plan);
    }
    printf("%ld called, %ld ambiguous, %ld checks, %ld failures\n", called, ambiguous, checks,
           failures);
    return failures != 0;
}
