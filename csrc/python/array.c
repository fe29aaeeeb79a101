/* array.c - arrays of C values: a fixed number of elements in a row.
 *
 * Elements are read and written in place. Aggregates come out as views that share the array's
 * memory, scalars as Python objects; a slice is a list, of char it is bytes, of wchar_t it is str.
 */
#include "convert.h"

static char *element_at(PyObject *self, Py_ssize_t index)
{
    size_t step = zf_data_ctype(self)->element->scalar.type->size;
    return (char *)((ZfData *)self)->memory + (size_t)index * step;
}

static Py_ssize_t array_length(PyObject *self)
{
    return zf_data_ctype(self)->length;
}

static bool check_index(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= array_length(self)) {
        zf_error_plain(PyExc_IndexError, ZF_SAY_INDEX, Py_TYPE(self)->tp_name, index);
        return false;
    }
    return true;
}

static PyObject *array_item(PyObject *self, Py_ssize_t index)
{
    return check_index(self, index)
               ? zf_access_load(zf_data_ctype(self)->element, element_at(self, index), self)
               : NULL;
}

static int store_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    return zf_access_store(zf_state_of(self), zf_data_ctype(self)->element, self,
                           element_at(self, index), value, index);
}

static int array_set_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    if (value == NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NO_DELETE);
        return -1;
    }
    return check_index(self, index) ? store_item(self, index, value) : -1;
}

/* -- Slices ------------------------------------------------------------------------------------ */

static PyObject *gather_list(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    ZfCType *element = zf_data_ctype(self)->element;
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = zf_access_load(element, element_at(self, start + i * step), self);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, item);
        }
    }
    return list;
}

static PyObject *gather_bytes(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, count);
    for (Py_ssize_t i = 0; bytes != NULL && i < count; i++) {
        PyBytes_AS_STRING(bytes)[i] = *element_at(self, start + i * step);
    }
    return bytes;
}

static PyObject *gather(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    ZfConversion conversion = zf_data_ctype(self)->element->scalar.conversion;
    if (conversion == ZF_AS_CHAR) {
        return step == 1 ? PyBytes_FromStringAndSize(element_at(self, start), count)
                         : gather_bytes(self, start, step, count);
    }
    PyObject *list = gather_list(self, start, step, count);
    if (list == NULL || conversion != ZF_AS_WCHAR) {
        return list;
    }
    PyObject *empty = PyUnicode_FromString("");
    PyObject *text = empty != NULL ? PyUnicode_Join(empty, list) : NULL;
    Py_XDECREF(empty);
    Py_DECREF(list);
    return text;
}

/* Whether a buffer holds elements of the same format, so that they can be copied as they are. */
static bool is_same_format(const Py_buffer *view, const ZfScalar *scalar)
{
    const char *format = view->format != NULL ? view->format : "B";
    format += *format == '@' || *format == '=' || *format == '<';
    return (size_t)view->itemsize == scalar->type->size && strcmp(format, scalar->format) == 0;
}

/* 1: copied; 0: no such buffer; -1: error */
static int fill_from_buffer(PyObject *self, Py_ssize_t start, Py_ssize_t count, PyObject *source)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(source) ||
        PyObject_GetBuffer(source, &view, PyBUF_FORMAT | PyBUF_ND) < 0) {
        PyErr_Clear();
        return 0;
    }
    const ZfScalar *scalar = &zf_data_ctype(self)->element->scalar;
    int outcome = 0;
    bool has_letter = strchr(scalar->format, 's') == NULL; /* else any bytes of that size have it */
    if (scalar->type->kind != ZF_KIND_POINTER && scalar->conversion != ZF_AS_AGGREGATE &&
        has_letter && is_same_format(&view, scalar)) {
        Py_ssize_t given = view.len / view.itemsize;
        outcome = given == count ? 1 : -1;
        if (outcome == 1) {
            memmove(element_at(self, start), view.buf, (size_t)view.len);
        } else {
            zf_error_plain(PyExc_ValueError, ZF_SAY_SLICE_LENGTH, count, given);
        }
    }
    PyBuffer_Release(&view);
    return outcome;
}

/* The hot loop of filling from a list: exact numbers, in place. Returns how many it could do. */
static Py_ssize_t fill_fast(PyObject *self, Py_ssize_t start, Py_ssize_t step,
                            PyObject *const *items, Py_ssize_t count)
{
    const ZfScalar scalar = zf_data_ctype(self)->element->scalar;
    if (!zf_box_is_number(scalar.box)) {
        return 0;
    }
    char *at = element_at(self, start);
    Py_ssize_t stride = step * (Py_ssize_t)scalar.type->size, i = 0;
    uint64_t word;
    for (; i < count && zf_convert_fast(&scalar, items[i], &word); i++, at += stride) {
        zf_access_put(at, word, scalar.type->size);
    }
    return i;
}

