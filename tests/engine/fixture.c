/* fixture.c - a library to open: code, data, a weak symbol, and symbols whose address is NULL. */
#include <dlfcn.h>
#include <stddef.h>

int fixture_data = 2718;
int fixture_started;

int fixture_function(int value)
{
    return value + FIXTURE_VERSION;
}

__attribute__((weak)) int fixture_weak(void)
{
    return 1;
}

static int hidden(void)
{
    return 3;
}

int (*fixture_pointer(void))(void)
{
    return hidden;
}

__asm__(".globl fixture_null\n.set fixture_null, 0\n");

/* A constructor that leaves a message in dlerror(), for somebody else to mistake for his own. */
__attribute__((constructor)) static void start(void)
{
    fixture_started = dlopen("no-such-library.so", RTLD_NOW) == NULL;
}
