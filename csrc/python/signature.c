/* signature.c - signatures: C types, parameter names and a plan, immutable and shared by any number
 * of functions.
 *
 * A signature is checked once, when it is made; whoever holds one may trust it. Names do not take
 * part in equality: they change what messages say, not what is called.
 */
#include "core.h"

#include <stddef.h>
#include <string.h>

/* -- Making ------------------------------------------------------------------------------------ */

static int signature_error(ZfState *state, ZfMessage message, PyObject *first, Py_ssize_t number)
{
    PyObject *class = state->exceptions[ZF_SignatureError];
    if (message == ZF_SAY_TOO_MANY) {
        zf_error_plain(class, message, number, ZF_MAX_ARGUMENTS);
    } else if (first == NULL) {
        zf_error_plain(class, message, number);
    } else {
        zf_error_plain(class, message, number, first);
    }
    return -1;
}

/* The items of any sequence, as a tuple; one that claims to be longer than any signature is not
 * read. */
static PyObject *items_of(ZfState *state, PyObject *sequence)
{
    Py_ssize_t count = PySequence_Size(sequence);
    if (count > ZF_MAX_ARGUMENTS) {
        signature_error(state, ZF_SAY_TOO_MANY, NULL, count);
        return NULL;
    }
    PyObject *items = count >= 0 ? PyTuple_New(count) : NULL;
    for (Py_ssize_t i = 0; items != NULL && i < count; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        if (item == NULL) {
            Py_CLEAR(items);
        } else {
            PyTuple_SET_ITEM(items, i, item);
        }
    }
    return items;
}

/* What a mapping has for each of its keys, as a tuple. */
static PyObject *values_of(PyObject *mapping, PyObject *keys)
{
    PyObject *values = PyTuple_New(PyTuple_GET_SIZE(keys));
    for (Py_ssize_t i = 0; values != NULL && i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *value = PyObject_GetItem(mapping, PyTuple_GET_ITEM(keys, i));
        if (value == NULL) {
            Py_CLEAR(values);
        } else {
            PyTuple_SET_ITEM(values, i, value);
        }
    }
    return values;
}

/* A parameter name as Python's parser takes it: exact str, in normal form KC (PEP 3131). */
static PyObject *normal_name(ZfState *state, PyObject *name, Py_ssize_t index)
{
    if (!PyUnicode_Check(name) || !PyUnicode_IsIdentifier(name)) {
        signature_error(state, ZF_SAY_PARAMETER_NAME, name, index + 1);
        return NULL;
    }
    if (PyUnicode_IS_ASCII(name)) {
        return PyUnicode_FromObject(name);
    }
    PyObject *module = PyImport_ImportModule("unicodedata");
    PyObject *normal = module != NULL ? PyObject_CallMethod(module, "normalize", "sO", "NFKC", name)
                                      : NULL;
    Py_XDECREF(module);
    return normal;
}

/* The names of a mapping's parameters, as a tuple: no two may be the same. */
static PyObject *names_of(ZfState *state, PyObject *keys)
{
    PyObject *names = PyTuple_New(PyTuple_GET_SIZE(keys)), *seen = PySet_New(NULL);
    for (Py_ssize_t i = 0; names != NULL && seen != NULL && i < PyTuple_GET_SIZE(keys); i++) {
        PyObject *name = normal_name(state, PyTuple_GET_ITEM(keys, i), i);
        int known = name != NULL ? PySet_Contains(seen, name) : -1;
        if (known == 1) {
            signature_error(state, ZF_SAY_PARAMETER_TWICE, name, i + 1);
        }
        if (known != 0 || PySet_Add(seen, name) < 0) {
            Py_XDECREF(name);
            Py_CLEAR(names);
        } else {
            PyTuple_SET_ITEM(names, i, name);
        }
    }
    Py_XDECREF(seen);
    return names;
}

