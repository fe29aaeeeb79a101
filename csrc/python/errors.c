/* errors.c - raising: every exception of the extension is made here, from the texts of messages.h.
 *
 * Nothing here is on a hot path, and nothing is inlined into one. Each function leaves an exception
 * set whatever happens: the one it was asked for, or the one that got in the way of making it.
 */
#include "core.h"

#include <stdarg.h>
#include <string.h>

static const char *const texts[] = {ZF_MESSAGES(ZF_MESSAGE_TEXT)};

#define EXCEPTION_NAME(name) #name,
static const char *const exception_names[] = {ZF_EXCEPTIONS(EXCEPTION_NAME)};

const char *zf_error_text(ZfMessage message)
{
    return texts[message];
}

int zf_errors_init(ZfState *state)
{
    PyObject *errors = PyImport_ImportModule("zffi.errors");
    if (errors == NULL) {
        return -1;
    }
    for (int i = 0; i < ZF_EXCEPTION_COUNT; i++) {
        state->exceptions[i] = PyObject_GetAttrString(errors, exception_names[i]);
        if (state->exceptions[i] == NULL) {
            Py_DECREF(errors);
            return -1;
        }
    }
    Py_DECREF(errors);
    return 0;
}

PyObject *zf_error_type_name(PyObject *value)
{
    return value == Py_None ? PyUnicode_FromString("None") : PyType_GetQualName(Py_TYPE(value));
}

/* Raises class(message, **fields); takes both references, either of which may be NULL with an
 * exception set. */
static PyObject *raise_with(PyObject *class, PyObject *message, PyObject *fields)
{
    PyObject *args = message != NULL && fields != NULL ? PyTuple_Pack(1, message) : NULL;
    PyObject *error = args != NULL ? PyObject_Call(class, args, fields) : NULL;
    if (error != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    }
    Py_XDECREF(error);
    Py_XDECREF(args);
    Py_XDECREF(message);
    Py_XDECREF(fields);
    return NULL;
}

PyObject *zf_error_plain(PyObject *class, ZfMessage message, ...)
{
    va_list values;
    va_start(values, message);
    PyErr_FormatV(class, texts[message], values);
    va_end(values);
    return NULL;
}

PyObject *zf_error_given(PyObject *class, ZfMessage message, PyObject *value)
{
    PyObject *name = zf_error_type_name(value);
    if (name != NULL) {
        PyErr_Format(class, texts[message], name);
        Py_DECREF(name);
    }
    return NULL;
}

/* -- Arguments --------------------------------------------------------------------------------- */

static PyObject *argument_name(const ZfSite *site)
{
    PyObject *names = site->target != NULL ? site->target->signature->names : NULL;
    bool is_named = names != NULL && site->index < PyTuple_GET_SIZE(names);
    return is_named ? PyTuple_GET_ITEM(names, site->index) : Py_None;
}

/* "hypot() argument 2 'y' (double)", or "c_int value (int)" */
static PyObject *describe_site(const ZfSite *site)
{
    const char *type = site->scalar->type->name;
    if (site->target == NULL) {
        const char *owner = site->owner->tp_name;
        if (site->member != NULL) {
            return PyUnicode_FromFormat("%s.%U (%s)", owner, site->member, type);
        }
        return site->index < 0 ? PyUnicode_FromFormat("%s value (%s)", owner, type)
                               : PyUnicode_FromFormat("%s[%zd] (%s)", owner, site->index, type);
    }
    PyObject *name = argument_name(site);
    return name == Py_None ? PyUnicode_FromFormat("%U() argument %zd (%s)", site->target->name,
                                                  site->index + 1, type)
                           : PyUnicode_FromFormat("%U() argument %zd %R (%s)", site->target->name,
                                                  site->index + 1, name, type);
}

static PyObject *argument_fields(const ZfSite *site, PyObject *value)
{
    PyObject *given = zf_error_type_name(value);
    if (given == NULL || site->target == NULL) {
        return Py_BuildValue("{ss,sN}", "ctype", site->scalar->type->name, "given", given);
    }
    PyObject *prototype = zf_signature_prototype(site->target->signature, site->target->name,
                                                 site->index);
    return Py_BuildValue("{sO,sn,sO,ss,sN,sN}", "function", site->target->name, "argument",
                         site->index + 1, "name", argument_name(site), "ctype",
                         site->scalar->type->name, "given", given, "prototype", prototype);
}

