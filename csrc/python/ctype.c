/* ctype.c - the C types that Python sees: classes whose metaclass carries a ZfScalar.
 *
 * One table says which classes there are, what C calls each, and how its values convert. The
 * classes are made when the module is, and belong to it; a class derived from one of them describes
 * the same C type.
 */
#include "core.h"

#include <string.h>

typedef struct Declaration {
    const char *name;   /* in Python */
    const char *c_name; /* in C, and in the engine's table */
    ZfConversion conversion;
    const char *doc;
} Declaration;

static const Declaration declarations[] = {
    {"c_bool", "bool", ZF_AS_BOOL, "C bool (_Bool): True, False, 1 or 0."},
    {"c_char", "char", ZF_AS_CHAR, "C char: bytes of length 1; takes an int in its range too."},
    {"c_wchar", "wchar_t", ZF_AS_WCHAR, "C wchar_t: str of length 1."},
    {"c_byte", "signed char", ZF_AS_INTEGER, "C signed char: int."},
    {"c_ubyte", "unsigned char", ZF_AS_INTEGER, "C unsigned char: int."},
    {"c_short", "short", ZF_AS_INTEGER, "C short: int."},
    {"c_ushort", "unsigned short", ZF_AS_INTEGER, "C unsigned short: int."},
    {"c_int", "int", ZF_AS_INTEGER, "C int: int."},
    {"c_uint", "unsigned int", ZF_AS_INTEGER, "C unsigned int: int."},
    {"c_long", "long", ZF_AS_INTEGER, "C long: int."},
    {"c_ulong", "unsigned long", ZF_AS_INTEGER, "C unsigned long: int."},
    {"c_longlong", "long long", ZF_AS_INTEGER, "C long long: int."},
    {"c_ulonglong", "unsigned long long", ZF_AS_INTEGER, "C unsigned long long: int."},
    {"c_int8", "int8_t", ZF_AS_INTEGER, "C int8_t: int."},
    {"c_uint8", "uint8_t", ZF_AS_INTEGER, "C uint8_t: int."},
    {"c_int16", "int16_t", ZF_AS_INTEGER, "C int16_t: int."},
    {"c_uint16", "uint16_t", ZF_AS_INTEGER, "C uint16_t: int."},
    {"c_int32", "int32_t", ZF_AS_INTEGER, "C int32_t: int."},
    {"c_uint32", "uint32_t", ZF_AS_INTEGER, "C uint32_t: int."},
    {"c_int64", "int64_t", ZF_AS_INTEGER, "C int64_t: int."},
    {"c_uint64", "uint64_t", ZF_AS_INTEGER, "C uint64_t: int."},
    {"c_size_t", "size_t", ZF_AS_INTEGER, "C size_t: int."},
    {"c_ssize_t", "ssize_t", ZF_AS_INTEGER, "POSIX ssize_t: int."},
    {"c_intptr_t", "intptr_t", ZF_AS_INTEGER, "C intptr_t: int."},
    {"c_uintptr_t", "uintptr_t", ZF_AS_INTEGER, "C uintptr_t: int."},
    {"c_ptrdiff_t", "ptrdiff_t", ZF_AS_INTEGER, "C ptrdiff_t: int."},
    {"c_time_t", "time_t", ZF_AS_INTEGER, "C time_t: int."},
    {"c_float", "float", ZF_AS_FLOAT, "C float: float."},
    {"c_double", "double", ZF_AS_DOUBLE, "C double: float."},
    {"c_void_p", "void *", ZF_AS_POINTER,
     "C void *: an address as int, or None for NULL; takes writable buffers."},
    {"c_const_void_p", "const void *", ZF_AS_CONST_POINTER,
     "C const void *: as c_void_p; takes bytes and any buffer."},
    {"c_char_p", "const char *", ZF_AS_STRING,
     "C const char *: bytes, or None for NULL; takes str as UTF-8."},
    {"c_wchar_p", "const wchar_t *", ZF_AS_WIDE_STRING,
     "C const wchar_t *: str, or None for NULL."},
};

const ZfScalar zf_scalar_void = {
    .type = &(const ZfType){.name = "void", .alignment = 1, .kind = ZF_KIND_VOID},
    .conversion = ZF_AS_VOID,
};

