/* declared.c - defines what declared.h declares. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "declared.h"

int counter = 0;
const int untouched = 7;
const char *const title = "a title";
struct node root = {.value = 5, .place = {0.5f, 1.5f}};
int table[] = {10, 20, 30};
numbers_t numbers = {1, 2, 3, 4};

int add(int a, int b)
{
    return a + b;
}

double scale(double x, float factor)
{
    return x * factor;
}

struct packed_back make_packed(char tag, double value)
{
    return (struct packed_back){tag, value};
}

two_t swap(two_t given)
{
    return (two_t){(char)given.value, given.tag};
}

long sum(const int *values, size_t count)
{
    long result = 0;
    for (size_t i = 0; i < count; i++) {
        result += values[i];
    }
    return result;
}

int sum_rows(int rows[][2], int count)
{
    return (int)sum(rows[0], 2 * (size_t)count);
}

void fill(unsigned char *buffer, unsigned char byte, size_t count)
{
    memset(buffer, byte, count);
}

unsigned checksum(const unsigned char *data, size_t count)
{
    unsigned result = 0;
    for (size_t i = 0; i < count; i++) {
        result += data[i];
    }
    return result;
}

level_t next_level(level_t level)
{
    return (level_t)(level + 1);
}

struct node *tail(struct node *first)
{
    while (first->next != NULL) {
        first = first->next;
    }
    return first;
}

int total(int count, ...)
{
    va_list rest;
    va_start(rest, count);
    int result = 0;
    for (int i = 0; i < count; i++) {
        result += va_arg(rest, int);
    }
    va_end(rest);
    return result;
}

const char *describe(const struct node *node)
{
    return node->value < 0 ? NULL : "positive";
}

void no_parameters(void)
{
    counter++;
}

int symbol_of_renamed(int n)
{
    return -n;
}

int multiply(int a, int b)
{
    return a * b;
}

int apply(operation *what, int a, int b)
{
    return what(a, b);
}

int fails(int code)
{
    errno = code;
    return -1;
}

void leave(int status, ...)
{
    exit(status);
}
