/* Functions of the Windows x64 calling convention, compiled here by attribute. */
#include <stdarg.h>
#include <stdint.h>

#define WIN64 __attribute__((ms_abi))

WIN64 int64_t weighted_integers(int64_t a, int32_t b, int16_t c, int8_t d, uint32_t e, uint8_t f,
                                int64_t g)
{
    return a + 10 * b + 100 * c + 1000 * d + 10000 * (int64_t)e + 100000 * f + 1000000 * g;
}

WIN64 double weighted_mixed(double a, int64_t b, float c, int64_t d, double e, int32_t f, float g)
{
    return a + 10 * (double)b + 100 * c + 1000 * (double)d + 10000 * e + 100000 * f + 1000000 * g;
}

WIN64 float half(float value)
{
    return value / 2;
}

WIN64 void store(int *target, int value)
{
    *target = value;
}

WIN64 uint8_t narrow(int64_t value)
{
    return (uint8_t)value;
}

WIN64 double sum_variadic(int count, ...)
{
    __builtin_ms_va_list tail;
    __builtin_ms_va_start(tail, count);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        int integer = __builtin_va_arg(tail, int);
        sum += integer + __builtin_va_arg(tail, double) * 1000;
    }
    __builtin_ms_va_end(tail);
    return sum;
}
