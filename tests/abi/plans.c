/* plans.c - where the planners put what, written out: one line a signature.
 *
 * A plan reads "result <- argument, argument; stack bytes", a value "register:size+register:size",
 * or "[offset]:size" on the stack, with "&" before it if what is there is a pointer, or "-" if it
 * is nowhere. Types are written by hand, so nothing here depends on the layout engine. */
#include "abi/abi.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))
#define LEAVES(...)                                                                                \
    (const ZfLeaf[])                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/* A struct of the given leaves, whose natural alignment is its own. */
#define AGGREGATE(bytes, aligned, ...)                                                             \
    {.name = "struct",                                                                             \
     .size = (bytes),                                                                              \
     .alignment = (aligned),                                                                       \
     .natural_alignment = (aligned),                                                               \
     .kind = ZF_KIND_STRUCT,                                                                       \
     .leaves = LEAVES(__VA_ARGS__),                                                                \
     .leaf_count = LENGTH(LEAVES(__VA_ARGS__))}
#define I8(at)  {(at), 1, ZF_KIND_INT8, 0}
#define U16(at) {(at), 2, ZF_KIND_UINT16, 0}
#define I32(at) {(at), 4, ZF_KIND_INT32, 0}
#define I64(at) {(at), 8, ZF_KIND_INT64, 0}
#define F32(at) {(at), 4, ZF_KIND_FLOAT, 0}
#define F64(at) {(at), 8, ZF_KIND_DOUBLE, 0}
#define F80(at) {(at), 16, ZF_KIND_FLOAT80, 0}
#define V16(at) {(at), 16, ZF_KIND_VECTOR, 0}

#define SCALAR(type, bytes, of_kind)                                                               \
    static const ZfType type = {.name = #type,                                                     \
                                .size = (bytes),                                                   \
                                .alignment = (bytes),                                              \
                                .natural_alignment = (bytes),                                      \
                                .kind = (of_kind)}
static const ZfType none = {.name = "void", .alignment = 1, .natural_alignment = 1};
SCALAR(boolean, 1, ZF_KIND_BOOL);
SCALAR(i8, 1, ZF_KIND_INT8);
SCALAR(i16, 2, ZF_KIND_INT16);
SCALAR(i32, 4, ZF_KIND_INT32);
SCALAR(i64, 8, ZF_KIND_INT64);
SCALAR(f32, 4, ZF_KIND_FLOAT);
SCALAR(f64, 8, ZF_KIND_DOUBLE);
SCALAR(pointer, 8, ZF_KIND_POINTER);
SCALAR(i128, 16, ZF_KIND_INT128);
SCALAR(f80, 16, ZF_KIND_FLOAT80);
SCALAR(f128, 16, ZF_KIND_FLOAT128);
SCALAR(v8, 8, ZF_KIND_VECTOR);
SCALAR(v16, 16, ZF_KIND_VECTOR);
SCALAR(v32, 32, ZF_KIND_VECTOR);
static const ZfType array = {.name = "int[2]",
                             .size = 8,
                             .alignment = 4,
                             .natural_alignment = 4,
                             .kind = ZF_KIND_ARRAY,
                             .leaf_count = 2,
                             .leaves = LEAVES(I32(0), I32(4))};
static const ZfType c32 = {.name = "float _Complex",
                           .size = 8,
                           .alignment = 4,
                           .natural_alignment = 4,
                           .kind = ZF_KIND_COMPLEX,
                           .leaf_count = 2,
                           .leaves = LEAVES(F32(0), F32(4))};
static const ZfType c64 = {.name = "double _Complex",
                           .size = 16,
                           .alignment = 8,
                           .natural_alignment = 8,
                           .kind = ZF_KIND_COMPLEX,
                           .leaf_count = 2,
                           .leaves = LEAVES(F64(0), F64(8))};
static const ZfType c80 = {.name = "complex",
                           .size = 32,
                           .alignment = 16,
                           .natural_alignment = 16,
                           .kind = ZF_KIND_COMPLEX,
                           .leaf_count = 2,
                           .leaves = LEAVES(F80(0), F80(16))};
