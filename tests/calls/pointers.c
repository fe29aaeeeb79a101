/* pointers.c - pointers in and out: to data, to text, to functions, and NULL. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static int numbers[] = {2, 3, 5, 7, 11};
static int times_called;

void *same_pointer(void *pointer)
{
    return pointer;
}

int is_null(const void *pointer)
{
    return pointer == NULL;
}

int *address_of_number(size_t index)
{
    return index < sizeof numbers / sizeof *numbers ? &numbers[index] : NULL;
}

int read_number(const int *number)
{
    return *number;
}

void write_number(int *number, int value)
{
    *number = value;
}

/* NULL, the empty string and a string of length 1 are three different things. */
int length_or_null(const char *text)
{
    return text == NULL ? -1 : (int)strlen(text);
}

const char *text_by_kind(int kind)
{
    return kind == 0 ? NULL : kind == 1 ? "" : "text";
}

void fill(char *to, size_t size, char with)
{
    memset(to, with, size);
}

static int add(int a, int b)
{
    return a + b;
}

static double multiply(double a, double b)
{
    return a * b;
}

typedef void (*Function)(void);

Function function_by_name(const char *name)
{
    return strcmp(name, "add") == 0        ? (Function)add
           : strcmp(name, "multiply") == 0 ? (Function)multiply
                                           : NULL;
}

void call_me(void)
{
    times_called++;
}

int times_i_was_called(void)
{
    return times_called;
}
