/* field.c - reading and writing the members of structs and unions.
 *
 * A Field is an ordinary descriptor, so all that Python does with attributes works. Most accesses
 * do not come so far: each class has a table from names to fields, good as long as nothing about
 * the class's attributes has changed. Bit-fields are read and written byte by byte, never past the
 * bytes that they touch.
 */
#include "field.h"

#include "../layout/layout.h"
#include "convert.h"

/* -- Bit-fields -------------------------------------------------------------------------------- */

static bool is_signed(const ZfScalar *scalar)
{
    return scalar->low < 0;
}

/* The bytes that a bit-field touches, as one number: the first byte is the lowest, or in big-endian
 * structs, whose bits are counted from the highest of a byte down, the highest. */
static unsigned __int128 gather(const ZfField *field, const unsigned char *memory, unsigned count)
{
    unsigned __int128 all = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = field->is_swapped ? count - 1 - i : i;
        all |= (unsigned __int128)memory[at] << (8 * i);
    }
    return all;
}

static unsigned lowest_bit(const ZfField *field, unsigned count)
{
    return field->is_swapped ? 8 * count - field->bit_offset - (unsigned)field->bits
                             : field->bit_offset;
}

static PyObject *load_bits(const ZfField *field, const unsigned char *memory)
{
    unsigned count = zf_touched_bytes(field->bit_offset, (uint32_t)field->bits);
    unsigned unused = 64 - (unsigned)field->bits;
    uint64_t value = (uint64_t)(gather(field, memory, count) >> lowest_bit(field, count)) << unused;
    const ZfScalar *scalar = &field->ctype->scalar;
    if (scalar->conversion == ZF_AS_BOOL) {
        return PyBool_FromLong(value != 0);
    }
    PyObject *integer = is_signed(scalar) ? PyLong_FromLongLong((int64_t)value >> unused)
                                          : PyLong_FromUnsignedLongLong(value >> unused);
    return scalar->conversion == ZF_AS_ENUM ? zf_enum_member(field->ctype, integer) : integer;
}

static void put_bits(const ZfField *field, unsigned char *memory, uint64_t value)
{
    unsigned count = zf_touched_bytes(field->bit_offset, (uint32_t)field->bits);
    unsigned low = lowest_bit(field, count);
    unsigned __int128 mask = (((unsigned __int128)1 << field->bits) - 1) << low;
    unsigned __int128 all = gather(field, memory, count);
    all = (all & ~mask) | ((unsigned __int128)value << low & mask);
    for (unsigned i = 0; i < count; i++) {
        unsigned at = field->is_swapped ? count - 1 - i : i;
        memory[at] = (unsigned char)(all >> (8 * i));
    }
}

/* A bit-field is an integer of its width: the range of the type, narrowed. */
static int store_bits(const ZfSite *site, const ZfField *field, void *memory, PyObject *value)
{
    ZfScalar narrow = field->ctype->scalar;
    unsigned bits = (unsigned)field->bits;
    if (narrow.conversion != ZF_AS_BOOL) {
        if (narrow.conversion == ZF_AS_CHAR || narrow.conversion == ZF_AS_WCHAR) {
            narrow.conversion = ZF_AS_INTEGER;
        }
        narrow.low = is_signed(&narrow) ? (int64_t)(~UINT64_C(0) << (bits - 1)) : 0;
        narrow.span = bits < 64            ? (UINT64_C(1) << bits) - 1
                      : is_signed(&narrow) ? UINT64_MAX
                                           : INT64_MAX;
    }
    ZfSite narrowed = *site;
    narrowed.scalar = &narrow;
    ZfArena arena;
    uint64_t word;
    zf_arena_open(&arena);
    int outcome = zf_convert(&narrowed, &arena, value, &word);
    zf_arena_close(&arena);
    if (outcome == 0) {
        put_bits(field, memory, word);
    }
    return outcome;
}

/* -- Members ----------------------------------------------------------------------------------- */

PyObject *zf_field_load(const ZfField *field, PyObject *object)
{
    void *memory = zf_field_memory(field, object);
    return field->bits == ZF_NO_BITS ? zf_access_load(field->ctype, memory, object)
                                     : load_bits(field, memory);
}

