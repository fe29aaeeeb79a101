/* stub.c - which stub serves a bound function, and what stubs call.
 *
 * A stub replaces the entry point that walks the plan, and leaves to it whatever it does not take;
 * what both do, they do alike. The functions here that stubs call are the ends of that way: they
 * box what no few instructions can.
 */
#include "convert.h"

#include "../os/os.h"

#include <errno.h>
#include <stdlib.h>

/* -- What stubs call --------------------------------------------------------------------------- */

static PyObject *box(const ZfTarget *target, uint64_t word, double number)
{
    const ZfSignature *signature = target->signature;
    return signature->box == ZF_BOX_LOADED
               ? zf_access_load((ZfCType *)signature->restype, &word, NULL)
               : zf_convert_box(signature->box, (ZfReturn){word, number});
}

static PyObject *box_guarded(const ZfTarget *target, uint64_t word, double number)
{
    return PyErr_Occurred() ? NULL : box(target, word, number);
}

/* The library was closed during the call: the result may lie in it, so it is read first. */
static PyObject *box_leaving(const ZfTarget *target, uint64_t word, double number)
{
    bool is_held = !(target->options & ZF_CALL_RELEASE);
    PyObject *result = is_held ? box_guarded(target, word, number) : box(target, word, number);
    zf_library_unmap(target->library);
    return result;
}

/* The words are in the order of the result's pieces. */
static PyObject *box_struct(ZfTarget *target, const uint64_t *words)
{
    const ZfPlace *place = &target->signature->plan->result;
    PyObject *result = NULL;
    if (target->options & ZF_CALL_RELEASE || !PyErr_Occurred()) {
        result = zf_data_make((PyTypeObject *)target->signature->restype);
    }
    for (uint32_t i = 0; result != NULL && i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        memcpy((char *)((ZfData *)result)->memory + piece->offset, &words[i], piece->size);
    }
    zf_target_leave(target);
    return result;
}

static void errno_enter(void)
{
    errno = zf_errno_saved;
}

static void errno_clear(void)
{
    errno = 0;
}

static void errno_leave(void)
{
    zf_errno_saved = errno;
}

/* -- Where stubs come from --------------------------------------------------------------------- */

_Static_assert(sizeof(long) == sizeof(int64_t), "PyLong_FromLong boxes 64 bits");

const void *zf_stub_literals[ZF_LITERAL_COUNT] = {
    [ZF_LITERAL_LONG_TYPE] = &PyLong_Type,
    [ZF_LITERAL_FLOAT_TYPE] = &PyFloat_Type,
    [ZF_LITERAL_BYTES_TYPE] = &PyBytes_Type,
    [ZF_LITERAL_NONE] = Py_None,
    [ZF_LITERAL_TRUE] = Py_True,
    [ZF_LITERAL_FALSE] = Py_False,
    [ZF_LITERAL_BOX_INT64] = (const void *)PyLong_FromLong,
    [ZF_LITERAL_BOX_UINT64] = (const void *)PyLong_FromUnsignedLong,
    [ZF_LITERAL_BOX_DOUBLE] = (const void *)PyFloat_FromDouble,
    [ZF_LITERAL_BOX] = (const void *)box,
    [ZF_LITERAL_BOX_GUARDED] = (const void *)box_guarded,
    [ZF_LITERAL_BOX_LEAVING] = (const void *)box_leaving,
    [ZF_LITERAL_BOX_STRUCT] = (const void *)box_struct,
    [ZF_LITERAL_SAVE_THREAD] = (const void *)PyEval_SaveThread,
    [ZF_LITERAL_RESTORE_THREAD] = (const void *)PyEval_RestoreThread,
    [ZF_LITERAL_ERRNO_ENTER] = (const void *)errno_enter,
    [ZF_LITERAL_ERRNO_CLEAR] = (const void *)errno_clear,
    [ZF_LITERAL_ERRNO_LEAVE] = (const void *)errno_leave,
};

const char *zf_stub_tier(const ZfStub *stub)
{
    return stub == NULL ? "plan" : stub->is_prebuilt ? "prebuilt" : "stub";
}

/* What functions are to get: any tier, unless one is named. -1 with an error. */
static int apply_wish(ZfState *state, const char *wish)
{
    ZfStubSource *source = &state->stubs;
    bool is_any = wish == NULL || *wish == '\0';
    bool is_stub = !is_any && strcmp(wish, "stub") == 0;
    bool is_prebuilt = !is_any && strcmp(wish, "prebuilt") == 0;
    state->is_careful = !is_any && strcmp(wish, "careful") == 0;
    source->can_make = is_any || is_stub;
    source->prebuilt = zf_stub_prebuilt;
    source->prebuilt_count = is_any || is_prebuilt ? zf_stub_prebuilt_count : 0;
    if (!is_any && !is_stub && !is_prebuilt && !state->is_careful && strcmp(wish, "plan") != 0) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_TIER, wish);
        return -1;
    }
    return 0;
}

