/* pointer.c - typed pointers: POINTER(T), pointer(x), cast().
 *
 * A pointer's `keep` is the object it was made from, if there is one. Where that is a data object,
 * its memory bounds what the pointer may reach: an index outside is an error, not a fault. A
 * pointer that C gave has no bounds that anybody knows.
 */
#include "core.h"

static char *address_of(PyObject *self)
{
    char *address;
    memcpy(&address, ((ZfData *)self)->memory, sizeof address);
    return address;
}

static ZfCType *pointee_of(PyObject *self)
{
    return zf_data_ctype(self)->element;
}

/* Where it points, and what is there, as far as that is known. */
static inline ZfPointer pointer_of(ZfState *state, PyObject *self)
{
    const ZfData *data = (ZfData *)self;
    if (data->memory != data->storage) {
        return zf_access_pointer_now(state, self, data->memory);
    }
    ZfLock lock;
    zf_compat_lock(&lock, self);
    bool is_noted = data->storage[1] == data->storage[0];
    ZfPointer pointer = {.address = (void *)(uintptr_t)data->storage[0],
                         .keep = is_noted ? Py_XNewRef(data->keep) : NULL};
    zf_compat_unlock(&lock);
    return pointer;
}

/* A pointer of the same type to another address (new reference). */
static PyObject *pointer_at(PyTypeObject *type, const void *address, PyObject *keep)
{
    PyObject *pointer = zf_data_make(type);
    if (pointer != NULL) {
        memcpy(((ZfData *)pointer)->memory, &address, sizeof address);
        ((ZfData *)pointer)->keep = Py_XNewRef(keep);
        zf_access_note_pointer(pointer);
    }
    return pointer;
}

/* -- What it points to ------------------------------------------------------------------------- */

/* Whether `size` bytes at `at` may be reached: they are in the data object that is known to have
 * the memory, or none is known. Else sets IndexError. */
static bool is_in_reach(PyObject *self, const char *at, size_t size, Py_ssize_t index,
                        PyObject *keep)
{
    if (keep == NULL) {
        return true;
    }
    const char *start = ((ZfData *)keep)->memory;
    size_t room = zf_data_scalar(keep)->type->size;
    if (at < start || (size_t)(at - start) > room || size > room - (size_t)(at - start)) {
        zf_error_plain(PyExc_IndexError, ZF_SAY_INDEX, Py_TYPE(self)->tp_name, index);
        return false;
    }
    return true;
}

/* Where element `index` is, or NULL with an error; and the data object that has it (new reference),
 * or NULL if none is known. */
static char *element_at(PyObject *self, Py_ssize_t index, PyObject **holder)
{
    *holder = NULL;
    ZfCType *pointee = pointee_of(self);
    if (pointee == NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_POINTER_VOID);
        return NULL;
    }
    if (address_of(self) == NULL) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_NULL_POINTER, Py_TYPE(self)->tp_name);
        return NULL;
    }
    if (!zf_data_is_concrete((PyTypeObject *)pointee)) {
        return NULL;
    }
    ZfState *state = zf_state_of(self);
    ZfPointer pointer = pointer_of(state, self);
    size_t size = pointee->scalar.type->size;
    char *address = (char *)pointer.address + index * (Py_ssize_t)size;
    if (pointer.keep != NULL && !PyObject_TypeCheck(pointer.keep, state->data_type)) {
        Py_CLEAR(pointer.keep);
    }
    if (PyErr_Occurred() || !is_in_reach(self, address, size, index, pointer.keep)) {
        Py_XDECREF(pointer.keep);
        return NULL;
    }
    *holder = pointer.keep;
    return address;
}

static PyObject *pointer_item(PyObject *self, Py_ssize_t index)
{
    PyObject *holder;
    char *at = element_at(self, index, &holder);
    PyObject *item = at != NULL ? zf_access_load(pointee_of(self), at, holder) : NULL;
    Py_XDECREF(holder);
    return item;
}