/* PEP 3118, in native size and alignment. */
static const char *buffer_format(const ZfScalar *scalar)
{
    switch (scalar->conversion) {
    case ZF_AS_CHAR: return "c";
    case ZF_AS_WCHAR: return "w";
    default: break;
    }
    switch (scalar->type->kind) {
    case ZF_KIND_BOOL: return "?";
    case ZF_KIND_INT8: return "b";
    case ZF_KIND_UINT8: return "B";
    case ZF_KIND_INT16: return "h";
    case ZF_KIND_UINT16: return "H";
    case ZF_KIND_INT32: return "i";
    case ZF_KIND_UINT32: return "I";
    case ZF_KIND_INT64: return "l";
    case ZF_KIND_UINT64: return "L";
    case ZF_KIND_FLOAT: return "f";
    case ZF_KIND_DOUBLE: return "d";
    default: return "P";
    }
}

/* What an int of at most two digits, seen as int64_t, must lie in. Wider values are checked as
 * whole ints. */
static void set_range(ZfScalar *scalar)
{
    unsigned bits = 8 * scalar->type->size;
    switch (scalar->type->kind) {
    case ZF_KIND_INT8:
    case ZF_KIND_INT16:
    case ZF_KIND_INT32:
    case ZF_KIND_INT64:
        scalar->low = -(int64_t)(UINT64_C(1) << (bits - 2)) * 2;
        scalar->span = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
        break;
    default: scalar->low = 0; scalar->span = bits == 64 ? INT64_MAX : (UINT64_C(1) << bits) - 1;
    }
}

static ZfScalar describe(const Declaration *declaration)
{
    ZfScalar scalar = {.type = zf_type_find(declaration->c_name),
                       .conversion = declaration->conversion};
    scalar.format = buffer_format(&scalar);
    set_range(&scalar);
    return scalar;
}

/* -- The metaclass ----------------------------------------------------------------------------- */

static ZfCType *as_ctype(PyObject *object)
{
    return (ZfCType *)object;
}

/* A derived class is the same C type; what the base class owns stays with the base. */
static void inherit(ZfCType *ctype, const ZfCType *base)
{
    ctype->scalar = base->scalar;
    ctype->element = base->element;
    ctype->length = base->length;
    ctype->dimensions = base->dimensions;
    ctype->shape = base->shape;
    ctype->fields = Py_XNewRef(base->fields);
    ctype->format = Py_XNewRef(base->format);
}

/* A class derived from a C type describes the same C type. Done when the class is made, or earlier,
 * if __init_subclass__ already makes values of it. */
static void describe_derived(PyTypeObject *metaclass, ZfCType *ctype)
{
    PyObject *order = ((PyTypeObject *)ctype)->tp_mro;
    for (Py_ssize_t i = 1; order != NULL && i < PyTuple_GET_SIZE(order); i++) {
        PyObject *base = PyTuple_GET_ITEM(order, i);
        if (ctype->scalar.type != NULL) {
            return;
        }
        if (PyObject_TypeCheck(base, metaclass) && as_ctype(base)->scalar.type != NULL) {
            inherit(ctype, as_ctype(base));
        }
    }
}

static PyObject *ctype_new(PyTypeObject *metaclass, PyObject *args, PyObject *kwargs)
{
    PyObject *class = PyType_Type.tp_new(metaclass, args, kwargs);
    if (class != NULL) {
        describe_derived(zf_state_of(class)->ctype_type, as_ctype(class));
    }
    return class;
}

bool zf_ctype_is_concrete(ZfState *state, PyObject *class)
{
    if (!PyObject_TypeCheck(class, state->ctype_type)) {
        return false;
    }
    describe_derived(state->ctype_type, as_ctype(class));
    return as_ctype(class)->scalar.type != NULL;
}

static int ctype_traverse(PyObject *self, visitproc visit, void *arg)
{
    const ZfCType *ctype = as_ctype(self);
    Py_VISIT(Py_TYPE(self));
    if (ctype->own_type != NULL) {
        Py_VISIT(ctype->element);
    }
    Py_VISIT(ctype->fields);
    Py_VISIT(ctype->pointer);
    Py_VISIT(ctype->arrays);
    return PyType_Type.tp_traverse(self, visit, arg);
}

static int ctype_clear(PyObject *self)
{
    Py_CLEAR(as_ctype(self)->pointer);
    Py_CLEAR(as_ctype(self)->arrays);
    return PyType_Type.tp_clear(self);
}

