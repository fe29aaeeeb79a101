/* sysv64.c - the planner of the System V ABI for x86-64 (Linux, macOS on Intel, the BSDs).
 *
 * Rules: System V ABI, AMD64 supplement, section 3.2.3. Each eightbyte of a value has a class,
 * merged from those of the scalars in it. A value whose eightbytes all find a register of their
 * class is there; any other is on the stack, whole. The two banks run out independently, and a
 * later, smaller value may still find a register that an earlier one had to leave.
 */
#include "abi.h"

static const char *const gp_arguments[] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
static const char *const fp_arguments[] = {"xmm0", "xmm1", "xmm2", "xmm3",
                                           "xmm4", "xmm5", "xmm6", "xmm7"};
static const char *const gp_results[] = {"rax", "rdx"};
static const char *const fp_results[] = {"xmm0", "xmm1"};
static const char *const x87_results[] = {"st0", "st1"};

enum { GP_ARGUMENTS = 6, FP_ARGUMENTS = 8 };

/* -- Classification ---------------------------------------------------------------------------- */

typedef enum Class { NO_CLASS, INTEGER, SSE, SSEUP, X87, X87UP, MEMORY } Class;

typedef struct Classes {
    Class low, high; /* of the first and the second eightbyte; `low` alone says MEMORY */
} Classes;

static Class merge(Class a, Class b)
{
    if (a == b || b == NO_CLASS) {
        return a;
    }
    if (a == NO_CLASS) {
        return b;
    }
    if (a == MEMORY || b == MEMORY) {
        return MEMORY;
    }
    if (a == INTEGER || b == INTEGER) {
        return INTEGER;
    }
    if (a == X87 || a == X87UP || b == X87 || b == X87UP) {
        return MEMORY;
    }
    return SSE;
}

/* The classes of a scalar's own first and second eightbyte. */
static Classes classify_scalar(ZfKind kind, uint64_t size)
{
    switch (kind) {
    case ZF_KIND_FLOAT16:
    case ZF_KIND_FLOAT:
    case ZF_KIND_DOUBLE: return (Classes){SSE, NO_CLASS};
    case ZF_KIND_VECTOR:
    case ZF_KIND_FLOAT128: return (Classes){SSE, size > 8 ? SSEUP : NO_CLASS};
    case ZF_KIND_FLOAT80: return (Classes){X87, X87UP};
    default: return (Classes){INTEGER, size > 8 ? INTEGER : NO_CLASS};
    }
}

/* What an aligned scalar's offset is a multiple of: of a bit-field, the smallest integer that holds
 * it, if it counts. */
static uint32_t wanted_alignment(const ZfLeaf *leaf)
{
    uint32_t alignment = 1;
    if (leaf->is_bit_field == ZF_BITS) {
        return 1;
    }
    while (alignment < leaf->size) {
        alignment *= 2;
    }
    return alignment;
}

/* What a leaf has in the two eightbytes of its aggregate. */
static Classes classify_leaf(const ZfLeaf *leaf)
{
    Classes own = classify_scalar((ZfKind)leaf->kind, leaf->size);
    if (leaf->is_bit_field) {
        own = (Classes){INTEGER, INTEGER};
    }
    if (leaf->offset % wanted_alignment(leaf) != 0) {
        return (Classes){MEMORY, NO_CLASS};
    }
    if (leaf->offset >= 8) {
        return (Classes){NO_CLASS, own.low};
    }
    return (Classes){own.low, leaf->offset + leaf->size > 8 ? own.high : NO_CLASS};
}

/* The ABI classifies a nested aggregate before it merges it, this the leaves of all levels at once.
 * That makes a difference for the unions alone that refuse_union turns down. */
static Classes classify(const ZfType *type)
{
    const Classes in_memory = {MEMORY, NO_CLASS};
    if (type->size > 16) {
        return in_memory;
    }
    if (!zf_abi_is_composite(type)) {
        return classify_scalar(type->kind, type->size);
    }
    Classes classes = {NO_CLASS, NO_CLASS};
    for (uint32_t i = 0; i < type->leaf_count && classes.low != MEMORY; i++) {
        Classes own = classify_leaf(&type->leaves[i]);
        classes.low = merge(classes.low, own.low);
        classes.high = merge(classes.high, own.high);
    }
    /* The clean-up after merging: a second half without its first. */
    if (classes.high == MEMORY || (classes.high == X87UP && classes.low != X87)) {
        return in_memory;
    }
    if (classes.high == SSEUP && classes.low != SSE) {
        classes.high = SSE;
    }
    return classes;
}

/* -- Placing ----------------------------------------------------------------------------------- */

static uint32_t count_class(Classes classes, Class wanted)
{
    return (uint32_t)(classes.low == wanted) + (uint32_t)(classes.high == wanted);
}

