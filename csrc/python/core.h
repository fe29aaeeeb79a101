/* core.h - the objects of zffi._core and what its files offer each other.
 *
 * Each object's layout is here because the call path reads across them; who owns what stands beside
 * each field. All state hangs on the module (ZfState), so each interpreter has its own; nothing
 * here is a global variable.
 */
#ifndef ZF_CORE_H
#define ZF_CORE_H

#include "compat.h"

#include "../arch/arch.h"
#include "../arch/stub.h"
#include "../zffi.h"
#include "messages.h"

#include <string.h>

/* -- State of the module ----------------------------------------------------------------------- */

#define ZF_EXCEPTIONS(X)                                                                           \
    X(Error)                                                                                       \
    X(LibraryError)                                                                                \
    X(SymbolError)                                                                                 \
    X(LibraryClosedError)                                                                          \
    X(SignatureError)                                                                              \
    X(TypeValidationError)                                                                         \
    X(CallingConventionError)                                                                      \
    X(ArgumentError)                                                                               \
    X(ArgumentOverflowError)                                                                       \
    X(ArgumentValueError)

#define ZF_EXCEPTION_ID(name) ZF_##name,
typedef enum ZfException { ZF_EXCEPTIONS(ZF_EXCEPTION_ID) ZF_EXCEPTION_COUNT } ZfException;

typedef enum ZfTail {
    ZF_TAIL_SIGNED,
    ZF_TAIL_UNSIGNED,
    ZF_TAIL_DOUBLE,
    ZF_TAIL_STRING,
    ZF_TAIL_POINTER,
    ZF_TAIL_CONST_POINTER,
    ZF_TAIL_COUNT,
} ZfTail;

typedef struct ZfCType ZfCType;

enum { ZF_SPARE_REFERENCES = 8 };

typedef struct ZfState {
    PyObject *exceptions[ZF_EXCEPTION_COUNT]; /* the classes of zffi.errors */
    PyTypeObject *ctype_type;                 /* the metaclass of the C types */
    PyTypeObject *data_type;                  /* the base class of their values */
    PyTypeObject *simple_type;
    PyTypeObject *longdouble_type;
    PyTypeObject *complex_type;
    PyTypeObject *longdouble_class; /* c_longdouble itself */
    PyTypeObject *array_type;
    PyTypeObject *vector_type;
    PyTypeObject *pointer_type;
    PyTypeObject *aggregate_type;
    PyTypeObject *field_type;
    PyTypeObject *reference_type;
    PyTypeObject *hold_type;
    PyTypeObject *signature_type;
    PyTypeObject *library_type;
    PyTypeObject *target_type;
    PyTypeObject *info_type;
    ZfCType *tail_types[ZF_TAIL_COUNT]; /* what values become in the tail of a variadic call */
    PyObject *unpickled_libraries;      /* dict: many pickles of one library share it */
    PyObject *signatures;               /* dict: those that are alive, see intern.c */
    PyObject *spare_references[ZF_SPARE_REFERENCES]; /* dead ones, to be used again */
    int spare_count;
    bool can_pickle;    /* zffi._pickle is imported */
    ZfStubSource stubs; /* where stubs come from */
    bool is_careful;    /* no stubs, and no inline conversions in calls */
    bool names_stubs;   /* for perf */
} ZfState;

extern PyModuleDef zf_core_module;

/* The state, from an instance of any type of the module, or from the module. */
ZfState *zf_state_of(PyObject *object);
ZfState *zf_state_of_module(PyObject *module);

/* -- C types (ctype.c) ------------------------------------------------------------------------- */

/* How a scalar looks from Python, where its ZfKind is not enough to tell. */
typedef enum ZfConversion {
    ZF_AS_VOID,
    ZF_AS_INTEGER,
    ZF_AS_BOOL,
    ZF_AS_FLOAT,
    ZF_AS_DOUBLE,
    ZF_AS_CHAR,
    ZF_AS_WCHAR,
    ZF_AS_POINTER,
    ZF_AS_CONST_POINTER,
    ZF_AS_STRING,
    ZF_AS_WIDE_STRING,
    ZF_AS_FLOAT16,
    /* What zf_access_load makes a Python object of. */
    ZF_AS_TYPED_POINTER,
    ZF_AS_ENUM,
    /* What no register word holds: the word is the address of the value. */
    ZF_AS_INT128,
    ZF_AS_COMPLEX,
    ZF_AS_LONG_DOUBLE,
    ZF_AS_LONG_COMPLEX,
    ZF_AS_AGGREGATE, /* arrays, vectors, structs and unions */
} ZfConversion;