static const ZfType empty = {.name = "struct",
                             .size = 0,
                             .alignment = 1,
                             .natural_alignment = 1,
                             .kind = ZF_KIND_STRUCT,
                             .leaf_count = 0,
                             .leaves = NULL};
static const ZfType padding = {.name = "struct",
                               .size = 4,
                               .alignment = 4,
                               .natural_alignment = 4,
                               .kind = ZF_KIND_STRUCT,
                               .leaf_count = 0,
                               .leaves = NULL};
static const ZfType large = {.name = "struct",
                             .size = 100,
                             .alignment = 4,
                             .natural_alignment = 4,
                             .kind = ZF_KIND_STRUCT,
                             .leaf_count = 0,
                             .leaves = NULL};
static const ZfType huge = {.name = "struct",
                            .size = 1 << 20,
                            .alignment = 4,
                            .natural_alignment = 4,
                            .kind = ZF_KIND_STRUCT,
                            .leaf_count = 0,
                            .leaves = NULL};
static const ZfType b3 = AGGREGATE(3, 1, I8(0), I8(1), I8(2));
static const ZfType b5 = AGGREGATE(5, 1, I8(0), I8(1), I8(2), I8(3), I8(4));
static const ZfType pair32 = AGGREGATE(8, 4, I32(0), I32(4));
static const ZfType pair64 = AGGREGATE(16, 8, I64(0), I64(8));
static const ZfType triple64 = AGGREGATE(24, 8, I64(0), I64(8), I64(16));
static const ZfType i8_i64 = AGGREGATE(16, 8, I8(0), I64(8));
static const ZfType i64_f64 = AGGREGATE(16, 8, I64(0), F64(8));
static const ZfType f64_i64 = AGGREGATE(16, 8, F64(0), I64(8));
static const ZfType f32_i32 = AGGREGATE(8, 4, F32(0), I32(4));
static const ZfType f32_u64 = AGGREGATE(16, 8, F32(0), I64(8));
static const ZfType one_f32 = AGGREGATE(4, 4, F32(0));
static const ZfType one_f64 = AGGREGATE(8, 8, F64(0));
static const ZfType two_f32 = AGGREGATE(8, 4, F32(0), F32(4));
static const ZfType three_f32 = AGGREGATE(12, 4, F32(0), F32(4), F32(8));
static const ZfType four_f32 = AGGREGATE(16, 4, F32(0), F32(4), F32(8), F32(12));
static const ZfType two_f64 = AGGREGATE(16, 8, F64(0), F64(8));
static const ZfType three_f64 = AGGREGATE(24, 8, F64(0), F64(8), F64(16));
static const ZfType four_f64 = AGGREGATE(32, 8, F64(0), F64(8), F64(16), F64(24));
static const ZfType five_f64 = AGGREGATE(40, 8, F64(0), F64(8), F64(16), F64(24), F64(32));
static const ZfType f32_f64 = AGGREGATE(16, 8, F32(0), F64(8));
static const ZfType f32x3_u16 = AGGREGATE(16, 4, F32(0), F32(4), F32(8), U16(12));
static const ZfType f32_gap = AGGREGATE(16, 16, F32(0));
static const ZfType two_v16 = AGGREGATE(32, 16, V16(0), V16(16));
static const ZfType one_v16 = AGGREGATE(16, 16, V16(0));
static const ZfType one_f80 = AGGREGATE(16, 16, F80(0));
static const ZfType packed = AGGREGATE(7, 1, I8(0), I32(1), U16(5));
static const ZfType int_or_f32 = AGGREGATE(4, 4, F32(0), I32(0));
/* union { float a; char : 1; }, or of a padded struct */
static const ZfType f32_or_gap = {.name = "union",
                                  .size = 4,
                                  .alignment = 4,
                                  .natural_alignment = 4,
                                  .kind = ZF_KIND_STRUCT,
                                  .has_gaps = true,
                                  .leaf_count = 1,
                                  .leaves = LEAVES(F32(0))};
