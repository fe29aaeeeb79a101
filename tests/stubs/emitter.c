/* emitter.c - stubs, run on objects of our own: by every way in which interpreters differ, what a
 * stub takes arrives whole, and what it does not take goes to the generic entry as it was given. */
#include "objects.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { MANY = 10 };

static const Interpreter interpreters[] = {
    {false, false, false}, /* as CPython 3.11, */
    {true, true, false},   /* 3.12, */
    {true, true, true},    /* and without a GIL */
};

static const unsigned ways[] = {0, ZF_STUB_RELEASE, ZF_STUB_ERRNO,
                                ZF_STUB_RELEASE | ZF_STUB_ERRNO | ZF_STUB_ERRNO_CLEAR};

static const ZfType *type_of(const char *name)
{
    const ZfType *type = zf_type_find(name);
    if (type == NULL) {
        abort();
    }
    return type;
}

/* -- Functions that stubs call ----------------------------------------------------------------- */

/* What comes back, with dirt behind it. */
static uint64_t result = 0x8877665544332211;
static double result_number = 1.5;

static void record(const uint64_t *words, size_t count)
{
    note('F');
    events.inside = (int64_t)word_of(&target, model.target_inside);
    memcpy(events.words, words, count * sizeof *words);
}

static uint64_t one_word(uint64_t a)
{
    record(&a, 1);
    return result;
}

static uint64_t many_words(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                           uint64_t g, uint64_t h, uint64_t i, uint64_t j)
{
    record((const uint64_t[]){a, b, c, d, e, f, g, h, i, j}, MANY);
    return result;
}

static double many_doubles(double a, double b, double c, double d, double e, double f, double g,
                           double h, double i, double j)
{
    note('F');
    memcpy(events.numbers, (const double[]){a, b, c, d, e, f, g, h, i, j}, sizeof(double[MANY]));
    return result_number;
}

static double many_floats(float a, float b, float c, float d, float e, float f, float g, float h,
                          float i, float j)
{
    return many_doubles(a, b, c, d, e, f, g, h, i, j);
}

static float give_float(void)
{
    note('F');
    return (float)result_number;
}

static double give_double(void)
{
    note('F');
    return result_number;
}

static uint64_t closes(uint64_t a)
{
    close_target();
    return one_word(a);
}

/* -- Stubs ------------------------------------------------------------------------------------- */

/* A stub for `count` arguments of one kind. */
static void *run_alike(unsigned take, const char *type, size_t count, unsigned options,
                       void (*function)(void), Object *const *given, int64_t given_count)
{
    const ZfType *types[MANY];
    ZfStubSpec spec = {.options = options | (count == 1 ? ZF_STUB_ONE : 0), .give = ZF_GIVE_INT64};
    for (size_t i = 0; i < count; i++) {
        types[i] = type_of(type);
        spec.takes[i] = (uint8_t)take;
    }
    ZfPlan *plan;
    ZfPrototype prototype = {type_of("long long"), count, types, SIZE_MAX};
    if (zf_plan_make(zf_abi_default(), &prototype, &plan, NULL, NULL) != ZF_OK) {
        abort();
    }
    spec.plan = plan;
    void *made = run_stub(&spec, function, given, given_count);
    zf_plan_free(plan);
    return made;
}

/* One value among others in each place, alone, and where arguments wait. */
static void each_place(void (*check)(size_t count, size_t place, unsigned way, const void *what),
                       const void *what)
{
    static const size_t places[] = {0, 5, 9};
    for (size_t way = 0; way < LENGTH(ways); way++) {
        check(1, 0, ways[way], what);
        for (size_t i = 0; i < LENGTH(places); i++) {
            check(MANY, places[i], ways[way], what);
        }
    }
}

static void check_generic(size_t count, Object *const *given)
{
    const void *seen = count == 1 ? (const void *)given[0] : given;
    CHECK(events.is_generic && events.order[0] == '\0', "'%s'", events.order);
    CHECK(events.generic_self == &target && events.generic_given == seen, "other arguments");
    CHECK(count == 1 || events.generic_count == (int64_t)count, "%" PRId64, events.generic_count);
    CHECK(word_of(&target, model.target_inside) == 0, "the call is still counted");
}

