/* zffi.h - the public interface of the zffi engine.
 *
 * The engine describes C types, plans where every argument and result of a call goes under a
 * calling convention, calls a function by such a plan, and opens libraries. It knows nothing of
 * Python: link it into any C11 program.
 *
 *     ZfPlan *plan;
 *     const ZfType *arguments[] = {zf_type_find("double"), zf_type_find("double")};
 *     if (zf_plan_make(zf_abi_default(), zf_type_find("double"), 2, arguments, &plan) == ZF_OK) {
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
    ZF_VOID_ARGUMENT,      /* void is no argument type */
    ZF_LOADER_ERROR,       /* the system's loader said no; its words are in the output string */
} ZfStatus;

/* -- Types ------------------------------------------------------------------------------------- */

/* What a register or a stack slot has to know of a scalar: its width, and how its upper bits are
 * filled. */
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
    ZF_KIND_ARRAY, /* only inside aggregates: C passes no arrays */
} ZfKind;

typedef struct ZfType {
    const char *name; /* as C spells it: "unsigned long", "const char *" */
    uint64_t size;    /* bytes; 0 for void */
    uint32_t alignment;
    ZfKind kind;
} ZfType;

/* The scalar types of this machine's C compiler, by their C names ("void", "long long", "size_t",
 * "void *", ...). zf_type_at walks the table and zf_type_find searches it; both return NULL past
 * the end or for an unknown name. */
const ZfType *zf_type_at(size_t index);
const ZfType *zf_type_find(const char *name);

/* -- Calling conventions and plans ------------------------------------------------------------- */

enum { ZF_MAX_ARGUMENTS = 1024, ZF_MAX_PIECES = 4 };

typedef struct ZfAbi ZfAbi;

const ZfAbi *zf_abi_default(void); /* that of C functions on this system */
const ZfAbi *zf_abi_at(size_t index);
const ZfAbi *zf_abi_find(
    const char *name); /* "sysv64"; "default" finds the default; NULL if unknown */
const char *zf_abi_name(const ZfAbi *abi);

typedef enum ZfBank { ZF_BANK_GP, ZF_BANK_FP, ZF_BANK_STACK } ZfBank;

/* The name of register `index` of a bank ("rdi", "xmm0"); results count in their own order ("rax",
 * "rdx"). */
const char *zf_abi_argument_register(const ZfAbi *abi, ZfBank bank, uint32_t index);
const char *zf_abi_result_register(const ZfAbi *abi, ZfBank bank, uint32_t index);

/* `size` bytes, found at `offset` inside the value, live in register `index` of a register bank, or
 * `index` bytes above the stack pointer as it stands just before the call instruction. */
typedef struct ZfPiece {
    ZfBank bank;
    uint32_t index;
    uint32_t offset;
    uint32_t size;
} ZfPiece;

/* Where one argument, or the result, lives. A void result has no piece. */
typedef struct ZfPlace {
    const ZfType *type;
    uint32_t piece_count;
    ZfPiece pieces[ZF_MAX_PIECES];
} ZfPlace;

/* Pure data: everything a call path, a stub or a callback entry needs to know of a signature. */
typedef struct ZfPlan {
    const ZfAbi *abi;
    uint32_t argument_count;
    uint32_t gp_used; /* argument registers of each bank that hold something */
    uint32_t fp_used;
    uint32_t stack_bytes; /* size of the block of stack arguments, a multiple of 8 */
    ZfPlace result;
    ZfPlace arguments[];
} ZfPlan;

/* Makes the plan of `result (*)(arguments...)`. `*plan` is the caller's, to be given to
 * zf_plan_free. */
ZfStatus zf_plan_make(const ZfAbi *abi, const ZfType *result, size_t argument_count,
                      const ZfType *const *arguments, ZfPlan **plan);
void zf_plan_free(ZfPlan *plan);

/* -- Calls ------------------------------------------------------------------------------------- */

typedef void (*ZfFunction)(void);

/* Calls `function` by `plan`: arguments[i] points to a value of the i-th argument's type. Exactly
 * result-size bytes are written to `result`, which may be NULL for void or to drop the result. */
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
