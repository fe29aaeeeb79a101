/* hops.c - the chain of hops of a plan whose values are all scalars (see hops.h).
 *
 * Reads nothing but the places, and knows of no CPU what its hops do. */
#include "hops.h"

#include "abi.h"

_Static_assert(ZF_KIND_BOOL == 1 && ZF_KIND_UINT32 == 7 && ZF_KIND_POINTER == 12 &&
                   ZF_HOP_GENERAL == ZF_HOP_CALL + ZF_KIND_POINTER + 1,
               "the assembly counts hops by ZfKind");

static uint32_t load_of(ZfKind kind)
{
    switch (kind) {
    case ZF_KIND_FLOAT: return ZF_KIND_UINT32 - ZF_KIND_BOOL;
    case ZF_KIND_INT64:
    case ZF_KIND_UINT64:
    case ZF_KIND_DOUBLE:
    case ZF_KIND_POINTER: return ZF_HOP_LOADS - 1;
    default: return kind - ZF_KIND_BOOL;
    }
}

static uint32_t number_of(const ZfPlace *place)
{
    const ZfPiece *piece = &place->pieces[0];
    uint32_t load = load_of(place->type->kind);
    switch (piece->bank) {
    case ZF_BANK_GP: return ZF_HOP_GENERAL + ZF_HOP_LOADS * piece->index + load;
    case ZF_BANK_FP: return ZF_HOP_VECTOR + 2 * piece->index + (piece->size == 8);
    default: return ZF_HOP_STACK + load;
    }
}

static ZfHop hop(uint32_t number, size_t operand)
{
    return (ZfHop){number * ZF_HOP_BYTES, (uint32_t)operand};
}

static bool is_on_stack(const ZfPlan *plan, uint32_t argument)
{
    return plan->arguments[argument].pieces[0].bank == ZF_BANK_STACK;
}

static ZfHop load_hop(const ZfPlan *plan, uint32_t argument)
{
    return hop(number_of(&plan->arguments[argument]), argument * sizeof(void *));
}

size_t zf_hops_most(size_t argument_count)
{
    return argument_count + 2;
}

/* The stack from its end, then the registers. */
bool zf_hops_write(const ZfPlan *plan, ZfHop *hops)
{
    uint32_t words = plan->stack_bytes / 8;
    bool has_room = false;
    if (!plan->is_scalar || words > ZF_HOP_MOST_WORDS) {
        return false;
    }
    for (uint32_t i = plan->argument_count; i-- > 0;) {
        if (is_on_stack(plan, i)) {
            if (!has_room) {
                *hops++ = hop(ZF_HOP_ROOM, words);
                has_room = true;
            }
            *hops++ = load_hop(plan, i);
        }
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        if (!is_on_stack(plan, i)) {
            *hops++ = load_hop(plan, i);
        }
    }
    *hops = hop(ZF_HOP_CALL + plan->result.type->kind, plan->fp_used);
    return true;
}
