/* bench.h - the functions that every candidate calls.
 *
 * One prototype a line: bench/candidates.py reads the signatures from here.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

void bench_noop(void);
double bench_square(double a);
size_t bench_strlen(const char *text);
void *bench_pointer(void *address);
double bench_two_double(double a, double b);
double bench_three_double(double a, double b, double c);
int32_t bench_one_int32(int32_t a);
int32_t bench_two_int32(int32_t a, int32_t b);
int32_t bench_three_int32(int32_t a, int32_t b, int32_t c);
int32_t bench_four_int32(int32_t a, int32_t b, int32_t c, int32_t d);
int32_t bench_five_int32(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e);
int32_t bench_six_int32(int32_t a, int32_t b, int32_t c, int32_t d, int32_t e, int32_t f);
int64_t bench_one_int64(int64_t a);
int64_t bench_two_int64(int64_t a, int64_t b);
int64_t bench_three_int64(int64_t a, int64_t b, int64_t c);
int64_t bench_four_int64(int64_t a, int64_t b, int64_t c, int64_t d);
int64_t bench_five_int64(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e);
int64_t bench_six_int64(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f);

typedef struct {
    double x, y;
} BenchVector;

BenchVector bench_add(BenchVector a, BenchVector b);

/* Does nothing: the counting of instructions cuts the run into blocks where this is called. */
void bench_mark(void);

#endif
