/* aapcs64.c - the planner of AAPCS64 as Linux and the BSDs use it on arm64. Variadic arguments are
 * placed like any other.
 */
#include "arm64.h"

static const ZfArm64Rules rules = {.even_pairs = true, .natural_alignment = true};

static void place_all(ZfPlan *plan, size_t fixed_count)
{
    (void)fixed_count;
    ZfArm64State state = {.plan = plan, .rules = &rules};
    zf_arm64_place_result(&rules, plan);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        zf_arm64_place_argument(&state, &plan->arguments[i]);
    }
}

const ZfAbi zf_abi_aapcs64 = {
    .name = "aapcs64",
    .id = ZF_ABI_AAPCS64,
    .model = ZF_MODEL_AAPCS64,
    ZF_ARM64_REGISTERS,
    .refuse = zf_arm64_refuse,
    .place = place_all,
};