/* Splits argtypes into a tuple of types and, for a mapping, a tuple of names. */
static int split_argtypes(ZfState *state, PyObject *given, PyObject **types, PyObject **names)
{
    *names = NULL;
    *types = NULL;
    if (given == NULL) {
        *types = PyTuple_New(0);
    } else if (PyList_CheckExact(given) || PyTuple_CheckExact(given)) {
        *types = items_of(state, given);
    } else if (PyDict_Check(given) || PyObject_HasAttrString(given, "keys")) {
        PyObject *listed = PyMapping_Keys(given);
        PyObject *keys = listed != NULL ? items_of(state, listed) : NULL;
        *names = keys != NULL ? names_of(state, keys) : NULL;
        *types = *names != NULL ? values_of(given, keys) : NULL;
        if (*types == NULL) {
            Py_CLEAR(*names);
        }
        Py_XDECREF(listed);
        Py_XDECREF(keys);
    } else if (PySequence_Check(given) && !PyUnicode_Check(given) && !PyBytes_Check(given)) {
        *types = items_of(state, given);
    } else {
        zf_error_type(state, ZF_SAY_ARGTYPES, "argtypes", -1, given);
    }
    return *types != NULL ? 0 : -1;
}

/* Enum classes stand for their C types. The tuple is new, and still nobody else's. */
static int resolve_types(ZfState *state, PyObject *types)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); i++) {
        PyObject *given = PyTuple_GET_ITEM(types, i);
        PyObject *resolved = zf_enum_resolve(state, given);
        if (resolved == NULL) {
            return -1;
        }
        PyTuple_SET_ITEM(types, i, resolved);
        Py_DECREF(given);
    }
    return 0;
}

/* Checks the argument types and fills in the steps' scalars. */
static int check_types(ZfState *state, ZfSignature *signature, const ZfType **types)
{
    for (Py_ssize_t i = 0; i < signature->argument_count; i++) {
        ZfCType *ctype;
        if (zf_ctype_check(state, PyTuple_GET_ITEM(signature->argtypes, i), "argtypes", i, &ctype) <
            0) {
            return -1;
        }
        signature->steps[i].scalar = ctype->scalar;
        types[i] = ctype->scalar.type;
    }
    return 0;
}

/* What the convention cannot pass, or would not fit on the stack. */
static int refuse(ZfState *state, const ZfSignature *signature, ZfStatus status, size_t bad,
                  const char *why)
{
    if (status == ZF_NO_MEMORY) {
        PyErr_NoMemory();
        return -1;
    }
    bool is_result = bad == SIZE_MAX;
    PyObject *given = is_result ? signature->restype
                                : PyTuple_GET_ITEM(signature->argtypes, (Py_ssize_t)bad);
    zf_error_type_why(state, ZF_SAY_CANNOT_PASS, is_result ? "restype" : "argtypes",
                      is_result ? -1 : (Py_ssize_t)bad, given, why);
    return -1;
}

/* Whether each piece of an argument is a word, or several on the stack, of the image alone. */
static bool has_words(const ZfPlace *place)
{
    bool is_struct = place->type->kind == ZF_KIND_STRUCT;
    if (place->is_reference || (!is_struct && place->type->kind > ZF_KIND_POINTER)) {
        return false;
    }
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        bool is_on_stack = piece->bank == ZF_BANK_STACK;
        if (is_on_stack ? piece->index % 8 != 0 || piece->room % 8 != 0 : piece->size > 8) {
            return false;
        }
    }
    return place->piece_count <= (is_struct ? Py_ARRAY_LENGTH(((ZfStep *)NULL)->moves) : 1);
}

static ZfWay way_of(const ZfPlan *plan)
{
    enum { DATA_ALIGNMENT = 16, STACK_ALIGNMENT = 16 };
    if (plan->is_scalar) {
        return ZF_WAY_SCALAR;
    }
    const ZfType *result = plan->result.type;
    bool is_packed = zf_return_shape(&plan->result) != ZF_RETURN_OTHER &&
                     (result->kind <= ZF_KIND_POINTER || result->kind == ZF_KIND_STRUCT) &&
                     result->alignment <= DATA_ALIGNMENT &&
                     plan->stack_alignment == STACK_ALIGNMENT;
    for (uint32_t i = 0; is_packed && i < plan->argument_count; i++) {
        is_packed = has_words(&plan->arguments[i]);
    }
    return is_packed ? ZF_WAY_PACKED : ZF_WAY_MEMORY;
}

static void prepare_moves(ZfStep *step, const ZfPlace *place)
{
    step->move_count = place->piece_count;
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        step->moves[i] = (ZfMove){piece->offset, piece->size, (uint32_t)zf_image_word(piece)};
    }
}

