/* zffi.h - the public interface of the zffi engine.
 *
 * The engine describes C types, plans where every argument and result of a call goes under a
 * calling convention, calls a function by such a plan, and opens libraries. It knows nothing of
 * Python: link it into any C11 program.
 *
 *     ZfPlan *plan;
 *     const ZfType *arguments[] = {zf_type_find("double"), zf_type_find("double")};
 *     ZfPrototype prototype = {zf_type_find("double"), 2, arguments, SIZE_MAX};
 *     if (zf_plan_make(zf_abi_default(), &prototype, &plan, NULL, NULL) == ZF_OK) {
 *         double x = 3, y = 4, result;
 *         zf_call(plan, (ZfFunction)hypot, &result, (const void *[]){&x, &y});
 *         zf_plan_free(plan);
 *     }
 *
 * Ownership: a plan belongs to whoever made it; types and ABIs are immutable and live for ever;
 * strings that a function returns through `char **` are the caller's to free(). Nothing here keeps
 * global state except one errno per thread. */
#ifndef ZFFI_H
#define ZFFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The outcome of an engine function. Anything but ZF_OK leaves the output parameters untouched
 * unless said otherwise. */
typedef enum ZfStatus {
    ZF_OK = 0,
    ZF_NO_MEMORY,          /* malloc failed */
    ZF_TOO_MANY_ARGUMENTS, /* more than ZF_MAX_ARGUMENTS */
    ZF_BAD_ARGUMENT,       /* a type that the calling convention cannot pass or return */
    ZF_BAD_MEMBER,         /* a member that cannot be laid out */
    ZF_TOO_LARGE,          /* a type of more than PTRDIFF_MAX bytes, too much for the stack */
    ZF_LOADER_ERROR,       /* the system's loader said no; its words are in the output string */
} ZfStatus;

/* -- Types ------------------------------------------------------------------------------------- */

/* What a register or a stack slot has to know of a scalar: its width, and how its upper bits are
 * filled. The kinds after ZF_KIND_POINTER are wide scalars and aggregates. */
typedef enum ZfKind {
    ZF_KIND_VOID,
    ZF_KIND_BOOL,
    ZF_KIND_INT8,
    ZF_KIND_UINT8,
    ZF_KIND_INT16,
    ZF_KIND_UINT16,
    ZF_KIND_INT32,
    ZF_KIND_UINT32,
    ZF_KIND_INT64,
    ZF_KIND_UINT64,
    ZF_KIND_FLOAT,
    ZF_KIND_DOUBLE,
    ZF_KIND_POINTER,
    ZF_KIND_INT128,
    ZF_KIND_UINT128,
    ZF_KIND_FLOAT16,
    ZF_KIND_FLOAT80,  /* the x87 format, in 16 bytes */
    ZF_KIND_FLOAT128, /* IEEE 754 binary128 */
    ZF_KIND_COMPLEX,  /* two leaves of one floating kind */
    ZF_KIND_VECTOR,   /* 8 or 16 bytes that live in one vector register */
    ZF_KIND_ARRAY,    /* only inside aggregates: C passes no arrays */
    ZF_KIND_STRUCT,   /* structs and unions */
} ZfKind;

/* A scalar inside an aggregate. A bit-field is the bytes that its bits touch; one without a name is
 * no leaf at all. One may lie anywhere, but gcc on x86-64 takes some for integers that are to be
 * aligned: in a union, and where width and place are those of an integer. */
enum { ZF_BITS = 1, ZF_BITS_LIKE_INTEGER = 2 };

typedef struct ZfLeaf {
    uint32_t offset;
    uint16_t size;
    uint8_t kind;         /* ZfKind, never an aggregate but ZF_KIND_VECTOR */
    uint8_t is_bit_field; /* 0, or one of the above */
} ZfLeaf;

/* Aggregates of more bytes than this go to memory on every ABI; their leaves are not kept. */
enum { ZF_FLAT_BYTES = 64 };

