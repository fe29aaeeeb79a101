/* enum.c - C enums: integers in C, members of a Python enum class in Python.
 *
 * Which integer type it is, and what to do about values that no member has, is decided in
 * zffi/_enum.py, which also keeps one C type for each class. Here the values travel.
 */
#include "convert.h"

#include "../layout/layout.h"

static const ZfEnum *enum_of(const ZfCType *ctype)
{
    return ctype->scalar.pointee->enumeration;
}

/* -- The C type -------------------------------------------------------------------------------- */

int zf_enum_traverse(const ZfCType *ctype, visitproc visit, void *arg)
{
    if (ctype->enumeration != NULL) {
        Py_VISIT(ctype->enumeration->class);
        Py_VISIT(ctype->enumeration->members);
        Py_VISIT(ctype->enumeration->metaclass);
    }
    return 0;
}

/* Called once, when nobody can read a value of the type any more. */
void zf_enum_free(ZfCType *ctype)
{
    ZfEnum *enumeration = ctype->enumeration;
    ctype->enumeration = NULL;
    if (enumeration != NULL) {
        Py_DECREF(enumeration->class);
        Py_DECREF(enumeration->members);
        Py_DECREF(enumeration->metaclass);
        PyMem_Free(enumeration);
    }
}

/* The integer type by another name. */
static int describe(ZfCType *ctype, const ZfCType *integer, const char *name,
                    const ZfEnum *enumeration)
{
    const ZfLeafSet none = {0};
    ctype->own_type = zf_type_make(integer->scalar.type, &none,
                                   (const char *const[]){"enum ", name, ""});
    ctype->enumeration = PyMem_Calloc(1, sizeof *ctype->enumeration);
    if (ctype->own_type == NULL || ctype->enumeration == NULL) {
        PyMem_Free(ctype->enumeration);
        ctype->enumeration = NULL;
        PyErr_NoMemory();
        return -1;
    }
    Py_INCREF(enumeration->class);
    Py_INCREF(enumeration->members);
    Py_INCREF(enumeration->metaclass);
    *ctype->enumeration = *enumeration;
    ZfScalar scalar = integer->scalar;
    scalar.type = ctype->own_type;
    scalar.conversion = ZF_AS_ENUM;
    scalar.box = zf_convert_box_code(&scalar);
    scalar.pointee = ctype;
    zf_ctype_describe(ctype, &scalar);
    return 0;
}

/* _enum_type(class, name, members, metaclass, integer, is_strict): a new C type */
PyObject *zf_enum_type(PyObject *module, PyObject *args)
{
    ZfState *state = zf_state_of_module(module);
    PyObject *class, *name, *members, *metaclass, *integer;
    int is_strict;
    if (!PyArg_ParseTuple(args, "OUO!OO!p:_enum_type", &class, &name, &PyDict_Type, &members,
                          &metaclass, state->ctype_type, &integer, &is_strict)) {
        return NULL;
    }
    const char *text = PyUnicode_AsUTF8(name);
    ZfCType *made = text != NULL ? zf_ctype_make(state, name, state->simple_type, "A C enum.")
                                 : NULL;
    const ZfEnum enumeration = {class, members, metaclass, is_strict != 0};
    if (made != NULL && describe(made, (ZfCType *)integer, text, &enumeration) < 0) {
        Py_CLEAR(made);
    }
    return (PyObject *)made;
}

/* The C type of an enum class, any other object as it is (new reference). */
PyObject *zf_enum_resolve(ZfState *state, PyObject *object)
{
    if (!PyType_Check(object) || Py_IS_TYPE(object, &PyType_Type) ||
        PyObject_TypeCheck(object, state->ctype_type)) {
        return Py_NewRef(object);
    }
    PyObject *module = PyImport_ImportModule("zffi._enum");
    PyObject *resolved = module != NULL ? PyObject_CallMethod(module, "resolve", "O", object)
                                        : NULL;
    Py_XDECREF(module);
    return resolved;
}

/* -- Values ------------------------------------------------------------------------------------ */

/* A member of the class, or an int that is no member of any other. */
int zf_enum_convert(const ZfSite *site, PyObject *value, uint64_t *word)
{
    const ZfEnum *enumeration = site->scalar->pointee->enumeration;
    bool is_own = PyObject_TypeCheck(value, (PyTypeObject *)enumeration->class);
    PyObject *kind = (PyObject *)Py_TYPE(value);
    if (!is_own && PyObject_TypeCheck(kind, (PyTypeObject *)enumeration->metaclass)) {
        return zf_convert_wrong_type(site, value, ZF_SAY_EXPECTED);
    }
    return zf_convert_integer_word(site, value, ZF_SAY_OUT_OF_RANGE, word);
}

/* What Python makes of a value that no member has: a combination of flags, what the class's
 * _missing_ finds, or nothing. */
static PyObject *make_member(const ZfCType *ctype, PyObject *integer)
{
    const ZfEnum *enumeration = enum_of(ctype);
    PyObject *made = PyObject_CallOneArg(enumeration->class, integer);
    if (made != NULL || !PyErr_ExceptionMatches(PyExc_ValueError)) {
        return made;
    }
    PyErr_Clear();
    return enumeration->is_strict ? zf_error_plain(PyExc_ValueError, ZF_SAY_NO_SUCH_VALUE,
                                                   ctype->scalar.type->name, integer)
                                  : Py_NewRef(integer);
}

PyObject *zf_enum_member(const ZfCType *ctype, PyObject *integer)
{
    if (integer == NULL) {
        return NULL;
    }
    PyObject *member = zf_compat_dict_get(enum_of(ctype)->members, integer);
    if (member == NULL && !PyErr_Occurred()) {
        member = make_member(ctype, integer);
    }
    Py_DECREF(integer);
    return member;
}

PyObject *zf_enum_load(const ZfCType *ctype, const void *memory)
{
    return zf_enum_member(ctype, zf_convert_load((ZfBox)ctype->scalar.type->kind, memory));
}