static int pointer_set_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    PyObject *holder;
    if (value == NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NO_DELETE);
        return -1;
    }
    char *at = element_at(self, index, &holder);
    int outcome = -1;
    if (at != NULL) {
        outcome = zf_access_store(zf_state_of(self), pointee_of(self), holder, at, value, index);
    }
    Py_XDECREF(holder);
    return outcome;
}

/* p[start:stop:step] as a list, or bytes of char; a pointer has no length, so both ends are given.
 */
static PyObject *pointer_slice(PyObject *self, PyObject *key)
{
    PyObject *start_object = ((PySliceObject *)key)->start,
             *stop_object = ((PySliceObject *)key)->stop;
    Py_ssize_t start, stop, step;
    if (stop_object == Py_None ||
        (start_object == Py_None && ((PySliceObject *)key)->step != Py_None)) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_POINTER_SLICE);
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return NULL;
    }
    Py_ssize_t span = step > 0 ? stop - start : start - stop;
    Py_ssize_t stride = step > 0 ? step : -step;
    Py_ssize_t count = span <= 0 ? 0 : (span - 1) / stride + 1;
    PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = pointer_item(self, start + i * step);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    const ZfCType *pointee = pointee_of(self);
    bool is_char = pointee != NULL && pointee->scalar.conversion == ZF_AS_CHAR;
    bool is_wchar = pointee != NULL && pointee->scalar.conversion == ZF_AS_WCHAR;
    if (list == NULL || (!is_char && !is_wchar)) {
        return list;
    }
    PyObject *empty = is_char ? PyBytes_FromString("") : PyUnicode_FromString("");
    PyObject *joined = empty != NULL ? PyObject_CallMethod(empty, "join", "O", list) : NULL;
    Py_XDECREF(empty);
    Py_DECREF(list);
    return joined;
}

static PyObject *pointer_subscript(PyObject *self, PyObject *key)
{
    if (PySlice_Check(key)) {
        return pointer_slice(self, key);
    }
    if (!PyIndex_Check(key)) {
        return zf_data_wrong_index(self, key);
    }
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    return index == -1 && PyErr_Occurred() ? NULL : pointer_item(self, index);
}

static int pointer_set_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (!PyIndex_Check(key)) {
        zf_data_wrong_index(self, key);
        return -1;
    }
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    return index == -1 && PyErr_Occurred() ? -1 : pointer_set_item(self, index, value);
}

/* A view of what it points to, even where that is a scalar. */
static PyObject *pointer_get_contents(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *holder;
    char *at = element_at(self, 0, &holder);
    PyObject *view = at != NULL ? zf_data_view(pointee_of(self), at, holder) : NULL;
    Py_XDECREF(holder);
    return view;
}

static int point_to(PyObject *self, PyObject *object)
{
    const ZfCType *pointee = pointee_of(self);
    if (pointee == NULL ? !PyObject_TypeCheck(object, zf_state_of(self)->data_type)
                        : !PyObject_TypeCheck(object, (PyTypeObject *)pointee)) {
        ZfSite site = {.state = zf_state_of(self),
                       .owner = Py_TYPE(self),
                       .index = -1,
                       .scalar = zf_data_scalar(self)};
        zf_error_expected(&site, object, ZF_SAY_EXPECTED,
                          pointee != NULL ? ((PyTypeObject *)pointee)->tp_name : "data");
        return -1;
    }
    uint64_t address = (uintptr_t)((ZfData *)object)->memory;
    return zf_access_put_pointer(zf_state_of(self), self, ((ZfData *)self)->memory, address,
                                 Py_NewRef(object));
}

static int pointer_set_contents(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    if (value == NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NO_DELETE);
        return -1;
    }
    return point_to(self, value);
}

/* -- Arithmetic -------------------------------------------------------------------------------- */

static bool is_pointer(PyObject *object)
{
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(object), &zf_core_module);
    if (module == NULL) {
        PyErr_Clear();
        return false;
    }
    return PyObject_TypeCheck(object, zf_state_of_module(module)->pointer_type);
}