/* The class object behind it is let go by `type`, which expects a tracked and traversable one. */
static void ctype_dealloc(PyObject *self)
{
    ZfCType *ctype = as_ctype(self);
    PyObject_GC_UnTrack(self);
    ZfType *own = ctype->own_type;
    ctype->own_type = NULL;
    if (own != NULL) {
        if (ctype->scalar.conversion == ZF_AS_TYPED_POINTER) {
            PyMem_Free(own);
        } else {
            zf_type_free(own);
        }
        PyMem_Free(ctype->shape);
        Py_XDECREF(ctype->element);
    }
    Py_CLEAR(ctype->fields);
    Py_CLEAR(ctype->format);
    Py_CLEAR(ctype->pointer);
    Py_CLEAR(ctype->arrays);
    PyObject_GC_Track(self);
    PyType_Type.tp_dealloc(self);
}

static PyObject *ctype_repeat(PyObject *self, Py_ssize_t length)
{
    return zf_ctype_array(zf_state_of(self), as_ctype(self), length);
}

static PyObject *ctype_get_type(PyObject *self, void *Py_UNUSED(closure))
{
    ZfConversion conversion = as_ctype(self)->scalar.conversion;
    bool is_array = conversion == ZF_AS_AGGREGATE && as_ctype(self)->element != NULL;
    if (!is_array && conversion != ZF_AS_TYPED_POINTER) {
        return PyErr_Format(PyExc_AttributeError, "_type_");
    }
    ZfCType *element = as_ctype(self)->element;
    return Py_NewRef(element != NULL ? (PyObject *)element : Py_None);
}

static PyObject *ctype_get_length(PyObject *self, void *Py_UNUSED(closure))
{
    return as_ctype(self)->scalar.conversion == ZF_AS_AGGREGATE && as_ctype(self)->element != NULL
               ? PyLong_FromSsize_t(as_ctype(self)->length)
               : PyErr_Format(PyExc_AttributeError, "_length_");
}

static PyGetSetDef ctype_getset[] = {
    {"_type_", ctype_get_type, NULL,
     "The type of an array's elements, or of what a pointer points to.", NULL},
    {"_length_", ctype_get_length, NULL, "The number of an array's elements: int.", NULL},
    {0},
};

PyDoc_STRVAR(ctype_doc, "The class of C types. An instance is a class such as zffi.c_int, whose "
                        "instances hold one C value.");

static PyType_Slot ctype_slots[] = {
    {Py_tp_new, ctype_new},         {Py_tp_traverse, ctype_traverse},
    {Py_tp_clear, ctype_clear},     {Py_tp_dealloc, ctype_dealloc},
    {Py_tp_getset, ctype_getset},   {Py_sq_repeat, ctype_repeat},
    {Py_tp_doc, (void *)ctype_doc}, {0, NULL},
};

static PyType_Spec ctype_spec = {
    .name = "zffi._core.CType",
    .basicsize = sizeof(ZfCType),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = ctype_slots,
};

/* A class of the metaclass; its description is still to be filled in. */
static ZfCType *make_class(ZfState *state, PyObject *name, PyTypeObject *base, const char *doc)
{
    return (ZfCType *)PyObject_CallFunction((PyObject *)state->ctype_type, "O(O){s(),ss,ss}", name,
                                            base, "__slots__", "__module__", "zffi", "__doc__",
                                            doc);
}

/* -- Scalars ----------------------------------------------------------------------------------- */

static int add_scalar(PyObject *module, ZfState *state, const Declaration *declaration)
{
    PyObject *name = PyUnicode_FromString(declaration->name);
    ZfCType *ctype = name != NULL ? make_class(state, name, state->simple_type, declaration->doc)
                                  : NULL;
    Py_XDECREF(name);
    if (ctype == NULL) {
        return -1;
    }
    ctype->scalar = describe(declaration);
    int added = PyModule_AddObjectRef(module, declaration->name, (PyObject *)ctype);
    Py_DECREF(ctype);
    return added;
}

/* An int goes into the tail of a variadic call in full width: va_arg of any integer type finds it.
 */
static int find_tail_types(PyObject *module, ZfState *state)
{
    static const char *const names[ZF_TAIL_COUNT] = {
        [ZF_TAIL_SIGNED] = "c_longlong", [ZF_TAIL_UNSIGNED] = "c_ulonglong",
        [ZF_TAIL_DOUBLE] = "c_double",   [ZF_TAIL_STRING] = "c_char_p",
        [ZF_TAIL_POINTER] = "c_void_p",  [ZF_TAIL_CONST_POINTER] = "c_const_void_p",
    };
    for (int i = 0; i < ZF_TAIL_COUNT; i++) {
        state->tail_types[i] = (ZfCType *)PyObject_GetAttrString(module, names[i]);
        if (state->tail_types[i] == NULL) {
            return -1;
        }
    }
    return 0;
}

