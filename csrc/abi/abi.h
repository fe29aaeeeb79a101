/* abi.h - what the planners share: the description of a calling convention, the table of them, and
 * the small words in which places are written down.
 *
 * A planner is a pure function from types to places. It allocates nothing, keeps nothing, and is
 * compiled on every host, whichever CPU it plans for.
 */
#ifndef ZF_ABI_H
#define ZF_ABI_H

#include "../layout/layout.h"
#include "../zffi.h"

typedef enum ZfAbiId {
    ZF_ABI_SYSV64,
    ZF_ABI_WIN64,
    ZF_ABI_AAPCS64,
    ZF_ABI_APPLE64,
    ZF_ABI_WINARM64,
    ZF_ABI_COUNT,
} ZfAbiId;

enum { ZF_REGISTER_BANKS = ZF_BANK_STACK };

struct ZfAbi {
    const char *name;
    ZfAbiId id;
    ZfDataModel model;
    const char *const *argument_names[ZF_REGISTER_BANKS]; /* by ZfBank */
    const char *const *result_names[ZF_REGISTER_BANKS];
    uint8_t argument_registers[ZF_REGISTER_BANKS];
    uint8_t result_registers[ZF_REGISTER_BANKS];
    /* Why a scalar of this kind, alone or inside an aggregate, cannot be passed; NULL if it can. */
    const char *(*refuse)(ZfKind kind);
    /* Why a type cannot be passed as a value of its own, though what is in it can be, or it inside
     * of another. NULL where there is none. */
    const char *(*refuse_whole)(const ZfType *type);
    /* Fills in the places, gp_used, fp_used, and the sizes and alignments of stack and copies of a
     * plan whose types, count and ABI are set. All of its types can be passed. */
    void (*place)(ZfPlan *plan, size_t fixed_count);
};

/* The chain of a plan that is complete but for it (hops.c). False if there is none: `hops`, which
 * has room for the most that so many arguments take, has no meaning then. */
size_t zf_hops_most(size_t argument_count);
bool zf_hops_write(const ZfPlan *plan, ZfHop *hops);

extern const ZfAbi zf_abi_sysv64, zf_abi_win64, zf_abi_aapcs64, zf_abi_apple64, zf_abi_winarm64;

/* -- What planners say ------------------------------------------------------------------------- */

static inline uint32_t zf_abi_round_up(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline bool zf_abi_is_composite(const ZfType *type)
{
    return type->kind == ZF_KIND_STRUCT || type->kind == ZF_KIND_COMPLEX;
}

/* Adds a piece to a place. */
void zf_abi_put(ZfPlace *place, ZfBank bank, uint32_t index, uint32_t offset, uint32_t size);

/* Adds a piece for all of a value of `size` bytes, on the stack: behind what is there, at
 * `alignment`, in a slot of `room` bytes. */
void zf_abi_put_on_stack(ZfPlan *plan, ZfPlace *place, uint32_t size, uint32_t alignment,
                         uint32_t room);

/* Has the caller copy an argument. The place of the pointer is still to be put. */
void zf_abi_copy(ZfPlan *plan, ZfPlace *place);

#endif
