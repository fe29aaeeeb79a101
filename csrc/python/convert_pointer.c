/* convert_pointer.c - what a pointer parameter takes: text, buffers, addresses, data objects; and
 * what a data object given for a parameter of any type stands for.
 *
 * A conversion may run Python code (__index__, buffer exporters). What it borrows goes into the
 * call's arena and nowhere else.
 */
#include "convert.h"

#include <wchar.h>

static int convert_address(const ZfSite *site, PyObject *value, uint64_t *word)
{
    return zf_convert_integer_word(site, value, ZF_SAY_ADDRESS_RANGE, word);
}

static int embedded_nul(const ZfSite *site, PyObject *value, size_t index)
{
    zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_EMBEDDED_NUL, (Py_ssize_t)index);
    return -1;
}

static int use_text(const ZfSite *site, PyObject *value, const char *text, Py_ssize_t length,
                    uint64_t *word)
{
    size_t seen = strlen(text);
    if (seen != (size_t)length) {
        return embedded_nul(site, value, seen);
    }
    *word = (uintptr_t)text;
    return 0;
}

static int convert_str(const ZfSite *site, PyObject *value, uint64_t *word)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(value, &length);
    if (text == NULL) {
        if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
            PyErr_Clear();
            zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_NOT_UTF8);
        }
        return -1;
    }
    return use_text(site, value, text, length, word);
}

static int convert_wide_str(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    wchar_t *text = zf_arena_memory(arena, (length + 1) * (Py_ssize_t)sizeof(wchar_t));
    if (text == NULL) {
        return -1;
    }
    PyUnicode_AsWideChar(value, text, length + 1);
    size_t seen = wcslen(text);
    if (seen != (size_t)length) {
        return embedded_nul(site, value, seen);
    }
    *word = (uintptr_t)text;
    return 0;
}

/* An array scalar: NumPy's numbers export their own few bytes, which nobody means by them. */
static bool is_scalar_buffer(const Py_buffer *view)
{
    return view->ndim == 0 && view->readonly;
}

/* An exporter has refused (they raise what they like). If it only dislikes the terms, say which. */
static int buffer_refused(const ZfSite *site, PyObject *value, bool is_written, uint64_t *word)
{
    if (!PyErr_ExceptionMatches(PyExc_BufferError) && !PyErr_ExceptionMatches(PyExc_ValueError) &&
        !PyErr_ExceptionMatches(PyExc_TypeError)) {
        return -1;
    }
    PyObject *type, *raised, *traceback;
    PyErr_Fetch(&type, &raised, &traceback);
    Py_buffer view;
    bool has_holes = false, is_read_only = false, is_scalar = false;
    if (PyObject_GetBuffer(value, &view, PyBUF_FULL_RO) == 0) {
        has_holes = !PyBuffer_IsContiguous(&view, 'C');
        is_read_only = view.readonly && is_written;
        is_scalar = is_scalar_buffer(&view);
        PyBuffer_Release(&view);
    }
    PyErr_Clear();
    if (!has_holes && !is_read_only && !is_scalar) {
        PyErr_Restore(type, raised, traceback);
        return -1;
    }
    Py_XDECREF(type);
    Py_XDECREF(raised);
    Py_XDECREF(traceback);
    if (is_scalar) {
        return convert_address(site, value, word);
    }
    PyObject *name = zf_error_type_name(value);
    if (name != NULL) {
        ZfMessage message = has_holes ? ZF_SAY_NOT_CONTIGUOUS : ZF_SAY_READ_ONLY;
        zf_error_argument(site, ZF_ArgumentError, value, message, name);
        Py_DECREF(name);
    }
    return -1;
}

/* A pointer of another library (ctypes has them) exports where it is stored, not where it points.
 */
static bool is_foreign_pointer(const Py_buffer *view)
{
    const char *format = view->format != NULL ? view->format : "B";
    format += *format == '@' || *format == '=' || *format == '<';
    return view->ndim == 0 && strchr("PzZ&X", *format) != NULL;
}

/* Of no memory can anybody say that it is of such a type. */
static bool is_incomplete(ZfCType *ctype)
{
    int is_complete = zf_ctype_is_complete(ctype);
    if (is_complete < 0) {
        PyErr_Clear();
    }
    return is_complete <= 0;
}

