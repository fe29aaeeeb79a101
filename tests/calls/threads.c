/* threads.c - functions for many threads at once: each answer can be told from every other. */
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

int64_t same_int(int64_t value)
{
    return value;
}

double same_double(double value)
{
    return value;
}

/* The last argument, if all came as they were given; gives other threads a chance to disturb now
 * and then. */
int64_t last_of_nine(int64_t a, double b, int64_t c, double d, int64_t e, int64_t f, int64_t g,
                     int64_t h, int64_t i)
{
    if (a % 64 == 0) {
        sched_yield();
    }
    return (double)a == b && a == c && b == d && a == e && a == f && a == g && a == h ? i : -1;
}

typedef struct Tagged {
    int64_t tag;
} Tagged;

Tagged *make_tagged(int64_t tag)
{
    Tagged *tagged = malloc(sizeof *tagged);
    if (tagged != NULL) {
        tagged->tag = tag;
    }
    return tagged;
}

/* The tag, or -1 if it is another; frees. */
int64_t take_tagged(Tagged *tagged, int64_t tag)
{
    int64_t taken = tagged->tag == tag ? tag : -1;
    free(tagged);
    return taken;
}

static atomic_long arrivals;

/* Waits until `together` calls of this round have arrived, so that all of them are here at once,
 * and returns its last argument, which came by the stack; -1 if the others do not come within a
 * minute. */
int64_t meet(int64_t round, int64_t together, double a, int64_t b, int64_t c, int64_t d, int64_t e,
             int64_t value)
{
    time_t deadline = time(NULL) + 60;
    atomic_fetch_add(&arrivals, 1);
    while (atomic_load(&arrivals) < (round + 1) * together) {
        if (time(NULL) > deadline) {
            return -1;
        }
        sched_yield();
    }
    return (double)value == a && b == value && c == value && d == value && e == value ? value : -2;
}