typedef struct ZfType {
    const char *name;   /* as C spells it: "unsigned long", "struct Point" */
    uint64_t size;      /* bytes; 0 for void, and for empty structs under GCC's rules */
    uint32_t alignment; /* 0 marks an incomplete type, which nothing can contain */
    /* Of an aggregate, that of its members as they were placed, without the `alignment` of the
     * whole (AAPCS64, 5.9); under Microsoft's rules the same as `alignment`. */
    uint32_t natural_alignment;
    ZfKind kind;
    uint32_t leaf_count;          /* aggregates of at most ZF_FLAT_BYTES, complex and vectors */
    const ZfLeaf *leaves;         /* in order of offset; those of a union overlap, none is twice */
    const struct ZfType *element; /* of an array, a complex and a vector; else NULL */
    /* What an alignas on it or in it demands, which no pack of Microsoft's reduces; 1 if there is
     * none, and under GCC's rules. */
    uint32_t required_alignment;
    /* Bytes of no member, or bit-fields, are in it or in an aggregate inside: so it is not
     * homogeneous, even where other members of a union fill them. */
    bool has_gaps;
    /* A union of an x87 long double and others lies under other members of a union, in it or in an
     * aggregate inside. */
    bool has_nested_x87_union;
} ZfType;

/* The scalar types of this machine's C compiler, by their C names ("void", "long long", "size_t",
 * "void *", ...). zf_type_at walks the table and zf_type_find searches it; both return NULL past
 * the end or for an unknown name. */
const ZfType *zf_type_at(size_t index);
const ZfType *zf_type_find(const char *name);

/* -- Layout ------------------------------------------------------------------------------------ */

/* Whose rules place members: GCC's (System V psABI, AAPCS64, Apple) or Microsoft's. */
typedef enum ZfRules { ZF_RULES_GCC, ZF_RULES_MSVC } ZfRules;

enum { ZF_MAX_ALIGNMENT = 1 << 28 };

/* What the rules ask of the target. */
typedef struct ZfLayoutOptions {
    const char *name; /* "struct Point"; copied */
    ZfRules rules;
    bool is_union;
    bool is_packed;     /* GCC's attribute: every member at the next byte, or bit; under Microsoft's
                           rules the same as a pack of 1 */
    uint32_t pack;      /* #pragma pack: 1, 2, 4, 8, 16; 0 for none */
    uint32_t alignment; /* alignas or attribute aligned on the whole; 0 for none */
    bool anonymous_bit_fields_align; /* AAPCS64, but not Apple's: unnamed bit-fields count
                                        for the alignment; Microsoft's rules never ask.
                                        zf_abi_aligns_bit_fields knows */
} ZfLayoutOptions;

enum { ZF_NO_BITS = -1, ZF_NO_OFFSET = -1 };

/* A member: filled in by the caller up to the blank line, by the layout after it. An anonymous
 * struct or union is a member like any other.
 *
 * An explicit offset is for members that a header leaves out: it may leave a gap, but not go back
 * into the members before it, and must be a multiple of the member's alignment as it is under the
 * options; in a union it can only be 0, and a bit-field has none. */
typedef struct ZfMember {
    const ZfType *type; /* an array as ZF_KIND_ARRAY; one of no elements at the end is flexible */
    int32_t bits;       /* the width of a bit-field, or ZF_NO_BITS */
    bool is_named;      /* an unnamed bit-field is padding, and only one of width 0 must be */
    uint32_t alignment; /* alignas on the member; 0 for none */
    int64_t at;         /* explicit offset in bytes, or ZF_NO_OFFSET */

    uint64_t offset;     /* bytes; of a bit-field, that of the byte with its first bit */
    uint32_t bit_offset; /* of a bit-field, 0 to 7: from the lowest bit of that byte */
} ZfMember;

/* Lays out a struct or union, and makes its type, the caller's to give to zf_type_free. The member
 * types must outlive it. A bit-field lies in the bytes from `offset` to that of its last bit, all
 * inside the object, wherever its storage unit would be.
 *
 * An empty struct has 0 bytes under GCC's rules, and under Microsoft's, whose C has none, the 4
 * bytes that clang gives it there.
 *
 * On ZF_BAD_MEMBER and ZF_TOO_LARGE, `*bad` is the index of the member, or SIZE_MAX for the whole,
 * and `*why` a constant text that says what is wrong with it; what was filled into the members has
 * no meaning then. */
