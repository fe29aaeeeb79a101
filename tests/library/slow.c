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

/* The same, with a result that lies in this library. */
const char *slow_text(volatile int *entered, volatile int *leave)
{
    static const char text[] = "still here";
    slow_wait(entered, leave);
    return text;
}

/* Calls its caller's function, and is still needed after it. */
const char *slow_call(void (*function)(void))
{
    static const char text[] = "back again";
    function();
    return gate == 0 ? text : "";
}
