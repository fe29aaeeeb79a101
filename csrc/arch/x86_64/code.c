/* code.c - what memory for code has to know of x86-64: a few bytes of machine code and the unwind
 * tables of an arena.
 *
 * All code of an arena begins with `push %rbp; mov %rsp, %rbp` and keeps that frame while it calls,
 * so one entry describes it all. It has no word on the instructions before and after the frame,
 * where no call is made.
 */
#include "../machine.h"

static const uint8_t probe[] = {
    0xf3, 0x0f,
    0x1e, 0xfa, /* endbr64 */
    0xb8, ZF_MACHINE_PROBE,
    0,    0,
    0,    /* mov $42, %eax */
    0xc3, /* ret */
};

/* DWARF, section 6.4, as the psABI has it (section 4.2.4). Registers: 6 is rbp, 16 the return
 * address. The code is told by its distance, so the tables are the same for every arena. */
static const uint8_t frames[ZF_MACHINE_FRAMES_BYTES] = {
    20,   0,    0,    0, /* common information entry, of so many bytes more */
    0,    0,    0,    0, /* is what it is */
    1,    'z',  'R',  0, /* version, what is in the augmentation data */
    1,    0x78, 16,      /* alignment factors 1 and -8, the column of the return address */
    1,    0x1b,          /* augmentation data: addresses are 32 bits, relative to themselves */
    0x0c, 6,    16,      /* DW_CFA_def_cfa: rbp + 16 */
    0x86, 2,    0x90, 1, /* DW_CFA_offset: rbp at CFA - 16, the return address at CFA - 8 */

    16,   0,    0,    0,    /* frame description entry */
    28,   0,    0,    0,    /* back to the common one */
    0xe0, 0xff, 0xff, 0xff, /* from the start of the arena, 32 bytes before this word, */
    0,    0,    1,    0,    /* for 64 KiB */
    0,    0,    0,    0,    /* no augmentation data, and padding */

    0,    0,    0,    0, /* the end */
};

const ZfMachineCode zf_machine_code = {
    .filling = {0xcc, 0xcc, 0xcc, 0xcc}, /* int3 */
    .probe = probe,
    .probe_bytes = sizeof probe,
    .frames = frames,
};
