/* arm64.h - what the three arm64 conventions share: Arm's procedure call standard, and the ways in
 * which Apple and Microsoft differ from it.
 */
#ifndef ZF_ARM64_H
#define ZF_ARM64_H

#include "abi.h"

enum { ZF_ARM64_GP = 8, ZF_ARM64_FP = 8, ZF_ARM64_X8 = 8 };

typedef struct ZfArm64Rules {
    bool even_pairs;        /* a 16-aligned value starts at an even general register */
    bool natural_alignment; /* `aligned` on a composite does not count */
    bool packed_stack;      /* scalars take their own size on the stack, not eightbytes */
    bool ignores_padding;   /* a struct of nothing but padding is as absent as an empty one */
} ZfArm64Rules;

/* How far the allocation has come: a full bank stays closed, and is then at 8. */
typedef struct ZfArm64State {
    ZfPlan *plan;
    const ZfArm64Rules *rules;
    uint32_t gp; /* NGRN, the next general register */
    uint32_t fp; /* NSRN, the next vector register */
} ZfArm64State;

extern const char *const zf_arm64_gp_names[ZF_ARM64_GP + 1]; /* x8 is the last */
extern const char *const zf_arm64_fp_names[ZF_ARM64_FP];

void zf_arm64_place_result(const ZfArm64Rules *rules, ZfPlan *plan);
void zf_arm64_place_argument(ZfArm64State *state, ZfPlace *place);

/* What the variadic rules of Apple and Microsoft need. */
bool zf_arm64_is_absent(const ZfArm64Rules *rules, const ZfType *type);
bool zf_arm64_is_homogeneous(const ZfType *type);
uint32_t zf_arm64_slot_alignment(const ZfArm64Rules *rules, const ZfType *type); /* 8 or 16 */
void zf_arm64_put_general(ZfPlan *plan, ZfPlace *place, uint32_t index, uint32_t offset,
                          uint32_t size);

/* Turns down the kinds that no arm64 platform has. */
const char *zf_arm64_refuse(ZfKind kind);
/* And those of platforms whose long double is a double. */
const char *zf_arm64_refuse_wide(ZfKind kind);

#define ZF_ARM64_REGISTERS                                                                         \
    .argument_names = {zf_arm64_gp_names, zf_arm64_fp_names},                                      \
    .result_names = {zf_arm64_gp_names, zf_arm64_fp_names},                                        \
    .argument_registers = {ZF_ARM64_GP + 1, ZF_ARM64_FP}, .result_registers = {2, 4}

#endif
