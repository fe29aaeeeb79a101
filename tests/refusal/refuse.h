/* refuse.h - has the kernel refuse memory for code to this process and all that it starts, as
 * hardened systems do. There is no way back. */
#ifndef REFUSE_H
#define REFUSE_H

#include <stdbool.h>

/* One of
 *
 *     exec-gain   what was not executable when it was mapped never will be (PR_SET_MDWE, with which
 *                 systemd's MemoryDenyWriteExecute begins); Linux 6.3
 *     wx          no memory writable and executable at once
 *     memfd       nor files in memory
 *     anonymous   no executable memory but that of files; those in memory are files
 *     libraries   no executable memory but that of files on disk
 *     all         no new executable memory at all: no library can be loaded any more
 *
 * All but the first are filters of system calls. False, with a message, if there is no such way
 * here. */
bool refuse(const char *what);

#endif
