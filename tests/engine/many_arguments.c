/* many_arguments.c - calls whose arguments fill the registers and go on on the stack. Each position
 * has a weight of its own, so that two arguments in each other's place change the result. */
#include "check.h"

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
#define REPEAT_1000(macro)                                                                         \
    REPEAT_100(macro, 0)                                                                           \
    REPEAT_100(macro, 1)                                                                           \
    REPEAT_100(macro, 2)                                                                           \
    REPEAT_100(macro, 3)                                                                           \
    REPEAT_100(macro, 4)                                                                           \
    REPEAT_100(macro, 5)                                                                           \
    REPEAT_100(macro, 6)                                                                           \
    REPEAT_100(macro, 7)                                                                           \
    REPEAT_100(macro, 8)                                                                           \
    REPEAT_100(macro, 9)

#define WORD(n)     uint64_t w##n,
#define ADD_WORD(n) sum += w##n * ++weight;
#define PAIR(n)     uint64_t w##n, double d##n,
#define ADD_PAIR(n) sum += (double)w##n * ++weight, sum += d##n * ++weight;
#define MIX(n)      int8_t a##n, double b##n, uint16_t c##n, float d##n, void *e##n, bool f##n,
#define ADD_MIX(n)                                                                                 \
    sum += a##n * ++weight, sum += b##n * ++weight, sum += c##n * ++weight,                        \
        sum += (double)d##n * ++weight, sum += (double)(uintptr_t)e##n * ++weight,                 \
        sum += f##n * ++weight;

static uint64_t weigh_11(REPEAT_10(WORD, ) uint64_t last)
{
    uint64_t sum = 0, weight = 0;
    REPEAT_10(ADD_WORD, )
    return sum + last * ++weight;
}

static uint64_t weigh_101(REPEAT_100(WORD, ) uint64_t last)
{
    uint64_t sum = 0, weight = 0;
    REPEAT_100(ADD_WORD, )
    return sum + last * ++weight;
}

static uint64_t weigh_1001(REPEAT_1000(WORD) uint64_t last)
{
    uint64_t sum = 0, weight = 0;
    REPEAT_1000(ADD_WORD)
    return sum + last * ++weight;
}

static double weigh_21_mixed(REPEAT_10(PAIR, ) uint64_t last)
{
    double sum = 0, weight = 0;
    REPEAT_10(ADD_PAIR, )
    return sum + (double)last * ++weight;
}

static double weigh_201_mixed(REPEAT_100(PAIR, ) uint64_t last)
{
    double sum = 0, weight = 0;
    REPEAT_100(ADD_PAIR, )
    return sum + (double)last * ++weight;
}

static double weigh_61_kinds(REPEAT_10(MIX, ) int8_t last)
{
    double sum = 0, weight = 0;
    REPEAT_10(ADD_MIX, )
    return sum + last * ++weight;
}

static void check_words(ZfFunction function, size_t count)
{
    static const char *const names[] = {"uint64_t"};
    static uint64_t values[ZF_MAX_ARGUMENTS];
    static const void *arguments[ZF_MAX_ARGUMENTS];
    uint64_t state = count, sum = 0, result = 0;
    for (size_t i = 0; i < count; i++) {
        values[i] = random_next(&state) * 0x9e3779b97f4a7c15;
        arguments[i] = &values[i];
        sum += values[i] * (i + 1);
    }
    ZfPlan *plan = plan_repeating("uint64_t", count, 1, names);
    zf_call(plan, function, &result, arguments);
    CHECK_EQUAL(result, sum);
    zf_plan_free(plan);
}

static void check_pairs(ZfFunction function, size_t count)
{
    static const char *const names[] = {"uint64_t", "double"};
    static union {
        uint64_t word;
        double number;
    } values[ZF_MAX_ARGUMENTS];
    static const void *arguments[ZF_MAX_ARGUMENTS];
    double sum = 0, result = 0;
    for (size_t i = 0; i < count; i++) {
        double value = (double)(i * i + 7);
        if (i % 2 == 0) {
            values[i].word = i * i + 7;
        } else {
            values[i].number = value;
        }
        arguments[i] = &values[i];
        sum += value * (double)(i + 1);
    }
    ZfPlan *plan = plan_repeating("double", count, 2, names);
    zf_call(plan, function, &result, arguments);
    CHECK(result == sum);
    zf_plan_free(plan);
}

/* Narrow, floating and pointer arguments by turns, most of them on the stack. */
static void test_kinds(void)
{
    static const char *const names[] = {"int8_t", "double", "uint16_t", "float", "void *", "bool"};
    static const int8_t narrow = -100;
    static const double number = -0.5;
    static const uint16_t word = 65000;
    static const float single = 1.25f;
    static void *const pointer = (void *)4096;
    static const bool truth = true;
    static const void *const kinds[] = {&narrow, &number, &word, &single, &pointer, &truth};
    static const double as_numbers[] = {-100, -0.5, 65000, 1.25, 4096, 1};
    const void *arguments[61];
    double sum = 0, result = 0;
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        arguments[i] = kinds[i % LENGTH(kinds)];
        sum += as_numbers[i % LENGTH(kinds)] * (double)(i + 1);
    }
    ZfPlan *plan = plan_repeating("double", LENGTH(arguments), LENGTH(names), names);
    zf_call(plan, FUNCTION(weigh_61_kinds), &result, arguments);
    CHECK(result == sum);
    zf_plan_free(plan);
}

void test_many_arguments(void)
{
    check_words(FUNCTION(weigh_11), 11);
    check_words(FUNCTION(weigh_101), 101);
    check_words(FUNCTION(weigh_1001), 1001);
    check_pairs(FUNCTION(weigh_21_mixed), 21);
    check_pairs(FUNCTION(weigh_201_mixed), 201);
    test_kinds();
}
