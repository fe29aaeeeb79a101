/* registers.c - what a callee finds in the registers and on the stack, and what its caller finds
 * there afterwards. */
#include "check.h"

/* capture.S and preserved.S */
void capture(void);
const uint64_t *captured(void);
void clobber(void);
void entry_sp(void);
void aligned_frame(void);
unsigned changed_registers(void (*run)(void *context), void *context);

enum { XMM = 6, RAX = 22, RSP = 23, FLAGS = 24, MXCSR = 25, X87 = 26, STACK = 30 };
enum {
    DIRECTION_FLAG = 0x400,
    MXCSR_DEFAULT = 0x1f80,
    MXCSR_STATUS = 0x3f,
    X87_TAGS_EMPTY = 0xffff
};

static uint64_t captured_word(const ZfPiece *piece)
{
    switch (piece->bank) {
    case ZF_BANK_GP: return captured()[piece->index];
    case ZF_BANK_FP: return captured()[XMM + 2 * piece->index];
    default: return captured()[STACK + piece->index / 8];
    }
}

/* What every call must leave as the ABI wants it on entry to the callee (sections 3.2.1 to 3.2.3).
 */
static void check_entry_state(const ZfPlan *plan)
{
    CHECK_EQUAL(captured()[RSP] % 16, 8);
    for (uint32_t i = plan->gp_used; i < XMM; i++) {
        CHECK_EQUAL(captured()[i], 0); /* a wrong declaration must not leak what was there */
    }
    CHECK_EQUAL(captured()[RAX] & 0xff, plan->fp_used);
    CHECK_EQUAL(captured()[FLAGS] & DIRECTION_FLAG, 0);
    CHECK_EQUAL(captured()[MXCSR] & ~(uint64_t)MXCSR_STATUS, MXCSR_DEFAULT);
    CHECK_EQUAL(captured()[X87 + 1] & 0xffff, X87_TAGS_EMPTY);
}

static const uint64_t patterns[] = {
    0,
    1,
    UINT64_MAX,
    0x0123456789abcdef,
    0x8000000000000000, /* -0.0 */
    0x3ff0000000000000, /* 1.0 */
    0xbff0000000000000, /* -1.0 */
    0x7fefffffffffffff, /* the largest double */
    0x0010000000000000, /* the smallest normal double */
    0x7ff4000000000001, /* a signalling NaN with a payload */
};

/* The same pattern in each of so many words and doubles; then a different one in each. */
static void check_patterns(const char *type, size_t count)
{
    ZfPlan *plan = plan_repeating("void", count, 1, &type);
    for (size_t first = 0; first < LENGTH(patterns); first++) {
        for (size_t step = 0; step <= 1; step++) {
            uint64_t values[24];
            const void *arguments[LENGTH(values)];
            for (size_t i = 0; i < count; i++) {
                values[i] = patterns[(first + step * i) % LENGTH(patterns)] ^ (step * (i << 8));
                arguments[i] = &values[i];
            }
            zf_call(plan, FUNCTION(capture), NULL, arguments);
            check_entry_state(plan);
            for (size_t i = 0; i < count; i++) {
                CHECK_EQUAL(captured_word(&plan->arguments[i].pieces[0]), values[i]);
            }
        }
    }
    zf_plan_free(plan);
}

/* The low 32 bits of a register are the value extended by its own sign, for compilers rely on it
 * (clang does). */
static void check_extension(const char *type, uint64_t given, uint32_t expected)
{
    ZfPlan *plan = plan_repeating("void", 8, 1, &type);
    const void *arguments[8];
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        arguments[i] = &given; /* little endian: the value, and dirt after it */
    }
    zf_call(plan, FUNCTION(capture), NULL, arguments);
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        CHECK_EQUAL((uint32_t)captured_word(&plan->arguments[i].pieces[0]), expected);
    }
    zf_plan_free(plan);
}

static void test_extension(void)
{
    uint64_t dirty = 0xdeadbeef00000000;
    check_extension("int8_t", dirty | 0xffff80, 0xffffff80);
    check_extension("int8_t", dirty | 0xffff7f, 0x7f);
    check_extension("uint8_t", dirty | 0xffff80, 0x80);
    check_extension("int16_t", dirty | 0xff8000, 0xffff8000);
    check_extension("uint16_t", dirty | 0xff8000, 0x8000);
    check_extension("int", dirty | 0x80000000, 0x80000000);
    check_extension("unsigned int", dirty | 0x80000000, 0x80000000);
    check_extension("float", dirty | 0x3f800000, 0x3f800000);
    check_extension("bool", dirty | 0xffff01, 1);
    check_extension("bool", dirty | 0xffff00, 0);
    check_extension("bool", dirty | 0xffff02, 1);
}

static void test_alignment(void)
{
    static const char *const names[] = {"int", "double", "long"};
    for (size_t period = 1; period <= LENGTH(names); period++) {
        for (size_t count = 0; count <= 26; count++) {
            static const double zero = 0;
            const void *arguments[26];
            for (size_t i = 0; i < count; i++) {
                arguments[i] = &zero;
            }
            int rsp = -1, aligned = -1;
            ZfPlan *plan = plan_repeating("int", count, period, names);
            zf_call(plan, FUNCTION(entry_sp), &rsp, arguments);
            CHECK_EQUAL(rsp, 8);
            zf_call(plan, FUNCTION(aligned_frame), &aligned, arguments);
            CHECK_EQUAL(aligned, 1);
            zf_plan_free(plan);
        }
    }
}

/* A callee that leaves nothing volatile as it was, with 2 and with 20 arguments. */
static void call_clobber(void *context)
{
    size_t count = *(const size_t *)context;
    static const char *const names[] = {"unsigned long", "double"};
    static const uint64_t word = 0x7f5948ae9a80;
    static const double number = 0.625;
    const void *arguments[20];
    for (size_t i = 0; i < count; i++) {
        arguments[i] = i % 2 == 0 ? (const void *)&word : &number;
    }
    ZfPlan *general = plan_repeating("unsigned long", count, 2, names);
    ZfPlan *vector = plan_repeating("double", count, 2, names);
    uint64_t returned = 0;
    double returned_number = 0;
    zf_call(general, FUNCTION(clobber), &returned, arguments);
    zf_call(vector, FUNCTION(clobber), &returned_number, arguments);
    CHECK_EQUAL(returned, word);
    CHECK(returned_number == number);
    zf_plan_free(vector);
    zf_plan_free(general);
}

static void test_preserved_registers(void)
{
    static size_t counts[] = {2, 20};
    for (size_t i = 0; i < LENGTH(counts); i++) {
        CHECK_EQUAL(changed_registers(call_clobber, &counts[i]), 0);
    }
}

void test_registers(void)
{
    static const size_t counts[] = {0, 1, 5, 6, 7, 8, 9, 13, 24};
    for (size_t i = 0; i < LENGTH(counts); i++) {
        check_patterns("unsigned long", counts[i]);
        check_patterns("double", counts[i]);
    }
    test_extension();
    test_alignment();
    test_preserved_registers();
}