/* Whether a buffer holds elements of a type, or plain bytes for which there is room to be one. */
static bool is_buffer_of(const Py_buffer *view, ZfCType *pointee)
{
    if (pointee == NULL) {
        return true;
    }
    if (is_incomplete(pointee)) {
        return false;
    }
    const char *format = view->format != NULL ? view->format : "B";
    format += *format == '@' || *format == '=' || *format == '<';
    size_t size = pointee->scalar.type->size;
    if (pointee->scalar.type->alignment == 0) {
        return false; /* nobody knows how large one is */
    }
    bool is_plain = strcmp(format, "B") == 0 || strcmp(format, "b") == 0 ||
                    strcmp(format, "c") == 0;
    if (is_plain) {
        return (size_t)view->len >= size;
    }
    if (strchr("efdgZ", *pointee->scalar.format) != NULL) {
        return strcmp(format, pointee->scalar.format) == 0;
    }
    bool is_float = strchr("efdg", *format) != NULL;
    return (size_t)view->itemsize == size && !is_float && format[1] == '\0';
}

static int convert_buffer(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    Py_buffer *view = zf_arena_reserve(arena);
    if (view == NULL) {
        return -1;
    }
    ZfConversion conversion = site->scalar->conversion;
    bool is_written = conversion == ZF_AS_POINTER || conversion == ZF_AS_TYPED_POINTER;
    int flags = PyBUF_ND | PyBUF_FORMAT | (is_written ? PyBUF_WRITABLE : 0);
    if (PyObject_GetBuffer(value, view, flags) < 0) {
        return buffer_refused(site, value, is_written, word);
    }
    bool is_other = conversion == ZF_AS_TYPED_POINTER && !is_buffer_of(view, site->scalar->pointee);
    if (is_other || is_foreign_pointer(view)) {
        PyBuffer_Release(view);
        return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    }
    if (is_scalar_buffer(view)) {
        PyBuffer_Release(view);
        return convert_address(site, value, word);
    }
    arena->count++;
    *word = (uintptr_t)view->buf;
    return 0;
}

/* Whether values of two types are the same in memory and in C's eyes: one class derives from the
 * other, or both are the same integer or floating kind. */
static bool is_same_type(const ZfCType *a, const ZfCType *b)
{
    if (a == b || PyType_IsSubtype((PyTypeObject *)a, (PyTypeObject *)b)) {
        return true;
    }
    const ZfScalar *x = &a->scalar, *y = &b->scalar;
    if (x->conversion == ZF_AS_TYPED_POINTER && y->conversion == ZF_AS_TYPED_POINTER) {
        return x->pointee != NULL && y->pointee != NULL && is_same_type(x->pointee, y->pointee);
    }
    if (x->conversion == ZF_AS_AGGREGATE || y->conversion == ZF_AS_AGGREGATE ||
        x->type->kind == ZF_KIND_POINTER ||
        (x->conversion == ZF_AS_ENUM && y->conversion == ZF_AS_ENUM)) {
        return false;
    }
    return (x->type->kind == y->type->kind && x->type->size == y->type->size) ||
           (x->type->size == 1 && y->type->size == 1);
}

/* Whether the address of a value of type `held` may be given for a pointer to `pointee`: of the
 * type itself, or of an array of it. */
static bool is_pointed_at(const ZfCType *held, const ZfCType *pointee)
{
    return pointee == NULL || is_same_type(held, pointee) ||
           (zf_ctype_is_array(held) && is_pointed_at(held->element, pointee));
}

/* Whether C would take a value of type `held` for a parameter without a cast, and no information is
 * lost. */
static bool is_assignable(const ZfScalar *held, const ZfScalar *parameter)
{
    if (held->type == parameter->type) {
        return true;
    }
    if (held->type->kind != ZF_KIND_POINTER || parameter->type->kind != ZF_KIND_POINTER) {
        return held->conversion == ZF_AS_FLOAT && parameter->conversion == ZF_AS_DOUBLE;
    }
    bool is_mutable = held->conversion == ZF_AS_POINTER || held->conversion == ZF_AS_TYPED_POINTER;
    switch (parameter->conversion) {
    case ZF_AS_CONST_POINTER: return true;
    case ZF_AS_POINTER: return is_mutable;
    case ZF_AS_TYPED_POINTER:
        return held->conversion == ZF_AS_POINTER ||
               (held->conversion == ZF_AS_TYPED_POINTER &&
                (held->pointee == NULL || is_pointed_at(held->pointee, parameter->pointee)));
    default:
        return held->conversion == ZF_AS_POINTER ||
               (held->conversion == ZF_AS_TYPED_POINTER && held->pointee != NULL &&
                held->pointee->scalar.type->size ==
                    (parameter->conversion == ZF_AS_STRING ? 1 : 4));
    }
}

/* Whether a data object's memory may be given for a pointer parameter: an array decays, and to a
 * typed pointer anything of its type does. */
static bool decays(const ZfCType *held, const ZfScalar *parameter)
{
    bool is_array = zf_ctype_is_array(held);
    switch (parameter->conversion) {
    case ZF_AS_TYPED_POINTER: return is_pointed_at(held, parameter->pointee);
    case ZF_AS_POINTER:
    case ZF_AS_CONST_POINTER: return is_array;
    case ZF_AS_STRING: return is_array && held->element->scalar.type->size == 1;
    case ZF_AS_WIDE_STRING: return is_array && held->element->scalar.conversion == ZF_AS_WCHAR;
    default: return false;
    }
}