static const ZfType i64_or_f64 = AGGREGATE(8, 8, I64(0), F64(0));
static const ZfType f64_or_two_f32 = AGGREGATE(8, 8, F64(0), F32(0), F32(4));
static const ZfType f80_or_i64s = AGGREGATE(16, 16, F80(0), I64(0), I64(8));
static const ZfType f80_or_f64_or_i64 = AGGREGATE(16, 16, F80(0), F64(0), I64(0));
static const ZfType f80_or_i64_or_f64_high = AGGREGATE(16, 16, F80(0), I64(8), F64(8));
static const ZfType f80_or_f64 = AGGREGATE(16, 16, F80(0), F64(0));
static const ZfType v16_or_f64s = AGGREGATE(16, 16, V16(0), F64(0), F64(8));
static const ZfType bits = AGGREGATE(8, 4, {0, 3, ZF_KIND_INT32, 1}, F32(4));
/* packed structs of an integer, and of a union { short : 9 } or { int : 17 }, or a short : 9 */
static const ZfType unaligned_union = AGGREGATE(5, 1, I8(0),
                                                {1, 2, ZF_KIND_INT16, ZF_BITS_LIKE_INTEGER});
static const ZfType aligned_union = AGGREGATE(8, 1, I32(0),
                                              {4, 3, ZF_KIND_INT32, ZF_BITS_LIKE_INTEGER});
static const ZfType unaligned_bits = AGGREGATE(5, 1, I8(0), {1, 2, ZF_KIND_INT16, ZF_BITS});
static const ZfType aligned32 = AGGREGATE(32, 32, I64(0));
static const ZfType aligned16 = AGGREGATE(16, 16, I64(0));
static const ZfType aligned_f64s = AGGREGATE(32, 16, F64(0), F64(8), F64(16), F64(24));
/* long in a struct with attribute aligned(16): natural alignment 8 */
static const ZfType attribute16 = {.name = "struct",
                                   .size = 16,
                                   .alignment = 16,
                                   .natural_alignment = 8,
                                   .kind = ZF_KIND_STRUCT,
                                   .leaf_count = 1,
                                   .leaves = LEAVES(I64(0))};

/* The engine's own is in arch/, which knows the machine; planners do not. */
const ZfAbi *zf_abi_default(void)
{
    return &zf_abi_sysv64;
}

static int checks, failures;

static void check_text(int line, const char *seen, const char *expected)
{
    checks++;
    if (strcmp(seen, expected) != 0) {
        failures++;
        printf("plans.c:%d:\n    planned  %s\n    expected %s\n", line, seen, expected);
    }
}

static size_t describe_place(const ZfAbi *abi, const ZfPlace *place, bool is_result, char *text,
                             size_t room)
{
    size_t used = 0;
    if (place->piece_count == 0) {
        return (size_t)snprintf(text, room, "-");
    }
    used += (size_t)snprintf(text, room, "%s", place->is_reference ? "&" : "");
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        const char *separator = i == 0 ? "" : "+";
        const char *name = is_result && !place->is_reference
                               ? zf_abi_result_register(abi, piece->bank, piece->index)
                               : zf_abi_argument_register(abi, piece->bank, piece->index);
        used += piece->bank == ZF_BANK_STACK
                    ? (size_t)snprintf(text + used, room - used, "%s[%u]:%u", separator,
                                       piece->index, piece->size)
                    : (size_t)snprintf(text + used, room - used, "%s%s:%u", separator,
                                       name != NULL ? name : "?", piece->size);
    }
    return used;
}

static void describe(const ZfPlan *plan, char *text, size_t room)
{
    size_t used = describe_place(plan->abi, &plan->result, true, text, room);
    used += (size_t)snprintf(text + used, room - used, " <- ");
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        used += (size_t)snprintf(text + used, room - used, i == 0 ? "" : ", ");
        used += describe_place(plan->abi, &plan->arguments[i], false, text + used, room - used);
    }
    snprintf(text + used, room - used, "; %u", plan->stack_bytes);
}

