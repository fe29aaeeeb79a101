/* struct.c - structs and unions: classes whose values have named members.
 *
 * A class is declared, which makes it an incomplete type that pointers may point to, and then
 * defined, once, by its members: the layout engine places them, and each becomes a Field. The
 * members of an anonymous member are members of the whole as well. A member that is an aggregate
 * comes out as a view of the whole.
 */
#include "convert.h"
#include "field.h"

/* -- Declaring a class ------------------------------------------------------------------------- */

PyObject *zf_struct_declare(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *class;
    const char *name;
    if (!PyArg_ParseTuple(args, "O!s:_declare", state->ctype_type, &class, &name)) {
        return NULL;
    }
    ZfCType *ctype = (ZfCType *)class;
    if (ctype->own_type != NULL || zf_type_incomplete(name, &ctype->own_type) != ZF_OK) {
        return ctype->own_type != NULL ? zf_error_plain(PyExc_TypeError, ZF_SAY_DEFINED_TWICE, name)
                                       : PyErr_NoMemory();
    }
    zf_ctype_describe(ctype, &(ZfScalar){.type = ctype->own_type,
                                         .format = "B",
                                         .conversion = ZF_AS_AGGREGATE,
                                         .box = ZF_BOX_AGGREGATE});
    Py_RETURN_NONE;
}

/* -- Defining it ------------------------------------------------------------------------------- */

/* A number as the layout engine takes it, which has the words for one that is not possible. */
static unsigned as_option(long long number)
{
    return number < 0 || number > UINT_MAX ? UINT_MAX : (unsigned)number;
}

/* A member as Python gives it: (name or None, C type, bits or -1, alignment or 0, offset or -1,
 * anonymous). */
static int read_member(ZfState *state, PyObject *item, Py_ssize_t index, ZfField *field,
                       ZfMember *member)
{
    PyObject *type;
    int anonymous;
    long long at, alignment;
    if (!PyArg_ParseTuple(item, "OOiLLp:_define", &field->name, &type, &field->bits, &alignment,
                          &at, &anonymous)) {
        return -1;
    }
    member->alignment = as_option(alignment);
    if (!zf_ctype_is_concrete(state, type)) {
        zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "_fields_", index, type);
        return -1;
    }
    field->ctype = (ZfCType *)type;
    field->is_anonymous = anonymous;
    if (zf_ctype_is_complete(field->ctype) < 0) {
        return -1;
    }
    if (field->bits != ZF_NO_BITS && field->ctype->scalar.conversion == ZF_AS_INT128) {
        zf_error_type_why(state, ZF_SAY_CANNOT_USE, "_fields_", index, type,
                          "a bit-field has at most 64 bits");
        return -1;
    }
    member->type = field->ctype->scalar.type;
    member->bits = field->bits;
    member->is_named = field->name != Py_None;
    member->at = at;
    return 0;
}

static int add_field(ZfState *state, ZfCType *ctype, const ZfField *model, PyObject *fields)
{
    int known = PyDict_Contains(ctype->by_name, model->name);
    if (known != 0) {
        if (known > 0) {
            zf_error_plain(state->exceptions[ZF_SignatureError], ZF_SAY_SAME_MEMBER,
                           ctype->scalar.type->name, model->name);
        }
        return -1;
    }
    PyObject *field = zf_field_make(state, model);
    int outcome = field == NULL || PyDict_SetItem(ctype->by_name, model->name, field) < 0 ||
                          (fields != NULL && PyList_Append(fields, field) < 0)
                      ? -1
                      : 0;
    Py_XDECREF(field);
    return outcome;
}

/* The members of an anonymous member, as members of the whole. Those of an anonymous one inside are
 * among them. */
static int add_promoted(ZfState *state, ZfCType *ctype, const ZfField *outer)
{
    PyObject *name, *object, *inner = outer->ctype->by_name;
    if (inner == NULL) {
        zf_error_plain(state->exceptions[ZF_SignatureError], ZF_SAY_NOT_ANONYMOUS,
                       ctype->scalar.type->name, outer->name);
        return -1;
    }
    for (Py_ssize_t at = 0; PyDict_Next(inner, &at, &name, &object);) {
        ZfField model = *zf_field_of(object);
        if (model.is_anonymous) {
            continue;
        }
        model.class = (PyTypeObject *)ctype;
        model.offset += outer->offset;
        if (add_field(state, ctype, &model, NULL) < 0) {
            return -1;
        }
    }
    return 0;
}

