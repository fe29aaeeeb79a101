/* call.c - the call of a bound function by walking its plan: for what no stub takes.
 *
 * Convert every argument into the register image, call, box the result: three steps with one owner
 * of what the arguments lend (the arena). Between the last conversion and the native call no Python
 * code runs. The image is on the C stack; nothing is allocated but what boxing makes. The entry
 * points differ only in what they know at compile time.
 */
#include "convert.h"

#include "../os/os.h"

#include <errno.h>

enum { SMALL_STACK_WORDS = 18 };

static ZF_COLD int convert_slowly(const ZfTarget *target, const ZfStep *step, Py_ssize_t index,
                                  ZfArena *arena, PyObject *value, uint64_t *word)
{
    ZfSite site = {
        .state = zf_state_of((PyObject *)target),
        .target = target,
        .index = index,
        .scalar = &step->scalar,
    };
    return zf_convert(&site, arena, value, word);
}

static ZF_COLD PyObject *raise_closed(const ZfTarget *target)
{
    return zf_error_closed(zf_state_of((PyObject *)target), target->library, target->name);
}

/* Exactly `size` bytes: what lies behind them is somebody else's. */
static ZF_ALWAYS_INLINE void copy_word(void *to, const void *from, uint32_t size)
{
    switch (size) {
    case 8: memcpy(to, from, 8); break;
    case 4: memcpy(to, from, 4); break;
    default: memcpy(to, from, size);
    }
}

/* A call that the scalar kernel cannot make: the words are the arguments' values in memory, or for
 * what no word holds their addresses. `memory` is where a result of that kind goes. */
static ZF_COLD ZfReturn call_by_memory(const ZfSignature *signature, ZfFunction address,
                                       const uint64_t *words, void *memory)
{
    const void *values[ZF_MAX_ARGUMENTS];
    uint64_t result = 0;
    ZfReturn returned = {0, 0};
    for (Py_ssize_t i = 0; i < signature->argument_count; i++) {
        bool is_address = zf_scalar_is_by_address(&signature->steps[i].scalar);
        values[i] = is_address ? (const void *)(uintptr_t)words[i] : &words[i];
    }
    zf_call(signature->plan, address, memory != NULL ? memory : &result, values);
    returned.gp = result;
    memcpy(&returned.fp, &result, sizeof result);
    return returned;
}

/* A call with structs in registers, or on the stack. `memory` is where a struct result goes. */
static ZF_ALWAYS_INLINE ZfReturn call_packed(const ZfSignature *signature, ZfFunction address,
                                             const uint64_t *image, char *memory)
{
    ZfPacked packed;
    const ZfPlace *result = &signature->plan->result;
    zf_kernel_call_packed(signature->abi, signature->shape, image, address, signature->stack_words,
                          signature->fp_used, &packed);
    if (memory == NULL) {
        return (ZfReturn){packed.gp[0], packed.fp[0]};
    }
    for (uint32_t i = 0; !result->is_reference && i < result->piece_count; i++) {
        const ZfPiece *piece = &result->pieces[i];
        bool is_general = piece->bank == ZF_BANK_GP;
        const void *from = is_general ? (const void *)&packed.gp[piece->index]
                                      : &packed.fp[piece->index];
        copy_word(memory + piece->offset, from, piece->size);
    }
    return (ZfReturn){0, 0};
}

/* The native call and the errno swap around it. The saved errno is per thread and outlives the
 * call. */
static ZF_ALWAYS_INLINE ZfReturn call_native(const ZfSignature *signature, ZfFunction address,
                                             const uint64_t *image, void *memory, unsigned options)
{
    if (options & ZF_CALL_ERRNO) {
        errno = options & ZF_CALL_ERRNO_CLEAR ? 0 : zf_errno_saved;
    }
    ZfReturn returned = options & ZF_CALL_BY_MEMORY
                            ? call_by_memory(signature, address, image, memory)
                        : options & ZF_CALL_PACKED
                            ? call_packed(signature, address, image, memory)
                            : zf_kernel_call(signature->abi, image, address, signature->stack_words,
                                             signature->fp_used);
    if (options & ZF_CALL_ERRNO) {
        zf_errno_saved = errno;
    }
    return returned;
}