/* The types are the result, the arguments, NULL. */
static void check_plan(int line, const char *abi, size_t fixed, const char *expected, ...)
{
    const ZfType *types[64];
    char text[2048] = "refused: ";
    ZfPlan *plan = NULL;
    const char *why = "";
    size_t count = 0, bad = 0;
    va_list list;
    va_start(list, expected);
    while ((types[count] = va_arg(list, const ZfType *)) != NULL) {
        count++;
    }
    va_end(list);
    ZfPrototype prototype = {types[0], count - 1, types + 1, fixed};
    if (zf_plan_make(zf_abi_find(abi), &prototype, &plan, &bad, &why) == ZF_OK) {
        describe(plan, text, sizeof text);
    } else {
        strcat(text, why);
    }
    zf_plan_free(plan);
    check_text(line, text, expected);
}

#define PLAN(abi, expected, ...) check_plan(__LINE__, abi, SIZE_MAX, expected, __VA_ARGS__, NULL)
#define VARIADIC(abi, fixed, expected, ...)                                                        \
    check_plan(__LINE__, abi, fixed, expected, __VA_ARGS__, NULL)

/* -- System V x86-64 --------------------------------------------------------------------------- */

#define DEPENDS_ON_ORDER                                                                           \
    "refused: where a union of long double and others goes depends on their order and nesting"

