/* arch.h - the border between plans and registers.
 *
 * A register image is an array of 64-bit words: first the general argument registers of the
 * convention, then its vector argument registers, then the stack arguments, lowest address first.
 * Whoever fills it extends each scalar to the full word; a call kernel, in assembly, loads it and
 * calls.
 */
#ifndef ZF_ARCH_H
#define ZF_ARCH_H

#include "../zffi.h"

#include <string.h>

enum { ZF_SYSV64_GP = 6, ZF_SYSV64_FP = 8, ZF_IMAGE_STACK = ZF_SYSV64_GP + ZF_SYSV64_FP };

/* rax and xmm0 as the callee left them. The System V ABI returns this very structure in rax and
 * xmm0 (section 3.2.3: one INTEGER and one SSE eightbyte), so the kernel hands the callee's
 * registers on without touching them. */
typedef struct ZfReturn {
    uint64_t gp;
    double fp;
} ZfReturn;

/* Loads the registers and `stack_words` words of stack arguments from `image` and calls `function`.
 * `fp_used` is the number of vector registers to load, and what al says to a variadic callee. */
ZfReturn zf_kernel_sysv64(const uint64_t *image, ZfFunction function, size_t stack_words,
                          size_t fp_used);

/* The word of the image that holds a piece, and the number of words of a plan's image. */
static inline size_t zf_image_word(const ZfPiece *piece)
{
    switch (piece->bank) {
    case ZF_BANK_GP: return piece->index;
    case ZF_BANK_FP: return ZF_SYSV64_GP + piece->index;
    default: return ZF_IMAGE_STACK + piece->index / 8;
    }
}

/* General registers that no argument takes are cleared, so that a wrong declaration gives the same
 * wrong result each time; so are the vector registers that the kernel loads, which is none for a
 * call without any. Two fixed sizes, because compilers turn one large memset into slow string
 * instructions. */
static inline void zf_image_clear(uint64_t *image, size_t fp_used)
{
    memset(image, 0, ZF_SYSV64_GP * sizeof *image);
    if (fp_used != 0) {
        memset(image + ZF_SYSV64_GP, 0, ZF_SYSV64_FP * sizeof *image);
    }
}

static inline size_t zf_image_words(const ZfPlan *plan)
{
    return ZF_IMAGE_STACK + plan->stack_bytes / 8;
}

#endif