/* What the call path reads, in one place. */
static void prepare_call(ZfSignature *signature)
{
    const ZfPlan *plan = signature->plan;
    bool is_void = signature->restype == Py_None;
    signature->box = (is_void ? &zf_scalar_void : &((ZfCType *)signature->restype)->scalar)->box;
    signature->way = way_of(plan);
    signature->shape = zf_return_shape(&plan->result);
    signature->abi = plan->abi;
    signature->fp_used = plan->fp_used;
    signature->stack_words = zf_image_stack_words(plan);
}

static void prepare_steps(ZfSignature *signature)
{
    const ZfPlan *plan = signature->plan;
    for (Py_ssize_t i = 0; i < signature->argument_count; i++) {
        ZfStep *step = &signature->steps[i];
        const ZfPlace *place = &plan->arguments[i];
        bool is_struct = place->type->kind == ZF_KIND_STRUCT;
        step->word = (uint32_t)i;
        if (signature->way == ZF_WAY_PACKED && is_struct) {
            prepare_moves(step, place);
        } else if (signature->way != ZF_WAY_MEMORY) {
            step->word = (uint32_t)zf_image_word(&place->pieces[0]);
        }
    }
}

static int make_plan(ZfState *state, ZfSignature *signature, const ZfAbi *abi)
{
    Py_ssize_t count = signature->argument_count;
    ZfCType *result;
    if (zf_ctype_check(state, signature->restype, "restype", -1, &result) < 0) {
        return -1;
    }
    const ZfType **types = PyMem_New(const ZfType *, count + 1);
    signature->steps = PyMem_New(ZfStep, count + 1);
    if (types == NULL || signature->steps == NULL) {
        PyMem_Free(types);
        PyErr_NoMemory();
        return -1;
    }
    const ZfScalar *scalar = result != NULL ? &result->scalar : &zf_scalar_void;
    int outcome = check_types(state, signature, types);
    if (outcome == 0) {
        size_t bad, fixed = signature->fixed < 0 ? SIZE_MAX : (size_t)signature->fixed;
        const char *why;
        const ZfPrototype prototype = {scalar->type, (size_t)count, types, fixed};
        ZfStatus status = zf_plan_make(abi, &prototype, &signature->plan, &bad, &why);
        outcome = status == ZF_OK ? 0 : refuse(state, signature, status, bad, why);
    }
    PyMem_Free(types);
    if (outcome == 0) {
        prepare_call(signature);
        prepare_steps(signature);
    }
    return outcome;
}

int zf_signature_fixed(ZfState *state, PyObject *given, Py_ssize_t *fixed)
{
    *fixed = ZF_NOT_VARIADIC;
    if (given == NULL || given == Py_None) {
        return 0;
    }
    Py_ssize_t count = PyLong_Check(given) ? PyLong_AsSsize_t(given) : -1;
    if (count < 0) {
        PyErr_Clear();
        zf_error_plain(state->exceptions[ZF_SignatureError], ZF_SAY_FIXED, given);
        return -1;
    }
    *fixed = count;
    return 0;
}

/* Without a plan, and not tracked: nobody may find it before it is whole. */
static ZfSignature *blank(ZfState *state, const ZfSignatureKey *key)
{
    PyTypeObject *type = state->signature_type;
    ZfSignature *signature = (ZfSignature *)type->tp_alloc(type, 0);
    if (signature == NULL) {
        return NULL;
    }
    PyObject_GC_UnTrack(signature);
    signature->restype = Py_NewRef(key->restype);
    signature->argtypes = Py_NewRef(key->argtypes);
    signature->names = Py_XNewRef(key->names);
    signature->argument_count = PyTuple_GET_SIZE(key->argtypes);
    signature->fixed = key->fixed;
    signature->state = state;
    signature->hash = zf_intern_hash(key);
    return signature;
}

/* Describes a signature that has a plan, and lets it be found. */
static ZfSignature *finished(ZfState *state, ZfSignature *signature)
{
    if (zf_signature_describe(signature) < 0 || zf_intern_add(state, signature) < 0) {
        Py_DECREF(signature);
        return NULL;
    }
    PyObject_GC_Track(signature);
    return signature;
}

