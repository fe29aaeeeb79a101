/* variadic.c - the types that values take in the tail of a variadic call.
 *
 * A call's shape is the list of the C types of all its arguments. Each shape is planned once, as an
 * ordinary signature, and kept by the target in `shapes`, by the tuple of its types. The types are
 * those of C's default argument promotions (C11, section 6.5.2.2): nothing narrower than int or
 * double arrives.
 */
#include "core.h"

/* For messages about values that have no type yet. */
static const ZfScalar unknown = {
    .type = &(const ZfType){.name = "...", .alignment = 1, .kind = ZF_KIND_VOID},
    .conversion = ZF_AS_VOID,
};

/* An int in full width, so that va_arg of any integer type finds it; one that does not fit is left
 * to the conversion to refuse. */
static ZfTail integer_type(PyObject *value)
{
    int overflow = 0;
    PyObject *integer = PyNumber_Index(value);
    if (integer != NULL) {
        PyLong_AsLongLongAndOverflow(integer, &overflow);
        Py_DECREF(integer);
    }
    PyErr_Clear(); /* the conversion meets the same error, and reports it */
    return overflow > 0 ? ZF_TAIL_UNSIGNED : ZF_TAIL_SIGNED;
}

/* Whether a buffer is memory, and not a NumPy number that shows its own bytes. */
static bool is_memory(PyObject *value)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(value)) {
        return false;
    }
    if (PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) < 0) {
        PyErr_Clear();
        return true; /* the conversion will say what is wrong with it */
    }
    bool is_number = view.ndim == 0 && view.readonly;
    PyBuffer_Release(&view);
    return !is_number;
}

/* The type of a value in the tail, borrowed, or NULL with an error. */
static ZfCType *tail_type(ZfTarget *target, ZfState *state, PyObject *value, Py_ssize_t index)
{
    ZfTail tail;
    if (PyLong_Check(value)) {
        tail = integer_type(value);
    } else if (PyFloat_Check(value)) {
        tail = ZF_TAIL_DOUBLE;
    } else if (PyUnicode_Check(value) || PyBytes_Check(value)) {
        tail = ZF_TAIL_STRING;
    } else if (value == Py_None || Py_IS_TYPE(value, state->reference_type)) {
        tail = ZF_TAIL_POINTER;
    } else if (PyObject_TypeCheck(value, state->data_type)) {
        ZfCType *ctype = (ZfCType *)Py_TYPE(value);
        bool is_float = ctype->scalar.conversion == ZF_AS_FLOAT;
        return is_float ? state->tail_types[ZF_TAIL_DOUBLE] : ctype;
    } else if (is_memory(value)) {
        tail = ZF_TAIL_CONST_POINTER;
    } else if (PyIndex_Check(value)) {
        tail = integer_type(value);
    } else {
        ZfSite site = {.state = state, .target = target, .index = index, .scalar = &unknown};
        PyObject *name = zf_error_type_name(value);
        if (name != NULL) {
            zf_error_argument(&site, ZF_ArgumentError, value, ZF_SAY_NO_TAIL_TYPE, name);
            Py_DECREF(name);
        }
        return NULL;
    }
    return state->tail_types[tail];
}

/* A declared type behind the named parameters is promoted like a value. */
static PyObject *declared_type(const ZfSignature *signature, ZfState *state, Py_ssize_t index)
{
    bool is_float = signature->steps[index].scalar.conversion == ZF_AS_FLOAT;
    bool is_promoted = is_float && index >= signature->fixed;
    return is_promoted ? (PyObject *)state->tail_types[ZF_TAIL_DOUBLE]
                       : PyTuple_GET_ITEM(signature->argtypes, index);
}

static PyObject *types_of(ZfTarget *target, ZfState *state, PyObject *const *values,
                          Py_ssize_t count)
{
    const ZfSignature *signature = target->signature;
    PyObject *types = PyTuple_New(count);
    for (Py_ssize_t i = 0; types != NULL && i < count; i++) {
        PyObject *type = i < signature->argument_count
                             ? declared_type(signature, state, i)
                             : (PyObject *)tail_type(target, state, values[i], i);
        if (type == NULL) {
            Py_CLEAR(types);
        } else {
            PyTuple_SET_ITEM(types, i, Py_NewRef(type));
        }
    }
    return types;
}

/* The shape of these types: the known one, or a new one. A program has few; one that makes them
 * without end starts over now and then. */
static ZfSignature *shape_of(ZfTarget *target, ZfState *state, PyObject *types)
{
    enum { MOST_SHAPES = 256 };
    PyObject *shapes = zf_dict_on_demand(&target->shapes);
    PyObject *known = shapes != NULL ? zf_compat_dict_get(shapes, types) : NULL;
    if (known != NULL || PyErr_Occurred()) {
        return (ZfSignature *)known;
    }
    const ZfSignature *signature = target->signature;
    ZfSignature *shape = zf_signature_make(state, signature->restype, types, signature->plan->abi,
                                           signature->fixed);
    if (PyDict_GET_SIZE(shapes) >= MOST_SHAPES) {
        PyDict_Clear(shapes);
    }
    if (shape != NULL && PyDict_SetItem(shapes, types, (PyObject *)shape) < 0) {
        Py_CLEAR(shape);
    }
    return shape;
}

ZfSignature *zf_variadic_shape(ZfTarget *target, PyObject *const *values, Py_ssize_t count)
{
    ZfState *state = zf_state_of((PyObject *)target);
    PyObject *types = types_of(target, state, values, count);
    ZfSignature *shape = types != NULL ? shape_of(target, state, types) : NULL;
    Py_XDECREF(types);
    return shape;
}
