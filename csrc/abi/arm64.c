/* arm64.c - Arm's procedure call standard for 64 bits, as all platforms share it.
 *
 * Rules: AAPCS64, section 6.8.2 (arguments, stages B and C) and 6.9 (results). One to four members
 * of one floating or vector type (HFA, HVA) take a vector register each. Anything else of at most
 * 16 bytes takes general registers, anything larger is copied and its address passed. What does not
 * fit into a bank goes to the stack whole and closes the bank for all that follows.
 */
#include "arm64.h"

const char *const zf_arm64_gp_names[] = {"x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8"};
const char *const zf_arm64_fp_names[] = {"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"};

enum { MAX_MEMBERS = 4 };

static bool is_vector_kind(ZfKind kind)
{
    switch (kind) {
    case ZF_KIND_FLOAT16:
    case ZF_KIND_FLOAT:
    case ZF_KIND_DOUBLE:
    case ZF_KIND_FLOAT128:
    case ZF_KIND_VECTOR: return true;
    default: return false;
    }
}

/* The members of a homogeneous aggregate, which may overlap in a union but leave no gap; 0 for any
 * other. */
static uint32_t count_members(const ZfType *type)
{
    if (type->leaf_count == 0 || type->has_gaps || type->size > (uint64_t)MAX_MEMBERS * 16) {
        return 0;
    }
    const ZfLeaf *first = &type->leaves[0];
    uint32_t count = (uint32_t)type->size / first->size, seen = 0;
    if (!is_vector_kind((ZfKind)first->kind) || type->size % first->size != 0 ||
        count > MAX_MEMBERS) {
        return 0;
    }
    for (uint32_t i = 0; i < type->leaf_count; i++) {
        const ZfLeaf *leaf = &type->leaves[i];
        if (leaf->kind != first->kind || leaf->size != first->size || leaf->is_bit_field ||
            leaf->offset % first->size != 0) {
            return 0;
        }
        seen |= 1u << leaf->offset / first->size;
    }
    return seen == (1u << count) - 1 ? count : 0;
}

/* How many vector registers a value takes, if that is where it belongs. */
static uint32_t count_vector_registers(const ZfType *type)
{
    if (zf_abi_is_composite(type)) {
        return count_members(type);
    }
    return is_vector_kind(type->kind);
}

bool zf_arm64_is_homogeneous(const ZfType *type)
{
    return count_vector_registers(type) != 0;
}

bool zf_arm64_is_absent(const ZfArm64Rules *rules, const ZfType *type)
{
    bool is_padding = type->kind == ZF_KIND_STRUCT && type->leaf_count == 0 &&
                      type->size <= ZF_FLAT_BYTES;
    return type->size == 0 || (is_padding && rules->ignores_padding);
}

uint32_t zf_arm64_slot_alignment(const ZfArm64Rules *rules, const ZfType *type)
{
    uint32_t alignment = rules->natural_alignment ? type->natural_alignment : type->alignment;
    return alignment >= 16 ? 16 : 8;
}

/* -- Results ----------------------------------------------------------------------------------- */

static void put_members(ZfPlace *place, uint32_t first, uint32_t count)
{
    uint32_t size = (uint32_t)place->type->size / count;
    for (uint32_t i = 0; i < count; i++) {
        zf_abi_put(place, ZF_BANK_FP, first + i, i * size, size);
    }
}

static void put_words(ZfPlace *place, uint32_t first)
{
    uint32_t size = (uint32_t)place->type->size;
    for (uint32_t offset = 0; offset < size; offset += 8) {
        uint32_t left = size - offset;
        zf_abi_put(place, ZF_BANK_GP, first + offset / 8, offset, left < 8 ? left : 8);
    }
}

void zf_arm64_place_result(const ZfArm64Rules *rules, ZfPlan *plan)
{
    ZfPlace *place = &plan->result;
    uint32_t members = count_vector_registers(place->type);
    if (zf_arm64_is_absent(rules, place->type)) {
        return;
    }
    if (members != 0) {
        put_members(place, 0, members);
    } else if (place->type->size <= 16) {
        put_words(place, 0);
    } else {
        place->is_reference = true;
        zf_abi_put(place, ZF_BANK_GP, ZF_ARM64_X8, 0, 8);
    }
}

/* -- Arguments --------------------------------------------------------------------------------- */

void zf_arm64_put_general(ZfPlan *plan, ZfPlace *place, uint32_t index, uint32_t offset,
                          uint32_t size)
{
    zf_abi_put(place, ZF_BANK_GP, index, offset, size);
    plan->gp_used = index + 1;
}

static void put_on_stack(ZfArm64State *state, ZfPlace *place, uint32_t size, uint32_t members)
{
    bool is_packed = state->rules->packed_stack &&
                     (members != 0 || !zf_abi_is_composite(place->type)) && !place->is_reference;
    uint32_t alignment = 8;
    if (is_packed) {
        alignment = members != 0 ? size / members : size;
    } else if (members != 0 && !state->rules->natural_alignment) {
        alignment = size / members > 8 ? 16 : 8; /* that of a member, whatever the whole asks for */
    } else if (!place->is_reference) {
        alignment = zf_arm64_slot_alignment(state->rules, place->type);
    }
    zf_abi_put_on_stack(state->plan, place, size, alignment,
                        is_packed ? size : zf_abi_round_up(size, 8));
}

static void place_vector(ZfArm64State *state, ZfPlace *place, uint32_t members)
{
    if (state->fp + members > ZF_ARM64_FP) {
        state->fp = ZF_ARM64_FP;
        put_on_stack(state, place, (uint32_t)place->type->size, members);
        return;
    }
    put_members(place, state->fp, members);
    state->fp += members;
    state->plan->fp_used = state->fp;
}

static void place_reference(ZfArm64State *state, ZfPlace *place)
{
    zf_abi_copy(state->plan, place);
    if (state->gp < ZF_ARM64_GP) {
        zf_arm64_put_general(state->plan, place, state->gp++, 0, 8);
    } else {
        put_on_stack(state, place, 8, 0);
    }
}

static void place_general(ZfArm64State *state, ZfPlace *place)
{
    uint32_t size = (uint32_t)place->type->size, words = (size + 7) / 8;
    if (state->rules->even_pairs && zf_arm64_slot_alignment(state->rules, place->type) == 16) {
        state->gp = zf_abi_round_up(state->gp, 2);
    }
    if (state->gp + words > ZF_ARM64_GP) {
        state->gp = ZF_ARM64_GP;
        put_on_stack(state, place, size, 0);
        return;
    }
    put_words(place, state->gp);
    state->gp += words;
    state->plan->gp_used = state->gp;
}

void zf_arm64_place_argument(ZfArm64State *state, ZfPlace *place)
{
    uint32_t members = count_vector_registers(place->type);
    if (zf_arm64_is_absent(state->rules, place->type)) {
        return;
    }
    if (members != 0) {
        place_vector(state, place, members);
    } else if (place->type->size > 16) {
        place_reference(state, place);
    } else {
        place_general(state, place);
    }
}

/* -- Refusals ---------------------------------------------------------------------------------- */

const char *zf_arm64_refuse(ZfKind kind)
{
    return kind == ZF_KIND_FLOAT80 ? "arm64 has no x87 long double" : NULL;
}

const char *zf_arm64_refuse_wide(ZfKind kind)
{
    return kind == ZF_KIND_FLOAT128 ? "this platform has no 128-bit floating type"
                                    : zf_arm64_refuse(kind);
}
