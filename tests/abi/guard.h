/* guard.h - what C cannot say of a call: what is in registers that no argument takes, and whether
 * all that a callee must preserve is preserved. One assembly file each CPU. */
#ifndef GUARD_H
#define GUARD_H

#include "zffi.h"

/* `keep` has the bits of a register that the call's plan gives a meaning, `dirt` what all others
 * are to be; `back`, those of results. The assembly knows the offsets. */
typedef struct Guard {
    uint64_t gp_keep[9], gp_dirt[9];
    uint64_t fp_keep[8][2], fp_dirt[8][2];
    ZfFunction target;
    uint64_t return_address; /* the guard's own */
    uint64_t gp_back_keep[2], gp_back_dirt[2];
    uint64_t fp_back_keep[4][2], fp_back_dirt[4][2];
} Guard;

extern Guard zf_guard __attribute__((aligned(16)));

/* Dirties the registers of a call as zf_guard says, and every other volatile one, and goes on at
 * its target: to be called in its place, by either convention of x86-64, or any of arm64. When the
 * target returns, all that a callee may change is changed: every volatile register but the bits of
 * the result, the red zone, flags. */
void zf_guard_enter(void);
void zf_guard_enter_win64(void);

/* Fills the registers that a callee must preserve with known words, runs, and returns a bit for
 * each that came back different. */
unsigned changed_registers(void (*run)(void *context), void *context);

#endif