int zf_field_store(const ZfField *field, PyObject *object, PyObject *value)
{
    void *memory = zf_field_memory(field, object);
    const ZfScalar *scalar = &field->ctype->scalar;
    uint64_t word;
    if (field->is_plain && zf_convert_fast(scalar, value, &word)) {
        zf_access_put(memory, word, scalar->type->size);
        return 0;
    }
    ZfSite site = {.state = zf_state_of(object),
                   .owner = Py_TYPE(object),
                   .index = -1,
                   .member = field->name,
                   .scalar = scalar};
    return field->bits == ZF_NO_BITS
               ? zf_access_store_at(&site, field->ctype, object, memory, value)
               : store_bits(&site, field, memory, value);
}

/* -- The fast way ------------------------------------------------------------------------------ */

/* All that an access to a number needs, in one place: each pointer to follow would take as long as
 * the access itself. */
typedef struct ZfFieldSlot {
    PyObject *name; /* NULL: free */
    const ZfField *field;
    const ZfScalar *scalar;
    uint32_t offset;
    ZfBox box; /* of a member that is no plain number, ZF_BOX_AGGREGATE */
} ZfFieldSlot;

/* An open hash table by the address of the name: attribute names in code are interned. */
typedef struct ZfFieldTable {
    unsigned version; /* of the class, when it was made */
    uint32_t mask;
    unsigned number;            /* how many were before it */
    struct ZfFieldTable *older; /* those, where another thread may still be reading them */
    ZfFieldSlot slots[];
} ZfFieldTable;

static size_t hash_of(PyObject *name)
{
    return (uintptr_t)name >> 4;
}

void zf_field_free_table(ZfCType *ctype)
{
    ZfFieldTable *table = ctype->table;
    ctype->table = NULL;
    while (table != NULL) {
        ZfFieldTable *older = table->older;
        PyMem_Free(table);
        table = older;
    }
}

static void add_to_table(ZfFieldTable *table, PyObject *name, const ZfField *field)
{
    size_t slot = hash_of(name) & table->mask;
    while (table->slots[slot].name != NULL) {
        slot = (slot + 1) & table->mask;
    }
    const ZfScalar *scalar = &field->ctype->scalar;
    bool is_plain = field->is_plain && field->offset <= UINT32_MAX;
    table->slots[slot] = (ZfFieldSlot){.name = name,
                                       .field = field,
                                       .scalar = scalar,
                                       .offset = (uint32_t)field->offset,
                                       .box = is_plain ? scalar->box : ZF_BOX_AGGREGATE};
}

/* Whether a name leads to a field of the class: a derived class may have put something else there.
 */
static bool leads_to(ZfCType *ctype, PyObject *name, PyObject *field)
{
    PyObject *found = PyObject_GetAttr((PyObject *)ctype, name);
    if (found == NULL) {
        PyErr_Clear();
    }
    Py_XDECREF(found);
    return found == field;
}

/* The table is there for all threads from now on, or it goes: somebody has made another one. */
static void publish_table(ZfCType *ctype, ZfFieldTable *known, ZfFieldTable *table)
{
    table->number = known != NULL ? known->number + 1 : 0;
    table->older = ZF_COMPAT_HAS_READERS ? known : NULL;
    bool is_published = zf_compat_replace((void **)&ctype->table, known, table);
    if (!is_published || !ZF_COMPAT_HAS_READERS) {
        PyMem_Free(is_published ? known : table);
    }
}

/* No memory, no table: then all accesses go by the descriptors. So they do in a class that changes
 * all the time, where old tables cannot be freed. */
