/* objects.c - see objects.h. */
#include "objects.h"

#include "os/os.h"

#include <string.h>

unsigned long check_count, check_failures;
Object int_type, bool_type, float_type, bytes_type, other_type, none, yes, no, target;
Events events;
ZfStubModel model;

/* The ints that the interpreter keeps: from -ZF_SMALL_BELOW to SMALL_COUNT - 1. */
enum { SMALL_BYTES = 48, SMALL_COUNT = 10 };
static _Alignas(16) unsigned char small[ZF_SMALL_BELOW + SMALL_COUNT][SMALL_BYTES];

const void *small_int(int value)
{
    return small[ZF_SMALL_BELOW + value];
}

typedef struct Placed {
    uint8_t key[ZF_STUB_MAX_KEY];
    size_t key_size;
    const uint8_t *entry;
} Placed;

static Placed placed[512];
static size_t placed_count;

/* -- Objects ----------------------------------------------------------------------------------- */

static void put(Object *object, size_t offset, uint64_t word)
{
    memcpy(object->bytes + offset, &word, sizeof word);
}

uint64_t word_of(const Object *object, size_t offset)
{
    uint64_t word;
    memcpy(&word, object->bytes + offset, sizeof word);
    return word;
}

Object make_of_type(const Object *type)
{
    Object object;
    memset(&object, 0x5a, sizeof object);
    put(&object, 0, 1);
    put(&object, model.object_type, (uintptr_t)type);
    return object;
}

Object make_int(bool is_negative, uint64_t count, uint32_t low, uint32_t high)
{
    Object object = make_of_type(&int_type);
    uint64_t tag = count << 3 | (is_negative ? 2 : count == 0);
    put(&object, model.int_header, model.int_is_tagged ? tag : is_negative ? -count : count);
    memcpy(object.bytes + model.int_digits, &low, sizeof low);
    memcpy(object.bytes + model.int_digits + 4, &high, sizeof high);
    return object;
}

Object make_float(double value)
{
    Object object = make_of_type(&float_type);
    memcpy(object.bytes + model.float_value, &value, sizeof value);
    return object;
}

Object make_bytes(const char *text, size_t length)
{
    Object object = make_of_type(&bytes_type);
    put(&object, model.bytes_size, length);
    memcpy(object.bytes + model.bytes_data, text, length + 1);
    return object;
}

void use_interpreter(Interpreter interpreter)
{
    placed_count = 0;
    model = (ZfStubModel){
        .object_type = 24,
        .type_flags = 43,
        .int_subclass_bit = 16,
        .int_is_tagged = interpreter.is_tagged,
        .int_header = 40,
        .int_digits = 56,
        .int_bytes = SMALL_BYTES,
        .float_value = 48,
        .bytes_size = 40,
        .bytes_data = 64,
        .is_immortal = interpreter.is_immortal,
        .is_free_threaded = interpreter.is_free_threaded,
        .target_address = 56,
        .target_generic = 72,
        .target_inside = 88,
        .target_signature = 104,
    };
    Object *const types[] = {&int_type, &bool_type, &float_type, &bytes_type, &other_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        *types[i] = make_of_type(&other_type);
        types[i]->bytes[model.type_flags] = (unsigned char)(i < 2 ? 0xff : 0xff & ~16);
    }
    none = make_of_type(&other_type);
    yes = make_int(false, 1, 1, 0);
    no = make_int(false, 0, 0, 0);
    put(&yes, model.object_type, (uintptr_t)&bool_type);
    put(&no, model.object_type, (uintptr_t)&bool_type);
}

/* -- What stubs call --------------------------------------------------------------------------- */

void note(char letter)
{
    size_t length = strlen(events.order);
    if (length + 1 < sizeof events.order) {
        events.order[length] = letter;
    }
}

static void *box_int64(int64_t word)
{
    note('i');
    events.boxed = (uint64_t)word;
    return &other_type;
}

static void *box_uint64(uint64_t word)
{
    note('u');
    events.boxed = word;
    return &other_type;
}

static void *box_double(double number)
{
    note('d');
    events.boxed_number = number;
    return &other_type;
}

static void *box_by(char letter, const void *self, uint64_t word, double number)
{
    note(letter);
    CHECK(self == &target, "%c", letter);
    events.boxed = word;
    events.boxed_number = number;
    return &other_type;
}

static void *box(const void *self, uint64_t word, double number)
{
    return box_by('b', self, word, number);
}

static void *box_guarded(const void *self, uint64_t word, double number)
{
    return box_by('g', self, word, number);
}

static void *box_leaving(const void *self, uint64_t word, double number)
{
    return box_by('l', self, word, number);
}

static void *box_struct(const void *self, const uint64_t *words)
{
    memcpy(events.words, words, 4 * sizeof *words);
    return box_by('s', self, 0, 0);
}

