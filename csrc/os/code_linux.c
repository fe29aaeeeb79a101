/* code_linux.c - memory for code that is made at run time, on Linux.
 *
 * Memory comes in arenas of 64 KiB. Each begins with the unwind tables of its code; the header of
 * its users and their code follow. There are two ways to make one, and the first that works is
 * taken: a file in memory is mapped twice, for writing and for running; or else the pages of each
 * piece are written first, then made executable, and never written again.
 *
 * Never maps a page writable and executable at once, never gives an address out twice, never unmaps
 * code. A child of fork never writes to an arena of its parent: it does not even inherit the view
 * for writing.
 */
#define _GNU_SOURCE
#include "frames_linux.h"
#include "os.h"

#include "../arch/machine.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3; before, every file in memory is executable */
#endif

typedef enum Way { WAY_UNKNOWN, WAY_TWO_VIEWS, WAY_SEALED_PAGES, WAY_NONE } Way;

typedef struct Arena {
    uint8_t *write; /* NULL: there is none */
    const uint8_t *run;
    size_t used;   /* bytes from its start */
    size_t header; /* where that of its users is; 0 while there is none */
    bool is_known; /* to unwinders */
} Arena;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* for all of these */
static Way way;
static Arena arena; /* the one that is being filled */

static size_t round_up(size_t size, size_t alignment)
{
    return (size + alignment - 1) & -alignment;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* -- Fork -------------------------------------------------------------------------------------- */

static void before_fork(void)
{
    pthread_mutex_lock(&mutex);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&mutex);
}

static void after_fork_in_child(void)
{
    arena = (Arena){0};
    pthread_mutex_unlock(&mutex);
}

/* glibc's pthread_atfork is linked in statically, and wants start-up files, which a library may do
 * without; the function behind it is there for all (LSB, __register_atfork). Where there are such
 * files, the handle lets dlclose undo this. */
#if defined(__GLIBC__)
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
                      void *library);
extern void *__dso_handle __attribute__((weak, visibility("hidden")));
#define REGISTER_ATFORK(before, in_parent, in_child)                                               \
    __register_atfork(before, in_parent, in_child, &__dso_handle)
#else
#define REGISTER_ATFORK pthread_atfork
#endif

/* When the library is loaded: a fork in the middle of it in another thread would leave a child that
 * has only half of this. */
