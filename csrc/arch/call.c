/* call.c - a call from C: values in memory go through a register image into the kernel, the result
 * back to memory.
 *
 * Reads and writes exactly as many bytes as each type has; extends narrow integers, which callers
 * must do on System V whatever its text says (compilers rely on it), and trusts of a result only
 * the bytes its type has. Plans of nothing but scalars go another way, without an image: the walk,
 * in assembly.
 */
#include "arch.h"

#include <string.h>

#if defined(__GNUC__)
#define APART __attribute__((noinline))
#else
#define APART
#endif

const ZfAbi *zf_abi_default(void)
{
    return zf_host.default_abi;
}

bool zf_abi_is_callable(const ZfAbi *abi)
{
    return zf_host.kernels[abi->id].scalar != NULL;
}

/* Values are read with memcpy: a `long long` or a double seen through int64_t * would be undefined
 * behaviour. */
#define DEFINE_LOAD(type)                                                                          \
    static inline type load_##type(const void *from)                                               \
    {                                                                                              \
        type value;                                                                                \
        memcpy(&value, from, sizeof value);                                                        \
        return value;                                                                              \
    }
DEFINE_LOAD(int8_t)
DEFINE_LOAD(uint8_t)
DEFINE_LOAD(int16_t)
DEFINE_LOAD(uint16_t)
DEFINE_LOAD(uint32_t)
DEFINE_LOAD(uint64_t)

static uint64_t load_narrow(ZfKind kind, const void *value)
{
    switch (kind) {
    case ZF_KIND_BOOL: return load_uint8_t(value) != 0;
    case ZF_KIND_INT8: return (uint64_t)(int64_t)load_int8_t(value);
    case ZF_KIND_UINT8: return load_uint8_t(value);
    case ZF_KIND_INT16: return (uint64_t)(int64_t)load_int16_t(value);
    default: return load_uint16_t(value);
    }
}

/* The value of a scalar as a word. The common sizes go without a jump by kind. */
static uint64_t load_extended(const ZfPlace *place, const void *value)
{
    uint32_t size = place->pieces[0].size;
    if (size == 8) {
        return load_uint64_t(value);
    }
    ZfKind kind = place->type->kind;
    if (size == 4) {
        uint64_t word = load_uint32_t(value);
        return kind == ZF_KIND_INT32 ? (uint64_t)(int64_t)(int32_t)word : word;
    }
    return load_narrow(kind, value);
}

/* -- Anything ---------------------------------------------------------------------------------- */

static uint8_t *round_up(uint8_t *address, size_t alignment)
{
    return address + (-(uintptr_t)address & (alignment - 1));
}

/* A piece of a value to its words of the image, which are 0: the rest of a word stays so. */
static void store_piece(const ZfPlan *plan, const ZfPiece *piece, const uint8_t *value,
                        uint64_t *image)
{
    uint32_t low = piece->size;
    if (piece->bank == ZF_BANK_STACK) {
        memcpy((uint8_t *)(image + ZF_IMAGE_STACK) + piece->index, value, piece->size);
        return;
    }
    if (low > 8) {
        low = 8;
        memcpy(image + zf_image_words(plan) + piece->index, value + 8, piece->size - 8);
    }
    memcpy(image + zf_image_word(piece), value, low);
}

static void store_argument(const ZfPlan *plan, const ZfPlace *place, const void *value,
                           uint64_t *image, uint8_t **copies)
{
    uint64_t word;
    const uint8_t *bytes = value;
    bool is_small = place->type->kind <= ZF_KIND_POINTER;
    if (place->is_reference) {
        size_t alignment = place->type->alignment > 16 ? place->type->alignment : 16;
        uint8_t *copy = round_up(*copies, alignment);
        memcpy(copy, value, place->type->size);
        *copies = copy + place->type->size;
        word = (uintptr_t)copy;
        bytes = (const uint8_t *)&word;
    } else if (is_small) {
        word = load_extended(place, value);
        bytes = (const uint8_t *)&word;
    }
    for (uint32_t i = 0; i < place->piece_count; i++) {
        ZfPiece piece = place->pieces[i];
        if (is_small) {
            piece.size = piece.room < 8 ? piece.room : 8; /* extended */
        }
        store_piece(plan, &piece, bytes + piece.offset, image);
    }
}

static void load_result(const ZfPlace *place, const ZfResults *results, uint8_t *result)
{
    if (place->is_reference) {
        return; /* the callee has stored it */
    }
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        const void *from = piece->bank == ZF_BANK_GP   ? (const void *)&results->gp[piece->index]
                           : piece->bank == ZF_BANK_FP ? (const void *)results->fp[piece->index]
                                                       : (const void *)results->x87[piece->index];
        memcpy(result + piece->offset, from, piece->size);
    }
    if (place->type->kind == ZF_KIND_BOOL) {
        *result = *result != 0;
    }
}

static void call_with_results(const ZfPlan *plan, ZfFunction function, uint8_t *result,
                              const void *const *arguments)
{
    uint64_t image[zf_image_words_full(plan)];
    uint8_t copies[plan->copy_bytes + plan->copy_alignment], *next_copy;
    ZfResults results = {.x87_count = 0};
    const ZfPlace *place = &plan->result;
    memset(image, 0, sizeof image);
    next_copy = round_up(copies, plan->copy_alignment);
    if (place->is_reference) {
        image[zf_image_word(&place->pieces[0])] = (uintptr_t)result;
    } else if (place->piece_count != 0 && place->pieces[0].bank == ZF_BANK_X87) {
        results.x87_count = place->piece_count;
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        store_argument(plan, &plan->arguments[i], arguments[i], image, &next_copy);
    }
    zf_host.kernels[plan->abi->id].full(image, function, zf_image_stack_words(plan), plan->fp_used,
                                        &results, plan->stack_alignment);
    if (result != NULL) {
        load_result(place, &results, result);
    }
}

/* With memory of our own for a result that the callee stores, where the caller's is none or not
 * aligned as the callee expects. */
static void call_with_room(const ZfPlan *plan, ZfFunction function, void *result,
                           const void *const *arguments)
{
    const ZfType *type = plan->result.type;
    uint8_t room[type->size + type->alignment];
    uint8_t *aligned = round_up(room, type->alignment);
    call_with_results(plan, function, aligned, arguments);
    if (result != NULL) {
        memcpy(result, aligned, type->size);
    }
}

static APART void call_any(const ZfPlan *plan, ZfFunction function, void *result,
                           const void *const *arguments)
{
    const ZfType *type = plan->result.type;
    if (plan->result.is_reference && (result == NULL || (uintptr_t)result % type->alignment != 0)) {
        call_with_room(plan, function, result, arguments);
    } else {
        call_with_results(plan, function, result, arguments);
    }
}

/* -- Calls ------------------------------------------------------------------------------------- */

void zf_call(const ZfPlan *plan, ZfFunction function, void *result, const void *const *arguments)
{
    if (plan->hops != NULL) {
        zf_walk(plan->abi, plan->hops, function, result, arguments);
    } else {
        call_any(plan, function, result, arguments);
    }
}
