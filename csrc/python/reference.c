/* reference.c - byref(): the address of a data object, or of a place in it, for the time of a call.
 *
 * A program makes one for each call, so the last few that were let go are kept, and handed out
 * again: byref() allocates nothing then. Without a GIL none are kept: threads would have to take
 * turns for them.
 */
#include "core.h"

static ZfReference *as_reference(PyObject *object)
{
    return (ZfReference *)object;
}

/* -- The type ---------------------------------------------------------------------------------- */

static int reference_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_reference(self)->object);
    return 0;
}

static void reference_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    bool has_module = ((PyHeapTypeObject *)type)->ht_module != NULL; /* until the very end */
    ZfState *state = has_module ? PyType_GetModuleState(type) : NULL;
    PyObject_GC_UnTrack(self);
    Py_CLEAR(as_reference(self)->object);
    if (!ZF_COMPAT_HAS_READERS && state != NULL && state->spare_count < ZF_SPARE_REFERENCES) {
        state->spare_references[state->spare_count++] = self;
    } else {
        PyObject_GC_Del(self);
    }
    Py_DECREF(type); /* no spare holds it, or the type could not be collected */
}

void zf_reference_free_spare(ZfState *state)
{
    for (int i = 0; i < state->spare_count && state->spare_references[i] != NULL; i++) {
        PyObject_GC_Del(state->spare_references[i]);
        state->spare_references[i] = NULL;
    }
    state->spare_count = ZF_SPARE_REFERENCES; /* the module is going: take no more */
}

static PyObject *reference_repr(PyObject *self)
{
    return PyUnicode_FromFormat("byref(%R)", as_reference(self)->object);
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

/* -- byref ------------------------------------------------------------------------------------- */

static ZfReference *make(ZfState *state)
{
    PyTypeObject *type = state->reference_type;
    if (state->spare_count == 0) {
        return as_reference(type->tp_alloc(type, 0));
    }
    PyObject *spare = state->spare_references[--state->spare_count];
    Py_INCREF(type);
    _Py_NewReference(spare);
    PyObject_GC_Track(spare);
    return as_reference(spare);
}

static PyObject *wrong_offset(PyObject *object, Py_ssize_t offset, Py_ssize_t size)
{
    PyObject *name = zf_error_type_name(object);
    if (name != NULL) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_BYREF_OFFSET, offset, name, size,
                       size == 1 ? "" : "s");
        Py_DECREF(name);
    }
    return NULL;
}

PyObject *zf_reference_byref(PyObject *module, PyObject *const *values, Py_ssize_t count)
{
    ZfState *state = zf_state_of_module(module);
    if (count < 1 || count > 2) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_BYREF_COUNT, count);
    }
    PyObject *object = values[0];
    Py_ssize_t offset = count == 2 ? PyNumber_AsSsize_t(values[1], PyExc_OverflowError) : 0;
    if ((offset == -1 && PyErr_Occurred()) || !zf_data_check(state, object)) {
        return NULL;
    }
    Py_ssize_t size = (Py_ssize_t)zf_data_scalar(object)->type->size;
    if (offset < 0 || (offset >= size && offset != 0)) {
        return wrong_offset(object, offset, size);
    }
    ZfReference *reference = make(state);
    if (reference != NULL) {
        reference->object = Py_NewRef(object);
        reference->address = (char *)((ZfData *)object)->memory + offset;
    }
    return (PyObject *)reference;
}
