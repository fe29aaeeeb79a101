/* encode.h - the x86-64 instructions that stubs are made of, as bytes (Intel SDM, volume 2).
 *
 * Each function appends one instruction to a piece of code. Names say the operands: _r a general
 * register, _x a vector register, _m memory at base + displacement, _i a constant, _l a literal of
 * the stub's table. Jumps go to labels, and always take the long form.
 */
#ifndef ZF_X86_ENCODE_H
#define ZF_X86_ENCODE_H

#include "../stub.h"

#include <string.h>

typedef enum ZfReg {
    ZF_RAX,
    ZF_RCX,
    ZF_RDX,
    ZF_RBX,
    ZF_RSP,
    ZF_RBP,
    ZF_RSI,
    ZF_RDI,
    ZF_R8,
    ZF_R9,
    ZF_R10,
    ZF_R11,
    ZF_R12,
    ZF_R13,
    ZF_R14,
    ZF_R15,
} ZfReg;

/* Conditions as the processor numbers them. */
typedef enum ZfCondition {
    ZF_IF_BELOW = 2,
    ZF_IF_NOT_BELOW = 3,
    ZF_IF_EQUAL = 4,
    ZF_IF_NOT_EQUAL = 5,
    ZF_IF_ABOVE = 7,
    ZF_IF_NEGATIVE = 8,
    ZF_IF_LESS = 12,
} ZfCondition;

/* A place in the code. Until it is bound, the jumps to it are a list through their displacements.
 */
typedef struct ZfLabel {
    uint32_t at;   /* 0: not bound */
    uint32_t last; /* the displacement of the last jump to it, 0 for none */
} ZfLabel;

/* -- Bytes ------------------------------------------------------------------------------------- */

static inline void zf_x86_bytes(ZfStubCode *code, const void *bytes, size_t size)
{
    if (code->size + size > sizeof code->bytes) {
        code->is_full = true;
        return;
    }
    memcpy(code->bytes + code->size, bytes, size);
    code->size += size;
}

static inline void zf_x86_byte(ZfStubCode *code, unsigned byte)
{
    zf_x86_bytes(code, &(uint8_t){(uint8_t)byte}, 1);
}

static inline void zf_x86_word(ZfStubCode *code, uint32_t word)
{
    zf_x86_bytes(code, &word, sizeof word);
}

/* An opcode: up to two prefixes before REX, what follows it. The byte 0x0f is part of it. */
typedef struct ZfOpcode {
    uint8_t prefix; /* 0x66, 0xf2, 0xf3, 0xf0 (lock), or 0 */
    bool is_wide;   /* REX.W */
    bool is_byte;   /* a register of it is a byte: REX has to be there for sil, dil */
    bool is_0f;
    uint8_t code;
} ZfOpcode;

static inline void zf_x86_opcode(ZfStubCode *code, ZfOpcode op, unsigned reg, unsigned base)
{
    unsigned rex = (op.is_wide ? 8 : 0) | (reg & 8 ? 4 : 0) | (base & 8 ? 1 : 0);
    if (op.prefix != 0) {
        zf_x86_byte(code, op.prefix);
    }
    if (rex != 0 || op.is_byte) {
        zf_x86_byte(code, 0x40 | rex);
    }
    if (op.is_0f) {
        zf_x86_byte(code, 0x0f);
    }
    zf_x86_byte(code, op.code);
}

/* Two registers; `reg` is the operand that ModRM.reg names, or an extension of the opcode. */
static inline void zf_x86_rr(ZfStubCode *code, ZfOpcode op, unsigned reg, unsigned rm)
{
    zf_x86_opcode(code, op, reg, rm);
    zf_x86_byte(code, 0xc0 | (reg & 7) << 3 | (rm & 7));
}

