/* rules_gcc.c - where GCC, and all who follow it, place members (System V psABI 3.1.2, AAPCS64
 * 10.1.8).
 *
 * Bit-fields fill bits from the lowest of a byte up. One that would cross more units of its type
 * than it needs moves to the next unit, but in packed structs, and under any pack, nothing moves.
 * What is placed next starts in `free_bits` of the last byte, if it is a bit-field.
 */
#include "layout.h"

/* A position in bits would overflow in large structs, hence bytes and bits apart. */
typedef struct Position {
    uint64_t byte;
    uint32_t bit; /* 0 to 7 */
} Position;

static Position next_position(const ZfLayout *layout)
{
    if (layout->options->is_union) {
        return (Position){0, 0};
    }
    return layout->free_bits > 0 ? (Position){layout->size - 1, 8 - layout->free_bits}
                                 : (Position){layout->size, 0};
}

static Position align_position(Position position, uint32_t alignment)
{
    return (Position){zf_align_up(position.byte + (position.bit > 0), alignment), 0};
}

static uint32_t cap(const ZfLayout *layout, uint32_t alignment)
{
    return layout->options->pack > 0 ? zf_smaller(alignment, layout->options->pack) : alignment;
}

static void raise_alignment(ZfLayout *layout, uint32_t alignment)
{
    layout->alignment = zf_larger(layout->alignment, alignment);
    layout->natural_alignment = layout->alignment;
}

/* Whether it would touch more units of its type than one of that type does. */
static bool crosses_unit(Position position, const ZfMember *member)
{
    uint64_t bits_before = (position.byte % member->type->alignment) * 8 + position.bit;
    return bits_before + (uint32_t)member->bits > member->type->size * 8;
}

/* The alignment that a bit-field gives the struct. One without a name gives none, except where the
 * psABI lets it; one of width 0 ignores every packing. */
static uint32_t bit_field_alignment(const ZfLayout *layout, const ZfMember *member)
{
    const ZfLayoutOptions *options = layout->options;
    if (!member->is_named && !options->anonymous_bit_fields_align) {
        return 1;
    }
    uint32_t of_type = member->type->alignment;
    if (member->bits == 0) {
        return zf_larger(of_type, member->alignment);
    }
    if (options->pack == 0 && options->is_packed) {
        of_type = 1;
    }
    return cap(layout, zf_larger(of_type, member->alignment));
}

static const char *place_bit_field(ZfLayout *layout, ZfMember *member)
{
    const ZfLayoutOptions *options = layout->options;
    Position position = next_position(layout);
    if (member->bits == 0) {
        position = align_position(position, zf_larger(member->type->alignment, member->alignment));
    } else {
        if (member->alignment > 0) {
            position = align_position(position, cap(layout, member->alignment));
        }
        if (!options->is_packed && options->pack == 0 && crosses_unit(position, member)) {
            position = align_position(position, member->type->alignment);
        }
    }
    uint32_t bytes = zf_touched_bytes(position.bit, (uint32_t)member->bits);
    if (position.byte > ZF_MAX_SIZE - bytes) {
        return zf_why_too_large;
    }
    member->offset = position.byte;
    member->bit_offset = position.bit;
    if (!options->is_union) {
        layout->size = position.byte + bytes;
        layout->free_bits = bytes * 8 - position.bit - (uint32_t)member->bits;
    } else if (bytes > layout->size) {
        layout->size = bytes;
    }
    raise_alignment(layout, bit_field_alignment(layout, member));
    return NULL;
}

const char *zf_gcc_place(ZfLayout *layout, ZfMember *member)
{
    if (member->bits != ZF_NO_BITS) {
        return place_bit_field(layout, member);
    }
    uint32_t alignment = layout->options->is_packed ? 1 : member->type->alignment;
    alignment = cap(layout, zf_larger(alignment, member->alignment));
    layout->free_bits = 0;
    raise_alignment(layout, alignment);
    return zf_place_bytes(layout, member, alignment);
}

const char *zf_gcc_finish(ZfLayout *layout)
{
    layout->alignment = zf_larger(layout->alignment, layout->options->alignment);
    layout->size = zf_align_up(layout->size, layout->alignment);
    return layout->size <= ZF_MAX_SIZE ? NULL : zf_why_too_large;
}
