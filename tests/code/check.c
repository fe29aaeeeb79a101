/* check.c - see check.h. */
#include "check.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int failures;

void check_failed(const char *file, int line, const char *what)
{
    atomic_fetch_add(&failures, 1);
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
}

int check_outcome(void)
{
    return failures != 0;
}

void write_constant(uint8_t *code, int number)
{
#if defined(__x86_64__)
    static const uint8_t around[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xb8, 0, 0, 0, 0, 0xc3, 0x90, 0x90};
    memcpy(code, around, sizeof around); /* endbr64; mov $number, %eax; ret */
    memcpy(code + 5, &number, sizeof number);
#else
    uint32_t low = (uint32_t)number & 0xffff; /* mov w0, #low; movk w0, #high, lsl #16; ret */
    uint32_t high = (uint32_t)number >> 16;
    uint32_t words[] = {0x52800000 | low << 5, 0x72a00000 | high << 5, 0xd65f03c0};
    memcpy(code, words, sizeof words);
#endif
}

Constant *make_constant(int number)
{
    ZfCodeRoom room;
    if (!zf_code_begin(CONSTANT_BYTES, HEADER_BYTES, &room)) {
        return NULL;
    }
    write_constant(room.write, number);
    if (room.is_new_arena) {
        memset(room.arena_write, 'h', HEADER_BYTES);
    }
    return zf_code_end(&room, CONSTANT_BYTES) ? (Constant *)(uintptr_t)room.run : NULL;
}

/* Gives each line of /proc/self/maps to `visit`, until it returns false. */
static void each_mapping(bool (*visit)(uintptr_t start, uintptr_t end, const Mapping *mapping,
                                       void *context),
                         void *context)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[1024];
    bool goes_on = file != NULL;
    while (goes_on && fgets(line, sizeof line, file) != NULL) {
        unsigned long start, end;
        Mapping mapping = {.name = ""};
        if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %63[^\n]", &start, &end, mapping.access,
                   mapping.name) >= 3) {
            goes_on = visit(start, end, &mapping, context);
        }
    }
    if (file == NULL) {
        abort();
    }
    fclose(file);
}

typedef struct Search {
    uintptr_t address;
    Mapping found;
} Search;

static bool compare_address(uintptr_t start, uintptr_t end, const Mapping *mapping, void *context)
{
    Search *search = context;
    bool is_it = start <= search->address && search->address < end;
    if (is_it) {
        search->found = *mapping;
    }
    return !is_it;
}

Mapping mapping_of(const void *address)
{
    Search search = {.address = (uintptr_t)address};
    each_mapping(compare_address, &search);
    return search.found;
}

static bool compare_access(uintptr_t start, uintptr_t end, const Mapping *mapping, void *context)
{
    (void)start, (void)end;
    bool is_it = mapping->access[1] == 'w' && mapping->access[2] == 'x';
    *(bool *)context |= is_it;
    return !is_it;
}

bool has_writable_code(void)
{
    bool has = false;
    each_mapping(compare_access, &has);
    return has;
}