static void test_sysv64(void)
{
    PLAN("sysv64", "- <- ; 0", &none);
    PLAN("sysv64", "- <- -, rdi:4; 0", &none, &empty, &i32);
    PLAN("sysv64", "- <- -; 0", &empty, &padding);
    PLAN("sysv64", "rax:3 <- rdi:3; 0", &b3, &b3);
    PLAN("sysv64", "rax:8+rdx:8 <- rdi:8+rsi:8; 0", &pair64, &pair64);
    PLAN("sysv64", "rax:8+rdx:8 <- rdi:8+rsi:8; 0", &i8_i64, &i8_i64);
    PLAN("sysv64", "&rdi:8 <- [0]:24, rsi:8; 24", &triple64, &triple64, &i64);
    PLAN("sysv64", "&rdi:8 <- [0]:100; 104", &large, &large);
    PLAN("sysv64", "rax:8+xmm0:8 <- rdi:8+xmm0:8; 0", &i64_f64, &i64_f64);
    PLAN("sysv64", "xmm0:8+rax:8 <- xmm0:8+rdi:8; 0", &f64_i64, &f64_i64);
    PLAN("sysv64", "rax:8 <- rdi:8; 0", &f32_i32, &f32_i32);
    PLAN("sysv64", "xmm0:8+rax:8 <- xmm0:8+rdi:8; 0", &f32_u64, &f32_u64);
    PLAN("sysv64", "xmm0:4 <- xmm0:4; 0", &one_f32, &one_f32);
    PLAN("sysv64", "xmm0:8 <- xmm0:8; 0", &two_f32, &two_f32);
    PLAN("sysv64", "xmm0:8+xmm1:4 <- xmm0:8+xmm1:4; 0", &three_f32, &three_f32);
    PLAN("sysv64", "xmm0:8+xmm1:8 <- xmm0:8+xmm1:8; 0", &f32_f64, &f32_f64);
    PLAN("sysv64", "xmm0:8+rax:8 <- xmm0:8+rdi:8; 0", &f32x3_u16, &f32x3_u16);
    PLAN("sysv64", "rax:8 <- rdi:4, xmm0:8; 0", &i64_or_f64, &int_or_f32, &f64_or_two_f32);
    PLAN("sysv64", "rax:8 <- rdi:8; 0", &bits, &bits);
    PLAN("sysv64", "xmm0:4 <- xmm0:4; 0", &f32_or_gap, &f32_or_gap);
    /* unaligned members, and what has no register class */
    PLAN("sysv64", "&rdi:8 <- [0]:7; 8", &packed, &packed);
    PLAN("sysv64", "rax:8 <- [0]:5, rdi:8, rsi:5; 8", &aligned_union, &unaligned_union,
         &aligned_union, &unaligned_bits);
    PLAN("sysv64", "st0:16 <- [0]:16, [16]:16; 32", &f80, &f80, &one_f80);
    PLAN("sysv64", "st0:16 <- [0]:24, [32]:16; 48", &one_f80, &triple64, &f80);
    PLAN("sysv64", "st0:16+st1:16 <- [0]:32; 32", &c80, &c80);
    PLAN("sysv64", "rax:8+rdx:8 <- rdi:8+rsi:8; 0", &f80_or_i64s, &f80_or_i64s);
    PLAN("sysv64", "xmm0:16 <- xmm0:16, xmm1:8, xmm2:16; 0", &v16, &v16, &v8, &one_v16);
    PLAN("sysv64", "xmm0:8+xmm1:8 <- xmm0:8+xmm1:8; 0", &v16_or_f64s, &v16_or_f64s);
    PLAN("sysv64", "&rdi:8 <- [0]:32; 32", &two_v16, &two_v16);
    PLAN("sysv64", "xmm0:8+xmm1:8 <- xmm0:8, xmm1:8+xmm2:8; 0", &c64, &c32, &c64);
    PLAN("sysv64", "xmm0:16 <- xmm0:16; 0", &f128, &f128);
    PLAN("sysv64", "rax:8 <- rdi:8, [0]:32; 32", &aligned16, &aligned16, &aligned32);
    /* all or nothing, and a smaller one after it */
    PLAN("sysv64", "- <- rdi:8, rsi:8, rdx:8, rcx:8, r8:8, [0]:16, r9:8; 16", &none, &i64, &i64,
         &i64, &i64, &i64, &pair64, &i64);
    PLAN("sysv64",
         "- <- xmm0:8, xmm1:8, xmm2:8, xmm3:8, xmm4:8, xmm5:8, xmm6:8, xmm7:8, [0]:16, "
         "rdi:8+rsi:8, [16]:8; 24",
         &none, &f64, &f64, &f64, &f64, &f64, &f64, &f64, &f64, &f64_i64, &pair64, &f64);
    /* __int128: any two registers, 16-aligned on the stack */
    PLAN("sysv64", "rax:8+rdx:8 <- rdi:8, rsi:8+rdx:8; 0", &i128, &i64, &i128);
    PLAN("sysv64", "- <- rdi:8+rsi:8, rdx:8+rcx:8, r8:8, [0]:24, [32]:16, r9:8; 48", &none, &i128,
         &i128, &i64, &triple64, &i128, &i64);
    VARIADIC("sysv64", 1, "rax:4 <- rdi:8, xmm0:8, rsi:4; 0", &i32, &pointer, &f64, &i32);
    PLAN("sysv64", "&rdi:8 <- [0]:16; 16", &f80_or_f64, &f80_or_f64);
    PLAN("sysv64", DEPENDS_ON_ORDER, &none, &f80_or_f64_or_i64);
    PLAN("sysv64", DEPENDS_ON_ORDER, &f80_or_i64_or_f64_high);
    PLAN("sysv64", "refused: no value has type void", &none, &none);
    PLAN("sysv64", "refused: arrays are not passed by value", &none, &array);
    PLAN("sysv64",
         "refused: only vectors of 8 or 16 bytes are passed in the same way by all compilers", &v32,
         &i32);
    PLAN("sysv64", "refused: the arguments take more than a megabyte", &none, &i32, &huge);
}

/* -- Windows x64 ------------------------------------------------------------------------------- */

