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
    .type = &(const ZfType){"void", 0, 1, ZF_KIND_VOID},
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

static int ctype_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyType_Type.tp_init(self, args, kwargs) < 0) {
        return -1;
    }
    PyTypeObject *base = ((PyTypeObject *)self)->tp_base;
    if (PyObject_TypeCheck((PyObject *)base, Py_TYPE(self))) {
        ((ZfCType *)self)->scalar = ((ZfCType *)base)->scalar;
    }
    return 0;
}

PyDoc_STRVAR(ctype_doc, "The class of C types. An instance is a class such as zffi.c_int, whose "
                        "instances hold one C value.");

static PyType_Slot ctype_slots[] = {
    {Py_tp_init, ctype_init},
    {Py_tp_doc, (void *)ctype_doc},
    {0, NULL},
};

static PyType_Spec ctype_spec = {
    .name = "zffi._core.CType",
    .basicsize = sizeof(ZfCType),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = ctype_slots,
};

static PyObject *make_class(ZfState *state, const Declaration *declaration)
{
    PyObject *class = PyObject_CallFunction((PyObject *)state->ctype_type, "s(O){s(),ss,ss}",
                                            declaration->name, state->data_type, "__slots__",
                                            "__module__", "zffi", "__doc__", declaration->doc);
    if (class != NULL) {
        ((ZfCType *)class)->scalar = describe(declaration);
    }
    return class;
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
    PyObject *metaclass = PyType_FromModuleAndSpec(module, &ctype_spec, (PyObject *)&PyType_Type);
    state->ctype_type = (PyTypeObject *)metaclass;
    if (metaclass == NULL || PyModule_AddType(module, state->ctype_type) < 0) {
        return -1;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(declarations); i++) {
        PyObject *class = make_class(state, &declarations[i]);
        int added = class == NULL ? -1 : PyModule_AddObjectRef(module, declarations[i].name, class);
        Py_XDECREF(class);
        if (added < 0) {
            return -1;
        }
    }
    return find_tail_types(module, state);
}

int zf_ctype_check(ZfState *state, PyObject *object, const char *where, Py_ssize_t index,
                   ZfCType **ctype)
{
    if (object == Py_None && index < 0) {
        *ctype = NULL;
        return 0;
    }
    if (!PyObject_TypeCheck(object, state->ctype_type) ||
        ((ZfCType *)object)->scalar.type == NULL) {
        zf_error_type(state, ZF_SAY_NOT_A_CTYPE, where, index, object);
        return -1;
    }
    *ctype = (ZfCType *)object;
    return 0;
}