/* What to make of a value that C gives: for integers the kind, for all else the conversion. */
typedef uint8_t ZfBox;
enum {
    ZF_BOX_CONVERSION = 32,
    ZF_BOX_FLOAT = ZF_BOX_CONVERSION + ZF_AS_FLOAT,
    ZF_BOX_DOUBLE = ZF_BOX_CONVERSION + ZF_AS_DOUBLE,
    ZF_BOX_BOOL = ZF_BOX_CONVERSION + ZF_AS_BOOL,
    ZF_BOX_LOADED = ZF_BOX_CONVERSION + ZF_AS_TYPED_POINTER, /* by zf_access_load */
    ZF_BOX_AGGREGATE = ZF_BOX_CONVERSION + ZF_AS_AGGREGATE,  /* written by the callee in place */
    ZF_BOX_SWAPPED = 254,                                    /* a number in the other byte order */
};

/* Integers, bool, float, double: what needs nothing but its bytes. */
static inline bool zf_box_is_number(ZfBox box)
{
    return box <= ZF_BOX_DOUBLE;
}

/* What converting a value needs to know of its C type; shared by types, data objects and call
 * steps. */
typedef struct ZfScalar {
    const ZfType *type;
    const char *format; /* PEP 3118 */
    int64_t low;        /* integers: an int of at most two digits fits if value - low <= span */
    uint64_t span;
    ZfConversion conversion;
    ZfBox box;
    bool is_swapped;  /* in memory, in the byte order that is not this machine's */
    ZfCType *pointee; /* of a typed pointer, and of an enum the type itself; borrowed; else NULL */
} ZfScalar;

/* The most bytes of a wide scalar: one that is converted like a number, but has no register word.
 */
enum { ZF_WIDE_BYTES = 32 };

static inline bool zf_scalar_is_by_address(const ZfScalar *scalar)
{
    return scalar->conversion >= ZF_AS_INT128;
}

static inline bool zf_scalar_is_wide(const ZfScalar *scalar)
{
    return zf_scalar_is_by_address(scalar) && scalar->conversion != ZF_AS_AGGREGATE;
}

/* A C type is a class, with its description behind the ordinary class object. The description is
 * complete when `scalar.type` is there, or no longer an incomplete type, and does not change after
 * that: whoever has seen it reads all else without a lock. What is made on demand appears once, and
 * stays. */
struct ZfCType {
    PyHeapTypeObject heap;
    ZfScalar scalar;   /* type is NULL in abstract base classes */
    ZfType *own_type;  /* the type of a pointer, array or struct, owned by its class; else NULL */
    ZfType *declared;  /* of a struct, the incomplete type that it was before; owned, or NULL */
    ZfType *defined;   /* of a struct, the type that it will be once described; owned, or NULL */
    ZfCType *element;  /* of arrays and pointers; NULL for a pointer to void */
    Py_ssize_t length; /* of arrays: elements */
    int dimensions;    /* of the buffer that its values export */
    Py_ssize_t *shape; /* that many, and behind them as many strides; owned, NULL for none */
    PyObject *pointer; /* the class POINTER(this), once somebody asked for it */
    PyObject *format;  /* bytes that scalar.format points into, or NULL */
    PyObject *arrays;  /* dict: length to the class of such arrays */
    PyObject *vectors; /* the same for vectors */
    struct ZfEnum *enumeration; /* of an enum (enum.c); owned, NULL for all else */
    PyObject *swapped;          /* the same in the other byte order, once somebody asked for it */
    /* Of structs and unions; NULL for all else. */
    PyObject *fields;           /* tuple of Field, in order */
    PyObject *by_name;          /* dict: name to Field, those of anonymous members too */
    PyObject *initial;          /* a value with the members' defaults; NULL if there are none */
    struct ZfFieldTable *table; /* by_name for the fast way, see field.c; owned */
};

/* The metaclass has to be there before the base classes of values, the C types come after them. */
int zf_ctype_init_metaclass(PyObject *module, ZfState *state);
int zf_ctype_init(PyObject *module, ZfState *state);
/* Makes it the C type that `scalar` says; all else is described. */
static inline void zf_ctype_describe(ZfCType *ctype, const ZfScalar *scalar)
{
    ZfScalar rest = *scalar;
    rest.type = ctype->scalar.type;
    ctype->scalar = rest;
    ZF_COMPAT_STORE(ctype->scalar.type, scalar->type);
}
static inline bool zf_ctype_has_size(const ZfCType *ctype)
{
    const ZfType *type = ZF_COMPAT_LOAD(ctype->scalar.type);
    return type != NULL && type->alignment != 0;
}
/* A dict that is made when it is asked for (borrowed), or NULL with an error. */
static inline PyObject *zf_dict_on_demand(PyObject **field)
{
    PyObject *known = ZF_COMPAT_LOAD(*field);
    return known != NULL ? known : zf_compat_keep_first(field, PyDict_New());
}
/* Whether an object is a class that describes a C type, be it an incomplete one. */
bool zf_ctype_is_concrete(ZfState *state, PyObject *class);
/* Whether a C type has a size. A struct whose members could not be known before is completed now
 * if it can be. -1 with an error. */
