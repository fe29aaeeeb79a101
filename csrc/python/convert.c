/* convert.c - any Python value to the register word of a C scalar, and back.
 *
 * The conversion of an argument may run Python code (__index__, __float__, buffer exporters), so
 * nothing that such code could change may be read before it. What a conversion borrows goes into
 * the call's arena and nowhere else; the word is only good while the arena is open and the value is
 * referenced.
 */
#include "convert.h"

#include <math.h>
#include <wchar.h>

/* -- The arena --------------------------------------------------------------------------------- */

enum {
    IN_FIRST = Py_ARRAY_LENGTH(((ZfArena *)NULL)->first),
    IN_BLOCK = Py_ARRAY_LENGTH(((ZfArenaBlock *)NULL)->buffers),
};

/* Where in its block the buffer with this number is. */
static size_t in_block(size_t index)
{
    return (index - IN_FIRST) % IN_BLOCK;
}

/* Whether the blocks have room for the buffer with number arena->count: one that was made for a
 * buffer that was then refused is there already. */
static bool has_room(const ZfArena *arena)
{
    size_t room = IN_FIRST;
    for (const ZfArenaBlock *block = arena->blocks; block != NULL; block = block->next) {
        room += IN_BLOCK;
    }
    return arena->count < room;
}

/* Room for one more buffer, or NULL with MemoryError. */
static Py_buffer *arena_reserve(ZfArena *arena)
{
    if (arena->count < IN_FIRST) {
        return &arena->first[arena->count];
    }
    if (!has_room(arena)) {
        ZfArenaBlock *block = PyMem_Malloc(sizeof *block);
        if (block == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return &arena->blocks->buffers[in_block(arena->count)];
}

void zf_arena_release(ZfArena *arena)
{
    /* Releasing may run Python code, which must not replace the error of a call that failed. */
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    ZfArenaBlock *block = arena->blocks;
    bool is_empty = block != NULL && in_block(arena->count) == 0 && has_room(arena);
    block = is_empty ? block->next : block;
    while (arena->count > IN_FIRST) {
        arena->count--;
        PyBuffer_Release(&block->buffers[in_block(arena->count)]);
        block = in_block(arena->count) == 0 ? block->next : block;
    }
    while (arena->count != 0) {
        PyBuffer_Release(&arena->first[--arena->count]);
    }
    while (arena->blocks != NULL) {
        block = arena->blocks;
        arena->blocks = block->next;
        PyMem_Free(block);
    }
    PyErr_Restore(type, value, traceback);
}

/* -- Numbers ----------------------------------------------------------------------------------- */

/* What a scalar takes, for messages. */
static const char *expected_words(const ZfScalar *scalar)
{
    switch (scalar->conversion) {
    case ZF_AS_INTEGER:
    case ZF_AS_INT128: return "an integer";
    case ZF_AS_ENUM: return "a member of that enum, or an integer";
    case ZF_AS_BOOL: return "a bool";
    case ZF_AS_FLOAT:
    case ZF_AS_FLOAT16:
    case ZF_AS_COMPLEX:
    case ZF_AS_DOUBLE: return "a number";
    case ZF_AS_LONG_DOUBLE: return "a number or a str";
    case ZF_AS_LONG_COMPLEX: return "a number, a str or a pair of them";
    case ZF_AS_CHAR: return "bytes of length 1 or an integer";
    case ZF_AS_WCHAR: return "a str of length 1";
    case ZF_AS_STRING: return "a str, bytes, a buffer, an address, byref() or None";
    case ZF_AS_WIDE_STRING: return "a str, a buffer, an address, byref() or None";
    case ZF_AS_CONST_POINTER: return "bytes, a buffer, an address, byref() or None";
    case ZF_AS_TYPED_POINTER:
        if (scalar->pointee != NULL && scalar->pointee->scalar.type->alignment == 0) {
            return "a pointer of that type, a c_void_p, an address or None";
        }
        return "a pointer, an array or byref() of that type, a buffer of it, an address or None";
    case ZF_AS_AGGREGATE: return scalar->type->name;
    default: return "a writable buffer, an address, byref() or None";
    }
}

/* The value is of a wrong type; `message` begins with what was expected and what was given. */
int zf_convert_wrong_type(const ZfSite *site, PyObject *value, ZfMessage message)
{
    zf_error_expected(site, value, message, expected_words(site->scalar));
    return -1;
}

/* An int as a message shows it (new reference). Python refuses to print one of thousands of digits.
 */
PyObject *zf_convert_shown_integer(PyObject *integer)
{
    PyObject *bits = PyObject_CallMethod((PyObject *)&PyLong_Type, "bit_length", "O", integer);
    long count = bits != NULL ? PyLong_AsLong(bits) : -1;
    Py_XDECREF(bits);
    if (count < 0 && PyErr_Occurred()) {
        return NULL;
    }
    return count <= 256 ? PyNumber_ToBase(integer, 10)
                        : PyUnicode_FromFormat("an int of %ld bits", count);
}

static int integer_overflow(const ZfSite *site, PyObject *value, ZfMessage message)
{
    const ZfScalar *scalar = site->scalar;
    uint64_t high = (uint64_t)scalar->low + scalar->span;
    if (scalar->span == INT64_MAX) {
        high = UINT64_MAX;
    } else if (scalar->conversion == ZF_AS_BOOL) {
        high = 1;
    }
    PyObject *shown = zf_convert_shown_integer(value);
    if (shown != NULL) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, message, shown,
                          (long long)scalar->low, (unsigned long long)high);
        Py_DECREF(shown);
    }
    return -1;
}

