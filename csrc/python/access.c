/* access.c - reading and writing C values in memory, whatever their type.
 *
 * Every assignment to data goes through here: values, elements, what a pointer points to. A value
 * that cannot be written raises and leaves the memory as it was. What a written pointer points to
 * is kept by the object that has the memory.
 */
#include "convert.h"

/* -- Keeping ----------------------------------------------------------------------------------- */

/* The data object that has the memory which `object` is a view of. */
static ZfData *root_of(ZfState *state, PyObject *object)
{
    ZfData *data = (ZfData *)object;
    while (data->owner != NULL && PyObject_TypeCheck(data->owner, state->data_type)) {
        data = (ZfData *)data->owner;
    }
    return data;
}

/* A value that is one pointer keeps one object, any other a dict of them by offset. */
static bool has_dict(const ZfData *root)
{
    return zf_data_scalar((PyObject *)root)->conversion == ZF_AS_AGGREGATE;
}

static PyObject *offset_in(const ZfData *root, const void *memory)
{
    return PyLong_FromSsize_t((const char *)memory - (const char *)root->memory);
}

/* Whether the memory is that of a pointer object, which has beside it where it led. */
static bool is_own(const ZfData *root, const void *memory)
{
    return memory == root->storage && !has_dict(root);
}

ZfPointer zf_access_pointer(ZfState *state, PyObject *owner, const void *memory)
{
    ZfData *root = root_of(state, owner);
    ZfPointer pointer = {.is_noted = true};
    PyObject *known = ZF_COMPAT_LOAD(root->keep);
    PyObject *offset = known != NULL && has_dict(root) ? offset_in(root, memory) : NULL;
    ZfLock lock;
    zf_compat_lock(&lock, root);
    memcpy(&pointer.address, memory, sizeof pointer.address);
    if (is_own(root, memory)) {
        pointer.is_noted = root->storage[1] == root->storage[0];
    }
    pointer.keep = offset != NULL   ? zf_compat_dict_get(known, offset)
                   : has_dict(root) ? NULL
                                    : Py_XNewRef(root->keep);
    zf_compat_unlock(&lock);
    Py_XDECREF(offset);
    if (pointer.keep == Py_None) {
        Py_CLEAR(pointer.keep);
    }
    return pointer;
}

ZfPointer zf_access_pointer_now(ZfState *state, PyObject *owner, const void *memory)
{
    ZfPointer pointer = zf_access_pointer(state, owner, memory);
    if (pointer.keep != NULL && PyObject_TypeCheck(pointer.keep, state->data_type)) {
        uintptr_t start = (uintptr_t)((ZfData *)pointer.keep)->memory;
        size_t size = zf_data_scalar(pointer.keep)->type->size;
        if ((uintptr_t)pointer.address - start > size) {
            Py_CLEAR(pointer.keep);
        }
    }
    return pointer;
}

/* Remembers, for the pointer at `memory`, what it points to; NULL forgets. The root is locked. */
static int set_keep(ZfData *root, const void *memory, PyObject *keeper)
{
    if (!has_dict(root)) {
        Py_XSETREF(root->keep, Py_XNewRef(keeper));
        return 0;
    }
    if (keeper == NULL && root->keep == NULL) {
        return 0;
    }
    PyObject *dict = zf_dict_on_demand(&root->keep);
    PyObject *offset = dict != NULL ? offset_in(root, memory) : NULL;
    int outcome = offset != NULL ? PyDict_SetItem(dict, offset, keeper != NULL ? keeper : Py_None)
                                 : -1;
    Py_XDECREF(offset);
    return outcome;
}