/* A list of the fields of the named members, which by_name has too; NULL with an error. */
static PyObject *make_fields(ZfState *state, ZfCType *ctype, Py_ssize_t count, ZfField *models,
                             const ZfMember *members)
{
    PyObject *fields = PyList_New(0);
    int outcome = fields != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; outcome == 0 && i < count; i++) {
        ZfField *model = &models[i];
        model->class = (PyTypeObject *)ctype;
        model->offset = (Py_ssize_t)members[i].offset;
        model->bit_offset = members[i].bit_offset;
        if (members[i].is_named) {
            outcome = add_field(state, ctype, model, fields);
        }
        if (outcome == 0 && model->is_anonymous) {
            outcome = add_promoted(state, ctype, model);
        }
    }
    if (outcome < 0) {
        Py_CLEAR(fields);
    }
    return fields;
}

/* Each field becomes an attribute of the class: all of them, or none. */
static int publish(ZfCType *ctype)
{
    PyObject *name, *field;
    int outcome = 0;
    for (Py_ssize_t at = 0; outcome == 0 && PyDict_Next(ctype->by_name, &at, &name, &field);) {
        outcome = PyObject_SetAttr((PyObject *)ctype, name, field);
    }
    if (outcome < 0) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        for (Py_ssize_t at = 0; PyDict_Next(ctype->by_name, &at, &name, &field);) {
            if (PyObject_SetAttr((PyObject *)ctype, name, NULL) < 0) {
                PyErr_Clear(); /* it was not there yet */
            }
        }
        PyErr_Restore(type, value, traceback);
    }
    return outcome;
}

/* Places the members. */
static int lay_out(ZfState *state, const ZfLayoutOptions *options, Py_ssize_t count,
                   ZfMember *members, ZfType **type)
{
    size_t bad;
    const char *why;
    ZfStatus status = zf_layout_make(options, (size_t)count, members, type, &bad, &why);
    if (status == ZF_NO_MEMORY) {
        PyErr_NoMemory();
        return -1;
    }
    if (status != ZF_OK) {
        bool is_whole = bad == SIZE_MAX;
        zf_error_member(state, options->name, is_whole ? -1 : (Py_ssize_t)bad, why);
        return -1;
    }
    return 0;
}

/* The class is incomplete until it is described. */
static int install(ZfState *state, ZfCType *ctype, Py_ssize_t count, ZfField *models,
                   const ZfMember *members, ZfType *type)
{
    PyObject *fields = make_fields(state, ctype, count, models, members);
    PyObject *tuple = fields != NULL ? PyList_AsTuple(fields) : NULL;
    Py_XDECREF(fields);
    if (tuple == NULL || publish(ctype) < 0) {
        Py_XDECREF(tuple);
        zf_type_free(type);
        return -1;
    }
    zf_type_free(ctype->defined); /* by an attempt that got no further */
    ctype->defined = type;
    Py_XSETREF(ctype->fields, tuple);
    return 0;
}

static int define(ZfState *state, ZfCType *ctype, PyObject *items, const ZfLayoutOptions *options,
                  bool is_swapped)
{
    Py_ssize_t count = PyTuple_GET_SIZE(items);
    ZfMember *members = PyMem_Calloc((size_t)count + 1, sizeof *members);
    ZfField *models = PyMem_Calloc((size_t)count + 1, sizeof *models);
    Py_XSETREF(ctype->by_name, PyDict_New());
    int outcome = members != NULL && models != NULL && ctype->by_name != NULL ? 0 : -1;
    if (outcome < 0) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t i = 0; outcome == 0 && i < count; i++) {
        models[i].is_swapped = is_swapped;
        outcome = read_member(state, PyTuple_GET_ITEM(items, i), i, &models[i], &members[i]);
    }
    ZfType *type;
    if (outcome == 0) {
        outcome = lay_out(state, options, count, members, &type);
    }
    if (outcome == 0) {
        outcome = install(state, ctype, count, models, members, type);
    }
    PyMem_Free(members);
    PyMem_Free(models);
    return outcome;
}

PyObject *zf_struct_define(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *class, *items;
    ZfLayoutOptions options = {0};
    int is_msvc, is_union, is_packed, is_swapped;
    long long pack, alignment;
    if (!PyArg_ParseTuple(args, "O!O!pppLLp:_define", state->ctype_type, &class, &PyTuple_Type,
                          &items, &is_union, &is_msvc, &is_packed, &pack, &alignment,
                          &is_swapped)) {
        return NULL;
    }
    options.pack = as_option(pack);
    options.alignment = as_option(alignment);
    ZfCType *ctype = (ZfCType *)class;
    options.name = ctype->scalar.type->name;
    options.rules = is_msvc ? ZF_RULES_MSVC : ZF_RULES_GCC;
    options.is_union = is_union;
    options.is_packed = is_packed;
    options.anonymous_bit_fields_align = zf_abi_aligns_bit_fields(zf_abi_default());
    if (ctype->declared != NULL) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_DEFINED_TWICE, options.name);
    }
    return define(state, ctype, items, &options, is_swapped) == 0
               ? PyLong_FromUnsignedLongLong(ctype->defined->size)
               : NULL;
}

