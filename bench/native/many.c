/* many.c - ten thousand exported functions to bind: many_0000 to many_9999. They are names of one
 * that does nothing, since nobody calls them. */

#define REPEAT_10(macro, n)                                                                        \
    macro(n##0) macro(n##1) macro(n##2) macro(n##3) macro(n##4) macro(n##5) macro(n##6)            \
        macro(n##7) macro(n##8) macro(n##9)
#define REPEAT_100(macro, n)                                                                       \
    REPEAT_10(macro, n##0)                                                                         \
    REPEAT_10(macro, n##1)                                                                         \
    REPEAT_10(macro, n##2)                                                                         \
    REPEAT_10(macro, n##3)                                                                         \
    REPEAT_10(macro, n##4)                                                                         \
    REPEAT_10(macro, n##5)                                                                         \
    REPEAT_10(macro, n##6)                                                                         \
    REPEAT_10(macro, n##7)                                                                         \
    REPEAT_10(macro, n##8)                                                                         \
    REPEAT_10(macro, n##9)
#define REPEAT_1000(macro, n)                                                                      \
    REPEAT_100(macro, n##0)                                                                        \
    REPEAT_100(macro, n##1)                                                                        \
    REPEAT_100(macro, n##2)                                                                        \
    REPEAT_100(macro, n##3)                                                                        \
    REPEAT_100(macro, n##4)                                                                        \
    REPEAT_100(macro, n##5)                                                                        \
    REPEAT_100(macro, n##6)                                                                        \
    REPEAT_100(macro, n##7)                                                                        \
    REPEAT_100(macro, n##8)                                                                        \
    REPEAT_100(macro, n##9)
#define NAME(n) void many_##n(void) __attribute__((alias("nothing")));

void nothing(void)
{
}

REPEAT_1000(NAME, 0)
REPEAT_1000(NAME, 1)
REPEAT_1000(NAME, 2)
REPEAT_1000(NAME, 3)
REPEAT_1000(NAME, 4)
REPEAT_1000(NAME, 5)
REPEAT_1000(NAME, 6)
REPEAT_1000(NAME, 7)
REPEAT_1000(NAME, 8)
REPEAT_1000(NAME, 9)