static void test_win64(void)
{
    PLAN("win64", "- <- ; 32", &none);
    PLAN("win64", "rax:4 <- rcx:4, xmm1:8, r8:8, xmm3:4, [32]:8, [40]:4; 48", &i32, &i32, &f64,
         &i64, &f32, &f64, &i32);
    PLAN("win64", "xmm0:8 <- xmm0:4, rdx:1; 32", &f64, &f32, &boolean);
    /* 1, 2, 4, 8 bytes by value, whatever is in them; everything else by reference */
    PLAN("win64", "rax:4 <- rcx:4, rdx:8, r8:8, r9:8; 32", &one_f32, &one_f32, &two_f32, &pair32,
         &one_f64);
    PLAN("win64", "&rcx:8 <- &rdx:8, &r8:8, &r9:8, &[32]:8; 40", &b3, &b3, &b5, &packed, &pair64);
    PLAN("win64", "&rcx:8 <- &rdx:8; 32", &large, &large);
    PLAN("win64", "rax:8 <- rcx:8; 32", &c32, &c32);
    PLAN("win64", "&rcx:8 <- &rdx:8; 32", &c64, &c64);
    PLAN("win64", "xmm0:16 <- &rcx:8, &rdx:8; 32", &i128, &i128, &v16);
    PLAN("win64", "xmm0:16 <- &rcx:8; 32", &v16, &v16);
    PLAN("win64", "refused: gcc and clang disagree on how win64 passes a vector of 8 bytes", &v16,
         &v8);
    PLAN("win64", "refused: gcc and clang disagree on how win64 returns a long double", &f80);
    PLAN("win64", "&rcx:8 <- &rdx:8; 32", &one_f80, &one_f80);
    PLAN("win64", "- <- &rcx:8, rdx:4; 32", &none, &empty, &i32);
    VARIADIC("win64", 1, "rax:4 <- rcx:8, xmm1:8+rdx:8, &r8:8, r9:4, [32]:8; 40", &i32, &pointer,
             &f64, &triple64, &i32, &f64);
    VARIADIC("win64", 1, "xmm0:8 <- xmm0:8+rcx:8, xmm1:8+rdx:8; 32", &f64, &f64, &f64);
}

/* -- Arm64: Linux ------------------------------------------------------------------------------ */

static void test_aapcs64(void)
{
    PLAN("aapcs64", "x0:4 <- x0:4, v0:8, x1:1; 0", &i32, &i32, &f64, &i8);
    /* homogeneous aggregates */
    PLAN("aapcs64", "v0:8+v1:8 <- v0:8+v1:8; 0", &two_f64, &two_f64);
    PLAN("aapcs64", "v0:8+v1:8+v2:8 <- v0:8+v1:8+v2:8; 0", &three_f64, &three_f64);
    PLAN("aapcs64", "v0:8+v1:8+v2:8+v3:8 <- v0:8+v1:8+v2:8+v3:8; 0", &four_f64, &four_f64);
    PLAN("aapcs64", "v0:4+v1:4+v2:4+v3:4 <- v0:4+v1:4+v2:4+v3:4; 0", &four_f32, &four_f32);
    PLAN("aapcs64", "v0:16+v1:16 <- v0:16+v1:16, v2:4+v3:4, v4:16; 0", &two_v16, &two_v16, &c32,
         &f128);
    PLAN("aapcs64", "&x8:8 <- &x0:8; 0", &five_f64, &five_f64);
    PLAN("aapcs64", "x0:8+x1:8 <- x0:8+x1:8; 0", &f32_f64, &f32_f64);
    PLAN("aapcs64", "x0:8+x1:8 <- x0:8+x1:8; 0", &i64_f64, &i64_f64);
    PLAN("aapcs64", "x0:8+x1:8 <- x0:8+x1:8; 0", &f32_gap, &f32_gap);
    PLAN("aapcs64", "x0:8 <- x0:4; 0", &f64_or_two_f32, &int_or_f32);
    PLAN("aapcs64", "x0:4 <- x0:4; 0", &f32_or_gap, &f32_or_gap);
    PLAN("aapcs64", "- <- -, x0:3; 0", &empty, &empty, &b3);
    PLAN("aapcs64", "- <- x0:4, x1:4; 0", &none, &padding, &i32);
    /* what does not fit goes to the stack whole, and closes the bank */
    PLAN("aapcs64", "- <- v0:8, v1:8, v2:8, v3:8, v4:8, v5:8, [0]:24, [24]:4, x0:4; 32", &none,
         &f64, &f64, &f64, &f64, &f64, &f64, &three_f64, &f32, &i32);
    PLAN("aapcs64", "- <- x0:8, x1:8, x2:8, x3:8, x4:8, x5:8, x6:8, [0]:16, [16]:8, v0:8; 24",
         &none, &i64, &i64, &i64, &i64, &i64, &i64, &i64, &pair64, &i64, &f64);
    /* 16-aligned values start at an even register: by natural alignment, not by attribute */
    PLAN("aapcs64", "x0:8+x1:8 <- x0:8, x2:8+x3:8, x4:8; 0", &i128, &i64, &i128, &i64);
    PLAN("aapcs64", "- <- x0:8, x2:8+x3:8, x4:8+x5:8, x6:8; 0", &none, &i64, &aligned16,
         &attribute16, &i64);
    PLAN("aapcs64", "- <- x0:8, x1:8, x2:8, x3:8, x4:8, x5:8, x6:8, [0]:16, [16]:8; 24", &none,
         &i64, &i64, &i64, &i64, &i64, &i64, &i64, &i128, &i64);
    PLAN("aapcs64", "- <- &x0:8, x1:8; 0", &none, &triple64, &i64);
    PLAN("aapcs64", "&x8:8 <- x0:8; 0", &triple64, &i64);
    VARIADIC("aapcs64", 1, "x0:4 <- x0:8, v0:8, x1:4; 0", &i32, &pointer, &f64, &i32);
    PLAN("aapcs64", "refused: arm64 has no x87 long double", &none, &one_f80);
}

