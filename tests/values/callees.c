/* Functions that hand back what they got: the result of a call is then the argument's word, with
 * all the dirt that may lie above a narrower type. */
#include <stdint.h>

uint64_t word(uint64_t value)
{
    return value;
}

uint64_t second_word(int first, uint64_t value)
{
    (void)first;
    return value;
}

double real(double value)
{
    return value;
}

double second_real(int first, double value)
{
    (void)first;
    return value;
}

typedef struct {
    int32_t a;
    float b;
} Small;

typedef struct {
    double a, b;
} Reals;

typedef struct {
    int64_t a;
    double b;
    char c[8];
} Large;

#define ECHO(name, type)                                                                           \
    type echo_##name(type value)                                                                   \
    {                                                                                              \
        return value;                                                                              \
    }                                                                                              \
    type late_##name(int64_t a, double b, int64_t c, double d, int64_t e, double f, int64_t g,     \
                     type value)                                                                   \
    {                                                                                              \
        (void)(a + b + c + d + e + f + g);                                                         \
        return value;                                                                              \
    }

ECHO(small, Small)
ECHO(reals, Reals)
ECHO(large, Large)
ECHO(int8, int8_t)
ECHO(uint8, uint8_t)
ECHO(int16, int16_t)
ECHO(uint16, uint16_t)
ECHO(int32, int32_t)
ECHO(uint32, uint32_t)
ECHO(int64, int64_t)
ECHO(uint64, uint64_t)
ECHO(float, float)
ECHO(double, double)
