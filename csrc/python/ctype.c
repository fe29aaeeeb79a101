/* ctype.c - the metaclass: a C type is a class whose description, a ZfScalar and more, stands
 * behind the class object.
 *
 * A class derived from a C type describes the same C type. A struct's class may be an incomplete
 * type for a while; whoever needs its size asks for it to be completed.
 */
#include "field.h"

#include <stddef.h>
#include <string.h>

/* -- The metaclass ----------------------------------------------------------------------------- */

static ZfCType *as_ctype(PyObject *object)
{
    return (ZfCType *)object;
}

/* A derived class is the same C type; what the base class owns stays with the base. An incomplete
 * base may be completed meanwhile: then this one is, the next time. */
static void inherit(ZfCType *ctype, const ZfCType *base)
{
    const ZfType *type = ZF_COMPAT_LOAD(base->scalar.type);
    ZfScalar scalar = base->scalar;
    scalar.type = type;
    if (type->alignment != 0) {
        ctype->element = base->element;
        ctype->length = base->length;
        ctype->dimensions = base->dimensions;
        ctype->shape = base->shape;
        ctype->fields = Py_XNewRef(base->fields);
        ctype->by_name = Py_XNewRef(base->by_name);
        ctype->initial = Py_XNewRef(base->initial);
        ctype->format = Py_XNewRef(base->format);
    }
    zf_ctype_describe(ctype, &scalar);
}

/* A class derived from a C type describes the same C type. Done when the class is made, or earlier,
 * if __init_subclass__ already makes values of it; and again when an incomplete type has got its
 * members. */
static void describe_derived(PyTypeObject *metaclass, ZfCType *ctype)
{
    if (ctype->own_type != NULL || zf_ctype_has_size(ctype)) {
        return;
    }
    ZfLock lock;
    zf_compat_lock(&lock, ctype); /* two threads may need it at once */
    PyObject *order = ((PyTypeObject *)ctype)->tp_mro;
    for (Py_ssize_t i = 1; order != NULL && i < PyTuple_GET_SIZE(order); i++) {
        PyObject *base = PyTuple_GET_ITEM(order, i);
        if (zf_ctype_has_size(ctype)) {
            break;
        }
        if (PyObject_TypeCheck(base, metaclass) && as_ctype(base)->scalar.type != NULL) {
            inherit(ctype, as_ctype(base));
        }
    }
    zf_compat_unlock(&lock);
}

static bool is_subtype(PyObject *object, PyTypeObject *type)
{
    return PyType_Check(object) && PyType_IsSubtype((PyTypeObject *)object, type);
}

/* Memory holds one C value, so of the base classes that are data one must derive from all others.
 */
static bool is_one_value(const ZfState *state, PyObject *bases)
{
    PyObject *most = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        bool is_data = is_subtype(base, state->data_type);
        if (is_data && (most == NULL || is_subtype(base, (PyTypeObject *)most))) {
            most = base;
        } else if (is_data && !is_subtype(most, (PyTypeObject *)base)) {
            return false;
        }
    }
    return true;
}

/* A struct has its members and nothing else, unless its class says otherwise: a misspelt one is an
 * error. */
static int close_namespace(const ZfState *state, PyObject *args)
{
    PyObject *name, *bases, *namespace;
    if (!PyArg_ParseTuple(args, "UO!O!:CType", &name, &PyTuple_Type, &bases, &PyDict_Type,
                          &namespace)) {
        return -1;
    }
    if (!is_one_value(state, bases)) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_TWO_VALUES, name);
        return -1;
    }
    bool is_struct = false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        is_struct |= is_subtype(PyTuple_GET_ITEM(bases, i), state->aggregate_type);
    }
    PyObject *key = PyUnicode_InternFromString("__slots__"), *empty = PyTuple_New(0);
    bool is_done = key != NULL && empty != NULL &&
                   (!is_struct || PyDict_SetDefault(namespace, key, empty) != NULL);
    Py_XDECREF(key);
    Py_XDECREF(empty);
    return is_done ? 0 : -1;
}

/* Values are as the base class has them if the class adds nothing to them, and calls of the class
 * need not go by way of tuples. A dict is not counted in the size. */
