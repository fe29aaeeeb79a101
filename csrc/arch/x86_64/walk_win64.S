/* walk_win64.S - calls a Windows x64 function by a chain of hops, for plans of nothing but scalars.
 * Linux and BSD assemblers, ELF: the walk itself is a System V function.
 *
 * Below the words on the stack is the shadow space, of 4 words. */

#include "kernel_macros.inc"
#include "hop_macros.inc"

        .macro  leave_shadow
        subq    $32, %rsp
        .endm

        .text
        kernel_names zf_walk_win64
zf_walk_win64:
        walk_enter
        .irp    register, ecx, edx, r8d, r9d
        xorl    %\register, %\register
        .endr
        walk_first
        hops_vector 0, 1, 2, 3
        hops_stack
        hops_call leave_shadow
        hops_general 0, %rcx, %ecx
        hops_general 1, %rdx, %edx
        hops_general 2, %r8, %r8d
        hops_general 3, %r9, %r9d
        .cfi_endproc
        .size   zf_walk_win64, . - zf_walk_win64

        kernel_marks
