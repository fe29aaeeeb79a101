/* struct.c - structs and unions: classes whose values have named members.
 *
 * A class is described once, by its fields; the layout engine places them, and each becomes a
 * Field, a descriptor that knows an offset and a C type. A member that is an aggregate comes out as
 * a view of the whole. Bit-fields are read and written byte by byte, never past the bytes that they
 * touch.
 */
#include "convert.h"

#include "../layout/layout.h"

/* -- Fields ------------------------------------------------------------------------------------ */

typedef struct ZfField {
    PyObject_HEAD
    PyObject *name;
    ZfCType *ctype;
    PyTypeObject *class; /* whose field it is; borrowed, it lives in that class's dict */
    Py_ssize_t offset;   /* bytes */
    unsigned bit_offset;
    int bits; /* the width of a bit-field, or ZF_NO_BITS */
} ZfField;

static ZfField *as_field(PyObject *object)
{
    return (ZfField *)object;
}

static void *field_memory(const ZfField *field, PyObject *object)
{
    return (char *)((ZfData *)object)->memory + field->offset;
}

static bool is_signed(const ZfScalar *scalar)
{
    return scalar->low < 0;
}

static PyObject *load_bits(const ZfField *field, const unsigned char *memory)
{
    unsigned count = zf_touched_bytes(field->bit_offset, (uint32_t)field->bits);
    unsigned __int128 all = 0;
    for (unsigned i = 0; i < count; i++) {
        all |= (unsigned __int128)memory[i] << (8 * i);
    }
    unsigned unused = 64 - (unsigned)field->bits;
    uint64_t value = (uint64_t)(all >> field->bit_offset) << unused;
    const ZfScalar *scalar = &field->ctype->scalar;
    if (scalar->conversion == ZF_AS_BOOL) {
        return PyBool_FromLong(value != 0);
    }
    return is_signed(scalar) ? PyLong_FromLongLong((int64_t)value >> unused)
                             : PyLong_FromUnsignedLongLong(value >> unused);
}

static void put_bits(const ZfField *field, unsigned char *memory, uint64_t value)
{
    unsigned count = zf_touched_bytes(field->bit_offset, (uint32_t)field->bits);
    unsigned __int128 ones = (((unsigned __int128)1 << field->bits) - 1) << field->bit_offset;
    unsigned __int128 bits = (unsigned __int128)value << field->bit_offset;
    for (unsigned i = 0; i < count; i++) {
        unsigned char mask = (unsigned char)(ones >> (8 * i));
        memory[i] = (unsigned char)((memory[i] & ~mask) |
                                    ((unsigned char)(bits >> (8 * i)) & mask));
    }
}

/* A bit-field is an integer of its width: the range of the type, narrowed. */
static int store_bits(const ZfSite *site, const ZfField *field, void *memory, PyObject *value)
{
    ZfScalar narrow = field->ctype->scalar;
    unsigned bits = (unsigned)field->bits;
    if (narrow.conversion != ZF_AS_BOOL) {
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

static bool is_instance(const ZfField *field, PyObject *object)
{
    if (PyObject_TypeCheck(object, field->class)) {
        return true;
    }
    PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_FIELD_OWNER), field->name,
                 field->class->tp_name, Py_TYPE(object)->tp_name);
    return false;
}

static PyObject *field_load(const ZfField *field, PyObject *object)
{
    void *memory = field_memory(field, object);
    return field->bits == ZF_NO_BITS ? zf_access_load(field->ctype, memory, object)
                                     : load_bits(field, memory);
}

static int field_store(const ZfField *field, PyObject *object, PyObject *value)
{
    void *memory = field_memory(field, object);
    ZfState *state = zf_state_of(object);
    if (field->bits == ZF_NO_BITS) {
        return zf_access_store_member(state, field->ctype, object, memory, value, field->name);
    }
    ZfSite site = {.state = state,
                   .owner = Py_TYPE(object),
                   .index = -1,
                   .member = field->name,
                   .scalar = &field->ctype->scalar};
    return store_bits(&site, field, memory, value);
}

static PyObject *field_get(PyObject *self, PyObject *object, PyObject *Py_UNUSED(type))
{
    if (object == NULL || object == Py_None) {
        return Py_NewRef(self);
    }
    return is_instance(as_field(self), object) ? field_load(as_field(self), object) : NULL;
}

static int field_set(PyObject *self, PyObject *object, PyObject *value)
{
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "%U cannot be deleted", as_field(self)->name);
        return -1;
    }
    return is_instance(as_field(self), object) ? field_store(as_field(self), object, value) : -1;
}

static PyObject *field_repr(PyObject *self)
{
    const ZfField *field = as_field(self);
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
    return Py_NewRef(as_field(self)->name);
}

static PyObject *field_get_type(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef((PyObject *)as_field(self)->ctype);
}

static PyObject *field_get_offset(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromSsize_t(as_field(self)->offset);
}

static PyObject *field_get_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromUnsignedLongLong(as_field(self)->ctype->scalar.type->size);
}