/* -- Arm64: Apple ------------------------------------------------------------------------------ */

#define EIGHT_DOUBLES "v0:8, v1:8, v2:8, v3:8, v4:8, v5:8, v6:8, v7:8, "
#define EIGHT_WORDS   "x0:8, x1:8, x2:8, x3:8, x4:8, x5:8, x6:8, x7:8, "
#define EIGHT_I64     &i64, &i64, &i64, &i64, &i64, &i64, &i64, &i64
#define EIGHT_F64     &f64, &f64, &f64, &f64, &f64, &f64, &f64, &f64

static void test_apple64(void)
{
    /* the stack is packed at natural size and alignment */
    PLAN("apple64", "- <- " EIGHT_WORDS "[0]:1, [2]:2, [4]:4, [8]:1, [16]:8; 24", &none, EIGHT_I64,
         &i8, &i16, &i32, &i8, &i64);
    PLAN("apple64", "- <- " EIGHT_WORDS "[0]:4, [4]:4, [8]:4; 16", &none, EIGHT_I64, &i32, &i32,
         &i32);
    PLAN("apple64", "- <- " EIGHT_WORDS "[0]:8, [8]:1, [12]:4, [16]:8; 24", &none, EIGHT_I64,
         &pointer, &boolean, &i32, &pointer);
    PLAN("apple64", "- <- " EIGHT_DOUBLES "[0]:4, [4]:12, [16]:8; 24", &none, EIGHT_F64, &f32,
         &three_f32, &f64);
    PLAN("apple64", "- <- " EIGHT_WORDS "[0]:1, [8]:3, [16]:1, [24]:8; 32", &none, EIGHT_I64, &i8,
         &b3, &i8, &pair32);
    PLAN("apple64", "- <- " EIGHT_WORDS "[0]:1, [16]:16, &[32]:8; 40", &none, EIGHT_I64, &i8, &i128,
         &triple64);
    /* pairs start anywhere, and are not split */
    PLAN("apple64", "- <- x0:8, x1:8+x2:8, x3:8; 0", &none, &i64, &i128, &i64);
    PLAN("apple64", "- <- x0:8, x1:8, x2:8, x3:8, x4:8, x5:8, x6:8, [0]:16, [16]:8; 24", &none,
         &i64, &i64, &i64, &i64, &i64, &i64, &i64, &i128, &i64);
    /* unnamed arguments are on the stack, in slots of 8 */
    VARIADIC("apple64", 1, "x0:4 <- x0:8, [0]:4, [8]:8, [16]:8, [24]:12, &[40]:8; 48", &i32,
             &pointer, &i32, &f64, &pair32, &three_f32, &triple64);
    VARIADIC("apple64", 2, "x0:4 <- x0:8, v0:8, [0]:4, [16]:16; 32", &i32, &pointer, &f64, &i32,
             &i128);
    PLAN("apple64", "- <- -, x0:4; 0", &padding, &padding, &i32);
    VARIADIC("apple64", 1, "- <- x0:4, -, [0]:4; 8", &none, &i32, &padding, &i32);
    VARIADIC("apple64", 9, "- <- " EIGHT_WORDS "[0]:1, [8]:4; 16", &none, EIGHT_I64, &i8, &i32);
    PLAN("apple64", "refused: this platform has no 128-bit floating type", &f128);
}

