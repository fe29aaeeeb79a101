/* longdouble.c - c_longdouble: values of the C compiler's long double, whatever its format, without
 * loss.
 *
 * A Python float has fewer bits, so a long double that is read is an object of its own: a copy, not
 * a view. Bytes of it that are no part of the value are always written as zero.
 */
#include "core.h"

#include "../os/os.h"

#include <float.h>
#include <math.h>

/* The bytes that are the value: of the x87 format, 10 of 16. */
enum { VALUE_BYTES = LDBL_MANT_DIG == 64 ? 10 : sizeof(long double) };

void zf_longdouble_copy(void *to, const void *from)
{
    memset(to, 0, sizeof(long double));
    memcpy(to, from, VALUE_BYTES);
}

long double zf_longdouble_get(const void *memory)
{
    long double number;
    memcpy(&number, memory, sizeof number);
    return number;
}

PyObject *zf_longdouble_make(PyTypeObject *type, const void *memory)
{
    PyObject *data = zf_data_make(type);
    if (data != NULL) {
        zf_longdouble_copy(((ZfData *)data)->memory, memory);
    }
    return data;
}

static long double number_of(PyObject *self)
{
    return zf_longdouble_get(((ZfData *)self)->memory);
}

/* -- From Python ------------------------------------------------------------------------------- */

/* C reads hexadecimal digits of any number, and rounds them to the nearest. */
static int convert_int(const ZfSite *site, PyObject *integer, long double *number)
{
    int64_t small;
    if (zf_compat_small_int(integer, &small)) {
        *number = small;
        return 0;
    }
    PyObject *digits = PyNumber_ToBase(integer, 16);
    const char *text = digits != NULL ? PyUnicode_AsUTF8(digits) : NULL, *end;
    bool is_in_range = text != NULL && zf_os_read_number(text, &end, number);
    if (text != NULL && !is_in_range) {
        PyObject *shown = zf_convert_shown_integer(integer);
        if (shown != NULL) {
            zf_error_argument(site, ZF_ArgumentOverflowError, integer, ZF_SAY_LONG_DOUBLE_RANGE,
                              shown);
            Py_DECREF(shown);
        }
    }
    Py_XDECREF(digits);
    return is_in_range ? 0 : -1;
}

static int convert_text(const ZfSite *site, PyObject *value, long double *number)
{
    Py_ssize_t length;
    const char *end, *text = PyUnicode_AsUTF8AndSize(value, &length);
    if (text == NULL) {
        PyErr_Clear(); /* lone surrogates are no number either */
    }
    bool is_in_range = text != NULL && zf_os_read_number(text, &end, number);
    if (text == NULL || end == text || end != text + length) {
        zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_NOT_LONG_DOUBLE, value);
        return -1;
    }
    if (!is_in_range) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_LONG_DOUBLE_RANGE, value);
        return -1;
    }
    return 0;
}

/* A number of another library that is a long double too, NumPy's. 1: taken; 0: no such buffer. */
static int take_buffer(PyObject *value, long double *number)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(value) || PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        return 0;
    }
    bool is_one = view.ndim == 0 && view.format != NULL && strcmp(view.format, "g") == 0 &&
                  view.len == sizeof *number;
    if (is_one) {
        *number = zf_longdouble_get(view.buf);
    }
    PyBuffer_Release(&view);
    return is_one;
}

int zf_longdouble_convert(const ZfSite *site, PyObject *value, long double *number)
{
    double narrow;
    if (PyUnicode_Check(value)) {
        return convert_text(site, value, number);
    }
    if (PyFloat_CheckExact(value)) {
        *number = PyFloat_AS_DOUBLE(value);
        return 0;
    }
    if (take_buffer(value, number)) {
        return 0;
    }
    PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
    bool is_float = methods != NULL && methods->nb_float != NULL;
    if (PyLong_Check(value) || (PyIndex_Check(value) && !is_float)) {
        PyObject *integer = zf_convert_integer_of(site, value);
        int outcome = integer != NULL ? convert_int(site, integer, number) : -1;
        Py_XDECREF(integer);
        return outcome;
    }
    if (zf_convert_number(site, value, &narrow) < 0) {
        return -1;
    }
    *number = narrow;
    return 0;
}

