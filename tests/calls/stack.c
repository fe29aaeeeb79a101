/* stack.c - callees that need much stack, or their stack well aligned. */
#include <stdint.h>

enum { FRAME = 256 * 1024 };

int64_t touch_big_frame(int64_t seed)
{
    volatile signed char frame[FRAME];
    int64_t sum = 0;
    for (int64_t i = 0; i < FRAME; i += 1024) {
        frame[i] = (signed char)((seed + i / 1024) % 100);
    }
    for (int64_t i = 0; i < FRAME; i += 1024) {
        sum += frame[i];
    }
    return sum;
}

int64_t touch_big_frame_with_10(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f,
                                int64_t g, int64_t h, int64_t i, int64_t j)
{
    return touch_big_frame(a) + b + c + d + e + f + g + h + i + j;
}

/* An over-aligned local: the compiler relies on the alignment of the stack to place it. */
unsigned misalignment(int64_t a, double b, int64_t c, double d, int64_t e, double f, int64_t g,
                      int64_t h, int64_t i, int64_t j, int64_t k)
{
    _Alignas(16) volatile char local[16];
    local[0] = (char)(a + c + e + g + h + i + j + k + (int64_t)(b + d + f));
    return (unsigned)((uintptr_t)local % 16);
}
