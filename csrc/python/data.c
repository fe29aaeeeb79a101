/* data.c - values in C memory: what all data objects share.
 *
 * A data object has memory: its own, a part of another object's, an exporter's, or nobody's (an
 * address the user vouches for). Memory never moves while the object lives, so its address may be
 * handed to C as long as someone holds the object; buffers exported from it, views into it and
 * byref() hold it. Memory that owns nothing itself may point to Python's: `keep` of the object that
 * has the memory holds what.
 */
#include "core.h"

#include <stddef.h>

static ZfData *as_data(PyObject *object)
{
    return (ZfData *)object;
}

/* -- Making ------------------------------------------------------------------------------------ */

/* The cold part of zf_data_is_concrete. */
static ZF_COLD bool explain_or_complete(PyTypeObject *type)
{
    PyObject *module = PyType_GetModuleByDef(type, &zf_core_module);
    if (module == NULL) {
        return false;
    }
    ZfCType *ctype = (ZfCType *)type;
    if (!zf_ctype_is_concrete(zf_state_of_module(module), (PyObject *)type)) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_ABSTRACT, type->tp_name);
        return false;
    }
    int is_complete = zf_ctype_is_complete(ctype);
    if (is_complete == 0) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_INCOMPLETE, ctype->scalar.type->name);
    }
    return is_complete > 0;
}

bool zf_data_is_concrete(PyTypeObject *type)
{
    return zf_ctype_has_size((ZfCType *)type) || explain_or_complete(type);
}

/* A block of memory for a new value, as aligned as C wants it. */
static ZF_COLD int give_block(ZfData *data, const ZfType *type)
{
    enum { ALLOCATOR_ALIGNMENT = 16 };
    size_t slack = type->alignment > ALLOCATOR_ALIGNMENT ? type->alignment : 0;
    char *block = PyMem_Calloc(1, type->size + slack);
    if (block == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    data->is_allocated = true;
    data->storage[0] = (uintptr_t)block;
    data->memory = slack > 0 ? block + (-(uintptr_t)block & (slack - 1)) : block;
    return 0;
}

/* Own memory for a new value: inside the object if it fits. */
static ZF_ALWAYS_INLINE int give_memory(ZfData *data, const ZfType *type)
{
    data->memory = data->storage;
    bool fits = type->size <= sizeof data->storage && type->alignment <= 16;
    return fits ? 0 : give_block(data, type);
}

static ZF_ALWAYS_INLINE PyObject *make(PyTypeObject *type, const ZfType *described)
{
    ZfData *data = (ZfData *)type->tp_alloc(type, 0);
    if (data != NULL && give_memory(data, described) < 0) {
        Py_CLEAR(data);
    }
    return (PyObject *)data;
}

PyObject *zf_data_make(PyTypeObject *type)
{
    return make(type, ((ZfCType *)type)->scalar.type);
}

PyObject *zf_data_make_early(PyTypeObject *type, const ZfType *described, PyObject *model)
{
    PyObject *data = make(type, described);
    if (data != NULL) {
        memcpy(as_data(data)->memory, as_data(model)->memory, described->size);
        as_data(data)->keep = Py_XNewRef(as_data(model)->keep);
    }
    return data;
}

PyObject *zf_data_view(ZfCType *ctype, void *memory, PyObject *owner)
{
    PyTypeObject *type = (PyTypeObject *)ctype;
    ZfData *data = (ZfData *)type->tp_alloc(type, 0);
    if (data != NULL) {
        data->memory = memory;
        data->owner = Py_XNewRef(owner);
    }
    return (PyObject *)data;
}

/* -- What arrays and pointers say alike -------------------------------------------------------- */

PyObject *zf_data_wrong_index(PyObject *self, PyObject *key)
{
    PyObject *name = zf_error_type_name(key);
    if (name != NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_INDEX_TYPE, Py_TYPE(self)->tp_name, name);
        Py_DECREF(name);
    }
    return NULL;
}

/* -- Values in memory that others have --------------------------------------------------------- */

static PyObject *data_from_address(PyObject *class, PyObject *address)
{
    if (!zf_data_is_concrete((PyTypeObject *)class)) {
        return NULL;
    }
    PyObject *integer = PyNumber_Index(address);
    unsigned long long number = integer != NULL ? PyLong_AsUnsignedLongLong(integer) : 0;
    Py_XDECREF(integer);
    if (PyErr_Occurred()) {
        return NULL;
    }
    if (number == 0) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_NULL_MEMORY);
    }
    return zf_data_view((ZfCType *)class, (void *)(uintptr_t)number, NULL);
}

/* The buffer of `source` as a memoryview, if a value of the class fits at `offset`; else NULL with
 * an error. */