static void check_order(unsigned way)
{
    char order[16] = "";
    strcat(order, way & ZF_STUB_RELEASE ? "S" : "");
    strcat(order, way & ZF_STUB_ERRNO_CLEAR ? "C" : way & ZF_STUB_ERRNO ? "E" : "");
    strcat(order, "F");
    strcat(order, way & ZF_STUB_ERRNO ? "L" : "");
    strcat(order, way & ZF_STUB_RELEASE ? "R" : "");
    CHECK(strncmp(events.order, order, strlen(order)) == 0, "'%s', not '%s...'", events.order,
          order);
    CHECK(word_of(&target, model.target_inside) == 0, "the call is still counted");
}

/* -- Integers ---------------------------------------------------------------------------------- */

typedef struct Kind {
    unsigned take;
    const char *type;
    bool is_signed;
    unsigned bits;
} Kind;

static const Kind kinds[] = {
    {ZF_TAKE_INT8, "signed char", true, 8}, {ZF_TAKE_UINT8, "unsigned char", false, 8},
    {ZF_TAKE_INT16, "short", true, 16},     {ZF_TAKE_UINT16, "unsigned short", false, 16},
    {ZF_TAKE_INT32, "int", true, 32},       {ZF_TAKE_UINT32, "unsigned int", false, 32},
    {ZF_TAKE_INT64, "long long", true, 64}, {ZF_TAKE_UINT64, "unsigned long long", false, 64},
    {ZF_TAKE_POINTER, "void *", false, 64},
};

typedef struct Integer {
    const Kind *kind;
    Object object;
    bool is_taken;
    uint64_t value;
} Integer;

static void check_integer(size_t count, size_t place, unsigned way, const void *what)
{
    Integer integer = *(const Integer *)what;
    Object seven = make_int(false, 1, 7, 0), *given[MANY];
    for (size_t i = 0; i < count; i++) {
        given[i] = i == place ? &integer.object : &seven;
    }
    run_alike(integer.kind->take, integer.kind->type, count, way,
              count == 1 ? (void (*)(void))one_word : (void (*)(void))many_words, given,
              (int64_t)count);
    if (!integer.is_taken) {
        check_generic(count, given);
        return;
    }
    check_order(way);
    CHECK(events.inside == 1, "%" PRId64, events.inside);
    for (size_t i = 0; i < count; i++) {
        uint64_t expected = i == place ? integer.value : 7;
        /* Only as much of it as the type has is promised. */
        uint64_t mask = UINT64_MAX >> (64 - integer.kind->bits);
        CHECK(((events.words[i] ^ expected) & mask) == 0,
              "%s %zu of %zu: %" PRIx64 ", not %" PRIx64, integer.kind->type, i, count,
              events.words[i], expected);
    }
    CHECK(events.boxed == result, "%" PRIx64, events.boxed);
}

static bool is_in_range(const Kind *kind, bool is_negative, uint64_t size)
{
    uint64_t half = UINT64_C(1) << (kind->bits - 1);
    if (is_negative) {
        return kind->is_signed && size <= half;
    }
    return kind->is_signed ? size < half : size <= half - 1 + half;
}

static void test_integers(void)
{
    static const uint64_t sizes[] = {0,
                                     1,
                                     127,
                                     128,
                                     129,
                                     255,
                                     256,
                                     32767,
                                     32768,
                                     65535,
                                     65536,
                                     (1 << 30) - 1,
                                     1 << 30,
                                     INT32_MAX,
                                     INT32_MAX + UINT64_C(1),
                                     UINT32_MAX,
                                     UINT32_MAX + UINT64_C(1),
                                     0x7fffdeadbeef,
                                     (UINT64_C(1) << 60) - 1};
    for (size_t i = 0; i < LENGTH(kinds) * LENGTH(sizes) * 2; i++) {
        const Kind *kind = &kinds[i / 2 / LENGTH(sizes)];
        uint64_t size = sizes[i / 2 % LENGTH(sizes)];
        bool is_negative = i % 2 == 1 && size != 0;
        uint32_t low = size & ((1 << 30) - 1), high = (uint32_t)(size >> 30);
        uint64_t count = high != 0 ? 2 : size != 0;
        Integer integer = {kind, make_int(is_negative, count, low, high),
                           is_in_range(kind, is_negative, size), is_negative ? -size : size};
        each_place(check_integer, &integer);
    }
}

