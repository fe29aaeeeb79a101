/* vector.c - vectors: GCC's vector_size, as values with elements.
 *
 * A vector has the face of an array, but it is passed by value and never decays to a pointer. Only
 * those are made here that compilers pass alike.
 */
#include "core.h"

#include <stdio.h>

/* -- Making the classes ------------------------------------------------------------------------ */

static bool is_number(const ZfScalar *scalar)
{
    switch (scalar->conversion) {
    case ZF_AS_INTEGER:
    case ZF_AS_INT128:
    case ZF_AS_FLOAT16:
    case ZF_AS_FLOAT: return true;
    case ZF_AS_DOUBLE: return scalar->type == zf_type_find("double");
    default: return false;
    }
}

/* Why there is no such vector, in `room`, or NULL. gcc and clang disagree on a vector of one
 * double, and nobody needs vectors of one. */
static const char *refuse(const ZfScalar *element, Py_ssize_t count, char *room, size_t size)
{
    if (!is_number(element)) {
        return "the elements of a vector are integers, _Float16, float or double";
    }
    if (count < 2) {
        return "a vector has at least 2 elements";
    }
    size_t bytes = (size_t)element->type->size;
    if (count > 16 || ((size_t)count * bytes != 8 && (size_t)count * bytes != 16)) {
        snprintf(room, size, "a vector has 8 or 16 bytes, so its elements of %zu are %zu or %zu",
                 bytes, 8 / bytes, 16 / bytes);
        return room;
    }
    return NULL;
}

static int describe(ZfCType *ctype, ZfCType *element, Py_ssize_t count)
{
    if (zf_type_vector(element->scalar.type, (uint32_t)count, &ctype->own_type) != ZF_OK) {
        PyErr_NoMemory();
        return -1;
    }
    return zf_ctype_describe_elements(ctype, element, count);
}

PyObject *zf_vector_type(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *element;
    Py_ssize_t count;
    char room[128];
    if (!PyArg_ParseTuple(args, "On:vector", &element, &count)) {
        return NULL;
    }
    if (!zf_ctype_is_concrete(state, element)) {
        return zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "vector", -1, element);
    }
    ZfCType *ctype = (ZfCType *)element;
    const char *why = refuse(&ctype->scalar, count, room, sizeof room);
    if (why != NULL) {
        return zf_error_type_why(state, ZF_SAY_CANNOT_USE, "vector", -1, element, why);
    }
    const ZfRepeated kind = {"Vector", "A vector of one C type.", state->vector_type, describe};
    return zf_ctype_repeated(state, ctype, count, &ctype->vectors, &kind);
}

/* -- The type ---------------------------------------------------------------------------------- */

/* From values, or from one sequence of them. */
static PyObject *vector_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!zf_data_is_concrete(type)) {
        return NULL;
    }
    PyObject *only = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    bool is_sequence = only != NULL && PySequence_Check(only);
    PyObject *values = is_sequence ? PySequence_Tuple(only) : Py_NewRef(args);
    PyTypeObject *array =
        zf_state_of_module(PyType_GetModuleByDef(type, &zf_core_module))->array_type;
    newfunc make = (newfunc)PyType_GetSlot(array, Py_tp_new);
    PyObject *data = values != NULL ? make(type, values, kwargs) : NULL;
    Py_XDECREF(values);
    return data;
}

static PyType_Slot vector_slots[] = {
    {Py_tp_new, vector_new},
    {Py_tp_doc,
     "The base class of vectors. `vector(c_float, 4)` is the class of those of 4 float."},
    {0, NULL},
};

PyType_Spec zf_vector_spec = {
    .name = "zffi._core.Vector",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
    .slots = vector_slots,
};