int zf_ctype_is_complete(ZfCType *ctype);
/* Arrays decay to pointers. Vectors, which have elements too, do not. */
static inline bool zf_ctype_is_array(const ZfCType *ctype)
{
    return ctype->scalar.type->kind == ZF_KIND_ARRAY;
}
/* A class of the metaclass (new reference); its description is still to be filled in. */
ZfCType *zf_ctype_make(ZfState *state, PyObject *name, PyTypeObject *base, const char *doc);
/* The code of a PEP 3118 format of native sizes as it is in standard sizes. */
const char *zf_ctype_standard_code(const char *format);
/* The type in the other byte order than this machine's, or AttributeError (new reference). */
PyObject *zf_ctype_swapped(ZfState *state, ZfCType *ctype);
/* POINTER(target) and element * length: the same class each time (new references). target NULL is
 * void. */
PyObject *zf_ctype_pointer(ZfState *state, ZfCType *target);
PyObject *zf_ctype_array(ZfState *state, ZfCType *element, Py_ssize_t length);
/* A class of so many elements in a row: the one in the dict `known`, or a new one (new reference).
 */
typedef struct ZfRepeated {
    const char *word; /* in the class's name */
    const char *doc;
    PyTypeObject *base;
    int (*describe)(ZfCType *ctype, ZfCType *element, Py_ssize_t length);
} ZfRepeated;
/* What arrays and vectors have in common, once own_type is there. -1 with an error. */
int zf_ctype_describe_elements(ZfCType *ctype, ZfCType *element, Py_ssize_t length);
PyObject *zf_ctype_repeated(ZfState *state, ZfCType *element, Py_ssize_t length, PyObject **known,
                            const ZfRepeated *kind);
/* The C type that `object` is (None is void, given as NULL), borrowed. On error, sets
 * TypeValidationError, which says `where`, and returns -1. */
int zf_ctype_check(ZfState *state, PyObject *object, const char *where, Py_ssize_t index,
                   ZfCType **ctype);
extern const ZfScalar zf_scalar_void;

/* -- Data objects (data.c, access.c, simple.c, array.c, pointer.c, wide.c) --------------------- */

typedef struct ZfSite ZfSite;

typedef struct ZfData {
    PyObject_HEAD
    void *memory;
    PyObject *owner; /* who has the memory: the data object this is part of, an exporter; or NULL */
    PyObject *keep;  /* what the memory points to: an object, or a dict of them by offset */
    PyObject *weak_references;
    /* Where small values are, aligned to 16; of others, storage[0] is the block that memory is in.
     */
    uint64_t storage[3];
    bool is_allocated; /* memory is in this object's own block */
} ZfData;

/* byref(data, offset): an address that keeps its object alive. */
typedef struct ZfReference {
    PyObject_HEAD
    PyObject *object;
    void *address;
} ZfReference;

extern PyType_Spec zf_data_spec;
extern PyType_Spec zf_simple_spec;
extern PyType_Spec zf_longdouble_spec;
extern PyType_Spec zf_complex_spec;
extern PyType_Spec zf_array_spec;
extern PyType_Spec zf_vector_spec;
extern PyType_Spec zf_pointer_spec;
extern PyType_Spec zf_reference_spec;
extern PyType_Spec zf_field_spec;
extern PyType_Spec zf_struct_spec;

static inline ZfCType *zf_data_ctype(PyObject *data)
{
    return (ZfCType *)Py_TYPE(data);
}

static inline const ZfScalar *zf_data_scalar(PyObject *data)
{
    return &zf_data_ctype(data)->scalar;
}

/* A new value, all zero; a value at `memory`, which belongs to `owner` (NULL: to nobody). */
PyObject *zf_data_make(PyTypeObject *type);
/* A value of a class that will be of a C type, with the bytes of `model`, and what these keep. */
PyObject *zf_data_make_early(PyTypeObject *type, const ZfType *described, PyObject *model);
PyObject *zf_data_view(ZfCType *ctype, void *memory, PyObject *owner);
/* Whether `type` is a class with values; else sets TypeError. */
bool zf_data_is_concrete(PyTypeObject *type);
/* The tp_dealloc of every class of data. */
void zf_data_dealloc(PyObject *self);
/* Whether an object is data; else sets TypeError. */
bool zf_data_check(ZfState *state, PyObject *object);

/* Raises TypeError for a subscript that is neither an index nor a slice; NULL. */
PyObject *zf_data_wrong_index(PyObject *self, PyObject *key);

/* Reads a C value: a scalar as a Python object, an aggregate as a view into `owner`. */
PyObject *zf_access_load(ZfCType *ctype, void *memory, PyObject *owner);
/* Writes a C value into the memory of `owner`, or raises; nothing is written then. `index` is for
 * messages: the element's, or -1. */
