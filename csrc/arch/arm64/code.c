/* code.c - what memory for code has to know of arm64: a few bytes of machine code and the unwind
 * tables of an arena.
 *
 * All code of an arena begins with `stp x29, x30, [sp, #-16]!; mov x29, sp` and keeps that frame
 * while it calls, so one entry describes it all. It has no word on the instructions before and
 * after the frame, where no call is made.
 */
#include "../machine.h"

static const uint8_t probe[] = {
    0x5f,
    0x24,
    0x03,
    0xd5, /* bti c */
    0x00 | (ZF_MACHINE_PROBE & 7) << 5,
    ZF_MACHINE_PROBE >> 3,
    0x80,
    0x52, /* mov w0, #42 */
    0xc0,
    0x03,
    0x5f,
    0xd6, /* ret */
};

/* DWARF, section 6.4, with the registers of AADWARF64 (section 4.1): 29 and 30 are x29 and x30. The
 * code is told by its distance, so the tables are the same for every arena. */
static const uint8_t frames[ZF_MACHINE_FRAMES_BYTES] = {
    20,   0,    0,    0, /* common information entry, of so many bytes more */
    0,    0,    0,    0, /* is what it is */
    1,    'z',  'R',  0, /* version, what is in the augmentation data */
    1,    0x78, 30,      /* alignment factors 1 and -8, the column of the return address */
    1,    0x1b,          /* augmentation data: addresses are 32 bits, relative to themselves */
    0x0c, 29,   16,      /* DW_CFA_def_cfa: x29 + 16 */
    0x9d, 2,    0x9e, 1, /* DW_CFA_offset: x29 at CFA - 16, x30 at CFA - 8 */

    16,   0,    0,    0,    /* frame description entry */
    28,   0,    0,    0,    /* back to the common one */
    0xe0, 0xff, 0xff, 0xff, /* from the start of the arena, 32 bytes before this word, */
    0,    0,    1,    0,    /* for 64 KiB */
    0,    0,    0,    0,    /* no augmentation data, and padding */

    0,    0,    0,    0, /* the end */
};

const ZfMachineCode zf_machine_code = {
    .filling = {0, 0, 0, 0}, /* udf #0 */
    .probe = probe,
    .probe_bytes = sizeof probe,
    .frames = frames,
    .fetches_ahead = true,
};
