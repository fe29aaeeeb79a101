/* library.c - libraries: opening, symbols, and a close that closes.
 *
 * A library knows its live functions, in a list through their targets, and takes their address away
 * when it closes: a call after that raises. The file is unmapped when no call is still inside it.
 * A library that is dropped without close() stays loaded, because C may have handed out pointers
 * into it.
 */
#include "core.h"

#include "../os/os.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

static ZfLibraryObject *as_library(PyObject *object)
{
    return (ZfLibraryObject *)object;
}

/* A path whose bytes are no text is shown with escapes: labels go into help texts and messages. */
PyObject *zf_library_label(const ZfLibraryObject *library)
{
    if (library->name == Py_None) {
        return PyUnicode_FromString("the process");
    }
    if (PyUnicode_AsUTF8(library->name) != NULL) {
        return Py_NewRef(library->name);
    }
    PyErr_Clear();
    PyObject *bytes = PyUnicode_AsEncodedString(library->name, "utf-8", "backslashreplace");
    PyObject *label = bytes != NULL ? PyUnicode_FromEncodedObject(bytes, "utf-8", NULL) : NULL;
    Py_XDECREF(bytes);
    return label;
}

int zf_library_gil(ZfState *state, PyObject *word, ZfGil *gil)
{
    if (PyUnicode_Check(word) && PyUnicode_CompareWithASCIIString(word, "release") == 0) {
        *gil = ZF_GIL_RELEASE;
    } else if (PyUnicode_Check(word) && PyUnicode_CompareWithASCIIString(word, "hold") == 0) {
        *gil = ZF_GIL_HOLD;
    } else {
        zf_error_plain(state->exceptions[ZF_SignatureError], ZF_SAY_GIL_WORD, word);
        return -1;
    }
    return 0;
}

#ifdef RTLD_DEEPBIND /* glibc's own */
#define MODE_DEEP_BIND RTLD_DEEPBIND
#else
#define MODE_DEEP_BIND 0
#endif

/* What a loader takes: with any other bit, glibc ends the process. */
enum {
    MODE_BITS = RTLD_LAZY | RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE | RTLD_NOLOAD | MODE_DEEP_BIND
};

/* -- Opening ----------------------------------------------------------------------------------- */

/* The name as a str (new reference) or None. A path object without a folder is a file of this one.
 */
static PyObject *library_name(ZfState *state, PyObject *name)
{
    if (name == NULL || name == Py_None) {
        Py_RETURN_NONE;
    }
    bool is_path = !PyUnicode_Check(name) && !PyBytes_Check(name);
    PyObject *decoded = NULL;
    if (is_path && !PyObject_HasAttrString((PyObject *)Py_TYPE(name), "__fspath__")) {
        return zf_error_given(state->exceptions[ZF_ArgumentError], ZF_SAY_LOAD_TYPE, name);
    }
    PyObject *path = PyOS_FSPath(name);
    if (path != NULL && PyUnicode_Check(path)) {
        decoded = Py_NewRef(path); /* FSDecoder would complain of a NUL in words of its own */
    } else if (path == NULL || !PyUnicode_FSDecoder(path, &decoded)) {
        decoded = NULL;
    }
    Py_XDECREF(path);
    if (decoded == NULL) {
        return NULL;
    }
    if (is_path && PyUnicode_FindChar(decoded, '/', 0, PyUnicode_GET_LENGTH(decoded), 1) == -1) {
        Py_SETREF(decoded, PyUnicode_FromFormat("./%U", decoded));
    }
    return decoded;
}

static int open_handle(ZfState *state, ZfLibraryObject *library)
{
    PyObject *encoded = NULL;
    if (library->name != Py_None) {
        encoded = PyUnicode_EncodeFSDefault(library->name);
        if (encoded == NULL || zf_error_check_bytes(state, encoded, library->name) < 0) {
            Py_XDECREF(encoded);
            return -1;
        }
    }
    char *words = NULL;
    ZfStatus status;
    const char *name = encoded != NULL ? PyBytes_AS_STRING(encoded) : NULL;
    Py_BEGIN_ALLOW_THREADS
    status = zf_library_open(name, library->mode, &library->handle, &words);
    Py_END_ALLOW_THREADS
    Py_XDECREF(encoded);
    if (status == ZF_LOADER_ERROR) {
        zf_error_library(state, "load", library->name, words, ZF_SAY_LOAD);
        free(words);
    } else if (status != ZF_OK) {
        PyErr_NoMemory();
    }
    return status == ZF_OK ? 0 : -1;
}

