/* abi.c - the table of calling conventions, and the making of plans.
 *
 * Checks the types, allocates, and leaves the placing to the convention's own planner. What is
 * refused for every convention is refused here, what only one cannot pass by its own `refuse`.
 */
#include "abi.h"

#include <stdlib.h>
#include <string.h>

static const ZfAbi *const conventions[ZF_ABI_COUNT] = {
    &zf_abi_sysv64, &zf_abi_win64, &zf_abi_aapcs64, &zf_abi_apple64, &zf_abi_winarm64,
};

const ZfAbi *zf_abi_at(size_t index)
{
    return index < ZF_ABI_COUNT ? conventions[index] : NULL;
}

const ZfAbi *zf_abi_find(const char *name)
{
    const ZfAbi *abi;
    if (strcmp(name, "default") == 0) {
        return zf_abi_default();
    }
    for (size_t i = 0; (abi = zf_abi_at(i)) != NULL; i++) {
        if (strcmp(abi->name, name) == 0) {
            return abi;
        }
    }
    return NULL;
}

/* AAPCS64, 10.1.8: a container contributes to the alignment, whether the bit-field has a name or
 * not.
 */
bool zf_abi_aligns_bit_fields(const ZfAbi *abi)
{
    return abi->id == ZF_ABI_AAPCS64;
}

const char *zf_abi_name(const ZfAbi *abi)
{
    return abi->name;
}

const ZfType *zf_abi_type(const ZfAbi *abi, const char *name)
{
    return zf_scalar_find(abi->model, name);
}

const char *zf_abi_argument_register(const ZfAbi *abi, ZfBank bank, uint32_t index)
{
    bool known = bank != ZF_BANK_STACK && index < abi->argument_registers[bank];
    return known ? abi->argument_names[bank][index] : NULL;
}

const char *zf_abi_result_register(const ZfAbi *abi, ZfBank bank, uint32_t index)
{
    bool known = bank != ZF_BANK_STACK && index < abi->result_registers[bank];
    return known ? abi->result_names[bank][index] : NULL;
}

/* -- Placing ----------------------------------------------------------------------------------- */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

void zf_abi_put(ZfPlace *place, ZfBank bank, uint32_t index, uint32_t offset, uint32_t size)
{
    place->pieces[place->piece_count++] = (ZfPiece){
        .bank = bank,
        .index = index,
        .offset = offset,
        .size = size,
        .room = bank == ZF_BANK_GP ? 8 : 16,
    };
}

void zf_abi_put_on_stack(ZfPlan *plan, ZfPlace *place, uint32_t size, uint32_t alignment,
                         uint32_t room)
{
    plan->stack_bytes = zf_abi_round_up(plan->stack_bytes, alignment);
    plan->stack_alignment = larger(plan->stack_alignment, alignment);
    place->pieces[place->piece_count++] = (ZfPiece){
        .bank = ZF_BANK_STACK, .index = plan->stack_bytes, .size = size, .room = room};
    plan->stack_bytes += room;
}

void zf_abi_copy(ZfPlan *plan, ZfPlace *place)
{
    uint32_t alignment = larger(place->type->alignment, 16);
    plan->copy_alignment = larger(plan->copy_alignment, alignment);
    plan->copy_bytes = zf_abi_round_up(plan->copy_bytes, alignment) + (uint32_t)place->type->size;
    place->is_reference = true;
}

/* -- Checks ------------------------------------------------------------------------------------ */

static const char *refuse_leaves(const ZfAbi *abi, const ZfType *type)
{
    for (uint32_t i = 0; i < type->leaf_count; i++) {
        const char *why = abi->refuse((ZfKind)type->leaves[i].kind);
        if (why != NULL) {
            return why;
        }
    }
    return NULL;
}