/* What a pointer in a data object points to must outlive the call, even if another thread assigns
 * to the object. */
static int use_pointer(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    ZfPointer pointer = zf_access_pointer(site->state, value, ((ZfData *)value)->memory);
    *word = (uintptr_t)pointer.address;
    if (pointer.keep == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    Py_buffer *view = zf_arena_reserve(arena);
    int outcome = view != NULL ? PyObject_GetBuffer(pointer.keep, view, PyBUF_SIMPLE) : -1;
    Py_DECREF(pointer.keep);
    arena->count += outcome == 0;
    return outcome;
}

static int refuse_data(const ZfSite *site, PyObject *value)
{
    const ZfScalar *held = zf_data_scalar(value), *scalar = site->scalar;
    bool has_value = held->conversion != ZF_AS_AGGREGATE && scalar->conversion != ZF_AS_AGGREGATE;
    ZfMessage message = ZF_SAY_EXPECTED;
    if (scalar->type->kind == ZF_KIND_POINTER) {
        message = held->type->kind == ZF_KIND_POINTER ? ZF_SAY_EXPECTED : ZF_SAY_DATA_FOR_POINTER;
    } else if (has_value) {
        message = ZF_SAY_OTHER_DATA;
    }
    return zf_convert_wrong_type(site, value, message);
}

/* A data object given for its own type stands for its value, pointers included, as it does in C. */
int zf_convert_data(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    const ZfScalar *held = zf_data_scalar(value), *scalar = site->scalar;
    if (decays(zf_data_ctype(value), scalar)) {
        *word = (uintptr_t)((ZfData *)value)->memory;
        return 0;
    }
    if (!is_assignable(held, scalar)) {
        return refuse_data(site, value);
    }
    if (held->conversion == ZF_AS_FLOAT && scalar->conversion == ZF_AS_DOUBLE) {
        uint32_t bits;
        float narrow;
        memcpy(&bits, ((ZfData *)value)->memory, sizeof bits);
        bits = held->is_swapped ? (uint32_t)zf_access_swap(bits, sizeof bits) : bits;
        memcpy(&narrow, &bits, sizeof narrow);
        double wide = narrow;
        memcpy(word, &wide, sizeof wide);
        return 0;
    }
    if (zf_scalar_is_by_address(scalar)) {
        *word = (uintptr_t)((ZfData *)value)->memory;
        return 0;
    }
    if (scalar->type->kind == ZF_KIND_POINTER) {
        return use_pointer(site, arena, value, word);
    }
    *word = 0;
    memcpy(word, ((ZfData *)value)->memory, scalar->type->size);
    if (held->is_swapped) {
        *word = zf_access_swap(*word, held->type->size);
    }
    if (scalar->conversion == ZF_AS_BOOL) {
        *word = *word != 0;
    } else if (scalar->low < 0) {
        unsigned unused_bits = 64 - 8 * scalar->type->size;
        *word = (uint64_t)((int64_t)(*word << unused_bits) >> unused_bits);
    }
    return 0;
}

int zf_convert_pointer(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    ZfConversion conversion = site->scalar->conversion;
    if (value == Py_None) {
        *word = 0;
        return 0;
    }
    if (Py_IS_TYPE(value, site->state->reference_type)) {
        const ZfReference *reference = (ZfReference *)value;
        ZfCType *pointee = site->scalar->pointee;
        bool is_whole = reference->address == ((ZfData *)reference->object)->memory;
        bool is_checked = is_whole || (pointee != NULL && is_incomplete(pointee));
        if (conversion == ZF_AS_TYPED_POINTER && is_checked &&
            !is_pointed_at(zf_data_ctype(reference->object), pointee)) {
            return zf_convert_wrong_type(site, reference->object, ZF_SAY_EXPECTED);
        }
        *word = (uintptr_t)((ZfReference *)value)->address;
        return 0;
    }
    if (PyUnicode_Check(value)) {
        if (conversion == ZF_AS_STRING) {
            return convert_str(site, value, word);
        }
        if (conversion == ZF_AS_WIDE_STRING) {
            return convert_wide_str(site, arena, value, word);
        }
        return zf_convert_wrong_type(site, value, ZF_SAY_STR_FOR_POINTER);
    }
    if (PyBytes_Check(value)) {
        if (conversion == ZF_AS_STRING) {
            return use_text(site, value, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value), word);
        }
        if (conversion == ZF_AS_WIDE_STRING) {
            return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
        }
    }
    return PyObject_CheckBuffer(value) ? convert_buffer(site, arena, value, word)
                                       : convert_address(site, value, word);
}