ZfStatus zf_layout_make(const ZfLayoutOptions *options, size_t count, ZfMember *members,
                        ZfType **type, size_t *bad, const char **why);

/* A struct or union whose members are not known: nothing can contain, pass or measure it. */
ZfStatus zf_type_incomplete(const char *name, ZfType **type);
/* The type of `count` elements in a row. ZF_TOO_LARGE where the size would exceed PTRDIFF_MAX,
 * ZF_BAD_MEMBER for elements that cannot be in an array: void, incomplete types, arrays without
 * elements. */
ZfStatus zf_type_array(const ZfType *element, uint64_t count, ZfType **type);
/* _Complex of a floating type; a vector of 8 or 16 bytes of elements of one arithmetic type (no
 * bool, no long double). ZF_BAD_MEMBER for any other element or count. */
ZfStatus zf_type_complex(const ZfType *element, ZfType **type);
ZfStatus zf_type_vector(const ZfType *element, uint32_t count, ZfType **type);
void zf_type_free(ZfType *type); /* NULL is fine */

/* -- Calling conventions and plans ------------------------------------------------------------- */

/* The most arguments of a call, pieces of a value, and bytes of arguments on the stack. */
enum { ZF_MAX_ARGUMENTS = 1024, ZF_MAX_PIECES = 4, ZF_MAX_STACK_BYTES = 1 << 20 };

typedef struct ZfAbi ZfAbi;

const ZfAbi *zf_abi_default(void); /* that of C functions on this system */
const ZfAbi *zf_abi_at(size_t index);
/* "sysv64", "win64", "aapcs64", "apple64", "winarm64", or "default"; NULL if unknown. */
const ZfAbi *zf_abi_find(const char *name);
const char *zf_abi_name(const ZfAbi *abi);
/* Whether this machine's CPU can make calls by it: all conventions can be planned everywhere. */
bool zf_abi_is_callable(const ZfAbi *abi);
/* Whether its structs have ZfLayoutOptions.anonymous_bit_fields_align. */
bool zf_abi_aligns_bit_fields(const ZfAbi *abi);
/* A scalar type as the C compilers of that platform have it: `long` has 32 bits on win64. */
const ZfType *zf_abi_type(const ZfAbi *abi, const char *name);

typedef enum ZfBank { ZF_BANK_GP, ZF_BANK_FP, ZF_BANK_X87, ZF_BANK_STACK } ZfBank;

/* The name of register `index` of a bank ("rdi", "xmm0"); results count in their own order ("rax",
 * "rdx"). */
const char *zf_abi_argument_register(const ZfAbi *abi, ZfBank bank, uint32_t index);
const char *zf_abi_result_register(const ZfAbi *abi, ZfBank bank, uint32_t index);

/* `size` bytes, found at `offset` inside the value, live in register `index` of a register bank, or
 * `index` bytes above the stack pointer as it stands just before the call instruction. `room` is
 * how many bytes there belong to it: a narrow integer is extended to fill them. */
typedef struct ZfPiece {
    ZfBank bank;
    uint32_t index;
    uint32_t offset;
    uint32_t size;
    uint32_t room;
} ZfPiece;

/* Where one argument, or the result, lives.
 *
 * A void result and an empty struct have no piece. If `is_reference`, the only piece holds a
 * pointer: of an argument, to a copy that the caller makes; of the result, to the memory that the
 * callee fills (sret), and the piece is an argument register. Two pieces may hold the same bytes: a
 * floating argument of a variadic win64 call is in both banks. */
typedef struct ZfPlace {
    const ZfType *type;
    bool is_reference;
    uint32_t piece_count;
    ZfPiece pieces[ZF_MAX_PIECES];
} ZfPlace;

/* A step of the short way that zf_call goes for scalars: which code, and what it works on
 * (csrc/abi/hops.h). */
