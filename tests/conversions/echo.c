/* Functions that say what arrived: each argument's bits, as the callee sees them. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define ECHO(name, type)                                                                           \
    type echo_##name(type value)                                                                   \
    {                                                                                              \
        return value;                                                                              \
    }

ECHO(bool, bool)
ECHO(char, char)
ECHO(wchar, wchar_t)
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
ECHO(pointer, void *)
ECHO(string, const char *)
ECHO(wide, const wchar_t *)

uint64_t bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

uint64_t bits_of_double(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

int bits_of_bool(bool value)
{
    unsigned char byte;
    memcpy(&byte, &value, 1);
    return byte;
}

int64_t length_of_wide(const wchar_t *text)
{
    return text == NULL ? -1 : (int64_t)wcslen(text);
}

int64_t length_of(const char *text)
{
    return text == NULL ? -1 : (int64_t)strlen(text);
}

unsigned sum_of(const unsigned char *bytes, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += bytes[i];
    }
    return sum;
}

void fill(unsigned char *bytes, size_t count, int value)
{
    memset(bytes, value, count);
}

/* Four buffers and more at once: the call holds them all. */
unsigned sum_of_five(const unsigned char *a, const unsigned char *b, const unsigned char *c,
                     const unsigned char *d, const unsigned char *e)
{
    return a[0] + 10u * b[0] + 100u * c[0] + 1000u * d[0] + 10000u * e[0];
}
