/* positions.c - functions whose narrow, floating and string arguments lie beyond the argument
 * registers. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

uint32_t sum_words_and_bytes(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f,
                             uint32_t g, uint32_t h, uint8_t i, uint8_t j, uint32_t k)
{
    return a + b + c + d + e + f + g + h + i + j + k;
}

uint32_t sum_bytes_and_word(uint8_t a, uint8_t b, uint32_t c)
{
    return a + b + c;
}

uint32_t sum_if_text_is_test(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f,
                             uint32_t g, uint32_t h, const char *text)
{
    return strcmp(text, "test") == 0 ? a + b + c + d + e + f + g + h : 0;
}

void write_8_and_3_texts(char *to, size_t size, int32_t a, int32_t b, int32_t c, int32_t d,
                         int32_t e, int32_t f, int32_t g, int32_t h, const char *x, const char *y,
                         const char *z)
{
    snprintf(to, size, "%d:%d:%d:%d:%d:%d:%d:%d:%s:%s:%s", a, b, c, d, e, f, g, h, x, y, z);
}

void write_10(char *to, size_t size, int32_t a, int32_t b, int32_t c, int32_t d, int32_t e,
              int32_t f, int32_t g, int32_t h, int32_t i, int32_t j)
{
    snprintf(to, size, "%d:%d:%d:%d:%d:%d:%d:%d:%d:%d", a, b, c, d, e, f, g, h, i, j);
}

void write_11(char *to, size_t size, int32_t a, int32_t b, int32_t c, int32_t d, int32_t e,
              int32_t f, int32_t g, int32_t h, int32_t i, int32_t j, int32_t k)
{
    snprintf(to, size, "%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d", a, b, c, d, e, f, g, h, i, j, k);
}

void write_20(char *to, size_t size, int32_t a, int32_t b, int32_t c, int32_t d, int32_t e,
              int32_t f, int32_t g, int32_t h, int32_t i, int32_t j, int32_t k, int32_t l,
              int32_t m, int32_t n, int32_t o, int32_t p, int32_t q, int32_t r, int32_t s,
              int32_t t)
{
    snprintf(to, size, "%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d:%d", a, b, c, d, e,
             f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
}

void write_10_floats(char *to, size_t size, float a, float b, float c, float d, float e, float f,
                     float g, float h, float i, float j)
{
    snprintf(to, size, "%.1f:%.1f:%.1f:%.1f:%.1f:%.1f:%.1f:%.1f:%.1f:%.1f", a, b, c, d, e, f, g, h,
             i, j);
}

void write_bool_in_the_middle(char *to, size_t size, int32_t a, int32_t b, int32_t c, int32_t d,
                              int32_t e, int32_t f, int32_t g, int32_t h, const char *x, bool flag,
                              int32_t i, const char *y)
{
    snprintf(to, size, "%d:%d:%d:%d:%d:%d:%d:%d:%s:%d:%d:%s", a, b, c, d, e, f, g, h, x, flag, i,
             y);
}