static void take_short_ways(const ZfState *state, PyTypeObject *class)
{
    if (class->tp_basicsize == sizeof(ZfData) && class->tp_dictoffset == 0) {
        class->tp_dealloc = zf_data_dealloc;
    }
    if (PyType_IsSubtype(class, state->aggregate_type)) {
        class->tp_vectorcall = zf_struct_vectorcall;
    }
}

static PyObject *ctype_new(PyTypeObject *metaclass, PyObject *args, PyObject *kwargs)
{
    PyObject *module = PyType_GetModuleByDef(metaclass, &zf_core_module);
    ZfState *state = module != NULL ? zf_state_of_module(module) : NULL;
    if (state == NULL || close_namespace(state, args) < 0) {
        return NULL;
    }
    PyObject *class = PyType_Type.tp_new(metaclass, args, kwargs);
    if (class != NULL) {
        describe_derived(state->ctype_type, as_ctype(class));
        if (PyType_IsSubtype((PyTypeObject *)class, state->data_type)) {
            take_short_ways(state, (PyTypeObject *)class);
        }
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

/* The members of a struct whose annotations name what was not there yet. */
static int complete(ZfCType *ctype)
{
    PyObject *module = PyImport_ImportModule("zffi._struct");
    PyObject *done = module != NULL ? PyObject_CallMethod(module, "complete", "O", ctype) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(done);
    return done != NULL ? 0 : -1;
}

int zf_ctype_is_complete(ZfCType *ctype)
{
    if (zf_ctype_has_size(ctype)) {
        return 1;
    }
    if (ctype->scalar.type == NULL || complete(ctype) < 0) {
        return PyErr_Occurred() ? -1 : 0;
    }
    describe_derived(zf_state_of((PyObject *)ctype)->ctype_type, ctype);
    return zf_ctype_has_size(ctype);
}

static int ctype_traverse(PyObject *self, visitproc visit, void *arg)
{
    const ZfCType *ctype = as_ctype(self);
    Py_VISIT(Py_TYPE(self));
    if (ctype->own_type != NULL) {
        Py_VISIT(ctype->element);
    }
    Py_VISIT(ctype->fields);
    Py_VISIT(ctype->by_name);
    Py_VISIT(ctype->initial);
    Py_VISIT(ctype->pointer);
    Py_VISIT(ctype->arrays);
    Py_VISIT(ctype->swapped);
    Py_VISIT(ctype->vectors);
    int visited = zf_enum_traverse(ctype, visit, arg);
    if (visited != 0) {
        return visited;
    }
    return PyType_Type.tp_traverse(self, visit, arg);
}

/* A value that is still looked at finds no members, but the containers of them. A derived class has
 * the dict of its base, which may live on. */
static int ctype_clear(PyObject *self)
{
    ZfCType *ctype = as_ctype(self);
    zf_field_free_table(ctype);
    if (ctype->fields != NULL) {
        Py_SETREF(ctype->fields, PyTuple_New(0));
    }
    if (ctype->by_name != NULL && ctype->own_type != NULL) {
        PyDict_Clear(ctype->by_name);
    }
    Py_CLEAR(ctype->initial);
    Py_CLEAR(as_ctype(self)->pointer);
    Py_CLEAR(as_ctype(self)->arrays);
    Py_CLEAR(as_ctype(self)->swapped);
    Py_CLEAR(as_ctype(self)->vectors);
    return PyType_Type.tp_clear(self);
}

/* The class object behind it is let go by `type`, which expects a tracked and traversable one. */
static void ctype_dealloc(PyObject *self)
{
    ZfCType *ctype = as_ctype(self);
    PyTypeObject *metaclass = Py_TYPE(self);
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
    zf_enum_free(ctype);
    zf_type_free(ctype->declared);
    zf_type_free(ctype->defined);
    zf_field_free_table(ctype);
    Py_CLEAR(ctype->fields);
    Py_CLEAR(ctype->by_name);
    Py_CLEAR(ctype->initial);
    Py_CLEAR(ctype->format);
    Py_CLEAR(ctype->pointer);
    Py_CLEAR(ctype->arrays);
    Py_CLEAR(ctype->swapped);
    Py_CLEAR(ctype->vectors);
    PyObject_GC_Track(self);
    PyType_Type.tp_dealloc(self);
    Py_DECREF(metaclass);
}

static PyObject *ctype_repeat(PyObject *self, Py_ssize_t length)
{
    return zf_ctype_array(zf_state_of(self), as_ctype(self), length);
}

static bool has_elements(const ZfCType *ctype)
{
    return ctype->scalar.type != NULL &&
           (zf_ctype_is_array(ctype) || ctype->scalar.type->kind == ZF_KIND_VECTOR);
}

static PyObject *ctype_get_type(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfCType *ctype = as_ctype(self);
    bool is_pointer = ctype->scalar.conversion == ZF_AS_TYPED_POINTER;
    if (!is_pointer && !has_elements(ctype)) {
        return PyErr_Format(PyExc_AttributeError, "_type_");
    }
    ZfCType *element = ctype->element;
    return Py_NewRef(element != NULL ? (PyObject *)element : Py_None);
}

static PyObject *ctype_get_length(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfCType *ctype = as_ctype(self);
    return has_elements(ctype) ? PyLong_FromSsize_t(ctype->length)
                               : PyErr_Format(PyExc_AttributeError, "_length_");
}

static PyObject *ctype_get_format(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfCType *ctype = as_ctype(self);
    return ctype->scalar.type != NULL ? PyUnicode_FromString(ctype->scalar.format)
                                      : PyErr_Format(PyExc_AttributeError, "_format_");
}

static PyObject *ctype_get_spelling(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfCType *ctype = as_ctype(self);
    return ctype->scalar.type != NULL ? PyUnicode_FromString(ctype->scalar.type->name)
                                      : PyErr_Format(PyExc_AttributeError, "_spelling_");
}

/* What inspect.signature() says of a struct: its members. A class with an __init__ of its own has
 * the signature of that. */
static PyObject *ctype_get_signature(PyObject *self, void *Py_UNUSED(closure))
{
    ZfState *state = zf_state_of(self);
    PyTypeObject *class = (PyTypeObject *)self;
    if (as_ctype(self)->fields == NULL || class->tp_init != state->aggregate_type->tp_init) {
        return PyErr_Format(PyExc_AttributeError, "__signature__");
    }
    PyObject *module = PyImport_ImportModule("zffi._struct");
    PyObject *signature = module != NULL ? PyObject_CallMethod(module, "signature_of", "O", self)
                                         : NULL;
    Py_XDECREF(module);
    return signature;
}

static PyObject *ctype_get_swapped(PyObject *self, void *is_wanted_big)
{
    bool is_big = PY_BIG_ENDIAN;
    return is_big == (is_wanted_big != NULL) ? Py_NewRef(self)
                                             : zf_ctype_swapped(zf_state_of(self), as_ctype(self));
}

static bool is_name(PyObject *object, const char *name)
{
    return PyUnicode_Check(object) && PyUnicode_CompareWithASCIIString(object, name) == 0;
}

/* ctypes' way to give a struct its members after it was made, which can be done once. The bases say
 * what the values are, so they stay. */
static int ctype_set_attribute(PyObject *self, PyObject *name, PyObject *value)
{
    const ZfCType *ctype = as_ctype(self);
    bool is_fields = ctype->fields != NULL && is_name(name, "_fields_");
    if (is_fields || is_name(name, "__bases__")) {
        zf_error_plain(PyExc_AttributeError, is_fields ? ZF_SAY_DEFINED_TWICE : ZF_SAY_BASES,
                       ((PyTypeObject *)self)->tp_name);
        return -1;
    }
    if (PyType_Type.tp_setattro(self, name, value) < 0) {
        return -1;
    }
    bool is_declared = value != NULL && ctype->own_type != NULL &&
                       ctype->scalar.type->kind == ZF_KIND_STRUCT;
    return is_declared && is_name(name, "_fields_") ? complete(as_ctype(self)) : 0;
}

static PyGetSetDef ctype_getset[] = {
    {"_type_", ctype_get_type, NULL,
     "The type of an array's or a vector's elements, or of what a pointer points to.", NULL},
    {"_length_", ctype_get_length, NULL, "The number of an array's or a vector's elements: int.",
     NULL},
    {"_format_", ctype_get_format, NULL, "The format of buffers of it (PEP 3118): str.", NULL},
    {"_spelling_", ctype_get_spelling, NULL, "The type as C spells it: str.", NULL},
    {"__signature__", ctype_get_signature, NULL, NULL, NULL},
    {"__ctype_be__", ctype_get_swapped, NULL, "The same type in big-endian byte order.", ""},
    {"__ctype_le__", ctype_get_swapped, NULL, "The same type in little-endian byte order.", NULL},
    {0},
};

/* A class is called like any other, which spares those that can be called faster the tuples. */
static PyMemberDef ctype_members[] = {
    {"__vectorcalloffset__", Py_T_PYSSIZET, offsetof(PyTypeObject, tp_vectorcall), Py_READONLY,
     NULL},
    {0},
};

/* What has a vectorcall must have a tp_call of its own. */
static PyObject *ctype_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return PyType_Type.tp_call(self, args, kwargs);
}

PyDoc_STRVAR(ctype_doc, "The class of C types. An instance is a class such as zffi.c_int, whose "
                        "instances hold one C value.");

static PyType_Slot ctype_slots[] = {
    {Py_tp_call, ctype_call},
    {Py_tp_new, ctype_new},
    {Py_tp_traverse, ctype_traverse},
    {Py_tp_clear, ctype_clear},
    {Py_tp_dealloc, ctype_dealloc},
    {Py_tp_getset, ctype_getset},
    {Py_sq_repeat, ctype_repeat},
    {Py_tp_members, ctype_members},
    {Py_tp_setattro, ctype_set_attribute},
    {Py_tp_doc, (void *)ctype_doc},
    {0, NULL},
};

static PyType_Spec ctype_spec = {
    .name = "zffi._core.CType",
    .basicsize = sizeof(ZfCType),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = ctype_slots,
};

/* Types that are made of others have no name by which a pickle could find them. */
static int register_pickling(ZfState *state)
{
    bool is_scalar = state->tail_types[0] == NULL; /* the module is still being made */
    if (is_scalar || ZF_COMPAT_LOAD(state->can_pickle)) {
        return 0;
    }
    PyObject *module = PyImport_ImportModule("zffi._pickle");
    if (module == NULL) {
        return -1;
    }
    Py_DECREF(module);
    ZF_COMPAT_STORE(state->can_pickle, true);
    return 0;
}

ZfCType *zf_ctype_make(ZfState *state, PyObject *name, PyTypeObject *base, const char *doc)
{
    if (register_pickling(state) < 0) {
        return NULL;
    }
    return (ZfCType *)PyObject_CallFunction((PyObject *)state->ctype_type, "O(O){s(),ss,ss}", name,
                                            base, "__slots__", "__module__", "zffi", "__doc__",
                                            doc);
}

int zf_ctype_init_metaclass(PyObject *module, ZfState *state)
{
    PyObject *metaclass = PyType_FromModuleAndSpec(module, &ctype_spec, (PyObject *)&PyType_Type);
    state->ctype_type = (PyTypeObject *)metaclass;
    return metaclass == NULL ? -1 : PyModule_AddType(module, state->ctype_type);
}

/* -- Checking ---------------------------------------------------------------------------------- */

/* Whether it ends in a flexible array, itself or in its last member. */
static bool is_flexible(const ZfCType *ctype)
{
    Py_ssize_t count = ctype->fields != NULL ? PyTuple_GET_SIZE(ctype->fields) : 0;
    if (count == 0) {
        return zf_ctype_is_array(ctype) && ctype->length == 0;
    }
    return is_flexible(zf_field_of(PyTuple_GET_ITEM(ctype->fields, count - 1))->ctype);
}

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
    if (((ZfCType *)object)->scalar.is_swapped) {
        zf_error_type_why(state, ZF_SAY_CANNOT_PASS, where, index, object,
                          "its bytes are in another order than C's");
        return -1;
    }
    if (zf_ctype_is_array((ZfCType *)object)) {
        zf_error_type(state, ZF_SAY_ARRAY_BY_VALUE, where, index, object);
        return -1;
    }
    *ctype = (ZfCType *)object;
    int has_size = zf_ctype_is_complete(*ctype);
    if (has_size > 0 && is_flexible(*ctype)) {
        zf_error_type_why(state, ZF_SAY_CANNOT_PASS, where, index, object,
                          "compilers disagree on structs with a flexible array; give a POINTER");
        return -1;
    }
    if (has_size == 0) {
        zf_error_type_why(state, ZF_SAY_CANNOT_PASS, where, index, object,
                          "it is incomplete: it has no members yet");
    }
    return has_size > 0 ? 0 : -1;
}
