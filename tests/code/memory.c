/* memory.c - what is promised of memory for code: pieces that run, at addresses of their own, in
 * pages that are never writable and executable, with a header for each arena. */
#include "check.h"

#include <errno.h>
#include <string.h>

static bool is_filling(const uint8_t *code, size_t size)
{
#if defined(__x86_64__)
    const uint8_t filling = 0xcc;
#else
    const uint8_t filling = 0;
#endif
    for (size_t i = 0; i < size; i++) {
        if (code[i] != filling) {
            return false;
        }
    }
    return true;
}

void test_pieces(void)
{
    const uint8_t *before = NULL;
    for (int i = 0; i < 100; i++) {
        errno = ENOENT;
        CHECK(zf_code_is_available());
        Constant *constant = make_constant(i - 50);
        CHECK(errno == ENOENT);
        const uint8_t *code = (const uint8_t *)(uintptr_t)constant;
        CHECK(constant != NULL && constant() == i - 50);
        CHECK((uintptr_t)code % ZF_CODE_ALIGNMENT == 0);
        CHECK(is_filling(code + CONSTANT_BYTES, ZF_CODE_ALIGNMENT - CONSTANT_BYTES));
        CHECK(code != before);
        CHECK(strncmp(mapping_of(code).access, "r-x", 3) == 0);
        before = code;
    }
    CHECK(!has_writable_code());
}

/* All code of an arena has one header, which the first of its users fills in. */
void test_header(void)
{
    ZfCodeRoom first, second;
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &first));
    CHECK(first.is_new_arena);
    CHECK((uintptr_t)first.arena_run % ZF_CODE_ALIGNMENT == 0);
    CHECK(first.arena_run + HEADER_BYTES <= first.run);
    CHECK(first.run - first.arena_run == first.write - first.arena_write);
    memset(first.arena_write, 'h', HEADER_BYTES);
    write_constant(first.write, 1);
    CHECK(zf_code_end(&first, CONSTANT_BYTES));
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &second));
    if (!second.is_new_arena) { /* there may be one piece in an arena, where pages are large */
        CHECK(second.arena_run == first.arena_run);
    }
    CHECK(zf_code_end(&second, 0));
    for (size_t i = 0; i < HEADER_BYTES; i++) {
        CHECK(first.arena_run[i] == 'h');
    }
}

void test_give_back(void)
{
    ZfCodeRoom first, second;
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &first));
    memset(first.write, 1, CONSTANT_BYTES);
    CHECK(zf_code_end(&first, 0));
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &second));
    CHECK(second.run == first.run && second.write == first.write);
    CHECK(second.is_new_arena && first.is_new_arena);
    CHECK(is_filling(second.write, CONSTANT_BYTES));
    CHECK(zf_code_end(&second, 0));
}

void test_limits(void)
{
    static const size_t large[][2] = {
        {ZF_CODE_ARENA_BYTES, 0},     {0, ZF_CODE_ARENA_BYTES}, {SIZE_MAX, 0},    {0, SIZE_MAX},
        {SIZE_MAX / 2, SIZE_MAX / 2}, {SIZE_MAX, SIZE_MAX},     {SIZE_MAX - 8, 8}};
    ZfCodeRoom room;
    errno = ENOENT;
    for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
        CHECK(!zf_code_begin(large[i][0], large[i][1], &room));
    }
    CHECK(errno == ENOENT);
    size_t size = ZF_CODE_ARENA_BYTES - 512; /* one of these is all that an arena holds */
    const uint8_t *before = NULL;
    for (int i = 0; i < 3; i++) {
        CHECK(zf_code_begin(size, HEADER_BYTES, &room));
        CHECK(room.is_new_arena && room.run != before);
        memset(room.arena_write, 'h', HEADER_BYTES);
        write_constant(room.write, i);
        memset(room.write + CONSTANT_BYTES, 1, size - CONSTANT_BYTES);
        CHECK(zf_code_end(&room, size));
        CHECK(((Constant *)(uintptr_t)room.run)() == i);
        before = room.run;
    }
}

void test_many_arenas(void)
{
    enum { COUNT = 5000 };
    static Constant *constants[COUNT];
    for (int i = 0; i < COUNT; i++) {
        constants[i] = make_constant(i);
        CHECK(constants[i] != NULL);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(constants[i]() == i);
    }
    CHECK(!has_writable_code());
}