static void make_table(ZfCType *ctype, unsigned version, ZfFieldTable *known)
{
    enum { MOST_TABLES = 16 };
    if (ZF_COMPAT_HAS_READERS && known != NULL && known->number >= MOST_TABLES) {
        return;
    }
    uint32_t size = 4;
    while (size < 2 * (size_t)PyDict_GET_SIZE(ctype->by_name)) {
        size *= 2;
    }
    ZfFieldTable *table = PyMem_Calloc(1, sizeof *table + size * sizeof *table->slots);
    if (table == NULL) {
        return;
    }
    table->version = version;
    table->mask = size - 1;
    PyObject *name, *field;
    for (Py_ssize_t at = 0; PyDict_Next(ctype->by_name, &at, &name, &field);) {
        if (leads_to(ctype, name, field)) {
            add_to_table(table, name, zf_field_of(field));
        }
    }
    publish_table(ctype, known, table);
}

static ZF_ALWAYS_INLINE const ZfFieldSlot *find_fast(const ZfCType *ctype, PyObject *name)
{
    const ZfFieldTable *table = ZF_COMPAT_LOAD(ctype->table);
    if (table == NULL || table->version != zf_compat_type_version(&ctype->heap.ht_type)) {
        return NULL;
    }
    for (size_t slot = hash_of(name) & table->mask; table->slots[slot].name != NULL;
         slot = (slot + 1) & table->mask) {
        if (table->slots[slot].name == name) {
            return &table->slots[slot];
        }
    }
    return NULL;
}

/* After a miss: the table may be old, or not made yet. */
static ZF_COLD void refresh_table(ZfCType *ctype)
{
    unsigned version = zf_compat_type_version(&ctype->heap.ht_type);
    ZfFieldTable *table = ZF_COMPAT_LOAD(ctype->table);
    bool is_good = table != NULL && table->version == version;
    if (version != 0 && !is_good && ctype->by_name != NULL) {
        make_table(ctype, version, table);
    }
}

PyObject *zf_field_get_attribute(PyObject *self, PyObject *name)
{
    const ZfFieldSlot *slot = find_fast(zf_data_ctype(self), name);
    if (slot == NULL) {
        refresh_table(zf_data_ctype(self));
        return PyObject_GenericGetAttr(self, name);
    }
    return zf_box_is_number(slot->box)
               ? zf_convert_load(slot->box, (char *)((ZfData *)self)->memory + slot->offset)
               : zf_field_load(slot->field, self);
}

int zf_field_set_attribute(PyObject *self, PyObject *name, PyObject *value)
{
    const ZfFieldSlot *slot = value != NULL ? find_fast(zf_data_ctype(self), name) : NULL;
    if (slot == NULL) {
        refresh_table(zf_data_ctype(self));
        return PyObject_GenericSetAttr(self, name, value);
    }
    uint64_t word;
    if (zf_box_is_number(slot->box) && zf_convert_fast(slot->scalar, value, &word)) {
        zf_access_put((char *)((ZfData *)self)->memory + slot->offset, word,
                      slot->scalar->type->size);
        return 0;
    }
    return zf_field_store(slot->field, self, value);
}

/* -- The descriptor ---------------------------------------------------------------------------- */

static Py_ssize_t end_of(const ZfField *field)
{
    uint64_t size = field->bits == ZF_NO_BITS
                        ? field->ctype->scalar.type->size
                        : zf_touched_bytes(field->bit_offset, (uint32_t)field->bits);
    return field->offset + (Py_ssize_t)size;
}

/* A class can be made to derive from another behind the metaclass's back: its memory decides. */
static bool is_instance(const ZfField *field, PyObject *object)
{
    if (PyObject_TypeCheck(object, field->class) &&
        end_of(field) <= (Py_ssize_t)zf_data_scalar(object)->type->size) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_FIELD_OWNER), field->name,
                 field->class->tp_name, Py_TYPE(object)->tp_name);
    return false;
}

static PyObject *field_get(PyObject *self, PyObject *object, PyObject *Py_UNUSED(type))
{
    if (object == NULL || object == Py_None) {
        return Py_NewRef(self);
    }
    return is_instance(zf_field_of(self), object) ? zf_field_load(zf_field_of(self), object) : NULL;
}

static int field_set(PyObject *self, PyObject *object, PyObject *value)
{
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "%U cannot be deleted", zf_field_of(self)->name);
        return -1;
    }
    return is_instance(zf_field_of(self), object) ? zf_field_store(zf_field_of(self), object, value)
                                                  : -1;
}

