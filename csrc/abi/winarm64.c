/* winarm64.c - the planner of Microsoft's arm64 convention.
 *
 * Rules: Microsoft, "Overview of ARM64 ABI conventions". As AAPCS64, but for variadic functions:
 * their arguments, named or not, are laid out on an imaginary stack, whose first 64 bytes are then
 * x0 to x7 and whose rest is the stack. So no vector register is used, homogeneous aggregates are
 * like any other, and a composite may lie half in x7 and half on the stack. An empty struct, which
 * is no C to Microsoft, has 4 bytes but is not passed, as in clang.
 */
#include "arm64.h"

static const ZfArm64Rules rules = {.even_pairs = true, .ignores_padding = true};

enum { REGISTER_BYTES = ZF_ARM64_GP * 8 };

/* One word of a value, at `position` of the imaginary stack. */
static void put_word(ZfPlan *plan, ZfPlace *place, uint32_t position, uint32_t offset,
                     uint32_t size)
{
    if (position < REGISTER_BYTES) {
        zf_arm64_put_general(plan, place, position / 8, offset, size);
        return;
    }
    place->pieces[place->piece_count++] = (ZfPiece){
        .bank = ZF_BANK_STACK,
        .index = position - REGISTER_BYTES,
        .offset = offset,
        .size = size,
        .room = 8,
    };
    plan->stack_bytes = position + 8 - REGISTER_BYTES;
}

static uint32_t place_variadic(ZfPlan *plan, ZfPlace *place, uint32_t position)
{
    uint32_t size = (uint32_t)place->type->size;
    if (zf_arm64_is_absent(&rules, place->type)) {
        return position;
    }
    if (size > 16) {
        zf_abi_copy(plan, place);
        size = 8;
    } else {
        position = zf_abi_round_up(position, zf_arm64_slot_alignment(&rules, place->type));
    }
    for (uint32_t offset = 0; offset < size; offset += 8) {
        uint32_t left = size - offset;
        put_word(plan, place, position, offset, left < 8 ? left : 8);
        position += 8;
    }
    return position;
}

static void place_all(ZfPlan *plan, size_t fixed_count)
{
    (void)fixed_count;
    ZfArm64State state = {.plan = plan, .rules = &rules};
    uint32_t position = 0;
    zf_arm64_place_result(&rules, plan);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        if (plan->is_variadic) {
            position = place_variadic(plan, &plan->arguments[i], position);
        } else {
            zf_arm64_place_argument(&state, &plan->arguments[i]);
        }
    }
}

const ZfAbi zf_abi_winarm64 = {
    .name = "winarm64",
    .id = ZF_ABI_WINARM64,
    .model = ZF_MODEL_WINARM64,
    ZF_ARM64_REGISTERS,
    .refuse = zf_arm64_refuse_wide,
    .place = place_all,
};