static PyObject *fitting_view(PyObject *class, PyObject *args, const char *format, bool writable,
                              Py_ssize_t *offset)
{
    PyObject *source;
    *offset = 0;
    if (!zf_data_is_concrete((PyTypeObject *)class) ||
        !PyArg_ParseTuple(args, format, &source, offset)) {
        return NULL;
    }
    PyObject *view = PyMemoryView_FromObject(source);
    if (view == NULL) {
        return NULL;
    }
    const Py_buffer *buffer = PyMemoryView_GET_BUFFER(view);
    Py_ssize_t size = (Py_ssize_t)((ZfCType *)class)->scalar.type->size;
    if (writable && buffer->readonly) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_BUFFER_READ_ONLY);
    } else if (!PyBuffer_IsContiguous(buffer, 'C')) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_BUFFER_HOLES);
    } else if (*offset < 0 || *offset > buffer->len || size > buffer->len - *offset) {
        const char *name = ((PyTypeObject *)class)->tp_name;
        zf_error_plain(PyExc_ValueError, ZF_SAY_BUFFER_SMALL, buffer->len, *offset, name, size);
    } else {
        return view;
    }
    Py_DECREF(view);
    return NULL;
}

static PyObject *data_from_buffer(PyObject *class, PyObject *args)
{
    Py_ssize_t offset;
    PyObject *view = fitting_view(class, args, "O|n:from_buffer", true, &offset);
    if (view == NULL) {
        return NULL;
    }
    char *memory = (char *)PyMemoryView_GET_BUFFER(view)->buf + offset;
    PyObject *data = zf_data_view((ZfCType *)class, memory, view);
    Py_DECREF(view);
    return data;
}

static PyObject *data_from_buffer_copy(PyObject *class, PyObject *args)
{
    Py_ssize_t offset;
    PyObject *view = fitting_view(class, args, "O|n:from_buffer_copy", false, &offset);
    PyObject *data = view != NULL ? zf_data_make((PyTypeObject *)class) : NULL;
    if (data != NULL) {
        const char *memory = (const char *)PyMemoryView_GET_BUFFER(view)->buf + offset;
        memcpy(as_data(data)->memory, memory, zf_data_scalar(data)->type->size);
    }
    Py_XDECREF(view);
    return data;
}

/* -- The type ---------------------------------------------------------------------------------- */

static int data_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_data(self)->owner);
    Py_VISIT(as_data(self)->keep);
    return 0;
}

/* A pointer whose pointee goes is NULL from then on: a finalizer may still look at it. Memory of
 * others is left alone: it may be gone before. */
static int data_clear(PyObject *self)
{
    ZfData *data = as_data(self);
    PyObject *offset, *kept;
    if (!data->is_allocated && data->memory != data->storage) {
        Py_CLEAR(data->keep);
        return 0;
    }
    if (data->keep != NULL && PyDict_CheckExact(data->keep)) {
        for (Py_ssize_t at = 0; PyDict_Next(data->keep, &at, &offset, &kept);) {
            memset((char *)data->memory + PyLong_AsSsize_t(offset), 0, sizeof(void *));
        }
    } else if (data->keep != NULL) {
        memset(data->memory, 0, sizeof(void *));
    }
    Py_CLEAR(data->keep);
    return 0;
}

/* Read-only: the class says what the memory is, so an object cannot change it. */
static PyObject *data_get_class(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(Py_TYPE(self));
}

static PyGetSetDef data_getset[] = {
    {"__class__", data_get_class, NULL, NULL, NULL},
    {0},
};

static void free_object(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (as_data(self)->is_allocated) {
        PyMem_Free((void *)(uintptr_t)as_data(self)->storage[0]);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

/* A long chain of data that refer to each other is taken down without a long chain of calls. */
static void free_with_references(PyObject *self)
{
    Py_TRASHCAN_BEGIN(self, zf_data_dealloc) Py_CLEAR(as_data(self)->owner);
    Py_CLEAR(as_data(self)->keep);
    free_object(self);
    Py_TRASHCAN_END
}

/* As the tp_dealloc of a class it also does what Python's own would do for it: call __del__. */
void zf_data_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_finalize != NULL && type->tp_dealloc == zf_data_dealloc &&
        PyObject_CallFinalizerFromDealloc(self) < 0) {
        return; /* alive again */
    }
    PyObject_GC_UnTrack(self);
    if (as_data(self)->weak_references != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    if (as_data(self)->owner != NULL || as_data(self)->keep != NULL) {
        free_with_references(self);
    } else {
        free_object(self);
    }
}

/* PEP 3118: the scalar's format, with the dimensions of nested arrays. */
static int data_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    const ZfCType *ctype = zf_data_ctype(self);
    Py_ssize_t size = (Py_ssize_t)ctype->scalar.type->size;
    if (PyBuffer_FillInfo(view, self, as_data(self)->memory, size, 0, flags) < 0) {
        return -1;
    }
    const ZfCType *item = ctype;
    for (int i = 0; i < ctype->dimensions; i++) {
        item = item->element;
    }
    view->itemsize = (Py_ssize_t)item->scalar.type->size;
    view->ndim = ctype->dimensions;
    view->format = flags & PyBUF_FORMAT ? (char *)ctype->scalar.format : NULL;
    view->shape = flags & PyBUF_ND ? ctype->shape : NULL;
    bool has_strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES && ctype->shape != NULL;
    view->strides = has_strides ? ctype->shape + ctype->dimensions : NULL;
    return 0;
}

