/* variable.c - data that a library exports, as data objects.
 *
 * Their memory is the library's. A hold, which such an object has for its owner, keeps a library
 * that is closed meanwhile mapped until the last of them is gone.
 */
#include "core.h"

typedef struct ZfHold {
    PyObject_HEAD
    ZfLibraryObject *library;
} ZfHold;

static int hold_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((ZfHold *)self)->library);
    return 0;
}

static void hold_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    ZfLibraryObject *library = ((ZfHold *)self)->library;
    PyObject_GC_UnTrack(self);
    if (library != NULL) {
        zf_library_release(library);
        Py_DECREF(library);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot hold_slots[] = {
    {Py_tp_dealloc, hold_dealloc},
    {Py_tp_traverse, hold_traverse},
    {Py_tp_doc, "Keeps a library mapped."},
    {0, NULL},
};

PyType_Spec zf_hold_spec = {
    .name = "zffi._core.Hold",
    .basicsize = sizeof(ZfHold),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = hold_slots,
};

/* The value at a symbol. One at NULL, a weak symbol that nobody defined, is no value. */
static PyObject *make_variable(ZfState *state, ZfLibraryObject *library, PyObject *symbol,
                               PyObject *type)
{
    if (!zf_ctype_is_concrete(state, type)) {
        return zf_error_type(state, ZF_SAY_NOT_A_CTYPE, "var(): the type", -1, type);
    }
    if (!zf_data_is_concrete((PyTypeObject *)type)) {
        return NULL;
    }
    ZfHold *hold = (ZfHold *)state->hold_type->tp_alloc(state->hold_type, 0);
    if (hold == NULL) {
        return NULL;
    }
    if (zf_library_hold(library) != NULL) {
        hold->library = (ZfLibraryObject *)Py_NewRef(library);
    }
    void *address;
    PyObject *variable = NULL;
    if (zf_library_find(library, symbol, "var(): the symbol's name", &address)) {
        variable = address != NULL
                       ? zf_data_view((ZfCType *)type, address, (PyObject *)hold)
                       : zf_error_symbol(state, library, symbol, zf_error_text(ZF_SAY_NULL_SYMBOL));
    }
    Py_DECREF(hold);
    return variable;
}

PyObject *zf_variable_of_library(PyObject *self, PyObject *args)
{
    ZfState *state = zf_state_of(self);
    PyObject *symbol, *type;
    if (!PyArg_ParseTuple(args, "OO:var", &symbol, &type)) {
        return NULL;
    }
    PyObject *resolved = zf_enum_resolve(state, type);
    PyObject *variable = resolved != NULL
                             ? make_variable(state, (ZfLibraryObject *)self, symbol, resolved)
                             : NULL;
    Py_XDECREF(resolved);
    return variable;
}

PyObject *zf_variable_in_dll(PyObject *class, PyObject *args)
{
    PyObject *module = PyType_GetModuleByDef((PyTypeObject *)class, &zf_core_module);
    PyObject *library, *symbol;
    if (module == NULL) {
        return NULL;
    }
    ZfState *state = zf_state_of_module(module);
    return PyArg_ParseTuple(args, "O!O:in_dll", state->library_type, &library, &symbol)
               ? make_variable(state, (ZfLibraryObject *)library, symbol, class)
               : NULL;
}
