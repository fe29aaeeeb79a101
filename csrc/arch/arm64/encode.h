/* encode.h - the instructions of arm64 that stubs are made of.
 *
 * Each function gives the word of one instruction, or ZF_A64_NONE if an operand does not fit into
 * it: an offset that is too far, a constant that is no bitmask. Nothing is ever cut off. That word
 * is 0, which is `udf #0`, so one that gets into code all the same is no other instruction.
 *
 * Operands stand in the order of the assembler's. Register 31 is the stack pointer where it says
 * so, and the zero register everywhere else. Section numbers are those of the Arm Architecture
 * Reference Manual (DDI 0487), chapter C4, "A64 instruction set encoding". */
#ifndef ZF_ARM64_ENCODE_H
#define ZF_ARM64_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

enum { ZF_A64_NONE = 0 };

/* General registers, and by the same numbers those of vectors. */
enum { ZF_A64_FP = 29, ZF_A64_LR = 30, ZF_A64_SP = 31, ZF_A64_ZR = 31 };

typedef enum ZfA64Width { ZF_A64_W = 0, ZF_A64_X = 1 } ZfA64Width;

typedef enum ZfA64Condition {
    ZF_A64_EQ,
    ZF_A64_NE,
    ZF_A64_HS, /* unsigned >= */
    ZF_A64_LO, /* unsigned < */
    ZF_A64_MI,
    ZF_A64_PL,
    ZF_A64_VS, /* overflow; of floating numbers, unordered */
    ZF_A64_VC,
    ZF_A64_HI, /* unsigned > */
    ZF_A64_LS, /* unsigned <= */
    ZF_A64_GE,
    ZF_A64_LT,
    ZF_A64_GT,
    ZF_A64_LE,
} ZfA64Condition;

static inline ZfA64Condition zf_a64_not(ZfA64Condition condition)
{
    return (ZfA64Condition)((int)condition ^ 1);
}

/* The word, with registers where most instructions have their first three operands. */
static inline uint32_t zf_a64_word(bool fits, uint32_t word, unsigned d, unsigned n, unsigned m)
{
    return fits && d < 32 && n < 32 && m < 32 ? word | m << 16 | n << 5 | d : ZF_A64_NONE;
}

static inline bool zf_a64_is_signed(int64_t value, unsigned bits)
{
    return value >= -((int64_t)1 << (bits - 1)) && value < (int64_t)1 << (bits - 1);
}

/* The lowest bits of a number that fits into them, at a place of the word. */
static inline uint32_t zf_a64_field(int64_t value, unsigned bits, unsigned at)
{
    return ((uint32_t)value & (UINT32_MAX >> (32 - bits))) << at;
}

/* -- Memory (Loads and stores) ----------------------------------------------------------------- */

/* What is loaded or stored, as fields of the load: the first digit is size, the second V and opc.
 * The base is the stack pointer where it is 31. */
typedef enum ZfA64Access {
    ZF_A64_BYTE = 0x01,
    ZF_A64_HALF = 0x11,
    ZF_A64_WORD = 0x21,
    ZF_A64_LONG = 0x31,
    /* Loads that extend the sign, to 32 or 64 bits. */
    ZF_A64_SIGNED_BYTE_W = 0x03,
    ZF_A64_SIGNED_BYTE = 0x02,
    ZF_A64_SIGNED_HALF_W = 0x13,
    ZF_A64_SIGNED_HALF = 0x12,
    ZF_A64_SIGNED_WORD = 0x22,
    /* Vector registers: 4, 8 and 16 bytes. */
    ZF_A64_S = 0x25,
    ZF_A64_D = 0x35,
    ZF_A64_Q = 0x07,
} ZfA64Access;