/* -- Arm64: Windows ---------------------------------------------------------------------------- */

static void test_winarm64(void)
{
    PLAN("winarm64", "v0:8+v1:8 <- x0:4, v0:8+v1:8; 0", &two_f64, &i32, &two_f64);
    PLAN("winarm64", "- <- x0:8, x2:8+x3:8, x4:8; 0", &none, &i64, &attribute16, &i64);
    /* on the stack, a homogeneous aggregate is aligned as its members are */
    PLAN("winarm64", "- <- " EIGHT_DOUBLES "[0]:8, [8]:32, [48]:32; 80", &none, EIGHT_F64, &f64,
         &aligned_f64s, &two_v16);
    PLAN("winarm64", "- <- -, x0:4, &x1:8; 0", &padding, &padding, &i32, &large);
    VARIADIC("winarm64", 1, "- <- x0:4, -, x1:4, &x2:8; 0", &none, &i32, &padding, &i32, &large);
    /* variadic: no vector registers, an imaginary stack whose first 64 bytes are registers */
    VARIADIC("winarm64", 1, "x0:4 <- x0:8, x1:8, x2:4, x3:8+x4:8, &x5:8; 0", &i32, &pointer, &f64,
             &i32, &two_f64, &triple64);
    VARIADIC("winarm64", 1, "- <- x0:8, x1:8, x2:8, x3:8, x4:8, x5:8, x6:8, x7:8+[0]:8, [8]:8; 16",
             &none, &i64, &f64, &f64, &f64, &f64, &f64, &f64, &two_f64, &f64);
    VARIADIC("winarm64", 1, "&x8:8 <- x0:8, x1:4, x2:8+x3:4; 0", &triple64, &i64, &one_f32,
             &three_f32);
}

/* -- What does not depend on a signature ------------------------------------------------------- */

static void test_sizes(void)
{
    const ZfType *types[] = {&b3, &aligned32, &triple64};
    ZfPrototype prototype = {&none, LENGTH(types), types, SIZE_MAX};
    ZfPlan *plan = NULL;
    char text[64] = "";
    if (zf_plan_make(zf_abi_find("win64"), &prototype, &plan, NULL, NULL) == ZF_OK) {
        snprintf(text, sizeof text, "%u %u %u", plan->copy_bytes, plan->copy_alignment,
                 plan->stack_alignment);
        zf_plan_free(plan);
    }
    check_text(__LINE__, text, "88 32 16");
    if (zf_plan_make(zf_abi_find("sysv64"), &prototype, &plan, NULL, NULL) == ZF_OK) {
        snprintf(text, sizeof text, "%u %u %u", plan->copy_bytes, plan->stack_bytes,
                 plan->stack_alignment);
        zf_plan_free(plan);
    }
    check_text(__LINE__, text, "0 56 32");
}

int main(void)
{
    test_sysv64();
    test_win64();
    test_aapcs64();
    test_apple64();
    test_winarm64();
    test_sizes();
    printf("%d checks, %d failures\n", checks, failures);
    return failures != 0;
}