PyObject *zf_library_load(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"name", "mode", "gil", "abi", NULL};
    ZfState *state = zf_state_of_module(module);
    PyObject *name = NULL, *gil_word = NULL, *abi_name = NULL;
    int mode = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$iOO:load", names, &name, &mode, &gil_word,
                                     &abi_name)) {
        return NULL;
    }
    ZfGil gil = ZF_GIL_RELEASE;
    const ZfAbi *abi = zf_signature_abi(state, abi_name, zf_abi_default());
    if (abi == NULL || (gil_word != NULL && zf_library_gil(state, gil_word, &gil) < 0)) {
        return NULL;
    }
    if (mode & ~MODE_BITS) {
        return zf_error_plain(state->exceptions[ZF_ArgumentValueError], ZF_SAY_MODE,
                              (unsigned)(mode & ~MODE_BITS));
    }
    name = library_name(state, name);
    if (name == NULL || PySys_Audit("zffi.load", "O", name) < 0) {
        Py_XDECREF(name);
        return NULL;
    }
    ZfLibraryObject *library = (ZfLibraryObject *)state->library_type->tp_alloc(state->library_type,
                                                                                0);
    if (library == NULL) {
        Py_DECREF(name);
        return NULL;
    }
    library->name = name;
    library->mode = mode;
    library->gil = gil;
    library->abi = abi;
    library->uses_python = -1;
    if (open_handle(state, library) < 0) {
        Py_DECREF(library);
        return NULL;
    }
    zf_compat_share((PyObject *)library);
    return (PyObject *)library;
}

/* -- Closing ----------------------------------------------------------------------------------- */

static int close_handle(ZfState *state, ZfLibraryObject *library, ZfLibrary *handle)
{
    char *words = NULL;
    ZfStatus status;
    Py_BEGIN_ALLOW_THREADS
    status = zf_library_close(handle, &words);
    Py_END_ALLOW_THREADS
    if (status == ZF_OK) {
        return 0;
    }
    if (status == ZF_LOADER_ERROR) {
        zf_error_library(state, "close", library->name, words, ZF_SAY_CLOSE);
        free(words);
    } else {
        PyErr_NoMemory();
    }
    return -1;
}

static bool is_busy(const ZfLibraryObject *library)
{
    const ZfTarget *target = library->targets;
    while (target != NULL && !zf_target_is_inside(target)) {
        target = target->next;
    }
    return target != NULL || library->holds > 0;
}

/* The handle of a closed library that nobody uses any more, for one caller; else NULL. */
static ZfLibrary *take_doomed(ZfLibraryObject *library)
{
    ZfLock lock;
    zf_compat_lock(&lock, library);
    ZfLibrary *handle = library->doomed;
    if (handle != NULL && is_busy(library)) {
        handle = NULL;
    }
    if (handle != NULL) {
        library->doomed = NULL;
    }
    zf_compat_unlock(&lock);
    return handle;
}