/* Finds the ints that the interpreter keeps in a row, if it does: they are the same for all of the
 * process. The count comes last, as stubs of another interpreter may be running. */
static void find_small_ints(void)
{
    enum { LEAST = 256 };
    const char *first = NULL;
    for (long value = -ZF_SMALL_BELOW; value <= LEAST; value++) {
        PyObject *integer = PyLong_FromLong(value);
        PyObject *again = PyLong_FromLong(value);
        first = value == -ZF_SMALL_BELOW ? (const char *)integer : first;
        const char *place = first + (value + ZF_SMALL_BELOW) * (long)sizeof(PyLongObject);
        bool is_kept = integer != NULL && integer == again && (const char *)integer == place;
        Py_XDECREF(integer);
        Py_XDECREF(again);
        if (!is_kept) {
            PyErr_Clear();
            return;
        }
    }
    ZF_COMPAT_STORE(zf_stub_literals[ZF_LITERAL_SMALL_INTS], first);
    ZF_COMPAT_STORE(zf_stub_literals[ZF_LITERAL_SMALL_ZERO],
                    first + ZF_SMALL_BELOW * sizeof(PyLongObject));
    ZF_COMPAT_STORE(zf_stub_literals[ZF_LITERAL_SMALL_COUNT], (const void *)(uintptr_t)(LEAST + 1));
}

/* Whether perf is to be told of stubs: by ZFFI_PERF=1, or because it is told of Python code. */
static bool is_profiled(void)
{
    const char *wish = getenv("ZFFI_PERF");
    PyObject *active = PySys_GetObject("is_stack_trampoline_active"); /* borrowed; since 3.12 */
    PyObject *answer = active != NULL ? PyObject_CallNoArgs(active) : NULL;
    bool is_active = answer == Py_True;
    Py_XDECREF(answer);
    PyErr_Clear();
    return is_active || (wish != NULL && strcmp(wish, "1") == 0);
}

int zf_stub_init(ZfState *state)
{
    ZfStubSource *source = &state->stubs;
    state->names_stubs = is_profiled();
    if (state->names_stubs) {
        zf_code_prefer_anonymous();
    }
    source->model = &zf_stub_model;
    source->literals = zf_stub_literals;
    if (apply_wish(state, getenv("ZFFI_TIER")) < 0) {
        return -1;
    }
    find_small_ints();
    return zf_stub_check_layout(state, &zf_stub_model);
}

