/* threads.c - many threads call through the same plans at once, and each must get its own answers.
 */
#include "check.h"

#include <pthread.h>

enum { THREADS = 8 };

static long same_long(long value)
{
    return value;
}

static double same_double(double value)
{
    return value;
}

static long last_of_ten(long a, long b, long c, long d, long e, long f, double g, long h, long i,
                        long j)
{
    return a == b && b == c && c == d && d == e && e == f && (double)f == g && f == h && h == i
               ? j
               : -1;
}

static ZfPlan *long_plan, *double_plan, *ten_plan;

static void call_all(long value)
{
    double number = (double)value, same_number = 0;
    long same = 0, last = 0;
    zf_call(long_plan, FUNCTION(same_long), &same, (const void *[]){&value});
    zf_call(double_plan, FUNCTION(same_double), &same_number, (const void *[]){&number});
    zf_call(ten_plan, FUNCTION(last_of_ten), &last,
            (const void *[]){&value, &value, &value, &value, &value, &value, &number, &value,
                             &value, &value});
    if (same != value || same_number != number || last != value) {
        CHECK_EQUAL(same, value);
        CHECK_EQUAL(same_number, number);
        CHECK_EQUAL(last, value);
    }
}

static void *storm(void *first)
{
    for (long i = 0; i < options.iterations / THREADS; i++) {
        call_all(*(long *)first + i * THREADS);
    }
    return NULL;
}

void test_threads(void)
{
    pthread_t threads[THREADS];
    long firsts[THREADS];
    long_plan = plan_of("long", "long", NULL);
    double_plan = plan_of("double", "double", NULL);
    ten_plan = plan_of("long", "long", "long", "long", "long", "long", "long", "double", "long",
                       "long", "long", NULL);
    for (long i = 0; i < THREADS; i++) {
        firsts[i] = i;
        CHECK(pthread_create(&threads[i], NULL, storm, &firsts[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    zf_plan_free(ten_plan);
    zf_plan_free(double_plan);
    zf_plan_free(long_plan);
}
