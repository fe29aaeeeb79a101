/* preserved.S - unsigned changed_registers(void (*run)(void *context), void *context)
 *
 * Fills the registers that a System V callee must preserve with known words, runs, and returns a
 * bit for each that came back different: 1 rbx, 2 rbp, 4 r12, 8 r13, 16 r14, 32 r15, 64 rsp.
 */

        .macro  compare register, pattern, bit
        movabsq $\pattern, %rdx
        cmpq    %rdx, \register
        je      1f
        orl     $\bit, %eax
1:
        .endm

        .local  kept_rsp
        .comm   kept_rsp, 8, 8

        .text
        .globl  changed_registers
        .type   changed_registers, @function
changed_registers:
        .cfi_startproc
        endbr64
        .irp    register, rbx, rbp, r12, r13, r14, r15
        pushq   %\register
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset \register, 0
        .endr
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq    %rsp, kept_rsp(%rip)
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movabsq $0x1111111111111111, %rbx
        movabsq $0x2222222222222222, %rbp
        movabsq $0x3333333333333333, %r12
        movabsq $0x4444444444444444, %r13
        movabsq $0x5555555555555555, %r14
        movabsq $0x6666666666666666, %r15
        call    *%rax
        xorl    %eax, %eax
        compare %rbx, 0x1111111111111111, 1
        compare %rbp, 0x2222222222222222, 2
        compare %r12, 0x3333333333333333, 4
        compare %r13, 0x4444444444444444, 8
        compare %r14, 0x5555555555555555, 16
        compare %r15, 0x6666666666666666, 32
        cmpq    %rsp, kept_rsp(%rip)
        je      2f
        orl     $64, %eax
2:
        movq    kept_rsp(%rip), %rsp
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        .irp    register, r15, r14, r13, r12, rbp, rbx
        popq    %\register
        .cfi_adjust_cfa_offset -8
        .cfi_restore \register
        .endr
        ret
        .cfi_endproc
        .size   changed_registers, . - changed_registers

        .section .note.GNU-stack, "", @progbits
