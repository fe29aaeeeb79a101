/* data.c - values in C memory: the instances of the C types, and references to them.
 *
 * A data object owns its memory, which never moves while the object lives, so its address may be
 * handed to C as long as someone holds the object; buffers exported from it and byref() hold it. A
 * pointer set from a Python object keeps that object's buffer in `keep`, always something that
 * exports a buffer itself.
 */
#include "core.h"

#include <stddef.h>
#include <string.h>

/* -- Values ------------------------------------------------------------------------------------ */

static PyObject *data_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfScalar *scalar = zf_data_scalar(self);
    ZfReturn value = {0, 0};
    bool is_float = scalar->type->kind == ZF_KIND_FLOAT || scalar->type->kind == ZF_KIND_DOUBLE;
    memcpy(is_float ? (void *)&value.fp : (void *)&value.gp, ((ZfData *)self)->memory,
           scalar->type->size);
    return zf_convert_box(zf_convert_box_code(scalar), value);
}

/* What must live as long as the pointer that `value` became (new reference), or NULL if nothing, or
 * on error. */
static PyObject *pointee_keeper(const ZfSite *site, const ZfArena *arena, PyObject *value)
{
    if (Py_IS_TYPE(value, site->state->reference_type)) {
        return Py_NewRef(((ZfReference *)value)->object);
    }
    if (arena->count != 0) {
        return PyMemoryView_FromObject(arena->first[0].obj);
    }
    return PyBytes_Check(value) ? Py_NewRef(value) : NULL;
}

static int assign(PyObject *self, PyObject *value)
{
    ZfData *data = (ZfData *)self;
    ZfSite site = {
        .state = zf_state_of(self), .owner = Py_TYPE(self), .scalar = zf_data_scalar(self)};
    ZfArena arena;
    uint64_t word;
    zf_arena_open(&arena);
    int outcome = zf_convert(&site, &arena, value, &word);
    PyObject *keep = outcome == 0 ? pointee_keeper(&site, &arena, value) : NULL;
    zf_arena_close(&arena);
    if (outcome < 0 || PyErr_Occurred()) {
        Py_XDECREF(keep);
        return -1;
    }
    memcpy(data->memory, &word, site.scalar->type->size);
    Py_XSETREF(data->keep, keep);
    return 0;
}

/* A str for a char pointer is kept as the bytes that C sees. */
static int data_set_value(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "value cannot be deleted");
        return -1;
    }
    if (zf_data_scalar(self)->conversion != ZF_AS_STRING || !PyUnicode_Check(value)) {
        return assign(self, value);
    }
    PyObject *bytes = PyUnicode_AsUTF8String(value);
    int outcome = bytes != NULL ? assign(self, bytes) : -1;
    Py_XDECREF(bytes);
    return outcome;
}

static PyObject *data_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"value", NULL};
    PyObject *value = NULL;
    PyObject *module = PyType_GetModuleByDef(type, &zf_core_module);
    if (module == NULL) {
        return NULL;
    }
    PyTypeObject *metaclass = zf_state_of_module(module)->ctype_type;
    if (!PyObject_TypeCheck((PyObject *)type, metaclass) ||
        ((ZfCType *)type)->scalar.type == NULL) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_ABSTRACT, type->tp_name);
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O", names, &value)) {
        return NULL;
    }
    ZfData *data = (ZfData *)type->tp_alloc(type, 0);
    if (data == NULL) {
        return NULL;
    }
    data->memory = &data->storage;
    if (value != NULL && data_set_value((PyObject *)data, value, NULL) < 0) {
        Py_DECREF(data);
        return NULL;
    }
    return (PyObject *)data;
}

/* A pointer shows its address: what it points to may not be there. */
static PyObject *data_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    if (zf_data_scalar(self)->type->kind == ZF_KIND_POINTER) {
        void *address;
        memcpy(&address, ((ZfData *)self)->memory, sizeof address);
        return address == NULL ? PyUnicode_FromFormat("%s(None)", name)
                               : PyUnicode_FromFormat("%s(%p)", name, address);
    }
    PyObject *value = data_get_value(self, NULL);
    PyObject *repr = value != NULL ? PyUnicode_FromFormat("%s(%R)", name, value) : NULL;
    Py_XDECREF(value);
    return repr;
}

/* True for anything but zero, as in a C condition. */
static int data_bool(PyObject *self)
{
    const ZfScalar *scalar = zf_data_scalar(self);
    const void *memory = ((ZfData *)self)->memory;
    if (scalar->conversion == ZF_AS_FLOAT) {
        return *(const float *)memory != 0;
    }
    if (scalar->conversion == ZF_AS_DOUBLE) {
        return *(const double *)memory != 0;
    }
    static const unsigned char zeros[sizeof(uint64_t)];
    return memcmp(memory, zeros, scalar->type->size) != 0;
}

/* int() and float() take the value of a number; without these they would read the buffer as text.
 */
