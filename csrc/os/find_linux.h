/* find_linux.h - from a bare library name to the files it may mean, without running a compiler or
 * ldconfig. */
#ifndef ZF_FIND_LINUX_H
#define ZF_FIND_LINUX_H

#include <stdbool.h>

/* A bare name ("m", "sqlite3") is neither a path nor a file name of a shared object ("libm.so.6").
 */
bool zf_find_is_bare(const char *name);

/* Gives `visit` each candidate for bare name NAME, until it returns false: libNAME.so, which is
 * what a linker would take; then each libNAME.so.VERSION of LD_LIBRARY_PATH, of the loader's cache
 * and of the standard directories, newest version first within each of them; last the bare name
 * itself. `exists` tells whether the file is known to be there. */
void zf_find_candidates(const char *name,
                        bool (*visit)(const char *file, bool exists, void *context), void *context);

#endif
