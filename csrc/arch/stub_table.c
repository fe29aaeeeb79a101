/* stub_table.c - the stubs that this process uses: those that the library has in its text, and
 * those that were made at run time.
 *
 * A stub is known by its key: all that its code depends on. The table only grows, an entry never
 * changes once it can be found, and neither finding nor adding one takes a lock.
 */
#include "arch.h"
#include "stub.h"

#include "../os/os.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

typedef struct Entry {
    ZfStub stub;
    struct Entry *next; /* older, fixed before this entry can be found */
    uint8_t key[];
} Entry;

static _Atomic(Entry *) buckets[BUCKETS];

/* -- Keys -------------------------------------------------------------------------------------- */

typedef struct Key {
    uint8_t *bytes;
    size_t size;
    bool is_good;
} Key;

static void put(Key *key, uint32_t number)
{
    if (key->size == ZF_STUB_MAX_KEY || number > UINT8_MAX) {
        key->is_good = false;
        return;
    }
    key->bytes[key->size++] = (uint8_t)number;
}

static bool can_place(const ZfPlace *place, bool is_result)
{
    bool can = !place->is_reference;
    for (uint32_t i = 0; can && i < place->piece_count; i++) {
        can = zf_stub_can_place(&place->pieces[i], is_result);
    }
    return can;
}

/* Values in registers, or in words on the stack, all of them: no copies, no wide ones, and no stack
 * that is aligned to more than for every call. */
static bool can_be(const ZfStubSpec *spec)
{
    const ZfPlan *plan = spec->plan;
    bool can = plan->argument_count <= ZF_STUB_MAX_ARGUMENTS && plan->copy_bytes == 0 &&
               plan->stack_alignment <= 16 && plan->stack_bytes <= ZF_STUB_MAX_STACK &&
               !plan->is_variadic && spec->give != ZF_GIVE_NONE && can_place(&plan->result, true);
    for (uint32_t i = 0; can && i < plan->argument_count; i++) {
        can = spec->takes[i] != ZF_TAKE_NONE && can_place(&plan->arguments[i], false);
    }
    return can;
}

static void put_place(Key *key, const ZfPlace *place)
{
    put(key, place->piece_count);
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        put(key, piece->bank);
        put(key, piece->index & UINT8_MAX);
        put(key, piece->index >> 8);
        put(key, piece->room);
        put(key, piece->offset);
        put(key, piece->size);
    }
}

/* Where scalars are is decided by their kinds, unless there are structs between them. */
size_t zf_stub_key(const ZfStubSpec *spec, uint8_t bytes[ZF_STUB_MAX_KEY])
{
    const ZfPlan *plan = spec->plan;
    bool has_structs = false;
    Key key = {bytes, 0, can_be(spec)};
    for (uint32_t i = 0; key.is_good && i < plan->argument_count; i++) {
        has_structs |= spec->takes[i] == ZF_TAKE_STRUCT;
    }
    put(&key, plan->abi->id);
    put(&key, spec->options);
    put(&key, spec->give);
    if (spec->give == ZF_GIVE_STRUCT) {
        put_place(&key, &plan->result);
    }
    for (uint32_t i = 0; key.is_good && i < plan->argument_count; i++) {
        put(&key, spec->takes[i]);
        if (has_structs) {
            put_place(&key, &plan->arguments[i]);
        }
    }
    return key.is_good ? key.size : 0;
}

int zf_stub_compare_keys(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
    if (a_size != b_size) {
        return a_size < b_size ? -1 : 1;
    }
    return memcmp(a, b, a_size);
}

/* -- Finding ----------------------------------------------------------------------------------- */

static const ZfPrebuilt *find_prebuilt(const ZfStubSource *source, const uint8_t *key, size_t size)
{
    const uint8_t *base = (const uint8_t *)source->prebuilt;
    size_t low = 0, high = source->prebuilt_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const ZfPrebuilt *found = &source->prebuilt[middle];
        int order = zf_stub_compare_keys(key, size, base + found->key, found->key_size);
        if (order == 0) {
            return found;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

static _Atomic(Entry *) *bucket_of(const uint8_t *key, size_t size)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ key[i]) * 16777619;
    }
    return &buckets[hash % BUCKETS];
}

