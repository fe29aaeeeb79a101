/* capture.S - callees that see what no compiled function can: the registers of a call as they
 * really are. System V ABI.
 *
 *   capture        stores every argument register, rax, rsp, the flags, MXCSR, the x87 environment
 *                  and the stack above the return address in a block; returns 0 in rax and xmm0
 *   captured       returns the address of that block
 *   clobber        puts garbage into every volatile register and over the whole red zone; returns
 *                  its first word and its first double, with garbage in the upper half of xmm0
 *   entry_sp       returns rsp % 16 as it is on entry: 8, if the caller aligned the stack
 *   aligned_frame  stores to its frame with movaps, which faults if the caller did not
 *
 * The block, in words: 0 rdi rsi rdx rcx r8 r9, 6 xmm0 to xmm7 (two words each), 22 rax, 23 rsp,
 * 24 flags, 25 MXCSR, 26 x87 environment (28 bytes), 30 the first 32 words of stack arguments.
 */

        .set    WORDS, 62

        .local  words
        .comm   words, WORDS * 8, 16

        .text
        .globl  capture
        .type   capture, @function
capture:
        .cfi_startproc
        endbr64
        movq    %rdi, words(%rip)
        movq    %rsi, words+8(%rip)
        movq    %rdx, words+16(%rip)
        movq    %rcx, words+24(%rip)
        movq    %r8, words+32(%rip)
        movq    %r9, words+40(%rip)
        movaps  %xmm0, words+48(%rip)
        movaps  %xmm1, words+64(%rip)
        movaps  %xmm2, words+80(%rip)
        movaps  %xmm3, words+96(%rip)
        movaps  %xmm4, words+112(%rip)
        movaps  %xmm5, words+128(%rip)
        movaps  %xmm6, words+144(%rip)
        movaps  %xmm7, words+160(%rip)
        movq    %rax, words+176(%rip)
        movq    %rsp, words+184(%rip)
        pushfq
        .cfi_adjust_cfa_offset 8
        popq    words+192(%rip)
        .cfi_adjust_cfa_offset -8
        stmxcsr words+200(%rip)
        fnstenv words+208(%rip)         /* this masks all x87 exceptions, hence the reload */
        fldenv  words+208(%rip)
        leaq    words+240(%rip), %rdi
        xorl    %ecx, %ecx
.Lword:
        movq    8(%rsp,%rcx,8), %rax
        movq    %rax, (%rdi,%rcx,8)
        incl    %ecx
        cmpl    $32, %ecx
        jne     .Lword
        xorl    %eax, %eax
        pxor    %xmm0, %xmm0
        ret
        .cfi_endproc
        .size   capture, . - capture

        .globl  captured
        .type   captured, @function
captured:
        .cfi_startproc
        endbr64
        leaq    words(%rip), %rax
        ret
        .cfi_endproc
        .size   captured, . - captured

        .globl  clobber
        .type   clobber, @function
clobber:
        .cfi_startproc
        endbr64
        movq    %rdi, %rax
        movabsq $0xdeadbeefcafebabe, %rcx
        movl    $16, %edx
        leaq    -128(%rsp), %rsi
.Lred_zone:
        movq    %rcx, -8(%rsi,%rdx,8)
        decl    %edx
        jnz     .Lred_zone
        movq    %rcx, %rdx
        movq    %rcx, %rsi
        movq    %rcx, %rdi
        movq    %rcx, %r8
        movq    %rcx, %r9
        movq    %rcx, %r10
        movq    %rcx, %r11
        .irp    register, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        pcmpeqd %xmm\register, %xmm\register
        .endr
        punpcklqdq %xmm1, %xmm0
        cmpq    $0, %rcx                /* sets the sign flag, clears zero */
        stc
        ret
        .cfi_endproc
        .size   clobber, . - clobber

        .globl  entry_sp
        .type   entry_sp, @function
entry_sp:
        .cfi_startproc
        endbr64
        movl    %esp, %eax
        andl    $15, %eax
        ret
        .cfi_endproc
        .size   entry_sp, . - entry_sp

        .globl  aligned_frame
        .type   aligned_frame, @function
aligned_frame:
        .cfi_startproc
        endbr64
        subq    $24, %rsp
        .cfi_adjust_cfa_offset 24
        movaps  %xmm0, (%rsp)
        addq    $24, %rsp
        .cfi_adjust_cfa_offset -24
        movl    $1, %eax
        ret
        .cfi_endproc
        .size   aligned_frame, . - aligned_frame

        .section .note.GNU-stack, "", @progbits