static PyObject *field_get_bit_offset(PyObject *self, void *Py_UNUSED(closure))
{
    return as_field(self)->bits == ZF_NO_BITS ? Py_NewRef(Py_None)
                                              : PyLong_FromUnsignedLong(as_field(self)->bit_offset);
}

static PyObject *field_get_bit_width(PyObject *self, void *Py_UNUSED(closure))
{
    return as_field(self)->bits == ZF_NO_BITS ? Py_NewRef(Py_None)
                                              : PyLong_FromLong(as_field(self)->bits);
}

static int field_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(as_field(self)->ctype);
    return 0;
}

static int field_clear(PyObject *Py_UNUSED(self))
{
    return 0; /* the class's dict goes first, and breaks every cycle */
}

static void field_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(as_field(self)->name);
    Py_XDECREF(as_field(self)->ctype);
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

/* -- Describing a class ------------------------------------------------------------------------ */

/* One (name or None, C type, bits or -1) as a member. */
static int read_member(ZfState *state, PyObject *item, Py_ssize_t index, ZfMember *member)
{
    PyObject *name, *type;
    ZfCType *ctype;
    int bits;
    if (!PyArg_ParseTuple(item, "OOi:_define", &name, &type, &bits)) {
        return -1;
    }
    if (!zf_ctype_is_concrete(state, type)) {
        zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "_fields_", index, type);
        return -1;
    }
    ctype = (ZfCType *)type;
    *member = (ZfMember){
        .type = ctype->scalar.type, .bits = bits, .is_named = name != Py_None, .at = ZF_NO_OFFSET};
    return 0;
}

static PyObject *make_field(ZfState *state, PyTypeObject *class, PyObject *item,
                            const ZfMember *member)
{
    ZfField *field = (ZfField *)state->field_type->tp_alloc(state->field_type, 0);
    if (field != NULL) {
        field->name = Py_NewRef(PyTuple_GET_ITEM(item, 0));
        field->ctype = (ZfCType *)Py_NewRef(PyTuple_GET_ITEM(item, 1));
        field->class = class;
        field->offset = (Py_ssize_t)member->offset;
        field->bit_offset = member->bit_offset;
        field->bits = member->bits;
    }
    return (PyObject *)field;
}

/* The fields of the named members, each also an attribute of the class. */
static PyObject *make_fields(ZfState *state, PyObject *class, PyObject *items,
                             const ZfMember *members)
{
    PyObject *fields = PyList_New(0);
    for (Py_ssize_t i = 0; fields != NULL && i < PyTuple_GET_SIZE(items); i++) {
        if (!members[i].is_named) {
            continue;
        }
        PyObject *item = PyTuple_GET_ITEM(items, i);
        PyObject *field = make_field(state, (PyTypeObject *)class, item, &members[i]);
        if (field == NULL || PyList_Append(fields, field) < 0 ||
            PyObject_SetAttr(class, PyTuple_GET_ITEM(item, 0), field) < 0) {
            Py_CLEAR(fields);
        }
        Py_XDECREF(field);
    }
    PyObject *tuple = fields != NULL ? PyList_AsTuple(fields) : NULL;
    Py_XDECREF(fields);
    return tuple;
}

static int lay_out(ZfState *state, ZfCType *ctype, const ZfLayoutOptions *options, Py_ssize_t count,
                   ZfMember *members)
{
    size_t bad;
    const char *why;
    ZfStatus status = zf_layout_make(options, (size_t)count, members, &ctype->own_type, &bad, &why);
    if (status == ZF_NO_MEMORY) {
        PyErr_NoMemory();
        return -1;
    }
    if (status != ZF_OK) {
        bool is_whole = bad == SIZE_MAX;
        zf_error_member(state, options->name, is_whole ? -1 : (Py_ssize_t)bad, why);
        return -1;
    }
    ctype->format = PyBytes_FromFormat("%zus", (size_t)ctype->own_type->size);
    if (ctype->format == NULL) {
        return -1;
    }
    ctype->scalar = (ZfScalar){
        .type = ctype->own_type,
        .format = PyBytes_AS_STRING(ctype->format),
        .conversion = ZF_AS_AGGREGATE,
    };
    return 0;
}

PyObject *zf_struct_define(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *class, *items;
    ZfLayoutOptions options = {0};
    int is_msvc, is_union, is_packed;
    if (!PyArg_ParseTuple(args, "O!sO!pppII:_define", state->ctype_type, &class, &options.name,
                          &PyTuple_Type, &items, &is_union, &is_msvc, &is_packed, &options.pack,
                          &options.alignment)) {
        return NULL;
    }
    ZfCType *ctype = (ZfCType *)class;
    options.rules = is_msvc ? ZF_RULES_MSVC : ZF_RULES_GCC;
    options.is_union = is_union;
    options.is_packed = is_packed;
    if (ctype->scalar.type != NULL || ctype->own_type != NULL) {
        return PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_DEFINED_TWICE), options.name);
    }
    Py_ssize_t count = PyTuple_GET_SIZE(items);
    ZfMember *members = PyMem_New(ZfMember, count + 1);
    int outcome = members != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; outcome == 0 && i < count; i++) {
        outcome = read_member(state, PyTuple_GET_ITEM(items, i), i, &members[i]);
    }
    if (outcome == 0 && lay_out(state, ctype, &options, count, members) == 0) {
        ctype->fields = make_fields(state, class, items, members);
    }
    PyMem_Free(members);
    return ctype->fields != NULL ? Py_NewRef(Py_None) : NULL;
}