int zf_access_store(ZfState *state, ZfCType *ctype, PyObject *owner, void *memory, PyObject *value,
                    Py_ssize_t index);
/* A pointer in memory, and what it is known to point to, as of one moment. */
typedef struct ZfPointer {
    void *address;
    PyObject *keep; /* a new reference, or NULL */
    bool is_noted;  /* it leads where it led when `keep` was set, as far as that is noted */
} ZfPointer;
/* The pointer at `memory` of `owner`; `keep` may be NULL with an error. */
ZfPointer zf_access_pointer(ZfState *state, PyObject *owner, const void *memory);
/* The same of a pointer in other memory than a pointer object's own, without a `keep` to which it
 * does not lead any more: C, or another member of a union, may have written another one. */
ZfPointer zf_access_pointer_now(ZfState *state, PyObject *owner, const void *memory);
/* Writes a pointer, and what it points to, together; takes the reference, NULL forgets. Memory that
 * no object has (owner NULL) keeps nothing. */
int zf_access_put_pointer(ZfState *state, PyObject *owner, void *memory, uint64_t word,
                          PyObject *keeper);
/* The bytes of a word's lowest `size` in the other order. */
uint64_t zf_access_swap(uint64_t word, size_t size);
/* A pointer object has beside its pointer where it led when its `keep` was set: C may change the
 * pointer, and `keep` says nothing of it then. */
static inline void zf_access_note_pointer(PyObject *pointer)
{
    ZfData *data = (ZfData *)pointer;
    if (data->memory == data->storage) {
        data->storage[1] = data->storage[0];
    }
}

/* Writes a register word of a scalar of `size` bytes. */
static inline void zf_access_put(void *memory, uint64_t word, size_t size)
{
    switch (size) {
    case 1: memcpy(memory, &word, 1); break;
    case 2: memcpy(memory, &word, 2); break;
    case 4: memcpy(memory, &word, 4); break;
    default: memcpy(memory, &word, 8);
    }
}

PyObject *zf_struct_declare(PyObject *module, PyObject *args);
/* A wide scalar (wide.c): converts any Python value to the bytes of one, or raises; makes the
 * Python object of one; whether one is not zero. */
int zf_wide_convert(const ZfSite *site, PyObject *value, unsigned char bytes[ZF_WIDE_BYTES]);
PyObject *zf_wide_load(ZfCType *ctype, const void *memory);
bool zf_wide_is_true(const ZfScalar *scalar, const void *memory);

/* The parts of that: long double (longdouble.c) and complex numbers (complex.c). */
enum { ZF_LONGDOUBLE_TEXT = 64 };
void zf_longdouble_copy(void *to, const void *from);
long double zf_longdouble_get(const void *memory);
int zf_longdouble_convert(const ZfSite *site, PyObject *value, long double *number);
PyObject *zf_longdouble_make(PyTypeObject *type, const void *memory);
void zf_longdouble_text(char text[ZF_LONGDOUBLE_TEXT], long double number);
int zf_complex_convert(const ZfSite *site, PyObject *value, unsigned char *bytes);
int zf_complex_convert_long(const ZfSite *site, PyObject *value, unsigned char *bytes);
PyObject *zf_complex_load(const ZfScalar *scalar, const void *memory);
PyObject *zf_complex_load_long(ZfCType *ctype, const void *memory);
bool zf_complex_is_true(const ZfScalar *scalar, const void *memory);
/* Enums (enum.c). A derived class's scalar leads to the C type that has the rest. */
/* What zffi/_enum.py says of a C type. */
typedef struct ZfEnum {
    PyObject *class;     /* the Python class; owned, as all else */
    PyObject *members;   /* dict: int to member */
    PyObject *metaclass; /* enum.EnumType */
    bool is_strict;      /* a value that no member has is an error */
} ZfEnum;

PyObject *zf_enum_type(PyObject *module, PyObject *args);
PyObject *zf_enum_resolve(ZfState *state, PyObject *object);
int zf_enum_convert(const ZfSite *site, PyObject *value, uint64_t *word);
PyObject *zf_enum_load(const ZfCType *ctype, const void *memory);
/* What an int from C is to Python (takes the reference, which may be NULL). */
PyObject *zf_enum_member(const ZfCType *ctype, PyObject *integer);
int zf_enum_traverse(const ZfCType *ctype, visitproc visit, void *arg);
void zf_enum_free(ZfCType *ctype);
/* The setter of `value`. */
int zf_simple_set_value(PyObject *self, PyObject *value, void *closure);

PyObject *zf_struct_define(PyObject *module, PyObject *args);
PyObject *zf_struct_describe(PyObject *module, PyObject *args);
/* Entry of calls of a struct's class. */
PyObject *zf_struct_vectorcall(PyObject *class, PyObject *const *values, size_t count,
                               PyObject *names);
