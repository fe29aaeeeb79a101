/* emitter.h - what the parts of the x86-64 emitter share: registers, arguments, the frame.
 *
 *   in     rdi  self            the target
 *          rsi  one object, or an array of them
 *          rdx  their count, if it is an array
 *   then   r11 = self, r10 = the array (one object stays in rsi), rbp = frame; rax and the still
 *          empty destination are all that an argument is converted with
 */
#ifndef ZF_X86_EMITTER_H
#define ZF_X86_EMITTER_H

#include "encode.h"

#include "../arch.h"

/* From rbp. All but the first are there in stubs that call something before the function, or that
 * give a struct. At rsp are the arguments on the stack, with the shadow space of Windows. */
enum {
    ZF_X86_FRAME_SELF = -8,
    ZF_X86_FRAME_THREAD = -16,
    ZF_X86_FRAME_FUNCTION = -24,
    ZF_X86_FRAME_RESULTS = -56, /* rax, rdx, xmm0, xmm1 from here up */
    ZF_X86_FRAME_WAITING = ZF_X86_FRAME_RESULTS - 8 * (ZF_IMAGE_GP + ZF_IMAGE_FP),
    ZF_X86_RESULT_RAX = ZF_X86_FRAME_RESULTS,
    ZF_X86_RESULT_XMM0 = ZF_X86_FRAME_RESULTS + 16,
};

/* Where an argument waits that is to be in a register. */
static inline int32_t zf_x86_waiting_at(const ZfPiece *piece)
{
    uint32_t word = piece->bank == ZF_BANK_GP ? piece->index : ZF_IMAGE_GP + piece->index;
    return ZF_X86_FRAME_WAITING + 8 * (int32_t)word;
}

/* An argument, and where its code is. */
typedef struct ZfX86Argument {
    ZfTake take;
    bool is_enum;
    uint32_t index;
    const ZfPlace *place;
    ZfReg to;         /* the general register that it is converted with */
    unsigned vector;  /* the same of a floating argument */
    ZfLabel odd_type; /* not the type that was hoped for, which is in `to` */
    ZfLabel odd_size; /* an int that is negative or has two digits: its header is in `to` */
    ZfLabel integer;  /* an int whose type is right */
    ZfLabel done;
} ZfX86Argument;

typedef struct ZfX86Emitter {
    const ZfStubSpec *spec;
    const ZfStubModel *model;
    ZfStubCode *code;
    const ZfReg *registers;
    bool is_waiting; /* arguments wait in the frame until something else was called */
    ZfLabel early;   /* to the generic entry, all registers being as they were */
    ZfLabel generic; /* the same, from the conversions */
    ZfLabel leaving; /* the library was closed during the call */
    ZfX86Argument arguments[ZF_STUB_MAX_ARGUMENTS];
} ZfX86Emitter;

static inline bool zf_x86_is_one(const ZfX86Emitter *e)
{
    return e->spec->options & ZF_STUB_ONE;
}

/* -- Arguments (take.c) ------------------------------------------------------------------------ */

/* Converts all arguments, into their registers or where they wait. */
void zf_x86_take_all(ZfX86Emitter *e);
/* What is rare in that, behind the main path. */
void zf_x86_take_odd(ZfX86Emitter *e);

#endif
