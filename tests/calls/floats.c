/* floats.c - float and double as arguments and results, moved and computed with. */
#include <stdint.h>

float same_float(float value)
{
    return value;
}

double same_double(double value)
{
    return value;
}

float last_float(float a, float b, float c, float d, float e, float f, float g, float h, float i)
{
    return a + b + c + d + e + f + g + h == 0 ? i : -1;
}

double last_double(double a, double b, double c, double d, double e, double f, double g, double h,
                   double i)
{
    return a + b + c + d + e + f + g + h == 0 ? i : -1;
}

float read_float(const float *from)
{
    return *from;
}

double read_double(const double *from)
{
    return *from;
}

double widen_float(float value)
{
    return value;
}

float narrow_double(double value)
{
    return (float)value;
}

/* xmm0 as a float result with dirt above it. */
double double_of_bits(uint64_t bits)
{
    union {
        uint64_t bits;
        double value;
    } both = {bits};
    return both.value;
}

double weigh_16_words_16_doubles(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                                 uintptr_t f, uintptr_t g, uintptr_t h, uintptr_t i, uintptr_t j,
                                 uintptr_t k, uintptr_t l, uintptr_t m, uintptr_t n, uintptr_t o,
                                 uintptr_t p, double q, double r, double s, double t, double u,
                                 double v, double w, double x, double y, double z, double aa,
                                 double ab, double ac, double ad, double ae, double af)
{
    uintptr_t words = a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j +
                      11 * k + 12 * l + 13 * m + 14 * n + 15 * o + 16 * p;
    return (double)words + 17 * q + 18 * r + 19 * s + 20 * t + 21 * u + 22 * v + 23 * w + 24 * x +
           25 * y + 26 * z + 27 * aa + 28 * ab + 29 * ac + 30 * ad + 31 * ae + 32 * af;
}