PyObject *zf_reference_byref(PyObject *module, PyObject *const *values, Py_ssize_t count);
void zf_reference_free_spare(ZfState *state);
PyObject *zf_data_addressof(PyObject *module, PyObject *object);
PyObject *zf_data_zeroed(PyObject *module, PyObject *type);
PyObject *zf_data_sizeof(PyObject *module, PyObject *object);
PyObject *zf_data_alignment(PyObject *module, PyObject *object);
PyObject *zf_vector_type(PyObject *module, PyObject *args);
PyObject *zf_pointer_type(PyObject *module, PyObject *target);
PyObject *zf_pointer_to(PyObject *module, PyObject *object);
PyObject *zf_pointer_cast(PyObject *module, PyObject *args);

/* -- Copies (copy.c): methods of data ---------------------------------------------------------- */

PyObject *zf_copy_shallow(PyObject *self, PyObject *ignored);
PyObject *zf_copy_deep(PyObject *self, PyObject *memo);
PyObject *zf_copy_reduce(PyObject *self, PyObject *ignored);
PyObject *zf_copy_unpickle(PyObject *module, PyObject *args);

/* -- Raw memory (memory.c) --------------------------------------------------------------------- */

PyObject *zf_memory_string_at(PyObject *module, PyObject *args);
PyObject *zf_memory_wstring_at(PyObject *module, PyObject *args);
PyObject *zf_memory_move(PyObject *module, PyObject *args);
PyObject *zf_memory_set(PyObject *module, PyObject *args);

/* -- Signatures (signature.c) ------------------------------------------------------------------ */

/* `size` bytes of a struct, found at `offset`, that go to a word of the register image. */
typedef struct ZfMove {
    uint32_t offset;
    uint32_t size; /* more than 8 only on the stack */
    uint32_t word;
} ZfMove;

/* One argument of the plan-walking call path. */
typedef struct ZfStep {
    ZfScalar scalar;
    uint32_t word;       /* of the register image; of a call by memory, the argument's number */
    uint32_t move_count; /* of a struct in a packed call */
    ZfMove moves[2];
} ZfStep;

/* How arguments get to the kernel. */
typedef enum ZfWay {
    ZF_WAY_SCALAR, /* one word each, and a result in one register */
    ZF_WAY_PACKED, /* structs too, a piece for each word */
    ZF_WAY_MEMORY, /* any other: the engine is given the addresses of all values */
} ZfWay;

typedef struct ZfSignature {
    PyObject_HEAD
    ZfPlan *plan;          /* owned, unless `unnamed` owns it */
    PyObject *restype;     /* a C type, or None */
    PyObject *argtypes;    /* tuple of C types */
    PyObject *names;       /* tuple of str, one an argument, or NULL */
    PyObject *before_name; /* str: what a help text has between the function's name and its name */
    PyObject *behind_name; /* in the prototype, and str: what is behind that */
    struct ZfSignature *unnamed; /* the one without names whose plan and steps this one uses */
    ZfState *state;              /* of the module, which the signature's class keeps */
    PyObject *weak_references;
    Py_hash_t hash; /* of all but the names */
    size_t stack_words;
    size_t fp_used;
    const ZfAbi *abi; /* that of the plan: the call path reads it here */
    ZfWay way;
    ZfReturnShape shape; /* of the result in a packed call */
    ZfBox box;           /* of the result */
    Py_ssize_t argument_count;
    Py_ssize_t fixed; /* of a variadic function: its named parameters; else ZF_NOT_VARIADIC */
    ZfStep *steps;    /* owned, unless `unnamed` owns them */
} ZfSignature;

enum { ZF_NOT_VARIADIC = -1 };

extern PyType_Spec zf_signature_spec;
/* The Signature of these types and names: a new one, or one that is alive and the same. argtypes: a
 * sequence of C types, or a mapping of parameter names to C types. */
ZfSignature *zf_signature_make(ZfState *state, PyObject *restype, PyObject *argtypes,
                               const ZfAbi *abi, Py_ssize_t fixed);
/* The `fixed=` of a declaration: None, or a count of parameters, which argtypes must have. */
int zf_signature_fixed(ZfState *state, PyObject *given, Py_ssize_t *fixed);
/* "double hypot(double x, double y)"; with the argument number `marked` underlined on a second
 * line, unless it is -1. Without a name, the type alone: "double (double, double)". */
PyObject *zf_signature_prototype(const ZfSignature *signature, PyObject *name, Py_ssize_t marked);
/* Fills in before_name ("(x, y, /)\n--\n\ndouble ", whose beginning inspect.signature reads) and
 * behind_name ("(double x, double y)"). */
int zf_signature_describe(ZfSignature *signature);
const ZfAbi *zf_signature_abi(ZfState *state, PyObject *name, const ZfAbi *otherwise);