static PyMethodDef data_methods[] = {
    {"from_address", data_from_address, METH_O | METH_CLASS,
     "from_address(address, /)\n--\n\nThe value at an address (int), which must stay good."},
    {"from_buffer", data_from_buffer, METH_VARARGS | METH_CLASS,
     "from_buffer(source, offset=0, /)\n--\n\n"
     "A value that shares the memory of a writable buffer, `offset` bytes into it.\n\n"
     "Raises TypeError for a read-only buffer, ValueError for one that is too small."},
    {"from_buffer_copy", data_from_buffer_copy, METH_VARARGS | METH_CLASS,
     "from_buffer_copy(source, offset=0, /)\n--\n\n"
     "A value with a copy of what a buffer holds, `offset` bytes into it.\n\n"
     "Raises ValueError for a buffer that is too small."},
    {"in_dll", zf_variable_in_dll, METH_VARARGS | METH_CLASS,
     "in_dll(library, symbol, /)\n--\n\nThe value that a library exports under a name, as\n"
     "Library.var gives it."},
    {"__copy__", zf_copy_shallow, METH_NOARGS, NULL},
    {"__deepcopy__", zf_copy_deep, METH_O, NULL},
    {"__reduce__", zf_copy_reduce, METH_NOARGS, NULL},
    {0},
};

static PyMemberDef data_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(ZfData, weak_references), Py_READONLY, NULL},
    {0},
};

static PyObject *data_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kw))
{
    return zf_error_plain(PyExc_TypeError, ZF_SAY_ABSTRACT, type->tp_name);
}

PyDoc_STRVAR(data_doc, "The base class of the values of C types.");

static PyType_Slot data_slots[] = {
    {Py_tp_new, data_new},           {Py_tp_dealloc, zf_data_dealloc},
    {Py_tp_traverse, data_traverse}, {Py_tp_clear, data_clear},
    {Py_tp_methods, data_methods},   {Py_tp_members, data_members},
    {Py_tp_getset, data_getset},     {Py_bf_getbuffer, data_getbuffer},
    {Py_tp_doc, (void *)data_doc},   {0, NULL},
};

PyType_Spec zf_data_spec = {
    .name = "zffi._core.Data",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = data_slots,
};

/* -- The functions about data ------------------------------------------------------------------ */

bool zf_data_check(ZfState *state, PyObject *object)
{
    if (PyObject_TypeCheck(object, state->data_type)) {
        return true;
    }
    zf_error_given(PyExc_TypeError, ZF_SAY_NOT_DATA, object);
    return false;
}

PyObject *zf_data_addressof(PyObject *module, PyObject *object)
{
    return zf_data_check(zf_state_of_module(module), object)
               ? PyLong_FromVoidPtr(as_data(object)->memory)
               : NULL;
}

/* The scalar of a C type or of a value of one. */
static const ZfScalar *scalar_of(PyObject *module, PyObject *object)
{
    ZfState *state = zf_state_of_module(module);
    if (PyObject_TypeCheck(object, state->data_type)) {
        return zf_data_scalar(object);
    }
    if (!zf_ctype_is_concrete(state, object)) {
        zf_error_given(PyExc_TypeError, ZF_SAY_NOT_SIZED, object);
        return NULL;
    }
    return zf_data_is_concrete((PyTypeObject *)object) ? &((ZfCType *)object)->scalar : NULL;
}

PyObject *zf_data_zeroed(PyObject *module, PyObject *type)
{
    if (!PyObject_TypeCheck(type, zf_state_of_module(module)->ctype_type)) {
        return zf_error_given(PyExc_TypeError, ZF_SAY_NOT_SIZED, type);
    }
    return zf_data_is_concrete((PyTypeObject *)type) ? zf_data_make((PyTypeObject *)type) : NULL;
}

PyObject *zf_data_sizeof(PyObject *module, PyObject *object)
{
    const ZfScalar *scalar = scalar_of(module, object);
    return scalar != NULL ? PyLong_FromUnsignedLong(scalar->type->size) : NULL;
}

PyObject *zf_data_alignment(PyObject *module, PyObject *object)
{
    const ZfScalar *scalar = scalar_of(module, object);
    return scalar != NULL ? PyLong_FromUnsignedLong(scalar->type->alignment) : NULL;
}