/* By an offset of 12 unsigned bits in units of the size, or of 9 signed bits. */
static inline uint32_t zf_a64_memory(unsigned access, unsigned t, unsigned base, int64_t offset)
{
    unsigned scale = (access & 7) >= 6 ? 4 : access >> 4;
    uint32_t word = access >> 4 << 30 | (access >> 2 & 1) << 26 | (access & 3) << 22;
    if (offset >= 0 && offset % (1 << scale) == 0 && offset >> scale < 1 << 12) {
        return zf_a64_word(true, word | 0x39000000 | zf_a64_field(offset >> scale, 12, 10), t, base,
                           0);
    }
    return zf_a64_word(zf_a64_is_signed(offset, 9), word | 0x38000000 | zf_a64_field(offset, 9, 12),
                       t, base, 0);
}

static inline uint32_t zf_a64_load(ZfA64Access access, unsigned t, unsigned base, int64_t offset)
{
    return zf_a64_memory(access, t, base, offset);
}

/* Without the sign: 0 in the opc of the others, 2 in that of Q. */
static inline uint32_t zf_a64_store(ZfA64Access access, unsigned t, unsigned base, int64_t offset)
{
    bool is_signed = (access & 6) == 2;
    return is_signed ? ZF_A64_NONE : zf_a64_memory(access & ~1u, t, base, offset);
}

/* How the base of a pair changes: not at all, after the access, before it. */
typedef enum ZfA64Index { ZF_A64_OFFSET = 2, ZF_A64_POST = 1, ZF_A64_PRE = 3 } ZfA64Index;

/* Pairs of LONG, S, D or Q, by an offset of 7 signed bits in units of the size. */
static inline uint32_t zf_a64_pair(ZfA64Access access, ZfA64Index index, bool is_load, unsigned t,
                                   unsigned u, unsigned base, int64_t offset)
{
    uint32_t word;
    unsigned scale;
    switch (access) {
    case ZF_A64_LONG: word = 0xa8000000, scale = 3; break;
    case ZF_A64_S: word = 0x2c000000, scale = 2; break;
    case ZF_A64_D: word = 0x6c000000, scale = 3; break;
    case ZF_A64_Q: word = 0xac000000, scale = 4; break;
    default: return ZF_A64_NONE;
    }
    bool is_general = access == ZF_A64_LONG;
    /* What the manual leaves unpredictable: the base changed and also loaded or stored; a register
     * loaded twice. */
    bool is_clash = index != ZF_A64_OFFSET && is_general && base != ZF_A64_SP &&
                    (t == base || u == base);
    bool fits = !is_clash && !(is_load && t == u) && u < 32 && offset % (1 << scale) == 0 &&
                zf_a64_is_signed(offset / (1 << scale), 7);
    word |= (uint32_t)index << 23 | (uint32_t)is_load << 22 |
            zf_a64_field(offset / (1 << scale), 7, 15) | (u & 31) << 10;
    return zf_a64_word(fits, word, t, base, 0);
}

static inline uint32_t zf_a64_load_pair(ZfA64Access access, ZfA64Index index, unsigned t,
                                        unsigned u, unsigned base, int64_t offset)
{
    return zf_a64_pair(access, index, true, t, u, base, offset);
}

static inline uint32_t zf_a64_store_pair(ZfA64Access access, ZfA64Index index, unsigned t,
                                         unsigned u, unsigned base, int64_t offset)
{
    return zf_a64_pair(access, index, false, t, u, base, offset);
}

/* For all cores in one order: loads that later accesses do not overtake, and a store that nothing
 * before it does. The exclusive ones come in pairs; `status` is 0 if nobody else has written
 * between them. */
static inline uint32_t zf_a64_ldar(unsigned t, unsigned base)
{
    return zf_a64_word(true, 0xc8dffc00, t, base, 0);
}

static inline uint32_t zf_a64_ldaxr(unsigned t, unsigned base)
{
    return zf_a64_word(true, 0xc85ffc00, t, base, 0);
}

static inline uint32_t zf_a64_stlxr(unsigned status, unsigned t, unsigned base)
{
    return zf_a64_word(status != t && status != base, 0xc800fc00, t, base, status);
}

/* -- Addresses (Data processing - immediate) --------------------------------------------------- */

