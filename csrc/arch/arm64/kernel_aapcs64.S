/* kernel_aapcs64.S - calls an arm64 function from a register image, for AAPCS64 and for Apple's and
 * Microsoft's conventions, which place values differently but use the same registers. ELF.
 *
 *   in    x0   image        x0 to x8, 8 vector registers, stack words
 *         x1   function
 *         x2   stack_words
 *         x3   fp_used
 *   out   x0, and x1 = d0: that is how a structure of the two is returned
 *
 * The full kernel takes more, and returns nothing:
 *         x0   image          with the high words of 8 vector registers behind the stack words
 *         x4   results
 *         x5   stack_alignment (16: nothing on the stack has more)
 *
 * Inside: x9 = image, x10 = function, x29 = frame, x19 = results; x11 to x13 are scratch, x18 is
 * the platform's. Stack words are pushed in pairs from the last to the first, so that each page
 * below the stack pointer is touched in order; sp is a multiple of 16 at all times. Both labels
 * start with `bti c`, written as the hint that older assemblers know.
 */

#include "kernel_macros.inc"

/* Pushes x2 words that start at x9 + 136. */
        .macro  push_words
        add     x11, x9, x2, lsl #3
        add     x11, x11, #136
        tbz     x2, #0, 1f
        ldr     x12, [x11, #-8]!
        str     x12, [sp, #-16]!
1:      lsr     x2, x2, #1
        cbz     x2, 3f
2:      ldp     x12, x13, [x11, #-16]!
        stp     x12, x13, [sp, #-16]!
        sub     x2, x2, #1
        cbnz    x2, 2b
3:
        .endm

        .macro  load_general
        ldp     x0, x1, [x9]
        ldp     x2, x3, [x9, #16]
        ldp     x4, x5, [x9, #32]
        ldp     x6, x7, [x9, #48]
        ldr     x8, [x9, #64]
        .endm

        .macro  load_vector
        ldp     d0, d1, [x9, #72]
        ldp     d2, d3, [x9, #88]
        ldp     d4, d5, [x9, #104]
        ldp     d6, d7, [x9, #120]
        .endm

        .text
        .irp    name, zf_kernel_aapcs64, zf_kernel_aapcs64_vector
        .globl  \name
        .hidden \name
        .type   \name, %function
        .endr
        .p2align 5
zf_kernel_aapcs64:
zf_kernel_aapcs64_vector:               // results in d0 to d3
        .cfi_startproc
        hint    #34
        stp     x29, x30, [sp, #-16]!
        .cfi_def_cfa_offset 16
        .cfi_offset x29, -16
        .cfi_offset x30, -8
        mov     x29, sp
        .cfi_def_cfa_register x29
        mov     x9, x0
        mov     x10, x1
        cbz     x2, .Lregisters
        push_words
.Lregisters:
        cbz     x3, .Lgeneral
        load_vector
.Lgeneral:
        load_general
        blr     x10
        fmov    x1, d0
        mov     sp, x29
        .cfi_def_cfa_register sp
        ldp     x29, x30, [sp], #16
        .cfi_restore x29
        .cfi_restore x30
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size   zf_kernel_aapcs64, . - zf_kernel_aapcs64

        .globl  zf_kernel_aapcs64_full
        .hidden zf_kernel_aapcs64_full
        .type   zf_kernel_aapcs64_full, %function
        .p2align 5
zf_kernel_aapcs64_full:
        .cfi_startproc
        hint    #34
        stp     x29, x30, [sp, #-32]!
        .cfi_def_cfa_offset 32
        .cfi_offset x29, -32
        .cfi_offset x30, -24
        str     x19, [sp, #16]
        .cfi_offset x19, -16
        mov     x29, sp
        .cfi_def_cfa_register x29
        mov     x9, x0
        mov     x10, x1
        mov     x19, x4
        add     x14, x9, x2, lsl #3
        add     x14, x14, #136          /* the high words */
        push_words
        load_vector
        .irp    register, 0, 1, 2, 3, 4, 5, 6, 7
        ld1     {v\register\().d}[1], [x14], #8
        .endr
        load_general
        blr     x10
        stp     x0, x1, [x19]
        stp     q0, q1, [x19, #16]
        stp     q2, q3, [x19, #48]
        ldr     x19, [x29, #16]
        .cfi_restore x19
        mov     sp, x29
        .cfi_def_cfa_register sp
        ldp     x29, x30, [sp], #32
        .cfi_restore x29
        .cfi_restore x30
        .cfi_def_cfa_offset 0
        ret
        .cfi_endproc
        .size   zf_kernel_aapcs64_full, . - zf_kernel_aapcs64_full

        kernel_marks