/* A known stub may come from where the source takes none. */
static bool is_from(const ZfStub *stub, const ZfStubSource *source)
{
    return stub->is_prebuilt ? source->prebuilt_count != 0 : source->can_make;
}

static const ZfStub *find_known(_Atomic(Entry *) *bucket, const ZfStubSource *source,
                                const uint8_t *key, size_t size)
{
    const Entry *entry = atomic_load_explicit(bucket, memory_order_acquire);
    while (entry != NULL &&
           (zf_stub_compare_keys(key, size, entry->key, entry->stub.key_size) != 0 ||
            !is_from(&entry->stub, source))) {
        entry = entry->next;
    }
    return entry != NULL ? &entry->stub : NULL;
}

/* -- Making ------------------------------------------------------------------------------------ */

/* The code in its place; of a new arena, the literals first. False if there is no room. */
static bool place_code(const ZfStubCode *code, const ZfStubSource *source, ZfCodeRoom *room)
{
    enum { HEADER = sizeof(void *) * ZF_LITERAL_COUNT };
    if (!zf_code_begin(code->size, HEADER, room)) {
        return false;
    }
    if (room->is_new_arena) {
        memcpy(room->arena_write, source->literals, HEADER);
    }
    memcpy(room->write, code->bytes, code->size);
    zf_stub_link(code, room->write, room->run, room->arena_run);
    return true;
}

static bool make(const ZfStubSpec *spec, const ZfStubSource *source, ZfStub *stub)
{
    ZfStubCode code;
    ZfCodeRoom room;
    if (!source->can_make || !zf_code_is_available() || !zf_stub_emit(spec, source->model, &code) ||
        !place_code(&code, source, &room) || !zf_code_end(&room, code.size)) {
        return false;
    }
    *stub = (ZfStub){.entry = room.run, .size = (uint32_t)code.size};
    return true;
}

/* Two threads may add the same stub at a time; both are good, and one of them is found from then
 * on. */
static const ZfStub *publish(Entry *entry, _Atomic(Entry *) *bucket)
{
    entry->next = atomic_load_explicit(bucket, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(bucket, &entry->next, entry, memory_order_release,
                                                  memory_order_relaxed)) {
    }
    return &entry->stub;
}

static const ZfStub *add(const ZfStubSpec *spec, const ZfStubSource *source,
                         _Atomic(Entry *) *bucket, const uint8_t *key, size_t size)
{
    const ZfPrebuilt *prebuilt = find_prebuilt(source, key, size);
    Entry *entry = malloc(sizeof *entry + size);
    if (entry == NULL || (prebuilt == NULL && !make(spec, source, &entry->stub))) {
        free(entry);
        return NULL;
    }
    if (prebuilt != NULL) {
        const uint8_t *base = (const uint8_t *)source->prebuilt;
        entry->stub = (ZfStub){base + prebuilt->entry, prebuilt->size, .is_prebuilt = true};
    }
    memcpy(entry->key, key, size);
    entry->stub.key = entry->key;
    entry->stub.key_size = (uint16_t)size;
    return publish(entry, bucket);
}

const ZfStub *zf_stub_find(const ZfStubSpec *spec, const ZfStubSource *source, bool *is_new)
{
    uint8_t key[ZF_STUB_MAX_KEY];
    size_t size = zf_stub_key(spec, key);
    *is_new = false;
    if (size == 0) {
        return NULL;
    }
    _Atomic(Entry *) *bucket = bucket_of(key, size);
    const ZfStub *stub = find_known(bucket, source, key, size);
    *is_new = stub == NULL;
    return stub != NULL ? stub : add(spec, source, bucket, key, size);
}
