/* function.c - bound functions: an exact builtin function whose m_self is a target.
 *
 * The target owns all that a call needs and the PyMethodDef that the builtin points to, so a
 * function is two objects and one lifetime. A target does not know its function; another one with
 * the same behaviour can be made from it any time.
 */
#include "core.h"

#include <stddef.h>
#include <string.h>

static ZfTarget *as_target(PyObject *object)
{
    return (ZfTarget *)object;
}

/* -- Binding ----------------------------------------------------------------------------------- */

static ZfSignature *binding_signature(ZfState *state, const ZfBinding *binding, const ZfAbi *abi)
{
    bool has_abi = binding->abi != NULL && binding->abi != Py_None;
    if (Py_IS_TYPE(binding->restype, state->signature_type)) {
        if (binding->argtypes != NULL || has_abi ||
            (binding->fixed != NULL && binding->fixed != Py_None)) {
            zf_error_plain(state->exceptions[ZF_SignatureError], ZF_SAY_SIGNATURE_TWICE);
            return NULL;
        }
        return (ZfSignature *)Py_NewRef(binding->restype);
    }
    Py_ssize_t fixed;
    abi = zf_signature_abi(state, binding->abi, abi);
    if (abi == NULL || zf_signature_fixed(state, binding->fixed, &fixed) < 0) {
        return NULL;
    }
    return zf_signature_make(state, binding->restype, binding->argtypes, abi, fixed);
}

/* A check that reads errno says so: errno_if() and its like have a true attribute `needs_errno`.
 * Their callee starts from errno 0, so that a failure that sets none is not explained by an older
 * one. */
static int check_needs_errno(PyObject *check)
{
    PyObject *answer = PyObject_GetAttrString(check, "needs_errno");
    if (answer == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) {
            return -1;
        }
        PyErr_Clear();
        return 0;
    }
    int needs = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return needs;
}

/* A class is callable, but what a call of it gives is no result: errno_if instead of errno_if(-1).
 */
static int check_check(ZfState *state, PyObject *check)
{
    PyObject *class = state->exceptions[ZF_SignatureError];
    if (PyCallable_Check(check) && !PyType_Check(check)) {
        return 0;
    }
    PyObject *name = PyType_Check(check) ? PyType_GetQualName((PyTypeObject *)check)
                                         : zf_error_type_name(check);
    if (name != NULL) {
        zf_error_plain(class, PyType_Check(check) ? ZF_SAY_CHECK_CLASS : ZF_SAY_CHECK_CALLABLE,
                       name, name);
        Py_DECREF(name);
    }
    return -1;
}

static int check_doc(PyObject *doc)
{
    if (doc == Py_None || PyUnicode_Check(doc)) {
        bool has_nul = doc != Py_None &&
                       PyUnicode_FindChar(doc, 0, 0, PyUnicode_GET_LENGTH(doc), 1) >= 0;
        if (has_nul) {
            zf_error_plain(PyExc_ValueError, ZF_SAY_NAME_NUL, "doc", doc);
        }
        return has_nul ? -1 : 0;
    }
    zf_error_given(PyExc_TypeError, ZF_SAY_DOC_TYPE, doc);
    return -1;
}

static int read_options(ZfState *state, const ZfBinding *binding, const ZfLibraryObject *library,
                        ZfTarget *target)
{
    ZfGil gil = library != NULL ? library->gil : ZF_GIL_RELEASE;
    if (binding->gil != NULL && binding->gil != Py_None &&
        zf_library_gil(state, binding->gil, &gil) < 0) {
        return -1;
    }
    int swap = binding->errno_swap != NULL ? PyObject_IsTrue(binding->errno_swap) : 0;
    if (swap >= 0 && binding->check != NULL && binding->check != Py_None) {
        int needs = check_check(state, binding->check) == 0 ? check_needs_errno(binding->check)
                                                            : -1;
        swap = needs < 0 ? needs : swap | needs;
        target->check = Py_NewRef(binding->check);
        target->options |= ZF_CALL_CHECK | (needs > 0 ? ZF_CALL_ERRNO_CLEAR : 0);
    }
    target->options |= (gil == ZF_GIL_RELEASE ? ZF_CALL_RELEASE : 0) |
                       (swap > 0 ? ZF_CALL_ERRNO : 0) | (state->is_careful ? ZF_CALL_CAREFUL : 0);
    return swap < 0 ? -1 : 0;
}

/* UTF-8 text of somebody else. */
typedef struct Words {
    const char *text; /* NULL with an error */
    Py_ssize_t length;
} Words;

static Words words_of(PyObject *string)
{
    Words words = {NULL, 0};
    words.text = string != NULL ? PyUnicode_AsUTF8AndSize(string, &words.length) : NULL;
    return words;
}

