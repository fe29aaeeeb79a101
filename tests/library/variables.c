/* Data that a library exports, and functions that look at it. */
#include <stddef.h>

typedef struct Point {
    double x;
    double y;
    const char *name;
} Point;

int number = 41;
const int fixed = 7;
int row[4] = {1, 2, 3, 4};
char text[8] = "hello";
const char *words[3] = {"one", "two", NULL};
Point origin = {0.5, 1.5, "origin"};
Point *current = &origin;
extern int missing __attribute__((weak));

int get_number(void)
{
    return number;
}

/* So that `missing` is in the table of symbols. */
int *address_of_missing(void)
{
    return &missing;
}
