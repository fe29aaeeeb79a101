/* refused.c - where the system refuses memory for code, from the start or all of a sudden. */
#include "check.h"

#include "refuse.h"

#include <errno.h>

void test_refused(void)
{
    ZfCodeRoom room;
    for (int i = 0; i < 3; i++) {
        errno = ENOENT;
        CHECK(!zf_code_is_available());
        CHECK(!zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &room));
        CHECK(errno == ENOENT);
    }
}

static bool has_two_views(void)
{
    ZfCodeRoom room;
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &room) && zf_code_end(&room, 0));
    return room.write != room.run;
}

void test_two_views(void)
{
    CHECK(has_two_views());
}

void test_sealed_pages(void)
{
    CHECK(!has_two_views());
}

/* What was made before still runs, and what cannot be made any more is told. */
void test_late_refusal(void)
{
    enum { ENOUGH = ZF_CODE_ARENA_BYTES / ZF_CODE_ALIGNMENT + 1 };
    static Constant *constants[ENOUGH];
    int made = 1;
    constants[0] = make_constant(0);
    CHECK(constants[0] != NULL && constants[0]() == 0);
    CHECK(refuse("all"));
    while (made < ENOUGH && (constants[made] = make_constant(made)) != NULL) {
        made++;
    }
    CHECK(made < ENOUGH);
    for (int i = 0; i < 3; i++) {
        CHECK(make_constant(i) == NULL);
    }
    for (int i = 0; i < made; i++) {
        CHECK(constants[i]() == i);
    }
}