/* The int that a value stands for (new reference), or NULL: with TypeError if it stands for none.
 */
PyObject *zf_convert_integer_of(const ZfSite *site, PyObject *value)
{
    if (PyLong_Check(value)) {
        return Py_NewRef(value);
    }
    if (!PyIndex_Check(value)) {
        zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
        return NULL;
    }
    return PyNumber_Index(value);
}

/* An int within 64 bits as a word, sign- or zero-extended; false if it does not fit the scalar. */
static bool integer_word(const ZfScalar *scalar, PyObject *integer, uint64_t *word)
{
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0) {
        *word = (uint64_t)number;
        bool is_int64 = scalar->type->kind == ZF_KIND_INT64;
        return is_int64 || (uint64_t)number - (uint64_t)scalar->low <= scalar->span;
    }
    if (overflow < 0 || scalar->span != INT64_MAX) {
        return false;
    }
    *word = PyLong_AsUnsignedLongLong(integer);
    if (*word == UINT64_MAX && PyErr_Occurred()) {
        PyErr_Clear();
        return false;
    }
    return true;
}

int zf_convert_integer_word(const ZfSite *site, PyObject *value, uint64_t *word)
{
    PyObject *integer = zf_convert_integer_of(site, value);
    if (integer == NULL) {
        return -1;
    }
    bool fits = integer_word(site->scalar, integer, word) &&
                (site->scalar->conversion != ZF_AS_BOOL || *word <= 1);
    int outcome = fits ? 0 : integer_overflow(site, integer, ZF_SAY_OUT_OF_RANGE);
    Py_DECREF(integer);
    return outcome;
}

int zf_convert_number(const ZfSite *site, PyObject *value, double *number)
{
    if (!PyFloat_Check(value) && !PyIndex_Check(value)) {
        PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
        if (methods == NULL || methods->nb_float == NULL) {
            return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
        }
    }
    *number = PyFloat_AsDouble(value);
    if (*number == -1.0 && PyErr_Occurred()) {
        PyNumberMethods *methods = Py_TYPE(value)->tp_as_number;
        bool is_integer = PyLong_Check(value) || methods == NULL || methods->nb_float == NULL;
        if (is_integer && PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_DOUBLE_RANGE);
        }
        return -1;
    }
    return 0;
}

static int convert_double(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    memcpy(word, &number, sizeof number);
    return 0;
}

/* A finite double that rounds to an infinite float is refused; infinities and NaNs pass, with their
 * payload's top bits. */
static int convert_float(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    float narrow = (float)number;
    if (isinf(narrow) && !isinf(number)) {
        zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_FLOAT_RANGE, value);
        return -1;
    }
    *word = 0;
    memcpy(word, &narrow, sizeof narrow);
    return 0;
}

/* As a float. Python rounds to the nearest, ties to even, subnormals included. */
static int convert_float16(const ZfSite *site, PyObject *value, uint64_t *word)
{
    double number;
    if (zf_convert_number(site, value, &number) < 0) {
        return -1;
    }
    *word = 0;
    if (PyFloat_Pack2(number, (char *)word, PY_LITTLE_ENDIAN) < 0) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError)) {
            PyErr_Clear();
            zf_error_argument(site, ZF_ArgumentOverflowError, value, ZF_SAY_FLOAT16_RANGE, value);
        }
        return -1;
    }
    return 0;
}

