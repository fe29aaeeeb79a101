/* win64.c - the planner of Microsoft's x64 calling convention.
 *
 * Rules: Microsoft, "x64 calling convention". Arguments take one slot each, by position: slots 0 to
 * 3 are a register, rcx rdx r8 r9 or xmm0 to xmm3, and the caller leaves 32 bytes of shadow space
 * for them below the others on the stack. What has not 1, 2, 4 or 8 bytes is copied, and its slot
 * holds a pointer to the copy; for gcc and clang that includes empty structs, which Microsoft's
 * compiler gives 4 bytes. Where Microsoft's compiler has no such type (__int128, __float128), the
 * rules are those of gcc and clang for Windows; where these differ, there is none.
 */
#include "abi.h"

static const char *const gp_arguments[] = {"rcx", "rdx", "r8", "r9"};
static const char *const fp_arguments[] = {"xmm0", "xmm1", "xmm2", "xmm3"};
static const char *const gp_results[] = {"rax"};
static const char *const fp_results[] = {"xmm0"};

enum { REGISTER_SLOTS = 4, SHADOW_BYTES = 32 };

static bool is_floating(const ZfType *type)
{
    return type->kind == ZF_KIND_FLOAT || type->kind == ZF_KIND_DOUBLE;
}

static bool fits_slot(const ZfType *type)
{
    return type->size == 1 || type->size == 2 || type->size == 4 || type->size == 8;
}

/* 16-byte scalars go in by reference, but come back in xmm0. */
static bool returns_in_vector(const ZfType *type)
{
    switch (type->kind) {
    case ZF_KIND_INT128:
    case ZF_KIND_UINT128:
    case ZF_KIND_FLOAT128: return true;
    case ZF_KIND_VECTOR: return type->size == 16;
    default: return is_floating(type);
    }
}

static void put_in_register(ZfPlan *plan, ZfPlace *place, ZfBank bank, uint32_t slot, uint32_t size)
{
    uint32_t *used = bank == ZF_BANK_GP ? &plan->gp_used : &plan->fp_used;
    zf_abi_put(place, bank, slot, 0, size);
    *used = slot + 1;
}

static void place_argument(ZfPlan *plan, ZfPlace *place, uint32_t slot)
{
    bool is_reference = !fits_slot(place->type);
    bool is_vector = is_floating(place->type);
    uint32_t size = is_reference ? 8 : (uint32_t)place->type->size;
    if (is_reference) {
        zf_abi_copy(plan, place);
    }
    if (slot >= REGISTER_SLOTS) {
        zf_abi_put_on_stack(plan, place, size, 8, 8);
        return;
    }
    if (is_vector) {
        put_in_register(plan, place, ZF_BANK_FP, slot, size);
    }
    /* A variadic callee spills the general registers alone and reads its arguments from there. */
    if (!is_vector || plan->is_variadic) {
        put_in_register(plan, place, ZF_BANK_GP, slot, size);
    }
}

static void place_all(ZfPlan *plan, size_t fixed_count)
{
    (void)fixed_count; /* named floating arguments of a variadic function are in both banks too */
    const ZfType *result = plan->result.type;
    uint32_t slot = 0;
    plan->stack_bytes = SHADOW_BYTES;
    if (returns_in_vector(result)) {
        zf_abi_put(&plan->result, ZF_BANK_FP, 0, 0, (uint32_t)result->size);
    } else if (fits_slot(result)) {
        zf_abi_put(&plan->result, ZF_BANK_GP, 0, 0, (uint32_t)result->size);
    } else if (result->size != 0) {
        plan->result.is_reference = true;
        put_in_register(plan, &plan->result, ZF_BANK_GP, slot++, 8);
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        place_argument(plan, &plan->arguments[i], slot++);
    }
}

static const char *refuse(ZfKind kind)
{
    (void)kind;
    return NULL;
}

/* Where the compilers that have this convention do not agree. Inside a struct, whose bytes are
 * passed, they do. */
static const char *refuse_whole(const ZfType *type)
{
    switch (type->kind) {
    case ZF_KIND_FLOAT80: return "gcc and clang disagree on how win64 returns a long double";
    case ZF_KIND_FLOAT16: return "gcc and clang disagree on how win64 passes a _Float16";
    case ZF_KIND_VECTOR:
        return type->size == 8 ? "gcc and clang disagree on how win64 passes a vector of 8 bytes"
                               : NULL;
    default: return NULL;
    }
}

const ZfAbi zf_abi_win64 = {
    .name = "win64",
    .id = ZF_ABI_WIN64,
    .model = ZF_MODEL_WIN64,
    .argument_names = {gp_arguments, fp_arguments},
    .result_names = {gp_results, fp_results},
    .argument_registers = {REGISTER_SLOTS, REGISTER_SLOTS},
    .result_registers = {1, 1},
    .refuse = refuse,
    .refuse_whole = refuse_whole,
    .place = place_all,
};
