/* complex.c - complex numbers of C: two numbers of one floating type.
 *
 * Those of float and double are Python's complex when they are read. One of long double is an
 * object of its own, as its parts are.
 */
#include "core.h"

#include <math.h>

/* -- From Python ------------------------------------------------------------------------------- */

static bool has_complex_method(PyObject *value)
{
    return PyObject_HasAttrString((PyObject *)Py_TYPE(value), "__complex__");
}

static int convert_parts(const ZfSite *site, PyObject *value, Py_complex *parts)
{
    if (!PyComplex_Check(value) && !has_complex_method(value)) {
        parts->imag = 0;
        return zf_convert_number(site, value, &parts->real);
    }
    *parts = PyComplex_AsCComplex(value);
    return parts->real == -1.0 && PyErr_Occurred() ? -1 : 0;
}

int zf_complex_convert(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    Py_complex parts;
    if (convert_parts(site, value, &parts) < 0) {
        return -1;
    }
    if (site->scalar->type->size == sizeof parts) {
        memcpy(bytes, &parts, sizeof parts);
        return 0;
    }
    const float narrow[2] = {(float)parts.real, (float)parts.imag};
    if ((isinf(narrow[0]) && !isinf(parts.real)) || (isinf(narrow[1]) && !isinf(parts.imag))) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_FLOAT_RANGE, value);
        return -1;
    }
    memcpy(bytes, narrow, sizeof narrow);
    return 0;
}

static void put_long_parts(unsigned char *bytes, const long double parts[2])
{
    zf_longdouble_copy(bytes, &parts[0]);
    zf_longdouble_copy(bytes + sizeof parts[0], &parts[1]);
}

/* One part of a pair: what c_longdouble takes, an instance of it among that. */
static int convert_part(const ZfSite *site, PyObject *value, long double *part)
{
    if (PyObject_TypeCheck(value, site->state->longdouble_type)) {
        *part = zf_longdouble_get(((ZfData *)value)->memory);
        return 0;
    }
    return zf_longdouble_convert(site, value, part);
}

/* A complex, a pair of real and imaginary part, or the real part alone. */
int zf_complex_convert_long(const ZfSite *site, PyObject *value, unsigned char *bytes)
{
    long double parts[2] = {0, 0};
    int outcome;
    if (PyTuple_Check(value) && PyTuple_GET_SIZE(value) == 2) {
        outcome = convert_part(site, PyTuple_GET_ITEM(value, 0), &parts[0]) < 0
                      ? -1
                      : convert_part(site, PyTuple_GET_ITEM(value, 1), &parts[1]);
    } else if (PyComplex_Check(value) || has_complex_method(value)) {
        Py_complex narrow;
        outcome = convert_parts(site, value, &narrow);
        parts[0] = narrow.real;
        parts[1] = narrow.imag;
    } else {
        outcome = convert_part(site, value, &parts[0]);
    }
    if (outcome == 0) {
        put_long_parts(bytes, parts);
    }
    return outcome;
}

/* -- To Python --------------------------------------------------------------------------------- */

static const void *part_memory(const ZfScalar *scalar, const void *memory, int part)
{
    return (const char *)memory + (size_t)part * (size_t)(scalar->type->size / 2);
}

/* A part, rounded if it is a long double. */
static double get_part(const ZfScalar *scalar, const void *memory, int part)
{
    const void *at = part_memory(scalar, memory, part);
    double number;
    float narrow;
    if (scalar->conversion == ZF_AS_LONG_COMPLEX) {
        return (double)zf_longdouble_get(at);
    }
    if (scalar->type->size == 2 * sizeof narrow) {
        memcpy(&narrow, at, sizeof narrow);
        return narrow;
    }
    memcpy(&number, at, sizeof number);
    return number;
}

PyObject *zf_complex_load(const ZfScalar *scalar, const void *memory)
{
    return PyComplex_FromDoubles(get_part(scalar, memory, 0), get_part(scalar, memory, 1));
}

PyObject *zf_complex_load_long(ZfCType *ctype, const void *memory)
{
    PyObject *data = zf_data_make((PyTypeObject *)ctype);
    for (int part = 0; data != NULL && part < 2; part++) {
        char *to = (char *)((ZfData *)data)->memory + (size_t)part * sizeof(long double);
        zf_longdouble_copy(to, part_memory(&ctype->scalar, memory, part));
    }
    return data;
}

bool zf_complex_is_true(const ZfScalar *scalar, const void *memory)
{
    if (scalar->conversion != ZF_AS_LONG_COMPLEX) {
        return get_part(scalar, memory, 0) != 0 || get_part(scalar, memory, 1) != 0;
    }
    return zf_longdouble_get(part_memory(scalar, memory, 0)) != 0 ||
           zf_longdouble_get(part_memory(scalar, memory, 1)) != 0;
}

static bool is_long(PyObject *self)
{
    return zf_data_scalar(self)->conversion == ZF_AS_LONG_COMPLEX;
}

