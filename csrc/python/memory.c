/* memory.c - raw memory: what lies at an address, copied out, moved, filled.
 *
 * An address is anything that a pointer parameter takes; what is there is the caller's promise.
 */
#include "core.h"

#include <wchar.h>

/* Converts to an address as a const void * or void * parameter would; data objects stand for their
 * memory, pointers for what they point to. */
static int address_of(ZfState *state, PyObject *object, bool is_written, ZfArena *arena,
                      void **address)
{
    if (PyObject_TypeCheck(object, state->data_type) &&
        zf_data_scalar(object)->type->kind != ZF_KIND_POINTER) {
        *address = ((ZfData *)object)->memory;
        return 0;
    }
    ZfCType *ctype = state->tail_types[is_written ? ZF_TAIL_POINTER : ZF_TAIL_CONST_POINTER];
    ZfSite site = {
        .state = state, .owner = (PyTypeObject *)ctype, .index = -1, .scalar = &ctype->scalar};
    uint64_t word;
    if (zf_convert(&site, arena, object, &word) < 0) {
        return -1;
    }
    *address = (void *)(uintptr_t)word;
    if (*address == NULL) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_NULL_POINTER, "the address");
        return -1;
    }
    return 0;
}

static PyObject *text_at(PyObject *module, PyObject *args, const char *format,
                         PyObject *(*make)(const void *, Py_ssize_t))
{
    PyObject *object;
    Py_ssize_t size = -1;
    if (!PyArg_ParseTuple(args, format, &object, &size)) {
        return NULL;
    }
    ZfArena arena;
    void *address;
    zf_arena_open(&arena);
    PyObject *text = address_of(zf_state_of_module(module), object, false, &arena, &address) == 0
                         ? make(address, size)
                         : NULL;
    zf_arena_close(&arena);
    return text;
}

static PyObject *make_bytes(const void *address, Py_ssize_t size)
{
    return size < 0 ? PyBytes_FromString(address) : PyBytes_FromStringAndSize(address, size);
}

static PyObject *make_str(const void *address, Py_ssize_t size)
{
    return PyUnicode_FromWideChar(address, size);
}

PyObject *zf_memory_string_at(PyObject *module, PyObject *args)
{
    return text_at(module, args, "O|n:string_at", make_bytes);
}

PyObject *zf_memory_wstring_at(PyObject *module, PyObject *args)
{
    return text_at(module, args, "O|n:wstring_at", make_str);
}

static bool is_count(Py_ssize_t count)
{
    if (count < 0) {
        zf_error_plain(PyExc_ValueError, ZF_SAY_NEGATIVE_COUNT, count);
    }
    return count >= 0;
}

PyObject *zf_memory_move(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *to_object, *from_object;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "OOn:memmove", &to_object, &from_object, &count) ||
        !is_count(count)) {
        return NULL;
    }
    ZfArena arena;
    void *to, *from;
    PyObject *result = NULL;
    zf_arena_open(&arena);
    if (address_of(state, to_object, true, &arena, &to) == 0 &&
        address_of(state, from_object, false, &arena, &from) == 0) {
        memmove(to, from, (size_t)count);
        result = PyLong_FromVoidPtr(to);
    }
    zf_arena_close(&arena);
    return result;
}

PyObject *zf_memory_set(PyObject *module, PyObject *args)
{
    PyObject *object;
    int byte;
    Py_ssize_t count;
    if (!PyArg_ParseTuple(args, "Oin:memset", &object, &byte, &count) || !is_count(count)) {
        return NULL;
    }
    ZfArena arena;
    void *to;
    PyObject *result = NULL;
    zf_arena_open(&arena);
    if (address_of(zf_state_of_module(module), object, true, &arena, &to) == 0) {
        memset(to, byte, (size_t)count);
        result = PyLong_FromVoidPtr(to);
    }
    zf_arena_close(&arena);
    return result;
}