static int fill_from_sequence(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count,
                              PyObject *source)
{
    PyObject *items = PySequence_Tuple(source);
    if (items == NULL) {
        return -1;
    }
    int outcome = 0;
    if (PyTuple_GET_SIZE(items) != count) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_SLICE_LENGTH, count, PyTuple_GET_SIZE(items));
        outcome = -1;
    }
    Py_ssize_t i = 0;
    while (outcome == 0 && i < count) {
        i += fill_fast(self, start + i * step, step, &PyTuple_GET_ITEM(items, i), count - i);
        if (i < count) {
            outcome = store_item(self, start + i * step, PyTuple_GET_ITEM(items, i));
            i++;
        }
    }
    Py_DECREF(items);
    return outcome;
}

static int fill(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count,
                PyObject *source)
{
    if (step == 1) {
        int copied = fill_from_buffer(self, start, count, source);
        if (copied != 0) {
            return copied > 0 ? 0 : -1;
        }
    }
    if (zf_data_ctype(self)->element->scalar.conversion == ZF_AS_CHAR && PyBytes_Check(source)) {
        if (PyBytes_GET_SIZE(source) != count) {
            zf_error_plain(PyExc_ValueError, ZF_SAY_SLICE_LENGTH, count, PyBytes_GET_SIZE(source));
            return -1;
        }
        for (Py_ssize_t i = 0; i < count; i++) {
            *element_at(self, start + i * step) = PyBytes_AS_STRING(source)[i];
        }
        return 0;
    }
    return fill_from_sequence(self, start, step, count, source);
}

/* An index as Python counts, from the end if negative; -1 with an error if it is none. */
static Py_ssize_t index_of(PyObject *self, PyObject *key)
{
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) {
        return -1;
    }
    Py_ssize_t counted = index < 0 ? index + array_length(self) : index;
    if (counted < 0 || counted >= array_length(self)) {
        zf_error_plain(PyExc_IndexError, ZF_SAY_INDEX, Py_TYPE(self)->tp_name, index);
        return -1;
    }
    return counted;
}

static PyObject *array_subscript(PyObject *self, PyObject *key)
{
    int64_t number;
    if (zf_compat_small_int(key, &number) && number >= 0 && number < array_length(self)) {
        return zf_access_load(zf_data_ctype(self)->element, element_at(self, number), self);
    }
    if (PyIndex_Check(key)) {
        Py_ssize_t index = index_of(self, key);
        return index < 0 ? NULL : array_item(self, index);
    }
    if (!PySlice_Check(key)) {
        return zf_data_wrong_index(self, key);
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return NULL;
    }
    Py_ssize_t count = PySlice_AdjustIndices(array_length(self), &start, &stop, step);
    return gather(self, start, step, count);
}

static int array_set_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (value == NULL) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_NO_DELETE);
        return -1;
    }
    int64_t number;
    uint64_t word;
    const ZfScalar *scalar = &zf_data_ctype(self)->element->scalar;
    if (zf_compat_small_int(key, &number) && number >= 0 && number < array_length(self) &&
        zf_box_is_number(scalar->box) && zf_convert_fast(scalar, value, &word)) {
        zf_access_put(element_at(self, number), word, scalar->type->size);
        return 0;
    }
    if (PyIndex_Check(key)) {
        Py_ssize_t index = index_of(self, key);
        return index < 0 ? -1 : store_item(self, index, value);
    }
    Py_ssize_t start, stop, step;
    if (!PySlice_Check(key)) {
        zf_data_wrong_index(self, key);
        return -1;
    }
    if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
        return -1;
    }
    Py_ssize_t count = PySlice_AdjustIndices(array_length(self), &start, &stop, step);
    return fill(self, start, step, count, value);
}

/* -- Text: the value of arrays of characters --------------------------------------------------- */

/* Up to the first NUL, if there is one. */
static PyObject *array_get_value(PyObject *self, void *Py_UNUSED(closure))
{
    Py_ssize_t length = array_length(self);
    if (zf_data_ctype(self)->element->scalar.conversion == ZF_AS_CHAR) {
        const char *text = ((ZfData *)self)->memory;
        const char *end = memchr(text, '\0', (size_t)length);
        return PyBytes_FromStringAndSize(text, end != NULL ? end - text : length);
    }
    if (zf_data_ctype(self)->element->scalar.conversion == ZF_AS_WCHAR) {
        static const wchar_t nul;
        Py_ssize_t end = 0;
        while (end < length && memcmp(element_at(self, end), &nul, sizeof nul) != 0) {
            end++;
        }
        return gather(self, 0, 1, end);
    }
    return PyErr_Format(PyExc_AttributeError, "value: %s is no array of characters",
                        Py_TYPE(self)->tp_name);
}

static int array_set_value(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    ZfConversion conversion = zf_data_ctype(self)->element->scalar.conversion;
    if (value == NULL || (conversion != ZF_AS_CHAR && conversion != ZF_AS_WCHAR)) {
        PyErr_Format(PyExc_AttributeError, "value of %s", Py_TYPE(self)->tp_name);
        return -1;
    }
    return zf_access_store(zf_state_of(self), zf_data_ctype(self), self, ((ZfData *)self)->memory,
                           value, -1);
}

static PyObject *array_get_raw(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBytes_FromStringAndSize(((ZfData *)self)->memory,
                                     (Py_ssize_t)zf_data_scalar(self)->type->size);
}