/* A register and memory. rsp and r12 as a base need a SIB byte, rbp and r13 a displacement. */
static inline void zf_x86_rm(ZfStubCode *code, ZfOpcode op, unsigned reg, ZfReg base, int32_t disp)
{
    bool is_short = disp >= -128 && disp <= 127;
    unsigned mode = disp == 0 && (base & 7) != ZF_RBP ? 0 : is_short ? 0x40 : 0x80;
    zf_x86_opcode(code, op, reg, base);
    zf_x86_byte(code, mode | (reg & 7) << 3 | (base & 7));
    if ((base & 7) == ZF_RSP) {
        zf_x86_byte(code, 0x24);
    }
    if (mode == 0x40) {
        zf_x86_byte(code, (uint8_t)disp);
    } else if (mode == 0x80) {
        zf_x86_word(code, (uint32_t)disp);
    }
}

/* A register and a literal, at a displacement from the next instruction. */
static inline void zf_x86_rl(ZfStubCode *code, ZfOpcode op, unsigned reg, ZfLiteral literal)
{
    zf_x86_opcode(code, op, reg, 0);
    zf_x86_byte(code, (reg & 7) << 3 | 5);
    if (code->literal_count == ZF_STUB_MAX_LITERALS) {
        code->is_full = true;
        return;
    }
    code->literals[code->literal_count++] = (ZfStubLiteral){(uint16_t)code->size, literal};
    zf_x86_word(code, 0);
}

/* -- Moves ------------------------------------------------------------------------------------- */

static inline void zf_x86_mov_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x89}, from, to);
}

/* The low 32 bits; the others become 0. */
static inline void zf_x86_mov32_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.code = 0x89}, from, to);
}

static inline void zf_x86_mov32_ri(ZfStubCode *code, ZfReg to, uint32_t value)
{
    zf_x86_opcode(code, (ZfOpcode){.code = (uint8_t)(0xb8 | (to & 7))}, 0, to);
    zf_x86_word(code, value);
}

static inline void zf_x86_mov_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .code = 0x8b}, to, base, disp);
}

static inline void zf_x86_mov32_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.code = 0x8b}, to, base, disp);
}

static inline void zf_x86_mov_mr(ZfStubCode *code, ZfReg base, int32_t disp, ZfReg from)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .code = 0x89}, from, base, disp);
}

static inline void zf_x86_mov_rl(ZfStubCode *code, ZfReg to, ZfLiteral literal)
{
    zf_x86_rl(code, (ZfOpcode){.is_wide = true, .code = 0x8b}, to, literal);
}

/* The low 16 bits; the others stay. */
static inline void zf_x86_mov16_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0x66, .code = 0x8b}, to, base, disp);
}

/* Zero- and sign-extended to 64 bits. */
static inline void zf_x86_movzx8_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_0f = true, .code = 0xb6}, to, base, disp);
}

static inline void zf_x86_movzx16_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_0f = true, .code = 0xb7}, to, base, disp);
}

static inline void zf_x86_movsx8_rm(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .is_0f = true, .code = 0xbe}, to, base, disp);
}

static inline void zf_x86_movzx8_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_byte = from >= ZF_RSP, .is_0f = true, .code = 0xb6}, to, from);
}

static inline void zf_x86_movzx16_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_0f = true, .code = 0xb7}, to, from);
}

static inline void zf_x86_movsx8_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .is_0f = true, .code = 0xbe}, to, from);
}

static inline void zf_x86_movsx16_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .is_0f = true, .code = 0xbf}, to, from);
}

static inline void zf_x86_movsx32_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x63}, to, from);
}

static inline void zf_x86_lea(ZfStubCode *code, ZfReg to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .code = 0x8d}, to, base, disp);
}

/* to = base + index + disp, which has 8 bits; the base is neither rbp nor r13, the index not rsp */
static inline void zf_x86_lea_index(ZfStubCode *code, ZfReg to, ZfReg base, ZfReg index,
                                    int8_t disp)
{
    unsigned rex = 0x48 | (to & 8 ? 4 : 0) | (index & 8 ? 2 : 0) | (base & 8 ? 1 : 0);
    const uint8_t bytes[] = {(uint8_t)rex, 0x8d, (uint8_t)(0x44 | (to & 7) << 3),
                             (uint8_t)((index & 7) << 3 | (base & 7)), (uint8_t)disp};
    zf_x86_bytes(code, bytes, sizeof bytes);
}

