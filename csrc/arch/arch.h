/* arch.h - the border between plans and registers.
 *
 * A register image is an array of 64-bit words. It has one shape for all conventions of a CPU:
 *
 *     the general argument registers   x86-64: 6, by index of the convention; arm64: x0 to x8
 *     the low words of 8 vector registers
 *     the stack arguments, lowest address first, with the shadow space of win64
 *     the high words of 8 vector registers: only in an image for a full kernel
 *
 * Whoever fills it extends each scalar to the full word; a call kernel, in assembly, loads it and
 * calls. There are two kernels a convention. The scalar one serves plans that are `is_scalar`,
 * loads the low words of vector registers alone, and returns two registers; the full one serves all
 * plans, and stores every register that results come in.
 */
#ifndef ZF_ARCH_H
#define ZF_ARCH_H

#include "../abi/abi.h"
#include "../zffi.h"

#include <string.h>

#if defined(__x86_64__)
enum { ZF_IMAGE_GP = 6 };
#elif defined(__aarch64__)
enum { ZF_IMAGE_GP = 9 };
#endif
enum { ZF_IMAGE_FP = 8, ZF_IMAGE_STACK = ZF_IMAGE_GP + ZF_IMAGE_FP };

/* The first general and vector result registers as the callee left them. The System V ABI returns
 * this very structure in rax and xmm0 (section 3.2.3: one INTEGER and one SSE eightbyte), so that
 * kernel hands the callee's registers on without touching them. */
typedef struct ZfReturn {
    uint64_t gp;
    double fp;
} ZfReturn;

/* The same kernels under other names, for results in two general registers, or in several vector
 * registers: structures that C returns just there. Where a kernel has no such name, its convention
 * has no such results, or they take the full kernel. */
typedef struct ZfReturnGeneral {
    uint64_t gp[2];
} ZfReturnGeneral;

#if defined(__x86_64__)
enum { ZF_RETURN_FP = 2, ZF_RETURN_GP = 2 };
#elif defined(__aarch64__)
enum { ZF_RETURN_FP = 4, ZF_RETURN_GP = 1 };
#endif

typedef struct ZfReturnVector {
    double fp[ZF_RETURN_FP];
} ZfReturnVector;

/* Every register that results come in: rax, rdx, xmm0, xmm1, st0, st1, or x0, x1, v0 to v3. The
 * caller clears it and sets x87_count: popping a value that is not there would leave its mark in
 * the x87 status. */
typedef struct ZfResults {
    uint64_t gp[2];
    uint64_t fp[4][2];
    uint64_t x87[2][2];
    uint64_t x87_count;
} ZfResults;

/* Loads the registers and `stack_words` words of stack arguments from `image` and calls `function`.
 * `fp_used` is the number of vector registers to load, and what al says to a variadic callee. */
typedef ZfReturn ZfScalarKernel(const uint64_t *image, ZfFunction function, size_t stack_words,
                                size_t fp_used);
typedef void ZfFullKernel(const uint64_t *image, ZfFunction function, size_t stack_words,
                          size_t fp_used, ZfResults *results, size_t stack_alignment);

typedef ZfReturnGeneral ZfGeneralKernel(const uint64_t *image, ZfFunction function,
                                        size_t stack_words, size_t fp_used);
typedef ZfReturnVector ZfVectorKernel(const uint64_t *image, ZfFunction function,
                                      size_t stack_words, size_t fp_used);

ZfScalarKernel zf_kernel_sysv64, zf_kernel_win64, zf_kernel_aapcs64;
ZfGeneralKernel zf_kernel_sysv64_general;
ZfVectorKernel zf_kernel_sysv64_vector, zf_kernel_aapcs64_vector;
ZfFullKernel zf_kernel_sysv64_full, zf_kernel_win64_full, zf_kernel_aapcs64_full;

/* What the machine that this is compiled for can call (<cpu>/host.c). */
typedef struct ZfHost {
    const ZfAbi *default_abi;
    struct {
        ZfScalarKernel *scalar; /* NULL: not callable here */
        ZfFullKernel *full;
    } kernels[ZF_ABI_COUNT];
} ZfHost;

extern const ZfHost zf_host;

/* Calls by the scalar kernel of a convention that is callable here, found without a table or a jump
 * through a pointer: this is on the way of every call. */
static inline ZfReturn zf_kernel_call(const ZfAbi *abi, const uint64_t *image, ZfFunction function,
                                      size_t stack_words, size_t fp_used)
{
#if defined(__x86_64__)
    if (abi != &zf_abi_sysv64) {
        return zf_kernel_win64(image, function, stack_words, fp_used);
    }
    return zf_kernel_sysv64(image, function, stack_words, fp_used);
#else
    (void)abi;
    return zf_kernel_aapcs64(image, function, stack_words, fp_used);
#endif
}

