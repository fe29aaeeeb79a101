/* compat.h - all that differs between CPython versions, as named operations. No other file asks for
 * the version. */
#ifndef ZF_COMPAT_H
#define ZF_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For the call path: what must be part of it, and what must stay out of it. */
#define ZF_ALWAYS_INLINE inline __attribute__((always_inline))
#define ZF_COLD          __attribute__((noinline, cold))

#if PY_VERSION_HEX < 0x030B0000
#error "zffi needs CPython 3.11 or newer"
#endif

#if PY_VERSION_HEX < 0x030C0000
#include <structmember.h>
#define Py_T_PYSSIZET T_PYSSIZET
#define Py_READONLY   READONLY
#endif

#if PY_VERSION_HEX < 0x030D0000
#define PyLong_AsInt   _PyLong_AsInt
#define Py_HashPointer _Py_HashPointer

/* 1 with a new reference, 0 and NULL if there is none, -1 and NULL with an error. */
static inline int PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **value)
{
    *value = Py_XNewRef(PyDict_GetItemWithError(dict, key));
    return *value != NULL ? 1 : PyErr_Occurred() != NULL ? -1 : 0;
}

static inline int PyWeakref_GetRef(PyObject *weak, PyObject **object)
{
    PyObject *found = PyWeakref_GetObject(weak);
    *object = found != NULL && found != Py_None ? Py_NewRef(found) : NULL;
    return *object != NULL ? 1 : found != NULL ? 0 : -1;
}
#endif

_Static_assert(PyLong_SHIFT == 30, "zffi reads the 30-bit digits of int objects");

/* Where an int has its header and its digits; whether the header is a tag, or the signed count of
 * digits. Whether None, True and False have no reference counts; whether there is no GIL. */
#if PY_VERSION_HEX >= 0x030C0000
#define ZF_COMPAT_INT_IS_TAGGED true
#define ZF_COMPAT_INT_HEADER    offsetof(PyLongObject, long_value.lv_tag)
#define ZF_COMPAT_INT_DIGITS    offsetof(PyLongObject, long_value.ob_digit)
#define ZF_COMPAT_IS_IMMORTAL   true
#else
#define ZF_COMPAT_INT_IS_TAGGED false
#define ZF_COMPAT_INT_HEADER    offsetof(PyVarObject, ob_size)
#define ZF_COMPAT_INT_DIGITS    offsetof(PyLongObject, ob_digit)
#define ZF_COMPAT_IS_IMMORTAL   false
#endif
#ifdef Py_GIL_DISABLED
#define ZF_COMPAT_IS_FREE_THREADED true
#else
#define ZF_COMPAT_IS_FREE_THREADED false
#endif

/* The value of an exact int of at most two digits (any pointer, any 32-bit value; |value| < 2**60).
 * False for all else. */
static inline bool zf_compat_small_int(PyObject *object, int64_t *value)
{
    if (!PyLong_CheckExact(object)) {
        return false;
    }
    const PyLongObject *number = (const PyLongObject *)object;
#if PY_VERSION_HEX >= 0x030C0000
    const digit *digits = number->long_value.ob_digit;
    uintptr_t tag = number->long_value.lv_tag;
    uintptr_t count = tag >> _PyLong_NON_SIZE_BITS;
    int64_t sign = 1 - (int64_t)(tag & _PyLong_SIGN_MASK);
#else
    const digit *digits = number->ob_digit;
    int64_t size = Py_SIZE(number);
    uint64_t count = (uint64_t)(size < 0 ? -size : size);
    int64_t sign = (size > 0) - (size < 0);
#endif
    if (count <= 1) {
        *value = sign * (int64_t)digits[0];
        return true;
    }
    if (count == 2) {
        *value = sign * (int64_t)((uint64_t)digits[0] | (uint64_t)digits[1] << PyLong_SHIFT);
        return true;
    }
    return false;
}

