/* module.c - the module zffi._core: its state, its functions, and its making.
 *
 * Multi-phase initialisation (PEP 489): every interpreter that imports the module gets a state of
 * its own.
 */
#include "core.h"

#include "../os/os.h"

#include <dlfcn.h>

ZfState *zf_state_of_module(PyObject *module)
{
    return PyModule_GetState(module);
}

ZfState *zf_state_of(PyObject *object)
{
    PyObject *module = PyType_GetModuleByDef(Py_TYPE(object), &zf_core_module);
    return module != NULL ? PyModule_GetState(module) : NULL;
}

/* -- Functions --------------------------------------------------------------------------------- */

static PyObject *get_errno(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(zf_errno_saved);
}

static PyObject *set_errno(PyObject *Py_UNUSED(module), PyObject *value)
{
    int number = PyLong_AsInt(value);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    int before = zf_errno_saved;
    zf_errno_saved = number;
    return PyLong_FromLong(before);
}

static PyObject *ctype_hint(PyObject *Py_UNUSED(module), PyObject *given)
{
    return PyUnicode_FromString(zf_error_ctype_hint(given));
}

static PyObject *make_signature(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *restype, *argtypes, *abi_name, *fixed_object;
    Py_ssize_t fixed;
    if (!PyArg_ParseTuple(args, "OOOO:_make_signature", &restype, &argtypes, &abi_name,
                          &fixed_object) ||
        zf_signature_fixed(state, fixed_object, &fixed) < 0) {
        return NULL;
    }
    const ZfAbi *abi = zf_signature_abi(state, abi_name, zf_abi_default());
    return abi != NULL ? (PyObject *)zf_signature_make(state, restype, argtypes, abi, fixed) : NULL;
}

PyDoc_STRVAR(load_doc,
             "load(name=None, *, mode=LOCAL, gil='release', abi='default')\n"
             "--\n\n"
             "Opens a native library.\n\n"
             "name: a soname ('libm.so.6'), a path (with a slash, or os.PathLike), a bare name\n"
             "('m'), or None for the process itself. mode: LOCAL or GLOBAL, or the loader's own\n"
             "bits from the os module. gil: what its functions do with the GIL unless told\n"
             "otherwise. abi: their calling convention.\n\n"
             "Raises LibraryError, which keeps the loader's words.");
PyDoc_STRVAR(function_doc,
             "function(address, restype, argtypes=(), *, name=None, gil=None,\n"
             "         errno=False, check=None, abi=None, doc=None)\n"
             "--\n\n"
             "Binds the C function at an address (int). The options are those of Library.func.\n\n"
             "The address must stay good as long as the function is called: nothing can check\n"
             "that.");
PyDoc_STRVAR(info_doc, "info(function, /)\n"
                       "--\n\n"
                       "The metadata of a bound function: a FunctionInfo with named fields.");
PyDoc_STRVAR(get_errno_doc, "get_errno()\n"
                            "--\n\n"
                            "This thread's errno as calls with errno=True left it: int.");
PyDoc_STRVAR(set_errno_doc, "set_errno(value, /)\n"
                            "--\n\n"
                            "Sets the errno that this thread's next call with errno=True sees.\n\n"
                            "Returns the one before: int.");
PyDoc_STRVAR(byref_doc,
             "byref(data, offset=0, /)\n"
             "--\n\n"
             "The address of a data object, to give to a pointer parameter; keeps the object\n"
             "alive.\n\n"
             "offset: bytes into the object, less than its size. Raises ValueError, TypeError.");
PyDoc_STRVAR(addressof_doc, "addressof(data, /)\n"
                            "--\n\n"
                            "The address of a data object's memory: int. Keeps nothing alive.");
PyDoc_STRVAR(sizeof_doc, "sizeof(type_or_data, /)\n"
                         "--\n\n"
                         "The size of a C type, or of a value of one, in bytes: int.");
PyDoc_STRVAR(alignment_doc, "alignment(type_or_data, /)\n"
                            "--\n\n"
                            "The alignment of a C type, or of a value of one, in bytes: int.");

PyDoc_STRVAR(zeroed_doc, "zeroed(type, /)\n--\n\n"
                         "A new value of a C type whose bytes are all zero, whatever defaults its\n"
                         "members have.");
PyDoc_STRVAR(POINTER_doc, "POINTER(target, /)\n--\n\n"
                          "The class of pointers to a C type; POINTER(None) is c_void_p.");