/* Three digits, and more than anybody has: the lower half of the header may be that of a small
 * one. A type that is no int. */
static void test_odd_integers(void)
{
    static const uint64_t counts[] = {
        3, 4, 1 << 29, (1 << 29) + 1, (1 << 29) + 2, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 1};
    for (size_t i = 0; i < LENGTH(kinds) * LENGTH(counts) * 2; i++) {
        const Kind *kind = &kinds[i / 2 / LENGTH(counts)];
        Integer integer = {kind, make_int(i % 2, counts[i / 2 % LENGTH(counts)], 5, 0), false, 0};
        each_place(check_integer, &integer);
    }
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        Integer boolean = {&kinds[i], yes, true, 1}, of_type = {&kinds[i], int_type, false, 0};
        each_place(check_integer, &boolean);
        if (kinds[i].take != ZF_TAKE_POINTER) { /* which asks more types than there are here */
            each_place(check_integer, &of_type);
        }
    }
}

/* -- Floating point ---------------------------------------------------------------------------- */

typedef struct Real {
    bool is_float;
    Object object;
    bool is_taken;
    double value;
} Real;

static void check_real(size_t count, size_t place, unsigned way, const void *what)
{
    Real real = *(const Real *)what;
    Object half = make_float(0.5), *given[MANY];
    for (size_t i = 0; i < MANY; i++) {
        given[i] = i == place ? &real.object : &half;
    }
    if (count == 1) { /* is not different */
        return;
    }
    run_alike(real.is_float ? ZF_TAKE_FLOAT : ZF_TAKE_DOUBLE, real.is_float ? "float" : "double",
              MANY, way, real.is_float ? (void (*)(void))many_floats : (void (*)(void))many_doubles,
              given, MANY);
    if (!real.is_taken) {
        check_generic(MANY, given);
        return;
    }
    check_order(way);
    for (size_t i = 0; i < MANY; i++) {
        double expected = i == place ? real.value : 0.5;
        CHECK(memcmp(&events.numbers[i], &expected, sizeof expected) == 0, "%zu: %g, not %g", i,
              events.numbers[i], expected);
    }
}

static void test_reals(void)
{
    static const double values[] = {0.0,     -0.0,     1.25,    -1e300,  1e39,
                                    FLT_MAX, -FLT_MAX, DBL_MIN, INFINITY};
    for (size_t i = 0; i < LENGTH(values) * 2; i++) {
        double value = values[i / 2];
        bool is_float = i % 2 == 1, is_finite = fabs(value) <= FLT_MAX;
        Real real = {is_float, make_float(value), !is_float || is_finite,
                     is_float && is_finite ? (double)(float)value : value};
        each_place(check_real, &real);
        Real zero = {is_float, make_int(false, 0, 0, 0), true, 0};
        Real negative = {is_float, make_int(true, 1, 12345, 0), true, -12345};
        Real two = {is_float, make_int(false, 2, 1, 1), false, 0};
        Real none_at_all = {is_float, none, false, 0};
        each_place(check_real, &zero);
        each_place(check_real, &negative);
        each_place(check_real, &two);
        each_place(check_real, &none_at_all);
    }
}

/* -- Other arguments --------------------------------------------------------------------------- */

static void check_word(unsigned take, const char *type, Object *object, bool is_taken,
                       uint64_t value, uint64_t mask)
{
    Object *const given[] = {object};
    run_alike(take, type, 1, 0, (void (*)(void))one_word, given, 1);
    if (is_taken) {
        CHECK(((events.words[0] ^ value) & mask) == 0, "%s: %" PRIx64, type, events.words[0]);
        CHECK(!events.is_generic, "%s", type);
    } else {
        check_generic(1, given);
    }
}