/* A number that changes whenever what a lookup in the type finds may change; 0 if there is none at
 * the moment. */
static inline unsigned zf_compat_type_version(const PyTypeObject *type)
{
#if PY_VERSION_HEX < 0x030C0000
    return type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG ? type->tp_version_tag : 0;
#elif defined(Py_GIL_DISABLED)
    return __atomic_load_n(&type->tp_version_tag, __ATOMIC_RELAXED);
#else
    return type->tp_version_tag;
#endif
}

/* The int in `size` bytes of memory, and back. False if it does not fit. */
static inline bool zf_compat_int_to_memory(PyObject *integer, void *memory, size_t size,
                                           bool is_signed)
{
#if PY_VERSION_HEX >= 0x030D0000
    int flags = Py_ASNATIVEBYTES_NATIVE_ENDIAN;
    if (!is_signed) {
        flags |= Py_ASNATIVEBYTES_UNSIGNED_BUFFER | Py_ASNATIVEBYTES_REJECT_NEGATIVE;
    }
    Py_ssize_t needed = PyLong_AsNativeBytes(integer, memory, (Py_ssize_t)size, flags);
    bool fits = needed >= 0 && (size_t)needed <= size;
#else
    bool fits = _PyLong_AsByteArray((PyLongObject *)integer, memory, size, PY_LITTLE_ENDIAN,
                                    is_signed) == 0;
#endif
    if (!fits) {
        PyErr_Clear();
    }
    return fits;
}

static inline PyObject *zf_compat_int_from_memory(const void *memory, size_t size, bool is_signed)
{
#if PY_VERSION_HEX >= 0x030D0000
    return is_signed ? PyLong_FromNativeBytes(memory, size, Py_ASNATIVEBYTES_NATIVE_ENDIAN)
                     : PyLong_FromUnsignedNativeBytes(memory, size, Py_ASNATIVEBYTES_NATIVE_ENDIAN);
#else
    return _PyLong_FromByteArray(memory, size, PY_LITTLE_ENDIAN, is_signed);
#endif
}

/* -- Threads: free-threaded builds run Python code in many at once, in all others the GIL lets one
 * at a time, and nothing of this costs anything ------------------------------------------------ */

/* Fields that one thread writes while others read: what was written before is seen with it. The
 * operations of counts and addresses have one order for all threads. */
#ifdef Py_GIL_DISABLED
#define ZF_COMPAT_LOAD(field)         __atomic_load_n(&(field), __ATOMIC_SEQ_CST)
#define ZF_COMPAT_STORE(field, value) __atomic_store_n(&(field), (value), __ATOMIC_SEQ_CST)
#define ZF_COMPAT_ADD(count, number)                                                               \
    ((void)__atomic_add_fetch(&(count), (number), __ATOMIC_SEQ_CST))
#define ZF_COMPAT_OR(count, bits) ((void)__atomic_or_fetch(&(count), (bits), __ATOMIC_SEQ_CST))
#else
#define ZF_COMPAT_OR(count, bits)     ((void)((count) |= (bits)))
#define ZF_COMPAT_LOAD(field)         (field)
#define ZF_COMPAT_STORE(field, value) ((void)((field) = (value)))
#define ZF_COMPAT_ADD(count, number)  ((void)((count) += (number)))
#endif

/* Nobody else is between lock and unlock with the same object. Code between them makes no Python
 * code run, and waits for nothing: it would let others in. */
#ifdef Py_GIL_DISABLED
typedef PyCriticalSection ZfLock;
typedef PyCriticalSection2 ZfLockPair;
#else
typedef char ZfLock;
typedef char ZfLockPair;
#endif

static inline void zf_compat_lock(ZfLock *lock, void *object)
{
#ifdef Py_GIL_DISABLED
    PyCriticalSection_Begin(lock, object);
#else
    (void)lock, (void)object;
#endif
}