/* The address of the instruction's 4 KiB page, plus so many pages: 21 bits. */
static inline uint32_t zf_a64_adrp(unsigned d, int64_t pages)
{
    return zf_a64_word(zf_a64_is_signed(pages, 21),
                       0x90000000 | zf_a64_field(pages, 2, 29) | zf_a64_field(pages >> 2, 19, 5), d,
                       0, 0);
}

/* -- Constants --------------------------------------------------------------------------------- */

/* 16 bits of a register: all others become 0, or ones (then `bits` are inverted too), or stay. */
typedef enum ZfA64Wide { ZF_A64_MOVN = 0, ZF_A64_MOVZ = 2, ZF_A64_MOVK = 3 } ZfA64Wide;

static inline uint32_t zf_a64_wide(ZfA64Wide way, ZfA64Width width, unsigned d, uint64_t bits,
                                   unsigned shift)
{
    bool fits = bits <= 0xffff && shift % 16 == 0 && shift < (width == ZF_A64_X ? 64 : 32);
    uint32_t word = 0x12800000 | (uint32_t)width << 31 | (uint32_t)way << 29 |
                    (shift / 16 & 3) << 21 | ((uint32_t)bits & 0xffff) << 5;
    return zf_a64_word(fits, word, d, 0, 0);
}

/* -- Sums -------------------------------------------------------------------------------------- */

/* With S, the flags are set. */
typedef enum ZfA64Sum { ZF_A64_ADD = 0, ZF_A64_ADDS = 1, ZF_A64_SUB = 2, ZF_A64_SUBS = 3 } ZfA64Sum;

/* A number of 12 bits, or one with zeros below them. `n` may be the stack pointer, and so may `d`
 * where no flags are set. */
static inline uint32_t zf_a64_sum_number(ZfA64Sum sum, ZfA64Width width, unsigned d, unsigned n,
                                         uint64_t number)
{
    bool is_high = number > 0xfff;
    uint64_t field = is_high ? number >> 12 : number;
    bool fits = field <= 0xfff && (!is_high || (number & 0xfff) == 0);
    uint32_t word = 0x11000000 | (uint32_t)width << 31 | (uint32_t)sum << 29 |
                    (uint32_t)is_high << 22 | ((uint32_t)field & 0xfff) << 10;
    return zf_a64_word(fits, word, d, n, 0);
}

typedef enum ZfA64Shift { ZF_A64_LSL, ZF_A64_LSR, ZF_A64_ASR } ZfA64Shift;

static inline uint32_t zf_a64_sum_shifted(ZfA64Sum sum, ZfA64Width width, unsigned d, unsigned n,
                                          unsigned m, ZfA64Shift shift, unsigned amount)
{
    uint32_t word = 0x0b000000 | (uint32_t)width << 31 | (uint32_t)sum << 29 |
                    (uint32_t)shift << 22 | (amount & 63) << 10;
    return zf_a64_word(amount < (width == ZF_A64_X ? 64 : 32), word, d, n, m);
}

static inline uint32_t zf_a64_sum(ZfA64Sum sum, ZfA64Width width, unsigned d, unsigned n,
                                  unsigned m)
{
    return zf_a64_sum_shifted(sum, width, d, n, m, ZF_A64_LSL, 0);
}

/* The second number is the lowest part of `m`, extended. Stack pointers as above. */
typedef enum ZfA64Extend {
    ZF_A64_UXTB,
    ZF_A64_UXTH,
    ZF_A64_UXTW,
    ZF_A64_UXTX,
    ZF_A64_SXTB,
    ZF_A64_SXTH,
    ZF_A64_SXTW,
    ZF_A64_SXTX,
} ZfA64Extend;

static inline uint32_t zf_a64_sum_extended(ZfA64Sum sum, ZfA64Width width, unsigned d, unsigned n,
                                           unsigned m, ZfA64Extend extend)
{
    uint32_t word = 0x0b200000 | (uint32_t)width << 31 | (uint32_t)sum << 29 |
                    (uint32_t)extend << 13;
    return zf_a64_word(true, word, d, n, m);
}

static inline uint32_t zf_a64_cmp(ZfA64Width width, unsigned n, unsigned m)
{
    return zf_a64_sum(ZF_A64_SUBS, width, ZF_A64_ZR, n, m);
}

