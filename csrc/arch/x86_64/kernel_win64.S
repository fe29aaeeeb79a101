/* kernel_win64.S - calls a Windows x64 function from a register image. Linux and BSD assemblers,
 * ELF: the kernel itself is a System V function.
 *
 *   in    rdi  image        6 general registers (4 are used: rcx, rdx, r8, r9), 8 vector registers
 *                           (4 are used), stack words, of which the first 4 are the shadow space
 *         rsi  function
 *         rdx  stack_words  4 or more
 *         rcx  fp_used
 *   out   rax and xmm0, as the callee left them
 *
 * The full kernel takes more, and returns nothing:
 *         rdi  image          with the high words of 8 vector registers behind the stack words
 *         r8   results
 *         r9   stack_alignment
 *
 * Inside: r10 = image, r11 = function, rbp = frame, rbx = results. Stack words are pushed from the
 * last to the first, and the shadow space is left as it is. rsp is a multiple of 16 at the call. A
 * Windows function preserves whatever a System V one does, and rdi, rsi, xmm6 to xmm15 too, so
 * there is nothing to save for the caller.
 */

#include "kernel_macros.inc"

        .text
        kernel_names zf_kernel_win64
zf_kernel_win64:
        kernel_enter
        cmpq    $4, %rdx
        ja      .Lstack
.Lregisters:
        subq    $32, %rsp
        testl   %ecx, %ecx
        jz      .Lgeneral
        movsd   48(%r10), %xmm0
        movsd   56(%r10), %xmm1
        movsd   64(%r10), %xmm2
        movsd   72(%r10), %xmm3
.Lgeneral:
        movq    (%r10), %rcx
        movq    8(%r10), %rdx
        movq    16(%r10), %r8
        movq    24(%r10), %r9
        call    *%r11
        leave
        .cfi_remember_state
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_restore_state

.Lstack:
        testb   $1, %dl
        jz      .Lpush
        subq    $8, %rsp
.Lpush:
        pushq   104(%r10,%rdx,8)
        decq    %rdx
        cmpq    $4, %rdx
        ja      .Lpush
        jmp     .Lregisters
        .cfi_endproc
        .size   zf_kernel_win64, . - zf_kernel_win64

        kernel_names zf_kernel_win64_full
zf_kernel_win64_full:
        kernel_enter_full
        jmp     .Lnext_full
.Lpush_full:
        pushq   104(%r10,%rdx,8)
        decq    %rdx
.Lnext_full:
        cmpq    $4, %rdx
        ja      .Lpush_full
        subq    $32, %rsp
        .irp    register, 0, 1, 2, 3
        movsd   48+8*\register(%r10), %xmm\register
        movhps  8*\register(%rsi), %xmm\register
        .endr
        movq    (%r10), %rcx
        movq    8(%r10), %rdx
        movq    16(%r10), %r8
        movq    24(%r10), %r9
        call    *%r11
        movq    %rax, (%rbx)
        movups  %xmm0, 16(%rbx)
        kernel_leave_full
        .size   zf_kernel_win64_full, . - zf_kernel_win64_full

        kernel_marks
