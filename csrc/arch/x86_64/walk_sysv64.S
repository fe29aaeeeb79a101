/* walk_sysv64.S - calls a System V function by a chain of hops, for plans of nothing but scalars.
 * Linux and BSD assemblers, ELF.
 *
 * The operand of the last hop is the number of vector registers with arguments, which al tells
 * variadic callees. */

#include "kernel_macros.inc"
#include "hop_macros.inc"

        .macro  tell_vectors
        movl    4(%r10), %eax
        .endm

        .text
        kernel_names zf_walk_sysv64
zf_walk_sysv64:
        walk_enter
        .irp    register, edi, esi, edx, ecx, r8d, r9d
        xorl    %\register, %\register
        .endr
        walk_first
        hops_vector 0, 1, 2, 3, 4, 5, 6, 7
        hops_stack
        hops_call tell_vectors
        hops_general 0, %rdi, %edi
        hops_general 1, %rsi, %esi
        hops_general 2, %rdx, %edx
        hops_general 3, %rcx, %ecx
        hops_general 4, %r8, %r8d
        hops_general 5, %r9, %r9d
        .cfi_endproc
        .size   zf_walk_sysv64, . - zf_walk_sysv64

        kernel_marks
