/* stub_model.c - where the objects of this CPython, and ours, keep what stubs read.
 *
 * Taken from the headers that this is compiled with, so a stub fits the interpreter that it was
 * compiled for and no other; stub_check.c looks whether the running one is that.
 */
#include "core.h"

#include <stddef.h>

#define FITS(offset) _Static_assert((offset) <= UINT16_MAX, "a stub's offsets have 16 bits")
_Static_assert(sizeof(PyLongObject) <= INT8_MAX, "a stub multiplies by that");
FITS(offsetof(ZfCType, enumeration));
FITS(offsetof(ZfTarget, inside));
FITS(offsetof(ZfState, reference_type));

/* tp_flags, as the byte that has the bit. */
enum { FLAG_BYTE = 3, FLAG_BIT = Py_TPFLAGS_LONG_SUBCLASS >> 8 * FLAG_BYTE };
_Static_assert(FLAG_BIT != 0 && FLAG_BIT <= UINT8_MAX, "the flag is in that byte");

const ZfStubModel zf_stub_model = {
    .object_type = offsetof(PyObject, ob_type),
    .type_flags = offsetof(PyTypeObject, tp_flags) + FLAG_BYTE,
    .int_subclass_bit = FLAG_BIT,
    .int_is_tagged = ZF_COMPAT_INT_IS_TAGGED,
    .int_header = ZF_COMPAT_INT_HEADER,
    .int_digits = ZF_COMPAT_INT_DIGITS,
    .int_bytes = sizeof(PyLongObject),
    .float_value = offsetof(PyFloatObject, ob_fval),
    .bytes_size = offsetof(PyVarObject, ob_size),
    .bytes_data = offsetof(PyBytesObject, ob_sval),
    .tuple_items = offsetof(PyTupleObject, ob_item),
    .is_immortal = ZF_COMPAT_IS_IMMORTAL,
    .is_free_threaded = ZF_COMPAT_IS_FREE_THREADED,
    .target_address = offsetof(ZfTarget, address),
    .target_generic = offsetof(ZfTarget, generic),
    .target_inside = offsetof(ZfTarget, inside),
    .target_signature = offsetof(ZfTarget, signature),
    .signature_argtypes = offsetof(ZfSignature, argtypes),
    .signature_state = offsetof(ZfSignature, state),
    .state_reference_type = offsetof(ZfState, reference_type),
    .state_ctype_type = offsetof(ZfState, ctype_type),
    .data_memory = offsetof(ZfData, memory),
    .data_keep = offsetof(ZfData, keep),
    .reference_object = offsetof(ZfReference, object),
    .reference_address = offsetof(ZfReference, address),
    .ctype_type = offsetof(ZfCType, scalar.type),
    .ctype_element = offsetof(ZfCType, element),
    .ctype_pointee = offsetof(ZfCType, scalar.pointee),
    .ctype_enum = offsetof(ZfCType, enumeration),
    .enum_class = offsetof(ZfEnum, class),
    .type_kind = offsetof(ZfType, kind),
};