static ZF_ALWAYS_INLINE ZfReturn call_released(const ZfSignature *signature, ZfFunction address,
                                               const uint64_t *image, void *memory,
                                               unsigned options)
{
    PyThreadState *thread = PyEval_SaveThread();
    ZfReturn returned = call_native(signature, address, image, memory, options);
    PyEval_RestoreThread(thread);
    return returned;
}

/* Calls and boxes. Meanwhile the library may be closed, by another thread or by what C calls back;
 * the last call to leave it unmaps it, not before its result, which may point into it, is read. */
static ZF_ALWAYS_INLINE PyObject *call_inside(ZfTarget *target, const ZfSignature *signature,
                                              uint64_t *image, unsigned options)
{
    PyObject *result = NULL;
    void *memory = NULL;
    uint64_t room[ZF_WIDE_BYTES / sizeof(uint64_t)]; /* of a result that is then loaded */
    if (options & ZF_CALL_BY_MEMORY && signature->box == ZF_BOX_LOADED) {
        memory = room;
    } else if (options & (ZF_CALL_BY_MEMORY | ZF_CALL_PACKED) &&
               signature->box == ZF_BOX_AGGREGATE) {
        result = zf_data_make((PyTypeObject *)signature->restype);
        if (result == NULL) {
            return NULL;
        }
        memory = ((ZfData *)result)->memory;
        const ZfPlace *place = &signature->plan->result;
        if (options & ZF_CALL_PACKED && place->is_reference) {
            image[zf_image_word(&place->pieces[0])] = (uintptr_t)memory;
        }
    }
    ZfFunction address = zf_target_enter(target);
    if (address == NULL) {
        Py_XDECREF(result);
        return raise_closed(target);
    }
    ZfReturn returned = options & ZF_CALL_RELEASE
                            ? call_released(signature, address, image, memory, options)
                            : call_native(signature, address, image, memory, options);
    if (signature->box == ZF_BOX_LOADED) {
        void *loaded = options & ZF_CALL_BY_MEMORY ? memory : &returned.gp;
        result = zf_access_load((ZfCType *)signature->restype, loaded, NULL);
    } else if (result == NULL) {
        result = zf_convert_box(signature->box, returned);
    }
    zf_target_leave(target);
    /* With the GIL held, C may have used Python's own functions, and these may have failed. */
    if (!(options & ZF_CALL_RELEASE) && PyErr_Occurred()) {
        Py_CLEAR(result);
    }
    return result;
}

/* A check that needs errno gets that of this call as a fourth argument: until it runs, others may
 * have called. */
static ZF_COLD PyObject *run_check(ZfTarget *target, PyObject *result, PyObject *const *values,
                                   Py_ssize_t count, int number)
{
    PyObject *check = target->check != NULL ? Py_NewRef(target->check) : NULL;
    PyObject *function = zf_function_of(target);
    PyObject *arguments = function != NULL ? PyTuple_New(count) : NULL;
    PyObject *errno_object = arguments != NULL ? PyLong_FromLong(number) : NULL;
    PyObject *checked = NULL;
    if (check != NULL && errno_object != NULL) {
        for (Py_ssize_t i = 0; i < count; i++) {
            PyTuple_SET_ITEM(arguments, i, Py_NewRef(values[i]));
        }
        PyObject *last = target->options & ZF_CALL_ERRNO_CLEAR ? errno_object : NULL;
        checked = PyObject_CallFunctionObjArgs(check, result, function, arguments, last, NULL);
    } else if (errno_object != NULL) {
        checked = Py_NewRef(result);
    }
    Py_XDECREF(check);
    Py_XDECREF(function);
    Py_XDECREF(arguments);
    Py_XDECREF(errno_object);
    Py_DECREF(result);
    return checked;
}

