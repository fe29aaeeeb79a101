/* processes.c - memory for code in several threads, and in the children of fork: each has its own
 * answers, and nobody's code changes under another. */
#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8 };

/* Forks; false in the child. */
static bool fork_here(pid_t *child)
{
    *child = fork();
    if (*child < 0) {
        perror("fork");
        abort();
    }
    return *child > 0;
}

static void leave_child(void)
{
    _exit(check_outcome());
}

static void check_child(pid_t child)
{
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static bool is_mapped(const uint8_t *address)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char is_in_memory[page / 4096];
    return mincore((void *)((uintptr_t)address & -page), page, is_in_memory) == 0;
}

/* A page that a child does not inherit, as emulators know no such thing. */
static const uint8_t *map_unshared(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(madvise(memory, page, MADV_DONTFORK) == 0);
    return memory;
}

/* A child runs what its parent has made, writes elsewhere, and cannot write to that. */
void test_fork(void)
{
    const uint8_t *unshared = map_unshared();
    Constant *inherited = make_constant(1000);
    ZfCodeRoom room;
    CHECK(zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &room) && zf_code_end(&room, 0));
    bool has_two_views = room.write != room.run;
    pid_t child;
    if (!fork_here(&child)) {
        CHECK(inherited() == 1000);
        CHECK(strncmp(mapping_of(room.run).access, has_two_views ? "r-x" : "rw-", 3) == 0);
        CHECK(!has_two_views || is_mapped(room.arena_write) == is_mapped(unshared));
        for (int i = 0; i < 300; i++) {
            Constant *own = make_constant(2000 + i);
            CHECK(own != NULL && own() == 2000 + i);
            CHECK((uintptr_t)own - (uintptr_t)room.run >= ZF_CODE_ARENA_BYTES);
        }
        leave_child();
    }
    Constant *own = make_constant(3000);
    CHECK(own() == 3000);
    CHECK((const uint8_t *)(uintptr_t)own == room.run);
    check_child(child);
    CHECK(own() == 3000 && inherited() == 1000);
}

static atomic_bool is_over;

/* Takes code, and calls all of it again and again. */
static void *take_code(void *first)
{
    enum { KEPT = 256 };
    Constant *constants[KEPT];
    int base = *(int *)first, count = 0;
    while (!is_over) {
        Constant *constant = make_constant(base + count);
        CHECK(constant != NULL && constant() == base + count);
        constants[count++ % KEPT] = constant;
        if (count % KEPT == 0) {
            for (int i = 0; i < KEPT; i++) {
                CHECK(constants[i]() == base + count - KEPT + i);
            }
        }
        usleep(1000);
    }
    return NULL;
}

static void with_threads(void (*act)(void))
{
    pthread_t threads[THREADS];
    static int firsts[THREADS];
    is_over = false;
    for (int i = 0; i < THREADS; i++) {
        firsts[i] = i << 24;
        CHECK(pthread_create(&threads[i], NULL, take_code, &firsts[i]) == 0);
    }
    act();
    is_over = true;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void sample(void)
{
    for (int i = 0; i < 300; i++) {
        CHECK(!has_writable_code());
    }
}

void test_threads(void)
{
    with_threads(sample);
}

static int fork_count;

static void fork_often(void)
{
    for (int i = 0; i < fork_count; i++) {
        pid_t child;
        if (!fork_here(&child)) {
            Constant *own = make_constant(i);
            CHECK(own != NULL && own() == i);
            leave_child();
        }
        check_child(child);
    }
}

void test_forks(void)
{
    fork_count = 20;
    with_threads(fork_often);
}

void test_fork_storm(void)
{
    fork_count = 1000;
    with_threads(fork_often);
}
