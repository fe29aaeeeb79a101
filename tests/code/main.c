/* main.c - runs a test of memory for code, in a process of its own:
 *
 *     main TEST [REFUSAL]
 *
 * The exit code says whether every check held. */
#include "check.h"

#include "refuse.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    void (*run)(void);
} tests[] = {
    {"pieces", test_pieces},
    {"header", test_header},
    {"give back", test_give_back},
    {"limits", test_limits},
    {"many arenas", test_many_arenas},
    {"fork", test_fork},
    {"threads", test_threads},
    {"forks", test_forks},
    {"fork storm", test_fork_storm},
    {"refused", test_refused},
    {"two views", test_two_views},
    {"sealed pages", test_sealed_pages},
    {"late refusal", test_late_refusal},
    {"backtrace", test_backtrace},
    {"thread ends", test_thread_ends},
    {"debugger", test_debugger},
    {"prefer anonymous", test_prefer_anonymous},
    {"names", test_names},
};

static void run(const char *name)
{
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (strcmp(tests[i].name, name) == 0) {
            tests[i].run();
            return;
        }
    }
    fprintf(stderr, "no such test: %s\n", name);
    exit(2);
}

int main(int count, char **arguments)
{
    if (count > 2 && !refuse(arguments[2])) {
        return 2;
    }
    run(count > 1 ? arguments[1] : "");
    return check_outcome();
}
