/* naming.c - code has names, in memory where profilers look for them. */
#include "check.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_anonymous(Constant *code)
{
    return mapping_of((const void *)(uintptr_t)code).name[0] == '\0';
}

/* Whether the system lets anonymous memory be made executable. */
static bool can_be_anonymous(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    bool can = mprotect(memory, page, PROT_READ | PROT_EXEC) == 0;
    munmap(memory, page);
    return can;
}

void test_prefer_anonymous(void)
{
    Constant *before = make_constant(1);
    zf_code_prefer_anonymous();
    Constant *first = make_constant(2);
    zf_code_prefer_anonymous();
    Constant *second = make_constant(3);
    CHECK(before() == 1 && first() == 2 && second() == 3);
    CHECK(is_anonymous(first) == can_be_anonymous());
    CHECK(is_anonymous(second) == can_be_anonymous());
    CHECK(!has_writable_code());
}

static void path_of(pid_t process, char path[64])
{
    snprintf(path, 64, "/tmp/perf-%ld.map", (long)process);
}

/* What the file of a process is now, after which it is gone; "" if there is none. */
static void take_names(pid_t process, char text[4096])
{
    char path[64];
    path_of(process, path);
    FILE *file = fopen(path, "r");
    text[0] = '\0';
    if (file != NULL) {
        text[fread(text, 1, 4095, file)] = '\0';
        fclose(file);
        unlink(path);
    }
}

static void *address(uintptr_t number)
{
    return (void *)number;
}

void test_names(void)
{
    char text[4096], name[2000], path[64];
    errno = ENOENT;
    zf_perf_name(address(0x1230), 0x45, "zffi:double(double)");
    CHECK(errno == ENOENT);
    pid_t child = fork();
    if (child == 0) {
        zf_perf_name(address(0x7fff00001000), 1, "zffi:void()");
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    zf_perf_name(address(0x2000), 0x20, name);
    take_names(getpid(), text);
    CHECK(strncmp(text, "1230 45 zffi:double(double)\n2000 20 aaaaaaaaa", 45) == 0);
    CHECK(strlen(text) < 500 && text[strlen(text) - 1] == '\n');
    take_names(child, text);
    CHECK(strcmp(text, "7fff00001000 1 zffi:void()\n") == 0);

    path_of(getpid(), path); /* what others may have put there */
    CHECK(symlink("/tmp/zffi-nowhere", path) == 0);
    zf_perf_name(address(0x1000), 1, "link");
    CHECK(access("/tmp/zffi-nowhere", F_OK) < 0);
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    zf_perf_name(address(0x1000), 1, "pipe");
    unlink(path);
}