static inline void zf_x86_cmov_rl(ZfStubCode *code, ZfCondition condition, ZfReg to,
                                  ZfLiteral literal)
{
    ZfOpcode op = {.is_wide = true, .is_0f = true, .code = (uint8_t)(0x40 | condition)};
    zf_x86_rl(code, op, to, literal);
}

/* -- Arithmetic -------------------------------------------------------------------------------- */

static inline void zf_x86_sub_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x29}, from, to);
}

static inline void zf_x86_or_rr(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x09}, from, to);
}

static inline void zf_x86_cmp_rr(ZfStubCode *code, ZfReg left, ZfReg right)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x39}, right, left);
}

static inline void zf_x86_test_rr(ZfStubCode *code, ZfReg left, ZfReg right)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x85}, right, left);
}

static inline void zf_x86_test8_rr(ZfStubCode *code, ZfReg left, ZfReg right)
{
    bool is_byte = left >= ZF_RSP || right >= ZF_RSP;
    zf_x86_rr(code, (ZfOpcode){.is_byte = is_byte, .code = 0x84}, right, left);
}

/* The register becomes 0. */
static inline void zf_x86_clear(ZfStubCode *code, ZfReg reg)
{
    zf_x86_rr(code, (ZfOpcode){.code = 0x31}, reg, reg);
}

static inline void zf_x86_neg(ZfStubCode *code, ZfReg reg)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0xf7}, 3, reg);
}

static inline void zf_x86_shift_left(ZfStubCode *code, ZfReg reg, unsigned bits)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0xc1}, 4, reg);
    zf_x86_byte(code, bits);
}

static inline void zf_x86_shift_right(ZfStubCode *code, ZfReg reg, unsigned bits)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0xc1}, 5, reg);
    zf_x86_byte(code, bits);
}

/* One of the eight operations of a group with a constant, which is sign-extended. */
static inline void zf_x86_group1(ZfStubCode *code, bool is_wide, unsigned operation, ZfReg reg,
                                 int32_t value)
{
    bool is_short = value >= -128 && value <= 127;
    zf_x86_rr(code, (ZfOpcode){.is_wide = is_wide, .code = is_short ? 0x83 : 0x81}, operation, reg);
    if (is_short) {
        zf_x86_byte(code, (uint8_t)value);
    } else {
        zf_x86_word(code, (uint32_t)value);
    }
}

static inline void zf_x86_add_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_group1(code, true, 0, reg, value);
}

static inline void zf_x86_and32_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_group1(code, false, 4, reg, value);
}

static inline void zf_x86_sub_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_group1(code, true, 5, reg, value);
}

static inline void zf_x86_cmp_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_group1(code, true, 7, reg, value);
}

static inline void zf_x86_cmp32_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_group1(code, false, 7, reg, value);
}

/* The constant is sign-extended. */
static inline void zf_x86_test_ri(ZfStubCode *code, ZfReg reg, int32_t value)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0xf7}, 0, reg);
    zf_x86_word(code, (uint32_t)value);
}

static inline void zf_x86_test32_ri(ZfStubCode *code, ZfReg reg, uint32_t value)
{
    zf_x86_rr(code, (ZfOpcode){.code = 0xf7}, 0, reg);
    zf_x86_word(code, value);
}

static inline void zf_x86_cmp_rm(ZfStubCode *code, ZfReg reg, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .code = 0x3b}, reg, base, disp);
}

static inline void zf_x86_cmp_rl(ZfStubCode *code, ZfReg reg, ZfLiteral literal)
{
    zf_x86_rl(code, (ZfOpcode){.is_wide = true, .code = 0x3b}, reg, literal);
}

