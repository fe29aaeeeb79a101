/* convert.h - the conversions that need no help: exact builtin types whose value fits, straight
 * into a register word.
 *
 * Inline, because the call path lives on it. Anything else returns false and goes to zf_convert,
 * which gives the same word for the same value and explains what cannot be converted. Nothing here
 * runs Python code or takes a reference.
 */
#ifndef ZF_CONVERT_H
#define ZF_CONVERT_H

#include "core.h"

#include <float.h>
#include <math.h>
#include <string.h>

static ZF_ALWAYS_INLINE bool zf_convert_integer(const ZfScalar *scalar, PyObject *value,
                                                uint64_t *word)
{
    int64_t number;
    if (!zf_compat_small_int(value, &number) ||
        (uint64_t)number - (uint64_t)scalar->low > scalar->span) {
        return false;
    }
    *word = (uint64_t)number;
    return true;
}

static ZF_ALWAYS_INLINE bool zf_convert_double(PyObject *value, uint64_t *word)
{
    double number;
    if (PyFloat_CheckExact(value)) {
        number = PyFloat_AS_DOUBLE(value);
    } else {
        int64_t integer;
        if (!zf_compat_small_int(value, &integer)) {
            return false;
        }
        number = (double)integer;
    }
    memcpy(word, &number, sizeof number);
    return true;
}

/* What a float cannot hold is left to zf_convert. */
static ZF_ALWAYS_INLINE bool zf_convert_float(PyObject *value, uint64_t *word)
{
    if (!PyFloat_CheckExact(value)) {
        return false;
    }
    double number = PyFloat_AS_DOUBLE(value);
    float narrow = (float)number;
    *word = 0;
    memcpy(word, &narrow, sizeof narrow);
    return fabsf(narrow) <= FLT_MAX;
}

static ZF_ALWAYS_INLINE bool zf_convert_fast(const ZfScalar *scalar, PyObject *value,
                                             uint64_t *word)
{
    switch (scalar->conversion) {
    case ZF_AS_INTEGER: return zf_convert_integer(scalar, value, word);
    case ZF_AS_DOUBLE: return zf_convert_double(value, word);
    case ZF_AS_FLOAT: return zf_convert_float(value, word);
    case ZF_AS_BOOL: *word = value == Py_True; return PyBool_Check(value);
    case ZF_AS_CONST_POINTER:
        if (PyBytes_CheckExact(value)) {
            *word = (uintptr_t)PyBytes_AS_STRING(value);
            return true;
        }
        /* fall through */
    case ZF_AS_POINTER:
    case ZF_AS_TYPED_POINTER:
        if (value == Py_None) {
            *word = 0;
            return true;
        }
        return zf_convert_integer(scalar, value, word);
    case ZF_AS_STRING:
        if (PyBytes_CheckExact(value)) {
            const char *text = PyBytes_AS_STRING(value);
            *word = (uintptr_t)text;
            return strlen(text) == (size_t)PyBytes_GET_SIZE(value);
        }
        if (PyUnicode_CheckExact(value) && PyUnicode_IS_COMPACT_ASCII(value)) {
            const char *text = PyUnicode_DATA(value);
            *word = (uintptr_t)text;
            return strlen(text) == (size_t)PyUnicode_GET_LENGTH(value);
        }
        *word = 0;
        return value == Py_None;
    default: return false;
    }
}

/* Reads a number from memory; NULL, without an error, if the box is no number's. */
#define ZF_LOAD(box, type, make)                                                                   \
    case box: {                                                                                    \
        type value;                                                                                \
        memcpy(&value, memory, sizeof value);                                                      \
        return make(value);                                                                        \
    }
static ZF_ALWAYS_INLINE PyObject *zf_convert_load(ZfBox box, const void *memory)
{
    switch (box) {
        ZF_LOAD(ZF_BOX_DOUBLE, double, PyFloat_FromDouble)
        ZF_LOAD(ZF_BOX_FLOAT, float, PyFloat_FromDouble)
        ZF_LOAD(ZF_BOX_BOOL, uint8_t, PyBool_FromLong)
        ZF_LOAD(ZF_KIND_INT8, int8_t, PyLong_FromLong)
        ZF_LOAD(ZF_KIND_UINT8, uint8_t, PyLong_FromLong)
        ZF_LOAD(ZF_KIND_INT16, int16_t, PyLong_FromLong)
        ZF_LOAD(ZF_KIND_UINT16, uint16_t, PyLong_FromLong)
        ZF_LOAD(ZF_KIND_INT32, int32_t, PyLong_FromLong)
        ZF_LOAD(ZF_KIND_UINT32, uint32_t, PyLong_FromUnsignedLong)
        ZF_LOAD(ZF_KIND_INT64, int64_t, PyLong_FromLongLong)
        ZF_LOAD(ZF_KIND_UINT64, uint64_t, PyLong_FromUnsignedLongLong)
    default: return NULL;
    }
}
#undef ZF_LOAD

#endif
