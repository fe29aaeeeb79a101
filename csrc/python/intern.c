/* intern.c - the signatures that are alive, so that functions of equal signatures share one.
 *
 * A dict of each interpreter leads from a hash to a weak reference: it keeps neither signatures nor
 * the classes in them alive. Of two signatures of one hash it knows the newer; the other is not
 * shared then, and nothing else is lost. Names count here, though equality does without: help texts
 * and messages show them.
 */
#include "core.h"

/* Mixes a word into a hash: by the multiplier of 64-bit FNV, which carries upwards alone, so the
 * upper half is folded down. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x00000100000001b3;
    return hash ^ hash >> 32;
}

/* -1 is Python's for an error. */
static Py_hash_t hash_of(uint64_t hash)
{
    return (Py_hash_t)hash == -1 ? -2 : (Py_hash_t)hash;
}

Py_hash_t zf_intern_hash(const ZfSignatureKey *key)
{
    uint64_t hash = mix((uint64_t)key->fixed, (uintptr_t)key->abi);
    hash = mix(hash, (uintptr_t)key->restype);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(key->argtypes); i++) {
        hash = mix(hash, (uintptr_t)PyTuple_GET_ITEM(key->argtypes, i));
    }
    return hash_of(hash);
}

/* The key in the dict (new reference). */
static PyObject *number_of(Py_hash_t hash, PyObject *names)
{
    Py_hash_t of_names = names != NULL ? PyObject_Hash(names) : 0;
    return of_names == -1 ? NULL
                          : PyLong_FromSsize_t(hash_of(mix((uint64_t)hash, (uint64_t)of_names)));
}

/* Types are the same object or differ. */
static bool has_same_types(const ZfSignature *signature, const ZfSignatureKey *key)
{
    Py_ssize_t count = PyTuple_GET_SIZE(key->argtypes);
    bool is_same = signature->argument_count == count && signature->restype == key->restype &&
                   signature->abi == key->abi && signature->fixed == key->fixed;
    for (Py_ssize_t i = 0; is_same && i < count; i++) {
        is_same = PyTuple_GET_ITEM(signature->argtypes, i) == PyTuple_GET_ITEM(key->argtypes, i);
    }
    return is_same;
}

/* 1 or 0; -1 with an error. */
static int is_match(const ZfSignature *signature, const ZfSignatureKey *key)
{
    if (!has_same_types(signature, key) || (signature->names == NULL) != (key->names == NULL)) {
        return 0;
    }
    return key->names == NULL || signature->names == key->names
               ? 1
               : PyObject_RichCompareBool(signature->names, key->names, Py_EQ);
}

ZfSignature *zf_intern_find(ZfState *state, const ZfSignatureKey *key)
{
    PyObject *number = number_of(zf_intern_hash(key), key->names);
    PyObject *weak = NULL, *found = NULL;
    if (number != NULL && PyDict_GetItemRef(state->signatures, number, &weak) == 1 &&
        PyWeakref_GetRef(weak, &found) == 1) {
        if (is_match((ZfSignature *)found, key) != 1) {
            Py_CLEAR(found);
        }
    }
    Py_XDECREF(number);
    Py_XDECREF(weak);
    return (ZfSignature *)found;
}

int zf_intern_add(ZfState *state, ZfSignature *signature)
{
    PyObject *number = number_of(signature->hash, signature->names);
    PyObject *weak = PyWeakref_NewRef((PyObject *)signature, NULL);
    int outcome = number != NULL && weak != NULL ? PyDict_SetItem(state->signatures, number, weak)
                                                 : -1;
    Py_XDECREF(number);
    Py_XDECREF(weak);
    return outcome;
}

/* Removes what is dead under the signature's hash: itself, unless it has been replaced. */
void zf_intern_remove(ZfState *state, const ZfSignature *signature)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *number = number_of(signature->hash, signature->names);
    PyObject *weak = NULL, *alive = NULL;
    if (number != NULL && PyDict_GetItemRef(state->signatures, number, &weak) == 1 &&
        PyWeakref_GetRef(weak, &alive) == 0) {
        PyDict_DelItem(state->signatures, number);
    }
    Py_XDECREF(number);
    Py_XDECREF(weak);
    Py_XDECREF(alive);
    PyErr_Clear(); /* no memory: the entry stays until the next signature of this hash */
    PyErr_Restore(type, value, traceback);
}