static ZfSignature *without_names(ZfState *state, const ZfSignatureKey *key)
{
    ZfSignature *signature = zf_intern_find(state, key);
    if (signature != NULL || PyErr_Occurred()) {
        return signature;
    }
    signature = blank(state, key);
    int outcome = signature != NULL ? 0 : -1;
    if (outcome == 0 && signature->fixed > signature->argument_count) {
        outcome = signature_error(state, ZF_SAY_FIXED_COUNT, NULL, signature->fixed);
    }
    if (outcome < 0 || make_plan(state, signature, key->abi) < 0) {
        Py_XDECREF(signature);
        return NULL;
    }
    return finished(state, signature);
}

/* The same plan under other names. */
static ZfSignature *with_names(ZfState *state, const ZfSignatureKey *key)
{
    ZfSignature *signature = zf_intern_find(state, key);
    if (signature != NULL || PyErr_Occurred()) {
        return signature;
    }
    ZfSignatureKey nameless = *key;
    nameless.names = NULL;
    ZfSignature *unnamed = without_names(state, &nameless);
    signature = unnamed != NULL ? blank(state, key) : NULL;
    if (signature == NULL) {
        Py_XDECREF(unnamed);
        return NULL;
    }
    signature->unnamed = unnamed;
    signature->plan = unnamed->plan;
    signature->steps = unnamed->steps;
    prepare_call(signature);
    return finished(state, signature);
}

ZfSignature *zf_signature_make(ZfState *state, PyObject *restype, PyObject *argtypes,
                               const ZfAbi *abi, Py_ssize_t fixed)
{
    PyObject *types, *names;
    if (split_argtypes(state, argtypes, &types, &names) < 0) {
        return NULL;
    }
    PyObject *result = resolve_types(state, types) == 0 ? zf_enum_resolve(state, restype) : NULL;
    ZfSignature *signature = NULL;
    if (result != NULL) {
        const ZfSignatureKey key = {result, types, names, abi, fixed};
        signature = names != NULL ? with_names(state, &key) : without_names(state, &key);
    }
    Py_XDECREF(result);
    Py_DECREF(types);
    Py_XDECREF(names);
    return signature;
}

const ZfAbi *zf_signature_abi(ZfState *state, PyObject *name, const ZfAbi *otherwise)
{
    if (name == NULL || name == Py_None) {
        return otherwise;
    }
    Py_ssize_t length;
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &length) : NULL;
    bool is_word = text != NULL && strlen(text) == (size_t)length;
    const ZfAbi *abi = is_word ? zf_abi_find(text) : NULL;
    if (abi == NULL) {
        PyErr_Clear();
        zf_error_abi(state, name);
    }
    return abi;
}

/* -- The plan as Python objects ---------------------------------------------------------------- */

static PyObject *piece_tuple(const ZfAbi *abi, const ZfPiece *piece, bool is_result)
{
    static const char *const banks[] = {"gp", "fp", "x87", "stack"};
    const char *name = is_result ? zf_abi_result_register(abi, piece->bank, piece->index)
                                 : zf_abi_argument_register(abi, piece->bank, piece->index);
    return Py_BuildValue("(sIzII)", banks[piece->bank], piece->index, name, piece->offset,
                         piece->size);
}

static PyObject *place_tuple(const ZfAbi *abi, const ZfPlace *place, bool is_result)
{
    PyObject *pieces = PyTuple_New(place->piece_count);
    for (uint32_t i = 0; pieces != NULL && i < place->piece_count; i++) {
        PyObject *piece = piece_tuple(abi, &place->pieces[i], is_result);
        if (piece == NULL) {
            Py_CLEAR(pieces);
        } else {
            PyTuple_SET_ITEM(pieces, i, piece);
        }
    }
    return Py_BuildValue("(sNO)", place->type->name, pieces,
                         place->is_reference ? Py_True : Py_False);
}

