/* wide.c - wide scalars: numbers that no register word holds.
 *
 * Each is converted to its bytes in memory of the caller's, complete or not at all, and a Python
 * object is made from such bytes. Where they go, and who keeps them for how long, is not decided
 * here.
 */
#include "core.h"

/* -- 128-bit integers -------------------------------------------------------------------------- */

static bool is_signed(const ZfScalar *scalar)
{
    return scalar->type->kind == ZF_KIND_INT128;
}

static void int128_overflow(const ZfSite *site, PyObject *value)
{
    const char *low = "0", *high = "340282366920938463463374607431768211455";
    if (is_signed(site->scalar)) {
        low = "-170141183460469231731687303715884105728";
        high = "170141183460469231731687303715884105727";
    }
    PyObject *shown = zf_convert_shown_integer(value);
    if (shown != NULL) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_OUT_OF_WIDE_RANGE, shown,
                          low, high);
        Py_DECREF(shown);
    }
}

static int convert_int128(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    PyObject *integer = zf_convert_integer_of(site, value);
    if (integer == NULL) {
        return -1;
    }
    bool fits = zf_compat_int_to_memory(integer, bytes, 16, is_signed(site->scalar));
    if (!fits) {
        int128_overflow(site, integer);
    }
    Py_DECREF(integer);
    return fits ? 0 : -1;
}

/* -- All --------------------------------------------------------------------------------------- */

/* The bytes of a value, with zeros where a long double has none. */
static void copy(const ZfScalar *scalar, unsigned char *bytes, const unsigned char *memory)
{
    switch (scalar->conversion) {
    case ZF_AS_LONG_COMPLEX:
        zf_longdouble_copy(bytes + sizeof(long double), memory + sizeof(long double));
        /* fall through */
    case ZF_AS_LONG_DOUBLE: zf_longdouble_copy(bytes, memory); break;
    default: memcpy(bytes, memory, scalar->type->size);
    }
}

/* An instance stands for its value, if it is of the very same type. */
static int convert_data(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    const ZfType *type = site->scalar->type;
    if (zf_data_scalar(value)->type != type) {
        return zf_convert_wrong_type(site, value, ZF_SAY_OTHER_DATA);
    }
    copy(site->scalar, bytes, ((ZfData *)value)->memory);
    return 0;
}

static int convert_longdouble(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    long double number;
    int outcome = zf_longdouble_convert(site, value, &number);
    if (outcome == 0) {
        zf_longdouble_copy(bytes, &number);
    }
    return outcome;
}

int zf_wide_convert(const ZfSite *site, PyObject *value, unsigned char bytes[ZF_WIDE_BYTES])
{
    if (PyObject_TypeCheck(value, site->state->data_type)) {
        return convert_data(site, value, bytes);
    }
    switch (site->scalar->conversion) {
    case ZF_AS_INT128: return convert_int128(site, value, bytes);
    case ZF_AS_COMPLEX: return zf_complex_convert(site, value, bytes);
    case ZF_AS_LONG_DOUBLE: return convert_longdouble(site, value, bytes);
    default: return zf_complex_convert_long(site, value, bytes);
    }
}

PyObject *zf_wide_load(ZfCType *ctype, const void *memory)
{
    const ZfScalar *scalar = &ctype->scalar;
    switch (scalar->conversion) {
    case ZF_AS_INT128: return zf_compat_int_from_memory(memory, 16, is_signed(scalar));
    case ZF_AS_COMPLEX: return zf_complex_load(scalar, memory);
    case ZF_AS_LONG_DOUBLE: return zf_longdouble_make((PyTypeObject *)ctype, memory);
    default: return zf_complex_load_long(ctype, memory);
    }
}

bool zf_wide_is_true(const ZfScalar *scalar, const void *memory)
{
    static const unsigned char zeros[16];
    switch (scalar->conversion) {
    case ZF_AS_INT128: return memcmp(memory, zeros, sizeof zeros) != 0;
    case ZF_AS_LONG_DOUBLE: return zf_longdouble_get(memory) != 0;
    default: return zf_complex_is_true(scalar, memory);
    }
}