PyObject *zf_struct_describe(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *class, *format, *initial;
    if (!PyArg_ParseTuple(args, "O!O!O:_describe", state->ctype_type, &class, &PyBytes_Type,
                          &format, &initial)) {
        return NULL;
    }
    ZfCType *ctype = (ZfCType *)class;
    ZfType *type = ctype->defined;
    bool has_initial = initial != Py_None;
    if (type == NULL || (has_initial && (!PyObject_TypeCheck(initial, state->aggregate_type) ||
                                         zf_data_scalar(initial)->type->size != type->size))) {
        return zf_error_plain(PyExc_TypeError, ZF_SAY_ABSTRACT, ((PyTypeObject *)class)->tp_name);
    }
    PyObject *own = has_initial ? zf_data_make_early((PyTypeObject *)class, type, initial) : NULL;
    if (has_initial && own == NULL) {
        return NULL;
    }
    Py_XSETREF(ctype->initial, own);
    ZfScalar scalar = ctype->scalar;
    scalar.type = type;
    scalar.format = PyBytes_AS_STRING(format);
    Py_XSETREF(ctype->format, Py_NewRef(format));
    ctype->declared = ctype->own_type;
    ctype->own_type = type;
    ctype->defined = NULL;
    zf_ctype_describe(ctype, &scalar);
    Py_RETURN_NONE;
}

/* -- Making values ----------------------------------------------------------------------------- */

/* The values of a call: `count` of them by position, then one for each of `names`, a tuple or NULL.
 */
typedef struct Given {
    PyObject *const *values;
    Py_ssize_t count;
    PyObject *names;
} Given;

/* Whether a member has got its value by position. */
static bool is_given(const ZfCType *ctype, const ZfField *field, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        if (zf_field_of(PyTuple_GET_ITEM(ctype->fields, i)) == field) {
            return true;
        }
    }
    return false;
}

static int fill_named(PyObject *self, const Given *given)
{
    ZfCType *ctype = zf_data_ctype(self);
    const char *class = Py_TYPE(self)->tp_name;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(given->names); i++) {
        PyObject *name = PyTuple_GET_ITEM(given->names, i);
        PyObject *field = PyDict_GetItemWithError(ctype->by_name, name);
        if (field == NULL || is_given(ctype, zf_field_of(field), given->count)) {
            if (!PyErr_Occurred()) {
                zf_error_plain(PyExc_TypeError,
                               field == NULL ? ZF_SAY_NO_MEMBER : ZF_SAY_MEMBER_TWICE, class, name);
            }
            return -1;
        }
        if (zf_field_store(zf_field_of(field), self, given->values[given->count + i]) < 0) {
            return -1;
        }
    }
    return 0;
}

static int fill(PyObject *self, const Given *given)
{
    PyObject *fields = zf_data_ctype(self)->fields;
    Py_ssize_t most = PyTuple_GET_SIZE(fields);
    if (given->count > most) {
        zf_error_plain(PyExc_TypeError, ZF_SAY_TOO_MANY_VALUES, Py_TYPE(self)->tp_name, most,
                       most == 1 ? "" : "s", given->count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < given->count; i++) {
        if (zf_field_store(zf_field_of(PyTuple_GET_ITEM(fields, i)), self, given->values[i]) < 0) {
            return -1;
        }
    }
    return given->names != NULL ? fill_named(self, given) : 0;
}

/* A value of the defaults, or of zeros. */
static PyObject *make_initial(PyTypeObject *type)
{
    ZfCType *ctype = (ZfCType *)type;
    PyObject *self = zf_data_make(type), *initial = ctype->initial;
    if (self != NULL && initial != NULL &&
        zf_access_store(zf_state_of(self), zf_data_ctype(initial), self, ((ZfData *)self)->memory,
                        initial, -1) < 0) {
        Py_CLEAR(self);
    }
    return self;
}

static PyObject *struct_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kw))
{
    return zf_data_is_concrete(type) ? make_initial(type) : NULL;
}