static PyObject *data_as_number(PyObject *self, PyObject *(*make)(PyObject *))
{
    switch (zf_data_scalar(self)->conversion) {
    case ZF_AS_BOOL:
    case ZF_AS_INTEGER:
    case ZF_AS_FLOAT:
    case ZF_AS_DOUBLE: break;
    default: return zf_error_plain(PyExc_TypeError, ZF_SAY_NOT_A_NUMBER, Py_TYPE(self)->tp_name);
    }
    PyObject *value = data_get_value(self, NULL);
    PyObject *number = value != NULL ? make(value) : NULL;
    Py_XDECREF(value);
    return number;
}

static PyObject *data_int(PyObject *self)
{
    return data_as_number(self, PyNumber_Long);
}

static PyObject *data_float(PyObject *self)
{
    return data_as_number(self, PyNumber_Float);
}

static int data_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((ZfData *)self)->keep);
    return 0;
}

static void data_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (((ZfData *)self)->weak_references != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    Py_XDECREF(((ZfData *)self)->keep);
    type->tp_free(self);
    Py_DECREF(type);
}

static int data_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    const ZfScalar *scalar = zf_data_scalar(self);
    if (PyBuffer_FillInfo(view, self, ((ZfData *)self)->memory, scalar->type->size, 0, flags) < 0) {
        return -1;
    }
    view->itemsize = scalar->type->size;
    view->ndim = 0;
    view->shape = NULL;
    view->strides = NULL;
    if (flags & PyBUF_FORMAT) {
        view->format = (char *)scalar->format;
    }
    return 0;
}

static PyGetSetDef data_getset[] = {
    {"value", data_get_value, data_set_value,
     "The C value as a Python object; assigning converts and checks it.", NULL},
    {0},
};

static PyMemberDef data_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(ZfData, weak_references), Py_READONLY, NULL},
    {0},
};

PyDoc_STRVAR(data_doc, "The base class of the values of C types.");

static PyType_Slot data_slots[] = {
    {Py_tp_new, data_new},           {Py_tp_dealloc, data_dealloc},
    {Py_tp_traverse, data_traverse}, {Py_tp_repr, data_repr},
    {Py_nb_bool, data_bool},         {Py_nb_int, data_int},
    {Py_nb_float, data_float},       {Py_tp_getset, data_getset},
    {Py_tp_members, data_members},   {Py_bf_getbuffer, data_getbuffer},
    {Py_tp_doc, (void *)data_doc},   {0, NULL},
};

PyType_Spec zf_data_spec = {
    .name = "zffi._core.Data",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = data_slots,
};

/* -- References -------------------------------------------------------------------------------- */

static int reference_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((ZfReference *)self)->object);
    return 0;
}

static void reference_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((ZfReference *)self)->object);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *reference_repr(PyObject *self)
{
    return PyUnicode_FromFormat("byref(%R)", ((ZfReference *)self)->object);
}

static PyType_Slot reference_slots[] = {
    {Py_tp_dealloc, reference_dealloc},
    {Py_tp_traverse, reference_traverse},
    {Py_tp_repr, reference_repr},
    {Py_tp_doc, "The address of a data object, as byref() gives it to a pointer parameter."},
    {0, NULL},
};

PyType_Spec zf_reference_spec = {
    .name = "zffi._core.Reference",
    .basicsize = sizeof(ZfReference),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = reference_slots,
};

/* -- The functions about data ------------------------------------------------------------------ */

static int check_data(ZfState *state, PyObject *object)
{
    if (PyObject_TypeCheck(object, state->data_type)) {
        return 0;
    }
    PyObject *name = zf_error_type_name(object);
    if (name != NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NOT_DATA, name);
        Py_DECREF(name);
    }
    return -1;
}

PyObject *zf_data_byref(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *object;
    Py_ssize_t offset = 0;
    if (!PyArg_ParseTuple(args, "O|n:byref", &object, &offset) || check_data(state, object) < 0) {
        return NULL;
    }
    Py_ssize_t size = zf_data_scalar(object)->type->size;
    if (offset < 0 || offset >= size) {
        PyObject *name = zf_error_type_name(object);
        if (name != NULL) {
            zf_error_plain(PyExc_ValueError, ZF_SAY_BYREF_OFFSET, offset, name, size,
                           size == 1 ? "" : "s");
            Py_DECREF(name);
        }
        return NULL;
    }
    ZfReference *reference = (ZfReference *)state->reference_type->tp_alloc(state->reference_type,
                                                                            0);
    if (reference != NULL) {
        reference->object = Py_NewRef(object);
        reference->address = (char *)((ZfData *)object)->memory + offset;
    }
    return (PyObject *)reference;
}

PyObject *zf_data_addressof(PyObject *module, PyObject *object)
{
    return check_data(zf_state_of_module(module), object) < 0
               ? NULL
               : PyLong_FromVoidPtr(((ZfData *)object)->memory);
}

/* The scalar of a C type or of a value of one. */
static const ZfScalar *scalar_of(PyObject *module, PyObject *object)
{
    ZfState *state = zf_state_of_module(module);
    if (PyObject_TypeCheck(object, state->data_type)) {
        return zf_data_scalar(object);
    }
    if (PyObject_TypeCheck(object, state->ctype_type) && ((ZfCType *)object)->scalar.type != NULL) {
        return &((ZfCType *)object)->scalar;
    }
    PyObject *name = zf_error_type_name(object);
    if (name != NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NOT_SIZED, name);
        Py_DECREF(name);
    }
    return NULL;
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
