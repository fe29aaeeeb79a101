/* convert.c - any Python value to the register word of a C scalar, and back.
 *
 * The conversion of an argument may run Python code (__index__, __float__, buffer exporters), so
 * nothing that such code could change may be read before it. What a conversion borrows goes into
 * the call's arena and nowhere else; the word is only good while the arena is open and the value is
 * referenced.
 */
#include "convert.h"

#include <math.h>
#include <wchar.h>

/* -- Numbers ----------------------------------------------------------------------------------- */

/* What a scalar takes, for messages. */
static const char *expected_words(const ZfScalar *scalar)
{
    switch (scalar->conversion) {
    case ZF_AS_INTEGER:
    case ZF_AS_INT128: return "an integer";
    case ZF_AS_ENUM: return "a member of that enum, or an integer";
    case ZF_AS_BOOL: return "a bool";
    case ZF_AS_FLOAT:
    case ZF_AS_FLOAT16:
    case ZF_AS_COMPLEX:
    case ZF_AS_DOUBLE: return "a number";
    case ZF_AS_LONG_DOUBLE: return "a number or a str";
    case ZF_AS_LONG_COMPLEX: return "a number, a str or a pair of them";
    case ZF_AS_CHAR: return "bytes of length 1 or an integer";
    case ZF_AS_WCHAR: return "a str of length 1";
    case ZF_AS_STRING: return "a str, bytes, a buffer, an address, byref() or None";
    case ZF_AS_WIDE_STRING: return "a str, a buffer, an address, byref() or None";
    case ZF_AS_CONST_POINTER: return "bytes, a buffer, an address, byref() or None";
    case ZF_AS_TYPED_POINTER:
        if (scalar->pointee != NULL && scalar->pointee->scalar.type->alignment == 0) {
            return "a pointer of that type, a c_void_p, an address or None";
        }
        return "a pointer, an array or byref() of that type, a buffer of it, an address or None";
    case ZF_AS_AGGREGATE: return scalar->type->name;
    default: return "a writable buffer, an address, byref() or None";
    }
}

/* The value is of a wrong type; `message` begins with what was expected and what was given. */
int zf_convert_wrong_type(const ZfSite *site, PyObject *value, ZfMessage message)
{
    zf_error_expected(site, value, message, expected_words(site->scalar));
    return -1;
}

/* An int as a message shows it (new reference). Python refuses to print one of thousands of digits.
 */
PyObject *zf_convert_shown_integer(PyObject *integer)
{
    PyObject *bits = PyObject_CallMethod((PyObject *)&PyLong_Type, "bit_length", "O", integer);
    long count = bits != NULL ? PyLong_AsLong(bits) : -1;
    Py_XDECREF(bits);
    if (count < 0 && PyErr_Occurred()) {
        return NULL;
    }
    return count <= 256 ? PyNumber_ToBase(integer, 10)
                        : PyUnicode_FromFormat("an int of %ld bits", count);
}

static int integer_overflow(const ZfSite *site, PyObject *value, ZfMessage message)
{
    const ZfScalar *scalar = site->scalar;
    uint64_t high = (uint64_t)scalar->low + scalar->span;
    if (scalar->span == INT64_MAX) {
        high = UINT64_MAX;
    } else if (scalar->conversion == ZF_AS_BOOL) {
        high = 1;
    }
    PyObject *shown = zf_convert_shown_integer(value);
    if (shown != NULL) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, message, shown,
                          (long long)scalar->low, (unsigned long long)high);
        Py_DECREF(shown);
    }
    return -1;
}

/* The int that a value stands for (new reference), or NULL: with TypeError if it stands for none.
 */
PyObject *zf_convert_integer_of(const ZfSite *site, PyObject *value)
{
    if (PyLong_Check(value)) {
        return Py_NewRef(value);
    }
    if (!PyIndex_Check(value)) {
        zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
        return NULL;
    }
    return PyNumber_Index(value);
}

/* An int within 64 bits as a word, sign- or zero-extended; false if it does not fit the scalar. */
static bool integer_word(const ZfScalar *scalar, PyObject *integer, uint64_t *word)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0) {
        *word = (uint64_t)number;
        bool is_int64 = scalar->type->kind == ZF_KIND_INT64;
        return is_int64 || (uint64_t)number - (uint64_t)scalar->low <= scalar->span;
    }
    if (overflow < 0 || scalar->span != INT64_MAX) {
        return false;
    }
    *word = PyLong_AsUnsignedLongLong(integer);
    if (*word == UINT64_MAX && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return true;
}

