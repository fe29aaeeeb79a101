/* stub_check.c - looks whether objects of the running interpreter are as stubs, and the inline
 * conversions of convert.h, take them to be.
 *
 * Known objects are read through the very numbers that stubs are made with. An interpreter that was
 * built otherwise than its headers say then costs speed, and nothing else.
 */
#include "core.h"

#include <stddef.h>

/* What is at an offset of an object. */
static uint64_t word_at(const void *object, size_t offset)
{
    uint64_t word;
    memcpy(&word, (const char *)object + offset, sizeof word);
    return word;
}

static bool has_type(const ZfStubModel *model, PyObject *object, const PyTypeObject *type)
{
    return word_at(object, model->object_type) == (uintptr_t)type;
}

/* The header of an int of so many digits, without the bit that says it is kept for ever. */
static uint64_t header_of(const ZfStubModel *model, int digits, bool is_negative)
{
    if (!model->int_is_tagged) {
        return (uint64_t)(is_negative ? -digits : digits);
    }
    return (uint64_t)digits << 3 | (is_negative ? 2 : digits == 0);
}

static bool is_int_understood(const ZfStubModel *model, long long value)
{
    const uint32_t mask = (1u << 30) - 1;
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
    uint32_t digits[] = {size & mask, size >> 30 & mask, (uint32_t)(size >> 60)};
    int count = digits[2] != 0 ? 3 : digits[1] != 0 ? 2 : digits[0] != 0;
    PyObject *integer = PyLong_FromLongLong(value);
    if (integer == NULL) {
        return false;
    }
    uint64_t header = word_at(integer, model->int_header);
    header = model->int_is_tagged ? header & ~UINT64_C(4) : header;
    bool is_understood = has_type(model, integer, &PyLong_Type) &&
                         header == header_of(model, count, value < 0) &&
                         memcmp((const char *)integer + model->int_digits, digits,
                                4 * (size_t)count) == 0;
    Py_DECREF(integer);
    return is_understood;
}

static bool are_ints_understood(const ZfStubModel *model)
{
    static const long long values[] = {
        0,
        1,
        -1,
        5,
        -5,
        256,
        257,
        12345,
        -12345,
        (1 << 30) - 1,
        1 << 30,
        -(1 << 30),
        INT32_MIN,
        INT32_MAX,
        0x7f1234567890,
        -(1LL << 59) - 3,
        (1LL << 60) - 1,
        1LL << 60,
        INT64_MIN + 1,
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(values); i++) {
        if (!is_int_understood(model, values[i])) {
            return false;
        }
    }
    return true;
}

static bool are_subclasses_understood(const ZfStubModel *model)
{
    const uint8_t *flags = (const uint8_t *)&PyBool_Type + model->type_flags;
    const uint8_t *others = (const uint8_t *)&PyFloat_Type + model->type_flags;
    return has_type(model, Py_True, &PyBool_Type) && *flags & model->int_subclass_bit &&
           !(*others & model->int_subclass_bit) &&
           word_at(Py_True, model->int_header) % 8 == header_of(model, 1, false) % 8;
}

static bool are_floats_understood(const ZfStubModel *model)
{
    double number = -1.7976931348623157e308, seen;
    PyObject *object = PyFloat_FromDouble(number);
    uint64_t word = object != NULL ? word_at(object, model->float_value) : 0;
    memcpy(&seen, &word, sizeof seen);
    bool is_understood = object != NULL && has_type(model, object, &PyFloat_Type) &&
                         memcmp(&seen, &number, sizeof seen) == 0;
    Py_XDECREF(object);
    return is_understood;
}

static bool are_bytes_understood(const ZfStubModel *model)
{
    static const char text[] = "zffi reads these bytes";
    PyObject *object = PyBytes_FromString(text);
    bool is_understood = object != NULL && has_type(model, object, &PyBytes_Type) &&
                         word_at(object, model->bytes_size) == sizeof text - 1 &&
                         memcmp((const char *)object + model->bytes_data, text, sizeof text) == 0;
    Py_XDECREF(object);
    return is_understood;
}

static bool are_tuples_understood(const ZfStubModel *model)
{
    PyObject *object = PyTuple_Pack(2, Py_None, Py_True);
    bool is_understood = object != NULL &&
                         word_at(object, model->tuple_items) == (uintptr_t)Py_None &&
                         word_at(object, model->tuple_items + 8u) == (uintptr_t)Py_True;
    Py_XDECREF(object);
    return is_understood;
}

/* A type whose objects are not as the model says, or NULL. */
static const char *find_misread(const ZfStubModel *model)
{
    const char *wrong = !are_ints_understood(model)         ? "int"
                        : !are_subclasses_understood(model) ? "bool"
                        : !are_floats_understood(model)     ? "float"
                        : !are_bytes_understood(model)      ? "bytes"
                        : !are_tuples_understood(model)     ? "tuple"
                                                            : NULL;
    PyErr_Clear();
    return wrong;
}

int zf_stub_check_layout(ZfState *state, const ZfStubModel *model)
{
    const char *wrong = find_misread(model);
    if (wrong == NULL) {
        return 0;
    }
    state->is_careful = true;
    state->stubs.can_make = false;
    state->stubs.prebuilt_count = 0;
    return PyErr_WarnFormat(PyExc_RuntimeWarning, 1, zf_error_text(ZF_SAY_OTHER_LAYOUT), wrong);
}

#define OFFSET(name) {#name, offsetof(ZfStubModel, name)}
static const struct {
    const char *name;
    size_t at;
} offsets_of_model[] = {
    OFFSET(object_type), OFFSET(type_flags), OFFSET(int_header), OFFSET(int_digits),
    OFFSET(float_value), OFFSET(bytes_size), OFFSET(bytes_data), OFFSET(tuple_items),
};

PyObject *zf_stub_misread(PyObject *module, PyObject *args, PyObject *offsets)
{
    ZfStubModel model = zf_stub_model;
    if (!PyArg_ParseTuple(args, ":_misread")) {
        return NULL;
    }
    for (size_t i = 0; offsets != NULL && i < Py_ARRAY_LENGTH(offsets_of_model); i++) {
        PyObject *given = PyDict_GetItemString(offsets, offsets_of_model[i].name);
        if (given != NULL) {
            uint16_t *offset = (uint16_t *)(void *)((char *)&model + offsets_of_model[i].at);
            *offset = (uint16_t)(*offset + PyLong_AsLong(given));
        }
    }
    if (PyErr_Occurred() || zf_stub_check_layout(zf_state_of_module(module), &model) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}
