/* find_linux.c - from a bare library name to the files it may mean.
 *
 * Reads the loader's cache (glibc) and lists directories (everywhere; musl has no cache).
 * Everything read from the cache file is checked against its size: a damaged cache gives no
 * candidates, never a fault.
 */
#define _GNU_SOURCE
#include "find_linux.h"

#include "../arch/machine.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_CAPACITY = 256, FOUND_CAPACITY = 32 };

static const char standard_directories[] = "/lib:/usr/lib:/usr/local/lib:/lib64:/usr/lib64"
                                           ":/lib/" ZF_MACHINE_TRIPLET
                                           ":/usr/lib/" ZF_MACHINE_TRIPLET;

/* The files found in one place, newest version first. */
typedef struct Found {
    char *files[FOUND_CAPACITY];
    size_t count;
} Found;

bool zf_find_is_bare(const char *name)
{
    return *name != '\0' && strchr(name, '/') == NULL && strstr(name, ".so") == NULL;
}

/* Compares "libssl.so.1.1" and "libssl.so.3" by their numbers, as a person would. */
static int compare_versions(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *a_end, *b_end;
            unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);
            if (x != y) {
                return x < y ? -1 : 1;
            }
            a = a_end;
            b = b_end;
        } else if (*a != *b) {
            return *a < *b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static void found_add(Found *found, const char *file)
{
    size_t at = found->count;
    if (at == FOUND_CAPACITY) {
        return;
    }
    char *copy = strdup(file);
    if (copy == NULL) {
        return;
    }
    while (at > 0 && compare_versions(found->files[at - 1], copy) < 0) {
        found->files[at] = found->files[at - 1];
        at--;
    }
    found->files[at] = copy;
    found->count++;
}

/* Visits and frees what was found; returns false once `visit` has. */
static bool found_visit(Found *found, bool (*visit)(const char *, bool, void *), void *context)
{
    bool more = true;
    for (size_t i = 0; i < found->count; i++) {
        more = more && visit(found->files[i], true, context);
        free(found->files[i]);
    }
    found->count = 0;
    return more;
}

/* Whether a file name is "libNAME.so.VERSION", for prefix "libNAME.so." */
static bool is_version_of(const char *file, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(file, prefix, length) == 0 && isdigit((unsigned char)file[length]);
}

static void find_in_directory(const char *directory, const char *prefix, Found *found)
{
    DIR *listing = opendir(directory);
    if (listing == NULL) {
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(listing)) != NULL) {
        char path[4096];
        if (is_version_of(entry->d_name, prefix) &&
            snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) < (int)sizeof path) {
            found_add(found, path);
        }
    }
    closedir(listing);
}

/* Each folder of a search path in turn; returns false once `visit` has. */
static bool visit_search_path(const char *search_path, const char *prefix,
                              bool (*visit)(const char *, bool, void *), void *context)
{
    bool more = true;
    while (more && search_path != NULL && *search_path != '\0') {
        size_t length = strcspn(search_path, ":;");
        char directory[4096];
        if (length > 0 && length < sizeof directory) {
            memcpy(directory, search_path, length);
            directory[length] = '\0';
            Found found = {.count = 0};
            find_in_directory(directory, prefix, &found);
            more = found_visit(&found, visit, context);
        }
        search_path += length + (search_path[length] != '\0');
    }
    return more;
}

/* -- The loader's cache: glibc's "new" format, which may follow an old one in the same file ---- */

typedef struct CacheHeader {
    char magic[20]; /* "glibc-ld.so.cache1.1" */
    uint32_t entry_count;
    uint32_t string_bytes;
    uint8_t flags_and_padding[4];
    uint32_t extension_offset;
    uint32_t unused[3];
} CacheHeader;

typedef struct CacheEntry {
    int32_t flags;
    uint32_t key; /* offsets from the header: "libm.so.6" and its path */
    uint32_t value;
    uint32_t os_version;
    uint64_t hwcap;
} CacheEntry;

static const char *cache_string(const char *base, size_t size, uint32_t offset)
{
    return offset < size && memchr(base + offset, '\0', size - offset) != NULL ? base + offset
                                                                               : NULL;
}

static void search_cache(const char *file, size_t file_size, const char *prefix, Found *found)
{
    static const char magic[] = "glibc-ld.so.cache1.1";
    const char *base = memmem(file, file_size, magic, sizeof magic - 1);
    if (base == NULL) {
        return;
    }
    size_t size = file_size - (size_t)(base - file);
    CacheHeader header;
    if (size < sizeof header) {
        return;
    }
    memcpy(&header, base, sizeof header);
    if (header.entry_count > (size - sizeof header) / sizeof(CacheEntry)) {
        return;
    }
    for (uint32_t i = 0; i < header.entry_count; i++) {
        CacheEntry entry;
        memcpy(&entry, base + sizeof header + i * sizeof entry, sizeof entry);
        const char *key = cache_string(base, size, entry.key);
        if (entry.flags == ZF_MACHINE_CACHE_FLAGS && key != NULL && is_version_of(key, prefix)) {
            found_add(found, key);
        }
    }
}

static void find_in_cache(const char *prefix, Found *found)
{
    int descriptor = open("/etc/ld.so.cache", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    struct stat status;
    if (fstat(descriptor, &status) == 0 && status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *file = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (file != MAP_FAILED) {
            search_cache(file, size, prefix, found);
            munmap(file, size);
        }
    }
    close(descriptor);
}

void zf_find_candidates(const char *name,
                        bool (*visit)(const char *file, bool exists, void *context), void *context)
{
    char prefix[NAME_CAPACITY];
    int length = snprintf(prefix, sizeof prefix, "lib%s.so", name);
    if (length + 1 >= (int)sizeof prefix) {
        visit(name, false, context);
        return;
    }
    if (!visit(prefix, false, context)) {
        return;
    }
    memcpy(prefix + length, ".", 2);
    if (!visit_search_path(getenv("LD_LIBRARY_PATH"), prefix, visit, context)) {
        return;
    }
    Found found = {.count = 0};
    find_in_cache(prefix, &found);
    if (found_visit(&found, visit, context) &&
        visit_search_path(standard_directories, prefix, visit, context)) {
        visit(name, false, context);
    }
}