void zf_library_unmap(ZfLibraryObject *library)
{
    ZfLibrary *handle = take_doomed(library);
    if (handle == NULL) {
        return;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (close_handle(zf_state_of((PyObject *)library), library, handle) < 0) {
        PyErr_WriteUnraisable((PyObject *)library);
    }
    PyErr_Restore(type, value, traceback);
}

static PyObject *library_close(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    ZfLibraryObject *library = as_library(self);
    ZfLock lock;
    zf_compat_lock(&lock, library);
    if (library->handle != NULL) {
        library->doomed = library->handle;
        ZF_COMPAT_STORE(library->handle, NULL);
    }
    for (ZfTarget *target = library->targets; target != NULL; target = target->next) {
        zf_target_close(target);
    }
    zf_compat_unlock(&lock);
    ZfLibrary *handle = take_doomed(library);
    if (handle != NULL && close_handle(zf_state_of(self), library, handle) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* -- Users ------------------------------------------------------------------------------------- */

ZfLibrary *zf_library_hold(ZfLibraryObject *library)
{
    ZfLock lock;
    zf_compat_lock(&lock, library);
    ZfLibrary *handle = library->handle;
    library->holds += handle != NULL;
    zf_compat_unlock(&lock);
    return handle;
}

void zf_library_release(ZfLibraryObject *library)
{
    ZfLock lock;
    zf_compat_lock(&lock, library);
    library->holds--;
    zf_compat_unlock(&lock);
    zf_library_unmap(library);
}

bool zf_library_uses_python(ZfLibraryObject *library)
{
    int uses = library != NULL ? ZF_COMPAT_LOAD(library->uses_python) : true;
    ZfLibrary *handle = uses < 0 ? zf_library_hold(library) : NULL;
    if (handle != NULL) {
        uses = zf_library_mentions(handle, "Py");
        ZF_COMPAT_STORE(library->uses_python, uses);
        zf_library_release(library);
    }
    return uses != 0;
}

/* It may have been closed since the symbol was found. */
void zf_library_join(ZfLibraryObject *library, ZfTarget *target, ZfFunction address)
{
    ZfLock lock;
    target->library = (ZfLibraryObject *)Py_NewRef(library);
    zf_compat_lock(&lock, library);
    target->address = library->handle != NULL ? address : NULL;
    target->next = library->targets;
    if (target->next != NULL) {
        target->next->link = &target->next;
    }
    target->link = &library->targets;
    library->targets = target;
    zf_compat_unlock(&lock);
}

void zf_library_part(ZfTarget *target)
{
    ZfLock lock;
    zf_compat_lock(&lock, target->library);
    *target->link = target->next;
    if (target->next != NULL) {
        target->next->link = target->link;
    }
    zf_compat_unlock(&lock);
    Py_CLEAR(target->library);
}

/* -- Symbols ----------------------------------------------------------------------------------- */

/* 1: found; 0: the library has none, and `*words` is the loader's reason, to be freed; -1: an
 * exception is set. */
static int find_symbol(ZfLibraryObject *library, PyObject *symbol, const char *what, void **address,
                       char **words)
{
    ZfState *state = zf_state_of((PyObject *)library);
    const char *name = zf_error_checked_name(state, symbol, what);
    if (name == NULL) {
        return -1;
    }
    if (zf_library_is_open(library) && PySys_Audit("zffi.sym", "OO", library->name, symbol) < 0) {
        return -1;
    }
    ZfLibrary *handle = zf_library_hold(library); /* an audit hook may have closed it */
    if (handle == NULL) {
        zf_error_closed(state, library, NULL);
        return -1;
    }
    ZfStatus status = zf_library_symbol(handle, name, address, words);
    zf_library_release(library);
    switch (status) {
    case ZF_OK: return 1;
    case ZF_LOADER_ERROR: return 0;
    default: PyErr_NoMemory(); return -1;
    }
}

bool zf_library_find(ZfLibraryObject *library, PyObject *symbol, const char *what, void **address)
{
    char *words;
    int found = find_symbol(library, symbol, what, address, &words);
    if (found == 0) {
        zf_error_symbol(zf_state_of((PyObject *)library), library, symbol, words);
        free(words);
    }
    return found == 1;
}

static PyObject *library_sym(PyObject *self, PyObject *symbol)
{
    void *address;
    bool found = zf_library_find(as_library(self), symbol, "sym(): the symbol's name", &address);
    return found ? PyLong_FromVoidPtr(address) : NULL;
}

static int library_contains(PyObject *self, PyObject *symbol)
{
    void *address;
    char *words;
    int found = find_symbol(as_library(self), symbol, "in: the symbol's name", &address, &words);
    if (found == 0) {
        free(words);
    }
    return found;
}

static PyObject *library_func(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"symbol", "restype", "argtypes", "fixed", "gil", "errno",
                            "check",  "abi",     "optional", "doc",   NULL};
    ZfLibraryObject *library = as_library(self);
    ZfState *state = zf_state_of(self);
    ZfBinding binding = {NULL};
    int optional = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O$OOOOOpO:func", names, &binding.name,
                                     &binding.restype, &binding.argtypes, &binding.fixed,
                                     &binding.gil, &binding.errno_swap, &binding.check,
                                     &binding.abi, &optional, &binding.doc)) {
        return NULL;
    }
    void *address;
    char *words;
    int found = find_symbol(library, binding.name, "func(): the symbol's name", &address, &words);
    if (found < 0) {
        return NULL;
    }
    if (found == 1 && address != NULL) {
        return zf_function_bind(state, &binding, (ZfFunction)address, library);
    }
    if (!optional) {
        zf_error_symbol(state, library, binding.name,
                        found == 0 ? words : zf_error_text(ZF_SAY_NULL_SYMBOL));
    }
    if (found == 0) {
        free(words);
    }
    return optional ? Py_NewRef(Py_None) : NULL;
}

