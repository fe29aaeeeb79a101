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

static ZF_ALWAYS_INLINE bool zf_convert_fast(const ZfScalar *scalar, PyObject *value,
                                             uint64_t *word)
{
    switch (scalar->conversion) {
    case ZF_AS_INTEGER: return zf_convert_integer(scalar, value, word);
    case ZF_AS_DOUBLE: return zf_convert_double(value, word);
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

#endif
