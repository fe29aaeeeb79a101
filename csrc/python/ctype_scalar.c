/* ctype_scalar.c - the scalar C types: one table says which classes there are, what C calls each,
 * and how its values convert.
 *
 * The classes are made when the module is, and belong to it.
 */
#include "core.h"

typedef struct Declaration {
    const char *name;   /* in Python */
    const char *c_name; /* in C, and in the engine's table; of a complex, that of its parts */
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
    {"c_intmax_t", "intmax_t", ZF_AS_INTEGER, "C intmax_t: int."},
    {"c_uintmax_t", "uintmax_t", ZF_AS_INTEGER, "C uintmax_t: int."},
    {"c_ptrdiff_t", "ptrdiff_t", ZF_AS_INTEGER, "C ptrdiff_t: int."},
    {"c_time_t", "time_t", ZF_AS_INTEGER, "C time_t: int."},
    {"c_int128", "__int128", ZF_AS_INT128, "C __int128: int."},
    {"c_uint128", "unsigned __int128", ZF_AS_INT128, "C unsigned __int128: int."},
    {"c_float16", "_Float16", ZF_AS_FLOAT16, "C _Float16, IEEE 754 half precision: float."},
    {"c_float", "float", ZF_AS_FLOAT, "C float: float."},
    {"c_double", "double", ZF_AS_DOUBLE, "C double: float."},
    {"c_longdouble", "long double", ZF_AS_LONG_DOUBLE,
     "C long double: an object with all of its bits; takes a str too."},
    {"c_float_complex", "float", ZF_AS_COMPLEX, "C float _Complex: complex."},
    {"c_double_complex", "double", ZF_AS_COMPLEX, "C double _Complex: complex."},
    {"c_longdouble_complex", "long double", ZF_AS_LONG_COMPLEX,
     "C long double _Complex: an object with real and imag, which are c_longdouble."},
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
    .box = ZF_BOX_CONVERSION + ZF_AS_VOID,
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
    case ZF_KIND_FLOAT16: return "e";
    case ZF_KIND_INT128:
    case ZF_KIND_UINT128: return "16s"; /* there is no letter for them */
    case ZF_KIND_FLOAT80:
    case ZF_KIND_FLOAT128: return "g";
    case ZF_KIND_COMPLEX:
        return scalar->conversion == ZF_AS_LONG_COMPLEX ? "Zg"
               : scalar->type->size == 8                ? "Zf"
                                                        : "Zd";
    default: return "P";
    }
}

const char *zf_ctype_standard_code(const char *format)
{
    switch (*format) {
    case 'l': return "q";
    case 'L': return "Q";
    case 'P': return "Q";
    default: return format;
    }
}

/* What an int of at most two digits, seen as int64_t, must lie in. Wider values are checked as
 * whole ints. */
static void set_range(ZfScalar *scalar)
{
    unsigned bits = 8 * (unsigned)scalar->type->size;
    if (bits > 64) {
        return;
    }
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

/* Where long double is a double, its values are what those of double are. */
static ZfConversion conversion_of(const Declaration *declaration, const ZfType *type)
{
    bool is_double = type->kind == ZF_KIND_DOUBLE;
    switch (declaration->conversion) {
    case ZF_AS_LONG_DOUBLE: return is_double ? ZF_AS_DOUBLE : ZF_AS_LONG_DOUBLE;
    case ZF_AS_LONG_COMPLEX: return is_double ? ZF_AS_COMPLEX : ZF_AS_LONG_COMPLEX;
    default: return declaration->conversion;
    }
}

static int describe(ZfCType *ctype, const Declaration *declaration)
{
    const ZfType *type = zf_type_find(declaration->c_name);
    ZfScalar scalar = {.type = type, .conversion = conversion_of(declaration, type)};
    if (scalar.conversion == ZF_AS_COMPLEX || scalar.conversion == ZF_AS_LONG_COMPLEX) {
        if (zf_type_complex(type, &ctype->own_type) != ZF_OK) {
            PyErr_NoMemory();
            return -1;
        }
        scalar.type = ctype->own_type;
    }
    scalar.format = buffer_format(&scalar);
    scalar.box = zf_convert_box_code(&scalar);
    set_range(&scalar);
    ctype->scalar = scalar;
    return 0;
}

static PyTypeObject *base_of(const ZfState *state, ZfConversion conversion)
{
    switch (conversion) {
    case ZF_AS_LONG_DOUBLE: return state->longdouble_type;
    case ZF_AS_COMPLEX:
    case ZF_AS_LONG_COMPLEX: return state->complex_type;
    default: return state->simple_type;
    }
}

static int add_scalar(PyObject *module, ZfState *state, const Declaration *declaration)
{
    PyObject *name = PyUnicode_FromString(declaration->name);
    PyTypeObject *base = base_of(state,
                                 conversion_of(declaration, zf_type_find(declaration->c_name)));
    ZfCType *ctype = name != NULL ? zf_ctype_make(state, name, base, declaration->doc) : NULL;
    Py_XDECREF(name);
    if (ctype == NULL) {
        return -1;
    }
    int added = describe(ctype, declaration) < 0
                    ? -1
                    : PyModule_AddObjectRef(module, declaration->name, (PyObject *)ctype);
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
    state->longdouble_class = (PyTypeObject *)PyObject_GetAttrString(module, "c_longdouble");
    return state->longdouble_class != NULL ? find_tail_types(module, state) : -1;
}