static inline void zf_compat_unlock(ZfLock *lock)
{
#ifdef Py_GIL_DISABLED
    PyCriticalSection_End(lock);
#else
    (void)lock;
#endif
}

/* The same with two objects, which may be one. */
static inline void zf_compat_lock_pair(ZfLockPair *lock, void *one, void *other)
{
#ifdef Py_GIL_DISABLED
    PyCriticalSection2_Begin(lock, one, other);
#else
    (void)lock, (void)one, (void)other;
#endif
}

static inline void zf_compat_unlock_pair(ZfLockPair *lock)
{
#ifdef Py_GIL_DISABLED
    PyCriticalSection2_End(lock);
#else
    (void)lock;
#endif
}

/* Fills a field that is NULL, unless somebody was first; gives what is there then, which the field
 * keeps (borrowed). Takes the reference, which may be NULL, with an error. */
static inline PyObject *zf_compat_keep_first(PyObject **field, PyObject *made)
{
    PyObject *first = NULL;
#ifdef Py_GIL_DISABLED
    bool is_first = made == NULL || __atomic_compare_exchange_n(field, &first, made, false,
                                                                __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
#else
    bool is_first = made == NULL || (first = *field) == NULL;
    if (made != NULL && is_first) {
        *field = made;
    }
#endif
    if (is_first) {
        return made;
    }
    Py_DECREF(made);
    return first;
}

/* Puts `fresh` in the place of `known`, unless somebody has put something else there. */
static inline bool zf_compat_replace(void **field, void *known, void *fresh)
{
#ifdef Py_GIL_DISABLED
    return __atomic_compare_exchange_n(field, &known, fresh, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
#else
    bool is_known = *field == known;
    *field = is_known ? fresh : *field;
    return is_known;
#endif
}

/* Whether what a thread has read from a field may be in use when another one replaces it there. */
#ifdef Py_GIL_DISABLED
enum { ZF_COMPAT_HAS_READERS = true };
#else
enum { ZF_COMPAT_HAS_READERS = false };
#endif

/* An object that many threads use all the time: they count no references to it, where that can be
 * had, and the collector finds out when nobody has it. */
static inline void zf_compat_share(PyObject *object)
{
#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030E0000
    (void)PyUnstable_Object_EnableDeferredRefcount(object);
#else
    (void)object;
#endif
}

/* What a dict has for a key (new reference), or NULL: with an error, or because there is nothing.
 */
static inline PyObject *zf_compat_dict_get(PyObject *dict, PyObject *key)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *value;
    (void)PyDict_GetItemRef(dict, key, &value);
    return value;
#else
    return Py_XNewRef(PyDict_GetItemWithError(dict, key));
#endif
}

/* The same once `value` is there if there was nothing. */
static inline PyObject *zf_compat_dict_add(PyObject *dict, PyObject *key, PyObject *value)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *first;
    (void)PyDict_SetDefaultRef(dict, key, value, &first);
    return first;
#else
    return Py_XNewRef(PyDict_SetDefault(dict, key, value));
#endif
}

/* A list or tuple of the items of a sequence, for PySequence_Fast_GET_ITEM: one that nobody else
 * changes meanwhile, but for Python code that this thread runs. */
static inline PyObject *zf_compat_items(PyObject *sequence)
{
#ifdef Py_GIL_DISABLED
    return PySequence_Tuple(sequence);
#else
    return PySequence_Fast(sequence, "expected a sequence");
#endif
}

/* -- The module -------------------------------------------------------------------------------- */

/* State is per interpreter, so each interpreter may have a GIL of its own, or none. */
#if PY_VERSION_HEX >= 0x030D0000
#define ZF_COMPAT_SLOTS                                                                            \
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},                          \
        {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#elif PY_VERSION_HEX >= 0x030C0000
#define ZF_COMPAT_SLOTS {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#else
#define ZF_COMPAT_SLOTS
#endif

#endif