static Words literal(const char *text)
{
    return (Words){text, (Py_ssize_t)strlen(text)};
}

/* The parts as one C string, for PyMem_Free; NULL with an error. */
static char *join_words(const Words *parts, size_t count)
{
    Py_ssize_t length = 1;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].text == NULL) {
            return NULL;
        }
        length += parts[i].length;
    }
    char *joined = PyMem_Malloc((size_t)length), *end = joined;
    if (joined == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(end, parts[i].text, (size_t)parts[i].length);
        end += parts[i].length;
    }
    *end = '\0';
    return joined;
}

/* The interpreter looks for the signature line of what stands behind the last dot. */
static Words behind_dot(Words name)
{
    const char *dot = name.text != NULL ? strrchr(name.text, '.') : NULL;
    return dot != NULL ? (Words){dot + 1, name.length - (dot + 1 - name.text)} : name;
}

/* What help() and inspect.signature() read: the signature line, the C prototype, the user's own
 * words. Every function has one, in one piece, so it is put together from finished parts. */
static char *help_text(const ZfTarget *target)
{
    PyObject *label = target->library != NULL ? zf_library_label(target->library) : NULL;
    Words name = words_of(target->name);
    bool has_doc = target->doc != Py_None;
    const Words parts[] = {
        behind_dot(name),
        words_of(target->signature->before_name),
        name,
        words_of(target->signature->behind_name),
        literal("\n\n"),
        has_doc ? words_of(target->doc) : literal(""),
        literal(has_doc ? "\n\n" : ""),
        literal("Bound by zffi from "),
        target->library != NULL ? words_of(label) : literal("a bare address"),
        literal("."),
    };
    char *text = join_words(parts, Py_ARRAY_LENGTH(parts));
    Py_XDECREF(label);
    return text;
}

static int fill_method(ZfTarget *target)
{
    target->method.ml_doc = help_text(target);
    target->method.ml_name = PyUnicode_AsUTF8(target->name);
    if (target->method.ml_doc == NULL || target->method.ml_name == NULL) {
        return -1;
    }
    zf_call_choose(target);
    return 0;
}

void zf_target_close(ZfTarget *target)
{
    ZF_COMPAT_STORE(target->address, NULL);
    ZF_COMPAT_STORE(target->method.ml_meth, (PyCFunction)target->generic);
    ZF_COMPAT_OR(target->inside, INT64_MIN);
}

PyObject *zf_function_bind(ZfState *state, const ZfBinding *binding, ZfFunction address,
                           ZfLibraryObject *library)
{
    ZfTarget *target = (ZfTarget *)state->target_type->tp_alloc(state->target_type, 0);
    if (target == NULL) {
        return NULL;
    }
    PyObject_GC_UnTrack(target); /* nobody may find it before it is whole */
    const ZfAbi *abi = library != NULL ? library->abi : zf_abi_default();
    target->name = Py_NewRef(binding->name);
    target->doc = Py_NewRef(binding->doc != NULL ? binding->doc : Py_None);
    target->signature = binding_signature(state, binding, abi);
    if (target->signature == NULL || check_doc(target->doc) < 0 ||
        read_options(state, binding, library, target) < 0) {
        Py_DECREF(target);
        return NULL;
    }
    if (!zf_abi_is_callable(target->signature->abi)) {
        const char *abi_name = zf_abi_name(target->signature->plan->abi);
        zf_error_plain(state->exceptions[ZF_CallingConventionError], ZF_SAY_NOT_CALLABLE,
                       PyUnicode_AsUTF8(target->name), abi_name);
        Py_DECREF(target);
        return NULL;
    }
    target->address = address;
    if (library != NULL) {
        zf_library_join(library, target, address);
    }
    int filled = fill_method(target);
    if (ZF_COMPAT_LOAD(target->address) == NULL) { /* closed since the symbol was found */
        zf_target_close(target);
    }
    PyObject_GC_Track(target);
    PyObject *function = filled == 0 ? zf_function_of(target) : NULL;
    if (function != NULL) {
        zf_compat_share((PyObject *)target);
        zf_compat_share(function);
    }
    Py_DECREF(target);
    return function;
}

PyObject *zf_function_of(ZfTarget *target)
{
    PyObject *module = target->library != NULL ? zf_library_label(target->library)
                                               : PyUnicode_FromString("zffi");
    PyObject *function = module != NULL
                             ? PyCFunction_NewEx(&target->method, (PyObject *)target, module)
                             : NULL;
    Py_XDECREF(module);
    return function;
}