PyObject *zf_field_make(ZfState *state, const ZfField *model)
{
    ZfField *field = (ZfField *)state->field_type->tp_alloc(state->field_type, 0);
    if (field != NULL) {
        field->name = Py_NewRef(model->name);
        field->ctype = (ZfCType *)Py_NewRef(model->ctype);
        field->class = (PyTypeObject *)Py_NewRef(model->class);
        field->offset = model->offset;
        field->bit_offset = model->bit_offset;
        field->bits = model->bits;
        field->is_swapped = model->is_swapped;
        field->is_anonymous = model->is_anonymous;
        field->is_plain = zf_box_is_number(model->ctype->scalar.box) && model->bits == ZF_NO_BITS;
    }
    return (PyObject *)field;
}

static PyObject *field_repr(PyObject *self)
{
    const ZfField *field = zf_field_of(self);
    const char *type = field->ctype->scalar.type->name;
    return field->bits == ZF_NO_BITS
               ? PyUnicode_FromFormat("<Field %U: %s, offset %zd, %zd bytes>", field->name, type,
                                      field->offset, (Py_ssize_t)field->ctype->scalar.type->size)
               : PyUnicode_FromFormat("<Field %U: %s, offset %zd, bits %u to %u>", field->name,
                                      type, field->offset, field->bit_offset,
                                      field->bit_offset + (unsigned)field->bits - 1);
}

static PyObject *field_get_name(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(zf_field_of(self)->name);
}

static PyObject *field_get_type(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef((PyObject *)zf_field_of(self)->ctype);
}

static PyObject *field_get_offset(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSsize_t(zf_field_of(self)->offset);
}

static PyObject *field_get_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(zf_field_of(self)->ctype->scalar.type->size);
}

static PyObject *field_get_bit_offset(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfField *field = zf_field_of(self);
    return field->bits == ZF_NO_BITS ? Py_NewRef(Py_None)
                                     : PyLong_FromUnsignedLong(field->bit_offset);
}

static PyObject *field_get_bit_width(PyObject *self, void *Py_UNUSED(closure))
{
    const ZfField *field = zf_field_of(self);
    return field->bits == ZF_NO_BITS ? Py_NewRef(Py_None) : PyLong_FromLong(field->bits);
}

static PyObject *field_get_anonymous(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(zf_field_of(self)->is_anonymous);
}

static int field_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(zf_field_of(self)->ctype);
    Py_VISIT(zf_field_of(self)->class);
    return 0;
}

static int field_clear(PyObject *Py_UNUSED(self))
{
    return 0; /* the class lets go of its fields, and breaks every cycle */
}

static void field_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(zf_field_of(self)->name);
    Py_XDECREF(zf_field_of(self)->ctype);
    Py_XDECREF(zf_field_of(self)->class);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyGetSetDef field_getset[] = {
    {"name", field_get_name, NULL, "The member's name: str.", NULL},
    {"type", field_get_type, NULL, "Its C type.", NULL},
    {"offset", field_get_offset, NULL, "Where it begins: bytes.", NULL},
    {"size", field_get_size, NULL, "The size of its type: bytes.", NULL},
    {"bit_offset", field_get_bit_offset, NULL,
     "Of a bit-field, its first bit, from the lowest one of the byte at offset; else None.", NULL},
    {"bit_width", field_get_bit_width, NULL, "Of a bit-field, its width in bits; else None.", NULL},
    {"anonymous", field_get_anonymous, NULL, "Whether its own members are the struct's too: bool.",
     NULL},
    {0},
};

static PyType_Slot field_slots[] = {
    {Py_tp_dealloc, field_dealloc},
    {Py_tp_traverse, field_traverse},
    {Py_tp_clear, field_clear},
    {Py_tp_repr, field_repr},
    {Py_tp_descr_get, field_get},
    {Py_tp_descr_set, field_set},
    {Py_tp_getset, field_getset},
    {Py_tp_doc, "A member of a struct or union."},
    {0, NULL},
};

PyType_Spec zf_field_spec = {
    .name = "zffi.Field",
    .basicsize = sizeof(ZfField),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = field_slots,
};
