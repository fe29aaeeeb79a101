/* Variadic functions that read their tail as va_arg does, by a list of kinds or by agreement. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

int64_t sum_variadic(int count, ...)
{
    int64_t sum = 0;
    va_list tail;
    va_start(tail, count);
    for (int i = 0; i < count; i++) {
        sum += va_arg(tail, int64_t);
    }
    va_end(tail);
    return sum;
}

int64_t two_fixed(int64_t first, int64_t second, ...)
{
    va_list tail;
    va_start(tail, second);
    int64_t sum = first + second + va_arg(tail, int64_t);
    va_end(tail);
    return sum;
}

double sum_doubles(int count, ...)
{
    double sum = 0;
    va_list tail;
    va_start(tail, count);
    for (int i = 0; i < count; i++) {
        sum += va_arg(tail, double) * (i + 1);
    }
    va_end(tail);
    return sum;
}

double sum_pairs(int pairs, ...)
{
    double sum = 0;
    va_list tail;
    va_start(tail, pairs);
    for (int i = 0; i < pairs; i++) {
        int integer = va_arg(tail, int);
        sum += integer * (2 * i + 1) + va_arg(tail, double) * (2 * i + 2);
    }
    va_end(tail);
    return sum;
}

/* Writes what it finds, by one letter each: i int, u unsigned, l long long, q unsigned long long,
 * d double, s string, p pointer. The named parameters before the tail use up registers. */
int describe(char *out, size_t size, double named, const char *kinds, ...)
{
    int length = snprintf(out, size, "%.2f", named);
    va_list tail;
    va_start(tail, kinds);
    for (; *kinds != '\0'; kinds++) {
        char *to = out + length;
        size_t room = size - (size_t)length;
        switch (*kinds) {
        case 'i': length += snprintf(to, room, " %d", va_arg(tail, int)); break;
        case 'u': length += snprintf(to, room, " %u", va_arg(tail, unsigned)); break;
        case 'l': length += snprintf(to, room, " %lld", va_arg(tail, long long)); break;
        case 'q': length += snprintf(to, room, " %llu", va_arg(tail, unsigned long long)); break;
        case 'd': length += snprintf(to, room, " %.3f", va_arg(tail, double)); break;
        case 's': length += snprintf(to, room, " %s", va_arg(tail, const char *)); break;
        case 'p': length += snprintf(to, room, " %p", va_arg(tail, void *)); break;
        }
    }
    va_end(tail);
    return length;
}

float float_result(int count, ...)
{
    va_list tail;
    va_start(tail, count);
    float result = 0;
    for (int i = 0; i < count; i++) {
        result += (float)va_arg(tail, double);
    }
    va_end(tail);
    return result;
}