static void test_others(void)
{
    Object small = make_int(false, 1, 1, 0);
    check_word(ZF_TAKE_BOOL, "bool", &yes, true, 1, 0xff);
    check_word(ZF_TAKE_BOOL, "bool", &no, true, 0, 0xff);
    check_word(ZF_TAKE_BOOL, "bool", &small, false, 0, 0);
    check_word(ZF_TAKE_POINTER, "void *", &none, true, 0, UINT64_MAX);
    check_word(ZF_TAKE_STRING, "void *", &none, true, 0, UINT64_MAX);
    Object letter = make_bytes("\xe9", 1), two = make_bytes("ab", 2);
    check_word(ZF_TAKE_CHAR, "char", &letter, true, 0xe9, 0xff);
    check_word(ZF_TAKE_CHAR, "char", &two, false, 0, 0);
    check_word(ZF_TAKE_CHAR, "char", &none, false, 0, 0);
    check_word(ZF_TAKE_CONST_POINTER, "void *", &two, true,
               (uintptr_t)(two.bytes + model.bytes_data), UINT64_MAX);
}

/* Of every length, and with a NUL at every place. */
static void test_strings(void)
{
    for (size_t length = 0; length <= 50; length++) {
        char text[64] = {0};
        memset(text, 'x', length);
        Object whole = make_bytes(text, length);
        uint64_t data = (uintptr_t)(whole.bytes + model.bytes_data);
        check_word(ZF_TAKE_STRING, "void *", &whole, true, data, UINT64_MAX);
        for (size_t place = 0; place < length; place++) {
            text[place] = '\0';
            Object broken = make_bytes(text, length);
            check_word(ZF_TAKE_STRING, "void *", &broken, false, 0, 0);
            text[place] = 'x';
        }
    }
}

/* -- Results ----------------------------------------------------------------------------------- */

static void *run_giving(ZfGive give, const char *type, unsigned options, void (*function)(void))
{
    ZfPlan *plan;
    ZfPrototype prototype = {type_of(type), 0, NULL, SIZE_MAX};
    if (zf_plan_make(zf_abi_default(), &prototype, &plan, NULL, NULL) != ZF_OK) {
        abort();
    }
    ZfStubSpec spec = {.plan = plan, .options = options, .give = (uint8_t)give};
    void *made = run_stub(&spec, function, NULL, 0);
    zf_plan_free(plan);
    return made;
}

static void check_boxed(ZfGive give, const char *type, uint64_t word, char letter, uint64_t boxed)
{
    for (size_t i = 0; i < LENGTH(ways); i++) {
        result = word;
        void *made = run_giving(give, type, ways[i], (void (*)(void))one_word);
        check_order(ways[i]);
        CHECK(made == &other_type && events.order[strlen(events.order) - 1] == letter, "%s: '%s'",
              type, events.order);
        CHECK(events.boxed == boxed, "%s: %" PRIx64 ", not %" PRIx64, type, events.boxed, boxed);
        CHECK(run_giving(give, type, ways[i] | ZF_STUB_GUARD, (void (*)(void))one_word) ==
                  &other_type,
              "%s", type);
        CHECK(events.order[strlen(events.order) - 1] == 'g' && events.boxed == word, "%s", type);
    }
    result = 0x8877665544332211;
}

/* An object that is returned as it is, which counts. */
static void check_same(ZfGive give, const char *type, uint64_t word, const void *expected)
{
    for (size_t i = 0; i < LENGTH(ways); i++) {
        uint64_t before, after;
        memcpy(&before, expected, sizeof before);
        result = word;
        const void *made = run_giving(give, type, ways[i], (void (*)(void))one_word);
        memcpy(&after, expected, sizeof after);
        check_order(ways[i]);
        CHECK(made == expected, "%s %" PRIx64, type, word);
        CHECK(after == before + !model.is_immortal, "%s: %" PRIu64 " references", type, after);
    }
    result = 0x8877665544332211;
}