/* -- To Python --------------------------------------------------------------------------------- */

/* As many digits as it takes to read the same number back. */
void zf_longdouble_text(char text[ZF_LONGDOUBLE_TEXT], long double number)
{
    const char *end;
    long double back = 0;
    for (int digits = LDBL_DIG; digits <= LDBL_DECIMAL_DIG; digits++) {
        zf_os_write_number(text, ZF_LONGDOUBLE_TEXT, digits, number);
        if (zf_os_read_number(text, &end, &back) && back == number) {
            return;
        }
    }
}

static PyObject *longdouble_repr(PyObject *self)
{
    char text[ZF_LONGDOUBLE_TEXT];
    zf_longdouble_text(text, number_of(self));
    return PyUnicode_FromFormat("%s('%s')", Py_TYPE(self)->tp_name, text);
}

static PyObject *longdouble_float(PyObject *self)
{
    return PyFloat_FromDouble((double)number_of(self));
}

/* Not isfinite: the x87 format has patterns that are no numbers, but that it takes for finite. */
static bool is_finite(long double number)
{
    return number - number == 0;
}

/* A finite number as an odd int (or 0), signed, times a power of two. */
static PyObject *odd_part(long double number, int *exponent)
{
    long double fraction = frexpl(fabsl(number), exponent);
    unsigned __int128 bits = (unsigned __int128)ldexpl(fraction, LDBL_MANT_DIG);
    *exponent -= LDBL_MANT_DIG;
    while (bits != 0 && (bits & 1) == 0) {
        bits >>= 1;
        ++*exponent;
    }
    __int128 value = number < 0 ? -(__int128)bits : (__int128)bits;
    return zf_compat_int_from_memory(&value, sizeof value, true);
}

/* value << count, or value >> -count; takes the reference, which may be NULL. */
static PyObject *shifted(PyObject *value, int count)
{
    PyObject *distance = value != NULL ? PyLong_FromLong(count < 0 ? -count : count) : NULL;
    PyObject *moved = distance == NULL ? NULL
                      : count < 0      ? PyNumber_Rshift(value, distance)
                                       : PyNumber_Lshift(value, distance);
    Py_XDECREF(distance);
    Py_XDECREF(value);
    return moved;
}

/* Truncates, as C's cast does. */
static PyObject *longdouble_int(PyObject *self)
{
    int exponent;
    long double number = truncl(number_of(self));
    if (!is_finite(number)) {
        return PyLong_FromDouble((double)number); /* which says what is wrong with it */
    }
    PyObject *odd = odd_part(number, &exponent);
    return shifted(odd, number == 0 ? 0 : exponent);
}

/* numerator and denominator (new references) of a finite number */
static int ratio_of(long double number, PyObject **numerator, PyObject **denominator)
{
    int exponent;
    PyObject *odd = odd_part(number, &exponent);
    exponent = number == 0 ? 0 : exponent;
    *numerator = shifted(odd, exponent > 0 ? exponent : 0);
    *denominator = *numerator != NULL ? shifted(PyLong_FromLong(1), exponent < 0 ? -exponent : 0)
                                      : NULL;
    if (*denominator == NULL) {
        Py_XDECREF(*numerator);
        return -1;
    }
    return 0;
}

static PyObject *longdouble_ratio(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *numerator, *denominator;
    long double number = number_of(self);
    if (!is_finite(number)) {
        PyObject *rounded = PyFloat_FromDouble((double)number);
        PyObject *refused = rounded != NULL ? PyObject_CallMethod(rounded, "as_integer_ratio", NULL)
                                            : NULL;
        Py_XDECREF(rounded);
        return refused;
    }
    return ratio_of(number, &numerator, &denominator) < 0
               ? NULL
               : Py_BuildValue("(NN)", numerator, denominator);
}

