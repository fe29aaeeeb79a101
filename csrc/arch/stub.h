/* stub.h - stubs: machine code, a piece for each signature and set of options, that takes a Python
 * function's arguments straight into registers, calls, and boxes the result.
 *
 * Nothing here knows Python.h: where objects keep what is given as numbers (ZfStubModel), and the
 * addresses that a stub refers to are in a table of literals that its code finds relative to
 * itself. So the same code can be written into memory at run time or into the extension when that
 * is built, and a test can run it on objects of its own.
 *
 * A stub is the entry point of a builtin function, `object f(self, object)` for one argument or
 * `object f(self, object *, count)`. What it does not know how to take, it leaves: with its
 * arguments untouched it jumps to the target's `generic` entry, which does the same for any value.
 * Until the native call it has no effect that could be seen, so that is safe at any point before.
 */
#ifndef ZF_STUB_H
#define ZF_STUB_H

#include "../zffi.h"

/* How an argument becomes a C value. The integers are in the order of ZfKind. */
typedef enum ZfTake {
    ZF_TAKE_NONE, /* no stub does */
    ZF_TAKE_BOOL,
    ZF_TAKE_INT8,
    ZF_TAKE_UINT8,
    ZF_TAKE_INT16,
    ZF_TAKE_UINT16,
    ZF_TAKE_INT32,
    ZF_TAKE_UINT32,
    ZF_TAKE_INT64,
    ZF_TAKE_UINT64,
    ZF_TAKE_FLOAT,
    ZF_TAKE_DOUBLE,
    ZF_TAKE_POINTER,       /* void * */
    ZF_TAKE_CONST_POINTER, /* const void *: bytes too */
    ZF_TAKE_TYPED_POINTER,
    ZF_TAKE_STRING, /* const char * */
    ZF_TAKE_CHAR,
    ZF_TAKE_STRUCT,
    ZF_TAKE_ENUM, /* added to the take of its integer */
} ZfTake;

/* What a result becomes. */
typedef enum ZfGive {
    ZF_GIVE_NONE, /* no stub does */
    ZF_GIVE_VOID,
    ZF_GIVE_BOOL,
    ZF_GIVE_INT8,
    ZF_GIVE_UINT8,
    ZF_GIVE_INT16,
    ZF_GIVE_UINT16,
    ZF_GIVE_INT32,
    ZF_GIVE_UINT32,
    ZF_GIVE_INT64,
    ZF_GIVE_UINT64,
    ZF_GIVE_FLOAT,
    ZF_GIVE_DOUBLE,
    ZF_GIVE_POINTER, /* an address, or None */
    ZF_GIVE_ANY,     /* what ZF_LITERAL_BOX makes of a word */
    ZF_GIVE_STRUCT,
} ZfGive;

enum {
    ZF_STUB_ONE = 1,         /* the entry takes one object, not an array */
    ZF_STUB_RELEASE = 2,     /* release the GIL */
    ZF_STUB_ERRNO = 4,       /* swap errno */
    ZF_STUB_ERRNO_CLEAR = 8, /* and let the callee start from 0 */
    ZF_STUB_GUARD = 16,      /* the callee may use Python: see if it left an error */
};

enum { ZF_STUB_MAX_ARGUMENTS = 40, ZF_STUB_MAX_STACK = 2048, ZF_STUB_MAX_BYTES = 12 << 10 };

/* What a stub is made for. The plan is of a callable convention. */
typedef struct ZfStubSpec {
    const ZfPlan *plan;
    unsigned options;                     /* ZF_STUB_* */
    uint8_t give;                         /* ZfGive */
    uint8_t takes[ZF_STUB_MAX_ARGUMENTS]; /* ZfTake */
} ZfStubSpec;

/* Where objects have what stubs read: offsets in bytes. */
typedef struct ZfStubModel {
    uint16_t object_type;
    uint16_t type_flags; /* of the byte that has `int_subclass_bit` */
    uint8_t int_subclass_bit;
    /* An int: its header is the signed count of its 30-bit digits; or, `int_is_tagged`, eight times
     * the count, plus 1 for zero, 2 for a negative number, and maybe 4. */
    bool int_is_tagged;
    uint16_t int_header, int_digits, int_bytes;
    uint16_t float_value;
    uint16_t bytes_size, bytes_data;
    uint16_t tuple_items;
    bool is_immortal;      /* None, True and False are not counted */
    bool is_free_threaded; /* without a GIL */
    /* Ours. */
    uint16_t target_address, target_generic, target_inside, target_signature;
    uint16_t signature_argtypes, signature_state;
    uint16_t state_reference_type, state_ctype_type;
    uint16_t data_memory, data_keep;
    uint16_t reference_object, reference_address;
    uint16_t ctype_type, ctype_element, ctype_pointee, ctype_enum;
    uint16_t enum_class, type_kind;
} ZfStubModel;

