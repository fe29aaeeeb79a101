/* os.h - what the engine's other parts need of the operating system beyond zffi.h. */
#ifndef ZF_OS_H
#define ZF_OS_H

#include "../zffi.h"

/* The errno of zf_errno_get, as a variable: swapping it around a call must cost no more than two
 * moves. */
extern _Thread_local int zf_errno_saved __attribute__((tls_model("initial-exec")));

#endif
