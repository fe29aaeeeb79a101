/* apple64.c - the planner of Apple's arm64 convention.
 *
 * Rules: Apple, "Writing ARM64 code for Apple platforms", and clang. As AAPCS64, but scalars and
 * homogeneous aggregates are packed on the stack at their own size and alignment, pairs start at
 * any register, and the unnamed arguments of a variadic function are all on the stack, in slots of
 * 8 bytes. Narrow integers are extended to 32 bits by the caller.
 */
#include "arm64.h"

static const ZfArm64Rules rules = {.packed_stack = true, .ignores_padding = true};

static void place_unnamed(ZfPlan *plan, ZfPlace *place)
{
    uint32_t size = (uint32_t)place->type->size;
    uint32_t alignment = zf_arm64_slot_alignment(&rules, place->type);
    if (zf_arm64_is_absent(&rules, place->type)) {
        return;
    }
    if (size > 16 && !zf_arm64_is_homogeneous(place->type)) {
        zf_abi_copy(plan, place);
        size = alignment = 8;
    }
    zf_abi_put_on_stack(plan, place, size, alignment, zf_abi_round_up(size, 8));
}

static void place_all(ZfPlan *plan, size_t fixed_count)
{
    ZfArm64State state = {.plan = plan, .rules = &rules};
    zf_arm64_place_result(&rules, plan);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        if (i < fixed_count) {
            zf_arm64_place_argument(&state, &plan->arguments[i]);
        } else {
            place_unnamed(plan, &plan->arguments[i]);
        }
    }
}

const ZfAbi zf_abi_apple64 = {
    .name = "apple64",
    .id = ZF_ABI_APPLE64,
    .model = ZF_MODEL_APPLE64,
    ZF_ARM64_REGISTERS,
    .refuse = zf_arm64_refuse_wide,
    .place = place_all,
};