static void *save_thread(void)
{
    note('S');
    return &events;
}

static void restore_thread(const void *state)
{
    CHECK(state == &events, "the thread's state");
    note('R');
}

static void errno_enter(void)
{
    note('E');
}

static void errno_clear(void)
{
    note('C');
}

static void errno_leave(void)
{
    note('L');
}

const void *literals[ZF_LITERAL_COUNT] = {
    [ZF_LITERAL_LONG_TYPE] = &int_type,
    [ZF_LITERAL_FLOAT_TYPE] = &float_type,
    [ZF_LITERAL_BYTES_TYPE] = &bytes_type,
    [ZF_LITERAL_NONE] = &none,
    [ZF_LITERAL_TRUE] = &yes,
    [ZF_LITERAL_FALSE] = &no,
    [ZF_LITERAL_SMALL_INTS] = small,
    [ZF_LITERAL_SMALL_ZERO] = small[ZF_SMALL_BELOW],
    [ZF_LITERAL_SMALL_COUNT] = (const void *)SMALL_COUNT,
    [ZF_LITERAL_BOX_INT64] = (const void *)box_int64,
    [ZF_LITERAL_BOX_UINT64] = (const void *)box_uint64,
    [ZF_LITERAL_BOX_DOUBLE] = (const void *)box_double,
    [ZF_LITERAL_BOX] = (const void *)box,
    [ZF_LITERAL_BOX_GUARDED] = (const void *)box_guarded,
    [ZF_LITERAL_BOX_LEAVING] = (const void *)box_leaving,
    [ZF_LITERAL_BOX_STRUCT] = (const void *)box_struct,
    [ZF_LITERAL_SAVE_THREAD] = (const void *)save_thread,
    [ZF_LITERAL_RESTORE_THREAD] = (const void *)restore_thread,
    [ZF_LITERAL_ERRNO_ENTER] = (const void *)errno_enter,
    [ZF_LITERAL_ERRNO_CLEAR] = (const void *)errno_clear,
    [ZF_LITERAL_ERRNO_LEAVE] = (const void *)errno_leave,
};

/* -- Running ----------------------------------------------------------------------------------- */

static void *generic_one(const void *self, const void *given)
{
    events.is_generic = true;
    events.generic_self = self;
    events.generic_given = given;
    return &other_type;
}

static void *generic_many(const void *self, const void *given, int64_t count)
{
    events.generic_count = count;
    return generic_one(self, given);
}

/* NULL if there is no room for it, which only the system could be the reason of. */
static const uint8_t *place(const ZfStubCode *code)
{
    ZfCodeRoom room;
    if (!zf_code_begin(code->size, sizeof literals, &room)) {
        return NULL;
    }
    if (room.is_new_arena) {
        memcpy(room.arena_write, literals, sizeof literals);
    }
    memcpy(room.write, code->bytes, code->size);
    zf_stub_link(code, room.write, room.run, room.arena_run);
    return zf_code_end(&room, code->size) ? room.run : NULL;
}

/* Made once for each key and interpreter. */
static const uint8_t *entry_of(const ZfStubSpec *spec)
{
    static ZfStubCode code;
    Placed new = {.key_size = zf_stub_key(spec, new.key)};
    CHECK(new.key_size != 0, "no key");
    for (size_t i = 0; i < placed_count; i++) {
        const Placed *known = &placed[i];
        if (zf_stub_compare_keys(known->key, known->key_size, new.key, new.key_size) == 0) {
            return known->entry;
        }
    }
    new.entry = zf_stub_emit(spec, &model, &code) ? place(&code) : NULL;
    CHECK(new.entry != NULL, "no stub");
    CHECK(placed_count < sizeof placed / sizeof *placed, "too many stubs");
    placed[placed_count++] = new;
    return new.entry;
}

void *run_stub(const ZfStubSpec *spec, void (*function)(void), Object *const *given, int64_t count)
{
    bool is_one = spec->options & ZF_STUB_ONE;
    const uint8_t *entry = entry_of(spec);
    events = (Events){0};
    if (entry == NULL) {
        return NULL;
    }
    target = make_of_type(&other_type);
    put(&target, model.target_address, (uintptr_t)function);
    put(&target, model.target_generic, is_one ? (uintptr_t)generic_one : (uintptr_t)generic_many);
    put(&target, model.target_inside, 0);
    return is_one ? ((void *(*)(Object *, Object *))(uintptr_t)entry)(&target, given[0])
                  : ((void *(*)(Object *, Object *const *, int64_t))(uintptr_t)entry)(&target,
                                                                                      given, count);
}

void close_target(void)
{
    put(&target, model.target_address, 0);
    put(&target, model.target_inside, word_of(&target, model.target_inside) | UINT64_C(1) << 63);
}
