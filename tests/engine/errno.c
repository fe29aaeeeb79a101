/* errno.c - the engine's errno: one per thread, and apart from C's. */
#include "check.h"

#include <errno.h>
#include <pthread.h>

static pthread_barrier_t barrier;

static void *set_and_get(void *number)
{
    int mine = *(int *)number;
    CHECK_EQUAL(zf_errno_get(), 0); /* a new thread starts clean */
    zf_errno_set(mine);
    pthread_barrier_wait(&barrier);
    CHECK_EQUAL(zf_errno_get(), mine);
    pthread_barrier_wait(&barrier);
    zf_errno_set(0);
    return NULL;
}

void test_errno(void)
{
    pthread_t threads[4];
    int numbers[LENGTH(threads)];
    errno = ENOENT;
    zf_errno_set(EPIPE);
    CHECK_EQUAL(zf_errno_get(), EPIPE);
    CHECK_EQUAL(errno, ENOENT);
    pthread_barrier_init(&barrier, NULL, LENGTH(threads));
    for (size_t i = 0; i < LENGTH(threads); i++) {
        numbers[i] = 1000 + (int)i;
        CHECK(pthread_create(&threads[i], NULL, set_and_get, &numbers[i]) == 0);
    }
    for (size_t i = 0; i < LENGTH(threads); i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&barrier);
    CHECK_EQUAL(zf_errno_get(), EPIPE);
    zf_errno_set(0);
}