static inline void zf_x86_cmp_mi8(ZfStubCode *code, ZfReg base, int32_t disp, int8_t value)
{
    zf_x86_rm(code, (ZfOpcode){.is_wide = true, .code = 0x83}, 7, base, disp);
    zf_x86_byte(code, (uint8_t)value);
}

static inline void zf_x86_cmp32_mi8(ZfStubCode *code, ZfReg base, int32_t disp, int8_t value)
{
    zf_x86_rm(code, (ZfOpcode){.code = 0x83}, 7, base, disp);
    zf_x86_byte(code, (uint8_t)value);
}

static inline void zf_x86_test8_mi(ZfStubCode *code, ZfReg base, int32_t disp, uint8_t value)
{
    zf_x86_rm(code, (ZfOpcode){.code = 0xf6}, 0, base, disp);
    zf_x86_byte(code, value);
}

/* A word in memory, one more or one less; with `is_atomic`, for all processors at once. */
static inline void zf_x86_increment(ZfStubCode *code, ZfReg base, int32_t disp, bool is_atomic)
{
    ZfOpcode op = {.prefix = is_atomic ? 0xf0 : 0, .is_wide = true, .code = 0xff};
    zf_x86_rm(code, op, 0, base, disp);
}

static inline void zf_x86_decrement(ZfStubCode *code, ZfReg base, int32_t disp, bool is_atomic)
{
    ZfOpcode op = {.prefix = is_atomic ? 0xf0 : 0, .is_wide = true, .code = 0xff};
    zf_x86_rm(code, op, 1, base, disp);
}

/* The number of the lowest bit that is set; there is one. This is tzcnt, which processors that do
 * not know it take for bsf. */
static inline void zf_x86_bit_scan(ZfStubCode *code, ZfReg to, ZfReg from)
{
    zf_x86_rr(code, (ZfOpcode){.prefix = 0xf3, .is_0f = true, .code = 0xbc}, to, from);
}

/* to = from * factor */
static inline void zf_x86_multiply(ZfStubCode *code, ZfReg to, ZfReg from, int8_t factor)
{
    zf_x86_rr(code, (ZfOpcode){.is_wide = true, .code = 0x6b}, to, from);
    zf_x86_byte(code, (uint8_t)factor);
}

static inline void zf_x86_add_rl(ZfStubCode *code, ZfReg to, ZfLiteral literal)
{
    zf_x86_rl(code, (ZfOpcode){.is_wide = true, .code = 0x03}, to, literal);
}

/* -- Vector registers -------------------------------------------------------------------------- */

static inline void zf_x86_movsd_xm(ZfStubCode *code, unsigned to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0xf2, .is_0f = true, .code = 0x10}, to, base, disp);
}

static inline void zf_x86_movsd_mx(ZfStubCode *code, ZfReg base, int32_t disp, unsigned from)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0xf2, .is_0f = true, .code = 0x11}, from, base, disp);
}

static inline void zf_x86_movss_xm(ZfStubCode *code, unsigned to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0xf3, .is_0f = true, .code = 0x10}, to, base, disp);
}

static inline void zf_x86_movd_rx(ZfStubCode *code, ZfReg to, unsigned from)
{
    zf_x86_rr(code, (ZfOpcode){.prefix = 0x66, .is_0f = true, .code = 0x7e}, from, to);
}

/* double to float, from memory; float to double; int64_t to double */
static inline void zf_x86_cvtsd2ss_xm(ZfStubCode *code, unsigned to, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0xf2, .is_0f = true, .code = 0x5a}, to, base, disp);
}

static inline void zf_x86_cvtsd2ss_xx(ZfStubCode *code, unsigned to, unsigned from)
{
    zf_x86_rr(code, (ZfOpcode){.prefix = 0xf2, .is_0f = true, .code = 0x5a}, to, from);
}

static inline void zf_x86_cvtss2sd_xx(ZfStubCode *code, unsigned to, unsigned from)
{
    zf_x86_rr(code, (ZfOpcode){.prefix = 0xf3, .is_0f = true, .code = 0x5a}, to, from);
}

