/* abi.h - what generated callees and the driver share. The callees are compiled for the convention
 * under test, freestanding; the driver for the machine's own. What they call of each other is
 * declared PLAIN: by the machine's convention. */
#ifndef ABI_H
#define ABI_H

#include "zffi.h"

#include <stdarg.h>
#include <stddef.h>

#if defined(__x86_64__)
#define PLAIN __attribute__((sysv_abi))
#else
#define PLAIN
#endif

#define OFFSET(type, member) __builtin_offsetof(type, member)
#define LARGER(a, b)         ((a) > (b) ? (a) : (b))

/* ZF_KIND_INT8 ... ZF_KIND_UINT64 come in pairs, signed first, width doubling. */
#define WIDTH_STEP(type) (sizeof(type) == 1 ? 0 : sizeof(type) == 2 ? 2 : sizeof(type) == 4 ? 4 : 6)
#define INTEGER_KIND(type) (ZF_KIND_INT8 + WIDTH_STEP(type) + ((type) - 1 > 0))
#define LONG_DOUBLE_KIND                                                                           \
    (__LDBL_MANT_DIG__ == 64   ? ZF_KIND_FLOAT80                                                   \
     : __LDBL_MANT_DIG__ == 53 ? ZF_KIND_DOUBLE                                                    \
                               : ZF_KIND_FLOAT128)

/* A type as its compiler has it. The driver finds out by `probe` which bytes a bit-field touches:
 * it sets all bits of that leaf. */
typedef struct Info {
    ZfType type;
    uint32_t leaf_count;
    ZfLeaf *leaves; /* all of them, of large aggregates too */
    void(PLAIN *probe)(void *value, unsigned leaf);
} Info;

typedef struct Case {
    uint32_t number;
    ZfFunction function;
    Info *result; /* NULL for void */
    uint32_t argument_count;
    uint32_t fixed_count; /* UINT32_MAX unless variadic */
    Info **arguments;
} Case;

extern Case zf_cases[];
extern const uint32_t zf_case_count;

/* What a callee tells the driver: an argument it has got, the same widened to 64 bits, and that it
 * now owns some memory; and the result that it asks for. */
void PLAIN zf_see(unsigned index, const void *value);
void PLAIN zf_see_wide(unsigned index, unsigned long long value);
void PLAIN zf_scribble(void *value, unsigned long long size);
void PLAIN zf_supply(void *result);

#endif
