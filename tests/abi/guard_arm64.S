/* guard_arm64.S - zf_guard_enter and changed_registers, see guard.h.
 *
 * The bits of changed_registers: 0 to 9 x19 to x28, 10 to 17 d8 to d15, 18 x29, 19 sp. The pattern
 * of each register is its number, in every byte.
 */
        .set    FP_KEEP, 144
        .set    FP_DIRT, 272
        .set    TARGET, 400
        .set    RETURN_ADDRESS, 408
        .set    GP_BACK_KEEP, 416
        .set    GP_BACK_DIRT, 432
        .set    FP_BACK_KEEP, 448
        .set    FP_BACK_DIRT, 512

        .text
        .globl  zf_guard_enter
        .type   zf_guard_enter, %function
zf_guard_enter:
        adrp    x16, zf_guard
        add     x16, x16, :lo12:zf_guard
        .irp    index, 0, 1, 2, 3, 4, 5, 6, 7, 8
        ldr     x17, [x16, #8*\index]
        and     x\index, x\index, x17
        ldr     x17, [x16, #72+8*\index]
        orr     x\index, x\index, x17
        .endr
        .irp    index, 0, 1, 2, 3, 4, 5, 6, 7
        ldr     q16, [x16, #FP_KEEP+16*\index]
        and     v\index\().16b, v\index\().16b, v16.16b
        ldr     q16, [x16, #FP_DIRT+16*\index]
        orr     v\index\().16b, v\index\().16b, v16.16b
        .endr
        str     x30, [x16, #RETURN_ADDRESS]
        adr     x30, guard_leave
        ldr     x17, [x16, #TARGET]
        .irp    index, 9, 10, 11, 12, 13, 14, 15
        mov     x\index, x16
        .endr
        br      x17
        .size   zf_guard_enter, . - zf_guard_enter

/* The upper halves of v8 to v15 are volatile too. */
guard_leave:
        adrp    x16, zf_guard
        add     x16, x16, :lo12:zf_guard
        .irp    index, 0, 1
        ldr     x17, [x16, #GP_BACK_KEEP+8*\index]
        and     x\index, x\index, x17
        ldr     x17, [x16, #GP_BACK_DIRT+8*\index]
        orr     x\index, x\index, x17
        .endr
        .irp    index, 0, 1, 2, 3
        ldr     q16, [x16, #FP_BACK_KEEP+16*\index]
        and     v\index\().16b, v\index\().16b, v16.16b
        ldr     q16, [x16, #FP_BACK_DIRT+16*\index]
        orr     v\index\().16b, v\index\().16b, v16.16b
        .endr
        .irp    index, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        mov     x\index, x16
        .endr
        .irp    index, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        movi    v\index\().16b, #0xd1
        .endr
        .irp    index, 8, 9, 10, 11, 12, 13, 14, 15
        mov     v\index\().d[1], x16
        .endr
        ldr     x30, [x16, #RETURN_ADDRESS]
        ret

        .macro  fill register, number
        mov     x9, #\number * 0x101
        movk    x9, #\number * 0x101, lsl #16
        movk    x9, #\number * 0x101, lsl #32
        movk    x9, #\number * 0x101, lsl #48
        .ifc    \register, d
        fmov    d\number, x9
        .else
        mov     x\number, x9
        .endif
        .endm

/* x10 = what the register is now, x0 = the bits */
        .macro  compare number, bit
        mov     x9, #\number * 0x101
        movk    x9, #\number * 0x101, lsl #16
        movk    x9, #\number * 0x101, lsl #32
        movk    x9, #\number * 0x101, lsl #48
        cmp     x9, x10
        mov     x11, #1 << (\bit)
        csel    x11, xzr, x11, eq
        orr     x0, x0, x11
        .endm

        .local  kept_sp
        .comm   kept_sp, 8, 8

        .text
        .globl  changed_registers
        .type   changed_registers, %function
changed_registers:
        .cfi_startproc
        stp     x29, x30, [sp, #-160]!
        .cfi_def_cfa_offset 160
        .cfi_offset x29, -160
        .cfi_offset x30, -152
        stp     x19, x20, [sp, #16]
        stp     x21, x22, [sp, #32]
        stp     x23, x24, [sp, #48]
        stp     x25, x26, [sp, #64]
        stp     x27, x28, [sp, #80]
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        adrp    x9, kept_sp
        mov     x10, sp
        str     x10, [x9, :lo12:kept_sp]
        mov     x12, x0
        mov     x0, x1
        .irp    number, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
        fill    x, \number
        .endr
        .irp    number, 8, 9, 10, 11, 12, 13, 14, 15
        fill    d, \number
        .endr
        blr     x12
        mov     x0, #0
        .irp    number, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
        mov     x10, x\number
        compare \number, \number - 19
        .endr
        .irp    number, 8, 9, 10, 11, 12, 13, 14, 15
        fmov    x10, d\number
        compare \number, \number + 2
        .endr
        mov     x10, x29
        compare 29, 18
        adrp    x9, kept_sp
        ldr     x9, [x9, :lo12:kept_sp]
        mov     x10, sp
        cmp     x9, x10
        mov     x11, #1 << 19
        csel    x11, xzr, x11, eq
        orr     x0, x0, x11
        mov     sp, x9
        ldp     x19, x20, [sp, #16]
        ldp     x21, x22, [sp, #32]
        ldp     x23, x24, [sp, #48]
        ldp     x25, x26, [sp, #64]
        ldp     x27, x28, [sp, #80]
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        ldp     x29, x30, [sp], #160
        ret
        .cfi_endproc
        .size   changed_registers, . - changed_registers

        .section .note.GNU-stack, "", %progbits