PyDoc_STRVAR(
    vector_doc,
    "vector(element, count, /)\n--\n\n"
    "The class of vectors of 8 or 16 bytes (GCC's vector_size) of one C type of numbers.\n\n"
    "Raises TypeValidationError for other elements and sizes.");
PyDoc_STRVAR(pointer_doc, "pointer(data, /)\n--\n\n"
                          "A typed pointer to a data object, which it keeps alive.");
PyDoc_STRVAR(
    cast_doc,
    "cast(source, type, /)\n--\n\n"
    "A pointer of another type to the same address.\n\n"
    "source: a pointer, an array or other data, byref(), bytes, an address (int) or None.\n"
    "type: a pointer type. Keeps alive what the source does. Raises TypeError.");
PyDoc_STRVAR(string_at_doc, "string_at(address, size=-1, /)\n--\n\n"
                            "The bytes at an address: `size` of them, or up to the first NUL.");
PyDoc_STRVAR(wstring_at_doc,
             "wstring_at(address, size=-1, /)\n--\n\n"
             "The str at an address of wchar_t: `size` of them, or up to the first NUL.");
PyDoc_STRVAR(memmove_doc,
             "memmove(to, source, count, /)\n--\n\n"
             "Copies `count` bytes; the places may overlap. Returns the address of `to`.");
PyDoc_STRVAR(memset_doc, "memset(to, byte, count, /)\n--\n\n"
                         "Fills `count` bytes. Returns the address of `to`.");

PyDoc_STRVAR(tiers_doc, "tiers()\n--\n\n"
                        "How functions can be called here, the preferred ways first: list of\n"
                        "'prebuilt', 'stub' and 'plan'.");

static PyMethodDef functions[] = {
    {"load", (PyCFunction)(void (*)(void))zf_library_load, METH_VARARGS | METH_KEYWORDS, load_doc},
    {"function", (PyCFunction)(void (*)(void))zf_function_bind_address,
     METH_VARARGS | METH_KEYWORDS, function_doc},
    {"info", zf_function_info, METH_O, info_doc},
    {"get_errno", get_errno, METH_NOARGS, get_errno_doc},
    {"set_errno", set_errno, METH_O, set_errno_doc},
    {"byref", (PyCFunction)(void (*)(void))zf_reference_byref, METH_FASTCALL, byref_doc},
    {"addressof", zf_data_addressof, METH_O, addressof_doc},
    {"zeroed", zf_data_zeroed, METH_O, zeroed_doc},
    {"POINTER", zf_pointer_type, METH_O, POINTER_doc},
    {"vector", zf_vector_type, METH_VARARGS, vector_doc},
    {"pointer", zf_pointer_to, METH_O, pointer_doc},
    {"cast", zf_pointer_cast, METH_VARARGS, cast_doc},
    {"string_at", zf_memory_string_at, METH_VARARGS, string_at_doc},
    {"wstring_at", zf_memory_wstring_at, METH_VARARGS, wstring_at_doc},
    {"memmove", zf_memory_move, METH_VARARGS, memmove_doc},
    {"memset", zf_memory_set, METH_VARARGS, memset_doc},
    {"sizeof", zf_data_sizeof, METH_O, sizeof_doc},
    {"alignment", zf_data_alignment, METH_O, alignment_doc},
    {"_declare", zf_struct_declare, METH_VARARGS, NULL},
    {"_enum_type", zf_enum_type, METH_VARARGS, NULL},
    {"_define", zf_struct_define, METH_VARARGS, NULL},
    {"_describe", zf_struct_describe, METH_VARARGS, NULL},
    {"tiers", zf_stub_tiers, METH_NOARGS, tiers_doc},
    {"_stub", zf_stub_dump, METH_O, NULL},
    {"_force_tier", zf_stub_force, METH_O, NULL},
    {"_misread", (PyCFunction)(void (*)(void))zf_stub_misread, METH_VARARGS | METH_KEYWORDS, NULL},
    {"_ctype_hint", ctype_hint, METH_O, NULL},
    {"_make_signature", make_signature, METH_VARARGS, NULL},
    {"_unpickle_data", zf_copy_unpickle, METH_VARARGS, NULL},
    {"_unpickle_library", zf_library_unpickle, METH_VARARGS, NULL},
    {"_unpickle_target", zf_function_unpickle, METH_VARARGS, NULL},
    {0},
};

/* -- State ------------------------------------------------------------------------------------- */

/* A type of the module; `base` NULL is object. */
static int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject *base, PyTypeObject **type)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, (PyObject *)base);
    return *type != NULL ? PyModule_AddType(module, *type) : -1;
}