/* (abi, result, arguments, stack_bytes), where a place is (type, pieces) */
static PyObject *signature_raw_plan(PyObject *self)
{
    const ZfPlan *plan = ((ZfSignature *)self)->plan;
    PyObject *arguments = PyTuple_New(plan->argument_count);
    for (uint32_t i = 0; arguments != NULL && i < plan->argument_count; i++) {
        PyObject *place = place_tuple(plan->abi, &plan->arguments[i], false);
        if (place == NULL) {
            Py_CLEAR(arguments);
        } else {
            PyTuple_SET_ITEM(arguments, i, place);
        }
    }
    return Py_BuildValue("(sNNI)", zf_abi_name(plan->abi),
                         place_tuple(plan->abi, &plan->result, !plan->result.is_reference),
                         arguments, plan->stack_bytes);
}

static PyObject *signature_get_plan(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *raw = signature_raw_plan(self);
    PyObject *module = raw != NULL ? PyImport_ImportModule("zffi._plan") : NULL;
    PyObject *plan = module != NULL ? PyObject_CallMethod(module, "plan_from_core", "(O)", raw)
                                    : NULL;
    Py_XDECREF(module);
    Py_XDECREF(raw);
    return plan;
}

/* -- The type ---------------------------------------------------------------------------------- */

static PyObject *signature_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"restype", "argtypes", "fixed", "abi", NULL};
    PyObject *restype, *argtypes = NULL, *fixed_object = NULL, *abi_name = NULL;
    ZfState *state = PyType_GetModuleState(type);
    Py_ssize_t fixed;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$OO:signature", names, &restype, &argtypes,
                                     &fixed_object, &abi_name) ||
        zf_signature_fixed(state, fixed_object, &fixed) < 0) {
        return NULL;
    }
    const ZfAbi *abi = zf_signature_abi(state, abi_name, zf_abi_default());
    return abi != NULL ? (PyObject *)zf_signature_make(state, restype, argtypes, abi, fixed) : NULL;
}

static int signature_traverse(PyObject *self, visitproc visit, void *arg)
{
    ZfSignature *signature = (ZfSignature *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(signature->restype);
    Py_VISIT(signature->argtypes);
    Py_VISIT(signature->names);
    Py_VISIT(signature->unnamed);
    return 0;
}

static void signature_dealloc(PyObject *self)
{
    ZfSignature *signature = (ZfSignature *)self;
    PyTypeObject *type = Py_TYPE(self);
    bool has_module = ((PyHeapTypeObject *)type)->ht_module != NULL; /* until the very end */
    ZfState *state = has_module ? PyType_GetModuleState(type) : NULL;
    PyObject_GC_UnTrack(self);
    if (signature->weak_references != NULL) {
        PyObject_ClearWeakRefs(self);
    }
    if (state != NULL && state->signatures != NULL) {
        zf_intern_remove(state, signature);
    }
    if (signature->unnamed == NULL) {
        zf_plan_free(signature->plan);
        PyMem_Free(signature->steps);
    }
    Py_XDECREF(signature->restype);
    Py_XDECREF(signature->argtypes);
    Py_XDECREF(signature->names);
    Py_XDECREF(signature->before_name);
    Py_XDECREF(signature->behind_name);
    Py_XDECREF(signature->unnamed);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *signature_str(PyObject *self)
{
    return zf_signature_prototype((ZfSignature *)self, NULL, -1);
}

static PyObject *signature_repr(PyObject *self)
{
    PyObject *text = signature_str(self);
    PyObject *repr = text != NULL
                         ? PyUnicode_FromFormat("<zffi.signature %U, %s>", text,
                                                zf_abi_name(((ZfSignature *)self)->plan->abi))
                         : NULL;
    Py_XDECREF(text);
    return repr;
}

static Py_hash_t signature_hash(PyObject *self)
{
    return ((ZfSignature *)self)->hash;
}

static PyObject *signature_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) || !Py_IS_TYPE(other, Py_TYPE(self))) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const ZfSignature *a = (ZfSignature *)self, *b = (ZfSignature *)other;
    int equal = a->restype == b->restype && a->fixed == b->fixed && a->plan->abi == b->plan->abi
                    ? PyObject_RichCompareBool(a->argtypes, b->argtypes, Py_EQ)
                    : 0;
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

static PyObject *signature_get_fixed(PyObject *self, void *Py_UNUSED(closure))
{
    Py_ssize_t fixed = ((ZfSignature *)self)->fixed;
    return fixed == ZF_NOT_VARIADIC ? Py_NewRef(Py_None) : PyLong_FromSsize_t(fixed);
}