static inline uint32_t zf_a64_cmp_number(ZfA64Width width, unsigned n, uint64_t number)
{
    return zf_a64_sum_number(ZF_A64_SUBS, width, ZF_A64_ZR, n, number);
}

/* d = n * m, and d = a + n * m. */
static inline uint32_t zf_a64_madd(ZfA64Width width, unsigned d, unsigned n, unsigned m, unsigned a)
{
    return zf_a64_word(a < 32, 0x1b000000 | (uint32_t)width << 31 | (a & 31) << 10, d, n, m);
}

static inline uint32_t zf_a64_mul(ZfA64Width width, unsigned d, unsigned n, unsigned m)
{
    return zf_a64_madd(width, d, n, m, ZF_A64_ZR);
}

/* -- Bits -------------------------------------------------------------------------------------- */

typedef enum ZfA64Logic {
    ZF_A64_AND = 0,
    ZF_A64_ORR = 1,
    ZF_A64_EOR = 2,
    ZF_A64_ANDS = 3, /* and sets the flags */
} ZfA64Logic;

static inline uint32_t zf_a64_logic_shifted(ZfA64Logic logic, ZfA64Width width, unsigned d,
                                            unsigned n, unsigned m, ZfA64Shift shift,
                                            unsigned amount)
{
    uint32_t word = 0x0a000000 | (uint32_t)width << 31 | (uint32_t)logic << 29 |
                    (uint32_t)shift << 22 | (amount & 63) << 10;
    return zf_a64_word(amount < (width == ZF_A64_X ? 64 : 32), word, d, n, m);
}

static inline uint32_t zf_a64_logic(ZfA64Logic logic, ZfA64Width width, unsigned d, unsigned n,
                                    unsigned m)
{
    return zf_a64_logic_shifted(logic, width, d, n, m, ZF_A64_LSL, 0);
}

/* The N, immr and imms fields of a constant that repeats one rotated run of ones
 * ("DecodeBitMasks"): false if it is none, as 0 and all ones are not. */
static inline bool zf_a64_bitmask(uint64_t mask, ZfA64Width width, uint32_t *fields)
{
    if (width == ZF_A64_W) {
        if (mask > UINT32_MAX) {
            return false;
        }
        mask |= mask << 32;
    }
    if (mask == 0 || mask == UINT64_MAX) {
        return false;
    }
    unsigned size = 64; /* of what is repeated */
    while (size > 2 && (mask << (size / 2) | mask >> (64 - size / 2)) == mask) {
        size /= 2;
    }
    uint64_t element = mask & UINT64_MAX >> (64 - size);
    unsigned first = 0, ones = 1; /* where the run begins, and how long it is */
    while (!(element >> first & 1) || element >> ((first + size - 1) % size) & 1) {
        first++;
    }
    uint64_t run = first == 0 ? element : element >> first | element << (size - first);
    run &= UINT64_MAX >> (64 - size);
    while (run >> ones & 1) {
        ones++;
    }
    if (run >> ones != 0) {
        return false;
    }
    uint32_t n = size == 64, rotation = (size - first) % size;
    uint32_t length = (~(2 * size - 1) & 63) | (ones - 1); /* N:imms say size and length at once */
    *fields = n << 22 | rotation << 16 | length << 10;
    return true;
}

/* `d` may be the stack pointer where no flags are set. */
static inline uint32_t zf_a64_logic_mask(ZfA64Logic logic, ZfA64Width width, unsigned d, unsigned n,
                                         uint64_t mask)
{
    uint32_t fields = 0;
    bool fits = zf_a64_bitmask(mask, width, &fields);
    return zf_a64_word(fits, 0x12000000 | (uint32_t)width << 31 | (uint32_t)logic << 29 | fields, d,
                       n, 0);
}

static inline uint32_t zf_a64_tst_mask(ZfA64Width width, unsigned n, uint64_t mask)
{
    return zf_a64_logic_mask(ZF_A64_ANDS, width, ZF_A64_ZR, n, mask);
}