/* What was kept before is let go of last: that may run Python code, which lets other threads in. */
int zf_access_put_pointer(ZfState *state, PyObject *owner, void *memory, uint64_t word,
                          PyObject *keeper)
{
    if (owner == NULL) {
        zf_access_put(memory, word, sizeof(void *));
        Py_XDECREF(keeper);
        return 0;
    }
    ZfData *root = root_of(state, owner);
    ZfPointer before = {.keep = NULL};
    if (ZF_COMPAT_HAS_READERS) {
        before = zf_access_pointer(state, owner, memory);
    }
    ZfLock lock;
    zf_compat_lock(&lock, root);
    int outcome = PyErr_Occurred() ? -1 : set_keep(root, memory, keeper);
    if (outcome == 0) {
        zf_access_put(memory, word, sizeof(void *));
        if (is_own(root, memory)) {
            zf_access_note_pointer((PyObject *)root);
        }
    }
    zf_compat_unlock(&lock);
    Py_XDECREF(before.keep);
    Py_XDECREF(keeper);
    return outcome;
}

/* What must live as long as the pointer `word` that `value` became (new reference), or NULL if
 * nothing. */
static PyObject *keeper_of(const ZfSite *site, const ZfArena *arena, PyObject *value, uint64_t word)
{
    PyObject *lent = arena->count != 0 ? arena->first[0].obj : NULL;
    if (Py_IS_TYPE(value, site->state->reference_type)) {
        return Py_NewRef(((ZfReference *)value)->object);
    }
    if (PyObject_TypeCheck(value, site->state->data_type)) {
        bool is_address = word == (uintptr_t)((ZfData *)value)->memory;
        return Py_XNewRef(is_address ? value : lent); /* or what its pointer keeps */
    }
    if (PyUnicode_Check(value)) {
        return Py_XNewRef(lent); /* the wide copy */
    }
    return PyBytes_Check(value) || PyMemoryView_Check(value) ? Py_NewRef(value) : NULL;
}

uint64_t zf_access_swap(uint64_t word, size_t size)
{
    return __builtin_bswap64(word) >> (64 - 8 * size);
}

/* -- Scalars ----------------------------------------------------------------------------------- */

static int store_scalar(const ZfSite *site, PyObject *owner, void *memory, PyObject *value)
{
    ZfArena arena;
    uint64_t word;
    zf_arena_open(&arena);
    int outcome = zf_convert(site, &arena, value, &word);
    bool is_pointer = site->scalar->type->kind == ZF_KIND_POINTER;
    PyObject *keeper = outcome == 0 && is_pointer ? keeper_of(site, &arena, value, word) : NULL;
    zf_arena_close(&arena);
    if (outcome < 0 || PyErr_Occurred()) {
        Py_XDECREF(keeper);
        return -1;
    }
    if (is_pointer) {
        return zf_access_put_pointer(site->state, owner, memory, word, keeper);
    }
    size_t size = site->scalar->type->size;
    zf_access_put(memory, site->scalar->is_swapped ? zf_access_swap(word, size) : word, size);
    return 0;
}

/* Something that stands for `value` and can be kept: of a str for a char pointer the bytes that C
 * sees, of a buffer one export of it, made once. */
static PyObject *keepable(const ZfSite *site, PyObject *value)
{
    uint64_t word;
    ZfArena arena;
    zf_arena_open(&arena);
    int outcome = zf_convert(site, &arena, value, &word); /* or an error about the value itself */
    bool is_buffer = arena.count != 0 && !PyUnicode_Check(value);
    zf_arena_close(&arena);
    if (outcome < 0) {
        return NULL;
    }
    if (PyUnicode_Check(value) && site->scalar->conversion == ZF_AS_STRING) {
        return PyUnicode_AsUTF8String(value);
    }
    return is_buffer && !PyObject_TypeCheck(value, site->state->data_type)
               ? PyMemoryView_FromObject(value)
               : Py_NewRef(value);
}

static int store_pointer(const ZfSite *site, PyObject *owner, void *memory, PyObject *value)
{
    PyObject *kept = keepable(site, value);
    int outcome = kept != NULL ? store_scalar(site, owner, memory, kept) : -1;
    Py_XDECREF(kept);
    return outcome;
}

/* -- Aggregates -------------------------------------------------------------------------------- */

/* A copy of what is kept for the pointers of a value, by their offsets in what has the memory; NULL
 * if nothing is, or on error. */