static ZF_ALWAYS_INLINE bool fill_word(ZfTarget *target, const ZfStep *step, Py_ssize_t i,
                                       PyObject *value, ZfArena *arena, uint64_t *word,
                                       unsigned options)
{
    return (!(options & ZF_CALL_CAREFUL) && zf_convert_fast(&step->scalar, value, word)) ||
           convert_slowly(target, step, i, arena, value, word) == 0;
}

static ZF_ALWAYS_INLINE bool fill_image(ZfTarget *target, const ZfSignature *signature,
                                        PyObject *const *values, ZfArena *arena, uint64_t *image,
                                        unsigned options)
{
    const ZfStep *step = signature->steps;
    zf_image_clear(image, signature->fp_used);
    for (Py_ssize_t i = 0; i < signature->argument_count; i++, step++) {
        if (!fill_word(target, step, i, values[i], arena, &image[step->word], options)) {
            return false;
        }
    }
    return true;
}

/* A struct's bytes, as they are now: a later conversion may run code that changes them. */
static ZF_ALWAYS_INLINE bool fill_struct(ZfTarget *target, const ZfSignature *signature,
                                         Py_ssize_t i, PyObject *value, ZfArena *arena,
                                         uint64_t *image)
{
    const ZfStep *step = &signature->steps[i];
    bool is_same = (PyObject *)Py_TYPE(value) == PyTuple_GET_ITEM(signature->argtypes, i);
    uint64_t address = is_same ? (uintptr_t)((ZfData *)value)->memory : 0;
    if (!is_same && convert_slowly(target, step, i, arena, value, &address) < 0) {
        return false;
    }
    for (uint32_t k = 0; k < step->move_count; k++) {
        const ZfMove *move = &step->moves[k];
        copy_word(&image[move->word], (const char *)(uintptr_t)address + move->offset, move->size);
    }
    return true;
}

static ZF_ALWAYS_INLINE bool fill_packed(ZfTarget *target, const ZfSignature *signature,
                                         PyObject *const *values, ZfArena *arena, uint64_t *image,
                                         unsigned options)
{
    zf_image_clear(image, signature->fp_used);
    for (size_t i = 0; i < signature->stack_words; i++) {
        image[ZF_IMAGE_STACK + i] = 0;
    }
    for (Py_ssize_t i = 0; i < signature->argument_count; i++) {
        const ZfStep *step = &signature->steps[i];
        bool is_filled = step->scalar.conversion == ZF_AS_AGGREGATE
                             ? fill_struct(target, signature, i, values[i], arena, image)
                             : fill_word(target, step, i, values[i], arena, &image[step->word],
                                         options);
        if (!is_filled) {
            return false;
        }
    }
    return true;
}

/* `signature` is the target's own, or in a variadic call the one of its shape. */
static ZF_ALWAYS_INLINE PyObject *call(ZfTarget *target, const ZfSignature *signature,
                                       PyObject *const *values, uint64_t *image, unsigned options)
{
    PyObject *result = NULL;
    int number = 0; /* errno as this call left it */
    ZfArena arena;
    zf_arena_open(&arena);
    bool is_filled = options & ZF_CALL_PACKED
                         ? fill_packed(target, signature, values, &arena, image, options)
                         : fill_image(target, signature, values, &arena, image, options);
    if (!is_filled) {
        goto done;
    }
    result = call_inside(target, signature, image, options);
    number = options & ZF_CALL_CHECK ? zf_errno_saved : 0;
done:
    zf_arena_close(&arena);
    if (options & ZF_CALL_CHECK && result != NULL) {
        return run_check(target, result, values, signature->argument_count, number);
    }
    return result;
}

/* -- Entry points: METH_O for one argument, METH_FASTCALL for every other count ---------------- */

static ZF_ALWAYS_INLINE PyObject *call_small(PyObject *self, PyObject *const *values,
                                             unsigned options)
{
    uint64_t image[ZF_IMAGE_STACK + SMALL_STACK_WORDS];
    ZfTarget *target = (ZfTarget *)self;
    return call(target, target->signature, values, image, options);
}

