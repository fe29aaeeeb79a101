/* ctype_derived.c - C types made of other C types: pointers, arrays, scalars in another byte order.
 *
 * Each is made once, when somebody asks for it, and belongs to the class that it is made of.
 */
#include "core.h"

#include <string.h>

/* -- Pointers and arrays ----------------------------------------------------------------------- */

/* "int *", "const char **", "int (*)[4]", "void *" */
static PyObject *pointer_name(const ZfCType *target)
{
    const char *name = target != NULL ? target->scalar.type->name : "void";
    const char *bracket = strchr(name, '[');
    if (bracket != NULL) {
        PyObject *element = PyUnicode_FromStringAndSize(name, bracket - name);
        PyObject *whole = element != NULL ? PyUnicode_FromFormat("%U(*)%s", element, bracket)
                                          : NULL;
        Py_XDECREF(element);
        return whole;
    }
    return PyUnicode_FromFormat("%s%s*", name, name[strlen(name) - 1] == '*' ? "" : " ");
}

/* A pointer's type is like every other's but for its name, which lies behind it. */
static int describe_pointer(ZfCType *ctype, ZfCType *target)
{
    PyObject *name = pointer_name(target);
    Py_ssize_t length;
    const char *text = name != NULL ? PyUnicode_AsUTF8AndSize(name, &length) : NULL;
    ZfType *type = text != NULL ? PyMem_Malloc(sizeof *type + (size_t)length + 1) : NULL;
    if (type == NULL) {
        Py_XDECREF(name);
        PyErr_NoMemory();
        return -1;
    }
    *type = *zf_type_find("void *");
    type->name = memcpy(type + 1, text, (size_t)length + 1);
    Py_DECREF(name);
    ctype->own_type = type;
    ctype->element = (ZfCType *)Py_XNewRef(target);
    zf_ctype_describe(ctype, &(ZfScalar){
                                 .type = type,
                                 .format = "P",
                                 .span = INT64_MAX,
                                 .conversion = ZF_AS_TYPED_POINTER,
                                 .box = ZF_BOX_LOADED,
                                 .pointee = target,
                             });
    return 0;
}

PyObject *zf_ctype_pointer(ZfState *state, ZfCType *target)
{
    PyObject *known = target != NULL ? ZF_COMPAT_LOAD(target->pointer) : NULL;
    if (known != NULL) {
        return Py_NewRef(known);
    }
    const char *of = target != NULL ? ((PyTypeObject *)target)->tp_name : "void";
    PyObject *name = PyUnicode_FromFormat("LP_%s", of);
    ZfCType *made = name != NULL ? zf_ctype_make(state, name, state->pointer_type,
                                                 "A pointer to one C type.")
                                 : NULL;
    Py_XDECREF(name);
    if (made != NULL && describe_pointer(made, target) < 0) {
        Py_CLEAR(made);
    }
    return target == NULL ? (PyObject *)made
                          : Py_XNewRef(zf_compat_keep_first(&target->pointer, (PyObject *)made));
}

/* -- Arrays ------------------------------------------------------------------------------------ */

/* The shape of a C array of arrays, and its strides in bytes behind it. */
static int describe_shape(ZfCType *ctype)
{
    const ZfCType *element = ctype->element;
    ctype->dimensions = 1 + element->dimensions;
    if (ctype->dimensions > PyBUF_MAX_NDIM) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_DIMENSIONS, PyBUF_MAX_NDIM);
        return -1;
    }
    ctype->shape = PyMem_New(Py_ssize_t, 2 * (size_t)ctype->dimensions);
    if (ctype->shape == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    ctype->shape[0] = ctype->length;
    ctype->shape[ctype->dimensions] = (Py_ssize_t)element->scalar.type->size;
    for (int i = 0; i < element->dimensions; i++) {
        ctype->shape[1 + i] = element->shape[i];
        ctype->shape[ctype->dimensions + 1 + i] = element->shape[element->dimensions + i];
    }
    return 0;
}

int zf_ctype_describe_elements(ZfCType *ctype, ZfCType *element, Py_ssize_t length)
{
    ctype->element = (ZfCType *)Py_NewRef(element);
    ctype->length = length;
    if (describe_shape(ctype) < 0) {
        return -1;
    }
    zf_ctype_describe(ctype, &(ZfScalar){
                                 .type = ctype->own_type,
                                 .format = element->scalar.format,
                                 .conversion = ZF_AS_AGGREGATE,
                                 .box = ZF_BOX_AGGREGATE,
                             });
    return 0;
}

static int describe_array(ZfCType *ctype, ZfCType *element, Py_ssize_t length)
{
    ZfStatus status = zf_type_array(element->scalar.type, (uint64_t)length, &ctype->own_type);
    if (status == ZF_NO_MEMORY) {
        PyErr_NoMemory();
        return -1;
    }
    if (status != ZF_OK) {
        zf_error_plain(PyExc_OverflowError, ZF_SAY_ARRAY_SIZE, length, element->scalar.type->name);
        return -1;
    }
    return zf_ctype_describe_elements(ctype, element, length);
}