PyObject *zf_error_argument(const ZfSite *site, ZfException which, PyObject *value,
                            ZfMessage message, ...)
{
    va_list values;
    va_start(values, message);
    PyObject *text = PyUnicode_FromFormatV(texts[message], values);
    va_end(values);
    PyObject *where = text != NULL ? describe_site(site) : NULL;
    PyObject *whole = where != NULL ? PyUnicode_FromFormat("%U: %U", where, text) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(where);
    PyObject *fields = whole != NULL ? argument_fields(site, value) : NULL;
    return raise_with(site->state->exceptions[which], whole, fields);
}

PyObject *zf_error_expected(const ZfSite *site, PyObject *value, ZfMessage message,
                            const char *expected)
{
    PyObject *name = zf_error_type_name(value);
    if (name != NULL) {
        zf_error_argument(site, ZF_ArgumentError, value, message, expected, name);
        Py_DECREF(name);
    }
    return NULL;
}

PyObject *zf_error_arity(const ZfTarget *target, Py_ssize_t given)
{
    ZfState *state = zf_state_of((PyObject *)target);
    Py_ssize_t count = target->signature->argument_count;
    const char *least = target->signature->fixed == ZF_NOT_VARIADIC ? "" : "at least ";
    PyObject *message = given > ZF_MAX_ARGUMENTS
                            ? PyUnicode_FromFormat(texts[ZF_SAY_CALL_TOO_MANY], target->name,
                                                   ZF_MAX_ARGUMENTS, given)
                            : PyUnicode_FromFormat(texts[ZF_SAY_ARITY], target->name, least, count,
                                                   count == 1 ? "" : "s", given);
    PyObject *prototype = zf_signature_prototype(target->signature, target->name, -1);
    PyObject *fields = Py_BuildValue("{sO,sN}", "function", target->name, "prototype", prototype);
    return raise_with(state->exceptions[ZF_ArgumentError], message, fields);
}

/* -- Declarations ------------------------------------------------------------------------------ */

/* What someone who wrote a Python type, or void for an argument, probably meant. */
const char *zf_error_ctype_hint(PyObject *given)
{
    static const struct {
        PyTypeObject *type;
        const char *hint;
    } hints[] = {
        {&PyLong_Type, "; did you mean c_int or c_int64?"},
        {&PyFloat_Type, "; did you mean c_double?"},
        {&PyUnicode_Type, "; did you mean c_char_p?"},
        {&PyBytes_Type, "; did you mean c_char_p?"},
        {&PyBool_Type, "; did you mean c_bool?"},
        {&PyByteArray_Type, "; did you mean c_void_p?"},
        {&PyMemoryView_Type, "; did you mean c_void_p?"},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(hints); i++) {
        if (given == (PyObject *)hints[i].type) {
            return hints[i].hint;
        }
    }
    return given == Py_None ? "; void is only a result" : "";
}

static PyObject *raise_type(ZfState *state, ZfMessage message, const char *where, Py_ssize_t index,
                            PyObject *given, const char *words)
{
    PyObject *place = index < 0 ? PyUnicode_FromString(where)
                                : PyUnicode_FromFormat("%s[%zd]", where, index);
    if (place == NULL) {
        return NULL;
    }
    PyObject *text = PyUnicode_FromFormat(texts[message], place, given, words);
    PyObject *fields = Py_BuildValue("{sN,sO}", "where", place, "given", given);
    return raise_with(state->exceptions[ZF_TypeValidationError], text, fields);
}

PyObject *zf_error_type(ZfState *state, ZfMessage message, const char *where, Py_ssize_t index,
                        PyObject *given)
{
    bool is_list_missing = message == ZF_SAY_ARGTYPES &&
                           PyObject_TypeCheck(given, state->ctype_type);
    const char *hint = is_list_missing              ? "; one C type goes into a list too"
                       : message == ZF_SAY_ARGTYPES ? ""
                                                    : zf_error_ctype_hint(given);
    return raise_type(state, message, where, index, given, hint);
}

PyObject *zf_error_type_why(ZfState *state, ZfMessage message, const char *where, Py_ssize_t index,
                            PyObject *given, const char *why)
{
    return raise_type(state, message, where, index, given, why);
}

