/* models.c - the scalar types of every platform whose calls can be planned.
 *
 * Constant tables written by hand, because no compiler at hand knows them all; a test compares each
 * with a compiler for that platform. All platforms have 64-bit pointers, and scalars that are
 * aligned to their size.
 */
#include "layout.h"

#include <string.h>

#define SCALAR(name, kind, size) ZF_SCALAR_ENTRY(name, size, size, kind)
#define SIGNED_AND_UNSIGNED(name, bits)                                                            \
    SCALAR(name, ZF_KIND_INT##bits, (bits) / 8),                                                   \
        SCALAR("unsigned " name, ZF_KIND_UINT##bits, (bits) / 8)
#define FIXED_WIDTH(bits)                                                                          \
    SCALAR("int" #bits "_t", ZF_KIND_INT##bits, (bits) / 8),                                       \
        SCALAR("uint" #bits "_t", ZF_KIND_UINT##bits, (bits) / 8)

/* `char_kind`, `wide`, `long_bits` and `long_double` are all in which the platforms differ. */
#define MODEL(char_kind, long_bits, wide_kind, wide_size, long_double_kind, long_double_size)      \
    {                                                                                              \
        ZF_SCALAR_ENTRY("void", 0, 1, ZF_KIND_VOID),                                               \
        SCALAR("bool", ZF_KIND_BOOL, 1),                                                           \
        SCALAR("char", char_kind, 1),                                                              \
        SCALAR("signed char", ZF_KIND_INT8, 1),                                                    \
        SCALAR("unsigned char", ZF_KIND_UINT8, 1),                                                 \
        SIGNED_AND_UNSIGNED("short", 16),                                                          \
        SIGNED_AND_UNSIGNED("int", 32),                                                            \
        SIGNED_AND_UNSIGNED("long", long_bits),                                                    \
        SIGNED_AND_UNSIGNED("long long", 64),                                                      \
        FIXED_WIDTH(8),                                                                            \
        FIXED_WIDTH(16),                                                                           \
        FIXED_WIDTH(32),                                                                           \
        FIXED_WIDTH(64),                                                                           \
        SCALAR("size_t", ZF_KIND_UINT64, 8),                                                       \
        SCALAR("ssize_t", ZF_KIND_INT64, 8),                                                       \
        SCALAR("intptr_t", ZF_KIND_INT64, 8),                                                      \
        SCALAR("uintptr_t", ZF_KIND_UINT64, 8),                                                    \
        SCALAR("intmax_t", ZF_KIND_INT64, 8),                                                      \
        SCALAR("uintmax_t", ZF_KIND_UINT64, 8),                                                    \
        SCALAR("ptrdiff_t", ZF_KIND_INT64, 8),                                                     \
        SCALAR("time_t", ZF_KIND_INT64, 8),                                                        \
        SCALAR("wchar_t", wide_kind, wide_size),                                                   \
        SCALAR("float", ZF_KIND_FLOAT, 4),                                                         \
        SCALAR("double", ZF_KIND_DOUBLE, 8),                                                       \
        SCALAR("long double", long_double_kind, long_double_size),                                 \
        SCALAR("void *", ZF_KIND_POINTER, 8),                                                      \
        SCALAR("const void *", ZF_KIND_POINTER, 8),                                                \
        SCALAR("const char *", ZF_KIND_POINTER, 8),                                                \
        SCALAR("const wchar_t *", ZF_KIND_POINTER, 8),                                             \
        SIGNED_AND_UNSIGNED("__int128", 128),                                                      \
        SCALAR("_Float16", ZF_KIND_FLOAT16, 2),                                                    \
    }

enum { SCALAR_COUNT = 40 };

static const ZfType models[ZF_MODEL_COUNT][SCALAR_COUNT] = {
    [ZF_MODEL_SYSV64] = MODEL(ZF_KIND_INT8, 64, ZF_KIND_INT32, 4, ZF_KIND_FLOAT80, 16),
    [ZF_MODEL_WIN64] = MODEL(ZF_KIND_INT8, 32, ZF_KIND_UINT16, 2, ZF_KIND_DOUBLE, 8),
    [ZF_MODEL_AAPCS64] = MODEL(ZF_KIND_UINT8, 64, ZF_KIND_UINT32, 4, ZF_KIND_FLOAT128, 16),
    [ZF_MODEL_APPLE64] = MODEL(ZF_KIND_INT8, 64, ZF_KIND_INT32, 4, ZF_KIND_DOUBLE, 8),
    [ZF_MODEL_WINARM64] = MODEL(ZF_KIND_INT8, 32, ZF_KIND_UINT16, 2, ZF_KIND_DOUBLE, 8),
};

const ZfType *zf_scalar_find(ZfDataModel model, const char *name)
{
    for (size_t i = 0; i < SCALAR_COUNT; i++) {
        if (strcmp(models[model][i].name, name) == 0) {
            return &models[model][i];
        }
    }
    return NULL;
}