/* A function of a Python module of zffi, called with the library in front of the arguments. */
static PyObject *call_in_module(PyObject *self, const char *module_name, const char *name,
                                PyObject *args, PyObject *kwargs)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *function = module != NULL ? PyObject_GetAttrString(module, name) : NULL;
    PyObject *method = function != NULL ? PyMethod_New(function, self) : NULL;
    PyObject *result = method != NULL ? PyObject_Call(method, args, kwargs) : NULL;
    Py_XDECREF(module);
    Py_XDECREF(function);
    Py_XDECREF(method);
    return result;
}

static PyObject *library_cdef(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call_in_module(self, "zffi._cdef", "cdef", args, kwargs);
}

static PyObject *library_bind(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call_in_module(self, "zffi._bind", "bind", args, kwargs);
}

static bool append_symbol(const char *name, void *list)
{
    PyObject *text = PyUnicode_DecodeFSDefault(name);
    int outcome = text != NULL ? PyList_Append(list, text) : -1;
    Py_XDECREF(text);
    return outcome == 0;
}

static PyObject *library_symbols(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *list = PyList_New(0);
    ZfLibrary *handle = zf_library_hold(as_library(self));
    if (handle != NULL) {
        if (list != NULL) {
            zf_library_each_symbol(handle, append_symbol, list);
        }
        zf_library_release(as_library(self));
    }
    if (PyErr_Occurred()) {
        Py_CLEAR(list);
    }
    return list;
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyObject *library_enter(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return zf_library_is_open(as_library(self))
               ? Py_NewRef(self)
               : zf_error_closed(zf_state_of(self), as_library(self), NULL);
}

static PyObject *library_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return library_close(self, NULL);
}

/* Who comes from ctypes tries library.function first. */
static PyObject *library_getattro(PyObject *self, PyObject *name)
{
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (found != NULL || !PyErr_ExceptionMatches(PyExc_AttributeError) || !PyUnicode_Check(name) ||
        PyUnicode_READ_CHAR(name, 0) == '_') {
        return found;
    }
    PyErr_Clear();
    return zf_error_plain(PyExc_AttributeError, ZF_SAY_NO_ATTRIBUTE, name, name);
}

static PyObject *library_repr(PyObject *self)
{
    const char *state = zf_library_is_open(as_library(self)) ? "" : ", closed";
    return PyUnicode_FromFormat("<zffi.Library %R%s>", as_library(self)->name, state);
}

static PyObject *library_get_name(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(as_library(self)->name);
}

static PyObject *library_get_path(PyObject *self, void *Py_UNUSED(closure))
{
    ZfLibrary *handle = zf_library_hold(as_library(self));
    if (handle == NULL) {
        Py_RETURN_NONE;
    }
    const char *text = zf_library_path(handle);
    PyObject *path = *text != '\0' ? PyUnicode_DecodeFSDefault(text) : Py_NewRef(Py_None);
    zf_library_release(as_library(self));
    return path;
}

static PyObject *library_get_mode(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(as_library(self)->mode);
}

static PyObject *library_get_gil(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(as_library(self)->gil == ZF_GIL_HOLD ? "hold" : "release");
}

static PyObject *library_get_abi(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(zf_abi_name(as_library(self)->abi));
}

static PyObject *library_get_closed(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(!zf_library_is_open(as_library(self)));
}

/* A path is pickled absolute: the process that reads it may stand in another folder. */
static PyObject *portable_name(const ZfLibraryObject *library)
{
    if (library->name == Py_None ||
        PyUnicode_FindChar(library->name, '/', 0, PyUnicode_GET_LENGTH(library->name), 1) < 0) {
        return Py_NewRef(library->name);
    }
    PyObject *module = PyImport_ImportModule("os.path");
    PyObject *path = module != NULL ? PyObject_CallMethod(module, "abspath", "O", library->name)
                                    : NULL;
    Py_XDECREF(module);
    return path;
}

