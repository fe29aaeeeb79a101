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

/* A type, as the engine lays it out. */
typedef struct Info {
    ZfType type;
    uint32_t leaf_count;
    const ZfLeaf *leaves; /* all of them, of large aggregates too */
} Info;

typedef struct Case {
    uint32_t number;
    ZfFunction function;
    const Info *result; /* NULL for void */
    uint32_t argument_count;
    uint32_t fixed_count; /* UINT32_MAX unless variadic */
    const Info *const *arguments;
} Case;

extern const Case zf_cases[];
extern const uint32_t zf_case_count;

/* What a callee tells the driver: an argument it has got, the same widened to 64 bits, and that it
 * now owns some memory; and the result that it asks for. */
void PLAIN zf_see(unsigned index, const void *value);
void PLAIN zf_see_wide(unsigned index, unsigned long long value);
void PLAIN zf_scribble(void *value, unsigned long long size);
void PLAIN zf_supply(void *result);

#endif
