/* engine.c - calls from C, by zf_call and by libffi's ffi_call, against each other.
 *
 *     engine LIBRARY ROUNDS SIGNATURE...
 *
 * A signature is "symbol result parameter parameter ...", types by their C names, any pointer as
 * "pointer". Prints the file of the libffi that is loaded, and its version if it tells. Then, for
 * each signature, prints a line: the symbol, and the nanoseconds of a call by zf_call and by
 * ffi_call. A sample is a batch of calls; each round takes one of every kind; the best counts.
 */
#define _GNU_SOURCE
#include "zffi.h"

#include <dlfcn.h>
#include <ffi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_PARAMETERS = 8, BATCH = 1000 };

/* A value or a result; libffi widens integer results to ffi_arg. */
typedef union Word {
    uint64_t bits;
    double number;
    const void *pointer;
    ffi_arg widened;
} Word;

typedef struct Call {
    ZfFunction function;
    ZfPlan *plan;
    const ZfType *result;
    ffi_cif interface;
    ffi_type *ffi_parameters[MAX_PARAMETERS];
    Word values[MAX_PARAMETERS];
    void *arguments[MAX_PARAMETERS];
    const char *symbol;
    double ours, theirs; /* the best samples so far, in nanoseconds */
} Call;

static void fail(const char *what, const char *about)
{
    fprintf(stderr, "engine: %s: %s\n", what, about);
    exit(1);
}

static const ZfType *find_type(const char *word)
{
    const ZfType *type = zf_type_find(strcmp(word, "pointer") == 0 ? "void *" : word);
    if (type == NULL) {
        fail("no such type", word);
    }
    return type;
}

static ffi_type *ffi_type_of(const ZfType *type)
{
    switch (type->kind) {
    case ZF_KIND_VOID: return &ffi_type_void;
    case ZF_KIND_INT32: return &ffi_type_sint32;
    case ZF_KIND_INT64: return &ffi_type_sint64;
    case ZF_KIND_UINT64: return &ffi_type_uint64;
    case ZF_KIND_DOUBLE: return &ffi_type_double;
    case ZF_KIND_POINTER: return &ffi_type_pointer;
    default: fail("no counterpart in libffi", type->name); return NULL;
    }
}

static Word value_for(const ZfType *type, unsigned position)
{
    switch (type->kind) {
    case ZF_KIND_DOUBLE: return (Word){.number = position + 0.5};
    case ZF_KIND_POINTER: return (Word){.pointer = "hello, native world"};
    default: return (Word){.bits = 1000 * (position + 1)};
    }
}

static void check_results(Call *call)
{
    Word ours = {0}, theirs = {0};
    zf_call(call->plan, call->function, &ours, (const void *const *)call->arguments);
    ffi_call(&call->interface, call->function, &theirs, call->arguments);
    if (memcmp(&ours, &theirs, call->result->size) != 0) {
        fail("results differ", call->symbol);
    }
}

/* Takes `text` apart in place. */
static void prepare(Call *call, ZfLibrary *library, char *text)
{
    const char *symbol = strtok(text, " ");
    void *address;
    char *words;
    if (zf_library_symbol(library, symbol, &address, &words) != ZF_OK) {
        fail(symbol, words);
    }
    call->function = (ZfFunction)(uintptr_t)address;
    call->result = find_type(strtok(NULL, " "));
    const ZfType *parameters[MAX_PARAMETERS];
    unsigned count = 0;
    for (const char *word; (word = strtok(NULL, " ")) != NULL; count++) {
        if (count == MAX_PARAMETERS) {
            fail("too many parameters", symbol);
        }
        parameters[count] = find_type(word);
        call->ffi_parameters[count] = ffi_type_of(parameters[count]);
        call->values[count] = value_for(parameters[count], count);
        call->arguments[count] = &call->values[count];
    }
    ZfPrototype prototype = {call->result, count, parameters, SIZE_MAX};
    if (zf_plan_make(zf_abi_default(), &prototype, &call->plan, NULL, NULL) != ZF_OK) {
        fail("zf_plan_make", symbol);
    }
    if (ffi_prep_cif(&call->interface, FFI_DEFAULT_ABI, count, ffi_type_of(call->result),
                     call->ffi_parameters) != FFI_OK) {
        fail("ffi_prep_cif", symbol);
    }
    call->symbol = symbol;
    call->ours = call->theirs = HUGE_VAL;
    check_results(call);
}

static void print_libffi(void)
{
    Dl_info place;
    if (dladdr(dlsym(RTLD_DEFAULT, "ffi_call"), &place) == 0) {
        fail("dladdr", "ffi_call");
    }
    const char *(*version)(void) = NULL;
    *(void **)&version = dlsym(RTLD_DEFAULT, "ffi_get_version"); /* 3.5 and later */
    printf("%s %s\n", version != NULL ? version() : "", place.dli_fname);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double sample_ours(Call *call)
{
    Word result;
    double start = now();
    for (int i = 0; i < BATCH; i++) {
        zf_call(call->plan, call->function, &result, (const void *const *)call->arguments);
    }
    return now() - start;
}

static double sample_theirs(Call *call)
{
    Word result;
    double start = now();
    for (int i = 0; i < BATCH; i++) {
        ffi_call(&call->interface, call->function, &result, call->arguments);
    }
    return now() - start;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fail("usage", "engine LIBRARY ROUNDS SIGNATURE...");
    }
    ZfLibrary *library;
    char *words;
    if (zf_library_open(argv[1], RTLD_NOW, &library, &words) != ZF_OK) {
        fail(argv[1], words);
    }
    long rounds = strtol(argv[2], NULL, 10);
    int count = argc - 3;
    Call *calls = calloc((size_t)count, sizeof *calls);
    if (calls == NULL) {
        fail("calloc", "no memory");
    }
    for (int i = 0; i < count; i++) {
        prepare(&calls[i], library, argv[3 + i]);
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            calls[i].ours = smaller(calls[i].ours, sample_ours(&calls[i]));
            calls[i].theirs = smaller(calls[i].theirs, sample_theirs(&calls[i]));
        }
    }
    print_libffi();
    for (int i = 0; i < count; i++) {
        printf("%s %.3f %.3f\n", calls[i].symbol, calls[i].ours / BATCH, calls[i].theirs / BATCH);
        zf_plan_free(calls[i].plan);
    }
    free(calls);
    return 0;
}
