/* frames_linux.h - how frames of code look that was made at run time, for whoever walks them. */
#ifndef ZF_FRAMES_LINUX_H
#define ZF_FRAMES_LINUX_H

#include <stddef.h>
#include <stdint.h>

/* Looks for the unwinder, the first time. This loads a library: no lock must be held. */
void zf_frames_find_unwinder(void);
/* Makes the unwind tables known that an arena begins with, for ever. One thread at a time. */
void zf_frames_register(const uint8_t *arena, size_t size);

#endif