static PyObject *library_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    const ZfLibraryObject *library = as_library(self);
    PyObject *module = PyImport_ImportModule("zffi._core");
    PyObject *make = module != NULL ? PyObject_GetAttrString(module, "_unpickle_library") : NULL;
    PyObject *name = make != NULL ? portable_name(library) : NULL;
    Py_XDECREF(module);
    if (name == NULL) {
        Py_XDECREF(make);
        return NULL;
    }
    return Py_BuildValue("(N(Niss))", make, name, library->mode,
                         library->gil == ZF_GIL_HOLD ? "hold" : "release",
                         zf_abi_name(library->abi));
}

/* The open library that a pickle names, if it is known, and else `made`, which is known from then
 * on (new reference); NULL if that is NULL, or with an error. */
static PyObject *keep_unpickled(PyObject *module, PyObject *key, PyObject *made)
{
    PyObject *all = zf_state_of_module(module)->unpickled_libraries;
    ZfLock lock;
    zf_compat_lock(&lock, module);
    PyObject *known = zf_compat_dict_get(all, key), *closed = NULL;
    if (known != NULL && !zf_library_is_open(as_library(known))) {
        closed = known;
        known = NULL;
    }
    if (known == NULL && made != NULL && !PyErr_Occurred() && PyDict_SetItem(all, key, made) == 0) {
        known = Py_NewRef(made);
    }
    zf_compat_unlock(&lock);
    Py_XDECREF(closed);
    return known;
}

/* One library for all pickles that name the same: otherwise each would open it once more, and none
 * ever close it. */
PyObject *zf_library_unpickle(PyObject *module, PyObject *args)
{
    PyObject *known = keep_unpickled(module, args, NULL);
    if (known != NULL || PyErr_Occurred()) {
        return known;
    }
    PyObject *name, *gil, *abi;
    int mode;
    if (!PyArg_ParseTuple(args, "OiOO:_unpickle_library", &name, &mode, &gil, &abi)) {
        return NULL;
    }
    PyObject *positional = PyTuple_Pack(1, name);
    PyObject *keywords = Py_BuildValue("{si,sO,sO}", "mode", mode, "gil", gil, "abi", abi);
    PyObject *library = positional != NULL && keywords != NULL
                            ? zf_library_load(module, positional, keywords)
                            : NULL;
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    PyObject *kept = library != NULL ? keep_unpickled(module, args, library) : NULL;
    if (kept != NULL && kept != library) { /* another thread was faster */
        Py_XDECREF(library_close(library, NULL));
        PyErr_Clear();
    }
    Py_XDECREF(library);
    return kept;
}

static int library_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_library(self)->name);
    return 0;
}

/* No function is alive here: each holds its library. */
static void library_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (as_library(self)->weak_references != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    Py_XDECREF(as_library(self)->name);
    type->tp_free(self);
    Py_DECREF(type);
}

PyDoc_STRVAR(
    func_doc,
    "func($self, symbol, restype, argtypes=(), *, gil=None, errno=False,\n"
    "     check=None, abi=None, optional=False, doc=None)\n"
    "--\n\n"
    "Binds an exported C function: a builtin function that converts its arguments, calls,\n"
    "and converts the result.\n\n"
    "restype: a C type, None for void, or a signature (then without argtypes). argtypes:\n"
    "a sequence of C types, or a mapping of parameter names to C types. gil: 'release' or\n"
    "'hold' the GIL during the call; None is the library's default. errno: swap errno\n"
    "around the call, for get_errno(). check: callable(result, function, args), whose\n"
    "return value takes the result's place. abi: the calling convention; None is the\n"
    "library's. optional: None instead of SymbolError for a missing symbol. doc: a text\n"
    "for help().\n\n"
    "Raises SymbolError, TypeValidationError, SignatureError, CallingConventionError,\n"
    "LibraryClosedError.");
PyDoc_STRVAR(
    cdef_doc,
    "cdef($self, source, /, *, gil=None, errno=False, check=None, optional=False,\n"
    "     pack=0, abi=None)\n"
    "--\n\n"
    "Reads C declarations, and gives a namespace of the functions, types, constants and\n"
    "variables that they declare.\n\n"
    "source: str, as in a header file, without preprocessor lines but #define and #pragma\n"
    "pack. gil, errno, check, abi: of all its functions, as for func(). optional: True,\n"
    "or names: what is missing or cannot be done is None there, instead of an error.\n"
    "pack: as #pragma pack, from the start on. Later calls know the types of earlier ones.\n\n"
    "Raises CDefError, SymbolError, LibraryClosedError.");