/* -- Characters -------------------------------------------------------------------------------- */

static int not_one_character(const ZfSite *site, PyObject *value, Py_ssize_t length)
{
    zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_NOT_ONE_CHAR, length);
    return -1;
}

static int convert_char(const ZfSite *site, PyObject *value, uint64_t *word)
{
    const char *bytes;
    Py_ssize_t length;
    if (PyBytes_Check(value)) {
        bytes = PyBytes_AS_STRING(value);
        length = PyBytes_GET_SIZE(value);
    } else if (PyByteArray_Check(value)) {
        bytes = PyByteArray_AS_STRING(value);
        length = PyByteArray_GET_SIZE(value);
    } else {
        return zf_convert_integer_word(site, value, word);
    }
    if (length != 1) {
        return not_one_character(site, value, length);
    }
    *word = (uint64_t)(int64_t)*bytes;
    return 0;
}

static int convert_wchar(const ZfSite *site, PyObject *value, uint64_t *word)
{
    if (!PyUnicode_Check(value)) {
        return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    }
    if (PyUnicode_GET_LENGTH(value) != 1) {
        return not_one_character(site, value, PyUnicode_GET_LENGTH(value));
    }
    *word = PyUnicode_READ_CHAR(value, 0);
    return 0;
}

/* -- Pointers ---------------------------------------------------------------------------------- */

