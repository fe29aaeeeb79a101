/* witness.c - the bytes of each value, what callees say of them, and the state in which a function
 * is called and left. See witness.h. */
#define _GNU_SOURCE
#include "witness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

Guard zf_guard;

long witness_checks, witness_failures;
const Case *current;
uint8_t given[SLOTS][ROOM];
uint8_t expected[ROOM];
uint64_t seen;

bool is_errno_watched;
int errno_found, errno_left;

static void crashed(int number)
{
    printf("case %u: signal %d\n", current->number, number);
    fflush(stdout);
    _exit(2);
}

void catch_crashes(void)
{
    static uint8_t stack[1 << 16];
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaction(numbers[i], &action, NULL);
    }
}

void check(bool holds, const char *what, unsigned index)
{
    witness_checks++;
    if (!holds) {
        witness_failures++;
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

void fill(const Info *info, unsigned salt, uint8_t *value)
{
    for (size_t i = 0; i < info->type.size; i++) {
        value[i] = (uint8_t)mixed((uint64_t)current->number << 32 | salt << 16 | i);
    }
    for (uint32_t i = 0; i < info->leaf_count; i++) {
        const ZfLeaf *leaf = &info->leaves[i];
        if (leaf->kind == ZF_KIND_FLOAT80) { /* a normal number */
            value[leaf->offset + 7] |= 0x80;
            value[leaf->offset + 9] = 0x3f;
        }
    }
    for (uint32_t i = 0; i < info->leaf_count; i++) { /* after what may overlie it */
        if (info->leaves[i].kind == ZF_KIND_BOOL && !info->leaves[i].is_bit_field) {
            value[info->leaves[i].offset] &= 1;
        }
    }
}

bool same(const Info *info, const uint8_t *a, const uint8_t *b)
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

void print_bytes(const char *label, const uint8_t *bytes, size_t size)
{
    printf("    %s", label);
    for (size_t i = 0; i < size; i++) {
        printf(" %02x", bytes[i]);
    }
    printf("\n");
}

/* -- What callees call ------------------------------------------------------------------------- */

static void watch_errno(void)
{
    if (is_errno_watched) {
        errno_found = errno;
        errno = errno_left;
        is_errno_watched = false;
    }
}

void PLAIN zf_see(unsigned index, const void *value)
{
    watch_errno();
    const Info *info = current->arguments[index];
    bool is_same = same(info, value, given[index]);
    seen |= 1ull << index;
    check(is_same, "wrong value in argument", index);
    if (!is_same) {
        print_bytes("given", given[index], info->type.size);
        print_bytes("found", value, info->type.size);
    }
}

void PLAIN zf_see_wide(unsigned index, unsigned long long value)
{
    const ZfType *type = &current->arguments[index]->type;
    uint64_t word = 0;
    bool is_signed = (type->kind - ZF_KIND_INT8) % 2 == 0;
    memcpy(&word, given[index], type->size);
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
    watch_errno();
    memcpy(result, expected, current->result->type.size);
}

/* -- What is left out -------------------------------------------------------------------------- */

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

bool is_ambiguous(const ZfPlan *plan, const char *kind)
{
    if (strcmp(kind, "int128") == 0) {
        return has_int128_on_stack(plan);
    }
    return strcmp(kind, "variadic") == 0 && has_named_oddity(plan);
}

/* -- Cases ---------------------------------------------------------------------------------------
 */

ZfPlan *plan_current(const ZfAbi *abi)
{
    static const ZfType nothing = {.name = "void", .alignment = 1, .kind = ZF_KIND_VOID};
    const ZfType *types[SLOTS];
    ZfPlan *plan = NULL;
    size_t bad = 0;
    const char *why = "";
    for (uint32_t i = 0; i < current->argument_count; i++) {
        types[i] = &current->arguments[i]->type;
    }
    ZfPrototype prototype = {
        .result = current->result != NULL ? &current->result->type : &nothing,
        .argument_count = current->argument_count,
        .arguments = types,
        .fixed_count = current->fixed_count == UINT32_MAX ? SIZE_MAX : current->fixed_count,
    };
    check(zf_plan_make(abi, &prototype, &plan, &bad, &why) == ZF_OK, why, (unsigned)bad);
    return plan;
}

/* -- Registers --------------------------------------------------------------------------------- */

static const uint64_t dirt = 0xdeadbeefdeadbeef;

/* The bits of a piece's register that a callee may rely on: a narrow integer is extended to 32. */
static uint64_t bits_of(const ZfPlace *place, const ZfPiece *piece)
{
    uint32_t size = piece->size;
    if (place->type->kind <= ZF_KIND_POINTER && size < 4) {
        size = 4;
    }
    return size < 8 ? (1ull << 8 * size) - 1 : UINT64_MAX;
}

static void keep_place(const ZfPlace *place)
{
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        if (piece->bank == ZF_BANK_GP) {
            zf_guard.gp_keep[piece->index] = bits_of(place, piece);
        } else if (piece->bank == ZF_BANK_FP) {
            memset(zf_guard.fp_keep[piece->index], 0xff, piece->size);
        }
    }
}

/* All bits of a result's registers that have a meaning: of a narrow one, no more than its own. */
static void keep_result(const ZfPlace *place)
{
    if (place->is_reference) {
        zf_guard.gp_back_keep[0] = UINT64_MAX; /* may be the memory's address */
        return;
    }
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        if (piece->bank == ZF_BANK_GP) {
            memset(&zf_guard.gp_back_keep[piece->index], 0xff, piece->size);
        } else if (piece->bank == ZF_BANK_FP) {
            memset(zf_guard.fp_back_keep[piece->index], 0xff, piece->size);
        }
    }
}