/* -- Comparing --------------------------------------------------------------------------------- */

static PyObject *compare_numbers(long double a, long double b, int operation)
{
    switch (operation) {
    case Py_EQ: return PyBool_FromLong(a == b);
    case Py_NE: return PyBool_FromLong(a != b);
    case Py_LT: return PyBool_FromLong(a < b);
    case Py_LE: return PyBool_FromLong(a <= b);
    case Py_GT: return PyBool_FromLong(a > b);
    default: return PyBool_FromLong(a >= b);
    }
}

/* Exactly, whatever the size of the int. */
static PyObject *compare_int(long double number, PyObject *integer, int operation)
{
    PyObject *numerator, *denominator;
    if (!is_finite(number)) {
        return compare_numbers(number, 0, operation);
    }
    if (ratio_of(number, &numerator, &denominator) < 0) {
        return NULL;
    }
    PyObject *product = PyNumber_Multiply(integer, denominator);
    PyObject *answer = product != NULL ? PyObject_RichCompare(numerator, product, operation) : NULL;
    Py_XDECREF(product);
    Py_DECREF(numerator);
    Py_DECREF(denominator);
    return answer;
}

static PyObject *longdouble_compare(PyObject *self, PyObject *other, int operation)
{
    long double number = number_of(self);
    if (PyObject_TypeCheck(other, zf_state_of(self)->longdouble_type)) {
        return compare_numbers(number, number_of(other), operation);
    }
    if (PyFloat_Check(other)) {
        return compare_numbers(number, PyFloat_AS_DOUBLE(other), operation);
    }
    if (PyLong_Check(other)) {
        return compare_int(number, other, operation);
    }
    Py_RETURN_NOTIMPLEMENTED;
}

/* That of an equal int, float or Fraction. Python's hash of a number is its residue modulo
 * 2**61 - 1, by which 2**61 is 1: a power of two counts by its exponent modulo 61. */
static Py_hash_t longdouble_hash(PyObject *self)
{
    enum { HASH_BITS = 61 };
    int exponent;
    long double number = number_of(self);
    if (isnan(number - number)) {
        PyObject *rounded = isinf(number) ? PyFloat_FromDouble((double)number) : NULL;
        Py_hash_t hash = rounded != NULL ? PyObject_Hash(rounded) : Py_HashPointer(self);
        Py_XDECREF(rounded);
        return PyErr_Occurred() ? -1 : hash;
    }
    PyObject *odd = odd_part(number, &exponent);
    PyObject *residue = shifted(odd, (exponent % HASH_BITS + HASH_BITS) % HASH_BITS);
    Py_hash_t hash = residue != NULL ? PyObject_Hash(residue) : -1;
    Py_XDECREF(residue);
    return hash;
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyObject *longdouble_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    return longdouble_float(self);
}

static PyGetSetDef longdouble_getset[] = {
    {"value", longdouble_get_value, zf_simple_set_value,
     "The value rounded to a float; assigning converts and checks, and rounds nothing that fits.",
     NULL},
    {0},
};

static PyMethodDef longdouble_methods[] = {
    {"as_integer_ratio", longdouble_ratio, METH_NOARGS,
     "as_integer_ratio()\n--\n\nThe value exactly: two int, the second greater than 0.\n\n"
     "Raises OverflowError for infinities, ValueError for a NaN."},
    {0},
};

static PyType_Slot longdouble_slots[] = {
    {Py_tp_repr, longdouble_repr},
    {Py_tp_richcompare, longdouble_compare},
    {Py_tp_hash, longdouble_hash},
    {Py_nb_int, longdouble_int},
    {Py_nb_float, longdouble_float},
    {Py_tp_getset, longdouble_getset},
    {Py_tp_methods, longdouble_methods},
    {Py_tp_doc, "The base class of c_longdouble."},
    {0, NULL},
};

PyType_Spec zf_longdouble_spec = {
    .name = "zffi._core.LongDouble",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = longdouble_slots,
};
