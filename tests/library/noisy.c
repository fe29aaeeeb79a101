/* A library whose constructor leaves a loader error behind, as a plug-in host's would. */
#include <dlfcn.h>

__attribute__((constructor)) static void probe(void)
{
    dlopen("libzffi-there-is-no-such-library.so", RTLD_NOW);
}

int noisy_answer(void)
{
    return 42;
}

extern int noisy_absent(void) __attribute__((weak));

int noisy_has_absent(void)
{
    return noisy_absent != 0;
}

/* A symbol that exists and whose address is NULL. */
__asm__(".globl noisy_null\n.set noisy_null, 0\n");