__attribute__((constructor)) static void watch_forks(void)
{
    (void)REGISTER_ATFORK(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* -- Arenas ------------------------------------------------------------------------------------ */

static void fill(uint8_t *memory, size_t size)
{
    for (size_t i = 0; i < size; i += sizeof zf_machine_code.filling) {
        memcpy(memory + i, zf_machine_code.filling, sizeof zf_machine_code.filling);
    }
}

static int open_file(void)
{
    int file = memfd_create("zffi", MFD_CLOEXEC | MFD_EXEC);
    if (file < 0 && errno == EINVAL) {
        file = memfd_create("zffi", MFD_CLOEXEC);
    }
    if (file >= 0 && ftruncate(file, ZF_CODE_ARENA_BYTES) < 0) {
        close(file);
        return -1;
    }
    return file;
}

/* The view for running is mapped first, since it is the one that may be refused. */
static bool map_two_views(Arena *made)
{
    int file = open_file();
    if (file < 0) {
        return false;
    }
    void *run = mmap(NULL, ZF_CODE_ARENA_BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    void *write = MAP_FAILED;
    if (run != MAP_FAILED) {
        write = mmap(NULL, ZF_CODE_ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (write == MAP_FAILED) {
            munmap(run, ZF_CODE_ARENA_BYTES);
        }
    }
    close(file);
    if (write == MAP_FAILED) {
        return false;
    }
    madvise(write, ZF_CODE_ARENA_BYTES, MADV_DONTFORK);
    *made = (Arena){.write = write, .run = run};
    return true;
}

static bool map_pages(Arena *made)
{
    void *pages = mmap(NULL, ZF_CODE_ARENA_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        return false;
    }
    *made = (Arena){.write = pages, .run = pages};
    return true;
}

static bool open_arena(void)
{
    Arena made = {0};
    if (!(way == WAY_TWO_VIEWS ? map_two_views : map_pages)(&made)) {
        return false;
    }
    memcpy(made.write, zf_machine_code.frames, ZF_MACHINE_FRAMES_BYTES);
    fill(made.write + ZF_MACHINE_FRAMES_BYTES, ZF_CODE_ARENA_BYTES - ZF_MACHINE_FRAMES_BYTES);
    made.used = ZF_MACHINE_FRAMES_BYTES;
    arena = made;
    return true;
}

/* -- Pieces ------------------------------------------------------------------------------------ */

/* Room in the arena as it is. */
static bool find_room(size_t size, size_t header, ZfCodeRoom *room)
{
    size_t start = round_up(arena.used, ZF_CODE_ALIGNMENT), header_at = arena.header;
    if (header_at == 0) {
        header_at = start;
        start = round_up(start + header, ZF_CODE_ALIGNMENT);
    }
    if (arena.write == NULL || start + size > ZF_CODE_ARENA_BYTES) {
        return false;
    }
    *room = (ZfCodeRoom){
        .write = arena.write + start,
        .run = arena.run + start,
        .arena_write = arena.write + header_at,
        .arena_run = arena.run + header_at,
        .is_new_arena = arena.header == 0,
    };
    return true;
}

static bool make_room(size_t size, size_t header, ZfCodeRoom *room)
{
    if (size > ZF_CODE_ARENA_BYTES || header > ZF_CODE_ARENA_BYTES) {
        return false;
    }
    return find_room(size, header, room) || (open_arena() && find_room(size, header, room));
}

/* The pages up to the end of a piece, from where others were sealed before. What is left of the
 * last one is lost. */
static bool seal(size_t end)
{
    size_t page = page_bytes(), start = arena.used & -page;
    end = round_up(end, page);
    if (mprotect(arena.write + start, end - start, PROT_READ | PROT_EXEC) < 0) {
        return false;
    }
    arena.used = end;
    return true;
}

/* Writes what the caches hold to where instructions come from: nothing to do on x86-64. Other cores
 * are to forget what they may have fetched from there before (ARM ARM, B2.2.5): they never had a
 * reason to, so a kernel that cannot tell them is good enough. */
static void flush(const uint8_t *run, size_t size)
{
    enum {
        REGISTER = MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
        SYNCHRONIZE = MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE,
    };
    __builtin___clear_cache((char *)run, (char *)run + size);
    if (zf_machine_code.fetches_ahead && syscall(SYS_membarrier, SYNCHRONIZE, 0, 0) < 0 &&
        errno == EPERM && syscall(SYS_membarrier, REGISTER, 0, 0) == 0) {
        syscall(SYS_membarrier, SYNCHRONIZE, 0, 0);
    }
}

static bool publish(const ZfCodeRoom *room, size_t size)
{
    size_t end = (size_t)(room->write - arena.write) + size;
    if (way == WAY_SEALED_PAGES) {
        if (!seal(end)) {
            return false;
        }
    } else {
        arena.used = end;
    }
    arena.header = (size_t)(room->arena_write - arena.write);
    flush(room->run, size);
    return true;
}

/* -- What the system lets us do ---------------------------------------------------------------- */

static bool run_probe(void)
{
    ZfCodeRoom room;
    if (!make_room(zf_machine_code.probe_bytes, 0, &room)) {
        return false;
    }
    memcpy(room.write, zf_machine_code.probe, zf_machine_code.probe_bytes);
    if (!publish(&room, zf_machine_code.probe_bytes)) {
        munmap(arena.write, ZF_CODE_ARENA_BYTES);
        return false;
    }
    arena.header = 0; /* it has had no user yet */
    int (*probe)(void) = (int (*)(void))(uintptr_t)room.run;
    return probe() == ZF_MACHINE_PROBE;
}

/* Changes nothing if it does not work. */
static bool try_way(Way tried)
{
    Way way_before = way;
    Arena arena_before = arena;
    way = tried;
    arena = (Arena){0};
    if (run_probe()) {
        return true;
    }
    way = way_before;
    arena = arena_before;
    return false;
}

static bool choose_way(void)
{
    if (way == WAY_UNKNOWN && !try_way(WAY_TWO_VIEWS) && !try_way(WAY_SEALED_PAGES)) {
        way = WAY_NONE;
    }
    return way != WAY_NONE;
}

/* -- For the engine ---------------------------------------------------------------------------- */

bool zf_code_is_available(void)
{
    int error = errno;
    pthread_mutex_lock(&mutex);
    bool is_available = choose_way();
    pthread_mutex_unlock(&mutex);
    errno = error;
    return is_available;
}

bool zf_code_begin(size_t size, size_t header, ZfCodeRoom *room)
{
    int error = errno;
    zf_frames_find_unwinder();
    pthread_mutex_lock(&mutex);
    bool has_room = choose_way() && make_room(size, header, room);
    if (!has_room) {
        pthread_mutex_unlock(&mutex);
    } else if (!arena.is_known) {
        zf_frames_register(arena.run, ZF_CODE_ARENA_BYTES);
        arena.is_known = true;
    }
    errno = error;
    return has_room;
}

/* Room that is given back is clean again, whatever was written to it. */
static void give_back(const ZfCodeRoom *room)
{
    uint8_t *start = room->is_new_arena ? room->arena_write : room->write;
    fill(start, (size_t)(arena.write + ZF_CODE_ARENA_BYTES - start));
}

bool zf_code_end(const ZfCodeRoom *room, size_t size)
{
    int error = errno;
    bool is_published = size > 0 && publish(room, size);
    if (size == 0) {
        give_back(room);
    } else if (!is_published) {
        way = WAY_NONE;
    }
    pthread_mutex_unlock(&mutex);
    errno = error;
    return is_published || size == 0;
}

void zf_code_prefer_anonymous(void)
{
    int error = errno;
    pthread_mutex_lock(&mutex);
    if (way == WAY_UNKNOWN || way == WAY_TWO_VIEWS) {
        try_way(WAY_SEALED_PAGES);
    }
    pthread_mutex_unlock(&mutex);
    errno = error;
}
