/* refuse.c - see refuse.h. */
#include "refuse.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { SET_MDWE = 65, REFUSE_EXEC_GAIN = 1 }; /* newer than most headers */

/* -- Filters: each block of instructions ends with "refused", or goes on to the next --------------
 */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define AND(bits)   BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits)
#define SKIP_UNLESS(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define REFUSED                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)
#define ALLOWED                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* The call, and bits that all must be set in one of its arguments. */
#define REFUSE_BITS(call, argument, bits)                                                          \
    LOAD(nr), SKIP_UNLESS(call, 4), LOAD(args[argument]), AND(bits), SKIP_UNLESS(bits, 1), REFUSED
/* And in another. */
#define REFUSE_BITS_TWICE(call, argument, bits, other, other_bits)                                 \
    LOAD(nr), SKIP_UNLESS(call, 7), LOAD(args[argument]), AND(bits), SKIP_UNLESS(bits, 4),         \
        LOAD(args[other]), AND(other_bits), SKIP_UNLESS(other_bits, 1), REFUSED

enum { WX = PROT_WRITE | PROT_EXEC, PROTECTION = 2, FLAGS = 3 };

static struct sock_filter wx[] = {
    REFUSE_BITS(SYS_mmap, PROTECTION, WX),
    REFUSE_BITS(SYS_mprotect, PROTECTION, WX),
    ALLOWED,
};

static struct sock_filter anonymous[] = {
    REFUSE_BITS_TWICE(SYS_mmap, PROTECTION, PROT_EXEC, FLAGS, MAP_ANONYMOUS),
    REFUSE_BITS(SYS_mprotect, PROTECTION, PROT_EXEC),
    ALLOWED,
};

static struct sock_filter memfd[] = {
    LOAD(nr),
    SKIP_UNLESS(SYS_memfd_create, 1),
    REFUSED,
    ALLOWED,
};

static struct sock_filter all[] = {
    REFUSE_BITS(SYS_mmap, PROTECTION, PROT_EXEC),
    ALLOWED,
};

static const struct sock_fprog programs[] = {
    {LENGTH(wx), wx}, {LENGTH(memfd), memfd}, {LENGTH(anonymous), anonymous}, {LENGTH(all), all}};

enum {
    WX_TOO = 1,
    MEMFD_TOO = 2,
    ANONYMOUS_TOO = 4,
    ALL_TOO = 8
}; /* bits of the programs' indices */

static const struct {
    const char *name;
    unsigned programs;
} filters[] = {
    {"wx", WX_TOO},
    {"memfd", WX_TOO | MEMFD_TOO},
    {"anonymous", WX_TOO | ANONYMOUS_TOO},
    {"libraries", WX_TOO | MEMFD_TOO | ANONYMOUS_TOO},
    {"all", WX_TOO | MEMFD_TOO | ANONYMOUS_TOO | ALL_TOO},
};

static bool report(const char *what, bool is_done)
{
    if (!is_done) {
        perror(what);
    }
    return is_done;
}

static bool install(unsigned chosen)
{
    bool holds = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
    for (size_t i = 0; holds && i < LENGTH(programs); i++) {
        if (chosen & 1U << i) {
            holds = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &programs[i]) == 0;
        }
    }
    return holds;
}

bool refuse(const char *what)
{
    if (strcmp(what, "exec-gain") == 0) {
        return report(what, prctl(SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) == 0);
    }
    for (size_t i = 0; i < LENGTH(filters); i++) {
        if (strcmp(filters[i].name, what) == 0) {
            return report(what, install(filters[i].programs));
        }
    }
    fprintf(stderr, "no such refusal: %s\n", what);
    return false;
}
