/* x86_64.c - every encoder of x86-64, with every register in each place, and with constants and
 * displacements at both ends of each form. See pairs.h. */
#include "encode.h"
#include "pairs.h"

#include <stdlib.h>

static ZfStubCode code;

/* Instructions are written behind as many bytes, for jumps to be able to go back. */
enum { START = 4096 };

static void begin(void)
{
    code.size = START;
    code.literal_count = 0;
    code.is_full = false;
}

/* The text stands behind the call that makes the instruction. */
#define PAIR(call, ...)                                                                            \
    do {                                                                                           \
        begin();                                                                                   \
        call;                                                                                      \
        print_pair(code.bytes + START, code.is_full ? 0 : code.size - START, __VA_ARGS__);         \
    } while (0)

/* Names of registers by their width in bits. */
static const char *name(unsigned width, unsigned number)
{
    static const char *const wide[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"};
    static const char *const bytes[] = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
    static char names[65][16][16];
    char *made = names[width][number];
    const char *suffix = width == 8 ? "b" : width == 16 ? "w" : width == 32 ? "d" : "";
    if (number >= 8) {
        snprintf(made, sizeof names[0][0], "%%r%u%s", number, suffix);
    } else if (width == 8) {
        snprintf(made, sizeof names[0][0], "%%%s", bytes[number]);
    } else {
        const char *prefix = width == 64 ? "r" : width == 32 ? "e" : "";
        snprintf(made, sizeof names[0][0], "%%%s%s", prefix, wide[number] + 1);
    }
    return made;
}

static const int32_t displacements[] = {0, 1, -1, 127, -128, 128, -129, INT32_MAX, INT32_MIN};

/* Some of both for each of 16 numbers of a register; all of them come up. */
static unsigned other(unsigned number)
{
    return (number * 5 + 3) % 16;
}

#define FOR_REGISTERS(a, b)                                                                        \
    for (unsigned a = 0, b; a < 16; a++)                                                           \
        for (b = 0; b < 16; b++)

#define FOR_MEMORY(reg, base, disp)                                                                \
    for (unsigned base = 0, reg, k_; base < 16; base++)                                            \
        for (k_ = 0, reg = other(base); k_ < LENGTH(displacements);                                \
             k_++, reg = (reg + base + 1) % 16)                                                    \
            for (int32_t disp = displacements[k_], once_ = 1; once_; once_ = 0)

/* -- General registers ------------------------------------------------------------------------- */

static void print_registers(void)
{
    static const struct {
        void (*encode)(ZfStubCode *, ZfReg, ZfReg);
        const char *text;
        unsigned to, from;
    } all[] = {
        {zf_x86_mov_rr, "movq", 64, 64},       {zf_x86_mov32_rr, "movl", 32, 32},
        {zf_x86_movzx8_rr, "movzbl", 32, 8},   {zf_x86_movzx16_rr, "movzwl", 32, 16},
        {zf_x86_movsx8_rr, "movsbq", 64, 8},   {zf_x86_movsx16_rr, "movswq", 64, 16},
        {zf_x86_movsx32_rr, "movslq", 64, 32}, {zf_x86_sub_rr, "subq", 64, 64},
        {zf_x86_or_rr, "orq", 64, 64},         {zf_x86_cmp_rr, "cmpq", 64, 64},
        {zf_x86_test_rr, "testq", 64, 64},     {zf_x86_test8_rr, "testb", 8, 8},
        {zf_x86_bit_scan, "tzcntl", 32, 32},
    };
    for (size_t i = 0; i < LENGTH(all); i++) {
        FOR_REGISTERS(to, from)
        {
            PAIR(all[i].encode(&code, to, from), "%s %s, %s", all[i].text, name(all[i].from, from),
                 name(all[i].to, to));
        }
    }
}

static void print_memory(void)
{
    static const struct {
        void (*encode)(ZfStubCode *, ZfReg, ZfReg, int32_t);
        const char *text;
        unsigned width;
    } all[] = {
        {zf_x86_mov_rm, "movq", 64},       {zf_x86_mov32_rm, "movl", 32},
        {zf_x86_mov16_rm, "movw", 16},     {zf_x86_movzx8_rm, "movzbl", 32},
        {zf_x86_movzx16_rm, "movzwl", 32}, {zf_x86_movsx8_rm, "movsbq", 64},
        {zf_x86_lea, "leaq", 64},          {zf_x86_cmp_rm, "cmpq", 64},
    };
    for (size_t i = 0; i < LENGTH(all); i++) {
        FOR_MEMORY(reg, base, disp)
        {
            PAIR(all[i].encode(&code, reg, base, disp), "%s %d(%s), %s", all[i].text, disp,
                 name(64, base), name(all[i].width, reg));
        }
    }
    FOR_MEMORY(reg, base, disp)
    {
        const char *at = name(64, base);
        int8_t small = (int8_t)(reg * 17 - 128);
        PAIR(zf_x86_mov_mr(&code, base, disp, reg), "movq %s, %d(%s)", name(64, reg), disp, at);
        PAIR(zf_x86_cmp_mi8(&code, base, disp, small), "cmpq $%d, %d(%s)", small, disp, at);
        PAIR(zf_x86_cmp32_mi8(&code, base, disp, small), "cmpl $%d, %d(%s)", small, disp, at);
        PAIR(zf_x86_test8_mi(&code, base, disp, reg * 17), "testb $%u, %d(%s)", reg * 17, disp, at);
        PAIR(zf_x86_increment(&code, base, disp, false), "incq %d(%s)", disp, at);
        PAIR(zf_x86_increment(&code, base, disp, true), "lock incq %d(%s)", disp, at);
        PAIR(zf_x86_decrement(&code, base, disp, false), "decq %d(%s)", disp, at);
        PAIR(zf_x86_decrement(&code, base, disp, true), "lock decq %d(%s)", disp, at);
    }
}

/* A base and an index: other forms than these are not asked for. */
static void print_indexed(void)
{
    FOR_REGISTERS(base, index)
    {
        int8_t disp = (int8_t)(base * 16 + index);
        if (base % 8 != ZF_RBP && index != ZF_RSP && disp != 0) {
            PAIR(zf_x86_lea_index(&code, other(index), base, index, disp), "leaq %d(%s,%s), %s",
                 disp, name(64, base), name(64, index), name(64, other(index)));
        }
    }
}

/* rax has shorter forms for long constants, which are of no use to stubs. */
static void print_constants(void)
{
    static const struct {
        void (*encode)(ZfStubCode *, ZfReg, int32_t);
        const char *text;
        unsigned width;
    } all[] = {
        {zf_x86_add_ri, "addq", 64},   {zf_x86_sub_ri, "subq", 64},   {zf_x86_cmp_ri, "cmpq", 64},
        {zf_x86_and32_ri, "andl", 32}, {zf_x86_cmp32_ri, "cmpl", 32},
    };
    for (size_t i = 0; i < LENGTH(all) * LENGTH(displacements); i++) {
        int32_t value = displacements[i % LENGTH(displacements)];
        size_t which = i / LENGTH(displacements);
        for (unsigned reg = value == (int8_t)value ? 0 : 1; reg < 16; reg++) {
            PAIR(all[which].encode(&code, reg, value), "%s $%d, %s", all[which].text, value,
                 name(all[which].width, reg));
        }
    }
    FOR_REGISTERS(to, from)
    {
        int8_t factor = (int8_t)(to * 16 + from);
        PAIR(zf_x86_multiply(&code, to, from, factor), "imulq $%d, %s, %s", factor, name(64, from),
             name(64, to));
    }
    for (unsigned reg = 0; reg < 16; reg++) {
        const char *wide = name(64, reg), *half = name(32, reg);
        PAIR(zf_x86_mov32_ri(&code, reg, UINT32_MAX - reg), "movl $%u, %s", UINT32_MAX - reg, half);
        PAIR(zf_x86_shift_left(&code, reg, 2 + reg * 4), "shlq $%u, %s", 2 + reg * 4, wide);
        PAIR(zf_x86_shift_right(&code, reg, 2 + reg * 4), "shrq $%u, %s", 2 + reg * 4, wide);
        PAIR(zf_x86_clear(&code, reg), "xorl %s, %s", half, half);
        PAIR(zf_x86_neg(&code, reg), "negq %s", wide);
        if (reg != ZF_RAX) {
            PAIR(zf_x86_test_ri(&code, reg, -14), "testq $-14, %s", wide);
            PAIR(zf_x86_test32_ri(&code, reg, 0xfffffff2), "testl $0xfffffff2, %s", half);
        }
    }
}

static void print_literals(void)
{
    const ZfLiteral literal = ZF_LITERAL_NONE;
    for (unsigned reg = 0; reg < 16; reg++) {
        PAIR(zf_x86_mov_rl(&code, reg, literal), "movq 0(%%rip), %s", name(64, reg));
        PAIR(zf_x86_cmp_rl(&code, reg, literal), "cmpq 0(%%rip), %s", name(64, reg));
        PAIR(zf_x86_add_rl(&code, reg, literal), "addq 0(%%rip), %s", name(64, reg));
        PAIR(zf_x86_cmov_rl(&code, ZF_IF_NOT_EQUAL, reg, literal), "cmovneq 0(%%rip), %s",
             name(64, reg));
    }
    PAIR(zf_x86_call_l(&code, literal), "call *0(%%rip)");
    PAIR(zf_x86_jump_l(&code, literal), "jmp *0(%%rip)");
    if (code.literal_count != 1 || code.literals[0].at != START + 2 ||
        code.literals[0].literal != literal) {
        printf("no such place\tjmp *0(%%rip)\n");
    }
}

/* -- Vector registers -------------------------------------------------------------------------- */

static void print_vectors(void)
{
    FOR_MEMORY(reg, base, disp)
    {
        const char *at = name(64, base);
        PAIR(zf_x86_movsd_xm(&code, reg, base, disp), "movsd %d(%s), %%xmm%u", disp, at, reg);
        PAIR(zf_x86_movsd_mx(&code, base, disp, reg), "movsd %%xmm%u, %d(%s)", reg, disp, at);
        PAIR(zf_x86_movss_xm(&code, reg, base, disp), "movss %d(%s), %%xmm%u", disp, at, reg);
        PAIR(zf_x86_cvtsd2ss_xm(&code, reg, base, disp), "cvtsd2ss %d(%s), %%xmm%u", disp, at, reg);
        PAIR(zf_x86_pcmpeqb_xm(&code, reg, base, disp), "pcmpeqb %d(%s), %%xmm%u", disp, at, reg);
    }
    FOR_REGISTERS(a, b)
    {
        PAIR(zf_x86_cvtsd2ss_xx(&code, a, b), "cvtsd2ss %%xmm%u, %%xmm%u", b, a);
        PAIR(zf_x86_cvtss2sd_xx(&code, a, b), "cvtss2sd %%xmm%u, %%xmm%u", b, a);
        PAIR(zf_x86_movd_rx(&code, a, b), "movd %%xmm%u, %s", b, name(32, a));
        PAIR(zf_x86_cvtsi2sd_xr(&code, a, b), "cvtsi2sdq %s, %%xmm%u", name(64, b), a);
        PAIR(zf_x86_pmovmskb_rx(&code, a, b), "pmovmskb %%xmm%u, %s", b, name(32, a));
    }
    for (unsigned reg = 0; reg < 16; reg++) {
        PAIR(zf_x86_clear_x(&code, reg), "xorps %%xmm%u, %%xmm%u", reg, reg);
    }
}

/* -- Jumps and calls --------------------------------------------------------------------------- */

/* To a place behind or before, which is known now or later. */
static void jump(int condition, int distance, bool is_known)
{
    ZfLabel label = {.at = is_known ? (uint32_t)(START + distance) : 0};
    if (condition < 0) {
        zf_x86_jump(&code, &label);
    } else {
        zf_x86_jump_if(&code, (ZfCondition)condition, &label);
    }
    size_t end = code.size;
    if (!is_known) {
        code.size = (size_t)(START + distance);
        zf_x86_bind(&code, &label);
        code.size = end;
    }
}

static void print_jumps(void)
{
    static const struct {
        int condition;
        const char *text;
    } all[] = {
        {-1, "jmp"},
        {ZF_IF_BELOW, "jb"},
        {ZF_IF_NOT_BELOW, "jae"},
        {ZF_IF_EQUAL, "je"},
        {ZF_IF_NOT_EQUAL, "jne"},
        {ZF_IF_ABOVE, "ja"},
        {ZF_IF_NEGATIVE, "js"},
        {ZF_IF_LESS, "jl"},
    };
    for (size_t i = 0; i < LENGTH(all); i++) {
        PAIR(jump(all[i].condition, 3000, true), "%s . + 3000", all[i].text);
        PAIR(jump(all[i].condition, -4000, true), "%s . - 4000", all[i].text);
        PAIR(jump(all[i].condition, 2000, false), "%s . + 2000", all[i].text);
    }
    FOR_MEMORY(reg, base, disp)
    {
        (void)reg;
        PAIR(zf_x86_call_m(&code, base, disp), "call *%d(%s)", disp, name(64, base));
        PAIR(zf_x86_jump_m(&code, base, disp), "jmp *%d(%s)", disp, name(64, base));
    }
    for (unsigned reg = 0; reg < 16; reg++) {
        PAIR(zf_x86_call_r(&code, reg), "call *%s", name(64, reg));
        PAIR(zf_x86_push(&code, reg), "push %s", name(64, reg));
    }
    PAIR(zf_x86_landing_pad(&code), "endbr64");
    PAIR(zf_x86_leave(&code), "leave");
    PAIR(zf_x86_ret(&code), "ret");
}

int main(void)
{
    print_registers();
    print_memory();
    print_indexed();
    print_constants();
    print_literals();
    print_vectors();
    print_jumps();
    return 0;
}