static inline void zf_x86_cvtsi2sd_xr(ZfStubCode *code, unsigned to, ZfReg from)
{
    ZfOpcode op = {.prefix = 0xf2, .is_wide = true, .is_0f = true, .code = 0x2a};
    zf_x86_rr(code, op, to, from);
}

static inline void zf_x86_clear_x(ZfStubCode *code, unsigned reg)
{
    zf_x86_rr(code, (ZfOpcode){.is_0f = true, .code = 0x57}, reg, reg); /* xorps */
}

/* Which of 16 bytes are equal; the memory is aligned to 16. */
static inline void zf_x86_pcmpeqb_xm(ZfStubCode *code, unsigned reg, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.prefix = 0x66, .is_0f = true, .code = 0x74}, reg, base, disp);
}

static inline void zf_x86_pmovmskb_rx(ZfStubCode *code, ZfReg to, unsigned from)
{
    zf_x86_rr(code, (ZfOpcode){.prefix = 0x66, .is_0f = true, .code = 0xd7}, to, from);
}

/* -- Jumps and calls --------------------------------------------------------------------------- */

static inline void zf_x86_landing_pad(ZfStubCode *code)
{
    zf_x86_bytes(code, (const uint8_t[]){0xf3, 0x0f, 0x1e, 0xfa}, 4); /* endbr64 */
}

static inline void zf_x86_push(ZfStubCode *code, ZfReg reg)
{
    zf_x86_opcode(code, (ZfOpcode){.code = (uint8_t)(0x50 | (reg & 7))}, 0, reg);
}

static inline void zf_x86_leave(ZfStubCode *code)
{
    zf_x86_byte(code, 0xc9);
}

static inline void zf_x86_ret(ZfStubCode *code)
{
    zf_x86_byte(code, 0xc3);
}

static inline void zf_x86_call_r(ZfStubCode *code, ZfReg reg)
{
    zf_x86_rr(code, (ZfOpcode){.code = 0xff}, 2, reg);
}

static inline void zf_x86_call_m(ZfStubCode *code, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.code = 0xff}, 2, base, disp);
}

static inline void zf_x86_jump_m(ZfStubCode *code, ZfReg base, int32_t disp)
{
    zf_x86_rm(code, (ZfOpcode){.code = 0xff}, 4, base, disp);
}

static inline void zf_x86_call_l(ZfStubCode *code, ZfLiteral literal)
{
    zf_x86_rl(code, (ZfOpcode){.code = 0xff}, 2, literal);
}

static inline void zf_x86_jump_l(ZfStubCode *code, ZfLiteral literal)
{
    zf_x86_rl(code, (ZfOpcode){.code = 0xff}, 4, literal);
}

/* The displacement of a jump, which has just been begun. */
static inline void zf_x86_to_label(ZfStubCode *code, ZfLabel *label)
{
    uint32_t at = (uint32_t)code->size;
    zf_x86_word(code, label->at != 0 ? label->at - (at + 4) : label->last);
    label->last = at;
}

static inline void zf_x86_jump(ZfStubCode *code, ZfLabel *label)
{
    zf_x86_byte(code, 0xe9);
    zf_x86_to_label(code, label);
}

static inline void zf_x86_jump_if(ZfStubCode *code, ZfCondition condition, ZfLabel *label)
{
    zf_x86_byte(code, 0x0f);
    zf_x86_byte(code, 0x80 | condition);
    zf_x86_to_label(code, label);
}

/* The label is here; jumps to it that were written before are completed. */
static inline void zf_x86_bind(ZfStubCode *code, ZfLabel *label)
{
    uint32_t here = (uint32_t)code->size;
    uint32_t jump = code->is_full ? 0 : label->last;
    while (jump != 0) {
        uint32_t next, distance = here - (jump + 4);
        memcpy(&next, code->bytes + jump, sizeof next);
        memcpy(code->bytes + jump, &distance, sizeof distance);
        jump = next;
    }
    label->at = here;
}

#endif
