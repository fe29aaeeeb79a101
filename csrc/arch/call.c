/* call.c - a call from C: values in memory go through a register image into the kernel, the result
 * back to memory.
 *
 * Reads and writes exactly as many bytes as each type has; extends narrow integers, which callers
 * must do on System V whatever its text says (compilers rely on it), and trusts of a result only
 * the bytes its type has.
 */
#include "arch.h"

#include <string.h>

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
DEFINE_LOAD(int32_t)
DEFINE_LOAD(uint32_t)
DEFINE_LOAD(uint64_t)

static uint64_t load_extended(ZfKind kind, const void *value)
{
    switch (kind) {
    case ZF_KIND_BOOL: return load_uint8_t(value) != 0;
    case ZF_KIND_INT8: return (uint64_t)(int64_t)load_int8_t(value);
    case ZF_KIND_UINT8: return load_uint8_t(value);
    case ZF_KIND_INT16: return (uint64_t)(int64_t)load_int16_t(value);
    case ZF_KIND_UINT16: return load_uint16_t(value);
    case ZF_KIND_INT32: return (uint64_t)(int64_t)load_int32_t(value);
    case ZF_KIND_UINT32:
    case ZF_KIND_FLOAT: return load_uint32_t(value);
    default: return load_uint64_t(value);
    }
}

/* Exactly as many bytes as the type has: what lies behind `result` is somebody else's. */
static void store_result(ZfKind kind, ZfReturn returned, void *result)
{
    switch (kind) {
    case ZF_KIND_VOID: break;
    case ZF_KIND_BOOL: *(uint8_t *)result = (returned.gp & 0xff) != 0; break;
    case ZF_KIND_INT8:
    case ZF_KIND_UINT8: memcpy(result, &returned.gp, 1); break;
    case ZF_KIND_INT16:
    case ZF_KIND_UINT16: memcpy(result, &returned.gp, 2); break;
    case ZF_KIND_INT32:
    case ZF_KIND_UINT32: memcpy(result, &returned.gp, 4); break;
    case ZF_KIND_FLOAT: memcpy(result, &returned.fp, 4); break;
    case ZF_KIND_DOUBLE: memcpy(result, &returned.fp, 8); break;
    default: memcpy(result, &returned.gp, 8);
    }
}

void zf_call(const ZfPlan *plan, ZfFunction function, void *result, const void *const *arguments)
{
    uint64_t image[zf_image_words(plan)];
    zf_image_clear(image, plan->fp_used);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        const ZfPlace *place = &plan->arguments[i];
        image[zf_image_word(&place->pieces[0])] = load_extended(place->type->kind, arguments[i]);
    }
    ZfReturn returned = zf_kernel_sysv64(image, function, plan->stack_bytes / 8, plan->fp_used);
    if (result != NULL) {
        store_result(plan->result.type->kind, returned, result);
    }
}