int zf_convert_integer_word(const ZfSite *site, PyObject *value, ZfMessage message, uint64_t *word)
{
    PyObject *integer = zf_convert_integer_of(site, value);
    if (integer == NULL) {
        return -1;
    }
    bool fits = integer_word(site->scalar, integer, word) &&
                (site->scalar->conversion != ZF_AS_BOOL || *word <= 1);
    int outcome = fits ? 0 : integer_overflow(site, integer, message);
    Py_DECREF(integer);
    return outcome;
}

int zf_convert_number(const ZfSite *site, PyObject *value, double *number)
{
    if (!PyFloat_Check(value) && !PyIndex_Check(value)) {
        PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
        if (methods == NULL || methods->nb_float == NULL) {
            return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
        }
    }
    *number = PyFloat_AsDouble(value);
    if (*number == -1.0 && PyErr_Occurred()) {
        PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
        bool is_integer = PyLong_Check(value) || methods == NULL || methods->nb_float == NULL;
        if (is_integer && PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_DOUBLE_RANGE);
        }
        return -1;
    }
    return 0;
}

static int convert_double(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    memcpy(word, &number, sizeof number);
    return 0;
}

/* A finite double that rounds to an infinite float is refused; infinities and NaNs pass, with their
 * payload's top bits. */
static int convert_float(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    float narrow = (float)number;
    if (isinf(narrow) && !isinf(number)) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_FLOAT_RANGE, value);
        return -1;
    }
    *word = 0;
    memcpy(word, &narrow, sizeof narrow);
    return 0;
}

/* As a float. Python rounds to the nearest, ties to even, subnormals included. */
static int convert_float16(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    *word = 0;
    if (PyFloat_Pack2(number, (char *)word, PY_LITTLE_ENDIAN) < 0) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_FLOAT16_RANGE, value);
        }
        return -1;
    }
    return 0;
}

/* -- Characters -------------------------------------------------------------------------------- */

static int not_one_character(const ZfSite *site, PyObject *value, Py_ssize_t length)
{
    zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_NOT_ONE_CHAR, length);
    return -1;
}

/* The length of a bytearray, and its first byte if there is one, as of one moment. */
static Py_ssize_t bytearray_character(PyObject *array, char *character)
{
    ZfLock lock;
    zf_compat_lock(&lock, array);
    Py_ssize_t length = PyByteArray_GET_SIZE(array);
    *character = length != 0 ? *PyByteArray_AS_STRING(array) : '\0';
    zf_compat_unlock(&lock);
    return length;
}

static int convert_char(const ZfSite *site, PyObject *value, uint64_t *word)
{
    char character;
    const char *bytes;
    Py_ssize_t length;
    if (PyBytes_Check(value)) {
        bytes = PyBytes_AS_STRING(value);
        length = PyBytes_GET_SIZE(value);
    } else if (PyByteArray_Check(value)) {
        length = bytearray_character(value, &character);
        bytes = &character;
    } else {
        return zf_convert_integer_word(site, value, ZF_SAY_OUT_OF_RANGE, word);
    }
    if (length != 1) {
        return not_one_character(site, value, length);
    }
    *word = (uint64_t)(int64_t)*bytes;
    return 0;
}

static int convert_wchar(const ZfSite *site, PyObject *value, uint64_t *word)
{
    if (!PyUnicode_Check(value)) {
        return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    }
    if (PyUnicode_GET_LENGTH(value) != 1) {
        return not_one_character(site, value, PyUnicode_GET_LENGTH(value));
    }
    *word = PyUnicode_READ_CHAR(value, 0);
    return 0;
}

/* -- Any value --------------------------------------------------------------------------------- */

static int convert_wide(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    unsigned char bytes[ZF_WIDE_BYTES];
    Py_ssize_t size = (Py_ssize_t)site->scalar->type->size;
    void *memory = zf_wide_convert(site, value, bytes) == 0 ? zf_arena_memory(arena, size) : NULL;
    if (memory == NULL) {
        return -1;
    }
    memcpy(memory, bytes, (size_t)size);
    *word = (uintptr_t)memory;
    return 0;
}

