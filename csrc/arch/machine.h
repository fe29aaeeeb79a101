/* machine.h - the CPU that this is compiled for, as the operating system's side has to know it: how
 * Linux and its loader name it, and what memory for code needs of it. */
#ifndef ZF_MACHINE_H
#define ZF_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The folder of a CPU's libraries on Debian and its kin; the flags of its entries in the loader's
 * cache (glibc, sysdeps/generic/ldconfig.h); and its number in ELF files. */
#if defined(__x86_64__)
#define ZF_MACHINE_TRIPLET "x86_64-linux-gnu"
enum { ZF_MACHINE_CACHE_FLAGS = 0x0303, ZF_MACHINE_ELF = 62 };
#elif defined(__aarch64__)
#define ZF_MACHINE_TRIPLET "aarch64-linux-gnu"
enum { ZF_MACHINE_CACHE_FLAGS = 0x0a03, ZF_MACHINE_ELF = 183 };
#endif

enum { ZF_MACHINE_FRAMES_BYTES = 48 };

/* <cpu>/code.c */
typedef struct ZfMachineCode {
    uint8_t filling[4];   /* what unused memory is full of: running into it is a trap */
    const uint8_t *probe; /* the code of `int probe(void)`, which returns ZF_MACHINE_PROBE */
    size_t probe_bytes;
    /* The unwind tables (.eh_frame) of an arena that begins with them: all code in it keeps a frame
     * whose pointer is in the usual register. */
    const uint8_t *frames; /* ZF_MACHINE_FRAMES_BYTES */
    bool fetches_ahead;    /* other cores must be told of new code: the one that wrote it cannot */
} ZfMachineCode;

enum { ZF_MACHINE_PROBE = 42 };

extern const ZfMachineCode zf_machine_code;

#endif