/* Any option, any number of words. */
static PyObject *call_sized(ZfTarget *target, const ZfSignature *signature, PyObject *const *values)
{
    size_t words = zf_image_words(signature->plan), count = (size_t)signature->argument_count;
    uint64_t image[words > count ? words : count];
    static const unsigned ways[] = {0, ZF_CALL_PACKED, ZF_CALL_BY_MEMORY};
    return call(target, signature, values, image, target->options | ways[signature->way]);
}

static PyObject *call_any(PyObject *self, PyObject *const *values)
{
    ZfTarget *target = (ZfTarget *)self;
    return call_sized(target, target->signature, values);
}

static ZF_ALWAYS_INLINE bool count_is_right(PyObject *self, Py_ssize_t count)
{
    return count == ((ZfTarget *)self)->signature->argument_count;
}

#define DEFINE_ENTRIES(name, perform)                                                              \
    static PyObject *name##_one(PyObject *self, PyObject *value)                                   \
    {                                                                                              \
        PyObject *const *values = &value;                                                          \
        return perform;                                                                            \
    }                                                                                              \
    static PyObject *name##_vector(PyObject *self, PyObject *const *values, Py_ssize_t count)      \
    {                                                                                              \
        return count_is_right(self, count) ? perform : zf_error_arity((ZfTarget *)self, count);    \
    }

DEFINE_ENTRIES(call_hold, call_small(self, values, 0))
DEFINE_ENTRIES(call_release, call_small(self, values, ZF_CALL_RELEASE))
DEFINE_ENTRIES(call_packed_hold, call_small(self, values, ZF_CALL_PACKED))
DEFINE_ENTRIES(call_packed_release, call_small(self, values, ZF_CALL_PACKED | ZF_CALL_RELEASE))
DEFINE_ENTRIES(call_general, call_any(self, values))

/* The shape is this call's own reference: a conversion may run Python code that calls again. */
static PyObject *call_variadic(PyObject *self, PyObject *const *values, Py_ssize_t count)
{
    ZfTarget *target = (ZfTarget *)self;
    if (count < target->signature->argument_count || count > ZF_MAX_ARGUMENTS) {
        return zf_error_arity(target, count);
    }
    ZfSignature *shape = zf_variadic_shape(target, values, count);
    if (shape == NULL) {
        return NULL;
    }
    PyObject *result = call_sized(target, shape, values);
    Py_DECREF(shape);
    return result;
}

void zf_call_choose(ZfTarget *target)
{
    static const struct {
        PyCFunction one;
        _PyCFunctionFast vector;
    } entries[][2] = {
        [ZF_WAY_SCALAR] = {{call_hold_one, call_hold_vector},
                           {call_release_one, call_release_vector}},
        [ZF_WAY_PACKED] = {{call_packed_hold_one, call_packed_hold_vector},
                           {call_packed_release_one, call_packed_release_vector}},
        [ZF_WAY_MEMORY] = {{call_general_one, call_general_vector},
                           {call_general_one, call_general_vector}},
    };
    bool is_small = target->signature->stack_words <= SMALL_STACK_WORDS &&
                    target->options <= ZF_CALL_RELEASE;
    ZfWay way = is_small ? target->signature->way : ZF_WAY_MEMORY;
    bool is_released = target->options & ZF_CALL_RELEASE;
    bool is_one = target->signature->argument_count == 1;
    if (target->signature->fixed != ZF_NOT_VARIADIC) {
        target->generic = (ZfEntry *)call_variadic;
        is_one = false;
    } else if (is_one) {
        target->generic = (ZfEntry *)entries[way][is_released].one;
    } else {
        target->generic = (ZfEntry *)entries[way][is_released].vector;
    }
    target->stub = zf_stub_for(target);
    target->method.ml_flags = is_one ? METH_O : METH_FASTCALL;
    target->method.ml_meth = (PyCFunction)(target->stub != NULL
                                               ? (ZfEntry *)(uintptr_t)target->stub->entry
                                               : target->generic);
}
