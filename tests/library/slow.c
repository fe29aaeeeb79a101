/* A call that stays inside until it is let go, and then runs code of this library. */
#include <sched.h>

static volatile int inside;
static volatile int gate;

int slow_inside(void)
{
    return inside;
}

/* `leave` is the caller's: this library may be gone from the tables by the time it is set. */
int slow_wait(volatile int *entered, volatile int *leave)
{
    *entered = 1;
    while (!*leave) {
        sched_yield();
    }
    return gate + 7;
}
