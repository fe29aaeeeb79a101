/* arm64.c - every encoder of arm64, with every register in each place, and with constants at both
 * ends of what it holds and just behind them. See pairs.h. */
#include "encode.h"
#include "pairs.h"

#include <inttypes.h>

#define PAIR(word, ...)                                                                            \
    do {                                                                                           \
        uint32_t word_ = (word);                                                                   \
        unsigned char bytes_[] = {word_ & 255, word_ >> 8 & 255, word_ >> 16 & 255, word_ >> 24};  \
        print_pair(bytes_, word_ == ZF_A64_NONE ? 0 : 4, __VA_ARGS__);                             \
    } while (0)

/* What no assembler can be asked. */
#define REFUSED(word)                                                                              \
    do {                                                                                           \
        if ((word) != ZF_A64_NONE) {                                                               \
            printf("not refused\t%s\n", #word);                                                    \
        }                                                                                          \
    } while (0)

/* Three registers for each of 96 numbers: all 32 in each of three places, beside others. */
enum { TRIPLES = 3 * 32 };

typedef struct Triple {
    unsigned d, n, m;
} Triple;

static Triple triple(unsigned number)
{
    unsigned each = number % 32, second = (each * 7 + 3) % 31, third = (each * 11 + 5) % 29;
    switch (number / 32) {
    case 0: return (Triple){each, second, third};
    case 1: return (Triple){third, each, second};
    default: return (Triple){second, third, each};
    }
}

static const ZfA64Width widths[] = {ZF_A64_W, ZF_A64_X};

/* Names of registers: those of which 31 is the zero register, and those of which it is the stack
 * pointer. */
static const char *zero(ZfA64Width width, unsigned number)
{
    static char names[2][32][4];
    char *name = names[width][number];
    snprintf(name, sizeof names[0][0], number == 31 ? "%czr" : "%c%u", "wx"[width], number);
    return name;
}

static const char *stack(ZfA64Width width, unsigned number)
{
    return number < 31 ? zero(width, number) : width == ZF_A64_X ? "sp" : "wsp";
}

static const char *base(unsigned number)
{
    return stack(ZF_A64_X, number);
}

/* -- Memory ------------------------------------------------------------------------------------ */

static const struct {
    ZfA64Access access;
    char letter; /* of the register */
    int size;
    const char *load, *store; /* store NULL: there is none */
} accesses[] = {
    {ZF_A64_BYTE, 'w', 1, "ldrb", "strb"},
    {ZF_A64_HALF, 'w', 2, "ldrh", "strh"},
    {ZF_A64_WORD, 'w', 4, "ldr", "str"},
    {ZF_A64_LONG, 'x', 8, "ldr", "str"},
    {ZF_A64_SIGNED_BYTE_W, 'w', 1, "ldrsb", NULL},
    {ZF_A64_SIGNED_BYTE, 'x', 1, "ldrsb", NULL},
    {ZF_A64_SIGNED_HALF_W, 'w', 2, "ldrsh", NULL},
    {ZF_A64_SIGNED_HALF, 'x', 2, "ldrsh", NULL},
    {ZF_A64_SIGNED_WORD, 'x', 4, "ldrsw", NULL},
    {ZF_A64_S, 's', 4, "ldr", "str"},
    {ZF_A64_D, 'd', 8, "ldr", "str"},
    {ZF_A64_Q, 'q', 16, "ldr", "str"},
};

/* A register of that letter. */
static const char *named(char letter, unsigned number)
{
    static char names[128][32][4];
    char *name = names[(unsigned char)letter][number];
    snprintf(name, sizeof names[0][0], "%c%u", letter, number);
    return letter == 'w' ? zero(ZF_A64_W, number) : letter == 'x' ? zero(ZF_A64_X, number) : name;
}

static void print_memory(size_t index, unsigned t, unsigned n, int64_t offset)
{
    const char *name = named(accesses[index].letter, t);
    PAIR(zf_a64_load(accesses[index].access, t, n, offset), "%s %s, [%s, #%" PRId64 "]",
         accesses[index].load, name, base(n), offset);
    if (accesses[index].store != NULL) {
        PAIR(zf_a64_store(accesses[index].access, t, n, offset), "%s %s, [%s, #%" PRId64 "]",
             accesses[index].store, name, base(n), offset);
    } else {
        REFUSED(zf_a64_store(accesses[index].access, t, n, offset));
    }
}

static void print_memories(void)
{
    for (size_t i = 0; i < LENGTH(accesses); i++) {
        int64_t size = accesses[i].size;
        const int64_t offsets[] = {0,           size, 255,       -1,          -256,
                                   4095 * size, -257, 256 + 255, 4096 * size, 4095 * size + 1};
        for (unsigned number = 0; number < TRIPLES; number++) {
            Triple r = triple(number);
            print_memory(i, r.d, r.n, (int64_t)r.m * size);
        }
        for (size_t k = 0; k < LENGTH(offsets); k++) {
            print_memory(i, 3, 4, offsets[k]);
        }
    }
}

static void print_pair_of(ZfA64Access access, ZfA64Index index, char letter, Triple r,
                          int64_t offset)
{
    const char *end = index == ZF_A64_POST ? "" : index == ZF_A64_PRE ? "]!" : "]";
    const char *middle = index == ZF_A64_POST ? "], " : ", ";
    PAIR(zf_a64_load_pair(access, index, r.d, r.m, r.n, offset), "ldp %s, %s, [%s%s#%" PRId64 "%s",
         named(letter, r.d), named(letter, r.m), base(r.n), middle, offset, end);
    PAIR(zf_a64_store_pair(access, index, r.d, r.m, r.n, offset), "stp %s, %s, [%s%s#%" PRId64 "%s",
         named(letter, r.d), named(letter, r.m), base(r.n), middle, offset, end);
}

static void print_ordered(void)
{
    for (unsigned number = 0; number < TRIPLES; number++) {
        Triple r = triple(number);
        const char *d = zero(ZF_A64_X, r.d);
        PAIR(zf_a64_ldar(r.d, r.n), "ldar %s, [%s]", d, base(r.n));
        PAIR(zf_a64_ldaxr(r.d, r.n), "ldaxr %s, [%s]", d, base(r.n));
        if (r.m != r.d && r.m != r.n) {
            PAIR(zf_a64_stlxr(r.m, r.d, r.n), "stlxr %s, %s, [%s]", zero(ZF_A64_W, r.m), d,
                 base(r.n));
        }
    }
}

static void print_pairs(void)
{
    static const struct {
        ZfA64Access access;
        char letter;
        int size;
    } kinds[] = {
        {ZF_A64_LONG, 'x', 8}, {ZF_A64_S, 's', 4}, {ZF_A64_D, 'd', 8}, {ZF_A64_Q, 'q', 16}};
    static const ZfA64Index indexes[] = {ZF_A64_OFFSET, ZF_A64_POST, ZF_A64_PRE};
    static const int units[] = {0, 1, -1, 63, -64, 64, -65};
    for (size_t i = 0; i < LENGTH(kinds) * LENGTH(indexes); i++) {
        ZfA64Access access = kinds[i / 3].access;
        char letter = kinds[i / 3].letter;
        int64_t size = kinds[i / 3].size;
        for (unsigned number = 0; number < TRIPLES; number++) {
            Triple r = triple(number);
            if (r.d != r.m && r.d != r.n && r.m != r.n) {
                print_pair_of(access, indexes[i % 3], letter, r, -2 * size);
            }
        }
        for (size_t k = 0; k < LENGTH(units); k++) {
            print_pair_of(access, indexes[i % 3], letter, (Triple){29, 31, 30}, units[k] * size);
        }
        print_pair_of(access, indexes[i % 3], letter, (Triple){1, 2, 3}, size / 2);
    }
}

/* -- Constants and sums ------------------------------------------------------------------------ */

static void print_constants(void)
{
    static const struct {
        ZfA64Wide way;
        const char *name;
    } ways[] = {{ZF_A64_MOVN, "movn"}, {ZF_A64_MOVZ, "movz"}, {ZF_A64_MOVK, "movk"}};
    static const uint64_t bits[] = {0, 1, 0xffff, 0x10000};
    for (size_t i = 0; i < LENGTH(ways) * LENGTH(widths); i++) {
        ZfA64Width width = widths[i % 2];
        for (unsigned d = 0; d < 32; d++) {
            PAIR(zf_a64_wide(ways[i / 2].way, width, d, 0x1234, 16), "%s %s, #0x1234, lsl #16",
                 ways[i / 2].name, zero(width, d));
        }
        for (size_t k = 0; k < LENGTH(bits); k++) {
            for (unsigned shift = 0; shift <= 64; shift += 8) {
                PAIR(zf_a64_wide(ways[i / 2].way, width, 9, bits[k], shift),
                     "%s %s, #%" PRIu64 ", lsl #%u", ways[i / 2].name, zero(width, 9), bits[k],
                     shift);
            }
        }
    }
    static const int64_t edges[] = {0, 1, -1, (1 << 20) - 1, -(1 << 20), 1 << 20, -(1 << 20) - 1};
    for (unsigned d = 0; d < 32; d++) {
        PAIR(zf_a64_adrp(d, 0x1235), "adrp %s, . + 0x1235000", zero(ZF_A64_X, d));
    }
    for (size_t k = 0; k < LENGTH(edges) - 2; k++) {
        PAIR(zf_a64_adrp(7, edges[k]), "adrp x7, . + (%" PRId64 ")", edges[k] * 4096);
    }
    REFUSED(zf_a64_adrp(7, edges[5])); /* the linker's to refuse, elsewhere */
    REFUSED(zf_a64_adrp(7, edges[6]));
}

static const struct {
    ZfA64Sum sum;
    const char *name;
    bool has_flags;
} sums[] = {
    {ZF_A64_ADD, "add", false},
    {ZF_A64_ADDS, "adds", true},
    {ZF_A64_SUB, "sub", false},
    {ZF_A64_SUBS, "subs", true},
};

static const char *const shifts[] = {"lsl", "lsr", "asr"};
static const char *const extends[] = {"uxtb", "uxth", "uxtw", "uxtx",
                                      "sxtb", "sxth", "sxtw", "sxtx"};

static void print_sum(size_t i, ZfA64Width width, Triple r)
{
    const char *name = sums[i].name;
    const char *d = sums[i].has_flags ? zero(width, r.d) : stack(width, r.d);
    PAIR(zf_a64_sum_number(sums[i].sum, width, r.d, r.n, r.m * 5), "%s %s, %s, #%u", name, d,
         stack(width, r.n), r.m * 5);
    PAIR(zf_a64_sum(sums[i].sum, width, r.d, r.n, r.m), "%s %s, %s, %s", name, zero(width, r.d),
         zero(width, r.n), zero(width, r.m));
    for (unsigned shift = 0; shift < LENGTH(shifts); shift++) {
        PAIR(zf_a64_sum_shifted(sums[i].sum, width, r.d, r.n, r.m, (ZfA64Shift)shift, r.d + 1),
             "%s %s, %s, %s, %s #%u", name, zero(width, r.d), zero(width, r.n), zero(width, r.m),
             shifts[shift], r.d + 1);
    }
    for (unsigned extend = 0; extend < LENGTH(extends); extend++) {
        ZfA64Width part = extend % 4 == 3 ? ZF_A64_X : ZF_A64_W;
        if (part <= width) {
            PAIR(zf_a64_sum_extended(sums[i].sum, width, r.d, r.n, r.m, (ZfA64Extend)extend),
                 "%s %s, %s, %s, %s", name, d, stack(width, r.n), zero(part, r.m), extends[extend]);
        }
    }
}

static void print_sums(void)
{
    static const uint64_t numbers[] = {0, 1, 4095, 4096, 0xfff000, 0xfff1, 0x01000000, UINT64_MAX};
    for (size_t i = 0; i < LENGTH(sums) * LENGTH(widths); i++) {
        ZfA64Width width = widths[i % 2];
        for (unsigned number = 0; number < TRIPLES; number++) {
            print_sum(i / 2, width, triple(number));
        }
        for (size_t k = 0; k + 1 < LENGTH(numbers); k++) {
            PAIR(zf_a64_sum_number(sums[i / 2].sum, width, 3, 4, numbers[k]),
                 "%s %s, %s, #%" PRIu64, sums[i / 2].name, zero(width, 3), zero(width, 4),
                 numbers[k]);
        }
        for (unsigned amount = 31; amount <= 64; amount += amount % 2 ? 1 : 31) {
            PAIR(zf_a64_sum_shifted(sums[i / 2].sum, width, 3, 4, 5, ZF_A64_ASR, amount),
                 "%s %s, %s, %s, asr #%u", sums[i / 2].name, zero(width, 3), zero(width, 4),
                 zero(width, 5), amount);
        }
    }
    for (unsigned number = 0; number < TRIPLES * LENGTH(widths); number++) {
        ZfA64Width width = widths[number / TRIPLES];
        Triple r = triple(number % TRIPLES);
        PAIR(zf_a64_cmp(width, r.n, r.m), "cmp %s, %s", zero(width, r.n), zero(width, r.m));
        PAIR(zf_a64_cmp_number(width, r.n, r.m), "cmp %s, #%u", stack(width, r.n), r.m);
        PAIR(zf_a64_mul(width, r.d, r.n, r.m), "mul %s, %s, %s", zero(width, r.d), zero(width, r.n),
             zero(width, r.m));
        PAIR(zf_a64_madd(width, 1, r.n, r.m, r.d), "madd %s, %s, %s, %s", zero(width, 1),
             zero(width, r.n), zero(width, r.m), zero(width, r.d));
    }
}

/* -- Bits -------------------------------------------------------------------------------------- */

static const struct {
    ZfA64Logic logic;
    const char *name;
} logics[] = {{ZF_A64_AND, "and"}, {ZF_A64_ORR, "orr"}, {ZF_A64_EOR, "eor"}, {ZF_A64_ANDS, "ands"}};

static void print_mask(ZfA64Logic logic, const char *name, ZfA64Width width, Triple r,
                       uint64_t mask)
{
    PAIR(zf_a64_logic_mask(logic, width, r.d, r.n, mask), "%s %s, %s, #0x%" PRIx64, name,
         logic == ZF_A64_ANDS ? zero(width, r.d) : stack(width, r.d), zero(width, r.n), mask);
}

/* All that there are: a run of ones of each length, at each place, in elements of each size; and
 * what comes of each by a changed bit. */
static void print_masks(void)
{
    for (unsigned size = 2; size <= 64; size *= 2) {
        for (unsigned i = 0; i < (size - 1) * size; i++) {
            unsigned ones = i / size + 1, rotation = i % size;
            uint64_t run = UINT64_MAX >> (64 - ones);
            uint64_t mask = rotation == 0 ? run : run << rotation | run >> (size - rotation);
            mask &= UINT64_MAX >> (64 - size);
            for (unsigned width = size; width < 64; width *= 2) {
                mask |= mask << width;
            }
            print_mask(ZF_A64_ORR, "orr", ZF_A64_X, (Triple){1, 2, 0}, mask);
            print_mask(ZF_A64_ORR, "orr", ZF_A64_X, (Triple){1, 2, 0},
                       mask ^ UINT64_C(1) << i % 61);
            if (size < 64) {
                print_mask(ZF_A64_AND, "and", ZF_A64_W, (Triple){1, 2, 0}, mask & UINT32_MAX);
            }
        }
    }
    static const uint64_t others[] = {0, UINT32_MAX, UINT64_MAX, 5, 0x123456789abcdef0};
    for (size_t k = 0; k < LENGTH(others); k++) {
        print_mask(ZF_A64_EOR, "eor", ZF_A64_X, (Triple){3, 4, 0}, others[k]);
    }
    print_mask(ZF_A64_EOR, "eor", ZF_A64_W, (Triple){3, 4, 0}, 0);
}

static void print_logic(void)
{
    for (unsigned number = 0; number < TRIPLES * LENGTH(widths) * LENGTH(logics); number++) {
        size_t i = number / TRIPLES / 2;
        ZfA64Width width = widths[number / TRIPLES % 2];
        Triple r = triple(number % TRIPLES);
        const char *name = logics[i].name;
        PAIR(zf_a64_logic(logics[i].logic, width, r.d, r.n, r.m), "%s %s, %s, %s", name,
             zero(width, r.d), zero(width, r.n), zero(width, r.m));
        for (unsigned shift = 0; shift < LENGTH(shifts); shift++) {
            PAIR(zf_a64_logic_shifted(logics[i].logic, width, r.d, r.n, r.m, (ZfA64Shift)shift,
                                      r.d + 1),
                 "%s %s, %s, %s, %s #%u", name, zero(width, r.d), zero(width, r.n),
                 zero(width, r.m), shifts[shift], r.d + 1);
        }
        print_mask(logics[i].logic, name, width, r, 0xff0);
    }
    for (unsigned number = 0; number < TRIPLES * LENGTH(widths); number++) {
        ZfA64Width width = widths[number / TRIPLES];
        Triple r = triple(number % TRIPLES);
        PAIR(zf_a64_tst_mask(width, r.n, 0x3), "tst %s, #3", zero(width, r.n));
        PAIR(zf_a64_rbit(width, r.d, r.n), "rbit %s, %s", zero(width, r.d), zero(width, r.n));
        PAIR(zf_a64_clz(width, r.d, r.n), "clz %s, %s", zero(width, r.d), zero(width, r.n));
        PAIR(zf_a64_mov(width, r.d, r.m), "mov %s, %s", zero(width, r.d), zero(width, r.m));
    }
    for (unsigned i = 0; i < 31; i++) {
        PAIR(zf_a64_mov_sp(i, 31), "mov x%u, sp", i);
        PAIR(zf_a64_mov_sp(31, i), "mov sp, x%u", i);
    }
}

static void print_fields(ZfA64Width width, unsigned d, unsigned n, unsigned amount)
{
    const char *to = zero(width, d), *from = zero(width, n);
    PAIR(zf_a64_lsr(width, d, n, amount), "lsr %s, %s, #%u", to, from, amount);
}

static void print_shifts(void)
{
    for (size_t i = 0; i < LENGTH(widths); i++) {
        ZfA64Width width = widths[i];
        for (unsigned number = 0; number < TRIPLES; number++) {
            Triple r = triple(number);
            print_fields(width, r.d, r.n, r.m);
        }
        for (unsigned amount = 0; amount <= 64; amount++) {
            print_fields(width, 3, 4, amount);
            for (unsigned count = 1; count <= 65; count += 13) {
                unsigned high = amount + count - 1;
                PAIR(zf_a64_extract(true, width, 3, 4, amount, high), "sbfx %s, %s, #%u, #%u",
                     zero(width, 3), zero(width, 4), amount, count);
                PAIR(zf_a64_extract(false, width, 3, 4, amount, high), "ubfx %s, %s, #%u, #%u",
                     zero(width, 3), zero(width, 4), amount, count);
            }
        }
        for (unsigned number = 0; number < TRIPLES; number++) {
            Triple r = triple(number);
            const char *d = zero(width, r.d), *n = zero(ZF_A64_W, r.n);
            PAIR(zf_a64_sxt(width, r.d, r.n, 8), "sxtb %s, %s", d, n);
            PAIR(zf_a64_sxt(width, r.d, r.n, 16), "sxth %s, %s", d, n);
        }
    }
    for (unsigned number = 0; number < TRIPLES; number++) {
        Triple r = triple(number);
        const char *n = zero(ZF_A64_W, r.n);
        PAIR(zf_a64_sxt(ZF_A64_X, r.d, r.n, 32), "sxtw %s, %s", zero(ZF_A64_X, r.d), n);
        PAIR(zf_a64_uxt(r.d, r.n, 8), "uxtb %s, %s", zero(ZF_A64_W, r.d), n);
        PAIR(zf_a64_uxt(r.d, r.n, 16), "uxth %s, %s", zero(ZF_A64_W, r.d), n);
    }
}

/* -- Choices and branches ---------------------------------------------------------------------- */

static const char *const conditions[] = {"eq", "ne", "hs", "lo", "mi", "pl", "vs",
                                         "vc", "hi", "ls", "ge", "lt", "gt", "le"};

static void print_choices(void)
{
    static const struct {
        ZfA64Else otherwise;
        const char *name;
    } choices[] = {{ZF_A64_CSEL, "csel"},
                   {ZF_A64_CSINC, "csinc"},
                   {ZF_A64_CSINV, "csinv"},
                   {ZF_A64_CSNEG, "csneg"}};
    for (unsigned number = 0; number < TRIPLES * LENGTH(widths); number++) {
        ZfA64Width width = widths[number / TRIPLES];
        Triple r = triple(number % TRIPLES);
        unsigned condition = number % LENGTH(conditions);
        const char *d = zero(width, r.d), *n = zero(width, r.n), *m = zero(width, r.m);
        const char *name = conditions[condition];
        for (size_t i = 0; i < LENGTH(choices); i++) {
            PAIR(zf_a64_select(choices[i].otherwise, width, r.d, r.n, r.m,
                               (ZfA64Condition)condition),
                 "%s %s, %s, %s, %s", choices[i].name, d, n, m, name);
        }
        PAIR(zf_a64_cset(width, r.d, (ZfA64Condition)condition), "cset %s, %s", d, name);
        PAIR(zf_a64_cneg(width, r.d, r.n, (ZfA64Condition)condition), "cneg %s, %s, %s", d, n,
             name);
    }
}

/* The distances at the ends of so many bits, and those that do not fit. */
static int64_t distance_of(unsigned bits, size_t index)
{
    int64_t end = (int64_t)4 << (bits - 1);
    const int64_t distances[] = {0, 4, -4, end - 4, -end, end, -end - 4, 2, -1};
    return index < LENGTH(distances) ? distances[index] : INT64_MIN;
}

#define FOR_DISTANCES(distance, bits)                                                              \
    for (int64_t at_ = 0, distance; (distance = distance_of((bits), at_)) != INT64_MIN; at_++)

static void print_branches(void)
{
    FOR_DISTANCES(distance, 26)
    {
        PAIR(zf_a64_b(distance), "b . + (%" PRId64 ")", distance);
    }
    for (unsigned i = 0; i < LENGTH(conditions); i++) {
        FOR_DISTANCES(distance, 19)
        {
            PAIR(zf_a64_b_if((ZfA64Condition)i, distance), "b.%s . + (%" PRId64 ")", conditions[i],
                 distance);
        }
    }
    FOR_DISTANCES(distance, 19)
    {
        PAIR(zf_a64_cbz(true, ZF_A64_X, 9, distance), "cbz x9, . + (%" PRId64 ")", distance);
    }
    FOR_DISTANCES(distance, 14)
    {
        PAIR(zf_a64_tbz(true, 9, 40, distance), "tbz x9, #40, . + (%" PRId64 ")", distance);
    }
    for (unsigned i = 0; i < 32; i++) {
        const char *w = zero(ZF_A64_W, i), *x = zero(ZF_A64_X, i);
        PAIR(zf_a64_cbz(true, ZF_A64_W, i, 64), "cbz %s, . + 64", w);
        PAIR(zf_a64_cbz(false, ZF_A64_X, i, -64), "cbnz %s, . - 64", x);
        PAIR(zf_a64_tbz(true, i, 63, -64), "tbz %s, #63, . - 64", x);
        PAIR(zf_a64_tbz(false, i, i, 64), "tbnz %s, #%u, . + 64", w, i);
        PAIR(zf_a64_tbz(false, 5, i + 32, 64), "tbnz x5, #%u, . + 64", i + 32);
        PAIR(zf_a64_br(i), "br %s", x);
        PAIR(zf_a64_blr(i), "blr %s", x);
    }
    REFUSED(zf_a64_tbz(true, 5, 64, 64));
    PAIR(zf_a64_ret(), "ret");
    PAIR(zf_a64_hint(ZF_A64_NOP), "nop");
    PAIR(zf_a64_hint(ZF_A64_BTI_C), "hint #34");
}

/* -- Vector registers -------------------------------------------------------------------------- */

static void print_vectors(void)
{
    for (unsigned number = 0; number < TRIPLES; number++) {
        Triple r = triple(number);
        const char *w = zero(ZF_A64_W, r.n), *x = zero(ZF_A64_X, r.n);
        PAIR(zf_a64_fmov_to_general(ZF_A64_DOUBLE, r.n, r.d), "fmov %s, d%u", x, r.d);
        PAIR(zf_a64_fmov_to_general(ZF_A64_FLOAT, r.n, r.d), "fmov %s, s%u", w, r.d);
        PAIR(zf_a64_fmov_from_general(ZF_A64_DOUBLE, r.d, r.n), "fmov d%u, %s", r.d, x);
        PAIR(zf_a64_fmov_from_general(ZF_A64_FLOAT, r.d, r.n), "fmov s%u, %s", r.d, w);
        PAIR(zf_a64_fcvt(ZF_A64_DOUBLE, r.d, r.n), "fcvt d%u, s%u", r.d, r.n);
        PAIR(zf_a64_fcvt(ZF_A64_FLOAT, r.d, r.n), "fcvt s%u, d%u", r.d, r.n);
        PAIR(zf_a64_scvtf(ZF_A64_DOUBLE, ZF_A64_X, r.d, r.n), "scvtf d%u, %s", r.d, x);
        PAIR(zf_a64_scvtf(ZF_A64_DOUBLE, ZF_A64_W, r.d, r.n), "scvtf d%u, %s", r.d, w);
        PAIR(zf_a64_scvtf(ZF_A64_FLOAT, ZF_A64_X, r.d, r.n), "scvtf s%u, %s", r.d, x);
        PAIR(zf_a64_scvtf(ZF_A64_FLOAT, ZF_A64_W, r.d, r.n), "scvtf s%u, %s", r.d, w);
        PAIR(zf_a64_cmeq_zero(r.d, r.n), "cmeq v%u.16b, v%u.16b, #0", r.d, r.n);
        PAIR(zf_a64_shrn4(r.d, r.n), "shrn v%u.8b, v%u.8h, #4", r.d, r.n);
    }
}

static void print_refused(void)
{
    REFUSED(zf_a64_mov(ZF_A64_X, 32, 0));
    REFUSED(zf_a64_mov(ZF_A64_X, 0, 32));
    REFUSED(zf_a64_br(32));
    REFUSED(zf_a64_stlxr(1, 1, 2));
    REFUSED(zf_a64_stlxr(2, 1, 2));
    REFUSED(zf_a64_branch(ZF_A64_NONE, 4));
    REFUSED(zf_a64_madd(ZF_A64_X, 0, 0, 0, 32));
    REFUSED(zf_a64_store_pair(ZF_A64_LONG, ZF_A64_OFFSET, 0, 32, 31, 0));
    REFUSED(zf_a64_load_pair(ZF_A64_BYTE, ZF_A64_OFFSET, 0, 1, 31, 0));
    /* Where the manual leaves open what happens; assemblers only warn. */
    REFUSED(zf_a64_load_pair(ZF_A64_D, ZF_A64_OFFSET, 1, 1, 31, 0));
    REFUSED(zf_a64_load_pair(ZF_A64_LONG, ZF_A64_POST, 1, 2, 2, 16));
    REFUSED(zf_a64_store_pair(ZF_A64_LONG, ZF_A64_PRE, 1, 2, 1, -16));
}

int main(void)
{
    print_memories();
    print_ordered();
    print_pairs();
    print_constants();
    print_sums();
    print_logic();
    print_masks();
    print_shifts();
    print_choices();
    print_branches();
    print_vectors();
    print_refused();
    return 0;
}
