/* bench.c - functions that do next to nothing: what is measured is the way there and back. */
#include "bench.h"

#include <string.h>

void bench_noop(void)
{
}

BenchVector bench_add(BenchVector a, BenchVector b)
{
    return (BenchVector){a.x + b.x, a.y + b.y};
}

void bench_mark(void)
{
}

double bench_square(double a)
{
    return a * a;
}

size_t bench_strlen(const char *text)
{
    return strlen(text);
}

void *bench_pointer(void *address)
{
    return address;
}

double bench_two_double(double a, double b)
{
    return a + b;
}

double bench_three_double(double a, double b, double c)
{
    return a + b + c;
}

#define DEFINE_SUMS(type, name)                                                                    \
    type bench_one_##name(type a)                                                                  \
    {                                                                                              \
        return a;                                                                                  \
    }                                                                                              \
    type bench_two_##name(type a, type b)                                                          \
    {                                                                                              \
        return a + b;                                                                              \
    }                                                                                              \
    type bench_three_##name(type a, type b, type c)                                                \
    {                                                                                              \
        return a + b + c;                                                                          \
    }                                                                                              \
    type bench_four_##name(type a, type b, type c, type d)                                         \
    {                                                                                              \
        return a + b + c + d;                                                                      \
    }                                                                                              \
    type bench_five_##name(type a, type b, type c, type d, type e)                                 \
    {                                                                                              \
        return a + b + c + d + e;                                                                  \
    }                                                                                              \
    type bench_six_##name(type a, type b, type c, type d, type e, type f)                          \
    {                                                                                              \
        return a + b + c + d + e + f;                                                              \
    }

DEFINE_SUMS(int32_t, int32)
DEFINE_SUMS(int64_t, int64)