PyObject *zf_error_abi(ZfState *state, PyObject *given)
{
    PyObject *names = PyList_New(0);
    const ZfAbi *abi;
    for (size_t i = 0; names != NULL && (abi = zf_abi_at(i)) != NULL; i++) {
        PyObject *name = PyUnicode_FromString(zf_abi_name(abi));
        if (name == NULL || PyList_Append(names, name) < 0) {
            Py_CLEAR(names);
        }
        Py_XDECREF(name);
    }
    PyObject *comma = PyUnicode_FromString(", ");
    PyObject *list = names != NULL && comma != NULL ? PyUnicode_Join(comma, names) : NULL;
    PyObject *message = list != NULL ? PyUnicode_FromFormat(texts[ZF_SAY_UNKNOWN_ABI], given, list)
                                     : NULL;
    PyObject *fields = message != NULL ? Py_BuildValue("{sO,sN}", "abi", given, "supported",
                                                       PyList_AsTuple(names))
                                       : NULL;
    Py_XDECREF(names);
    Py_XDECREF(comma);
    Py_XDECREF(list);
    return raise_with(state->exceptions[ZF_CallingConventionError], message, fields);
}

/* -- Libraries --------------------------------------------------------------------------------- */

/* The loader writes in the file system's encoding. */
static PyObject *loader_words(const char *reason)
{
    return PyUnicode_DecodeFSDefault(reason);
}

PyObject *zf_error_library(ZfState *state, const char *operation, PyObject *name,
                           const char *reason, ZfMessage message)
{
    PyObject *words = loader_words(reason);
    PyObject *text = words != NULL ? PyUnicode_FromFormat(texts[message], name, words) : NULL;
    PyObject *fields = Py_BuildValue("{ss,sO,sN}", "operation", operation, "name", name, "reason",
                                     words);
    return raise_with(state->exceptions[ZF_LibraryError], text, fields);
}

PyObject *zf_error_symbol(ZfState *state, ZfLibraryObject *library, PyObject *symbol,
                          const char *reason)
{
    PyObject *words = loader_words(reason);
    PyObject *label = words != NULL ? zf_library_label(library) : NULL;
    PyObject *text = label != NULL
                         ? PyUnicode_FromFormat(texts[ZF_SAY_NO_SYMBOL], label, symbol, words)
                         : NULL;
    Py_XDECREF(label);
    PyObject *fields = Py_BuildValue("{sO,sO,sN}", "library", library, "symbol", symbol, "reason",
                                     words);
    return raise_with(state->exceptions[ZF_SymbolError], text, fields);
}

PyObject *zf_error_closed(ZfState *state, const ZfLibraryObject *library, PyObject *function)
{
    PyObject *label = zf_library_label(library);
    if (label == NULL) {
        return NULL;
    }
    PyObject *text = function != NULL
                         ? PyUnicode_FromFormat(texts[ZF_SAY_CALL_CLOSED], function, label)
                         : PyUnicode_FromFormat(texts[ZF_SAY_CLOSED], label);
    PyObject *fields = Py_BuildValue("{sO,sO}", "name", library->name, "function",
                                     function != NULL ? function : Py_None);
    Py_DECREF(label);
    return raise_with(state->exceptions[ZF_LibraryClosedError], text, fields);
}

PyObject *zf_error_member(ZfState *state, const char *name, Py_ssize_t index, const char *why)
{
    PyObject *class = state->exceptions[ZF_SignatureError];
    return index < 0 ? zf_error_plain(class, ZF_SAY_LAYOUT, name, why)
                     : zf_error_plain(class, ZF_SAY_MEMBER, name, index, why);
}

int zf_error_check_bytes(ZfState *state, PyObject *encoded, PyObject *name)
{
    const char *what = "load(): the library's name";
    size_t length = (size_t)PyBytes_GET_SIZE(encoded);
    PyObject *class = state->exceptions[ZF_ArgumentValueError];
    if (length == 0) {
        zf_error_plain(class, ZF_SAY_NAME_EMPTY, what);
        return -1;
    }
    if (strlen(PyBytes_AS_STRING(encoded)) != length) {
        zf_error_plain(class, ZF_SAY_NAME_NUL, what, name);
        return -1;
    }
    return 0;
}

const char *zf_error_checked_name(ZfState *state, PyObject *name, const char *what)
{
    if (!PyUnicode_Check(name)) {
        PyObject *given = zf_error_type_name(name);
        if (given != NULL) {
            zf_error_plain(state->exceptions[ZF_ArgumentError], ZF_SAY_NAME_TYPE, what, given);
            Py_DECREF(given);
        }
        return NULL;
    }
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    if (text == NULL) {
        return NULL;
    }
    if (strlen(text) != (size_t)length) {
        zf_error_plain(state->exceptions[ZF_ArgumentValueError], ZF_SAY_NAME_NUL, what, name);
        return NULL;
    }
    if (length == 0) {
        zf_error_plain(state->exceptions[ZF_ArgumentValueError], ZF_SAY_NAME_EMPTY, what);
        return NULL;
    }
    return text;
}