static const char *refuse(const ZfAbi *abi, const ZfType *type)
{
    const char *why = abi->refuse_whole != NULL ? abi->refuse_whole(type) : NULL;
    if (why != NULL) {
        return why;
    }
    switch (type->kind) {
    case ZF_KIND_ARRAY: return "arrays are not passed by value";
    case ZF_KIND_VECTOR:
        return type->size == 8 || type->size == 16
                   ? NULL
                   : "only vectors of 8 or 16 bytes are passed in the same way by all compilers";
    case ZF_KIND_COMPLEX:
    case ZF_KIND_STRUCT: return refuse_leaves(abi, type);
    default: return abi->refuse(type->kind);
    }
}

/* An upper bound of what the arguments take on the stack, whether there or as copies. */
static bool fits_on_stack(const ZfPrototype *prototype, size_t *bad)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < prototype->argument_count; i++) {
        const ZfType *type = prototype->arguments[i];
        if (type->size > ZF_MAX_STACK_BYTES || type->alignment > ZF_MAX_STACK_BYTES) {
            *bad = i;
            return false;
        }
        bytes += type->size + larger(type->alignment, 16);
        if (bytes > ZF_MAX_STACK_BYTES) {
            *bad = i;
            return false;
        }
    }
    return true;
}

static ZfStatus check(const ZfAbi *abi, const ZfPrototype *prototype, size_t *bad, const char **why)
{
    if (prototype->argument_count > ZF_MAX_ARGUMENTS) {
        return ZF_TOO_MANY_ARGUMENTS;
    }
    if (prototype->result->kind != ZF_KIND_VOID &&
        (*why = refuse(abi, prototype->result)) != NULL) {
        *bad = SIZE_MAX;
        return ZF_BAD_ARGUMENT;
    }
    for (size_t i = 0; i < prototype->argument_count; i++) {
        const ZfType *type = prototype->arguments[i];
        *why = type->kind == ZF_KIND_VOID ? "no value has type void" : refuse(abi, type);
        if (*why != NULL) {
            *bad = i;
            return ZF_BAD_ARGUMENT;
        }
    }
    if (!fits_on_stack(prototype, bad)) {
        *why = "the arguments take more than a megabyte";
        return ZF_TOO_LARGE;
    }
    return ZF_OK;
}

/* -- Plans ------------------------------------------------------------------------------------- */

static bool is_one_word(const ZfPlace *place)
{
    return place->type->kind <= ZF_KIND_POINTER && place->piece_count == 1;
}

static bool is_scalar(const ZfPlan *plan)
{
    bool is_scalar = plan->result.type->kind == ZF_KIND_VOID || is_one_word(&plan->result);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        /* On the stack, a word of its own: not on Apple's, where narrow scalars share one. */
        is_scalar &= is_one_word(&plan->arguments[i]) && plan->arguments[i].pieces[0].room >= 8;
    }
    return is_scalar;
}

ZfStatus zf_plan_make(const ZfAbi *abi, const ZfPrototype *prototype, ZfPlan **made, size_t *bad,
                      const char **why)
{
    size_t unused_index;
    const char *unused_text;
    ZfStatus status = check(abi, prototype, bad != NULL ? bad : &unused_index,
                            why != NULL ? why : &unused_text);
    if (status != ZF_OK) {
        return status;
    }
    size_t count = prototype->argument_count;
    ZfPlan *plan = calloc(1, sizeof *plan + count * sizeof plan->arguments[0] +
                                 zf_hops_most(count) * sizeof *plan->hops);
    if (plan == NULL) {
        return ZF_NO_MEMORY;
    }
    plan->abi = abi;
    plan->is_variadic = prototype->fixed_count != SIZE_MAX;
    plan->argument_count = (uint32_t)count;
    plan->stack_alignment = plan->copy_alignment = 16;
    plan->result.type = prototype->result;
    for (size_t i = 0; i < count; i++) {
        plan->arguments[i].type = prototype->arguments[i];
    }
    abi->place(plan, prototype->fixed_count);
    plan->stack_bytes = zf_abi_round_up(plan->stack_bytes, 8);
    plan->is_scalar = is_scalar(plan);
    ZfHop *hops = (ZfHop *)(plan->arguments + count);
    plan->hops = zf_hops_write(plan, hops) ? hops : NULL;
    *made = plan;
    return ZF_OK;
}

void zf_plan_free(ZfPlan *plan)
{
    free(plan);
}