static void test_results(void)
{
    const uint64_t word = 0x8877665583a4c5e6;
    check_boxed(ZF_GIVE_INT8, "signed char", word, 'i', (uint64_t)(int8_t)0xe6);
    check_boxed(ZF_GIVE_UINT8, "unsigned char", word, 'i', 0xe6);
    check_boxed(ZF_GIVE_INT16, "short", word, 'i', (uint64_t)(int16_t)0xc5e6);
    check_boxed(ZF_GIVE_UINT16, "unsigned short", word, 'i', 0xc5e6);
    check_boxed(ZF_GIVE_INT32, "int", word, 'i', (uint64_t)(int32_t)0x83a4c5e6);
    check_boxed(ZF_GIVE_UINT32, "unsigned int", word, 'i', 0x83a4c5e6);
    check_boxed(ZF_GIVE_INT64, "long long", word, 'i', word);
    check_boxed(ZF_GIVE_UINT64, "unsigned long long", word, 'u', word);
    check_boxed(ZF_GIVE_UINT64, "unsigned long long", word >> 1, 'i', word >> 1);
    check_boxed(ZF_GIVE_POINTER, "void *", word >> 1, 'i', word >> 1);
    check_boxed(ZF_GIVE_ANY, "void *", word, 'b', word);
    check_same(ZF_GIVE_VOID, "void", word, &none);
    check_same(ZF_GIVE_POINTER, "void *", 0, &none);
    check_same(ZF_GIVE_BOOL, "bool", word, &yes);
    check_same(ZF_GIVE_BOOL, "bool", word & ~UINT64_C(0xff), &no);
    for (int value = -ZF_SMALL_BELOW; value < 10; value++) {
        uint64_t low = (uint32_t)value | word << 32;
        if (value < 10 - ZF_SMALL_BELOW) { /* the others are there, but are not asked for */
            check_same(ZF_GIVE_INT32, "int", low, small_int(value));
        }
        if (value >= 0) {
            check_same(ZF_GIVE_UINT64, "unsigned long long", (uint64_t)value, small_int(value));
        }
    }
    check_boxed(ZF_GIVE_INT64, "long long", 10, 'i', 10);
    check_boxed(ZF_GIVE_INT64, "long long", -UINT64_C(6), 'i', -UINT64_C(6));
    check_boxed(ZF_GIVE_UINT64, "unsigned long long", -UINT64_C(5), 'u', -UINT64_C(5));
    for (size_t i = 0; i < LENGTH(ways); i++) {
        run_giving(ZF_GIVE_DOUBLE, "double", ways[i], (void (*)(void))give_double);
        CHECK(events.boxed_number == result_number, "%g", events.boxed_number);
        run_giving(ZF_GIVE_FLOAT, "float", ways[i], (void (*)(void))give_float);
        CHECK(events.boxed_number == result_number, "%g", events.boxed_number);
    }
}

/* -- Calls that are none ----------------------------------------------------------------------- */

static void test_arity(void)
{
    static const int64_t counts[] = {0, 1, MANY - 1, MANY + 1, -1, INT64_C(1) << 32 | MANY};
    Object seven = make_int(false, 1, 7, 0), *given[MANY];
    for (size_t i = 0; i < MANY; i++) {
        given[i] = &seven;
    }
    for (size_t i = 0; i < LENGTH(counts); i++) {
        run_alike(ZF_TAKE_INT32, "int", MANY, 0, (void (*)(void))many_words, given, counts[i]);
        CHECK(events.is_generic && events.generic_count == counts[i], "%" PRId64, counts[i]);
        CHECK(events.generic_self == &target && events.generic_given == given, "other arguments");
    }
}

/* Before the call, which can be only without a GIL; or during it. */
static void test_closing(void)
{
    Object seven = make_int(false, 1, 7, 0), *const given[] = {&seven};
    for (size_t i = 0; i < LENGTH(ways); i++) {
        if (model.is_free_threaded) {
            run_alike(ZF_TAKE_INT32, "int", 1, ways[i], NULL, given, 1);
            check_generic(1, given);
        }
        run_alike(ZF_TAKE_INT32, "int", 1, ways[i], (void (*)(void))closes, given, 1);
        CHECK(events.order[strlen(events.order) - 1] == 'l' && events.boxed == result, "'%s'",
              events.order);
        CHECK(word_of(&target, model.target_inside) == UINT64_C(1) << 63, "%" PRIx64,
              word_of(&target, model.target_inside));
    }
}

void test_keys(void);

int main(void)
{
    for (size_t i = 0; i < LENGTH(interpreters); i++) {
        use_interpreter(interpreters[i]);
        test_integers();
        test_odd_integers();
        test_reals();
        test_others();
        test_strings();
        test_results();
        test_arity();
        test_closing();
    }
    test_keys();
    printf("%lu checks, %lu failures\n", check_count, check_failures);
    return check_failures != 0;
}