int zf_ctype_init(PyObject *module, ZfState *state)
{
    for (size_t i = 0; i < Py_ARRAY_LENGTH(declarations); i++) {
        if (add_scalar(module, state, &declarations[i]) < 0) {
            return -1;
        }
    }
    return find_tail_types(module, state);
}

int zf_ctype_init_metaclass(PyObject *module, ZfState *state)
{
    PyObject *metaclass = PyType_FromModuleAndSpec(module, &ctype_spec, (PyObject *)&PyType_Type);
    state->ctype_type = (PyTypeObject *)metaclass;
    return metaclass == NULL ? -1 : PyModule_AddType(module, state->ctype_type);
}

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
    ctype->scalar = (ZfScalar){
        .type = type,
        .format = "P",
        .span = INT64_MAX,
        .conversion = ZF_AS_TYPED_POINTER,
        .pointee = target,
    };
    return 0;
}

PyObject *zf_ctype_pointer(ZfState *state, ZfCType *target)
{
    if (target != NULL && target->pointer != NULL) {
        return Py_NewRef(target->pointer);
    }
    const char *of = target != NULL ? ((PyTypeObject *)target)->tp_name : "void";
    PyObject *name = PyUnicode_FromFormat("LP_%s", of);
    ZfCType *made = name != NULL
                        ? make_class(state, name, state->pointer_type, "A pointer to one C type.")
                        : NULL;
    Py_XDECREF(name);
    if (made != NULL && describe_pointer(made, target) < 0) {
        Py_CLEAR(made);
    }
    if (made != NULL && target != NULL) {
        target->pointer = Py_NewRef(made);
    }
    return (PyObject *)made;
}

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
    ctype->scalar = (ZfScalar){
        .type = ctype->own_type,
        .format = element->scalar.format,
        .conversion = ZF_AS_AGGREGATE,
    };
    ctype->element = (ZfCType *)Py_NewRef(element);
    ctype->length = length;
    return describe_shape(ctype);
}

static PyObject *make_array(ZfState *state, ZfCType *element, Py_ssize_t length)
{
    const char *of = ((PyTypeObject *)element)->tp_name;
    PyObject *name = PyUnicode_FromFormat("%s_Array_%zd", of, length);
    ZfCType *made = name != NULL
                        ? make_class(state, name, state->array_type, "An array of one C type.")
                        : NULL;
    Py_XDECREF(name);
    if (made != NULL && describe_array(made, element, length) < 0) {
        Py_CLEAR(made);
    }
    return (PyObject *)made;
}

PyObject *zf_ctype_array(ZfState *state, ZfCType *element, Py_ssize_t length)
{
    if (!zf_ctype_is_concrete(state, (PyObject *)element)) {
        return zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "array", -1, (PyObject *)element);
    }
    if (length < 0) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_NEGATIVE_LENGTH, length);
    }
    PyObject *key = PyLong_FromSsize_t(length);
    if (key == NULL || (element->arrays == NULL && (element->arrays = PyDict_New()) == NULL)) {
        Py_XDECREF(key);
        return NULL;
    }
    PyObject *made = Py_XNewRef(PyDict_GetItemWithError(element->arrays, key));
    if (made == NULL && !PyErr_Occurred()) {
        made = make_array(state, element, length);
        if (made != NULL && PyDict_SetItem(element->arrays, key, made) < 0) {
            Py_CLEAR(made);
        }
    }
    Py_DECREF(key);
    return made;
}

/* -- Checking ---------------------------------------------------------------------------------- */

int zf_ctype_check(ZfState *state, PyObject *object, const char *where, Py_ssize_t index,
                   ZfCType **ctype)
{
    if (object == Py_None && index < 0) {
        *ctype = NULL;
        return 0;
    }
    if (!zf_ctype_is_concrete(state, object)) {
        zf_error_type(state, ZF_SAY_NOT_A_CTYPE, where, index, object);
        return -1;
    }
    if (((ZfCType *)object)->scalar.conversion == ZF_AS_AGGREGATE &&
        ((ZfCType *)object)->element != NULL) {
        zf_error_type(state, ZF_SAY_ARRAY_BY_VALUE, where, index, object);
        return -1;
    }
    *ctype = (ZfCType *)object;
    return 0;
}
