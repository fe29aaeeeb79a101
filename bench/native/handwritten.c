/* handwritten.c - the extension module that a careful engineer writes for the functions of bench.h.
 *
 * Only public CPython API, the cheapest calling convention for each number of arguments, every
 * error checked. It is built twice: as it stands it holds the GIL; with RELEASE_GIL defined it
 * gives it up around each native call. MODULE is the name of the module. The native functions stay
 * in their own library, so that a call to them costs here what it costs others.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "bench.h"

#include <stdbool.h>

_Static_assert(sizeof(long) == sizeof(int64_t), "int64_t is converted by PyLong_AsLong");

#ifdef RELEASE_GIL
#define BEGIN_CALL Py_BEGIN_ALLOW_THREADS
#define END_CALL   Py_END_ALLOW_THREADS
#else
#define BEGIN_CALL
#define END_CALL
#endif

/* -- Arguments --------------------------------------------------------------------------------- */

static Py_ALWAYS_INLINE inline bool to_int64(PyObject *object, int64_t *value)
{
    *value = PyLong_AsLong(object);
    return *value != -1 || !PyErr_Occurred();
}

static Py_ALWAYS_INLINE inline bool to_int32(PyObject *object, int32_t *value)
{
    int64_t wide;
    if (!to_int64(object, &wide)) {
        return false;
    }
    if (wide < INT32_MIN || wide > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "int too large for int32_t");
        return false;
    }
    *value = (int32_t)wide;
    return true;
}

static Py_ALWAYS_INLINE inline bool to_double(PyObject *object, double *value)
{
    *value = PyFloat_AsDouble(object);
    return *value != -1.0 || !PyErr_Occurred();
}

static Py_ALWAYS_INLINE inline bool check_count(const char *name, Py_ssize_t given,
                                                Py_ssize_t wanted)
{
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments (%zd given)", name, wanted, given);
        return false;
    }
    return true;
}

/* -- Functions --------------------------------------------------------------------------------- */

static PyObject *noop(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    BEGIN_CALL
    bench_noop();
    END_CALL
    Py_RETURN_NONE;
}

/* No candidate: it is for counting instructions, as callgrind sees no call made by libffi. */
static PyObject *mark(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(none))
{
    bench_mark();
    Py_RETURN_NONE;
}

static PyObject *string_length(PyObject *Py_UNUSED(module), PyObject *argument)
{
    size_t result;
    const char *text = PyBytes_AsString(argument);
    if (text == NULL) {
        return NULL;
    }
    BEGIN_CALL
    result = bench_strlen(text);
    END_CALL
    return PyLong_FromSize_t(result);
}

static PyObject *pointer(PyObject *Py_UNUSED(module), PyObject *argument)
{
    void *address = PyLong_AsVoidPtr(argument);
    if (address == NULL && PyErr_Occurred()) {
        return NULL;
    }
    BEGIN_CALL
    address = bench_pointer(address);
    END_CALL
    return PyLong_FromVoidPtr(address);
}

/* The same few lines for each type and count: one argument by METH_O, several by METH_FASTCALL.
 * Every conversion is written out, as by hand: of a loop, gcc -O2 makes a loop. */
#define CONVERT(convert, i) convert(arguments[i], &value[i])
#define CONVERT_2(convert)  CONVERT(convert, 0) && CONVERT(convert, 1)
#define CONVERT_3(convert)  CONVERT_2(convert) && CONVERT(convert, 2)
#define CONVERT_4(convert)  CONVERT_3(convert) && CONVERT(convert, 3)
#define CONVERT_5(convert)  CONVERT_4(convert) && CONVERT(convert, 4)
#define CONVERT_6(convert)  CONVERT_5(convert) && CONVERT(convert, 5)
#define VALUES_2            value[0], value[1]
#define VALUES_3            VALUES_2, value[2]
#define VALUES_4            VALUES_3, value[3]
#define VALUES_5            VALUES_4, value[4]
#define VALUES_6            VALUES_5, value[5]

#define DEFINE_ONE(name, type, convert, box)                                                       \
    static PyObject *name(PyObject *Py_UNUSED(module), PyObject *argument)                         \
    {                                                                                              \
        type value, result;                                                                        \
        if (!convert(argument, &value)) {                                                          \
            return NULL;                                                                           \
        }                                                                                          \
        BEGIN_CALL                                                                                 \
        result = bench_##name(value);                                                              \
        END_CALL                                                                                   \
        return box(result);                                                                        \
    }

#define DEFINE_SEVERAL(name, type, convert, box, count)                                            \
    static PyObject *name(PyObject *Py_UNUSED(module), PyObject *const *arguments,                 \
                          Py_ssize_t given)                                                        \
    {                                                                                              \
        type value[count], result;                                                                 \
        if (!check_count(#name, given, count) || !(CONVERT_##count(convert))) {                    \
            return NULL;                                                                           \
        }                                                                                          \
        BEGIN_CALL                                                                                 \
        result = bench_##name(VALUES_##count);                                                     \
        END_CALL                                                                                   \
        return box(result);                                                                        \
    }

#define DEFINE_INTEGERS(name, type)                                                                \
    DEFINE_ONE(one_##name, type, to_##name, PyLong_FromLong)                                       \
    DEFINE_SEVERAL(two_##name, type, to_##name, PyLong_FromLong, 2)                                \
    DEFINE_SEVERAL(three_##name, type, to_##name, PyLong_FromLong, 3)                              \
    DEFINE_SEVERAL(four_##name, type, to_##name, PyLong_FromLong, 4)                               \
    DEFINE_SEVERAL(five_##name, type, to_##name, PyLong_FromLong, 5)                               \
    DEFINE_SEVERAL(six_##name, type, to_##name, PyLong_FromLong, 6)

DEFINE_ONE(square, double, to_double, PyFloat_FromDouble)
DEFINE_SEVERAL(two_double, double, to_double, PyFloat_FromDouble, 2)
DEFINE_SEVERAL(three_double, double, to_double, PyFloat_FromDouble, 3)
DEFINE_INTEGERS(int32, int32_t)
DEFINE_INTEGERS(int64, int64_t)

/* -- Module ------------------------------------------------------------------------------------ */

#define FAST(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, NULL}
#define INTEGERS(name)                                                                             \
    {"one_" #name, one_##name, METH_O, NULL}, FAST(two_##name), FAST(three_##name),                \
        FAST(four_##name), FAST(five_##name), FAST(six_##name)

static PyMethodDef methods[] = {
    {"noop", noop, METH_NOARGS, NULL},
    {"mark", mark, METH_NOARGS, NULL},
    {"square", square, METH_O, NULL},
    {"strlen", string_length, METH_O, NULL},
    {"pointer", pointer, METH_O, NULL},
    FAST(two_double),
    FAST(three_double),
    INTEGERS(int32),
    INTEGERS(int64),
    {0},
};

static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

#define TEXT_OF(name) #name
#define TEXT(name)    TEXT_OF(name)
#define INIT_OF(name) PyInit_##name
#define INIT(name)    INIT_OF(name)

static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = TEXT(MODULE),
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC INIT(MODULE)(void)
{
    return PyModuleDef_Init(&definition);
}
