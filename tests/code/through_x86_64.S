/* through_x86_64.S - code to be copied: void through(void (*function)(void *), void *argument) calls
 * the function in a frame as all code has it that is made at run time. */
        .section .rodata
        .globl  through_start, through_end
through_start:
        endbr64
        pushq   %rbp
        movq    %rsp, %rbp
        subq    $48, %rsp
        movq    %rdi, %rax
        movq    %rsi, %rdi
        call    *%rax
        leave
        ret
through_end:

        .section .note.GNU-stack, "", @progbits