/* argtypes as they can be given again: a mapping if there are names */
static PyObject *named_argtypes(const ZfSignature *signature)
{
    if (signature->names == NULL) {
        return Py_NewRef(signature->argtypes);
    }
    PyObject *mapping = PyDict_New();
    for (Py_ssize_t i = 0; mapping != NULL && i < signature->argument_count; i++) {
        PyObject *name = PyTuple_GET_ITEM(signature->names, i),
                 *type = PyTuple_GET_ITEM(signature->argtypes, i);
        if (PyDict_SetItem(mapping, name, type) < 0) {
            Py_CLEAR(mapping);
        }
    }
    return mapping;
}

static PyObject *signature_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    const ZfSignature *signature = (ZfSignature *)self;
    PyObject *module = PyImport_ImportModule("zffi._core");
    PyObject *make = module != NULL ? PyObject_GetAttrString(module, "_make_signature") : NULL;
    Py_XDECREF(module);
    PyObject *fixed = make != NULL ? signature_get_fixed(self, NULL) : NULL;
    if (fixed == NULL) {
        Py_XDECREF(make);
        return NULL;
    }
    return Py_BuildValue("(N(ONsN))", make, signature->restype, named_argtypes(signature),
                         zf_abi_name(signature->plan->abi), fixed);
}

static PyObject *signature_get_abi(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(zf_abi_name(((ZfSignature *)self)->plan->abi));
}

static PyObject *signature_get_names(PyObject *self, void *Py_UNUSED(closure))
{
    PyObject *names = ((ZfSignature *)self)->names;
    return Py_NewRef(names != NULL ? names : Py_None);
}

static PyObject *signature_get_restype(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((ZfSignature *)self)->restype);
}

static PyObject *signature_get_argtypes(PyObject *self, void *Py_UNUSED(closure))
{
    return Py_NewRef(((ZfSignature *)self)->argtypes);
}

static PyGetSetDef signature_getset[] = {
    {"restype", signature_get_restype, NULL, "The C type of the result, or None for void.", NULL},
    {"argtypes", signature_get_argtypes, NULL, "tuple of the C types of the arguments.", NULL},
    {"names", signature_get_names, NULL, "tuple of the parameters' names, or None.", NULL},
    {"fixed", signature_get_fixed, NULL,
     "How many parameters of a variadic function are named: int; None if it is not variadic.",
     NULL},
    {"abi", signature_get_abi, NULL, "The calling convention's name, such as 'sysv64'.", NULL},
    {"plan", signature_get_plan, NULL,
     "Where each argument and the result go: a Plan, whose str() is a table.", NULL},
    {0},
};

static PyMethodDef signature_methods[] = {
    {"__reduce__", signature_reduce, METH_NOARGS, NULL},
    {0},
};

static PyMemberDef signature_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET, offsetof(ZfSignature, weak_references), Py_READONLY,
     NULL},
    {0},
};

PyDoc_STRVAR(
    signature_doc,
    "signature(restype, argtypes=(), *, fixed=None, abi='default')\n"
    "--\n\n"
    "The C type of a function, checked and planned once, to bind any number of functions.\n\n"
    "restype: a C type, or None for void. argtypes: a sequence of C types, or a mapping\n"
    "of parameter names to C types. Signatures are immutable, hashable, equal if their\n"
    "types and their convention are, and can be pickled.\n\n"
    "Raises TypeValidationError, SignatureError (more than 1024 arguments, unusable\n"
    "names), CallingConventionError.");

static PyType_Slot signature_slots[] = {
    {Py_tp_new, signature_new},
    {Py_tp_dealloc, signature_dealloc},
    {Py_tp_traverse, signature_traverse},
    {Py_tp_str, signature_str},
    {Py_tp_repr, signature_repr},
    {Py_tp_hash, signature_hash},
    {Py_tp_richcompare, signature_compare},
    {Py_tp_getset, signature_getset},
    {Py_tp_methods, signature_methods},
    {Py_tp_members, signature_members},
    {Py_tp_doc, (void *)signature_doc},
    {0, NULL},
};

PyType_Spec zf_signature_spec = {
    .name = "zffi.signature",
    .basicsize = sizeof(ZfSignature),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = signature_slots,
};