/* The address that an int stands for, or NULL with an error: no function is at 0. */
static void *address_of(ZfState *state, PyObject *object)
{
    PyObject *integer = PyNumber_Index(object);
    if (integer == NULL) {
        return NULL;
    }
    unsigned long long address = PyLong_AsUnsignedLongLong(integer);
    Py_DECREF(integer);
    if (address == 0) {
        zf_error_plain(state->exceptions[ZF_ArgumentValueError], ZF_SAY_NULL_ADDRESS);
    }
    return PyErr_Occurred() ? NULL : (void *)(uintptr_t)address;
}

PyObject *zf_function_bind_address(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"address", "restype", "argtypes", "fixed", "name", "gil",
                            "errno",   "check",   "abi",      "doc",   NULL};
    ZfState *state = zf_state_of_module(module);
    ZfBinding binding = {NULL};
    PyObject *address_object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|O$OOOOOOO:function", names, &address_object,
                                     &binding.restype, &binding.argtypes, &binding.fixed,
                                     &binding.name, &binding.gil, &binding.errno_swap,
                                     &binding.check, &binding.abi, &binding.doc)) {
        return NULL;
    }
    void *address = address_of(state, address_object);
    if (address == NULL) {
        return NULL;
    }
    if (PySys_Audit("zffi.function", "K", (unsigned long long)(uintptr_t)address) < 0) {
        return NULL;
    }
    bool has_name = binding.name != NULL && binding.name != Py_None;
    PyObject *name = has_name ? Py_NewRef(binding.name)
                              : PyUnicode_FromFormat("function_at_%p", address);
    binding.name = name;
    bool is_named = name != NULL &&
                    zf_error_checked_name(state, name, "function(): the name") != NULL;
    PyObject *function = is_named ? zf_function_bind(state, &binding, (ZfFunction)address, NULL)
                                  : NULL;
    Py_XDECREF(name);
    return function;
}

/* -- Metadata ---------------------------------------------------------------------------------- */

static PyStructSequence_Field info_fields[] = {
    {"name", "the symbol's name: str"},
    {"address", "where the function is: int; None once its library is closed"},
    {"library", "the Library, or None for a bare address"},
    {"signature", "the signature"},
    {"restype", "the C type of the result, or None for void"},
    {"argtypes", "tuple of the C types of the arguments"},
    {"prototype", "the C declaration: str"},
    {"gil", "'release' or 'hold'"},
    {"errno", "whether errno is swapped around the call: bool"},
    {"check", "the callable that checks results, or None"},
    {"tier", "how it is called: 'stub', 'prebuilt' or 'plan'"},
    {"abi", "its calling convention: str"},
    {"doc", "the text given for help(), or None"},
    {NULL, NULL},
};

static PyStructSequence_Desc info_description = {
    .name = "zffi.FunctionInfo",
    .doc = "What info() says of a bound function.",
    .fields = info_fields,
    .n_in_sequence = Py_ARRAY_LENGTH(info_fields) - 1,
};

ZfTarget *zf_function_target(ZfState *state, PyObject *function)
{
    if (PyCFunction_CheckExact(function)) {
        PyObject *self = PyCFunction_GET_SELF(function);
        if (self != NULL && Py_IS_TYPE(self, state->target_type)) {
            return as_target(self);
        }
    }
    zf_error_given(PyExc_TypeError, ZF_SAY_NOT_BOUND, function);
    return NULL;
}

PyObject *zf_function_info(PyObject *module, PyObject *function)
{
    ZfState *state = zf_state_of_module(module);
    const ZfTarget *target = zf_function_target(state, function);
    if (target == NULL) {
        return NULL;
    }
    const ZfSignature *signature = target->signature;
    ZfFunction address = ZF_COMPAT_LOAD(target->address);
    PyObject *none = Py_None;
    PyObject *values[] = {
        Py_NewRef(target->name),
        address != NULL ? PyLong_FromVoidPtr((void *)address) : Py_NewRef(none),
        Py_NewRef(target->library != NULL ? (PyObject *)target->library : none),
        Py_NewRef(signature),
        Py_NewRef(signature->restype),
        Py_NewRef(signature->argtypes),
        zf_signature_prototype(signature, target->name, -1),
        PyUnicode_FromString(target->options & ZF_CALL_RELEASE ? "release" : "hold"),
        PyBool_FromLong(target->options & ZF_CALL_ERRNO),
        Py_NewRef(target->check != NULL ? target->check : none),
        PyUnicode_FromString(zf_stub_tier(target->stub)),
        PyUnicode_FromString(zf_abi_name(signature->plan->abi)),
        Py_NewRef(target->doc),
    };
    PyObject *info = PyStructSequence_New(state->info_type);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(values); i++) {
        if (info != NULL && values[i] != NULL) {
            PyStructSequence_SET_ITEM(info, (Py_ssize_t)i, values[i]);
        } else {
            Py_XDECREF(values[i]);
            Py_CLEAR(info);
        }
    }
    return info;
}