/* Called by Python code that overrides __init__, and for classes that do. */
static int struct_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args), named = kwargs != NULL ? PyDict_GET_SIZE(kwargs) : 0;
    PyObject *names = PyTuple_New(named), *values = PyTuple_New(count + named), *name, *value;
    int outcome = names != NULL && values != NULL ? 0 : -1;
    for (Py_ssize_t i = 0; outcome == 0 && i < count; i++) {
        PyTuple_SET_ITEM(values, i, Py_NewRef(PyTuple_GET_ITEM(args, i)));
    }
    for (Py_ssize_t at = 0, i = 0; outcome == 0 && i < named; i++) {
        PyDict_Next(kwargs, &at, &name, &value);
        PyTuple_SET_ITEM(names, i, Py_NewRef(name));
        PyTuple_SET_ITEM(values, count + i, Py_NewRef(value));
    }
    if (outcome == 0) {
        outcome = fill(self, &(Given){&PyTuple_GET_ITEM(values, 0), count, names});
    }
    Py_XDECREF(names);
    Py_XDECREF(values);
    return outcome;
}

/* The class has an __init__ or a __new__ of its own. */
static PyObject *call_as_type(PyObject *class, const Given *given)
{
    PyObject *args = PyTuple_New(given->count), *kwargs = PyDict_New(), *made = NULL;
    bool is_ready = args != NULL && kwargs != NULL;
    for (Py_ssize_t i = 0; is_ready && i < given->count; i++) {
        PyTuple_SET_ITEM(args, i, Py_NewRef(given->values[i]));
    }
    Py_ssize_t named = given->names != NULL ? PyTuple_GET_SIZE(given->names) : 0;
    for (Py_ssize_t i = 0; is_ready && i < named; i++) {
        is_ready = PyDict_SetItem(kwargs, PyTuple_GET_ITEM(given->names, i),
                                  given->values[given->count + i]) == 0;
    }
    if (is_ready) {
        made = PyType_Type.tp_call(class, args, kwargs);
    }
    Py_XDECREF(args);
    Py_XDECREF(kwargs);
    return made;
}

PyObject *zf_struct_vectorcall(PyObject *class, PyObject *const *values, size_t count,
                               PyObject *names)
{
    PyTypeObject *type = (PyTypeObject *)class;
    const Given given = {values, PyVectorcall_NARGS(count), names};
    if (type->tp_new != struct_new || type->tp_init != struct_init) {
        return call_as_type(class, &given);
    }
    if (!zf_data_is_concrete(type)) {
        return NULL;
    }
    PyObject *self = make_initial(type);
    if (self != NULL && fill(self, &given) < 0) {
        Py_CLEAR(self);
    }
    return self;
}

/* -- Values ------------------------------------------------------------------------------------ */

/* What a repr shows of a member: a pointer by its address, since nobody knows if there is anything.
 */
static PyObject *shown(const ZfField *field, PyObject *self)
{
    return field->ctype->scalar.type->kind == ZF_KIND_POINTER
               ? zf_data_view(field->ctype, zf_field_memory(field, self), self)
               : zf_field_load(field, self);
}

static PyObject *struct_repr(PyObject *self)
{
    PyObject *fields = zf_data_ctype(self)->fields;
    PyObject *text = PyUnicode_FromFormat("%s(", Py_TYPE(self)->tp_name);
    for (Py_ssize_t i = 0; text != NULL && i < PyTuple_GET_SIZE(fields); i++) {
        const ZfField *field = zf_field_of(PyTuple_GET_ITEM(fields, i));
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
        return memcmp(zf_field_memory(field, self), zf_field_memory(field, other),
                      sizeof(void *)) == 0;
    }
    PyObject *mine = zf_field_load(field, self);
    PyObject *theirs = mine != NULL ? zf_field_load(field, other) : NULL;
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
    PyObject *fields = zf_data_ctype(self)->fields;
    for (Py_ssize_t i = 0; equal == 1 && i < PyTuple_GET_SIZE(fields); i++) {
        equal = members_equal(zf_field_of(PyTuple_GET_ITEM(fields, i)), self, other);
    }
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyType_Slot struct_slots[] = {
    {Py_tp_new, struct_new},
    {Py_tp_init, struct_init},
    {Py_tp_repr, struct_repr},
    {Py_tp_richcompare, struct_compare},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_tp_getattro, zf_field_get_attribute},
    {Py_tp_setattro, zf_field_set_attribute},
    {Py_tp_doc, "The base class of structs and unions."},
    {0, NULL},
};

PyType_Spec zf_struct_spec = {
    .name = "zffi._core.Aggregate",
    .basicsize = sizeof(ZfData),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = struct_slots,
};
