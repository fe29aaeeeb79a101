/* Functions that read and set errno, and one that tells how many threads are in it at once. */
#include <errno.h>
#include <unistd.h>

int errno_seen(void)
{
    return errno;
}

int errno_set_to(int value, int result)
{
    errno = value;
    return result;
}

int third_argument(int a, int b, int c)
{
    return a + b + c;
}

/* Waits until two threads are in here, or gives up after about a second: 1 if they met. */
int meet(volatile int *count)
{
    __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 1000; i++) {
        if (__atomic_load_n(count, __ATOMIC_SEQ_CST) >= 2) {
            return 1;
        }
        usleep(1000);
    }
    return 0;
}