int zf_convert(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    if (PyObject_TypeCheck(value, site->state->data_type)) {
        return zf_convert_data(site, arena, value, word);
    }
    switch (site->scalar->conversion) {
    case ZF_AS_AGGREGATE: return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    case ZF_AS_INTEGER:
    case ZF_AS_BOOL: return zf_convert_integer_word(site, value, ZF_SAY_OUT_OF_RANGE, word);
    case ZF_AS_FLOAT: return convert_float(site, value, word);
    case ZF_AS_FLOAT16: return convert_float16(site, value, word);
    case ZF_AS_DOUBLE: return convert_double(site, value, word);
    case ZF_AS_CHAR: return convert_char(site, value, word);
    case ZF_AS_WCHAR: return convert_wchar(site, value, word);
    case ZF_AS_ENUM: return zf_enum_convert(site, value, word);
    case ZF_AS_INT128:
    case ZF_AS_COMPLEX:
    case ZF_AS_LONG_DOUBLE:
    case ZF_AS_LONG_COMPLEX: return convert_wide(site, arena, value, word);
    default: return zf_convert_pointer(site, arena, value, word);
    }
}

/* -- Results ----------------------------------------------------------------------------------- */

ZfBox zf_convert_box_code(const ZfScalar *scalar)
{
    if (scalar->conversion == ZF_AS_INTEGER) {
        return (ZfBox)scalar->type->kind;
    }
    bool is_enum = scalar->conversion == ZF_AS_ENUM;
    return is_enum || zf_scalar_is_wide(scalar) ? ZF_BOX_LOADED
                                                : (ZfBox)(ZF_BOX_CONVERSION + scalar->conversion);
}

static PyObject *box_wchar(uint64_t word)
{
    uint32_t character = (uint32_t)word;
    if (character > 0x10FFFF) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_WCHAR_RESULT, character);
    }
    return PyUnicode_FromOrdinal((int)character);
}

/* Of a narrow result only its own bits are looked at: what lies above them in the register is
 * garbage on every ABI. */
PyObject *zf_convert_box(ZfBox box, ZfReturn value)
{
    switch (box) {
    case ZF_BOX_CONVERSION + ZF_AS_VOID: Py_RETURN_NONE;
    case ZF_BOX_BOOL: return PyBool_FromLong((value.gp & 0xff) != 0);
    case ZF_KIND_INT8: return PyLong_FromLong((int8_t)value.gp);
    case ZF_KIND_UINT8: return PyLong_FromLong((uint8_t)value.gp);
    case ZF_KIND_INT16: return PyLong_FromLong((int16_t)value.gp);
    case ZF_KIND_UINT16: return PyLong_FromLong((uint16_t)value.gp);
    case ZF_KIND_INT32: return PyLong_FromLong((int32_t)value.gp);
    case ZF_KIND_UINT32: return PyLong_FromLongLong((uint32_t)value.gp);
    case ZF_KIND_INT64: return PyLong_FromLongLong((int64_t)value.gp);
    case ZF_KIND_UINT64: return PyLong_FromUnsignedLongLong(value.gp);
    case ZF_BOX_DOUBLE: return PyFloat_FromDouble(value.fp);
    case ZF_BOX_FLOAT: {
        float narrow;
        memcpy(&narrow, &value.fp, sizeof narrow);
        return PyFloat_FromDouble(narrow);
    }
    case ZF_BOX_CONVERSION + ZF_AS_FLOAT16: {
        double wide = PyFloat_Unpack2((const char *)&value.gp, PY_LITTLE_ENDIAN);
        return wide == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(wide);
    }
    case ZF_BOX_CONVERSION + ZF_AS_CHAR:
        return PyBytes_FromStringAndSize(&(char){(char)value.gp}, 1);
    case ZF_BOX_CONVERSION + ZF_AS_WCHAR: return box_wchar(value.gp);
    default: break;
    }
    if (value.gp == 0) {
        Py_RETURN_NONE;
    }
    switch (box) {
    case ZF_BOX_CONVERSION + ZF_AS_STRING: return PyBytes_FromString((const char *)value.gp);
    case ZF_BOX_CONVERSION + ZF_AS_WIDE_STRING:
        return PyUnicode_FromWideChar((const wchar_t *)value.gp, -1);
    default: return PyLong_FromUnsignedLongLong(value.gp);
    }
}