/* -- Values ------------------------------------------------------------------------------------ */

static PyObject *fields_of(PyObject *self)
{
    return zf_data_ctype(self)->fields;
}

static const ZfField *find_field(PyObject *fields, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(fields); i++) {
        const ZfField *field = as_field(PyTuple_GET_ITEM(fields, i));
        if (field->name == name || PyUnicode_Compare(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static int fill_positional(PyObject *self, PyObject *args)
{
    PyObject *fields = fields_of(self);
    Py_ssize_t given = PyTuple_GET_SIZE(args), most = PyTuple_GET_SIZE(fields);
    if (given > most) {
        PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_TOO_MANY_VALUES), Py_TYPE(self)->tp_name,
                     most, most == 1 ? "" : "s", given);
        return -1;
    }
    for (Py_ssize_t i = 0; i < given; i++) {
        const ZfField *field = as_field(PyTuple_GET_ITEM(fields, i));
        if (field_store(field, self, PyTuple_GET_ITEM(args, i)) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fill_named(PyObject *self, PyObject *kwargs, Py_ssize_t positional)
{
    PyObject *name, *value, *fields = fields_of(self);
    for (Py_ssize_t at = 0; kwargs != NULL && PyDict_Next(kwargs, &at, &name, &value);) {
        const ZfField *field = find_field(fields, name);
        const char *class = Py_TYPE(self)->tp_name;
        if (field == NULL) {
            PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_NO_MEMBER), class, name);
            return -1;
        }
        for (Py_ssize_t i = 0; i < positional; i++) {
            if (field == as_field(PyTuple_GET_ITEM(fields, i))) {
                PyErr_Format(PyExc_TypeError, zf_error_text(ZF_SAY_MEMBER_TWICE), class, name);
                return -1;
            }
        }
        if (field_store(field, self, value) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *struct_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!zf_data_is_concrete(type)) {
        return NULL;
    }
    PyObject *self = zf_data_make(type);
    if (self != NULL &&
        (fill_positional(self, args) < 0 || fill_named(self, kwargs, PyTuple_GET_SIZE(args)) < 0)) {
        Py_CLEAR(self);
    }
    return self;
}

/* What a repr shows of a member: a pointer by its address, since nobody knows if there is anything.
 */
static PyObject *shown(const ZfField *field, PyObject *self)
{
    return field->ctype->scalar.type->kind == ZF_KIND_POINTER
               ? zf_data_view(field->ctype, field_memory(field, self), self)
               : field_load(field, self);
}

static PyObject *struct_repr(PyObject *self)
{
    PyObject *fields = fields_of(self), *text = PyUnicode_FromFormat("%s(", Py_TYPE(self)->tp_name);
    for (Py_ssize_t i = 0; text != NULL && i < PyTuple_GET_SIZE(fields); i++) {
        const ZfField *field = as_field(PyTuple_GET_ITEM(fields, i));
        PyObject *value = shown(field, self);
        PyObject *part = value != NULL ? PyUnicode_FromFormat("%s%U=%R", i > 0 ? ", " : "",
                                                              field->name, value)
                                       : NULL;
        Py_XDECREF(value);
        PyUnicode_AppendAndDel(&text, part);
    }
    if (text != NULL) {
        PyUnicode_AppendAndDel(&text, PyUnicode_FromString(")"));
    }
    return text;
}

static int members_equal(const ZfField *field, PyObject *self, PyObject *other)
{
    if (field->ctype->scalar.type->kind == ZF_KIND_POINTER) {
        return memcmp(field_memory(field, self), field_memory(field, other), sizeof(void *)) == 0;
    }
    PyObject *mine = field_load(field, self);
    PyObject *theirs = mine != NULL ? field_load(field, other) : NULL;
    int equal = theirs != NULL ? PyObject_RichCompareBool(mine, theirs, Py_EQ) : -1;
    Py_XDECREF(mine);
    Py_XDECREF(theirs);
    return equal;
}

/* Values of one type are equal if their members are; padding does not count. */
static PyObject *struct_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || !Py_IS_TYPE(other, Py_TYPE(self))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    int equal = 1;
    PyObject *fields = fields_of(self);
    for (Py_ssize_t i = 0; equal == 1 && i < PyTuple_GET_SIZE(fields); i++) {
        equal = members_equal(as_field(PyTuple_GET_ITEM(fields, i)), self, other);
    }
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyType_Slot struct_slots[] = {
    {Py_tp_new, struct_new},
    {Py_tp_repr, struct_repr},
    {Py_tp_richcompare, struct_compare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_doc, "The base class of structs and unions."},
    {0, NULL},
};

PyType_Spec zf_struct_spec = {
    .name = "zffi._core.Aggregate",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = struct_slots,
};