static int convert_address(const ZfSite *site, PyObject *value, uint64_t *word)
{
    PyObject *integer = zf_convert_integer_of(site, value);
    if (integer == NULL) {
        return -1;
    }
    bool fits = integer_word(site->scalar, integer, word);
    int outcome = fits ? 0 : integer_overflow(site, integer, ZF_SAY_ADDRESS_RANGE);
    Py_DECREF(integer);
    return outcome;
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

/* Memory for the time of the call: a bytes object of the arena's. NULL with an error. */
static void *arena_memory(ZfArena *arena, Py_ssize_t size)
{
    Py_buffer *view = arena_reserve(arena);
    PyObject *bytes = view != NULL ? PyBytes_FromStringAndSize(NULL, size) : NULL;
    if (bytes == NULL) {
        return NULL;
    }
    int got = PyObject_GetBuffer(bytes, view, PyBUF_SIMPLE);
    Py_DECREF(bytes);
    if (got < 0) {
        return NULL;
    }
    arena->count++;
    return view->buf;
}

static int convert_wide_str(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    wchar_t *text = arena_memory(arena, (length + 1) * (Py_ssize_t)sizeof(wchar_t));
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
    Py_buffer *view = arena_reserve(arena);
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
static int keep_pointee(ZfArena *arena, PyObject *keep)
{
    Py_buffer *view = arena_reserve(arena);
    if (view == NULL || PyObject_GetBuffer(keep, view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    arena->count++;
    return 0;
}

/* A data object given for its own type stands for its value, pointers included, as it does in C. */
static int convert_data(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    const ZfScalar *held = zf_data_scalar(value), *scalar = site->scalar;
    if (decays(zf_data_ctype(value), scalar)) {
        *word = (uintptr_t)((ZfData *)value)->memory;
        return 0;
    }
    if (!is_assignable(held, scalar)) {
        bool is_pointer = scalar->type->kind == ZF_KIND_POINTER;
        bool holds_one = held->type->kind == ZF_KIND_POINTER;
        ZfMessage message = is_pointer && holds_one ? ZF_SAY_EXPECTED
                            : is_pointer            ? ZF_SAY_DATA_FOR_POINTER
                                                    : ZF_SAY_OTHER_DATA;
        return zf_convert_wrong_type(site, value, message);
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
    PyObject *keep = zf_access_kept(site->state, value, ((ZfData *)value)->memory);
    return keep != NULL && scalar->type->kind == ZF_KIND_POINTER ? keep_pointee(arena, keep) : 0;
}

static int convert_pointer(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
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

static int convert_wide(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    unsigned char bytes[ZF_WIDE_BYTES];
    Py_ssize_t size = (Py_ssize_t)site->scalar->type->size;
    void *memory = zf_wide_convert(site, value, bytes) == 0 ? arena_memory(arena, size) : NULL;
    if (memory == NULL) {
        return -1;
    }
    memcpy(memory, bytes, (size_t)size);
    *word = (uintptr_t)memory;
    return 0;
}

int zf_convert(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word)
{
    if (PyObject_TypeCheck(value, site->state->data_type)) {
        return convert_data(site, arena, value, word);
    }
    switch (site->scalar->conversion) {
    case ZF_AS_AGGREGATE: return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    case ZF_AS_INTEGER:
    case ZF_AS_BOOL: return zf_convert_integer_word(site, value, word);
    case ZF_AS_FLOAT: return convert_float(site, value, word);
    case ZF_AS_FLOAT16: return convert_float16(site, value, word);
    case ZF_AS_DOUBLE: return convert_double(site, value, word);
    case ZF_AS_CHAR: return convert_char(site, value, word);
    case ZF_AS_WCHAR: return convert_wchar(site, value, word);
    case ZF_AS_ENUM: return zf_enum_convert(site, value, word);
    case ZF_AS_INT128:
    case ZF_AS_COMPLEX:
    case ZF_AS_LONG_DOUBLE:
    case ZF_AS_LONG_COMPLEX: return convert_wide(site, arena, value, word);
    default: return convert_pointer(site, arena, value, word);
    }
}

/* -- Results ----------------------------------------------------------------------------------- */

ZfBox zf_convert_box_code(const ZfScalar *scalar)
{
    if (scalar->conversion == ZF_AS_INTEGER) {
        return (ZfBox)scalar->type->kind;
    }
    bool is_enum = scalar->conversion == ZF_AS_ENUM;
    return is_enum || zf_scalar_is_wide(scalar) ? ZF_BOX_LOADED
                                                : (ZfBox)(ZF_BOX_CONVERSION + scalar->conversion);
}

static PyObject *box_wchar(uint64_t word)
{
    uint32_t character = (uint32_t)word;
    if (character > 0x10FFFF) {
        return zf_error_plain(PyExc_ValueError, ZF_SAY_WCHAR_RESULT, character);
    }
    return PyUnicode_FromOrdinal((int)character);
}

/* Of a narrow result only its own bits are looked at: what lies above them in the register is
 * garbage on every ABI. */
PyObject *zf_convert_box(ZfBox box, ZfReturn value)
{
    switch (box) {
    case ZF_BOX_CONVERSION + ZF_AS_VOID: Py_RETURN_NONE;
    case ZF_BOX_BOOL: return PyBool_FromLong((value.gp & 0xff) != 0);
    case ZF_KIND_INT8: return PyLong_FromLong((int8_t)value.gp);
    case ZF_KIND_UINT8: return PyLong_FromLong((uint8_t)value.gp);
    case ZF_KIND_INT16: return PyLong_FromLong((int16_t)value.gp);
    case ZF_KIND_UINT16: return PyLong_FromLong((uint16_t)value.gp);
    case ZF_KIND_INT32: return PyLong_FromLong((int32_t)value.gp);
    case ZF_KIND_UINT32: return PyLong_FromLongLong((uint32_t)value.gp);
    case ZF_KIND_INT64: return PyLong_FromLongLong((int64_t)value.gp);
    case ZF_KIND_UINT64: return PyLong_FromUnsignedLongLong(value.gp);
    case ZF_BOX_DOUBLE: return PyFloat_FromDouble(value.fp);
    case ZF_BOX_FLOAT: {
        float narrow;
        memcpy(&narrow, &value.fp, sizeof narrow);
        return PyFloat_FromDouble(narrow);
    }
    case ZF_BOX_CONVERSION + ZF_AS_FLOAT16: {
        double wide = PyFloat_Unpack2((const char *)&value.gp, PY_LITTLE_ENDIAN);
        return wide == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(wide);
    }
    case ZF_BOX_CONVERSION + ZF_AS_CHAR:
        return PyBytes_FromStringAndSize(&(char){(char)value.gp}, 1);
    case ZF_BOX_CONVERSION + ZF_AS_WCHAR: return box_wchar(value.gp);
    default: break;
    }
    if (value.gp == 0) {
        Py_RETURN_NONE;
    }
    switch (box) {
    case ZF_BOX_CONVERSION + ZF_AS_STRING: return PyBytes_FromString((const char *)value.gp);
    case ZF_BOX_CONVERSION + ZF_AS_WIDE_STRING:
        return PyUnicode_FromWideChar((const wchar_t *)value.gp, -1);
    default: return PyLong_FromUnsignedLongLong(value.gp);
    }
}
