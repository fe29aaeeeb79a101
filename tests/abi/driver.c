/* driver.c - calls every generated callee through the engine, and compares every byte.
 *
 *     driver ABI AMBIGUITY [spoiled]
 *
 * Each argument lies at the end of a page with nothing behind it, and so does the result. The
 * callee shows what it got, scribbles over it (a copy is its own), and fetches its result. On its
 * way there, all of a register that the plan gives no meaning becomes dirt; on the way back, what a
 * callee must preserve is compared. What compilers of one convention do not agree on is left out,
 * and counted, where AMBIGUITY names it: int128 or variadic, not none. To prove that all this can
 * fail, plans are wrong if `spoiled`. */
#define _GNU_SOURCE
#include "abi.h"
#include "guard.h"

#include <signal.h>
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

Guard zf_guard;

static long checks, failures;
static const Case *current;
static uint8_t *pages;         /* SLOTS times ROOM readable bytes and a guard of as many */
static uint8_t *values[SLOTS]; /* the arguments, at the ends of their rooms */
static uint8_t kept[SLOTS][ROOM];
static uint8_t expected[ROOM]; /* the result */
static uint64_t seen;          /* a bit for each argument that was shown */

/* A crash is a failure of its case, and the end of the others. */
static void crashed(int number)
{
    printf("case %u: signal %d\n", current->number, number);
    fflush(stdout);
    _exit(2);
}

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

static bool is_ambiguous(const ZfPlan *plan, const char *kind)
{
    if (strcmp(kind, "int128") == 0) {
        return has_int128_on_stack(plan);
    }
    return strcmp(kind, "variadic") == 0 && has_named_oddity(plan);
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

static ZfFunction set_guard(const ZfPlan *plan)
{
    memset(&zf_guard, 0, sizeof zf_guard);
    zf_guard.target = current->function;
    if (plan->result.is_reference) {
        keep_place(&plan->result);
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        keep_place(&plan->arguments[i]);
    }
    for (int i = 0; i < 9; i++) {
        zf_guard.gp_dirt[i] = dirt & ~zf_guard.gp_keep[i];
    }
    for (int i = 0; i < 16; i++) {
        zf_guard.fp_dirt[i / 2][i % 2] = dirt & ~zf_guard.fp_keep[i / 2][i % 2];
    }
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

/* -- Calls ------------------------------------------------------------------------------------- */

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

/* What a callee finds below its frame is not what the last one has left. */
static void __attribute__((noinline)) dirty_stack(void)
{
    volatile uint8_t bytes[8192];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 0xd1;
    }
}

static void call_once(const ZfPlan *plan, void *result, const void *const *arguments)
{
    Call call = {plan, set_guard(plan), result, arguments};
    dirty_stack();
    Modes before = modes();
    unsigned changed = changed_registers(run, &call);
    Modes after = modes();
    check(changed == 0, "registers were not preserved:", changed);
    check(memcmp(&before, &after, sizeof before) == 0, "modes were not preserved:", after.floating);
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
        fill(current->arguments[i], i + 1, kept[i]);
        values[i] = pages + (size_t)2 * i * ROOM + ROOM - bytes;
        memcpy(values[i], kept[i], bytes);
        arguments[i] = values[i];
    }
    seen = 0;
    if (current->result != NULL) {
        call_for_result(plan, arguments);
    } else {
        call_once(plan, NULL, arguments);
    }
    check(seen == (1ull << current->argument_count) - 1, "arguments were not seen:", 0);
    for (uint32_t i = 0; i < current->argument_count; i++) {
        check(memcmp(values[i], kept[i], current->arguments[i]->type.size) == 0,
              "the callee changed the caller's argument", i);
    }
}

/* -- Cases ------------------------------------------------------------------------------------- */

static ZfPlan *plan_current(const ZfAbi *abi)
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

static void catch_crashes(void)
{
    static uint8_t stack[1 << 16];
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
    struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaction(numbers[i], &action, NULL);
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
    printf("%ld called, %ld ambiguous, %ld checks, %ld failures\n", called, ambiguous, checks,
           failures);
    return 0;
}