static int add_constants(PyObject *module)
{
    return PyModule_AddIntConstant(module, "LOCAL", RTLD_LOCAL) < 0 ||
                   PyModule_AddIntConstant(module, "GLOBAL", RTLD_GLOBAL) < 0 ||
                   PyModule_AddStringConstant(module, "abi", zf_abi_name(zf_abi_default())) < 0
               ? -1
               : 0;
}

static int execute(PyObject *module)
{
    ZfState *state = zf_state_of_module(module);
    state->unpickled_libraries = PyDict_New();
    state->signatures = PyDict_New();
    bool failed =
        state->unpickled_libraries == NULL || state->signatures == NULL ||
        zf_errors_init(state) < 0 || zf_ctype_init_metaclass(module, state) < 0 ||
        add_type(module, &zf_data_spec, NULL, &state->data_type) < 0 ||
        add_type(module, &zf_simple_spec, state->data_type, &state->simple_type) < 0 ||
        add_type(module, &zf_longdouble_spec, state->simple_type, &state->longdouble_type) < 0 ||
        add_type(module, &zf_complex_spec, state->simple_type, &state->complex_type) < 0 ||
        add_type(module, &zf_array_spec, state->data_type, &state->array_type) < 0 ||
        add_type(module, &zf_vector_spec, state->array_type, &state->vector_type) < 0 ||
        add_type(module, &zf_pointer_spec, state->data_type, &state->pointer_type) < 0 ||
        add_type(module, &zf_struct_spec, state->data_type, &state->aggregate_type) < 0 ||
        add_type(module, &zf_field_spec, NULL, &state->field_type) < 0 ||
        add_type(module, &zf_reference_spec, NULL, &state->reference_type) < 0 ||
        add_type(module, &zf_hold_spec, NULL, &state->hold_type) < 0 ||
        add_type(module, &zf_signature_spec, NULL, &state->signature_type) < 0 ||
        add_type(module, &zf_library_spec, NULL, &state->library_type) < 0 ||
        add_type(module, &zf_target_spec, NULL, &state->target_type) < 0 ||
        zf_ctype_init(module, state) < 0 || zf_function_init(module, state) < 0 ||
        zf_stub_init(state) < 0 || add_constants(module) < 0;
    return failed ? -1 : 0;
}

/* Applies `visit` to each reference that the state owns. */
#define EACH_REFERENCE(state, visit)                                                               \
    do {                                                                                           \
        for (int i = 0; i < ZF_EXCEPTION_COUNT; i++) {                                             \
            visit(state->exceptions[i]);                                                           \
        }                                                                                          \
        for (int i = 0; i < ZF_TAIL_COUNT; i++) {                                                  \
            visit(state->tail_types[i]);                                                           \
        }                                                                                          \
        visit(state->ctype_type);                                                                  \
        visit(state->data_type);                                                                   \
        visit(state->simple_type);                                                                 \
        visit(state->longdouble_type);                                                             \
        visit(state->complex_type);                                                                \
        visit(state->longdouble_class);                                                            \
        visit(state->array_type);                                                                  \
        visit(state->vector_type);                                                                 \
        visit(state->pointer_type);                                                                \
        visit(state->aggregate_type);                                                              \
        visit(state->field_type);                                                                  \
        visit(state->reference_type);                                                              \
        visit(state->hold_type);                                                                   \
        visit(state->signature_type);                                                              \
        visit(state->library_type);                                                                \
        visit(state->target_type);                                                                 \
        visit(state->info_type);                                                                   \
        visit(state->unpickled_libraries);                                                         \
        visit(state->signatures);                                                                  \
    } while (0)

static int traverse(PyObject *module, visitproc visit, void *arg)
{
    ZfState *state = zf_state_of_module(module);
    EACH_REFERENCE(state, Py_VISIT);
    return 0;
}

static int clear(PyObject *module)
{
    ZfState *state = zf_state_of_module(module);
    zf_reference_free_spare(state);
    EACH_REFERENCE(state, Py_CLEAR);
    return 0;
}

static void release(void *module)
{
    clear(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, execute},
    ZF_COMPAT_SLOTS{0, NULL},
};

PyDoc_STRVAR(
    module_doc,
    "The C core of zffi: the engine's Python face. Use the names that the package zffi exports.");

PyModuleDef zf_core_module = {
    PyModuleDef_HEAD_INIT,     .m_name = "zffi._core", .m_doc = module_doc,
    .m_size = sizeof(ZfState), .m_methods = functions, .m_slots = slots,
    .m_traverse = traverse,    .m_clear = clear,       .m_free = release,
};

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&zf_core_module);
}
