/* mentions_linux.c - whether a library, or one that it needs, has to do with names of a prefix.
 *
 * It reads the string tables of loaded ELF images and says yes when in doubt: a name found there
 * may be one that is defined, one that is wanted, or part of another.
 */
#define _GNU_SOURCE
#include "os.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

enum { MOST_IMAGES = 256 };

typedef struct Search {
    const char *prefix;
    const struct link_map *seen[MOST_IMAGES];
    size_t seen_count;
} Search;

/* At the start of a name, or behind an underscore: names share the ends of longer ones. */
static bool has_prefix(const char *strings, size_t size, const char *prefix)
{
    size_t length = strlen(prefix);
    const char *at = strings;
    while ((at = memmem(at, size - (size_t)(at - strings), prefix, length)) != NULL) {
        if (at == strings || at[-1] == '\0' || at[-1] == '_') {
            return true;
        }
        at++;
    }
    return false;
}

static bool is_seen(Search *search, const struct link_map *map)
{
    for (size_t i = 0; i < search->seen_count; i++) {
        if (search->seen[i] == map) {
            return true;
        }
    }
    return false;
}

static bool image_mentions(Search *search, const struct link_map *map);

/* One of the libraries that an image needs; they are loaded already. */
static bool needed_mentions(Search *search, const char *name)
{
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    struct link_map *map = NULL;
    if (handle == NULL) {
        return true; /* who knows */
    }
    bool mentions = dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || image_mentions(search, map);
    dlclose(handle);
    return mentions;
}

static bool image_mentions(Search *search, const struct link_map *map)
{
    const char *strings = NULL;
    size_t size = 0;
    if (is_seen(search, map)) {
        return false;
    }
    if (map->l_prev == NULL || map->l_ld == NULL || search->seen_count == MOST_IMAGES) {
        return true; /* the process itself, which stands for all that is in it */
    }
    search->seen[search->seen_count++] = map;
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRTAB) {
            ElfW(Addr) address = entry->d_un.d_ptr; /* musl does not relocate it */
            strings = (const char *)(address < map->l_addr ? address + map->l_addr : address);
        } else if (entry->d_tag == DT_STRSZ) {
            size = entry->d_un.d_val;
        }
    }
    if (strings == NULL || has_prefix(strings, size, search->prefix)) {
        return true;
    }
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_NEEDED && needed_mentions(search, strings + entry->d_un.d_val)) {
            return true;
        }
    }
    return false;
}

bool zf_library_mentions(ZfLibrary *library, const char *prefix)
{
    Search search = {.prefix = prefix};
    struct link_map *map = NULL;
    return dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || image_mentions(&search, map);
}
