/* unwinding.c - backtraces, the ends of threads and debuggers find their way through code that was
 * made at run time. */
#define _GNU_SOURCE
#include "check.h"

#include <execinfo.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

Through *make_through(void)
{
    extern const uint8_t through_start[], through_end[];
    size_t size = (size_t)(through_end - through_start);
    ZfCodeRoom room;
    if (!zf_code_begin(size, HEADER_BYTES, &room)) {
        return NULL;
    }
    memcpy(room.write, through_start, size);
    return zf_code_end(&room, size) ? (Through *)(uintptr_t)room.run : NULL;
}

/* -- Backtraces -------------------------------------------------------------------------------- */

/* A chain of calls: the caller that is looked for, code, this, more code, this again ... */
enum { LINKS = 3 };
static Through *links[LINKS];

typedef struct Walk {
    int link; /* the next one to be found, the last is the first */
    bool saw_caller;
} Walk;

__attribute__((noinline)) static void call_chain(void)
{
    void follow(void *);
    int none = 0;
    links[0](follow, &none);
    __asm__ volatile(""); /* no tail call */
}

static bool is_in(uintptr_t pc, const void *code, size_t size)
{
    return pc - (uintptr_t)code < size;
}

static _Unwind_Reason_Code see_frame(struct _Unwind_Context *context, void *data)
{
    Walk *walk = data;
    uintptr_t pc = (uintptr_t)_Unwind_GetIP(context) - 1;
    if (walk->link >= 0 && is_in(pc, (const void *)(uintptr_t)links[walk->link], 64)) {
        walk->link--;
    }
    walk->saw_caller |= _Unwind_FindEnclosingFunction((void *)pc) == (void *)call_chain;
    return _URC_NO_REASON;
}

void follow(void *depth)
{
    int next = *(int *)depth + 1;
    if (next < LINKS) {
        links[next](follow, &next);
        return;
    }
    Walk walk = {.link = LINKS - 1};
    _Unwind_Backtrace(see_frame, &walk);
    CHECK(walk.link == -1 && walk.saw_caller);
    void *addresses[64];
    int count = backtrace(addresses, 64), found = 0;
    for (int i = 0; i < count; i++) {
        for (int link = 0; link < LINKS; link++) {
            found += is_in((uintptr_t)addresses[i], (const void *)(uintptr_t)links[link], 64);
        }
    }
    CHECK(found == LINKS);
}

static void fill_arena(void)
{
    ZfCodeRoom room;
    while (zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &room)) {
        bool is_new = room.is_new_arena;
        zf_code_end(&room, CONSTANT_BYTES);
        if (is_new) {
            return;
        }
    }
}

/* Code of an arena, of another, and of one of the child of a fork. */
void test_backtrace(void)
{
    for (int i = 0; i < LINKS; i++) {
        links[i] = make_through();
        CHECK(links[i] != NULL);
        fill_arena();
    }
    call_chain();
    pid_t child = fork();
    if (child == 0) {
        links[1] = make_through();
        call_chain();
        _exit(check_outcome());
    }
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* -- Ends of threads --------------------------------------------------------------------------- */

static void leave_thread(void *unused)
{
    (void)unused;
    pthread_exit(NULL);
}

static void wait_for_end(void *barrier)
{
    pthread_barrier_wait(barrier);
    for (;;) {
        pause();
    }
}

typedef struct End {
    void (*function)(void *);
    void *argument;
    int cleanups;
} End;

static void clean_up(End **end)
{
    (*end)->cleanups++;
}

static void *call_to_the_end(void *end)
{
    __attribute__((cleanup(clean_up))) End *kept = end;
    make_through()(kept->function, kept->argument);
    CHECK(false); /* it does not come back */
    return NULL;
}

void test_thread_ends(void)
{
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    End left = {leave_thread, NULL, 0}, cancelled = {wait_for_end, &barrier, 0};
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, call_to_the_end, &left) == 0);
    pthread_join(thread, NULL);
    CHECK(left.cleanups == 1);
    CHECK(pthread_create(&thread, NULL, call_to_the_end, &cancelled) == 0);
    pthread_barrier_wait(&barrier);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    CHECK(cancelled.cleanups == 1);
}

/* -- Debuggers --------------------------------------------------------------------------------- */

__attribute__((noinline)) void stop_here(void *unused)
{
    __asm__ volatile("" ::"r"(unused));
}

/* For a debugger that stops there. */
void test_debugger(void)
{
    make_through()(stop_here, NULL);
}
