/* field.h - the members of structs and unions: a Field is a descriptor that knows an offset and a C
 * type. */
#ifndef ZF_FIELD_H
#define ZF_FIELD_H

#include "core.h"

typedef struct ZfField {
    PyObject_HEAD
    PyObject *name;
    ZfCType *ctype;
    PyTypeObject *class; /* whose field it is */
    Py_ssize_t offset;   /* bytes */
    unsigned bit_offset;
    int bits;          /* the width of a bit-field, or ZF_NO_BITS */
    bool is_swapped;   /* of a bit-field: in a struct of the other byte order */
    bool is_plain;     /* a number with bytes of its own */
    bool is_anonymous; /* its members are also the struct's */
} ZfField;

static inline ZfField *zf_field_of(PyObject *object)
{
    return (ZfField *)object;
}

static inline void *zf_field_memory(const ZfField *field, PyObject *object)
{
    return (char *)((ZfData *)object)->memory + field->offset;
}

/* A Field as `model` describes it, whose references are borrowed. */
PyObject *zf_field_make(ZfState *state, const ZfField *model);
/* Reads and writes the member of a value that is known to have it. */
PyObject *zf_field_load(const ZfField *field, PyObject *object);
int zf_field_store(const ZfField *field, PyObject *object, PyObject *value);

/* tp_getattro and tp_setattro of structs: members by a table, all else as Python does. */
PyObject *zf_field_get_attribute(PyObject *self, PyObject *name);
int zf_field_set_attribute(PyObject *self, PyObject *name, PyObject *value);
void zf_field_free_table(ZfCType *ctype);

#endif