/* The addresses that stubs refer to: what they are called in the table. */
#define ZF_LITERALS(X)                                                                             \
    X(LONG_TYPE)      /* the type int */                                                           \
    X(FLOAT_TYPE)     /* the type float */                                                         \
    X(BYTES_TYPE)     /* the type bytes */                                                         \
    X(NONE)           /* None */                                                                   \
    X(TRUE)           /* True */                                                                   \
    X(FALSE)          /* False */                                                                  \
    X(SMALL_INTS)     /* where the interpreter has the ints from -ZF_SMALL_BELOW on in a row, */   \
    X(SMALL_ZERO)     /* 0 among them */                                                           \
    X(SMALL_COUNT)    /* as many as there are from 0 on, or less: a number */                      \
    X(BOX_INT64)      /* object f(int64_t) */                                                      \
    X(BOX_UINT64)     /* object f(uint64_t) */                                                     \
    X(BOX_DOUBLE)     /* object f(double) */                                                       \
    X(BOX)            /* object f(self, uint64_t, double): by the signature */                     \
    X(BOX_GUARDED)    /* the same, if no error is set */                                           \
    X(BOX_LEAVING)    /* the same, and the library may have waited for this call to end */         \
    X(BOX_STRUCT)     /* object f(self, words): in the order of the result's pieces */             \
    X(SAVE_THREAD)    /* state f(void) */                                                          \
    X(RESTORE_THREAD) /* void f(state) */                                                          \
    X(ERRNO_ENTER)    /* void f(void) */                                                           \
    X(ERRNO_CLEAR)    /* void f(void), instead of it */                                            \
    X(ERRNO_LEAVE)    /* void f(void) */

enum { ZF_SMALL_BELOW = 5 };

#define ZF_LITERAL_ID(name) ZF_LITERAL_##name,
typedef enum ZfLiteral { ZF_LITERALS(ZF_LITERAL_ID) ZF_LITERAL_COUNT } ZfLiteral;

/* Code that is being written. `literals` says where it refers to which literal. */
typedef struct ZfStubLiteral {
    uint16_t at; /* of the displacement; arm64: of the first of two instructions */
    uint16_t literal;
} ZfStubLiteral;

enum { ZF_STUB_MAX_LITERALS = 512 };

typedef struct ZfStubCode {
    size_t size;
    size_t literal_count;
    bool is_full; /* something did not fit: the code is of no use */
    ZfStubLiteral literals[ZF_STUB_MAX_LITERALS];
    uint8_t bytes[ZF_STUB_MAX_BYTES];
} ZfStubCode;

/* -- Writing code (<cpu>/stub.c) --------------------------------------------------------------- */

/* Whether stubs of this CPU can carry a piece of an argument, or of the result. */
bool zf_stub_can_place(const ZfPiece *piece, bool is_result);
/* The stub for a spec that has a key; false if it does not fit. */
bool zf_stub_emit(const ZfStubSpec *spec, const ZfStubModel *model, ZfStubCode *code);
/* Has code that is to run at `run` refer to the table of literals that will be at `table`. */
void zf_stub_link(const ZfStubCode *code, uint8_t *bytes, const uint8_t *run, const uint8_t *table);

/* -- Stubs that are there (stub_table.c) ------------------------------------------------------- */

typedef struct ZfStub {
    const uint8_t *entry;
    uint32_t size;
    bool is_prebuilt;
    uint16_t key_size;
    const uint8_t *key; /* all that determines the code, see zf_stub_key */
} ZfStub;

enum { ZF_STUB_MAX_KEY = 512 };

/* The bytes that say which stub a spec is for: two specs with equal keys have the same code, under
 * one model. 0 if there can be none. */
size_t zf_stub_key(const ZfStubSpec *spec, uint8_t key[ZF_STUB_MAX_KEY]);

/* A stub that was assembled into the library: where it and its key are, in bytes from the table of
 * these. So the table needs no relocation. */
typedef struct ZfPrebuilt {
    int32_t entry;
    int32_t key;
    uint32_t size;
    uint32_t key_size;
} ZfPrebuilt;

/* Where stubs come from. A process has one of these: the stubs that were made are shared by all of
 * its threads and interpreters. */
typedef struct ZfStubSource {
    const ZfStubModel *model;
    const void *const *literals; /* ZF_LITERAL_COUNT of them */
    const ZfPrebuilt *prebuilt;  /* in order of zf_stub_compare_keys */
    size_t prebuilt_count;
    bool can_make; /* new ones, in memory that may be executed */
} ZfStubSource;

int zf_stub_compare_keys(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size);

/* The stub for a spec: a known one, or a new one. NULL where there can be none. Stubs live for
 * ever. */
const ZfStub *zf_stub_find(const ZfStubSpec *spec, const ZfStubSource *source, bool *is_new);

/* What csrc/prebuild wrote, where there is such a thing. Their code refers to zf_stub_literals. */
extern const ZfPrebuilt zf_stub_prebuilt[];
extern const uint64_t zf_stub_prebuilt_count;
extern const void *zf_stub_literals[ZF_LITERAL_COUNT];

#endif