static PyObject *moved(PyObject *self, PyObject *distance, int sign)
{
    Py_ssize_t count = PyNumber_AsSsize_t(distance, PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (pointee_of(self) == NULL) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_POINTER_VOID);
    }
    if (!zf_data_is_concrete((PyTypeObject *)pointee_of(self))) {
        return NULL;
    }
    Py_ssize_t size = (Py_ssize_t)pointee_of(self)->scalar.type->size;
    ZfPointer pointer = pointer_of(zf_state_of(self), self);
    const char *address = (char *)pointer.address + sign * count * size;
    PyObject *made = PyErr_Occurred() ? NULL : pointer_at(Py_TYPE(self), address, pointer.keep);
    Py_XDECREF(pointer.keep);
    return made;
}

static PyObject *pointer_add(PyObject *left, PyObject *right)
{
    if (is_pointer(left) && PyIndex_Check(right)) {
        return moved(left, right, 1);
    }
    if (is_pointer(right) && PyIndex_Check(left)) {
        return moved(right, left, 1);
    }
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *pointer_subtract(PyObject *left, PyObject *right)
{
    if (is_pointer(left) && PyIndex_Check(right)) {
        return moved(left, right, -1);
    }
    if (!is_pointer(left) || !is_pointer(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (pointee_of(left) != pointee_of(right) || pointee_of(left) == NULL) {
        PyObject *name = zf_error_type_name(right);
        if (name != NULL) {
            zf_error_plain(PyExc_TypeError, ZF_SAY_POINTER_OTHER, Py_TYPE(left)->tp_name, name);
            Py_DECREF(name);
        }
        return NULL;
    }
    if (!zf_data_is_concrete((PyTypeObject *)pointee_of(left))) {
        return NULL;
    }
    Py_ssize_t size = (Py_ssize_t)pointee_of(left)->scalar.type->size;
    return PyLong_FromSsize_t((address_of(left) - address_of(right)) / (size > 0 ? size : 1));
}

static int pointer_bool(PyObject *self)
{
    return address_of(self) != NULL;
}

static PyObject *pointer_compare(PyObject *self, PyObject *other, int operation)
{
    if (!is_pointer(other) || pointee_of(self) != pointee_of(other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    uintptr_t mine = (uintptr_t)address_of(self), theirs = (uintptr_t)address_of(other);
    Py_RETURN_RICHCOMPARE(mine, theirs, operation);
}

static Py_hash_t pointer_hash(PyObject *self)
{
    return Py_HashPointer(address_of(self));
}

static PyObject *pointer_repr(PyObject *self)
{
    const char *name = Py_TYPE(self)->tp_name;
    void *address = address_of(self);
    return address == NULL ? PyUnicode_FromFormat("%s(None)", name)
                           : PyUnicode_FromFormat("%s(%p)", name, address);
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyObject *pointer_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *contents = NULL;
    if (!zf_data_is_concrete(type) || !PyArg_ParseTuple(args, "|O", &contents)) {
        return NULL;
    }
    PyObject *pointer = zf_data_make(type);
    if (pointer != NULL && contents != NULL && contents != Py_None &&
        point_to(pointer, contents) < 0) {
        Py_CLEAR(pointer);
    }
    return pointer;
}

/* Pointer[T] is POINTER(T), spelt so that a type checker understands it; where T is a name that is
 * to come, it waits as an alias. */
static PyObject *pointer_class_getitem(PyObject *class, PyObject *item)
{
    ZfState *state = zf_state_of_module(
        PyType_GetModuleByDef((PyTypeObject *)class, &zf_core_module));
    return zf_ctype_is_concrete(state, item) ? zf_ctype_pointer(state, (ZfCType *)item)
                                             : Py_GenericAlias(class, item);
}

static PyMethodDef pointer_methods[] = {
    {"__class_getitem__", pointer_class_getitem, METH_O | METH_CLASS, NULL},
    {0},
};

static PyGetSetDef pointer_getset[] = {
    {"contents", pointer_get_contents, pointer_set_contents,
     "What it points to, as a data object that shares the memory. ValueError for NULL.", NULL},
    {0},
};

PyDoc_STRVAR(pointer_doc,
             "The base class of typed pointers. POINTER(c_int) is the class of int *.");

static PyType_Slot pointer_slots[] = {
    {Py_tp_new, pointer_new},
    {Py_tp_repr, pointer_repr},
    {Py_tp_richcompare, pointer_compare},
    {Py_tp_hash, pointer_hash},
    {Py_tp_getset, pointer_getset},
    {Py_tp_methods, pointer_methods},
    {Py_nb_add, pointer_add},
    {Py_nb_subtract, pointer_subtract},
    {Py_nb_bool, pointer_bool},
    {Py_mp_subscript, pointer_subscript},
    {Py_mp_ass_subscript, pointer_set_subscript},
    {Py_tp_doc, (void *)pointer_doc},
    {0, NULL},
};

PyType_Spec zf_pointer_spec = {
    .name = "zffi._core.Pointer",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = pointer_slots,
};

/* -- POINTER, pointer, cast -------------------------------------------------------------------- */

PyObject *zf_pointer_type(PyObject *module, PyObject *target)
{
    ZfState *state = zf_state_of_module(module);
    if (target == Py_None) {
        return Py_NewRef(state->tail_types[ZF_TAIL_POINTER]);
    }
    PyObject *resolved = zf_enum_resolve(state, target);
    PyObject *pointer = NULL;
    if (resolved != NULL) {
        pointer = zf_ctype_is_concrete(state, resolved)
                      ? zf_ctype_pointer(state, (ZfCType *)resolved)
                      : zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "POINTER", -1, target);
    }
    Py_XDECREF(resolved);
    return pointer;
}

PyObject *zf_pointer_to(PyObject *module, PyObject *object)
{
    ZfState *state = zf_state_of_module(module);
    if (!zf_data_check(state, object)) {
        return NULL;
    }
    PyObject *type = zf_ctype_pointer(state, zf_data_ctype(object));
    PyObject *pointer = type != NULL
                            ? pointer_at((PyTypeObject *)type, ((ZfData *)object)->memory, object)
                            : NULL;
    Py_XDECREF(type);
    return pointer;
}

/* The address that an object stands for in a cast, and what keeps it good (new reference, may be
 * NULL). -1 with an error. */
static int cast_source(ZfState *state, PyObject *object, const void **address, PyObject **keep)
{
    *keep = NULL;
    *address = NULL;
    if (object == Py_None) {
        return 0;
    }
    if (PyObject_TypeCheck(object, state->data_type)) {
        if (zf_data_scalar(object)->type->kind == ZF_KIND_POINTER) {
            ZfPointer pointer = pointer_of(state, object);
            *address = pointer.address;
            *keep = pointer.keep;
            return PyErr_Occurred() ? -1 : 0;
        }
        *address = ((ZfData *)object)->memory;
        *keep = Py_NewRef(object);
        return 0;
    }
    if (Py_IS_TYPE(object, state->reference_type)) {
        *address = ((ZfReference *)object)->address;
        *keep = Py_NewRef(((ZfReference *)object)->object);
        return 0;
    }
    if (PyBytes_Check(object)) {
        *address = PyBytes_AS_STRING(object);
        *keep = Py_NewRef(object);
        return 0;
    }
    if (PyLong_Check(object)) {
        *address = (void *)(uintptr_t)PyLong_AsUnsignedLongLong(object);
        return PyErr_Occurred() ? -1 : 0;
    }
    zf_error_given(PyExc_TypeError, ZF_SAY_CAST, object);
    return -1;
}

PyObject *zf_pointer_cast(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *object, *type, *keep;
    const void *address;
    if (!PyArg_ParseTuple(args, "OO:cast", &object, &type)) {
        return NULL;
    }
    const ZfType *target = PyObject_TypeCheck(type, state->ctype_type)
                               ? ((ZfCType *)type)->scalar.type
                               : NULL;
    if (target == NULL || target->kind != ZF_KIND_POINTER) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_NOT_A_POINTER_TYPE, type);
    }
    if (cast_source(state, object, &address, &keep) < 0) {
        return NULL;
    }
    PyObject *pointer = pointer_at((PyTypeObject *)type, address, keep);
    Py_XDECREF(keep);
    return pointer;
}