typedef struct ZfHop {
    uint32_t code;
    uint32_t operand;
} ZfHop;

/* What is planned. A variadic function has `fixed_count` named parameters, any other SIZE_MAX; the
 * default argument promotions are the caller's to have made. */
typedef struct ZfPrototype {
    const ZfType *result;
    size_t argument_count;
    const ZfType *const *arguments;
    size_t fixed_count;
} ZfPrototype;

/* Pure data: everything a call path, a stub or a callback entry needs to know of a signature. */
typedef struct ZfPlan {
    const ZfAbi *abi;
    bool is_variadic;
    uint32_t argument_count;
    uint32_t gp_used; /* argument registers of each bank that hold something, counted from 0 */
    uint32_t fp_used;
    uint32_t stack_bytes;     /* size of the block of stack arguments, with any shadow space */
    uint32_t stack_alignment; /* of that block: 16, unless an over-aligned struct lies in it */
    uint32_t copy_bytes;      /* size of the copies for by-reference arguments, in their order */
    uint32_t copy_alignment;  /* each copy has its type's alignment, and 16 at the least */
    /* Each argument is a scalar in one word of a register or of the stack, and so is the result, if
     * there is one. */
    bool is_scalar;
    const ZfHop *hops; /* part of the plan; NULL if there is no short way */
    ZfPlace result;
    ZfPlace arguments[];
} ZfPlan;

/* Makes the plan of a call. `*plan` is the caller's, to be given to zf_plan_free; the types must
 * outlive it. What the ABI cannot pass is ZF_BAD_ARGUMENT, and what would not fit on the stack
 * ZF_TOO_LARGE: `*bad` is the argument's index, or SIZE_MAX for the result, and `*why` a constant
 * text ("arrays are not passed by value"). Both may be NULL. */
ZfStatus zf_plan_make(const ZfAbi *abi, const ZfPrototype *prototype, ZfPlan **plan, size_t *bad,
                      const char **why);
void zf_plan_free(ZfPlan *plan);

/* -- Calls ------------------------------------------------------------------------------------- */

typedef void (*ZfFunction)(void);

/* Calls `function` by `plan`, whose convention is callable here: arguments[i] points to a value of
 * the i-th argument's type, at any address. Exactly result-size bytes are written to `result`,
 * which may be NULL for void or to drop the result; the callee itself may write there, so it must
 * not be memory that the callee reads. */
void zf_call(const ZfPlan *plan, ZfFunction function, void *result, const void *const *arguments);

/* The errno that calls made with errno swapping see and leave behind: one per thread, apart from
 * C's own. */
int zf_errno_get(void);
void zf_errno_set(int value);

/* -- Libraries --------------------------------------------------------------------------------- */

typedef struct ZfLibrary ZfLibrary; /* an open library: the system's own handle */

/* Opens a library by path, by soname ("libm.so.6"), by bare name ("m"), or the process itself
 * (NULL). `mode` is the loader's own (RTLD_LOCAL, RTLD_GLOBAL, ...); unless it has RTLD_LAZY, every
 * symbol is resolved at once, so that a missing one is an error here and not an abort in a call. On
 * ZF_LOADER_ERROR `*words` is what the loader said, and the caller's to free. */
ZfStatus zf_library_open(const char *name, int mode, ZfLibrary **library, char **words);
ZfStatus zf_library_close(ZfLibrary *library, char **words);

/* Looks up a symbol. Its address may well be NULL (a weak or an absolute symbol): only the status
 * says if it exists. */
ZfStatus zf_library_symbol(ZfLibrary *library, const char *name, void **address, char **words);

/* The file that the library was loaded from, or "" for the process. Valid while the library is
 * open. */
const char *zf_library_path(ZfLibrary *library);

/* Calls `visit` with the name of each symbol that the library itself defines, until it returns
 * false. */
void zf_library_each_symbol(ZfLibrary *library, bool (*visit)(const char *name, void *context),
                            void *context);

#ifdef __cplusplus
}
#endif
#endif