PyObject *zf_stub_force(PyObject *module, PyObject *tier)
{
    const char *wish = PyUnicode_AsUTF8(tier);
    if (wish == NULL || apply_wish(zf_state_of_module(module), wish) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PyObject *zf_stub_tiers(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    const ZfStubSource *source = &zf_state_of_module(module)->stubs;
    PyObject *tiers = PyList_New(0);
    const char *names[] = {source->prebuilt_count != 0 ? "prebuilt" : NULL,
                           source->can_make && zf_code_is_available() ? "stub" : NULL, "plan"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names) && tiers != NULL; i++) {
        PyObject *name = names[i] != NULL ? PyUnicode_FromString(names[i]) : NULL;
        if (names[i] != NULL && (name == NULL || PyList_Append(tiers, name) < 0)) {
            Py_CLEAR(tiers);
        }
        Py_XDECREF(name);
    }
    return tiers;
}

/* -- Which stub -------------------------------------------------------------------------------- */

static ZfTake take_of(const ZfScalar *scalar)
{
    _Static_assert((int)ZF_TAKE_BOOL == (int)ZF_KIND_BOOL &&
                       (int)ZF_TAKE_DOUBLE == (int)ZF_KIND_DOUBLE,
                   "numbers are in the same order");
    switch (scalar->conversion) {
    case ZF_AS_INTEGER:
    case ZF_AS_BOOL:
    case ZF_AS_FLOAT:
    case ZF_AS_DOUBLE: return (ZfTake)scalar->type->kind;
    case ZF_AS_ENUM: return (ZfTake)(ZF_TAKE_ENUM + (int)scalar->type->kind);
    case ZF_AS_CHAR: return ZF_TAKE_CHAR;
    case ZF_AS_POINTER: return ZF_TAKE_POINTER;
    case ZF_AS_CONST_POINTER: return ZF_TAKE_CONST_POINTER;
    case ZF_AS_TYPED_POINTER: return ZF_TAKE_TYPED_POINTER;
    case ZF_AS_STRING: return ZF_TAKE_STRING;
    case ZF_AS_AGGREGATE:
        return scalar->type->kind == ZF_KIND_STRUCT ? ZF_TAKE_STRUCT : ZF_TAKE_NONE;
    default: return ZF_TAKE_NONE;
    }
}

static ZfGive give_of(const ZfSignature *signature)
{
    ZfBox box = signature->box;
    ZfKind kind = signature->plan->result.type->kind;
    switch (box) {
    case ZF_BOX_CONVERSION + ZF_AS_VOID: return ZF_GIVE_VOID;
    case ZF_BOX_CONVERSION + ZF_AS_POINTER:
    case ZF_BOX_CONVERSION + ZF_AS_CONST_POINTER: return ZF_GIVE_POINTER;
    case ZF_BOX_AGGREGATE: return kind == ZF_KIND_STRUCT ? ZF_GIVE_STRUCT : ZF_GIVE_NONE;
    default: break;
    }
    if (zf_box_is_number(box)) {
        return (ZfGive)(kind + 1);
    }
    return kind <= ZF_KIND_POINTER ? ZF_GIVE_ANY : ZF_GIVE_NONE;
}

static unsigned stub_options(const ZfTarget *target)
{
    unsigned options = target->options;
    bool is_held = !(options & ZF_CALL_RELEASE);
    return (target->signature->argument_count == 1 ? ZF_STUB_ONE : 0) |
           (is_held ? 0 : ZF_STUB_RELEASE) | (options & ZF_CALL_ERRNO ? ZF_STUB_ERRNO : 0) |
           (options & ZF_CALL_ERRNO_CLEAR ? ZF_STUB_ERRNO_CLEAR : 0) |
           (is_held && zf_library_uses_python(target->library) ? ZF_STUB_GUARD : 0);
}

/* What a target's stub is to be like; false if it can have none. */
static bool describe(ZfTarget *target, ZfStubSpec *spec)
{
    const ZfSignature *signature = target->signature;
    bool is_plain = !(target->options & ZF_CALL_CHECK) && signature->fixed == ZF_NOT_VARIADIC;
    if (!is_plain || signature->argument_count > ZF_STUB_MAX_ARGUMENTS) {
        return false;
    }
    spec->plan = signature->plan;
    spec->give = give_of(signature);
    spec->options = stub_options(target);
    for (Py_ssize_t i = 0; i < signature->argument_count; i++) {
        spec->takes[i] = take_of(&signature->steps[i].scalar);
    }
    return true;
}

/* "zffi:double (double, double)": of the functions that share the stub, what they have in common.
 */
static void name(const ZfStub *stub, const ZfSignature *signature)
{
    PyObject *type = zf_signature_prototype(signature, NULL, -1);
    PyObject *label = type != NULL ? PyUnicode_FromFormat("zffi:%U", type) : NULL;
    const char *text = label != NULL ? PyUnicode_AsUTF8(label) : NULL;
    if (text != NULL) {
        zf_perf_name(stub->entry, stub->size, text);
    }
    Py_XDECREF(type);
    Py_XDECREF(label);
    PyErr_Clear(); /* or else a profile lacks a name */
}

const ZfStub *zf_stub_for(ZfTarget *target)
{
    const ZfSignature *signature = target->signature;
    const ZfStubSource *source = &signature->state->stubs;
    ZfStubSpec spec;
    bool is_new, has_source = source->can_make || source->prebuilt_count != 0;
    if (!has_source || !describe(target, &spec)) {
        return NULL;
    }
    const ZfStub *stub = zf_stub_find(&spec, source, &is_new);
    if (stub != NULL && is_new && signature->state->names_stubs) {
        name(stub, signature);
    }
    return stub;
}

/* -- For bug reports --------------------------------------------------------------------------- */

#define LITERAL_NAME(name) #name,
static const char *const literal_names[] = {ZF_LITERALS(LITERAL_NAME)};

/* Where the code refers to which literal: list of (offset, name). */
static PyObject *list_literals(const ZfStubSpec *spec)
{
    ZfStubCode code;
    PyObject *list = PyList_New(0);
    bool is_emitted = zf_stub_emit(spec, &zf_stub_model, &code);
    for (size_t i = 0; list != NULL && is_emitted && i < code.literal_count; i++) {
        PyObject *pair = Py_BuildValue("(Hs)", code.literals[i].at,
                                       literal_names[code.literals[i].literal]);
        if (pair == NULL || PyList_Append(list, pair) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(pair);
    }
    return list;
}

PyObject *zf_stub_dump(PyObject *module, PyObject *function)
{
    ZfTarget *target = zf_function_target(zf_state_of_module(module), function);
    ZfStubSpec spec;
    if (target == NULL) {
        return NULL;
    }
    const ZfStub *stub = target->stub;
    if (stub == NULL || !describe(target, &spec)) {
        Py_RETURN_NONE;
    }
    PyObject *address = PyLong_FromVoidPtr((void *)(uintptr_t)stub->entry);
    PyObject *literals = list_literals(&spec);
    return Py_BuildValue("(Ny#N)", address, stub->entry, (Py_ssize_t)stub->size, literals);
}
