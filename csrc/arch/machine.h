/* machine.h - how Linux and its loader name the CPU that this is compiled for. */
#ifndef ZF_MACHINE_H
#define ZF_MACHINE_H

/* The folder of a CPU's libraries on Debian and its kin; and the flags of its entries in the
 * loader's cache (glibc, sysdeps/generic/ldconfig.h). */
#if defined(__x86_64__)
#define ZF_MACHINE_TRIPLET "x86_64-linux-gnu"
enum { ZF_MACHINE_CACHE_FLAGS = 0x0303 };
#elif defined(__aarch64__)
#define ZF_MACHINE_TRIPLET "aarch64-linux-gnu"
enum { ZF_MACHINE_CACHE_FLAGS = 0x0a03 };
#endif

#endif
