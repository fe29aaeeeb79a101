/* types.c - the type table against this compiler's own sizeof, alignment and signedness. */
#include "check.h"

#include <float.h>
#include <sys/types.h>
#include <time.h>
#include <wchar.h>

static ZfKind integer_kind(size_t size, bool is_signed)
{
    switch (size) {
    case 1: return is_signed ? ZF_KIND_INT8 : ZF_KIND_UINT8;
    case 2: return is_signed ? ZF_KIND_INT16 : ZF_KIND_UINT16;
    case 4: return is_signed ? ZF_KIND_INT32 : ZF_KIND_UINT32;
    default: return is_signed ? ZF_KIND_INT64 : ZF_KIND_UINT64;
    }
}

static void check_type(const char *name, size_t size, size_t alignment, ZfKind kind)
{
    const ZfType *type = zf_type_find(name);
    if (type == NULL) {
        check_report(false, __FILE__, __LINE__, name);
        return;
    }
    CHECK_TEXT(type->name, name);
    CHECK_EQUAL(type->size, size);
    CHECK_EQUAL(type->alignment, alignment);
    CHECK_EQUAL(type->natural_alignment, alignment);
    CHECK_EQUAL(type->required_alignment, 1);
    CHECK_EQUAL(type->leaf_count, 0);
    CHECK_EQUAL(type->kind, kind);
}

#define SCALAR(type, kind) check_type(#type, sizeof(type), _Alignof(type), kind)
#define INTEGER(type)      SCALAR(type, integer_kind(sizeof(type), (type) - 1 < 1))

static ZfKind long_double_kind(void)
{
    switch (LDBL_MANT_DIG) {
    case 53: return ZF_KIND_DOUBLE;
    case 64: return ZF_KIND_FLOAT80;
    default: return ZF_KIND_FLOAT128;
    }
}

/* Each line is a type of C; the number of lines is the length of the table. */
static size_t check_every_type(void)
{
    check_type("void", 0, 1, ZF_KIND_VOID);
    SCALAR(bool, ZF_KIND_BOOL);
    INTEGER(char);
    INTEGER(signed char);
    INTEGER(unsigned char);
    INTEGER(short);
    INTEGER(unsigned short);
    INTEGER(int);
    INTEGER(unsigned int);
    INTEGER(long);
    INTEGER(unsigned long);
    INTEGER(long long);
    INTEGER(unsigned long long);
    INTEGER(int8_t);
    INTEGER(uint8_t);
    INTEGER(int16_t);
    INTEGER(uint16_t);
    INTEGER(int32_t);
    INTEGER(uint32_t);
    INTEGER(int64_t);
    INTEGER(uint64_t);
    INTEGER(size_t);
    INTEGER(ssize_t);
    INTEGER(intptr_t);
    INTEGER(uintptr_t);
    INTEGER(intmax_t);
    INTEGER(uintmax_t);
    INTEGER(ptrdiff_t);
    INTEGER(time_t);
    INTEGER(wchar_t);
    SCALAR(float, ZF_KIND_FLOAT);
    SCALAR(double, ZF_KIND_DOUBLE);
    SCALAR(long double, long_double_kind());
    SCALAR(void *, ZF_KIND_POINTER);
    SCALAR(const void *, ZF_KIND_POINTER);
    SCALAR(const char *, ZF_KIND_POINTER);
    SCALAR(const wchar_t *, ZF_KIND_POINTER);
    SCALAR(__int128, ZF_KIND_INT128);
    SCALAR(unsigned __int128, ZF_KIND_UINT128);
    check_type("_Float16", 2, 2, ZF_KIND_FLOAT16); /* not every compiler has it */
    return 40;
}

static void test_table(void)
{
    size_t count = 0;
    for (const ZfType *type; (type = zf_type_at(count)) != NULL; count++) {
        CHECK(zf_type_find(type->name) == type); /* no name is there twice */
    }
    CHECK_EQUAL(count, check_every_type());
    CHECK(zf_type_at(count + 1) == NULL);
    CHECK(zf_type_at(SIZE_MAX) == NULL);
}

static void test_unknown_names(void)
{
    static const char *const unknown[] = {"",      "INT",       "int ",   "unsigned",
                                          "void*", "struct tm", "__int64"};
    for (size_t i = 0; i < LENGTH(unknown); i++) {
        CHECK(zf_type_find(unknown[i]) == NULL);
    }
}

void test_types(void)
{
    test_table();
    test_unknown_names();
}
