/* leaves.c - the scalars that an aggregate comes down to.
 *
 * Nested aggregates, arrays and unions are flattened here, once, so that what classifies arguments
 * never walks a type. A set is in order of offset, and of insertion where offsets are equal; a leaf
 * that several members of a union share is there once, which bounds the set by the few bytes that
 * aggregates with leaves have.
 */
#include "layout.h"

#include <stdlib.h>
#include <string.h>

static bool is_same(const ZfLeaf *a, const ZfLeaf *b)
{
    return a->size == b->size && a->kind == b->kind && a->is_bit_field == b->is_bit_field;
}

static bool make_room(ZfLeafSet *set)
{
    if (set->count < set->room) {
        return true;
    }
    uint32_t room = set->room > 0 ? 2 * set->room : 16;
    ZfLeaf *leaves = realloc(set->leaves, room * sizeof *leaves);
    if (leaves == NULL) {
        return false;
    }
    set->leaves = leaves;
    set->room = room;
    return true;
}

bool zf_leaves_add(ZfLeafSet *set, ZfLeaf leaf)
{
    uint32_t after = set->count; /* the leaf goes behind those of its offset */
    while (after > 0 && set->leaves[after - 1].offset > leaf.offset) {
        after--;
    }
    for (uint32_t i = after; i > 0 && set->leaves[i - 1].offset == leaf.offset; i--) {
        if (is_same(&set->leaves[i - 1], &leaf)) {
            return true;
        }
    }
    if (!make_room(set)) {
        return false;
    }
    memmove(&set->leaves[after + 1], &set->leaves[after], (set->count - after) * sizeof leaf);
    set->leaves[after] = leaf;
    set->count++;
    return true;
}

static bool is_scalar(const ZfType *type)
{
    return type->kind < ZF_KIND_COMPLEX || type->kind == ZF_KIND_VECTOR;
}

bool zf_leaves_add_type(ZfLeafSet *set, const ZfType *type, uint64_t offset)
{
    if (is_scalar(type)) {
        return zf_leaves_add(set, (ZfLeaf){.offset = (uint32_t)offset,
                                           .size = (uint16_t)type->size,
                                           .kind = (uint8_t)type->kind});
    }
    for (uint32_t i = 0; i < type->leaf_count; i++) {
        ZfLeaf leaf = type->leaves[i];
        leaf.offset += (uint32_t)offset;
        if (!zf_leaves_add(set, leaf)) {
            return false;
        }
    }
    return true;
}

static bool is_like_integer(const ZfLayoutOptions *options, const ZfMember *member)
{
    bool is_whole = member->bits == 16 || member->bits == 32 || member->bits == 64;
    if (!is_whole || options->is_packed) {
        return options->is_union;
    }
    return member->bit_offset == 0 && member->offset % ((uint32_t)member->bits / 8) == 0;
}

static bool add_bit_field(ZfLeafSet *set, const ZfLayoutOptions *options, const ZfMember *member)
{
    if (!member->is_named) {
        return true;
    }
    uint32_t bytes = zf_touched_bytes(member->bit_offset, (uint32_t)member->bits);
    bool like_integer = is_like_integer(options, member);
    return zf_leaves_add(set,
                         (ZfLeaf){.offset = (uint32_t)member->offset,
                                  .size = (uint16_t)bytes,
                                  .kind = (uint8_t)member->type->kind,
                                  .is_bit_field = like_integer ? ZF_BITS_LIKE_INTEGER : ZF_BITS});
}

bool zf_leaves_add_members(ZfLeafSet *set, const ZfLayoutOptions *options, size_t count,
                           const ZfMember *members)
{
    for (const ZfMember *member = members; member < members + count; member++) {
        bool has_memory = member->bits != ZF_NO_BITS
                              ? add_bit_field(set, options, member)
                              : zf_leaves_add_type(set, member->type, member->offset);
        if (!has_memory) {
            return false;
        }
    }
    return true;
}
