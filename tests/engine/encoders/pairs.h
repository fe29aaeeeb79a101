/* pairs.h - how the lists of instructions are printed: a line has the bytes of one, as our encoder
 * gives them, and the text from which an assembler is to make the same. A line without bytes is one
 * that the encoder refuses, as the assembler must. */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

__attribute__((format(printf, 3, 4))) static inline void print_pair(const unsigned char *bytes,
                                                                    size_t count, const char *text,
                                                                    ...)
{
    va_list values;
    for (size_t i = 0; i < count; i++) {
        printf("%02x", bytes[i]);
    }
    putchar('\t');
    va_start(values, text);
    vprintf(text, values);
    va_end(values);
    putchar('\n');
}

#endif
