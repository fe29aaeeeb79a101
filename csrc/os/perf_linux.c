/* perf_linux.c - names for code that is made at run time, where Linux's perf looks for them: a text
 * file of the process (perf's documentation, jit-interface.txt).
 *
 * The interpreter may write to it, too, so each name is added by one call. Nothing is kept from
 * call to call: after fork, the child has a file of its own.
 */
#define _GNU_SOURCE
#include "os.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Others can write to /tmp: what is there may be a trap. */
static int open_map(void)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%ld.map", (long)getpid());
    int flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int file = open(path, flags, S_IRUSR | S_IWUSR);
    struct stat status;
    if (file >= 0 &&
        (fstat(file, &status) < 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())) {
        close(file);
        return -1;
    }
    return file;
}

void zf_perf_name(const void *run, size_t size, const char *name)
{
    enum { SHOWN = 400 }; /* of a name, which is as long as a signature */
    char line[SHOWN + 64];
    int error = errno, file = open_map();
    if (file >= 0) {
        int length = snprintf(line, sizeof line, "%lx %zx %.*s\n", (unsigned long)(uintptr_t)run,
                              size, SHOWN, name);
        ssize_t written = write(file, line, (size_t)length);
        (void)written; /* or else a profile lacks a name */
        close(file);
    }
    errno = error;
}
