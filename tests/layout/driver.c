/* driver.c - layouts and plans behind a pipe: reads types and signatures, a line each, and prints
 * what the engine makes of them.
 *
 * Types are numbered as they come. What a line does not need is not there:
 *
 *     scalar MODEL NAME...                        (-1: of the compiler that built this)
 *     incomplete
 *     array ELEMENT COUNT
 *     complex ELEMENT
 *     vector ELEMENT COUNT
 *     record RULES IS_UNION IS_PACKED PACK ALIGNMENT ANONYMOUS_ALIGN COUNT
 *     TYPE BITS IS_NAMED ALIGNMENT AT             (COUNT times)
 *     plan ABI FIXED RESULT ARGUMENT...           (types; FIXED is -1 unless variadic)
 *     memory COUNT                                (only so many allocations succeed; -1: all)
 *     forget                                      (all types; numbers start at 0 again)
 *
 * Each type is answered by "SIZE ALIGNMENT NATURAL REQUIRED HAS_GAPS KIND,NAME", then by
 * ":OFFSET.BIT_OFFSET" for each member and "=OFFSET.SIZE.KIND.IS_BIT_FIELD" for each leaf, and a
 * record that cannot be by "!STATUS BAD WHY", with -1 for the whole. A plan is answered by the
 * places of the result and the arguments: "&" for a reference, then "BANK.INDEX.OFFSET.SIZE+" for
 * each piece, and a space. */
#include "abi/abi.h"
#include "layout/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TYPES = 1 << 16, MAX_MEMBERS = 1 << 10, MAX_LINE = 1 << 10 };

static const ZfType *types[MAX_TYPES];
static ZfType *made[MAX_TYPES]; /* those that are ours to free */
static size_t type_count;

/* The linker hands the engine's allocations here (--wrap). */
static long allocations_left = -1;

void *__real_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool may_allocate(void)
{
    if (allocations_left > 0) {
        allocations_left--;
        return true;
    }
    return allocations_left < 0;
}

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_realloc(void *memory, size_t size)
{
    return may_allocate() ? __real_realloc(memory, size) : NULL;
}

static void give_up(const char *why)
{
    fprintf(stderr, "driver: %s\n", why);
    exit(2);
}

static const ZfType *type_at(long long index)
{
    if (index == -1) {
        return NULL;
    }
    if (index < 0 || (size_t)index >= type_count) {
        give_up("no such type");
    }
    return types[index];
}

static void add(const ZfType *type, ZfType *ours)
{
    if (type_count == MAX_TYPES) {
        give_up("too many types");
    }
    types[type_count] = type;
    made[type_count++] = ours;
}

static void forget(void)
{
    while (type_count > 0) {
        zf_type_free(made[--type_count]);
    }
}

static void answer(const ZfType *type, size_t count, const ZfMember *members)
{
    printf("%" PRIu64 " %u %u %u %d %d,%s", type->size, type->alignment, type->natural_alignment,
           type->required_alignment, type->has_gaps, (int)type->kind, type->name);
    for (size_t i = 0; i < count; i++) {
        printf(":%" PRIu64 ".%u", members[i].offset, members[i].bit_offset);
    }
    for (uint32_t i = 0; i < type->leaf_count; i++) {
        const ZfLeaf *leaf = &type->leaves[i];
        printf("=%u.%u.%u.%u", leaf->offset, leaf->size, leaf->kind, leaf->is_bit_field);
    }
    putchar('\n');
}

static void add_made(ZfStatus status, ZfType *type)
{
    if (status != ZF_OK) {
        add(NULL, NULL);
        printf("!%d -1 \n", (int)status);
        return;
    }
    add(type, type);
    answer(type, 0, NULL);
}

