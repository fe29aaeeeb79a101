/* library_linux.c - opening libraries and looking up symbols with the ELF loader of Linux (glibc
 * and musl).
 *
 * dlerror() keeps one message per thread and hands it out once, so each use of the loader here
 * clears it first, reads it right after, and copies it at once; a NULL symbol is told from a
 * missing one by that message alone. Names become files in find_linux.c.
 */
#define _GNU_SOURCE
#include "find_linux.h"

#include "../zffi.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

/* The loader's last message, for the caller to free. */
static char *take_words(void)
{
    const char *words = dlerror();
    return strdup(words != NULL ? words : "the loader gave no reason");
}

static ZfStatus loader_error(char **words)
{
    *words = take_words();
    return *words != NULL ? ZF_LOADER_ERROR : ZF_NO_MEMORY;
}

static int loader_mode(int mode)
{
    return mode & RTLD_LAZY ? mode : mode | RTLD_NOW;
}

/* A candidate that exists but cannot be loaded says more than one that is not there, so the words
 * of the first candidate that exists are kept, and else those of the first candidate. */
typedef struct Attempt {
    int mode;
    void *handle;
    char *words;
    bool words_of_a_file;
} Attempt;

static bool try_open(const char *file, bool exists, void *context)
{
    Attempt *attempt = context;
    dlerror();
    attempt->handle = dlopen(file, attempt->mode);
    if (attempt->handle != NULL) {
        return false;
    }
    if (attempt->words == NULL || (exists && !attempt->words_of_a_file)) {
        free(attempt->words);
        attempt->words = take_words();
        attempt->words_of_a_file = exists;
    }
    return true;
}

ZfStatus zf_library_open(const char *name, int mode, ZfLibrary **library, char **words)
{
    if (name != NULL && *name == '\0') { /* which glibc takes for the process */
        *words = strdup("an empty name");
        return *words != NULL ? ZF_LOADER_ERROR : ZF_NO_MEMORY;
    }
    Attempt attempt = {.mode = loader_mode(mode)};
    if (name == NULL || !zf_find_is_bare(name)) {
        try_open(name, false, &attempt);
    } else {
        zf_find_candidates(name, try_open, &attempt);
    }
    if (attempt.handle != NULL) {
        free(attempt.words);
        *library = attempt.handle;
        return ZF_OK;
    }
    if (attempt.words == NULL) {
        return ZF_NO_MEMORY;
    }
    *words = attempt.words;
    return ZF_LOADER_ERROR;
}

ZfStatus zf_library_close(ZfLibrary *library, char **words)
{
    dlerror();
    return dlclose(library) == 0 ? ZF_OK : loader_error(words);
}

ZfStatus zf_library_symbol(ZfLibrary *library, const char *name, void **address, char **words)
{
    dlerror();
    void *found = dlsym(library, name);
    if (found == NULL) {
        const char *said = dlerror();
        if (said != NULL) {
            *words = strdup(said);
            return *words != NULL ? ZF_LOADER_ERROR : ZF_NO_MEMORY;
        }
    }
    *address = found;
    return ZF_OK;
}

static struct link_map *link_map_of(ZfLibrary *library)
{
    struct link_map *map = NULL;
    return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? map : NULL;
}

const char *zf_library_path(ZfLibrary *library)
{
    struct link_map *map = link_map_of(library);
    return map != NULL && map->l_name != NULL ? map->l_name : "";
}

/* -- The symbols that an ELF image defines: its dynamic symbol table, sized by its hash table
 * (gABI, chapter 5) ----- */

typedef struct Dynamic {
    const ElfW(Sym) * symbols;
    const char *strings;
    const uint32_t *gnu_hash;
    const uint32_t *sysv_hash;
} Dynamic;

/* glibc has relocated the addresses in a loaded dynamic section, musl has not. */
static const void *dynamic_address(ElfW(Addr) base, const ElfW(Dyn) * entry)
{
    ElfW(Addr) address = entry->d_un.d_ptr;
    return (const void *)(address < base ? address + base : address);
}

