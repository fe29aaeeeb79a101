/* arena.c - what a call borrows: buffers of its arguments, and memory for copies of them.
 *
 * Whoever opens an arena closes it; nothing in one outlives the call. A Py_buffer may point into
 * itself, so none is ever moved.
 */
#include "core.h"

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
Py_buffer *zf_arena_reserve(ZfArena *arena)
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

void *zf_arena_memory(ZfArena *arena, Py_ssize_t size)
{
    Py_buffer *view = zf_arena_reserve(arena);
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