static void add_record(const char *line)
{
    static ZfMember members[MAX_MEMBERS];
    int rules, is_union, is_packed, anonymous;
    size_t count;
    ZfLayoutOptions options = {.name = "record"};
    if (sscanf(line, "record %d %d %d %u %u %d %zu", &rules, &is_union, &is_packed, &options.pack,
               &options.alignment, &anonymous, &count) != 7 ||
        count > MAX_MEMBERS) {
        give_up(line);
    }
    options.rules = (ZfRules)rules;
    options.is_union = is_union;
    options.is_packed = is_packed;
    options.anonymous_bit_fields_align = anonymous;
    for (size_t i = 0; i < count; i++) {
        long long type;
        int is_named;
        members[i] = (ZfMember){0};
        if (scanf("%lld %" SCNd32 " %d %u %" SCNd64 "\n", &type, &members[i].bits, &is_named,
                  &members[i].alignment, &members[i].at) != 5) {
            give_up("a member is incomplete");
        }
        members[i].type = type_at(type);
        members[i].is_named = is_named;
    }
    ZfType *type = NULL;
    size_t bad = SIZE_MAX; /* as it stays where there is no memory */
    const char *why = "";
    ZfStatus status = zf_layout_make(&options, count, members, &type, &bad, &why);
    if (status != ZF_OK) {
        add(NULL, NULL);
        printf("!%d %lld %s\n", (int)status, bad == SIZE_MAX ? -1 : (long long)bad, why);
        return;
    }
    add(type, type);
    answer(type, count, members);
}

static void add_scalar(const char *line)
{
    int model, name = 0;
    if (sscanf(line, "scalar %d %n", &model, &name) != 1 || model >= ZF_MODEL_COUNT) {
        give_up(line);
    }
    const ZfType *type = model < 0 ? zf_type_find(line + name)
                                   : zf_scalar_find((ZfDataModel)model, line + name);
    add(type, NULL);
    if (type == NULL) {
        printf("!0 -1 no such scalar\n");
    } else {
        answer(type, 0, NULL);
    }
}

/* The engine's own is in arch/, which knows the machine; planners do not. */
const ZfAbi *zf_abi_default(void)
{
    return &zf_abi_sysv64;
}

static void print_place(const ZfPlace *place)
{
    printf(place->is_reference ? "&" : "");
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        printf("%d.%u.%u.%u+", (int)piece->bank, piece->index, piece->offset, piece->size);
    }
    putchar(' ');
}

static void plan(char *line)
{
    const ZfType *given[MAX_LINE];
    const ZfType **arguments = given + 1;
    const ZfAbi *abi = zf_abi_find(strtok(line + strlen("plan "), " "));
    const char *fixed = strtok(NULL, " "), *word;
    size_t count = 0, bad = 0;
    const char *why = "";
    ZfPlan *plan;
    while ((word = strtok(NULL, " ")) != NULL) {
        given[count++] = type_at(atoll(word));
    }
    if (abi == NULL || count == 0) {
        give_up("no plan");
    }
    ZfPrototype prototype = {given[0], count - 1, arguments, (size_t)atoll(fixed)};
    ZfStatus status = zf_plan_make(abi, &prototype, &plan, &bad, &why);
    if (status != ZF_OK) {
        printf("!%d %zu %s\n", (int)status, bad, why);
        return;
    }
    print_place(&plan->result);
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        print_place(&plan->arguments[i]);
    }
    putchar('\n');
    zf_plan_free(plan);
}

int main(void)
{
    char line[MAX_LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        long long element;
        uint64_t count;
        ZfType *type = NULL;
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "scalar", 6) == 0) {
            add_scalar(line);
        } else if (strncmp(line, "record", 6) == 0) {
            add_record(line);
        } else if (strncmp(line, "plan", 4) == 0) {
            plan(line);
        } else if (sscanf(line, "array %lld %" SCNu64, &element, &count) == 2) {
            ZfStatus status = zf_type_array(type_at(element), count, &type);
            add_made(status, type);
        } else if (sscanf(line, "complex %lld", &element) == 1) {
            ZfStatus status = zf_type_complex(type_at(element), &type);
            add_made(status, type);
        } else if (sscanf(line, "vector %lld %" SCNu64, &element, &count) == 2) {
            ZfStatus status = zf_type_vector(type_at(element), (uint32_t)count, &type);
            add_made(status, type);
        } else if (strcmp(line, "incomplete") == 0) {
            static const ZfType incomplete = {.name = "struct Unknown", .kind = ZF_KIND_STRUCT};
            add(&incomplete, NULL);
            answer(&incomplete, 0, NULL);
        } else if (sscanf(line, "memory %ld", &allocations_left) == 1) {
            continue;
        } else if (strcmp(line, "forget") == 0) {
            forget();
        } else {
            give_up(line);
        }
    }
    forget();
    return 0;
}