/* -- Signatures that are alive (intern.c) ------------------------------------------------------ */

/* All that makes one signature another. The objects are borrowed. */
typedef struct ZfSignatureKey {
    PyObject *restype;
    PyObject *argtypes; /* tuple */
    PyObject *names;    /* tuple, or NULL */
    const ZfAbi *abi;
    Py_ssize_t fixed;
} ZfSignatureKey;

/* Of all but the names. */
Py_hash_t zf_intern_hash(const ZfSignatureKey *key);
/* A new reference; NULL without an error if there is none. */
ZfSignature *zf_intern_find(ZfState *state, const ZfSignatureKey *key);
int zf_intern_add(ZfState *state, ZfSignature *signature);
/* For the end of a signature, to which no weak reference leads any more. */
void zf_intern_remove(ZfState *state, const ZfSignature *signature);

/* -- Libraries (library.c) --------------------------------------------------------------------- */

typedef enum ZfGil { ZF_GIL_RELEASE, ZF_GIL_HOLD } ZfGil;

typedef struct ZfTarget ZfTarget;

/* What close() changes is changed with the library locked. */
typedef struct ZfLibraryObject {
    PyObject_HEAD
    ZfLibrary *handle; /* NULL once closed */
    PyObject *name;    /* as given: str, or None */
    ZfTarget *targets; /* the live functions of this library: a list through them, not owned */
    const ZfAbi *abi;
    ZfLibrary *doomed; /* the handle, from close() until the last user has left */
    Py_ssize_t holds;  /* data objects in its memory, and uses of the handle */
    int mode;
    ZfGil gil;
    int uses_python; /* whether its functions may call Python's own: 0, 1, or -1 if nobody asked */
    PyObject *weak_references;
} ZfLibraryObject;

