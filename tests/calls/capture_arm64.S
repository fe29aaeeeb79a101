/* capture_arm64.S - capture.S for arm64: callees that see the registers of a call as they really are.
 *
 *   capture        stores every argument register, sp, the frame pointer, FPCR and the stack from sp
 *                  on in a block; returns 0 in x0 and d0
 *   captured       returns the address of that block
 *   clobber        puts garbage into every volatile register, also into the volatile upper halves of
 *                  v8 to v15; returns its first word and its first double, with garbage above it
 *   entry_sp       returns sp % 16 as it is on entry: 0, if the caller aligned the stack
 *   aligned_frame  stores to its frame, which faults if the caller did not
 *
 * The block, in words: 0 x0 to x8, 9 v0 to v7 (two words each), 25 sp, 26 FPCR, 27 x29, 30 the first
 * 32 words of stack arguments.
 */

        .set    WORDS, 62

        .local  words
        .comm   words, WORDS * 8, 16

        .macro  function name
        .globl  \name
        .type   \name, %function
\name:
        .cfi_startproc
        hint    #34
        .endm

        .macro  end name
        .cfi_endproc
        .size   \name, . - \name
        .endm

        .text
        function capture
        adrp    x9, words
        add     x9, x9, :lo12:words
        stp     x0, x1, [x9]
        stp     x2, x3, [x9, #16]
        stp     x4, x5, [x9, #32]
        stp     x6, x7, [x9, #48]
        str     x8, [x9, #64]
        add     x10, x9, #72
        st1     {v0.2d, v1.2d, v2.2d, v3.2d}, [x10], #64
        st1     {v4.2d, v5.2d, v6.2d, v7.2d}, [x10], #64
        mov     x11, sp
        mrs     x12, fpcr
        stp     x11, x12, [x10]
        str     x29, [x10, #16]
        add     x10, x9, #240
        mov     x12, #32
1:      ldr     x13, [x11], #8
        str     x13, [x10], #8
        sub     x12, x12, #1
        cbnz    x12, 1b
        mov     x0, #0
        fmov    d0, xzr
        ret
        end capture

        function captured
        adrp    x0, words
        add     x0, x0, :lo12:words
        ret
        end captured

        function clobber
        movz    x1, #0xbabe
        movk    x1, #0xcafe, lsl #16
        movk    x1, #0xbeef, lsl #32
        movk    x1, #0xdead, lsl #48
        .irp    register, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
        mov     x\register, x1
        .endr
        mov     v0.d[1], x1
        .irp    register, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        dup     v\register\().2d, x1
        .endr
        .irp    register, 8, 9, 10, 11, 12, 13, 14, 15
        mov     v\register\().d[1], x1
        .endr
        cmp     x1, #0                  /* negative */
        ret
        end clobber

        function entry_sp
        mov     x0, sp
        and     x0, x0, #15
        ret
        end entry_sp

        function aligned_frame
        str     q0, [sp, #-16]!
        .cfi_adjust_cfa_offset 16
        add     sp, sp, #16
        .cfi_adjust_cfa_offset -16
        mov     w0, #1
        ret
        end aligned_frame

        .section .note.GNU-stack, "", %progbits