static PyObject *copy_keeps(const ZfData *root)
{
    if (root->keep == NULL) {
        return NULL;
    }
    if (has_dict(root)) {
        return PyDict_Copy(root->keep);
    }
    PyObject *offset = PyLong_FromLong(0), *keeps = offset != NULL ? PyDict_New() : NULL;
    if (keeps != NULL && PyDict_SetItem(keeps, offset, root->keep) < 0) {
        Py_CLEAR(keeps);
    }
    Py_XDECREF(offset);
    return keeps;
}

/* Keeps for the `size` bytes at `memory` of `target` what `keeps` has for as many bytes from
 * `start` on; of `is_forgetting`, nothing. */
static int keep_range(ZfData *target, char *memory, PyObject *keeps, Py_ssize_t start, size_t size,
                      bool is_forgetting)
{
    PyObject *offset, *kept;
    for (Py_ssize_t at = 0; keeps != NULL && PyDict_Next(keeps, &at, &offset, &kept);) {
        Py_ssize_t inside = PyLong_AsSsize_t(offset) - start;
        PyObject *keeper = is_forgetting || kept == Py_None ? NULL : kept;
        bool is_inside = inside >= 0 && (size_t)inside < size;
        if (is_inside && set_keep(target, memory + inside, keeper) < 0) {
            return -1;
        }
    }
    return 0;
}

static Py_ssize_t distance(const ZfData *root, const void *memory)
{
    return (const char *)memory - (const char *)root->memory;
}

/* Copies `size` bytes of a value of the same type, or of one that begins with it, and with them
 * what its pointers keep, in place of what was kept there. That is let go of last: it may run
 * Python code. Memory that no object has (owner NULL) keeps nothing. */
static int store_copy(ZfState *state, PyObject *owner, void *memory, PyObject *value, size_t size)
{
    const void *from = ((ZfData *)value)->memory;
    ZfData *root = root_of(state, value);
    ZfData *target = owner != NULL ? root_of(state, owner) : NULL;
    ZfLockPair lock;
    zf_compat_lock_pair(&lock, root, target != NULL ? target : root);
    PyObject *keeps = target != NULL ? copy_keeps(root) : NULL;
    PyObject *old = target != NULL && !PyErr_Occurred() ? copy_keeps(target) : NULL;
    int outcome = PyErr_Occurred() ? -1 : 0;
    if (outcome == 0 && old != NULL) {
        outcome = keep_range(target, memory, old, distance(target, memory), size, true);
    }
    if (outcome == 0) {
        outcome = keep_range(target, memory, keeps, distance(root, from), size, false);
    }
    if (outcome == 0) {
        memmove(memory, from, size);
    }
    zf_compat_unlock_pair(&lock);
    Py_XDECREF(keeps);
    Py_XDECREF(old);
    return outcome;
}

static int wrong_aggregate(const ZfSite *site, PyObject *value)
{
    zf_error_expected(site, value, ZF_SAY_EXPECTED, site->scalar->type->name);
    return -1;
}

static int too_long(const ZfSite *site, PyObject *value, Py_ssize_t room, Py_ssize_t given)
{
    zf_error_argument(site, ZF_ArgumentValueError, value, ZF_SAY_TOO_LONG, room, given);
    return -1;
}

/* bytes into an array of char: what is left is filled with NULs. */
static int store_bytes(const ZfSite *site, const ZfCType *ctype, void *memory, PyObject *value)
{
    Py_buffer view;
    if (PyObject_GetBuffer(value, &view, PyBUF_SIMPLE) < 0) {
        return -1;
    }
    int outcome = view.len > ctype->length ? too_long(site, value, ctype->length, view.len) : 0;
    if (outcome == 0) {
        memmove(memory, view.buf, (size_t)view.len);
        memset((char *)memory + view.len, 0, (size_t)(ctype->length - view.len));
    }
    PyBuffer_Release(&view);
    return outcome;
}

