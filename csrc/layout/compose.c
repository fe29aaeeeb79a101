/* compose.c - types made of one other type: arrays, complex numbers, vectors; and the memory of all
 * types that are made at run time.
 *
 * Such a type is one piece of memory, with its leaves and its name behind it.
 */
#include "layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ZfType *zf_type_make(const ZfType *model, const ZfLeafSet *leaves, const char *const name[3])
{
    size_t lengths[3], name_size = 1;
    for (int i = 0; i < 3; i++) {
        lengths[i] = strlen(name[i]);
        name_size += lengths[i];
    }
    size_t leaves_size = leaves->count * sizeof *leaves->leaves;
    ZfType *type = malloc(sizeof *type + leaves_size + name_size);
    if (type == NULL) {
        return NULL;
    }
    ZfLeaf *own_leaves = (ZfLeaf *)(type + 1);
    char *own_name = (char *)own_leaves + leaves_size, *end = own_name;
    for (int i = 0; i < 3; i++) {
        memcpy(end, name[i], lengths[i]);
        end += lengths[i];
    }
    *end = '\0';
    *type = *model;
    type->name = own_name;
    type->leaf_count = leaves->count;
    type->leaves = NULL;
    if (leaves->count > 0) {
        memcpy(own_leaves, leaves->leaves, leaves_size);
        type->leaves = own_leaves;
    }
    return type;
}

void zf_type_free(ZfType *type)
{
    free(type);
}

ZfStatus zf_type_incomplete(const char *name, ZfType **type)
{
    const ZfType model = {.kind = ZF_KIND_STRUCT};
    const ZfLeafSet leaves = {0};
    *type = zf_type_make(&model, &leaves, (const char *const[]){name, "", ""});
    return *type != NULL ? ZF_OK : ZF_NO_MEMORY;
}

/* Makes the type of `count` elements, which are the leaves of it unless it is too large for any. */
static ZfStatus make_repeated(const ZfType *model, uint64_t count, const char *const name[3],
                              ZfType **type)
{
    const ZfType *element = model->element;
    ZfLeafSet leaves = {0};
    bool has_memory = true;
    if (element->size > 0 && model->size <= ZF_FLAT_BYTES) {
        for (uint64_t i = 0; has_memory && i < count; i++) {
            has_memory = zf_leaves_add_type(&leaves, element, i * element->size);
        }
    }
    ZfType *made = has_memory ? zf_type_make(model, &leaves, name) : NULL;
    free(leaves.leaves);
    if (made == NULL) {
        return ZF_NO_MEMORY;
    }
    *type = made;
    return ZF_OK;
}

ZfStatus zf_type_array(const ZfType *element, uint64_t count, ZfType **type)
{
    if (element->kind == ZF_KIND_VOID || element->alignment == 0 || zf_is_flexible(element)) {
        return ZF_BAD_MEMBER;
    }
    if (element->size > 0 && count > ZF_MAX_SIZE / element->size) {
        return ZF_TOO_LARGE;
    }
    ZfType model = *element;
    model.kind = ZF_KIND_ARRAY;
    model.element = element;
    model.size = element->size * count;

    /* C writes the dimensions of an array of arrays from the outermost inwards. */
    const char *inner = element->kind == ZF_KIND_ARRAY ? strchr(element->name, '[') : NULL;
    size_t length = inner != NULL ? (size_t)(inner - element->name) : strlen(element->name);
    bool needs_space = inner == NULL && length > 0 && element->name[length - 1] != '*';
    char *base = malloc(length + 1);
    if (base == NULL) {
        return ZF_NO_MEMORY;
    }
    memcpy(base, element->name, length);
    base[length] = '\0';
    char dimension[32];
    const char *space = needs_space ? " " : "";
    if (zf_is_flexible(&model)) {
        snprintf(dimension, sizeof dimension, "%s[]", space);
    } else {
        snprintf(dimension, sizeof dimension, "%s[%" PRIu64 "]", space, count);
    }
    const char *const name[3] = {base, dimension, inner != NULL ? inner : ""};
    ZfStatus status = make_repeated(&model, count, name, type);
    free(base);
    return status;
}

static bool is_floating(ZfKind kind)
{
    return kind == ZF_KIND_FLOAT || kind == ZF_KIND_DOUBLE || kind == ZF_KIND_FLOAT16 ||
           kind == ZF_KIND_FLOAT80 || kind == ZF_KIND_FLOAT128;
}

static bool fits_vectors(ZfKind kind)
{
    return (kind >= ZF_KIND_INT8 && kind <= ZF_KIND_DOUBLE) || kind == ZF_KIND_INT128 ||
           kind == ZF_KIND_UINT128 || kind == ZF_KIND_FLOAT16;
}

ZfStatus zf_type_complex(const ZfType *element, ZfType **type)
{
    if (!is_floating(element->kind)) {
        return ZF_BAD_MEMBER;
    }
    ZfType model = *element;
    model.kind = ZF_KIND_COMPLEX;
    model.element = element;
    model.size = 2 * element->size;
    return make_repeated(&model, 2, (const char *const[]){element->name, " _Complex", ""}, type);
}

ZfStatus zf_type_vector(const ZfType *element, uint32_t count, ZfType **type)
{
    uint64_t size = fits_vectors(element->kind) ? element->size * count : 0;
    if (size != 8 && size != 16) {
        return ZF_BAD_MEMBER;
    }
    uint32_t alignment = (uint32_t)size;
    ZfType model = {.size = size,
                    .alignment = alignment,
                    .natural_alignment = alignment,
                    .required_alignment = alignment, /* Microsoft's are declared with an alignas */
                    .kind = ZF_KIND_VECTOR,
                    .element = element};
    const char *attribute = size == 8 ? " __attribute__((vector_size(8)))"
                                      : " __attribute__((vector_size(16)))";
    return make_repeated(&model, count, (const char *const[]){element->name, attribute, ""}, type);
}
