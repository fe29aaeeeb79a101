/* keys.c - stubs with equal keys are the same code: random signatures, by every convention that
 * this machine can call, with structs where convention and alignment put them. */
#include "objects.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { ROUNDS = 300, MOST_ARGUMENTS = 24, STRUCTS = 12, DOUBLE = 6, LONG = 4 };

static const struct {
    ZfTake take;
    const char *type;
} scalars[] = {
    {ZF_TAKE_BOOL, "bool"},     {ZF_TAKE_INT8, "signed char"}, {ZF_TAKE_UINT16, "unsigned short"},
    {ZF_TAKE_INT32, "int"},     {ZF_TAKE_INT64, "long long"},  {ZF_TAKE_FLOAT, "float"},
    {ZF_TAKE_DOUBLE, "double"}, {ZF_TAKE_POINTER, "void *"},
};

static const struct {
    const char *type;
    size_t count;
    uint32_t pack;
} structs[STRUCTS] = {
    {"float", 1, 0}, {"float", 1, 2},  {"_Float16", 2, 0},  {"_Float16", 1, 0},
    {"float", 3, 0}, {"double", 2, 0}, {"double", 1, 4},    {"char", 3, 0},
    {"int", 1, 0},   {"short", 3, 0},  {"long long", 2, 0}, {"int", 3, 0},
};

static uint64_t state = 1;

static size_t choose(size_t count)
{
    state = state * 6364136223846793005 + 1442695040888963407;
    return (size_t)((state >> 33) % count);
}

static ZfType *make_struct(size_t which)
{
    ZfMember members[3] = {{0}};
    ZfType *type;
    for (size_t i = 0; i < structs[which].count; i++) {
        members[i] = (ZfMember){.type = zf_type_find(structs[which].type),
                                .bits = ZF_NO_BITS,
                                .is_named = true,
                                .at = ZF_NO_OFFSET};
    }
    const ZfLayoutOptions options = {.name = "struct", .pack = structs[which].pack};
    size_t bad;
    const char *why;
    if (zf_layout_make(&options, structs[which].count, members, &type, &bad, &why) != ZF_OK) {
        abort();
    }
    return type;
}

/* A stub, and the key that it is known by. */
typedef struct Made {
    uint8_t key[ZF_STUB_MAX_KEY];
    size_t key_size;
    ZfStubCode code;
} Made;

static const ZfType *scalar_type(const ZfAbi *abi, size_t which)
{
    return zf_abi_type(abi, scalars[which].type);
}

/* Arguments that use up the registers, or some; then a few at random. */
static size_t choose_start(const ZfAbi *abi, ZfStubSpec *spec, const ZfType **types)
{
    size_t doubles = choose(2) * 8, longs = choose(2) * 8, others = choose(3), count = 0;
    while (count < doubles + longs + others) {
        size_t which = count < doubles           ? DOUBLE
                       : count < doubles + longs ? LONG
                                                 : choose(LENGTH(scalars));
        types[count] = scalar_type(abi, which);
        spec->takes[count++] = (uint8_t)scalars[which].take;
    }
    return count;
}

/* The stub with this struct among the arguments; false if there is none. */
static bool make(const ZfAbi *abi, ZfStubSpec *spec, size_t count, const ZfType *const *types,
                 Made *made)
{
    ZfPlan *plan;
    ZfPrototype prototype = {zf_type_find("void"), count, types, SIZE_MAX};
    if (zf_plan_make(abi, &prototype, &plan, NULL, NULL) != ZF_OK) {
        return false;
    }
    spec->plan = plan;
    made->key_size = zf_stub_key(spec, made->key);
    bool is_made = made->key_size != 0 && zf_stub_emit(spec, &model, &made->code);
    zf_plan_free(plan);
    return is_made;
}

static bool is_same_code(const ZfStubCode *a, const ZfStubCode *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0 &&
           a->literal_count == b->literal_count &&
           memcmp(a->literals, b->literals, a->literal_count * sizeof *a->literals) == 0;
}

/* Signatures that differ in one struct: those whose stubs differ must have other keys. */
static size_t check_round(const ZfAbi *abi, ZfType *const *all)
{
    static Made made[STRUCTS];
    const ZfType *types[MOST_ARGUMENTS];
    ZfStubSpec spec = {.give = ZF_GIVE_VOID};
    size_t place = choose_start(abi, &spec, types), last = choose(LENGTH(scalars)), count = 0;
    types[place + 1] = scalar_type(abi, last);
    spec.takes[place] = ZF_TAKE_STRUCT;
    spec.takes[place + 1] = (uint8_t)scalars[last].take;
    for (size_t i = 0; i < STRUCTS; i++) {
        types[place] = all[i];
        count += make(abi, &spec, place + 2, types, &made[count]);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            bool has_same_key = zf_stub_compare_keys(made[i].key, made[i].key_size, made[k].key,
                                                     made[k].key_size) == 0;
            CHECK(!has_same_key || is_same_code(&made[i].code, &made[k].code),
                  "%s: one key for two stubs, %zu arguments", zf_abi_name(abi), place + 2);
        }
    }
    return count;
}

void test_keys(void)
{
    ZfType *all[STRUCTS];
    const ZfAbi *abi;
    for (size_t i = 0; i < STRUCTS; i++) {
        all[i] = make_struct(i);
    }
    for (size_t i = 0; (abi = zf_abi_at(i)) != NULL; i++) {
        size_t stubs = 0;
        for (size_t round = 0; zf_abi_is_callable(abi) && round < ROUNDS; round++) {
            stubs += check_round(abi, all);
        }
        CHECK(!zf_abi_is_callable(abi) || stubs > ROUNDS, "%s: %zu", zf_abi_name(abi), stubs);
    }
    for (size_t i = 0; i < STRUCTS; i++) {
        zf_type_free(all[i]);
    }
}
