/* walk_aapcs64.S - calls an arm64 function by a chain of hops (csrc/abi/hops.h), for AAPCS64 and for
 * Apple's and Microsoft's conventions, for plans of nothing but scalars. ELF.
 *
 *   in    x0  hops
 *         x1  function
 *         x2  result     where to store it, or NULL
 *         x3  arguments  the addresses of their values
 *
 * Inside: x9 = the next hop, x10 = arguments, x11 = the first hop's code, x12 and x13 = the hop's
 * own code and operand, x14 = function, x15 = the last word on the stack, x19 = result, x29 =
 * frame; x18 is the platform's. sp is a multiple of 16 at all times. General registers that no
 * argument takes are cleared, so that a wrong declaration gives the same wrong result each time.
 * Hops start with `bti j`, written as the hint that older assemblers know.
 */

#include "../../abi/hops.h"
#include "kernel_macros.inc"

        .macro  next_hop
        ldp     w12, w13, [x9], #8
        add     x12, x11, x12
        br      x12
        .endm

/* The start of the code of hop `number`: the assembler refuses to go back if the one before is too
 * long. */
        .macro  hop number:req
        .org    walk_hops + ZF_HOP_BYTES * (\number)
        hint    #36
        .endm

/* x13 = the address of the value */
        .macro  hop_load number:req, instruction:req, register:req
        hop     \number
        ldr     x13, [x10, x13]
        \instruction \register, [x13]
        next_hop
        .endm

        .macro  hops_general index:req
        .set    walk_load, ZF_HOP_GENERAL + ZF_HOP_LOADS * \index
        hop     walk_load
        ldr     x13, [x10, x13]
        ldrb    w13, [x13]
        cmp     w13, #0
        cset    w\index, ne
        b       .Lnext_hop
        hop_load walk_load+1, ldrsb, x\index
        hop_load walk_load+2, ldrb, w\index
        hop_load walk_load+3, ldrsh, x\index
        hop_load walk_load+4, ldrh, w\index
        hop_load walk_load+5, ldrsw, x\index
        hop_load walk_load+6, ldr, w\index
        hop_load walk_load+7, ldr, x\index
        .endm

        .macro  hop_store load:req, instruction:req, register:req
        hop     ZF_HOP_STACK+\load
        ldr     x13, [x10, x13]
        \instruction \register, [x13]
        str     x13, [x15, #-8]!
        next_hop
        .endm

        .macro  hop_call kind:req, instruction:req, register:req
        hop     ZF_HOP_CALL+\kind
        blr     x14
        cbz     x19, .Lleave
        \instruction \register, [x19]
        b       .Lleave
        .endm

        .text
        .globl  zf_walk_aapcs64
        .hidden zf_walk_aapcs64
        .type   zf_walk_aapcs64, %function
        .p2align 5
zf_walk_aapcs64:
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
        mov     x10, x3
        mov     x14, x1
        mov     x19, x2
        adr     x11, walk_hops
        .irp    register, 0, 1, 2, 3, 4, 5, 6, 7, 8
        mov     x\register, #0
        .endr
.Lnext_hop:
        next_hop

.Lleave:
        ldr     x19, [x29, #16]
        mov     sp, x29
        .cfi_remember_state
        .cfi_restore x19
        .cfi_def_cfa_register sp
        ldp     x29, x30, [sp], #32
        .cfi_restore x29
        .cfi_restore x30
        .cfi_def_cfa_offset 0
        ret
        .cfi_restore_state

        .p2align 5
walk_hops:
        .irp    register, 0, 1, 2, 3, 4, 5, 6, 7
        hop_load ZF_HOP_VECTOR+2*\register, ldr, s\register
        hop_load ZF_HOP_VECTOR+2*\register+1, ldr, d\register
        .endr

        hop     ZF_HOP_STACK
        ldr     x13, [x10, x13]
        ldrb    w13, [x13]
        cmp     w13, #0
        cset    w13, ne
        str     x13, [x15, #-8]!
        b       .Lnext_hop
        hop_store 1, ldrsb, x13
        hop_store 2, ldrb, w13
        hop_store 3, ldrsh, x13
        hop_store 4, ldrh, w13
        hop_store 5, ldrsw, x13
        hop_store 6, ldr, w13
        hop_store 7, ldr, x13

/* x13 words, and one more if they are an odd number: less than a page, so that none is left out. */
        hop     ZF_HOP_ROOM
        lsl     x13, x13, #3
        add     x12, x13, #15
        and     x12, x12, #-16
        sub     sp, sp, x12
        add     x15, sp, x13
        b       .Lnext_hop

        hop     ZF_HOP_CALL
        blr     x14
        b       .Lleave
        hop     ZF_HOP_CALL+1
        blr     x14
        cbz     x19, .Lleave
        tst     w0, #0xff
        cset    w0, ne
        strb    w0, [x19]
        b       .Lleave
        hop_call 2, strb, w0
        hop_call 3, strb, w0
        hop_call 4, strh, w0
        hop_call 5, strh, w0
        hop_call 6, str, w0
        hop_call 7, str, w0
        hop_call 8, str, x0
        hop_call 9, str, x0
        hop_call 10, str, s0
        hop_call 11, str, d0
        hop_call 12, str, x0

        .irp    register, 0, 1, 2, 3, 4, 5, 6, 7
        hops_general \register
        .endr
        .cfi_endproc
        .size   zf_walk_aapcs64, . - zf_walk_aapcs64

        kernel_marks