static void put_eightbyte(ZfPlace *place, Class class, uint32_t offset, uint32_t *gp, uint32_t *fp)
{
    uint32_t left = (uint32_t)place->type->size - offset;
    uint32_t size = left < 8 ? left : 8;
    if (class == INTEGER) {
        zf_abi_put(place, ZF_BANK_GP, (*gp)++, offset, size);
    } else if (class == SSE) {
        zf_abi_put(place, ZF_BANK_FP, (*fp)++, offset, size);
    }
}

/* Eightbytes that are nothing but padding take no register. */
static void put_eightbytes(ZfPlace *place, Classes classes, uint32_t *gp, uint32_t *fp)
{
    if (classes.high == SSEUP) {
        zf_abi_put(place, ZF_BANK_FP, (*fp)++, 0, 16);
        return;
    }
    put_eightbyte(place, classes.low, 0, gp, fp);
    put_eightbyte(place, classes.high, 8, gp, fp);
}

static bool is_complex_x87(const ZfType *type)
{
    return type->kind == ZF_KIND_COMPLEX && type->leaves[0].kind == ZF_KIND_FLOAT80;
}

static void place_result(ZfPlan *plan)
{
    ZfPlace *place = &plan->result;
    Classes classes = classify(place->type);
    uint32_t gp = 0, fp = 0;
    if (place->type->size == 0) {
        return;
    }
    if (is_complex_x87(place->type)) {
        zf_abi_put(place, ZF_BANK_X87, 0, 0, 16);
        zf_abi_put(place, ZF_BANK_X87, 1, 16, 16);
    } else if (classes.low == MEMORY) {
        place->is_reference = true;
        zf_abi_put(place, ZF_BANK_GP, plan->gp_used++, 0, 8);
    } else if (classes.low == X87) {
        zf_abi_put(place, ZF_BANK_X87, 0, 0, 16);
    } else {
        put_eightbytes(place, classes, &gp, &fp);
    }
}

static void place_argument(ZfPlan *plan, ZfPlace *place)
{
    const ZfType *type = place->type;
    Classes classes = classify(type);
    bool is_in_registers = classes.low != MEMORY && classes.low != X87 &&
                           plan->gp_used + count_class(classes, INTEGER) <= GP_ARGUMENTS &&
                           plan->fp_used + count_class(classes, SSE) <= FP_ARGUMENTS;
    if (type->size == 0) {
        return;
    }
    if (is_in_registers) {
        put_eightbytes(place, classes, &plan->gp_used, &plan->fp_used);
        return;
    }
    uint32_t size = (uint32_t)type->size;
    uint32_t alignment = type->alignment > 8 ? type->alignment : 8;
    zf_abi_put_on_stack(plan, place, size, alignment, zf_abi_round_up(size, 8));
}

static void place_all(ZfPlan *plan, size_t fixed_count)
{
    (void)fixed_count; /* named and unnamed arguments are placed alike */
    place_result(plan);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        place_argument(plan, &plan->arguments[i]);
    }
}

static const char *refuse(ZfKind kind)
{
    (void)kind;
    return NULL;
}

/* In one eightbyte, x87 and SSE are in memory, unless an INTEGER comes between; a union of x87 and
 * an INTEGER in the first eightbyte alone is, and whatever lies over it. So the outcome depends on
 * the order of a union's members, and on what is nested, and leaves have neither. */
static const char *refuse_union(const ZfType *type)
{
    uint32_t low = 0, high = 0; /* a bit for each class */
    static const char depends_on_order[] =
        "where a union of long double and others goes depends on their order and nesting";
    const uint32_t x87 = 1u << X87 | 1u << X87UP, sse = 1u << SSE | 1u << SSEUP;
    if (type->has_nested_x87_union && type->size <= 16) {
        return depends_on_order;
    }
    for (uint32_t i = 0; i < type->leaf_count && type->size <= 16; i++) {
        Classes own = classify_leaf(&type->leaves[i]);
        low |= 1u << own.low;
        high |= 1u << own.high;
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t seen = i == 0 ? low : high;
        if ((seen & x87) != 0 && (seen & sse) != 0 && (seen & 1u << INTEGER) != 0) {
            return depends_on_order;
        }
    }
    return NULL;
}

const ZfAbi zf_abi_sysv64 = {
    .name = "sysv64",
    .id = ZF_ABI_SYSV64,
    .model = ZF_MODEL_SYSV64,
    .argument_names = {gp_arguments, fp_arguments},
    .result_names = {gp_results, fp_results, x87_results},
    .argument_registers = {GP_ARGUMENTS, FP_ARGUMENTS},
    .result_registers = {2, 2, 2},
    .refuse = refuse,
    .refuse_whole = refuse_union,
    .place = place_all,
};