/* Part 0 or 1 as a Python object: a float, or a c_longdouble. */
static PyObject *part_of(PyObject *self, int part)
{
    const ZfScalar *scalar = zf_data_scalar(self);
    const void *memory = ((ZfData *)self)->memory;
    return is_long(self) ? zf_longdouble_make(zf_state_of(self)->longdouble_class,
                                              part_memory(scalar, memory, part))
                         : PyFloat_FromDouble(get_part(scalar, memory, part));
}

static PyObject *complex_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    return zf_complex_load(zf_data_scalar(self), ((ZfData *)self)->memory);
}

static PyObject *complex_get_real(PyObject *self, void *Py_UNUSED(closure))
{
    return part_of(self, 0);
}

static PyObject *complex_get_imag(PyObject *self, void *Py_UNUSED(closure))
{
    return part_of(self, 1);
}

static PyObject *complex_as_complex(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return complex_get_value(self, NULL);
}

static PyObject *complex_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (is_long(self)) {
        const ZfScalar *scalar = zf_data_scalar(self);
        char real[ZF_LONGDOUBLE_TEXT], imag[ZF_LONGDOUBLE_TEXT];
        const void *memory = ((ZfData *)self)->memory;
        zf_longdouble_text(real, zf_longdouble_get(part_memory(scalar, memory, 0)));
        zf_longdouble_text(imag, zf_longdouble_get(part_memory(scalar, memory, 1)));
        return PyUnicode_FromFormat("%s(('%s', '%s'))", name, real, imag);
    }
    PyObject *value = complex_get_value(self, NULL);
    PyObject *repr = value != NULL ? PyUnicode_FromFormat("%s(%R)", name, value) : NULL;
    Py_XDECREF(value);
    return repr;
}

/* -- Comparing: those that are read as objects ------------------------------------------------- */

/* 1, 0, or -1 with an error; consumes what `other` is, which may be NULL. */
static int part_equals(PyObject *self, int part, PyObject *other)
{
    PyObject *mine = other != NULL ? part_of(self, part) : NULL;
    int equal = mine != NULL ? PyObject_RichCompareBool(mine, other, Py_EQ) : -1;
    Py_XDECREF(mine);
    Py_XDECREF(other);
    return equal;
}

static int parts_equal(PyObject *self, PyObject *other_real, PyObject *other_imag)
{
    int real = part_equals(self, 0, other_real), imag = part_equals(self, 1, other_imag);
    return real < 0 || imag < 0 ? -1 : real && imag;
}

static PyObject *complex_compare(PyObject *self, PyObject *other, int operation)
{
    int equal;
    if ((operation != Py_EQ && operation != Py_NE) || !is_long(self)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_TypeCheck(other, zf_state_of(self)->complex_type) && is_long(other)) {
        equal = parts_equal(self, part_of(other, 0), part_of(other, 1));
    } else if (PyComplex_Check(other)) {
        equal = parts_equal(self, PyFloat_FromDouble(PyComplex_RealAsDouble(other)),
                            PyFloat_FromDouble(PyComplex_ImagAsDouble(other)));
    } else if (PyFloat_Check(other) || PyLong_Check(other) ||
               PyObject_TypeCheck(other, zf_state_of(self)->longdouble_type)) {
        equal = parts_equal(self, Py_NewRef(other), PyLong_FromLong(0));
    } else {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

/* That of an equal complex: Python adds the hash of the imaginary part this many times. */
static Py_hash_t complex_hash(PyObject *self)
{
    enum { IMAGINARY = 1000003 };
    if (!is_long(self)) {
        return Py_HashPointer(self);
    }
    PyObject *real = part_of(self, 0), *imag = part_of(self, 1);
    Py_hash_t first = real != NULL && imag != NULL ? PyObject_Hash(real) : -1;
    Py_hash_t second = first != -1 ? PyObject_Hash(imag) : -1;
    Py_XDECREF(real);
    Py_XDECREF(imag);
    if (second == -1) {
        return -1;
    }
    Py_hash_t sum = (Py_hash_t)((size_t)first + IMAGINARY * (size_t)second);
    return sum == -1 ? -2 : sum;
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyGetSetDef complex_getset[] = {
    {"value", complex_get_value, zf_simple_set_value,
     "The value as a complex, of long double rounded; assigning converts and checks it.", NULL},
    {"real", complex_get_real, NULL, "The real part: float, of long double c_longdouble.", NULL},
    {"imag", complex_get_imag, NULL, "The imaginary part, as real.", NULL},
    {0},
};

static PyMethodDef complex_methods[] = {
    {"__complex__", complex_as_complex, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot complex_slots[] = {
    {Py_tp_repr, complex_repr},
    {Py_tp_richcompare, complex_compare},
    {Py_tp_hash, complex_hash},
    {Py_tp_getset, complex_getset},
    {Py_tp_methods, complex_methods},
    {Py_tp_doc, "The base class of complex numbers."},
    {0, NULL},
};

PyType_Spec zf_complex_spec = {
    .name = "zffi._core.Complex",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = complex_slots,
};