/* Between general registers; the other one to or from the stack pointer. */
static inline uint32_t zf_a64_mov(ZfA64Width width, unsigned d, unsigned m)
{
    return zf_a64_logic(ZF_A64_ORR, width, d, ZF_A64_ZR, m);
}

static inline uint32_t zf_a64_mov_sp(unsigned d, unsigned n)
{
    return zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, d, n, 0);
}

/* Moves the bits from `low` to `high` of `n` down to bit 0, and fills all others with 0, or by the
 * highest of them: what shifts right, and extensions, are. */
static inline uint32_t zf_a64_extract(bool is_signed, ZfA64Width width, unsigned d, unsigned n,
                                      unsigned low, unsigned high)
{
    uint32_t word = (is_signed ? 0x13000000 : 0x53000000) | (uint32_t)width << 31 |
                    (uint32_t)width << 22 | (low & 63) << 16 | (high & 63) << 10;
    return zf_a64_word(low <= high && high < (width == ZF_A64_X ? 64 : 32), word, d, n, 0);
}

static inline uint32_t zf_a64_lsr(ZfA64Width width, unsigned d, unsigned n, unsigned amount)
{
    return zf_a64_extract(false, width, d, n, amount, width == ZF_A64_X ? 63 : 31);
}

/* The lowest 8, 16 or 32 bits, extended to the whole register. Unsigned numbers take the narrow
 * form, which clears the upper half. */
static inline uint32_t zf_a64_sxt(ZfA64Width width, unsigned d, unsigned n, unsigned bits)
{
    return zf_a64_extract(true, width, d, n, 0, bits - 1);
}

static inline uint32_t zf_a64_uxt(unsigned d, unsigned n, unsigned bits)
{
    return zf_a64_extract(false, ZF_A64_W, d, n, 0, bits - 1);
}

/* The bits in the opposite order; the number of zeros above the highest one. */
static inline uint32_t zf_a64_rbit(ZfA64Width width, unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x5ac00000 | (uint32_t)width << 31, d, n, 0);
}

static inline uint32_t zf_a64_clz(ZfA64Width width, unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x5ac01000 | (uint32_t)width << 31, d, n, 0);
}

/* -- Choices ----------------------------------------------------------------------------------- */

/* d = condition ? n : the other: m, m + 1, ~m, -m. */
typedef enum ZfA64Else {
    ZF_A64_CSEL = 0x1a800000,
    ZF_A64_CSINC = 0x1a800400,
    ZF_A64_CSINV = 0x5a800000,
    ZF_A64_CSNEG = 0x5a800400,
} ZfA64Else;

static inline uint32_t zf_a64_select(ZfA64Else otherwise, ZfA64Width width, unsigned d, unsigned n,
                                     unsigned m, ZfA64Condition condition)
{
    return zf_a64_word(
        true, (uint32_t)otherwise | (uint32_t)width << 31 | (uint32_t)condition << 12, d, n, m);
}

static inline uint32_t zf_a64_cset(ZfA64Width width, unsigned d, ZfA64Condition condition)
{
    return zf_a64_select(ZF_A64_CSINC, width, d, ZF_A64_ZR, ZF_A64_ZR, zf_a64_not(condition));
}

/* d = condition ? -n : n */
static inline uint32_t zf_a64_cneg(ZfA64Width width, unsigned d, unsigned n,
                                   ZfA64Condition condition)
{
    return zf_a64_select(ZF_A64_CSNEG, width, d, n, n, zf_a64_not(condition));
}

/* -- Branches ---------------------------------------------------------------------------------- */

/* Distances are in bytes, from the instruction itself. */
typedef struct ZfA64Distance {
    unsigned bits, at; /* the field, in units of an instruction */
} ZfA64Distance;

static inline ZfA64Distance zf_a64_distance_of(uint32_t branch)
{
    if ((branch & 0x7c000000) == 0x14000000) {
        return (ZfA64Distance){26, 0}; /* b */
    }
    if ((branch & 0x7e000000) == 0x36000000) {
        return (ZfA64Distance){14, 5}; /* tbz, tbnz */
    }
    return (ZfA64Distance){19, 5};
}

