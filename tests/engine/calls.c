/* calls.c - zf_call with every scalar type, real library functions, and callees that try to mislead
 * it. */
#define _GNU_SOURCE
#include "check.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

enum { GUARD = 0xa5, BEFORE = 17 }; /* an odd address: a result may lie anywhere */

/* Calls a function that returns its argument, and looks at the bytes around the result too. */
static void check_identity(const char *type, ZfFunction identity, const void *value)
{
    uint8_t room[BEFORE + 32], guards[sizeof room];
    ZfPlan *plan = plan_of(type, type, NULL);
    size_t size = plan->result.type->size;
    memset(room, GUARD, sizeof room);
    memset(guards, GUARD, sizeof guards);
    zf_call(plan, identity, room + BEFORE, &value);
    CHECK(memcmp(room + BEFORE, value, size) == 0);
    CHECK(memcmp(room, guards, BEFORE) == 0);
    CHECK(memcmp(room + BEFORE + size, guards, sizeof room - BEFORE - size) == 0);
    zf_plan_free(plan);
}

#define IDENTITY(name, type, ...)                                                                  \
    static type same_##name(type value)                                                            \
    {                                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static void check_same_##name(void)                                                            \
    {                                                                                              \
        const type values[] = {__VA_ARGS__};                                                       \
        for (size_t i = 0; i < LENGTH(values); i++) {                                              \
            check_identity(#type, FUNCTION(same_##name), &values[i]);                              \
        }                                                                                          \
    }

IDENTITY(bool, bool, false, true)
IDENTITY(char, char, CHAR_MIN, -1, 0, 1, CHAR_MAX)
IDENTITY(signed_char, signed char, SCHAR_MIN, -1, 0, SCHAR_MAX)
IDENTITY(unsigned_char, unsigned char, 0, 0x80, UCHAR_MAX)
IDENTITY(short, short, SHRT_MIN, -1, 0, SHRT_MAX)
IDENTITY(unsigned_short, unsigned short, 0, 0x8000, USHRT_MAX)
IDENTITY(int, int, INT_MIN, -1, 0, INT_MAX)
IDENTITY(unsigned_int, unsigned int, 0, 0x80000000, UINT_MAX)
IDENTITY(long, long, LONG_MIN, -1, 0, LONG_MAX)
IDENTITY(unsigned_long, unsigned long, 0, 1ul << 63, ULONG_MAX)
IDENTITY(long_long, long long, LLONG_MIN, -1, 0, LLONG_MAX)
IDENTITY(unsigned_long_long, unsigned long long, 0, ULLONG_MAX)
IDENTITY(int8, int8_t, INT8_MIN, INT8_MAX)
IDENTITY(uint16, uint16_t, 0, UINT16_MAX)
IDENTITY(int32, int32_t, INT32_MIN, INT32_MAX)
IDENTITY(uint64, uint64_t, 0, UINT64_MAX, 0x0123456789abcdef)
IDENTITY(size, size_t, 0, SIZE_MAX)
IDENTITY(ssize, ssize_t, SSIZE_MAX, -1)
IDENTITY(wchar, wchar_t, L'\0', L'z', WCHAR_MAX)
IDENTITY(float, float, 0.0f, -0.0f, 1.5f, FLT_MAX, FLT_MIN, FLT_TRUE_MIN, INFINITY, -INFINITY)
IDENTITY(double, double, 0.0, -0.0, 1.5, DBL_MAX, DBL_MIN, DBL_TRUE_MIN, INFINITY, -INFINITY)
IDENTITY(pointer, void *, NULL, (void *)UINTPTR_MAX, (void *)0x7f5948ae9a00)
typedef const char *String;
static String same_string(String value)
{
    return value;
}

static void test_identities(void)
{
    check_same_bool();
    check_same_char();
    check_same_signed_char();
    check_same_unsigned_char();
    check_same_short();
    check_same_unsigned_short();
    check_same_int();
    check_same_unsigned_int();
    check_same_long();
    check_same_unsigned_long();
    check_same_long_long();
    check_same_unsigned_long_long();
    check_same_int8();
    check_same_uint16();
    check_same_int32();
    check_same_uint64();
    check_same_size();
    check_same_ssize();
    check_same_wchar();
    check_same_float();
    check_same_double();
    check_same_pointer();
    String text = "text";
    check_identity("const char *", FUNCTION(same_string), &text);
}

/* Every payload of a NaN survives, quiet or not: the value is moved, never computed with. */
static void test_nan_payloads(void)
{
    static const uint64_t doubles[] = {0x7ff8000000000000, 0x7ff8dead0000beef, 0x7ff0000000000001,
                                       0xfff4000000000000};
    static const uint32_t floats[] = {0x7fc00000, 0x7fc0beef, 0x7f800001, 0xffa00000};
    for (size_t i = 0; i < LENGTH(doubles); i++) {
        check_identity("double", FUNCTION(same_double), &doubles[i]);
        check_identity("float", FUNCTION(same_float), &floats[i]);
    }
}

/* -- Results ----------------------------------------------------------------------------------- */

static uint64_t returned_word;

static uint64_t return_word(void)
{
    return returned_word;
}

/* A callee promises nothing of the bits of rax above its result. */
static void check_narrow(const char *type, uint64_t word, uint64_t expected)
{
    uint64_t result = 0;
    ZfPlan *plan = plan_of(type, NULL);
    returned_word = word;
    zf_call(plan, FUNCTION(return_word), &result, NULL);
    CHECK_EQUAL(result, expected);
    zf_plan_free(plan);
}

static void test_dirty_results(void)
{
    check_narrow("bool", 0x7f5948ae9a00, 0);
    check_narrow("bool", 0x7f5948ae9a01, 1);
    check_narrow("int8_t", 0x7f5948ae9a80, 0x80);
    check_narrow("uint8_t", 0x7f5948ae9a80, 0x80);
    check_narrow("int16_t", 0x7f5948ae9a80, 0x9a80);
    check_narrow("uint16_t", 0x7f5948ae9a80, 0x9a80);
    check_narrow("int32_t", 0x7f5948ae9a80, 0x48ae9a80);
    check_narrow("uint32_t", 0x7f5948ae9a80, 0x48ae9a80);
    check_narrow("int64_t", 0x7f5948ae9a80, 0x7f5948ae9a80);
    check_narrow("void *", 0x7f5948ae9a80, 0x7f5948ae9a80);
}

static int times_called;

static void count_call(void)
{
    times_called++;
}

static void test_no_result(void)
{
    uint8_t guard = GUARD;
    ZfPlan *plan = plan_of("void", NULL);
    times_called = 0;
    zf_call(plan, FUNCTION(count_call), &guard, NULL);
    zf_call(plan, FUNCTION(count_call), NULL, NULL);
    CHECK_EQUAL(guard, GUARD);
    zf_plan_free(plan);
    plan = plan_of("double", NULL);
    zf_call(plan, FUNCTION(count_call), NULL, NULL); /* a result that nobody wants */
    CHECK_EQUAL(times_called, 3);
    zf_plan_free(plan);
}

/* The values and the result lie at the very end of a page, with nothing readable behind. */
static void test_page_end(void)
{
    static const struct {
        const char *type;
        ZfFunction identity;
    } cases[] = {
        {"bool", FUNCTION(same_bool)},
        {"char", FUNCTION(same_char)},
        {"unsigned char", FUNCTION(same_unsigned_char)},
        {"short", FUNCTION(same_short)},
        {"unsigned short", FUNCTION(same_unsigned_short)},
        {"int", FUNCTION(same_int)},
        {"unsigned int", FUNCTION(same_unsigned_int)},
        {"long", FUNCTION(same_long)},
        {"float", FUNCTION(same_float)},
        {"double", FUNCTION(same_double)},
        {"void *", FUNCTION(same_pointer)},
    };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(pages != MAP_FAILED);
    CHECK(mprotect(pages + page, page, PROT_NONE) == 0 &&
          mprotect(pages + 3 * page, page, PROT_NONE) == 0);
    for (size_t i = 0; i < LENGTH(cases); i++) {
        ZfPlan *plan = plan_of(cases[i].type, cases[i].type, NULL);
        size_t size = plan->result.type->size;
        const void *value = pages + page - size;
        char *result = pages + 3 * page - size;
        memset(pages, 1, page);
        memset(pages + 2 * page, 0, page);
        zf_call(plan, cases[i].identity, result, &value);
        CHECK(memcmp(result, value, size) == 0);
        zf_plan_free(plan);
    }
    munmap(pages, 4 * page);
}

/* -- Real functions ---------------------------------------------------------------------------- */

static void test_library_functions(void)
{
    double three = 3, four = 4, number = 0;
    ZfPlan *plan = plan_of("double", "double", "double", NULL);
    zf_call(plan, FUNCTION((double (*)(double, double))hypot), &number,
            (const void *[]){&three, &four});
    CHECK(number == 5);
    zf_plan_free(plan);

    int minus = -42, absolute = 0;
    plan = plan_of("int", "int", NULL);
    zf_call(plan, FUNCTION(abs), &absolute, (const void *[]){&minus});
    CHECK_EQUAL(absolute, 42);
    zf_plan_free(plan);

    const char *text = "Hello, world!";
    size_t length = 0;
    plan = plan_of("size_t", "const char *", NULL);
    zf_call(plan, FUNCTION(strlen), &length, (const void *[]){&text});
    CHECK_EQUAL(length, 13);
    zf_plan_free(plan);

    pid_t process = 0;
    plan = plan_of("int", NULL);
    zf_call(plan, FUNCTION(getpid), &process, NULL);
    CHECK_EQUAL(process, getpid());
    zf_plan_free(plan);

    float whole = 0, fraction = 0, given = 2.75f;
    float *whole_at = &whole;
    plan = plan_of("float", "float", "void *", NULL);
    zf_call(plan, FUNCTION((float (*)(float, float *))modff), &fraction,
            (const void *[]){&given, &whole_at});
    CHECK(fraction == 0.75f && whole == 2.0f);
    zf_plan_free(plan);
}

static void set_errno(int value)
{
    errno = value;
}

static void test_errno_survives(void)
{
    int value = EPIPE;
    ZfPlan *plan = plan_of("void", "int", NULL);
    errno = 0;
    zf_call(plan, FUNCTION(set_errno), NULL, (const void *[]){&value});
    CHECK_EQUAL(errno, EPIPE);
    zf_plan_free(plan);
}

/* -- Nesting and stacks
 * -------------------------------------------------------------------------------------------- */

static ZfPlan *nested_plan;

/* Calls itself through the engine, with an argument on the stack. */
static long nest(long depth, long a, long b, long c, long d, long e, long marker)
{
    long result = 0;
    if (depth > 0) {
        long less = depth - 1, next = marker + 1;
        zf_call(nested_plan, FUNCTION(nest), &result,
                (const void *[]){&less, &a, &b, &c, &d, &e, &next});
    }
    return result + marker;
}

static void test_nested_calls(void)
{
    static const char *const names[] = {"long"};
    long depth = 100, zero = 0, marker = 1, result = 0;
    nested_plan = plan_repeating("long", 7, 1, names);
    zf_call(nested_plan, FUNCTION(nest), &result,
            (const void *[]){&depth, &zero, &zero, &zero, &zero, &zero, &marker});
    CHECK_EQUAL(result, 101 * 102 / 2);
    zf_plan_free(nested_plan);
}

enum { FRAME = 256 * 1024 };

static long touch_big_frame(long seed)
{
    volatile char frame[FRAME];
    long sum = 0;
    for (size_t i = 0; i < sizeof frame; i += 1024) {
        frame[i] = (char)(seed + (long)(i / 1024));
        sum += frame[i];
    }
    return sum;
}

static void *call_big_frame(void *result)
{
    long seed = 3;
    ZfPlan *plan = plan_of("long", "long", NULL);
    zf_call(plan, FUNCTION(touch_big_frame), result, (const void *[]){&seed});
    zf_plan_free(plan);
    return NULL;
}

/* A call takes no more stack than its callee needs: it runs on the thread's own. */
static void test_small_stack(void)
{
    pthread_attr_t attributes;
    pthread_t thread;
    long result = 0;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, FRAME + 128 * 1024);
    CHECK(pthread_create(&thread, &attributes, call_big_frame, &result) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    CHECK_EQUAL(result, touch_big_frame(3));
}

void test_calls(void)
{
    test_identities();
    test_nan_payloads();
    test_dirty_results();
    test_no_result();
    test_page_end();
    test_library_functions();
    test_errno_survives();
    test_nested_calls();
    test_small_stack();
}
