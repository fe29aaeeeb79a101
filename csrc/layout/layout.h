/* layout.h - what the files of the layout share, and the data models that the ABIs refer to. */
#ifndef ZFFI_LAYOUT_H
#define ZFFI_LAYOUT_H

#include "../zffi.h"

/* An entry of a table of scalar types. */
#define ZF_SCALAR_ENTRY(type_name, type_size, type_alignment, type_kind)                           \
    {.name = (type_name),                                                                          \
     .size = (type_size),                                                                          \
     .alignment = (type_alignment),                                                                \
     .natural_alignment = (type_alignment),                                                        \
     .required_alignment = 1,                                                                      \
     .kind = (type_kind)}

/* What the C compilers of a platform take `char`, `long`, `wchar_t` and `long double` to be. */
typedef enum ZfDataModel {
    ZF_MODEL_SYSV64,   /* x86-64 Linux */
    ZF_MODEL_WIN64,    /* x86-64 Windows, Microsoft's compiler */
    ZF_MODEL_AAPCS64,  /* arm64 Linux */
    ZF_MODEL_APPLE64,  /* arm64 macOS */
    ZF_MODEL_WINARM64, /* arm64 Windows */
    ZF_MODEL_COUNT,
} ZfDataModel;

/* A scalar type by its C name, as zf_type_find of this machine's; NULL if unknown. */
const ZfType *zf_scalar_find(ZfDataModel model, const char *name);

/* No object may be larger, so that pointers into it can be subtracted. */
#define ZF_MAX_SIZE ((uint64_t)PTRDIFF_MAX)

extern const char zf_why_too_large[];

static inline uint32_t zf_larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static inline uint32_t zf_smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Rounds up to a power of two of at most ZF_MAX_ALIGNMENT; sizes of up to ZF_MAX_SIZE cannot
 * overflow by it, but may exceed ZF_MAX_SIZE afterwards. */
static inline uint64_t zf_align_up(uint64_t offset, uint32_t alignment)
{
    return (offset + alignment - 1) & ~((uint64_t)alignment - 1);
}

/* The bytes that `bits` bits from bit `bit_offset` of a byte on touch. */
static inline uint32_t zf_touched_bytes(uint32_t bit_offset, uint32_t bits)
{
    return (bit_offset + bits + 7) / 8;
}

/* An array of no elements: at the end of a struct, a flexible array member. */
static inline bool zf_is_flexible(const ZfType *type)
{
    return type->kind == ZF_KIND_ARRAY && type->size == 0 &&
           (type->element == NULL || type->element->size > 0);
}

/* -- A layout in progress ---------------------------------------------------------------------- */

typedef struct ZfLayout {
    const ZfLayoutOptions *options;
    uint64_t size;      /* bytes in use; of a union, by its largest member */
    uint32_t free_bits; /* GCC: of the last byte, 0 to 7; Microsoft: of the open storage unit */
    uint64_t open_unit; /* Microsoft: size of the bit-field type before, 0 if it was none */
    uint32_t alignment; /* of the whole, as far as the members go */
    uint32_t natural_alignment;
    uint32_t required_alignment; /* Microsoft */
} ZfLayout;

/* Each set of rules places members one by one, then ends the layout. A member has passed
 * zf_member_check. They return NULL, or what is wrong. */
const char *zf_gcc_place(ZfLayout *layout, ZfMember *member);
const char *zf_gcc_finish(ZfLayout *layout);
const char *zf_msvc_place(ZfLayout *layout, ZfMember *member);
const char *zf_msvc_finish(ZfLayout *layout);

/* The offset of a member that is no bit-field, and is aligned so; takes the space from
 * layout->size on. */
const char *zf_place_bytes(ZfLayout *layout, ZfMember *member, uint32_t alignment);

/* What C, or the contract of zffi.h, forbids in any layout. */
const char *zf_options_check(const ZfLayoutOptions *options);
const char *zf_member_check(const ZfLayoutOptions *options, size_t count, const ZfMember *members,
                            size_t index);

/* -- Leaves ------------------------------------------------------------------------------------ */

/* Leaves in order of offset. One that is there already is not added again. */
typedef struct ZfLeafSet {
    ZfLeaf *leaves;
    uint32_t count;
    uint32_t room;
} ZfLeafSet;

/* They return whether there was memory. Zeroed is empty; `leaves` is the caller's to free(). */
bool zf_leaves_add(ZfLeafSet *set, ZfLeaf leaf);
bool zf_leaves_add_type(ZfLeafSet *set, const ZfType *type, uint64_t offset);
bool zf_leaves_add_members(ZfLeafSet *set, const ZfLayoutOptions *options, size_t count,
                           const ZfMember *members);

/* -- Types ------------------------------------------------------------------------------------- */

/* A copy of `model` with the name and the leaves in the same piece of memory; NULL if there is
 * none. The name is made of three parts, of which the last two may be "". */
ZfType *zf_type_make(const ZfType *model, const ZfLeafSet *leaves, const char *const name[3]);

#endif
