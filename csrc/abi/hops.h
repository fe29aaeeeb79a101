/* hops.h - the short way of a call, for C and for the assembler.
 *
 * The call of a plan of scalars is a chain of hops. A hop is a piece of code of one task, such as
 * loading an int32_t into the second general register, that then goes on to the next hop. Each
 * convention that can be called has all of them in one row, ZF_HOP_BYTES apart, in the order that
 * is numbered here; so a chain is plain data, and the same for all conventions.
 */
#ifndef ZF_HOPS_H
#define ZF_HOPS_H

#define ZF_HOP_BYTES 32

/* How a value becomes a word, by its kind: ZF_KIND_BOOL to ZF_KIND_UINT32 each in their way, a
 * float as its bits, and what has 8 bytes as it is. */
#define ZF_HOP_LOADS 8

#define ZF_HOP_VECTOR  0  /* loads a vector register: + 2 * register, + 1 for a double */
#define ZF_HOP_STACK   16 /* puts a word below those on the stack: + load */
#define ZF_HOP_ROOM    24 /* before all on the stack: that so many words are to come */
#define ZF_HOP_CALL    25 /* calls, and stores the result: + its kind. The end of all chains */
#define ZF_HOP_GENERAL 38 /* loads a general register: + ZF_HOP_LOADS * register, + load */

/* More words on the stack take the long way: chains do not look if a page of it is there. */
#define ZF_HOP_MOST_WORDS 256

#endif
