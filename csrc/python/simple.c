/* simple.c - the values of scalar C types: c_int(5) and its like. */
#include "core.h"

static void *memory_of(PyObject *self)
{
    return ((ZfData *)self)->memory;
}

static PyObject *simple_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    return zf_access_load(zf_data_ctype(self), memory_of(self), self);
}

int zf_simple_set_value(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "value cannot be deleted");
        return -1;
    }
    return zf_access_store(zf_state_of(self), zf_data_ctype(self), self, memory_of(self), value,
                           -1);
}

static PyObject *simple_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", NULL};
    PyObject *value = NULL;
    if (!zf_data_is_concrete(type) ||
        !PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &value)) {
        return NULL;
    }
    PyObject *data = zf_data_make(type);
    if (data != NULL && value != NULL && zf_simple_set_value(data, value, NULL) < 0) {
        Py_CLEAR(data);
    }
    return data;
}

/* A pointer shows its address: what it points to may not be there. */
static PyObject *simple_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (zf_data_scalar(self)->type->kind == ZF_KIND_POINTER) {
        void *address;
        memcpy(&address, memory_of(self), sizeof address);
        return address == NULL ? PyUnicode_FromFormat("%s(None)", name)
                               : PyUnicode_FromFormat("%s(%p)", name, address);
    }
    PyObject *value = simple_get_value(self, NULL);
    PyObject *repr = value != NULL ? PyUnicode_FromFormat("%s(%R)", name, value) : NULL;
    Py_XDECREF(value);
    return repr;
}

/* True for anything but zero, as in a C condition. */
static int simple_bool(PyObject *self)
{
    const ZfScalar *scalar = zf_data_scalar(self);
    const void *memory = memory_of(self);
    if (scalar->conversion == ZF_AS_FLOAT || scalar->conversion == ZF_AS_DOUBLE) {
        PyObject *value = simple_get_value(self, NULL);
        int answer = value != NULL ? PyObject_IsTrue(value) : -1;
        Py_XDECREF(value);
        return answer;
    }
    if (scalar->conversion == ZF_AS_FLOAT16) {
        return (*(const uint16_t *)memory & 0x7fff) != 0;
    }
    if (zf_scalar_is_wide(scalar)) {
        return zf_wide_is_true(scalar, memory);
    }
    static const unsigned char zeros[sizeof(uint64_t)];
    return memcmp(memory, zeros, scalar->type->size) != 0;
}

/* int() and float() take the value of a number; without these they would read the buffer as text.
 */
static PyObject *simple_as_number(PyObject *self, PyObject *(*make)(PyObject *))
{
    switch (zf_data_scalar(self)->conversion) {
    case ZF_AS_BOOL:
    case ZF_AS_INTEGER:
    case ZF_AS_ENUM:
    case ZF_AS_INT128:
    case ZF_AS_FLOAT16:
    case ZF_AS_FLOAT:
    case ZF_AS_DOUBLE: break;
    default: return zf_error_plain(PyExc_TypeError, ZF_SAY_NOT_A_NUMBER, Py_TYPE(self)->tp_name);
    }
    PyObject *value = simple_get_value(self, NULL);
    PyObject *number = value != NULL ? make(value) : NULL;
    Py_XDECREF(value);
    return number;
}

static PyObject *simple_int(PyObject *self)
{
    return simple_as_number(self, PyNumber_Long);
}

static PyObject *simple_float(PyObject *self)
{
    return simple_as_number(self, PyNumber_Float);
}

static PyGetSetDef simple_getset[] = {
    {"value", simple_get_value, zf_simple_set_value,
     "The C value as a Python object; assigning converts and checks it.", NULL},
    {0},
};

PyDoc_STRVAR(simple_doc, "The base class of the values of scalar C types.");

static PyType_Slot simple_slots[] = {
    {Py_tp_new, simple_new},         {Py_tp_repr, simple_repr},
    {Py_nb_bool, simple_bool},       {Py_nb_int, simple_int},
    {Py_nb_float, simple_float},     {Py_tp_getset, simple_getset},
    {Py_tp_doc, (void *)simple_doc}, {0, NULL},
};

PyType_Spec zf_simple_spec = {
    .name = "zffi._core.Simple",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = simple_slots,
};