static Dynamic read_dynamic(ElfW(Addr) base, const ElfW(Dyn) * entry)
{
    Dynamic dynamic = {0};
    for (; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB: dynamic.symbols = dynamic_address(base, entry); break;
        case DT_STRTAB: dynamic.strings = dynamic_address(base, entry); break;
        case DT_GNU_HASH: dynamic.gnu_hash = dynamic_address(base, entry); break;
        case DT_HASH: dynamic.sysv_hash = dynamic_address(base, entry); break;
        }
    }
    return dynamic;
}

/* The table ends after the chain of the last bucket: a chain's last hash has its lowest bit set. */
static uint32_t gnu_symbol_count(const uint32_t *table)
{
    uint32_t bucket_count = table[0], first_symbol = table[1], bloom_words = table[2];
    const uint32_t *buckets = table + 4 + bloom_words * (sizeof(ElfW(Addr)) / sizeof *table);
    const uint32_t *chains = buckets + bucket_count;
    uint32_t last = 0;
    for (uint32_t i = 0; i < bucket_count; i++) {
        last = buckets[i] > last ? buckets[i] : last;
    }
    if (last < first_symbol) {
        return 0;
    }
    while ((chains[last - first_symbol] & 1) == 0) {
        last++;
    }
    return last + 1;
}

/* The names of an image's symbols, one after the other with their NULs. */
typedef struct Names {
    char *text;
    size_t length;
    size_t room;
    bool failed;
} Names;

static void add_name(Names *names, const char *name)
{
    size_t length = strlen(name) + 1;
    if (names->length + length > names->room) {
        size_t room = 2 * names->room + length + 4096;
        char *grown = realloc(names->text, room);
        names->failed |= grown == NULL;
        names->text = grown != NULL ? grown : names->text;
        names->room = grown != NULL ? room : names->room;
    }
    if (!names->failed) {
        memcpy(names->text + names->length, name, length);
        names->length += length;
    }
}

static void add_defined(Names *names, ElfW(Addr) base, const ElfW(Dyn) * entries)
{
    Dynamic dynamic = read_dynamic(base, entries);
    if (dynamic.symbols == NULL || dynamic.strings == NULL) {
        return;
    }
    uint32_t count = dynamic.gnu_hash != NULL    ? gnu_symbol_count(dynamic.gnu_hash)
                     : dynamic.sysv_hash != NULL ? dynamic.sysv_hash[1]
                                                 : 0;
    for (uint32_t i = 1; i < count; i++) {
        const ElfW(Sym) *symbol = &dynamic.symbols[i];
        if (symbol->st_shndx != SHN_UNDEF) {
            add_name(names, dynamic.strings + symbol->st_name);
        }
    }
}

static int add_image(struct dl_phdr_info *image, size_t size, void *names)
{
    (void)size;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        if (image->dlpi_phdr[i].p_type == PT_DYNAMIC) {
            const void *entries = (const void *)(image->dlpi_addr + image->dlpi_phdr[i].p_vaddr);
            add_defined(names, image->dlpi_addr, entries);
        }
    }
    return 0;
}

/* The process (the head of the list of images) stands for every image in it. The loader's lock
 * keeps them from going while they are read, so names are copied first and shown after. */
void zf_library_each_symbol(ZfLibrary *library, bool (*visit)(const char *name, void *context),
                            void *context)
{
    Names names = {0};
    const struct link_map *map = link_map_of(library);
    if (map != NULL && map->l_prev == NULL) {
        dl_iterate_phdr(add_image, &names);
    } else if (map != NULL && map->l_ld != NULL) {
        add_defined(&names, map->l_addr, map->l_ld);
    }
    size_t at = 0;
    while (at < names.length && visit(names.text + at, context)) {
        at += strlen(names.text + at) + 1;
    }
    free(names.text);
}