static int store_wide(const ZfSite *site, const ZfCType *ctype, void *memory, PyObject *value)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(value);
    if (length > ctype->length) {
        return too_long(site, value, ctype->length, length);
    }
    wchar_t *text = PyUnicode_AsWideCharString(value, NULL);
    if (text == NULL) {
        return -1;
    }
    size_t given = (size_t)length * sizeof *text; /* memory may be at an odd address */
    memcpy(memory, text, given);
    memset((char *)memory + given, 0, (size_t)ctype->length * sizeof *text - given);
    PyMem_Free(text);
    return 0;
}

/* A sequence into an array, as a C initializer: what is left is zero. All elements are converted
 * before the first is written. */
static int store_sequence(const ZfSite *site, ZfCType *ctype, PyObject *owner, void *memory,
                          PyObject *value)
{
    Py_ssize_t count = PySequence_Size(value);
    if (count < 0) {
        return -1;
    }
    if (count > ctype->length) {
        return too_long(site, value, ctype->length, count);
    }
    PyObject *fresh = zf_data_make((PyTypeObject *)ctype);
    PyObject *items = fresh != NULL ? zf_compat_items(value) : NULL;
    int outcome = items != NULL ? 0 : -1;
    size_t step = ctype->element->scalar.type->size;
    for (Py_ssize_t i = 0; outcome == 0 && i < count && i < PySequence_Fast_GET_SIZE(items); i++) {
        PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(items, i));
        char *at = (char *)((ZfData *)fresh)->memory + (size_t)i * step;
        outcome = zf_access_store(site->state, ctype->element, fresh, at, item, i);
        Py_DECREF(item);
    }
    if (outcome == 0) {
        outcome = store_copy(site->state, owner, memory, fresh, site->scalar->type->size);
    }
    Py_XDECREF(items);
    Py_XDECREF(fresh);
    return outcome;
}

/* A tuple into a struct, as its class would take the values. */
static int store_struct(const ZfSite *site, ZfCType *ctype, PyObject *owner, void *memory,
                        PyObject *value)
{
    if (!PyTuple_Check(value) && !PyList_Check(value)) {
        return wrong_aggregate(site, value);
    }
    PyObject *values = PySequence_Tuple(value);
    PyObject *fresh = values != NULL ? PyObject_Call((PyObject *)ctype, values, NULL) : NULL;
    int outcome = fresh != NULL
                      ? store_copy(site->state, owner, memory, fresh, site->scalar->type->size)
                      : -1;
    Py_XDECREF(values);
    Py_XDECREF(fresh);
    return outcome;
}

static int store_aggregate(const ZfSite *site, ZfCType *ctype, PyObject *owner, void *memory,
                           PyObject *value)
{
    if (PyObject_TypeCheck(value, (PyTypeObject *)ctype)) {
        return store_copy(site->state, owner, memory, value, site->scalar->type->size);
    }
    if (ctype->element == NULL) {
        return store_struct(site, ctype, owner, memory, value);
    }
    ZfConversion element = ctype->element->scalar.conversion;
    if (element == ZF_AS_CHAR && (PyBytes_Check(value) || PyByteArray_Check(value))) {
        return store_bytes(site, ctype, memory, value);
    }
    if (element == ZF_AS_WCHAR && PyUnicode_Check(value)) {
        return store_wide(site, ctype, memory, value);
    }
    if (PyList_Check(value) || PyTuple_Check(value)) {
        return store_sequence(site, ctype, owner, memory, value);
    }
    return wrong_aggregate(site, value);
}

/* -- Wide scalars ------------------------------------------------------------------------------ */

static int store_wide_scalar(const ZfSite *site, void *memory, PyObject *value)
{
    unsigned char bytes[ZF_WIDE_BYTES];
    if (zf_wide_convert(site, value, bytes) < 0) {
        return -1;
    }
    memcpy(memory, bytes, site->scalar->type->size);
    return 0;
}

/* -- Both -------------------------------------------------------------------------------------- */