/* A branch whose distance is 0, with another one. */
static inline uint32_t zf_a64_branch(uint32_t branch, int64_t distance)
{
    ZfA64Distance field = zf_a64_distance_of(branch);
    bool fits = branch != ZF_A64_NONE && distance % 4 == 0 &&
                zf_a64_is_signed(distance / 4, field.bits);
    return fits ? branch | zf_a64_field(distance / 4, field.bits, field.at) : ZF_A64_NONE;
}

static inline uint32_t zf_a64_b(int64_t distance)
{
    return zf_a64_branch(0x14000000, distance);
}

static inline uint32_t zf_a64_b_if(ZfA64Condition condition, int64_t distance)
{
    return zf_a64_branch(0x54000000 | (uint32_t)condition, distance);
}

/* If a register is 0, or is not. */
static inline uint32_t zf_a64_cbz(bool is_zero, ZfA64Width width, unsigned t, int64_t distance)
{
    uint32_t word = (is_zero ? 0x34000000 : 0x35000000) | (uint32_t)width << 31;
    return zf_a64_branch(zf_a64_word(true, word, t, 0, 0), distance);
}

/* If a bit is 0, or is not. */
static inline uint32_t zf_a64_tbz(bool is_zero, unsigned t, unsigned bit, int64_t distance)
{
    uint32_t word = (is_zero ? 0x36000000 : 0x37000000) | (bit >> 5 & 1) << 31 | (bit & 31) << 19;
    return zf_a64_branch(zf_a64_word(bit < 64, word, t, 0, 0), distance);
}

static inline uint32_t zf_a64_br(unsigned n)
{
    return zf_a64_word(true, 0xd61f0000, 0, n, 0);
}

static inline uint32_t zf_a64_blr(unsigned n)
{
    return zf_a64_word(true, 0xd63f0000, 0, n, 0);
}

static inline uint32_t zf_a64_ret(void)
{
    return zf_a64_word(true, 0xd65f0000, 0, ZF_A64_LR, 0);
}

/* CPUs that do not know a hint do nothing. */
typedef enum ZfA64Hint { ZF_A64_NOP = 0, ZF_A64_BTI_C = 34 } ZfA64Hint;

static inline uint32_t zf_a64_hint(ZfA64Hint hint)
{
    return 0xd503201f | (uint32_t)hint << 5;
}

/* -- Floating point ---------------------------------------------------------------------------- */

typedef enum ZfA64Float { ZF_A64_FLOAT = 0, ZF_A64_DOUBLE = 1 } ZfA64Float;

/* The bits of a vector register's lowest part, and back: 32 of a float, 64 of a double. */
static inline uint32_t zf_a64_fmov_to_general(ZfA64Float type, unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x1e260000 | (uint32_t)type << 31 | (uint32_t)type << 22, d, n, 0);
}

static inline uint32_t zf_a64_fmov_from_general(ZfA64Float type, unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x1e270000 | (uint32_t)type << 31 | (uint32_t)type << 22, d, n, 0);
}

/* To that type, from the other one. */
static inline uint32_t zf_a64_fcvt(ZfA64Float type, unsigned d, unsigned n)
{
    return zf_a64_word(true, type == ZF_A64_FLOAT ? 0x1e624000 : 0x1e22c000, d, n, 0);
}

static inline uint32_t zf_a64_scvtf(ZfA64Float type, ZfA64Width width, unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x1e220000 | (uint32_t)width << 31 | (uint32_t)type << 22, d, n, 0);
}

/* -- 16 bytes at a time ------------------------------------------------------------------------ */

/* Of each byte: all ones if it is 0. */
static inline uint32_t zf_a64_cmeq_zero(unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x4e209800, d, n, 0);
}

/* Of each two bytes, together shifted right by 4, the lower one: of all ones and zeros in bytes,
 * the same in half the bits, 64 in all. */
static inline uint32_t zf_a64_shrn4(unsigned d, unsigned n)
{
    return zf_a64_word(true, 0x0f0c8400, d, n, 0);
}

#endif