static int array_set_raw(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    Py_buffer view;
    Py_ssize_t room = (Py_ssize_t)zf_data_scalar(self)->type->size;
    if (value == NULL || PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0) {
        return PyErr_Occurred() ? -1 : (PyErr_SetString(PyExc_AttributeError, "raw"), -1);
    }
    int outcome = view.len <= room ? 0 : -1;
    if (outcome == 0) {
        memmove(((ZfData *)self)->memory, view.buf, (size_t)view.len);
    } else {
        zf_error_plain(PyExc_ValueError, ZF_SAY_TOO_LONG, room, view.len);
    }
    PyBuffer_Release(&view);
    return outcome;
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyObject *array_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!zf_data_is_concrete(type)) {
        return NULL;
    }
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        return PyErr_Format(PyExc_TypeError, "%s takes no keyword arguments", type->tp_name);
    }
    Py_ssize_t count = PyTuple_GET_SIZE(args), room = ((ZfCType *)type)->length;
    if (count > room) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_TOO_LONG, room, count);
    }
    PyObject *data = zf_data_make(type);
    if (data != NULL && fill_from_sequence(data, 0, 1, count, args) < 0) {
        Py_CLEAR(data);
    }
    return data;
}

static bool holds_pointers(PyObject *self)
{
    return zf_data_ctype(self)->element->scalar.type->kind == ZF_KIND_POINTER;
}

/* The elements as a repr shows them: pointers by their address, since nobody knows if there is
 * anything. */
static PyObject *shown_list(PyObject *self, Py_ssize_t count)
{
    if (!holds_pointers(self)) {
        return gather_list(self, 0, 1, count);
    }
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = zf_data_view(zf_data_ctype(self)->element, element_at(self, i), self);
        if (item == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, i, item);
        }
    }
    return list;
}

/* The first elements; long arrays end in "...". */
static PyObject *array_repr(PyObject *self)
{
    enum { MOST = 20 };
    Py_ssize_t length = array_length(self), shown = length > MOST ? MOST : length;
    const char *name = Py_TYPE(self)->tp_name;
    ZfConversion conversion = zf_data_ctype(self)->element->scalar.conversion;
    if (conversion == ZF_AS_CHAR || conversion == ZF_AS_WCHAR) {
        PyObject *text = array_get_value(self, NULL);
        PyObject *repr = text != NULL ? PyUnicode_FromFormat("%s(%R)", name, text) : NULL;
        Py_XDECREF(text);
        return repr;
    }
    PyObject *list = shown_list(self, shown);
    PyObject *inner = list != NULL ? PyObject_Repr(list) : NULL;
    PyObject *items = inner != NULL ? PyUnicode_Substring(inner, 1, PyUnicode_GET_LENGTH(inner) - 1)
                                    : NULL;
    PyObject *repr = items != NULL ? PyUnicode_FromFormat("%s(%U%s)", name, items,
                                                          length > shown ? ", ..." : "")
                                   : NULL;
    Py_XDECREF(list);
    Py_XDECREF(inner);
    Py_XDECREF(items);
    return repr;
}

/* Arrays of one type are equal if their elements are; pointers are if they hold the same address.
 */
static PyObject *array_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || !Py_IS_TYPE(other, Py_TYPE(self))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (holds_pointers(self)) {
        const void *memory = ((ZfData *)self)->memory, *others = ((ZfData *)other)->memory;
        bool is_equal = memcmp(memory, others, zf_data_scalar(self)->type->size) == 0;
        return PyBool_FromLong(is_equal == (operation == Py_EQ));
    }
    PyObject *mine = gather_list(self, 0, 1, array_length(self));
    PyObject *theirs = mine != NULL ? gather_list(other, 0, 1, array_length(other)) : NULL;
    PyObject *answer = theirs != NULL ? PyObject_RichCompare(mine, theirs, operation) : NULL;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return answer;
}

/* Array[T] is what a type checker sees of T * n. */
static PyMethodDef array_methods[] = {
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {0},
};

static PyGetSetDef array_getset[] = {
    {"value", array_get_value, array_set_value,
     "The text in an array of char (bytes) or wchar_t (str), up to the first NUL.", NULL},
    {"raw", array_get_raw, array_set_raw, "All of the array's memory: bytes.", NULL},
    {0},
};

PyDoc_STRVAR(array_doc, "The base class of arrays. `c_int * 3` is the class of arrays of 3 int.");

static PyType_Slot array_slots[] = {
    {Py_tp_new, array_new},
    {Py_tp_repr, array_repr},
    {Py_tp_richcompare, array_compare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_getset, array_getset},
    {Py_tp_methods, array_methods},
    {Py_sq_length, array_length},
    {Py_sq_item, array_item},
    {Py_sq_ass_item, array_set_item},
    {Py_mp_length, array_length},
    {Py_mp_subscript, array_subscript},
    {Py_mp_ass_subscript, array_set_subscript},
    {Py_tp_doc, (void *)array_doc},
    {0, NULL},
};

PyType_Spec zf_array_spec = {
    .name = "zffi._core.Array",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
    .slots = array_slots,
};
