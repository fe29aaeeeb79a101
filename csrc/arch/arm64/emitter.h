/* emitter.h - what the parts of the arm64 emitter share: registers, labels, literals, arguments.
 *
 * Registers of a stub, from its entry to the native call:
 *
 *   x0 to x7    arguments, as they are converted; so are v0 to v7
 *   x9          the array of objects, or the only object
 *   x10         self
 *   x11         the object that is being converted, if there is an array
 *   x12         its type, then the header of an int; x13 what is in it; x16 scratch
 *   x14, x15    the types int and float, if an argument wants them
 *   x17, v16    a value that goes into memory
 *   x29         frame
 *
 * x8 and x18 are not touched, but that x8 is cleared with the other registers without an argument.
 */
#ifndef ZF_ARM64_EMITTER_H
#define ZF_ARM64_EMITTER_H

#include "encode.h"

#include "../arch.h"
#include "../stub.h"

#include <string.h>

enum {
    ZF_A64_GIVEN = 9,
    ZF_A64_SELF = 10,
    ZF_A64_OBJECT = 11,
    ZF_A64_TYPE = 12,
    ZF_A64_HEADER = 12,
    ZF_A64_CONTENT = 13,
    ZF_A64_INT = 14,
    ZF_A64_REAL = 15,
    ZF_A64_SCRATCH = 16, /* also what is called or jumped to: those may land on a `bti c` */
    ZF_A64_VALUE = 17,
    ZF_A64_VECTOR = 16,
};

/* A place in the code. Until it is bound, the branches to it are a list through their distances. */
typedef struct ZfA64Label {
    uint32_t at;   /* 0: not bound */
    uint32_t last; /* the last branch to it, 0 for none */
} ZfA64Label;

/* An argument, and where its code is. */
typedef struct ZfA64Argument {
    ZfTake take;
    bool is_enum;
    uint32_t index;
    const ZfPlace *place;
    unsigned to;         /* the register that it is converted into, */
    unsigned vector;     /* or this one */
    ZfA64Label odd_type; /* not the type that was hoped for, which is in TYPE */
    ZfA64Label odd_size; /* an int of more than one digit: its header is in HEADER */
    ZfA64Label integer;  /* an int whose type is right */
    ZfA64Label done;
} ZfA64Argument;

typedef struct ZfA64Emitter {
    const ZfStubSpec *spec;
    const ZfStubModel *model;
    ZfStubCode *code;
    bool is_waiting;    /* arguments wait in the frame until something else was called */
    ZfA64Label early;   /* to the generic entry, all registers being as they were */
    ZfA64Label generic; /* the same, from the conversions */
    ZfA64Label leaving; /* the library was closed during the call */
    ZfA64Argument arguments[ZF_STUB_MAX_ARGUMENTS];
} ZfA64Emitter;

static inline bool zf_a64_is_one(const ZfA64Emitter *e)
{
    return e->spec->options & ZF_STUB_ONE;
}

/* -- Code -------------------------------------------------------------------------------------- */

static inline void zf_a64_emit(ZfA64Emitter *e, uint32_t word)
{
    ZfStubCode *code = e->code;
    if (word == ZF_A64_NONE || code->size + sizeof word > sizeof code->bytes) {
        code->is_full = true;
        return;
    }
    memcpy(code->bytes + code->size, &word, sizeof word);
    code->size += sizeof word;
}

/* A branch of any kind, whose distance is still 0. */
static inline void zf_a64_emit_branch(ZfA64Emitter *e, uint32_t branch, ZfA64Label *label)
{
    uint32_t here = (uint32_t)e->code->size;
    int64_t distance = label->at != 0 ? (int64_t)label->at - here : label->last;
    zf_a64_emit(e, zf_a64_branch(branch, distance));
    label->last = here;
}

static inline void zf_a64_emit_b(ZfA64Emitter *e, ZfA64Label *label)
{
    zf_a64_emit_branch(e, zf_a64_b(0), label);
}

static inline void zf_a64_emit_b_if(ZfA64Emitter *e, ZfA64Condition condition, ZfA64Label *label)
{
    zf_a64_emit_branch(e, zf_a64_b_if(condition, 0), label);
}

/* The label is here; branches to it that were written before are completed. */
static inline void zf_a64_bind(ZfA64Emitter *e, ZfA64Label *label)
{
    ZfStubCode *code = e->code;
    uint32_t here = (uint32_t)code->size;
    for (uint32_t at = code->is_full ? 0 : label->last; at != 0;) {
        uint32_t branch;
        memcpy(&branch, code->bytes + at, sizeof branch);
        ZfA64Distance field = zf_a64_distance_of(branch);
        uint32_t mask = zf_a64_field(-1, field.bits, field.at);
        uint32_t next = (branch & mask) >> field.at << 2;
        branch = zf_a64_branch(branch & ~mask, (int64_t)here - at);
        code->is_full = code->is_full || branch == ZF_A64_NONE;
        memcpy(code->bytes + at, &branch, sizeof branch);
        at = next;
    }
    label->at = here;
}

/* A literal into a register: its page, then the word. */
static inline void zf_a64_emit_literal(ZfA64Emitter *e, unsigned to, ZfLiteral literal)
{
    ZfStubCode *code = e->code;
    if (code->literal_count == ZF_STUB_MAX_LITERALS) {
        code->is_full = true;
        return;
    }
    code->literals[code->literal_count++] = (ZfStubLiteral){(uint16_t)code->size, literal};
    zf_a64_emit(e, zf_a64_adrp(to, 0));
    zf_a64_emit(e, zf_a64_load(ZF_A64_LONG, to, to, 0));
}

static inline void zf_a64_emit_load(ZfA64Emitter *e, unsigned to, unsigned base, int64_t offset)
{
    zf_a64_emit(e, zf_a64_load(ZF_A64_LONG, to, base, offset));
}

static inline void zf_a64_emit_store(ZfA64Emitter *e, unsigned from, unsigned base, int64_t offset)
{
    zf_a64_emit(e, zf_a64_store(ZF_A64_LONG, from, base, offset));
}

/* -- Frame ------------------------------------------------------------------------------------- */

/* From x29, downwards. All but the first are there in stubs that call something before the
 * function, or that give a struct. At sp are the arguments on the stack. */
enum {
    ZF_A64_FRAME_SELF = -8,
    ZF_A64_FRAME_THREAD = -16,
    ZF_A64_FRAME_FUNCTION = -24,
    ZF_A64_FRAME_RESULTS = -56, /* four words, from here up */
    ZF_A64_FRAME_WAITING = ZF_A64_FRAME_RESULTS - 8 * (ZF_IMAGE_GP + ZF_IMAGE_FP),
};

/* Where an argument waits that is to be in a register. */
static inline int64_t zf_a64_waiting_at(const ZfPiece *piece)
{
    uint32_t word = piece->bank == ZF_BANK_GP ? piece->index : ZF_IMAGE_GP + piece->index;
    return ZF_A64_FRAME_WAITING + 8 * (int64_t)word;
}

/* -- Arguments (take.c) ------------------------------------------------------------------------ */

/* Whether an argument's object is expected to be an int. */
bool zf_a64_takes_int(ZfTake take);
/* Converts all arguments, into their registers or where they wait. */
void zf_a64_take_all(ZfA64Emitter *e);
/* What is rare in that, behind the main path. */
void zf_a64_take_odd(ZfA64Emitter *e);

#endif
