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

/* An instance stands for its value, if it is of the very same type. */
static int convert_data(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    const ZfType *type = site->scalar->type;
    if (zf_data_scalar(value)->type != type) {
        return zf_convert_wrong_type(site, value, ZF_SAY_OTHER_DATA);
    }
    memcpy(bytes, ((ZfData *)value)->memory, type->size);
    return 0;
}

int zf_wide_convert(const ZfSite *site, PyObject *value, unsigned char bytes[ZF_WIDE_BYTES])
{
    return PyObject_TypeCheck(value, site->state->data_type) ? convert_data(site, value, bytes)
                                                             : convert_int128(site, value, bytes);
}

PyObject *zf_wide_load(ZfCType *ctype, const void *memory)
{
    return zf_compat_int_from_memory(memory, 16, is_signed(&ctype->scalar));
}

bool zf_wide_is_true(const ZfScalar *scalar, const void *memory)
{
    static const unsigned char zeros[ZF_WIDE_BYTES];
    return memcmp(memory, zeros, scalar->type->size) != 0;
}