static void fill_dirt(uint64_t *to, const uint64_t *keep, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = dirt & ~keep[i];
    }
}

ZfFunction set_guard(const ZfPlan *plan)
{
    memset(&zf_guard, 0, sizeof zf_guard);
    zf_guard.target = current->function;
    if (plan->result.is_reference) {
        keep_place(&plan->result);
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        keep_place(&plan->arguments[i]);
    }
    keep_result(&plan->result);
    fill_dirt(zf_guard.gp_dirt, zf_guard.gp_keep, 9);
    fill_dirt(zf_guard.fp_dirt[0], zf_guard.fp_keep[0], 16);
    fill_dirt(zf_guard.gp_back_dirt, zf_guard.gp_back_keep, 2);
    fill_dirt(zf_guard.fp_back_dirt[0], zf_guard.fp_back_keep[0], 8);
#if defined(__x86_64__)
    if (strcmp(zf_abi_name(plan->abi), "win64") == 0) {
        return zf_guard_enter_win64;
    }
#endif
    return zf_guard_enter;
}

/* Rounding mode and masks, the direction flag, the x87 stack. */
typedef struct Modes {
    uint32_t floating, direction, x87_tags;
} Modes;

static Modes modes(void)
{
    Modes now = {0, 0, 0xffff};
#if defined(__x86_64__)
    enum { STATUS = 0x3f, DIRECTION_FLAG = 0x400 };
    uint64_t flags;
    uint32_t environment[7];
    __asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
    __asm__ volatile("fnstenv %0\n\tfldenv %0" : "+m"(environment));
    now.floating = __builtin_ia32_stmxcsr() & ~(uint32_t)STATUS;
    now.direction = flags & DIRECTION_FLAG;
    now.x87_tags = environment[2] & 0xffff;
#elif defined(__aarch64__)
    uint64_t control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    now.floating = (uint32_t)control;
#endif
    return now;
}

/* What a callee finds below its frame is not what the last one has left. */
static void __attribute__((noinline)) dirty_stack(void)
{
    volatile uint8_t bytes[8192];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 0xd1;
    }
}

void run_guarded(void (*run)(void *context), void *context)
{
    dirty_stack();
    Modes before = modes();
    unsigned changed = changed_registers(run, context);
    Modes after = modes();
    check(changed == 0, "registers were not preserved:", changed);
    check(memcmp(&before, &after, sizeof before) == 0, "modes were not preserved:", after.floating);
}

void check_seen(void)
{
    check(seen == (1ull << current->argument_count) - 1, "arguments were not seen:", 0);
}