/* A class of `length` elements, as `kind` says, that does not exist yet. */
static PyObject *make_repeated(ZfState *state, ZfCType *element, Py_ssize_t length,
                               const ZfRepeated *kind)
{
    const char *of = ((PyTypeObject *)element)->tp_name;
    PyObject *name = PyUnicode_FromFormat("%s_%s_%zd", of, kind->word, length);
    ZfCType *made = name != NULL ? zf_ctype_make(state, name, kind->base, kind->doc) : NULL;
    Py_XDECREF(name);
    if (made != NULL && kind->describe(made, element, length) < 0) {
        Py_CLEAR(made);
    }
    return (PyObject *)made;
}

PyObject *zf_ctype_repeated(ZfState *state, ZfCType *element, Py_ssize_t length, PyObject **known,
                            const ZfRepeated *kind)
{
    PyObject *key = PyLong_FromSsize_t(length), *dict = zf_dict_on_demand(known);
    PyObject *made = key != NULL && dict != NULL ? zf_compat_dict_get(dict, key) : NULL;
    if (made == NULL && !PyErr_Occurred()) {
        made = make_repeated(state, element, length, kind);
        if (made != NULL) { /* another thread may have been here meanwhile */
            Py_SETREF(made, zf_compat_dict_add(dict, key, made));
        }
    }
    Py_XDECREF(key);
    return made;
}

PyObject *zf_ctype_array(ZfState *state, ZfCType *element, Py_ssize_t length)
{
    if (!zf_ctype_is_concrete(state, (PyObject *)element)) {
        return zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "array", -1, (PyObject *)element);
    }
    int has_elements = zf_ctype_is_complete(element);
    if (has_elements <= 0) {
        return has_elements < 0 ? NULL
                                : zf_error_plain(state->exceptions[ZF_TypeValidationError],
                                                 ZF_SAY_INCOMPLETE, element->scalar.type->name);
    }
    if (length < 0) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_NEGATIVE_LENGTH, length);
    }
    const ZfRepeated kind = {"Array", "An array of one C type.", state->array_type, describe_array};
    return zf_ctype_repeated(state, element, length, &element->arrays, &kind);
}

/* -- Byte order -------------------------------------------------------------------------------- */

/* The same value with its bytes in the other order; only for memory, C knows no such type. */
static PyObject *make_swapped(ZfState *state, ZfCType *ctype)
{
    const ZfScalar *scalar = &ctype->scalar;
    PyObject *name = PyUnicode_FromFormat("%s_%s", ((PyTypeObject *)ctype)->tp_name,
                                          PY_BIG_ENDIAN ? "le" : "be");
    ZfCType *made = name != NULL ? zf_ctype_make(state, name, state->simple_type,
                                                 "A C type in another byte order than C's.")
                                 : NULL;
    PyObject *format = PyBytes_FromFormat("%c%s", PY_BIG_ENDIAN ? '<' : '>',
                                          zf_ctype_standard_code(scalar->format));
    Py_XDECREF(name);
    if (made == NULL || format == NULL) {
        Py_XDECREF(made);
        Py_XDECREF(format);
        return NULL;
    }
    ZfScalar swapped = *scalar;
    swapped.box = ZF_BOX_SWAPPED;
    swapped.is_swapped = true;
    swapped.format = PyBytes_AS_STRING(format);
    made->format = format;
    zf_ctype_describe(made, &swapped);
    return (PyObject *)made;
}

PyObject *zf_ctype_swapped(ZfState *state, ZfCType *ctype)
{
    if (ctype->scalar.type != NULL && zf_ctype_is_array(ctype)) {
        PyObject *element = zf_ctype_swapped(state, ctype->element);
        PyObject *array = element != NULL ? zf_ctype_array(state, (ZfCType *)element, ctype->length)
                                          : NULL;
        Py_XDECREF(element);
        return array;
    }
    if (ctype->scalar.type != NULL && ctype->scalar.type->size == 1) {
        return Py_NewRef((PyObject *)ctype);
    }
    if (ctype->scalar.type == NULL || ctype->scalar.is_swapped ||
        !zf_box_is_number(ctype->scalar.box)) {
        return PyErr_Format(PyExc_AttributeError, "%s has no other byte order",
                            ((PyTypeObject *)ctype)->tp_name);
    }
    PyObject *known = ZF_COMPAT_LOAD(ctype->swapped);
    if (known == NULL) {
        known = zf_compat_keep_first(&ctype->swapped, make_swapped(state, ctype));
    }
    return Py_XNewRef(known);
}
