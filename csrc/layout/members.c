/* members.c - what no layout may contain, whoever's rules it follows.
 *
 * Every check of the caller's input is here, so that the rules can rely on it: alignments are
 * powers of two of at most ZF_MAX_ALIGNMENT, bit-fields are integers that hold their bits.
 */
#include "layout.h"

static bool is_alignment(uint32_t alignment)
{
    return alignment <= ZF_MAX_ALIGNMENT && (alignment & (alignment - 1)) == 0;
}

const char *zf_options_check(const ZfLayoutOptions *options)
{
    if (options->pack > 16 || !is_alignment(options->pack)) {
        return "pack is not 1, 2, 4, 8 or 16";
    }
    if (!is_alignment(options->alignment)) {
        return "the alignment is not a power of two of at most 2**28";
    }
    return NULL;
}

/* How many bits a bit-field of the type can have; 0 if it can be none. */
static uint32_t largest_width(const ZfType *type)
{
    switch (type->kind) {
    case ZF_KIND_BOOL: return 1;
    case ZF_KIND_INT8:
    case ZF_KIND_UINT8:
    case ZF_KIND_INT16:
    case ZF_KIND_UINT16:
    case ZF_KIND_INT32:
    case ZF_KIND_UINT32:
    case ZF_KIND_INT64:
    case ZF_KIND_UINT64:
    case ZF_KIND_INT128:
    case ZF_KIND_UINT128: return (uint32_t)type->size * 8;
    default: return 0;
    }
}

static const char *check_bit_field(const ZfMember *member)
{
    uint32_t largest = largest_width(member->type);
    if (largest == 0) {
        return "only integers can be bit-fields";
    }
    if (member->bits < 0) {
        return "the width of a bit-field cannot be negative";
    }
    if ((uint32_t)member->bits > largest) {
        return "the bit-field is wider than its type";
    }
    if (member->bits == 0 && member->is_named) {
        return "a bit-field of width 0 cannot have a name";
    }
    if (member->at != ZF_NO_OFFSET) {
        return "a bit-field cannot have an offset of its own";
    }
    return NULL;
}

/* C11, 6.7.2.1: the last member of a struct with more than one named member. */
static const char *check_flexible_array(const ZfLayoutOptions *options, size_t count,
                                        const ZfMember *members, size_t index)
{
    if (options->is_union) {
        return "a union cannot have a flexible array";
    }
    if (index + 1 < count) {
        return "only the last member can be a flexible array";
    }
    for (size_t i = 0; i < index; i++) {
        if (members[i].bits == ZF_NO_BITS || members[i].is_named) {
            return NULL;
        }
    }
    return "a flexible array cannot be the only member";
}

const char *zf_member_check(const ZfLayoutOptions *options, size_t count, const ZfMember *members,
                            size_t index)
{
    const ZfMember *member = &members[index];
    if (member->type == NULL || member->type->kind == ZF_KIND_VOID) {
        return "a member cannot be void";
    }
    if (member->type->alignment == 0) {
        return "the type is incomplete";
    }
    if (!is_alignment(member->alignment)) {
        return "the alignment is not a power of two of at most 2**28";
    }
    if (member->at < ZF_NO_OFFSET) {
        return "an offset cannot be negative";
    }
    if (member->at > 0 && options->is_union) {
        return "every member of a union is at offset 0";
    }
    if (member->bits != ZF_NO_BITS) {
        return check_bit_field(member);
    }
    return zf_is_flexible(member->type) ? check_flexible_array(options, count, members, index)
                                        : NULL;
}
