/* guard_x86_64.S - zf_guard_enter and zf_guard_enter_win64, see guard.h. changed_registers is that
 * of tests/engine.
 *
 * All of rax but al is dirt, which tells a variadic System V callee of its vector registers; r10
 * and r11 are scratch, and end as addresses of no interest to a callee.
 */
        .set    FP_KEEP, 144
        .set    FP_DIRT, 272
        .set    TARGET, 400
        .set    RETURN_ADDRESS, 408
        .set    GP_BACK_KEEP, 416
        .set    GP_BACK_DIRT, 432
        .set    FP_BACK_KEEP, 448
        .set    FP_BACK_DIRT, 512

        .macro  dirty_general index, register
        andq    8*\index(%r11), %\register
        orq     72+8*\index(%r11), %\register
        .endm

        .macro  dirty_vector index
        andps   FP_KEEP+16*\index(%r11), %xmm\index
        orps    FP_DIRT+16*\index(%r11), %xmm\index
        .endm

        .macro  dirty_rax keep
        andl    $\keep, %eax
        movabsq $0xdeadbeefdeadbe00, %r10
        orq     %r10, %rax
        .endm

/* The target is to return to this label. */
        .macro  return_to label
        movq    (%rsp), %r10
        movq    %r10, RETURN_ADDRESS(%r11)
        leaq    \label(%rip), %r10
        movq    %r10, (%rsp)
        .endm

        .macro  dirty_results
        leaq    zf_guard(%rip), %r11
        andq    GP_BACK_KEEP(%r11), %rax
        orq     GP_BACK_DIRT(%r11), %rax
        andq    GP_BACK_KEEP+8(%r11), %rdx
        orq     GP_BACK_DIRT+8(%r11), %rdx
        .irp    index, 0, 1
        andps   FP_BACK_KEEP+16*\index(%r11), %xmm\index
        orps    FP_BACK_DIRT+16*\index(%r11), %xmm\index
        .endr
        movabsq $0xdeadbeefdeadbeef, %r10
        .irp    register, rcx, r8, r9
        movq    %r10, %\register
        .endr
        .irp    index, 2, 3, 4, 5
        pcmpeqd %xmm\index, %xmm\index
        .endr
        .endm

        .macro  return_dirty
        cmpq    $1, %r10                /* sets the sign flag, clears zero */
        stc
        jmpq    *RETURN_ADDRESS(%r11)
        .endm

        .text
        .globl  zf_guard_enter
        .type   zf_guard_enter, @function
zf_guard_enter:
        endbr64
        leaq    zf_guard(%rip), %r11
        dirty_general 0, rdi
        dirty_general 1, rsi
        dirty_general 2, rdx
        dirty_general 3, rcx
        dirty_general 4, r8
        dirty_general 5, r9
        .irp    index, 0, 1, 2, 3, 4, 5, 6, 7
        dirty_vector \index
        .endr
        .irp    index, 8, 9, 10, 11, 12, 13, 14, 15
        movaps  FP_DIRT(%r11), %xmm\index
        .endr
        dirty_rax 0xff
        return_to guard_leave
        jmpq    *TARGET(%r11)
        .size   zf_guard_enter, . - zf_guard_enter

guard_leave:
        dirty_results
        .irp    register, rsi, rdi
        movq    %r10, %\register
        .endr
        .irp    index, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        pcmpeqd %xmm\index, %xmm\index
        .endr
        .irp    word, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
        movq    %r10, -8*\word(%rsp)
        .endr
        return_dirty

        .globl  zf_guard_enter_win64
        .type   zf_guard_enter_win64, @function
zf_guard_enter_win64:
        endbr64
        leaq    zf_guard(%rip), %r11
        dirty_general 0, rcx
        dirty_general 1, rdx
        dirty_general 2, r8
        dirty_general 3, r9
        .irp    index, 0, 1, 2, 3, 4, 5
        dirty_vector \index
        .endr
        dirty_rax 0
        .irp    word, 1, 2, 3, 4        /* the callee's own, before its stack arguments */
        movq    %rax, 8*\word(%rsp)
        .endr
        return_to guard_leave_win64
        jmpq    *TARGET(%r11)
        .size   zf_guard_enter_win64, . - zf_guard_enter_win64

guard_leave_win64:
        dirty_results
        movq    %r10, -8(%rsp)
        return_dirty

        .section .note.GNU-stack, "", @progbits
