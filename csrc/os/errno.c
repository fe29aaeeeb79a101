/* errno.c - the errno that calls with errno swapping see: one per thread, apart from C's own. */
#include "os.h"

_Thread_local int zf_errno_saved __attribute__((tls_model("initial-exec")));

int zf_errno_get(void)
{
    return zf_errno_saved;
}

void zf_errno_set(int value)
{
    zf_errno_saved = value;
}
