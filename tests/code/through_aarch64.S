/* through_aarch64.S - code to be copied: void through(void (*function)(void *), void *argument)
 * calls the function in a frame as all code has it that is made at run time. */
        .section .rodata
        .globl  through_start, through_end
through_start:
        hint    #34
        stp     x29, x30, [sp, #-16]!
        mov     x29, sp
        sub     sp, sp, #48
        mov     x9, x0
        mov     x0, x1
        blr     x9
        mov     sp, x29
        ldp     x29, x30, [sp], #16
        ret
through_end:

        .section .note.GNU-stack, "", %progbits