extern PyType_Spec zf_library_spec;
PyObject *zf_library_load(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *zf_library_unpickle(PyObject *module, PyObject *args);
int zf_library_gil(ZfState *state, PyObject *word, ZfGil *gil);
/* The address of a symbol, which may be NULL; false with an error, which begins with `what` if the
 * name is at fault. */
bool zf_library_find(ZfLibraryObject *library, PyObject *symbol, const char *what, void **address);
/* Whether C in this library may call Python's own functions, and so may leave an error. NULL is a
 * bare address. */
bool zf_library_uses_python(ZfLibraryObject *library);
/* Whether it has not been closed; it may be at any moment. */
static inline bool zf_library_is_open(const ZfLibraryObject *library)
{
    return ZF_COMPAT_LOAD(library->handle) != NULL;
}
/* A user comes, who keeps it mapped: the handle, or NULL if it is closed, without an error. */
ZfLibrary *zf_library_hold(ZfLibraryObject *library);
void zf_library_release(ZfLibraryObject *library);
/* A function joins, or leaves: then it has an address no more. */
void zf_library_join(ZfLibraryObject *library, ZfTarget *target, ZfFunction address);
void zf_library_part(ZfTarget *target);
/* After a user, or a call, has left: unmaps a library that was closed meanwhile if it was the last.
 */
ZF_COLD void zf_library_unmap(ZfLibraryObject *library);
/* "libm.so.6", or "the process" */
PyObject *zf_library_label(const ZfLibraryObject *library);

/* -- Exported data (variable.c): methods of Library and of data ---------------------------------
 */

extern PyType_Spec zf_hold_spec;
PyObject *zf_variable_of_library(PyObject *self, PyObject *args);
PyObject *zf_variable_in_dll(PyObject *class, PyObject *args);

/* -- Bound functions (function.c) -------------------------------------------------------------- */

enum {
    ZF_CALL_RELEASE = 1,     /* release the GIL */
    ZF_CALL_ERRNO = 2,       /* swap errno */
    ZF_CALL_ERRNO_CLEAR = 4, /* and let the callee start from 0 */
    ZF_CALL_CHECK = 8,       /* give the result to `check` */
    ZF_CALL_PACKED = 16,     /* by ZF_WAY_PACKED, */
    ZF_CALL_BY_MEMORY = 32,  /* by ZF_WAY_MEMORY: set by the call path itself */
    ZF_CALL_CAREFUL = 64,    /* without the inline conversions */
};

/* The entry point of a builtin function, of whatever type. */
typedef void ZfEntry(void);

/* The m_self of a bound function. The interpreter holds the function during a call, and the
 * function this. */
struct ZfTarget {
    PyObject_HEAD
    ZfFunction address; /* NULL once the library is closed */
    ZfSignature *signature;
    ZfEntry *generic;         /* the entry that walks the plan, for what a stub does not take */
    const ZfStub *stub;       /* the entry otherwise; NULL if there is none */
    unsigned options;         /* ZF_CALL_* */
    int64_t inside;           /* calls that have not returned; and INT64_MIN once it is closed */
    PyObject *shapes;         /* of a variadic function: dict, see variadic.c; else NULL */
    PyObject *check;          /* or NULL */
    ZfLibraryObject *library; /* NULL for a bare address */
    ZfTarget *next;           /* in library->targets */
    ZfTarget **link;          /* what points to this target in that list */
    PyObject *name;           /* str, of the symbol; method.ml_name points into it */
    PyObject *doc;            /* str, as the user gave it, or None */
    PyMethodDef method;       /* ml_doc is owned */
};

/* Closed functions have a negative count of calls: the last stub to leave sees it. */
static inline bool zf_target_is_inside(const ZfTarget *target)
{
    return (ZF_COMPAT_LOAD(target->inside) & INT64_MAX) != 0;
}
/* Takes the address away: who calls from now on is told so by the generic entry. */
void zf_target_close(ZfTarget *target);

/* A call begins: the address, which stays good until zf_target_leave, or NULL if the library is
 * closed; then there is nothing to leave. The count comes first: close() takes the address away
 * first, so one of both sees the other. */
static ZF_ALWAYS_INLINE ZfFunction zf_target_enter(ZfTarget *target)
{
    ZF_COMPAT_ADD(target->inside, 1);
    ZfFunction address = ZF_COMPAT_LOAD(target->address);
    if (address == NULL) {
        ZF_COMPAT_ADD(target->inside, -1);
        zf_library_unmap(target->library);
    }
    return address;
}

/* It ends, and what it returned has been read. */
static ZF_ALWAYS_INLINE void zf_target_leave(ZfTarget *target)
{
    ZF_COMPAT_ADD(target->inside, -1);
    if (ZF_COMPAT_LOAD(target->address) == NULL) {
        zf_library_unmap(target->library);
    }
}

/* The options that func() and function() share, as given; every field may be NULL. */
typedef struct ZfBinding {
    PyObject *name;
    PyObject *restype; /* or a Signature */
    PyObject *argtypes;
    PyObject *fixed;
    PyObject *gil;
    PyObject *errno_swap;
    PyObject *check;
    PyObject *abi;
    PyObject *doc;
} ZfBinding;

extern PyType_Spec zf_target_spec;
int zf_function_init(PyObject *module, ZfState *state);
/* A new bound function; library NULL for a bare address. */
PyObject *zf_function_bind(ZfState *state, const ZfBinding *binding, ZfFunction address,
                           ZfLibraryObject *library);
PyObject *zf_function_of(ZfTarget *target);
PyObject *zf_function_bind_address(PyObject *module, PyObject *args, PyObject *kwargs);
PyObject *zf_function_unpickle(PyObject *module, PyObject *args);
PyObject *zf_function_info(PyObject *module, PyObject *function);
/* Of a bound function (borrowed); else NULL with TypeError. */
ZfTarget *zf_function_target(ZfState *state, PyObject *function);

/* -- Calls (call.c) ---------------------------------------------------------------------------- */

/* Chooses the entry points of a bound function. */
void zf_call_choose(ZfTarget *target);

/* -- Stubs (stub.c, stub_check.c) -------------------------------------------------------------- */

/* Where objects have what stubs read, by this interpreter's headers. */
extern const ZfStubModel zf_stub_model;
/* Finds out where stubs come from: by ZFFI_TIER, and by what the interpreter is. */
int zf_stub_init(ZfState *state);
/* The stub for a target whose signature and options are set, or NULL. */
const ZfStub *zf_stub_for(ZfTarget *target);
/* "stub", "prebuilt", or "plan" for none. */
const char *zf_stub_tier(const ZfStub *stub);
/* What ZFFI_TIER does, for functions that are bound from now on: to compare tiers in one process.
 */
PyObject *zf_stub_force(PyObject *module, PyObject *tier);
/* The tiers that there are, the preferred ones first: list of str. */
PyObject *zf_stub_tiers(PyObject *module, PyObject *ignored);
/* (address, code, [(offset, literal)]) of a bound function's stub, or None. */
PyObject *zf_stub_dump(PyObject *module, PyObject *function);
/* Whether objects are as the model says. If not, warns, and from now on binds functions that are
 * called the careful way. -1 with an error. */
int zf_stub_check_layout(ZfState *state, const ZfStubModel *model);
/* The same for the model with other offsets, given by their names: for tests. */
PyObject *zf_stub_misread(PyObject *module, PyObject *args, PyObject *offsets);

/* -- Variadic calls (variadic.c) --------------------------------------------------------------- */

/* The signature of one call of a variadic function, with a type for each value (new reference). */
ZfSignature *zf_variadic_shape(ZfTarget *target, PyObject *const *values, Py_ssize_t count);

/* -- Conversion (convert.c) -------------------------------------------------------------------- */

/* What a call borrows from its arguments: buffers, released together when it is over. A Py_buffer
 * may point into itself, so none is ever moved: more than a few go into blocks of their own. */
typedef struct ZfArenaBlock {
    struct ZfArenaBlock *next;
    Py_buffer buffers[8];
} ZfArenaBlock;

typedef struct ZfArena {
    size_t count;
    ZfArenaBlock *blocks; /* the newest first */
    Py_buffer first[2];
} ZfArena;

static inline void zf_arena_open(ZfArena *arena)
{
    arena->count = 0;
    arena->blocks = NULL;
}
void zf_arena_release(ZfArena *arena);
/* Room for one more buffer, which counts once arena->count is raised; memory for the time of the
 * call. NULL with an error. */
Py_buffer *zf_arena_reserve(ZfArena *arena);
void *zf_arena_memory(ZfArena *arena, Py_ssize_t size);
static inline void zf_arena_close(ZfArena *arena)
{
    if (arena->count != 0) {
        zf_arena_release(arena);
    }
}

/* What an error message says of the value being converted. */
struct ZfSite {
    ZfState *state;
    const ZfTarget *target; /* or NULL: then `owner` says whose value it is */
    PyTypeObject *owner;
    Py_ssize_t index; /* of the argument or element, from 0; -1 for none */
    PyObject *member; /* the name of a struct's member, or NULL */
    const ZfScalar *scalar;
};

/* As zf_access_store; the site says what messages name. */
int zf_access_store_at(const ZfSite *site, ZfCType *ctype, PyObject *owner, void *memory,
                       PyObject *value);
/* Converts any Python value to the register word of a scalar, or raises. May run Python code. */
int zf_convert(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word);
/* Its parts. Those that return int or NULL raise. */
int zf_convert_pointer(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word);
int zf_convert_data(const ZfSite *site, ZfArena *arena, PyObject *value, uint64_t *word);
int zf_convert_wrong_type(const ZfSite *site, PyObject *value, ZfMessage message);
int zf_convert_number(const ZfSite *site, PyObject *value, double *number);
int zf_convert_integer_word(const ZfSite *site, PyObject *value, ZfMessage message, uint64_t *word);
PyObject *zf_convert_integer_of(const ZfSite *site, PyObject *value);
PyObject *zf_convert_shown_integer(PyObject *integer);

ZfBox zf_convert_box_code(const ZfScalar *scalar);
PyObject *zf_convert_box(ZfBox box, ZfReturn value);

/* -- Errors (errors.c) ------------------------------------------------------------------------- */

int zf_errors_init(ZfState *state);
/* Each raises and returns NULL, so that callers may return what it returns. */
PyObject *zf_error_argument(const ZfSite *site, ZfException which, PyObject *value,
                            ZfMessage message, ...);
/* A value of a wrong type; the message says what was expected, and what was given. */
PyObject *zf_error_expected(const ZfSite *site, PyObject *value, ZfMessage message,
                            const char *expected);
PyObject *zf_error_arity(const ZfTarget *target, Py_ssize_t given);
PyObject *zf_error_library(ZfState *state, const char *operation, PyObject *name,
                           const char *reason, ZfMessage message);
PyObject *zf_error_symbol(ZfState *state, ZfLibraryObject *library, PyObject *symbol,
                          const char *reason);
PyObject *zf_error_closed(ZfState *state, const ZfLibraryObject *library, PyObject *function);
PyObject *zf_error_abi(ZfState *state, PyObject *abi);
PyObject *zf_error_type(ZfState *state, ZfMessage message, const char *where, Py_ssize_t index,
                        PyObject *given);
/* The end of a message about what is no C type: what was probably meant, or "". */
const char *zf_error_ctype_hint(PyObject *given);
/* A C type that cannot be used there, and why. */
PyObject *zf_error_type_why(ZfState *state, ZfMessage message, const char *where, Py_ssize_t index,
                            PyObject *given, const char *why);
/* A member that cannot be laid out; index -1 for the whole. */
PyObject *zf_error_member(ZfState *state, const char *name, Py_ssize_t index, const char *why);
/* A class without fields, or a builtin one. */
PyObject *zf_error_plain(PyObject *class, ZfMessage message, ...);
/* The same for a message that says of a value nothing but its type. */
PyObject *zf_error_given(PyObject *class, ZfMessage message, PyObject *value);
const char *zf_error_text(ZfMessage message);
/* The name of a value's type as messages show it: new reference. */
PyObject *zf_error_type_name(PyObject *value);
/* A library's name in the file system's encoding must be no empty one, and have no NUL. */
int zf_error_check_bytes(ZfState *state, PyObject *encoded, PyObject *name);
/* A checked C string of a name that goes to the loader, or NULL with an error that names `what`. */
const char *zf_error_checked_name(ZfState *state, PyObject *name, const char *what);

#endif
