/* scalars.c - the scalar types of the compiler that built this file.
 *
 * One constant table, nothing else: sizes and alignments come from the compiler, so the table
 * cannot be wrong about the machine it runs on. The kind of a type is computed from its size and
 * signedness, never written down twice. Only what this compiler may lack is written by hand.
 */
#include "layout.h"

#include <float.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <wchar.h>

/* ZF_KIND_INT8 ... ZF_KIND_UINT64 come in pairs, signed first, width doubling. */
#define WIDTH_STEP(type) (sizeof(type) == 1 ? 0 : sizeof(type) == 2 ? 2 : sizeof(type) == 4 ? 4 : 6)
#define INTEGER_KIND(type) ((ZfKind)(ZF_KIND_INT8 + WIDTH_STEP(type) + ((type) - 1 > 0)))
#define SCALAR(type, kind) ZF_SCALAR_ENTRY(#type, sizeof(type), _Alignof(type), kind)
#define INTEGER(type)      SCALAR(type, INTEGER_KIND(type))

#if LDBL_MANT_DIG == 64
#define LONG_DOUBLE_KIND ZF_KIND_FLOAT80
#elif LDBL_MANT_DIG == 113
#define LONG_DOUBLE_KIND ZF_KIND_FLOAT128
#elif LDBL_MANT_DIG == DBL_MANT_DIG
#define LONG_DOUBLE_KIND ZF_KIND_DOUBLE
#else
#error "a format of long double that the engine does not know"
#endif

static const ZfType scalars[] = {
    ZF_SCALAR_ENTRY("void", 0, 1, ZF_KIND_VOID),
    ZF_SCALAR_ENTRY("bool", sizeof(_Bool), _Alignof(_Bool), ZF_KIND_BOOL),
    INTEGER(char),
    INTEGER(signed char),
    INTEGER(unsigned char),
    INTEGER(short),
    INTEGER(unsigned short),
    INTEGER(int),
    INTEGER(unsigned int),
    INTEGER(long),
    INTEGER(unsigned long),
    INTEGER(long long),
    INTEGER(unsigned long long),
    INTEGER(int8_t),
    INTEGER(uint8_t),
    INTEGER(int16_t),
    INTEGER(uint16_t),
    INTEGER(int32_t),
    INTEGER(uint32_t),
    INTEGER(int64_t),
    INTEGER(uint64_t),
    INTEGER(size_t),
    INTEGER(ssize_t),
    INTEGER(intptr_t),
    INTEGER(uintptr_t),
    INTEGER(intmax_t),
    INTEGER(uintmax_t),
    INTEGER(ptrdiff_t),
    INTEGER(time_t),
    INTEGER(wchar_t),
    SCALAR(float, ZF_KIND_FLOAT),
    SCALAR(double, ZF_KIND_DOUBLE),
    SCALAR(long double, LONG_DOUBLE_KIND),
    SCALAR(void *, ZF_KIND_POINTER),
    SCALAR(const void *, ZF_KIND_POINTER),
    SCALAR(const char *, ZF_KIND_POINTER),
    SCALAR(const wchar_t *, ZF_KIND_POINTER),
#ifdef __SIZEOF_INT128__
    SCALAR(__int128, ZF_KIND_INT128),
    SCALAR(unsigned __int128, ZF_KIND_UINT128),
#else
    ZF_SCALAR_ENTRY("__int128", 16, 16, ZF_KIND_INT128),
    ZF_SCALAR_ENTRY("unsigned __int128", 16, 16, ZF_KIND_UINT128),
#endif
#ifdef __FLT16_MANT_DIG__
    SCALAR(_Float16, ZF_KIND_FLOAT16),
#else
    ZF_SCALAR_ENTRY("_Float16", 2, 2, ZF_KIND_FLOAT16),
#endif
};

const ZfType *zf_type_at(size_t index)
{
    return index < sizeof scalars / sizeof *scalars ? &scalars[index] : NULL;
}

const ZfType *zf_type_find(const char *name)
{
    const ZfType *type;
    for (size_t i = 0; (type = zf_type_at(i)) != NULL; i++) {
        if (strcmp(type->name, name) == 0) {
            return type;
        }
    }
    return NULL;
}
