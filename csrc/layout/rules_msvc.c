/* rules_msvc.c - where Microsoft's compiler, and clang for its targets, place members.
 *
 * A bit-field lives in a storage unit of its type, which only bit-fields of a type of the same size
 * share, and none crosses. An alignas stands above every pack: what it demands of a member, or of a
 * struct inside, is the `required_alignment` of all around it.
 */
#include "layout.h"

/* What clang gives a struct without members in C. */
enum { EMPTY_SIZE = 4 };

/* The largest alignment that members have, 0 for any. A pack above the size of a pointer is none.
 */
static uint32_t largest_alignment(const ZfLayoutOptions *options)
{
    if (options->is_packed) {
        return 1;
    }
    return options->pack <= sizeof(uint64_t) ? options->pack : 0;
}

static uint32_t member_alignment(const ZfLayout *layout, const ZfMember *member, uint32_t required)
{
    uint32_t largest = largest_alignment(layout->options);
    uint32_t alignment = member->type->alignment;
    if (largest > 0) {
        alignment = zf_smaller(alignment, largest);
    }
    return zf_larger(alignment, required);
}

/* Starts at the next multiple of the alignment, which then counts for the whole. */
static const char *open_space(ZfLayout *layout, ZfMember *member, uint64_t size, uint32_t alignment)
{
    member->offset = zf_align_up(layout->size, alignment);
    if (member->offset > ZF_MAX_SIZE - size) {
        return zf_why_too_large;
    }
    layout->size = member->offset + size;
    layout->alignment = zf_larger(layout->alignment, alignment);
    return NULL;
}

static const char *place_in_union(ZfLayout *layout, ZfMember *member)
{
    member->offset = 0;
    if (layout->size < member->type->size) {
        layout->size = member->type->size;
    }
    return NULL;
}

/* It ends the storage unit before it. If there is none, it does nothing. */
static const char *place_zero_width(ZfLayout *layout, ZfMember *member, uint32_t alignment)
{
    bool is_ignored = layout->open_unit == 0;
    layout->open_unit = 0;
    if (is_ignored) {
        member->offset = layout->options->is_union ? 0 : layout->size;
        return NULL;
    }
    return layout->options->is_union ? place_in_union(layout, member)
                                     : open_space(layout, member, 0, alignment);
}

static const char *place_bit_field(ZfLayout *layout, ZfMember *member)
{
    uint64_t size = member->type->size;
    uint32_t width = (uint32_t)member->bits;
    uint32_t alignment = member_alignment(layout, member, member->alignment);
    member->bit_offset = 0;
    if (width == 0) {
        return place_zero_width(layout, member, alignment);
    }
    if (layout->options->is_union) {
        layout->open_unit = size;
        return place_in_union(layout, member);
    }
    if (layout->open_unit != size || layout->free_bits < width) {
        const char *why = open_space(layout, member, size, alignment);
        if (why != NULL) {
            return why;
        }
        layout->open_unit = size;
        layout->free_bits = (uint32_t)size * 8;
    }
    uint32_t used_bits = (uint32_t)size * 8 - layout->free_bits;
    member->offset = layout->size - size + used_bits / 8;
    member->bit_offset = used_bits % 8;
    layout->free_bits -= width;
    return NULL;
}

const char *zf_msvc_place(ZfLayout *layout, ZfMember *member)
{
    if (member->bits != ZF_NO_BITS) {
        return place_bit_field(layout, member);
    }
    uint32_t required = zf_larger(member->type->required_alignment, member->alignment);
    uint32_t alignment = member_alignment(layout, member, required);
    layout->required_alignment = zf_larger(layout->required_alignment, required);
    layout->alignment = zf_larger(layout->alignment, alignment);
    layout->open_unit = 0;
    return zf_place_bytes(layout, member, alignment);
}

const char *zf_msvc_finish(ZfLayout *layout)
{
    layout->required_alignment = zf_larger(layout->required_alignment, layout->options->alignment);
    layout->alignment = zf_larger(layout->alignment, layout->required_alignment);
    layout->natural_alignment = layout->alignment;
    if (layout->options->alignment > 0) {
        /* Whatever it asks for, clang takes the alignment that comes out as demanded from then on.
         */
        layout->required_alignment = layout->alignment;
    }
    if (layout->size == 0) {
        bool is_aligned = layout->required_alignment >= EMPTY_SIZE;
        layout->size = is_aligned ? layout->alignment : EMPTY_SIZE;
    }
    layout->size = zf_align_up(layout->size, layout->alignment);
    return layout->size <= ZF_MAX_SIZE ? NULL : zf_why_too_large;
}