/* Calls by a chain of hops, in assembly: no image, no kernel. See csrc/abi/hops.h. */
typedef void ZfWalk(const ZfHop *hops, ZfFunction function, void *result,
                    const void *const *arguments);

ZfWalk zf_walk_sysv64, zf_walk_win64, zf_walk_aapcs64;

static inline void zf_walk(const ZfAbi *abi, const ZfHop *hops, ZfFunction function, void *result,
                           const void *const *arguments)
{
#if defined(__x86_64__)
    if (abi != &zf_abi_sysv64) {
        zf_walk_win64(hops, function, result, arguments);
        return;
    }
    zf_walk_sysv64(hops, function, result, arguments);
#else
    (void)abi;
    zf_walk_aapcs64(hops, function, result, arguments);
#endif
}

/* Results in registers whose words are looked at one by one. */
typedef struct ZfPacked {
    uint64_t gp[2];
    double fp[4];
} ZfPacked;

typedef enum ZfReturnShape {
    ZF_RETURN_SCALAR,  /* at most one register of each bank */
    ZF_RETURN_GENERAL, /* two general ones */
    ZF_RETURN_VECTOR,  /* more than one vector register */
    ZF_RETURN_OTHER,   /* only the full kernel knows */
} ZfReturnShape;

/* How a result of these pieces comes back; a reference is a scalar, which nobody looks at. */
static inline ZfReturnShape zf_return_shape(const ZfPlace *result)
{
    uint32_t gp = 0, fp = 0;
    if (result->is_reference) {
        return ZF_RETURN_SCALAR;
    }
    for (uint32_t i = 0; i < result->piece_count; i++) {
        bool is_word = result->pieces[i].size <= 8;
        gp += is_word && result->pieces[i].bank == ZF_BANK_GP;
        fp += is_word && result->pieces[i].bank == ZF_BANK_FP;
    }
    if (gp + fp < result->piece_count) {
        return ZF_RETURN_OTHER;
    }
    if (gp <= 1 && fp <= 1) {
        return ZF_RETURN_SCALAR;
    }
    if (fp == 0) {
        return gp <= ZF_RETURN_GP ? ZF_RETURN_GENERAL : ZF_RETURN_OTHER;
    }
    return gp == 0 && fp <= ZF_RETURN_FP ? ZF_RETURN_VECTOR : ZF_RETURN_OTHER;
}

/* As zf_kernel_call, for a result of any shape but the last. */
static inline void zf_kernel_call_packed(const ZfAbi *abi, ZfReturnShape shape,
                                         const uint64_t *image, ZfFunction function,
                                         size_t stack_words, size_t fp_used, ZfPacked *packed)
{
#if defined(__x86_64__)
    if (shape == ZF_RETURN_GENERAL) {
        ZfReturnGeneral returned = zf_kernel_sysv64_general(image, function, stack_words, fp_used);
        memcpy(packed->gp, returned.gp, sizeof returned.gp);
        return;
    }
    if (shape == ZF_RETURN_VECTOR) {
        ZfReturnVector returned = zf_kernel_sysv64_vector(image, function, stack_words, fp_used);
        memcpy(packed->fp, returned.fp, sizeof returned.fp);
        return;
    }
#else
    if (shape == ZF_RETURN_VECTOR) {
        ZfReturnVector returned = zf_kernel_aapcs64_vector(image, function, stack_words, fp_used);
        memcpy(packed->fp, returned.fp, sizeof returned.fp);
        return;
    }
#endif
    ZfReturn returned = zf_kernel_call(abi, image, function, stack_words, fp_used);
    packed->gp[0] = returned.gp;
    packed->fp[0] = returned.fp;
}

/* The word of the image that holds a piece, and the number of words of a plan's image. */
static inline size_t zf_image_word(const ZfPiece *piece)
{
    switch (piece->bank) {
    case ZF_BANK_GP: return piece->index;
    case ZF_BANK_FP: return ZF_IMAGE_GP + piece->index;
    default: return ZF_IMAGE_STACK + piece->index / 8;
    }
}

static inline size_t zf_image_stack_words(const ZfPlan *plan)
{
    return plan->stack_bytes / 8;
}

static inline size_t zf_image_words(const ZfPlan *plan)
{
    return ZF_IMAGE_STACK + zf_image_stack_words(plan);
}

static inline size_t zf_image_words_full(const ZfPlan *plan)
{
    return zf_image_words(plan) + ZF_IMAGE_FP;
}

/* General registers that no argument takes are cleared, so that a wrong declaration gives the same
 * wrong result each time; so are the vector registers that the kernel loads, which is none for a
 * call without any. Two fixed sizes, because compilers turn one large memset into slow string
 * instructions. */
static inline void zf_image_clear(uint64_t *image, size_t fp_used)
{
    memset(image, 0, ZF_IMAGE_GP * sizeof *image);
    if (fp_used != 0) {
        memset(image + ZF_IMAGE_GP, 0, ZF_IMAGE_FP * sizeof *image);
    }
}

#endif
