/* integers.c - each integer type as an argument and as a result. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <wchar.h>

/* same_T gives back its argument. widen_T computes with it in 64 bits: an optimising compiler takes
 * the upper bits of the register as its caller left them, so a caller that did not extend a narrow
 * argument is found out. stacked_T is widen_T with the argument on the stack. */
#define INTEGER(name, type)                                                                        \
    type same_##name(type value)                                                                   \
    {                                                                                              \
        return value;                                                                              \
    }                                                                                              \
    int64_t widen_##name(type value)                                                               \
    {                                                                                              \
        return (int64_t)value;                                                                     \
    }                                                                                              \
    int64_t stacked_##name(long a, long b, long c, long d, long e, long f, type value)             \
    {                                                                                              \
        return (int64_t)value + a + b + c + d + e + f;                                             \
    }

INTEGER(bool, bool)
INTEGER(byte, signed char)
INTEGER(ubyte, unsigned char)
INTEGER(short, short)
INTEGER(ushort, unsigned short)
INTEGER(int, int)
INTEGER(uint, unsigned int)
INTEGER(long, long)
INTEGER(ulong, unsigned long)
INTEGER(longlong, long long)
INTEGER(ulonglong, unsigned long long)
INTEGER(int8, int8_t)
INTEGER(uint8, uint8_t)
INTEGER(int16, int16_t)
INTEGER(uint16, uint16_t)
INTEGER(int32, int32_t)
INTEGER(uint32, uint32_t)
INTEGER(int64, int64_t)
INTEGER(uint64, uint64_t)
INTEGER(size_t, size_t)
INTEGER(ssize_t, ssize_t)
INTEGER(intptr_t, intptr_t)
INTEGER(uintptr_t, uintptr_t)
INTEGER(ptrdiff_t, ptrdiff_t)
INTEGER(time_t, time_t)
INTEGER(char, char)
INTEGER(wchar, wchar_t)

/* Bound with a narrow result, it is a callee that leaves dirt above it. */
uint64_t same_word(uint64_t value)
{
    return value;
}

unsigned negate_bool(bool value)
{
    return !value;
}