int zf_access_store_at(const ZfSite *site, ZfCType *ctype, PyObject *owner, void *memory,
                       PyObject *value)
{
    const ZfScalar *scalar = &ctype->scalar;
    if (scalar->conversion == ZF_AS_AGGREGATE) {
        return store_aggregate(site, ctype, owner, memory, value);
    }
    if (zf_scalar_is_wide(scalar)) {
        return store_wide_scalar(site, memory, value);
    }
    return scalar->type->kind == ZF_KIND_POINTER ? store_pointer(site, owner, memory, value)
                                                 : store_scalar(site, owner, memory, value);
}

int zf_access_store(ZfState *state, ZfCType *ctype, PyObject *owner, void *memory, PyObject *value,
                    Py_ssize_t index)
{
    const ZfScalar *scalar = &ctype->scalar;
    uint64_t word;
    if (zf_box_is_number(scalar->box) && zf_convert_fast(scalar, value, &word)) {
        zf_access_put(memory, word, scalar->type->size);
        return 0;
    }
    PyTypeObject *named = owner != NULL ? Py_TYPE(owner) : (PyTypeObject *)ctype;
    ZfSite site = {.state = state, .owner = named, .index = index, .scalar = scalar};
    return zf_access_store_at(&site, ctype, owner, memory, value);
}

/* A pointer read from memory knows what it points to if that is kept. */
static PyObject *load_pointer(ZfCType *ctype, const void *memory, PyObject *owner)
{
    PyObject *made = zf_data_make((PyTypeObject *)ctype);
    if (made == NULL || owner == NULL) {
        if (made != NULL) {
            memcpy(((ZfData *)made)->memory, memory, sizeof(void *));
            zf_access_note_pointer(made);
        }
        return made;
    }
    ZfPointer pointer = zf_access_pointer_now(zf_state_of(made), owner, memory);
    memcpy(((ZfData *)made)->memory, &pointer.address, sizeof(void *));
    ((ZfData *)made)->keep = pointer.keep;
    zf_access_note_pointer(made);
    return made;
}

static PyObject *load_swapped(const ZfScalar *scalar, const void *memory)
{
    uint64_t word = 0;
    memcpy(&word, memory, scalar->type->size);
    word = zf_access_swap(word, scalar->type->size);
    return zf_convert_load(zf_convert_box_code(scalar), &word);
}

/* What is more than a register word and a box code. */
static PyObject *load_object(ZfCType *ctype, void *memory, PyObject *owner)
{
    switch (ctype->scalar.conversion) {
    case ZF_AS_TYPED_POINTER: return load_pointer(ctype, memory, owner);
    case ZF_AS_AGGREGATE: return zf_data_view(ctype, memory, owner);
    case ZF_AS_ENUM: return zf_enum_load(ctype, memory);
    default: return zf_wide_load(ctype, memory);
    }
}

/* What the pointer leads to is held while it is read: another thread may write another one. */
static PyObject *load_text(const ZfScalar *scalar, const void *memory, PyObject *owner)
{
    ZfPointer pointer = zf_access_pointer(zf_state_of(owner), owner, memory);
    PyObject *text = PyErr_Occurred()
                         ? NULL
                         : zf_convert_box(scalar->box,
                                          (ZfReturn){.gp = (uintptr_t)pointer.address});
    Py_XDECREF(pointer.keep);
    return text;
}

PyObject *zf_access_load(ZfCType *ctype, void *memory, PyObject *owner)
{
    const ZfScalar *scalar = &ctype->scalar;
    if (zf_box_is_number(scalar->box)) {
        return zf_convert_load(scalar->box, memory);
    }
    if (scalar->conversion >= ZF_AS_TYPED_POINTER) {
        return load_object(ctype, memory, owner);
    }
    if (scalar->is_swapped) {
        return load_swapped(scalar, memory);
    }
    bool is_text = scalar->conversion == ZF_AS_STRING || scalar->conversion == ZF_AS_WIDE_STRING;
    if (ZF_COMPAT_HAS_READERS && is_text && owner != NULL) {
        return load_text(scalar, memory, owner);
    }
    ZfReturn value = {0, 0};
    memcpy(&value.gp, memory, scalar->type->size);
    return zf_convert_box(scalar->box, value);
}
