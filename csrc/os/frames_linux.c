/* frames_linux.c - tells others in and around the process how frames of code look that was made at
 * run time: the unwinder, so that C++ exceptions, the ends of threads and backtraces get through
 * it; and debuggers.
 *
 * The unwinder is libgcc's, which is not linked: a process that has no use for it does without.
 * Debuggers find a list of object files by its name (GDB's manual, "JIT Compilation Interface").
 */
#include "frames_linux.h"

#include "../arch/machine.h"

#include <dlfcn.h>
#include <elf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* -- The unwinder ------------------------------------------------------------------------------ */

typedef void RegisterFrames(void *frames);

/* NULL as long as it was not looked for, or is not there. */
static _Atomic(RegisterFrames *) register_frames;
static atomic_bool is_looked_for;

void zf_frames_find_unwinder(void)
{
    if (atomic_load_explicit(&is_looked_for, memory_order_acquire)) {
        return;
    }
    void *library = dlopen("libgcc_s.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (library != NULL) {
        void *symbol = dlsym(library, "__register_frame");
        atomic_store(&register_frames, (RegisterFrames *)(uintptr_t)symbol);
    }
    dlerror(); /* that it is not there is nobody's error */
    atomic_store_explicit(&is_looked_for, true, memory_order_release);
}

/* -- Debuggers --------------------------------------------------------------------------------- */

enum { NOTHING, REGISTERED };

typedef struct Entry {
    struct Entry *next;
    struct Entry *previous;
    const void *file;
    uint64_t size;
} Entry;

typedef struct Descriptor {
    uint32_t version;
    uint32_t action;
    Entry *relevant;
    Entry *first;
} Descriptor;

/* Debuggers read symbols of a file, too, that others cannot see. */
__attribute__((used)) static Descriptor __jit_debug_descriptor = {1, NOTHING, NULL, NULL};

/* Where they stop and read. */
__attribute__((noinline, used)) static void __jit_debug_register_code(void)
{
    __asm__ volatile("" ::: "memory");
}

enum { SECTION_NONE, SECTION_CODE, SECTION_FRAMES, SECTION_SYMBOLS, SECTION_NAMES, SECTIONS };

#define NAMES "\0.text\0.eh_frame\0.symtab\0.strtab\0zffi_code"
enum { NAME_CODE = 1, NAME_FRAMES = 7, NAME_SYMBOLS = 17, NAME_NAMES = 25, NAME_FUNCTION = 33 };

/* An object file that says: there are frames of this kind, in a function of this name. */
typedef struct File {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTIONS];
    Elf64_Sym symbols[2];
    uint8_t frames[ZF_MACHINE_FRAMES_BYTES];
    char names[sizeof NAMES];
} File;

typedef struct Known {
    Entry entry;
    File file;
} Known;

static void fill_sections(File *file, const uint8_t *arena, size_t size)
{
    file->sections[SECTION_CODE] = (Elf64_Shdr){
        .sh_name = NAME_CODE,
        .sh_type = SHT_NOBITS,
        .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
        .sh_addr = (uintptr_t)arena + ZF_MACHINE_FRAMES_BYTES,
        .sh_size = size - ZF_MACHINE_FRAMES_BYTES,
        .sh_addralign = 16,
    };
    file->sections[SECTION_FRAMES] = (Elf64_Shdr){
        .sh_name = NAME_FRAMES,
        .sh_type = SHT_PROGBITS,
        .sh_flags = SHF_ALLOC,
        .sh_addr = (uintptr_t)arena,
        .sh_offset = offsetof(File, frames),
        .sh_size = sizeof file->frames,
        .sh_addralign = 8,
    };
    file->sections[SECTION_SYMBOLS] = (Elf64_Shdr){
        .sh_name = NAME_SYMBOLS,
        .sh_type = SHT_SYMTAB,
        .sh_offset = offsetof(File, symbols),
        .sh_size = sizeof file->symbols,
        .sh_link = SECTION_NAMES,
        .sh_info = 1,
        .sh_addralign = 8,
        .sh_entsize = sizeof *file->symbols,
    };
    file->sections[SECTION_NAMES] = (Elf64_Shdr){
        .sh_name = NAME_NAMES,
        .sh_type = SHT_STRTAB,
        .sh_offset = offsetof(File, names),
        .sh_size = sizeof file->names,
        .sh_addralign = 1,
    };
}

static void fill_file(File *file, const uint8_t *arena, size_t size)
{
    file->header = (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_REL,
        .e_machine = ZF_MACHINE_ELF,
        .e_version = EV_CURRENT,
        .e_shoff = offsetof(File, sections),
        .e_ehsize = sizeof file->header,
        .e_shentsize = sizeof *file->sections,
        .e_shnum = SECTIONS,
        .e_shstrndx = SECTION_NAMES,
    };
    fill_sections(file, arena, size);
    file->symbols[1] = (Elf64_Sym){
        .st_name = NAME_FUNCTION,
        .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
        .st_shndx = SECTION_CODE,
        .st_size = size - ZF_MACHINE_FRAMES_BYTES,
    };
    memcpy(file->frames, arena, sizeof file->frames);
    memcpy(file->names, NAMES, sizeof file->names);
}

static void tell_debuggers(const uint8_t *arena, size_t size)
{
    Known *known = calloc(1, sizeof *known); /* for ever, as the arena */
    if (known == NULL) {
        return;
    }
    fill_file(&known->file, arena, size);
    Descriptor *all = &__jit_debug_descriptor;
    known->entry = (Entry){.next = all->first, .file = &known->file, .size = sizeof known->file};
    if (all->first != NULL) {
        all->first->previous = &known->entry;
    }
    all->first = all->relevant = &known->entry;
    all->action = REGISTERED;
    __jit_debug_register_code();
}

void zf_frames_register(const uint8_t *arena, size_t size)
{
    RegisterFrames *function = atomic_load(&register_frames);
    if (function != NULL) {
        function((void *)(uintptr_t)arena);
    }
    tell_debuggers(arena, size);
}
