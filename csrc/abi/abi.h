/* abi.h - what the planners share: the description of a calling convention, and the table of them.
 *
 * A planner is a pure function from types to places. It allocates nothing, keeps nothing, and is
 * compiled on every host, whichever CPU it plans for.
 */
#ifndef ZF_ABI_H
#define ZF_ABI_H

#include "../zffi.h"

struct ZfAbi {
    const char *name;
    const char *const *argument_names[2]; /* by ZfBank: GP, FP */
    const char *const *result_names[2];
    uint8_t argument_registers[2];
    uint8_t result_registers[2];
    /* Fills in the places, gp_used, fp_used and stack_bytes of a plan whose types, count and ABI
     * are set. */
    void (*place)(ZfPlan *plan);
};

extern const ZfAbi zf_abi_sysv64;

#endif