/* -- Pickling ---------------------------------------------------------------------------------- */

/* The pickle of a builtin method is getattr(its self, its name), so a target answers to its
 * function's name. */
static PyObject *target_getattro(PyObject *self, PyObject *name)
{
    return PyUnicode_Check(name) && PyUnicode_Compare(name, as_target(self)->name) == 0
               ? zf_function_of(as_target(self))
               : PyObject_GenericGetAttr(self, name);
}

static PyObject *target_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    const ZfTarget *target = as_target(self);
    if (target->library == NULL) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_NO_PICKLE, target->name);
    }
    PyObject *module = PyImport_ImportModule("zffi._core");
    PyObject *make = module != NULL ? PyObject_GetAttrString(module, "_unpickle_target") : NULL;
    Py_XDECREF(module);
    if (make == NULL) {
        return NULL;
    }
    return Py_BuildValue("(N(OOOsOOO))", make, target->library, target->name, target->signature,
                         target->options & ZF_CALL_RELEASE ? "release" : "hold",
                         target->options & ZF_CALL_ERRNO ? Py_True : Py_False,
                         target->check != NULL ? target->check : Py_None, target->doc);
}

PyObject *zf_function_unpickle(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *library, *symbol, *signature, *gil, *errno_swap, *check, *doc;
    if (!PyArg_ParseTuple(args, "O!OOOOOO:_unpickle_target", state->library_type, &library, &symbol,
                          &signature, &gil, &errno_swap, &check, &doc)) {
        return NULL;
    }
    PyObject *func = PyObject_GetAttrString(library, "func");
    PyObject *positional = PyTuple_Pack(2, symbol, signature);
    PyObject *keywords = Py_BuildValue("{sO,sO,sO,sO}", "gil", gil, "errno", errno_swap, "check",
                                       check, "doc", doc);
    PyObject *function = func && positional && keywords ? PyObject_Call(func, positional, keywords)
                                                        : NULL;
    PyObject *target = function != NULL ? Py_NewRef(PyCFunction_GET_SELF(function)) : NULL;
    Py_XDECREF(func);
    Py_XDECREF(positional);
    Py_XDECREF(keywords);
    Py_XDECREF(function);
    return target;
}

/* -- The type ---------------------------------------------------------------------------------- */

static int target_traverse(PyObject *self, visitproc visit, void *arg)
{
    const ZfTarget *target = as_target(self);
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(target->signature);
    Py_VISIT(target->shapes);
    Py_VISIT(target->check);
    Py_VISIT(target->library);
    return 0;
}

/* Only the check can close a cycle by itself; the rest stays, so that a function is callable to its
 * end. */
static int target_clear(PyObject *self)
{
    Py_CLEAR(as_target(self)->check);
    return 0;
}

static void target_dealloc(PyObject *self)
{
    ZfTarget *target = as_target(self);
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (target->library != NULL) {
        zf_library_part(target);
    }
    Py_XDECREF(target->signature);
    Py_XDECREF(target->shapes);
    Py_XDECREF(target->check);
    Py_XDECREF(target->name);
    Py_XDECREF(target->doc);
    PyMem_Free((char *)target->method.ml_doc);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *target_repr(PyObject *self)
{
    const ZfTarget *target = as_target(self);
    PyObject *prototype = zf_signature_prototype(target->signature, target->name, -1);
    PyObject *repr = prototype != NULL ? PyUnicode_FromFormat("<zffi target %U>", prototype) : NULL;
    Py_XDECREF(prototype);
    return repr;
}

static PyMethodDef target_methods[] = {
    {"__reduce__", target_reduce, METH_NOARGS, NULL},
    {0},
};

static PyType_Slot target_slots[] = {
    {Py_tp_dealloc, target_dealloc},
    {Py_tp_traverse, target_traverse},
    {Py_tp_clear, target_clear},
    {Py_tp_repr, target_repr},
    {Py_tp_getattro, target_getattro},
    {Py_tp_methods, target_methods},
    {Py_tp_doc, "What a bound function calls. Use zffi.info() on the function."},
    {0, NULL},
};

PyType_Spec zf_target_spec = {
    .name = "zffi._core.Target",
    .basicsize = sizeof(ZfTarget),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = target_slots,
};

int zf_function_init(PyObject *module, ZfState *state)
{
    state->info_type = PyStructSequence_NewType(&info_description);
    return state->info_type != NULL ? PyModule_AddType(module, state->info_type) : -1;
}
