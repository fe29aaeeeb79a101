/* kernel_sysv64.S - calls a System V function from a register image. Linux and BSD assemblers, ELF.
 *
 *   in    rdi  image        6 general registers, 8 vector registers, stack words
 *         rsi  function
 *         rdx  stack_words
 *         rcx  fp_used
 *   out   rax, rdx, xmm0, xmm1 and st0, as the callee left them
 *
 * The full kernel takes more, and returns nothing:
 *         rdi  image          with the high words of 8 vector registers behind the stack words
 *         r8   results
 *         r9   stack_alignment
 *
 * Inside: r10 = image, r11 = function, rbp = frame, rbx = results. Stack words are pushed from the
 * last to the first, so that each page below the stack pointer is touched in order. rsp is a
 * multiple of 16 at the call: it is after `push rbp`, and an odd number of words is evened out
 * first. The full kernel aligns it to whatever is asked for.
 */

#include "kernel_macros.inc"

        .text
        kernel_names zf_kernel_sysv64, zf_kernel_sysv64_general, zf_kernel_sysv64_vector
zf_kernel_sysv64:
zf_kernel_sysv64_general:               /* results in rax and rdx */
zf_kernel_sysv64_vector:                /* results in xmm0 and xmm1 */
        kernel_enter
        testq   %rdx, %rdx
        jnz     .Lstack
.Lregisters:
        movl    %ecx, %eax
        testl   %ecx, %ecx
        jnz     .Lvector
.Lgeneral:
        movq    (%r10), %rdi
        movq    8(%r10), %rsi
        movq    16(%r10), %rdx
        movq    24(%r10), %rcx
        movq    32(%r10), %r8
        movq    40(%r10), %r9
        call    *%r11
        leave
        .cfi_remember_state
        .cfi_def_cfa %rsp, 8
        ret
        .cfi_restore_state

.Lvector:
        movsd   48(%r10), %xmm0
        movsd   56(%r10), %xmm1
        movsd   64(%r10), %xmm2
        movsd   72(%r10), %xmm3
        cmpl    $4, %ecx
        jbe     .Lgeneral
        movsd   80(%r10), %xmm4
        movsd   88(%r10), %xmm5
        movsd   96(%r10), %xmm6
        movsd   104(%r10), %xmm7
        jmp     .Lgeneral

.Lstack:
        testb   $1, %dl
        jz      .Lpush
        subq    $8, %rsp
.Lpush:
        pushq   104(%r10,%rdx,8)
        decq    %rdx
        jnz     .Lpush
        jmp     .Lregisters
        .cfi_endproc
        .size   zf_kernel_sysv64, . - zf_kernel_sysv64

        kernel_names zf_kernel_sysv64_full
zf_kernel_sysv64_full:
        kernel_enter_full
        testq   %rdx, %rdx
        jz      .Lpushed
.Lpush_full:
        pushq   104(%r10,%rdx,8)
        decq    %rdx
        jnz     .Lpush_full
.Lpushed:
        movl    %ecx, %eax
        .irp    register, 0, 1, 2, 3, 4, 5, 6, 7
        movsd   48+8*\register(%r10), %xmm\register
        movhps  8*\register(%rsi), %xmm\register
        .endr
        movq    (%r10), %rdi
        movq    8(%r10), %rsi
        movq    16(%r10), %rdx
        movq    24(%r10), %rcx
        movq    32(%r10), %r8
        movq    40(%r10), %r9
        call    *%r11
        movq    %rax, (%rbx)
        movq    %rdx, 8(%rbx)
        movups  %xmm0, 16(%rbx)
        movups  %xmm1, 32(%rbx)
        cmpq    $1, 112(%rbx)
        jb      .Ldone
        fstpt   80(%rbx)
        je      .Ldone
        fstpt   96(%rbx)
.Ldone:
        kernel_leave_full
        .size   zf_kernel_sysv64_full, . - zf_kernel_sysv64_full

        kernel_marks
