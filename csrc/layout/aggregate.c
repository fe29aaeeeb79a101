/* aggregate.c - structs and unions: checks the members, has the rules place them, makes the type.
 *
 * It knows nothing of either set of rules. Sizes stay within ZF_MAX_SIZE at every step, so that no
 * sum or rounding overflows.
 */
#include "layout.h"

#include <stdlib.h>

const char zf_why_too_large[] = "the type would be larger than any object can be";

const char *zf_place_bytes(ZfLayout *layout, ZfMember *member, uint32_t alignment)
{
    bool is_union = layout->options->is_union;
    uint64_t offset = is_union ? 0 : zf_align_up(layout->size, alignment);
    if (member->at != ZF_NO_OFFSET) {
        uint64_t at = (uint64_t)member->at;
        if (at % alignment != 0) {
            return "the offset is not a multiple of the member's alignment";
        }
        if (at < layout->size && !is_union) {
            return "the offset lies before the end of the members before it";
        }
        offset = at;
    }
    if (offset > ZF_MAX_SIZE || member->type->size > ZF_MAX_SIZE - offset) {
        return zf_why_too_large;
    }
    uint64_t end = offset + member->type->size;
    member->offset = offset;
    member->bit_offset = 0;
    if (!is_union || end > layout->size) {
        layout->size = end;
    }
    return NULL;
}

static bool has_gaps(const ZfLayout *layout, size_t count, const ZfMember *members)
{
    uint64_t filled = 0;
    for (const ZfMember *member = members; member < members + count; member++) {
        if (member->bits > 0 || member->type->has_gaps) {
            return true;
        }
        if (member->bits == ZF_NO_BITS) {
            uint64_t size = member->type->size;
            filled = layout->options->is_union ? (size > filled ? size : filled) : filled + size;
        }
    }
    return count > 0 && filled != layout->size; /* the bytes of an empty struct do not count */
}

/* A long double fills its 16 bytes: what else is in them lies over it. */
static bool is_x87_union(const ZfType *type)
{
    for (uint32_t i = 0; i < type->leaf_count && type->size == 16; i++) {
        if (type->leaves[i].kind == ZF_KIND_FLOAT80) {
            return type->leaf_count > 1;
        }
    }
    return false;
}

static bool has_nested_x87_union(const ZfLayout *layout, size_t count, const ZfMember *members)
{
    for (const ZfMember *member = members; member < members + count; member++) {
        bool is_covered = layout->options->is_union && count > 1;
        if (member->type->has_nested_x87_union || (is_covered && is_x87_union(member->type))) {
            return true;
        }
    }
    return false;
}

static ZfStatus make_type(const ZfLayout *layout, size_t count, const ZfMember *members,
                          ZfType **type)
{
    ZfType model = {.size = layout->size,
                    .alignment = layout->alignment,
                    .natural_alignment = layout->natural_alignment,
                    .required_alignment = layout->required_alignment,
                    .has_nested_x87_union = has_nested_x87_union(layout, count, members),
                    .has_gaps = has_gaps(layout, count, members),
                    .kind = ZF_KIND_STRUCT};
    ZfLeafSet leaves = {0};
    bool has_memory = true;
    if (model.size <= ZF_FLAT_BYTES) {
        has_memory = zf_leaves_add_members(&leaves, layout->options, count, members);
    }
    const char *const name[3] = {layout->options->name, "", ""};
    ZfType *made = has_memory ? zf_type_make(&model, &leaves, name) : NULL;
    free(leaves.leaves);
    if (made == NULL) {
        return ZF_NO_MEMORY;
    }
    *type = made;
    return ZF_OK;
}

static ZfStatus refuse(size_t index, const char *text, size_t *bad, const char **why)
{
    *bad = index;
    *why = text;
    return text == zf_why_too_large ? ZF_TOO_LARGE : ZF_BAD_MEMBER;
}

ZfStatus zf_layout_make(const ZfLayoutOptions *options, size_t count, ZfMember *members,
                        ZfType **type, size_t *bad, const char **why)
{
    bool is_msvc = options->rules == ZF_RULES_MSVC;
    ZfLayout layout = {
        .options = options, .alignment = 1, .natural_alignment = 1, .required_alignment = 1};
    const char *wrong = zf_options_check(options);
    if (wrong != NULL) {
        return refuse(SIZE_MAX, wrong, bad, why);
    }
    for (size_t i = 0; i < count; i++) {
        wrong = zf_member_check(options, count, members, i);
        if (wrong == NULL) {
            wrong = is_msvc ? zf_msvc_place(&layout, &members[i])
                            : zf_gcc_place(&layout, &members[i]);
        }
        if (wrong != NULL) {
            return refuse(i, wrong, bad, why);
        }
    }
    wrong = is_msvc ? zf_msvc_finish(&layout) : zf_gcc_finish(&layout);
    if (wrong != NULL) {
        return refuse(SIZE_MAX, wrong, bad, why);
    }
    return make_type(&layout, count, members, type);
}