PyDoc_STRVAR(
    bind_doc,
    "bind($self, function=None, /, *, symbol=None, gil=None, errno=False, check=None,\n"
    "     abi=None, optional=False)\n"
    "--\n\n"
    "A decorator: binds the C function of that name, whose signature are the annotations.\n\n"
    "The docstring stays, the body is never run and must have nothing else. symbol: the\n"
    "name in the library, if it is another one. The other options are those of func().\n\n"
    "Raises SymbolError, TypeValidationError, SignatureError, LibraryClosedError.");
PyDoc_STRVAR(sym_doc,
             "sym($self, symbol, /)\n"
             "--\n\n"
             "The address of an exported symbol: int. Raises SymbolError, LibraryClosedError.");
PyDoc_STRVAR(var_doc,
             "var(symbol, type, /)\n"
             "--\n\n"
             "The data that the library exports under a name, as an object of a C type that\n"
             "shares its memory. The library stays mapped as long as the object lives.\n\n"
             "Raises SymbolError, TypeValidationError, LibraryClosedError.");
PyDoc_STRVAR(close_doc,
             "close($self, /)\n"
             "--\n\n"
             "Closes the library: its functions raise LibraryClosedError from now on.\n\n"
             "The file is unmapped at once, or as soon as the last call that is inside it has\n"
             "returned. Closing twice does nothing. Raises LibraryError if the loader refuses.");

static PyMethodDef library_methods[] = {
    {"func", (PyCFunction)(void (*)(void))library_func, METH_VARARGS | METH_KEYWORDS, func_doc},
    {"cdef", (PyCFunction)(void (*)(void))library_cdef, METH_VARARGS | METH_KEYWORDS, cdef_doc},
    {"bind", (PyCFunction)(void (*)(void))library_bind, METH_VARARGS | METH_KEYWORDS, bind_doc},
    {"sym", library_sym, METH_O, sym_doc},
    {"var", zf_variable_of_library, METH_VARARGS, var_doc},
    {"close", library_close, METH_NOARGS, close_doc},
    {"__enter__", library_enter, METH_NOARGS, NULL},
    {"__exit__", library_exit, METH_VARARGS, NULL},
    {"__reduce__", library_reduce, METH_NOARGS, NULL},
    {"_symbols", library_symbols, METH_NOARGS,
     "The names of the symbols that the library defines: list of str."},
    {0},
};

static PyGetSetDef library_getset[] = {
    {"name", library_get_name, NULL, "The name as given to load(): str, or None for the process.",
     NULL},
    {"path", library_get_path, NULL,
     "The file it was loaded from: str; None for the process, or when closed.", NULL},
    {"mode", library_get_mode, NULL, "The loader's mode bits: int.", NULL},
    {"gil", library_get_gil, NULL,
     "What its functions do with the GIL by default: 'release' or 'hold'.", NULL},
    {"abi", library_get_abi, NULL, "The calling convention of its functions by default: str.",
     NULL},
    {"closed", library_get_closed, NULL, "Whether it has been closed: bool.", NULL},
    {0},
};

static PyMemberDef library_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(ZfLibraryObject, weak_references), Py_READONLY,
     NULL},
    {0},
};

PyDoc_STRVAR(library_doc,
             "An open native library, made by load().\n\n"
             "A context manager that closes it; `name in library` tells whether it exports a\n"
             "symbol.");

static PyType_Slot library_slots[] = {
    {Py_tp_dealloc, library_dealloc}, {Py_tp_traverse, library_traverse},
    {Py_tp_repr, library_repr},       {Py_tp_getattro, library_getattro},
    {Py_tp_methods, library_methods}, {Py_tp_getset, library_getset},
    {Py_tp_members, library_members}, {Py_sq_contains, library_contains},
    {Py_tp_doc, (void *)library_doc}, {0, NULL},
};

PyType_Spec zf_library_spec = {
    .name = "zffi.Library",
    .basicsize = sizeof(ZfLibraryObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = library_slots,
};
