/* copy.c - copies and pickles of data.
 *
 * A copy has memory of its own, and keeps what its pointers point to alive as the original does. A
 * pickle has the bytes, so data with a pointer in it has none: the address would mean nothing where
 * it is read.
 */
#include "field.h"

static bool has_pointers(const ZfCType *ctype)
{
    if (ctype->scalar.type->kind == ZF_KIND_POINTER) {
        return true;
    }
    if (zf_ctype_is_array(ctype)) {
        return has_pointers(ctype->element);
    }
    for (Py_ssize_t i = 0; ctype->fields != NULL && i < PyTuple_GET_SIZE(ctype->fields); i++) {
        if (has_pointers(zf_field_of(PyTuple_GET_ITEM(ctype->fields, i))->ctype)) {
            return true;
        }
    }
    return false;
}

/* Whether a derived class may have given a value Python attributes of its own. */
static bool has_python_state(PyObject *self)
{
    const PyTypeObject *type = Py_TYPE(self);
    return type->tp_dictoffset != 0 || type->tp_basicsize != sizeof(ZfData);
}

/* Gives `copy` (takes the reference) the Python attributes of `self`; `memo` is that of a deep
 * copy, or None. */
static PyObject *copy_python_state(PyObject *self, PyObject *copy, PyObject *memo)
{
    PyObject *module = PyImport_ImportModule("zffi._pickle");
    PyObject *done = module != NULL
                         ? PyObject_CallMethod(module, "copy_state", "OOO", self, copy, memo)
                         : NULL;
    Py_XDECREF(module);
    if (done == NULL) {
        Py_CLEAR(copy);
    }
    Py_XDECREF(done);
    return copy;
}

static PyObject *copy_memory(PyObject *self)
{
    ZfCType *ctype = zf_data_ctype(self);
    PyObject *copy = zf_data_make(Py_TYPE(self));
    if (copy == NULL) {
        return NULL;
    }
    if (ctype->scalar.conversion == ZF_AS_AGGREGATE) {
        if (zf_access_store(zf_state_of(self), ctype, copy, ((ZfData *)copy)->memory, self, -1) <
            0) {
            Py_CLEAR(copy);
        }
        return copy;
    }
    if (ctype->scalar.type->kind != ZF_KIND_POINTER) {
        memcpy(((ZfData *)copy)->memory, ((ZfData *)self)->memory, ctype->scalar.type->size);
        return copy;
    }
    ZfPointer pointer = zf_access_pointer(zf_state_of(self), self, ((ZfData *)self)->memory);
    memcpy(((ZfData *)copy)->memory, &pointer.address, sizeof pointer.address);
    ((ZfData *)copy)->keep = pointer.keep;
    if (pointer.is_noted) {
        zf_access_note_pointer(copy);
    }
    return copy;
}

PyObject *zf_copy_shallow(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *copy = copy_memory(self);
    return copy != NULL && has_python_state(self) ? copy_python_state(self, copy, Py_None) : copy;
}

static bool check_no_pointers(PyObject *self)
{
    if (has_pointers(zf_data_ctype(self))) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_HAS_POINTERS, Py_TYPE(self)->tp_name);
        return false;
    }
    return true;
}

PyObject *zf_copy_deep(PyObject *self, PyObject *memo)
{
    PyObject *copy = check_no_pointers(self) ? copy_memory(self) : NULL;
    return copy != NULL && has_python_state(self) ? copy_python_state(self, copy, memo) : copy;
}

PyObject *zf_copy_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *module = check_no_pointers(self) ? PyImport_ImportModule("zffi._core") : NULL;
    PyObject *make = module != NULL ? PyObject_GetAttrString(module, "_unpickle_data") : NULL;
    PyObject *state = make == NULL             ? NULL
                      : has_python_state(self) ? PyObject_CallMethod(self, "__getstate__", NULL)
                                               : Py_NewRef(Py_None);
    Py_XDECREF(module);
    if (state == NULL) {
        Py_XDECREF(make);
        return NULL;
    }
    return Py_BuildValue("(N(Oy#)N)", make, Py_TYPE(self), ((ZfData *)self)->memory,
                         (Py_ssize_t)zf_data_scalar(self)->type->size, state);
}

PyObject *zf_copy_unpickle(PyObject *module, PyObject *args)
{
    PyObject *class;
    const char *bytes;
    Py_ssize_t size;
    if (!PyArg_ParseTuple(args, "O!y#:_unpickle_data", zf_state_of_module(module)->ctype_type,
                          &class, &bytes, &size) ||
        !zf_data_is_concrete((PyTypeObject *)class)) {
        return NULL;
    }
    const ZfCType *ctype = (ZfCType *)class;
    if ((uint64_t)size != ctype->scalar.type->size || has_pointers(ctype)) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_OTHER_PICKLE,
                              ((PyTypeObject *)class)->tp_name, size);
    }
    PyObject *data = zf_data_make((PyTypeObject *)class);
    if (data != NULL) {
        memcpy(((ZfData *)data)->memory, bytes, (size_t)size);
    }
    return data;
}
