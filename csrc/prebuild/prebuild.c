/* prebuild.c - writes the stubs of common signatures as assembly, to be made part of the extension:
 * for systems that refuse memory that was written and is to be executed.
 *
 * A program that the build runs; it is no part of the library. The code comes from the emitter that
 * makes stubs at run time, by the same model of the interpreter. Only where it refers to literals
 * does the assembler fill something in.
 */
#include "../arch/arch.h"
#include "../arch/stub.h"

#include <stdio.h>
#include <stdlib.h>

extern const ZfStubModel zf_stub_model;

typedef struct Made {
    uint8_t key[ZF_STUB_MAX_KEY];
    size_t key_size, code_size, number;
} Made;

enum { MOST = 4096 };

static Made all[MOST];
static size_t count;

/* -- What is common ---------------------------------------------------------------------------- */

static const struct {
    ZfTake take;
    const char *type;
} takes[] = {
    {ZF_TAKE_INT32, "int"},  {ZF_TAKE_DOUBLE, "double"},       {ZF_TAKE_POINTER, "void *"},
    {ZF_TAKE_INT64, "long"}, {ZF_TAKE_STRING, "const char *"}, {ZF_TAKE_UINT64, "unsigned long"},
};

static const struct {
    ZfGive give;
    const char *type;
} gives[] = {
    {ZF_GIVE_VOID, "void"},
    {ZF_GIVE_INT32, "int"},
    {ZF_GIVE_DOUBLE, "double"},
    {ZF_GIVE_INT64, "long"},
    {ZF_GIVE_UINT64, "unsigned long"},
    {ZF_GIVE_POINTER, "void *"},
};

/* Up to two arguments of any of these, three of the first three, up to six of one kind. */
enum { ALL_TAKES = sizeof takes / sizeof *takes, FEW_TAKES = 3, MOST_ARGUMENTS = 6 };

/* -- Assembly ---------------------------------------------------------------------------------- */

static void fail(const char *what)
{
    fprintf(stderr, "prebuild: %s\n", what);
    exit(1);
}

static void print_bytes(const uint8_t *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        printf("%s%u", i == from ? "\t.byte " : ",", bytes[i]);
    }
    if (from < to) {
        printf("\n");
    }
}

#if defined(__x86_64__)
enum { LITERAL_BYTES = 4 };

static void print_literal(const uint8_t *bytes, unsigned literal)
{
    (void)bytes;
    printf("\t.long zf_stub_literals + %u - . - 4\n", 8 * literal);
}

/* Behind endbr64; push %rbp; and mov %rsp, %rbp. */
static const struct {
    size_t at;
    const char *text;
} frame[] = {
    {5, "\t.cfi_def_cfa_offset 16\n\t.cfi_offset 6, -16\n"},
    {8, "\t.cfi_def_cfa_register 6\n"},
};
#elif defined(__aarch64__)
enum { LITERAL_BYTES = 8 };

/* The register is in the lowest bits of both instructions. */
static void print_literal(const uint8_t *bytes, unsigned literal)
{
    unsigned to = bytes[0] & 31;
    printf("\tadrp x%u, zf_stub_literals + %u\n", to, 8 * literal);
    printf("\tldr x%u, [x%u, :lo12:zf_stub_literals + %u]\n", to, to, 8 * literal);
}

/* Behind bti c; stp x29, x30, [sp, #-16]!; and mov x29, sp. */
static const struct {
    size_t at;
    const char *text;
} frame[] = {
    {8, "\t.cfi_def_cfa_offset 16\n\t.cfi_offset 29, -16\n\t.cfi_offset 30, -8\n"},
    {12, "\t.cfi_def_cfa_register 29\n"},
};
#else
#error "prebuild.c does not know this processor"
#endif

static void print_code(const ZfStubCode *code)
{
    enum { STEPS = sizeof frame / sizeof *frame };
    size_t at = 0, literal = 0;
    for (size_t step = 0; step < STEPS; step++) {
        print_bytes(code->bytes, at, frame[step].at);
        printf("%s", frame[step].text);
        at = frame[step].at;
    }
    for (; literal < code->literal_count; literal++) {
        const ZfStubLiteral *next = &code->literals[literal];
        print_bytes(code->bytes, at, next->at);
        print_literal(code->bytes + next->at, next->literal);
        at = next->at + LITERAL_BYTES;
    }
    print_bytes(code->bytes, at, code->size);
}

static void print_stub(const ZfStubSpec *spec)
{
    ZfStubCode code;
    Made *made = &all[count];
    made->key_size = zf_stub_key(spec, made->key);
    if (count + 1 == MOST || made->key_size == 0 || !zf_stub_emit(spec, &zf_stub_model, &code)) {
        fail("a signature that is to have a stub can have none");
    }
    made->code_size = code.size;
    made->number = count++;
    printf("\t.p2align 5\n.Lstub%zu:\n\t.cfi_startproc\n", made->number);
    print_code(&code);
    printf("\t.cfi_endproc\n");
}

/* -- All of them ------------------------------------------------------------------------------- */

static void print_signature(size_t give, size_t argument_count, const size_t *arguments)
{
    const ZfType *types[MOST_ARGUMENTS];
    ZfStubSpec spec = {.give = (uint8_t)gives[give].give};
    for (size_t i = 0; i < argument_count; i++) {
        types[i] = zf_type_find(takes[arguments[i]].type);
        spec.takes[i] = (uint8_t)takes[arguments[i]].take;
    }
    ZfPlan *plan;
    ZfPrototype prototype = {zf_type_find(gives[give].type), argument_count, types, SIZE_MAX};
    if (zf_plan_make(zf_abi_default(), &prototype, &plan, NULL, NULL) != ZF_OK) {
        fail("a signature cannot be planned");
    }
    spec.plan = plan;
    spec.options = argument_count == 1 ? ZF_STUB_ONE : 0;
    print_stub(&spec);
    spec.options |= ZF_STUB_RELEASE;
    print_stub(&spec);
    zf_plan_free(plan);
}

static void print_all(void)
{
    for (size_t give = 0; give < sizeof gives / sizeof *gives; give++) {
        print_signature(give, 0, NULL);
        for (size_t i = 0; i < ALL_TAKES; i++) {
            print_signature(give, 1, &i);
            for (size_t k = 0; k < ALL_TAKES; k++) {
                print_signature(give, 2, (const size_t[]){i, k});
            }
        }
        for (size_t i = 0; i < FEW_TAKES * FEW_TAKES * FEW_TAKES; i++) {
            const size_t arguments[] = {i / (FEW_TAKES * FEW_TAKES), i / FEW_TAKES % FEW_TAKES,
                                        i % FEW_TAKES};
            print_signature(give, 3, arguments);
        }
        for (size_t length = 4; length <= MOST_ARGUMENTS; length++) {
            print_signature(give, length, (const size_t[]){0, 0, 0, 0, 0, 0}); /* int */
            print_signature(give, length, (const size_t[]){1, 1, 1, 1, 1, 1}); /* double */
            print_signature(give, length, (const size_t[]){3, 3, 3, 3, 3, 3}); /* long */
        }
    }
}

static int order(const void *a, const void *b)
{
    const Made *left = a, *right = b;
    return zf_stub_compare_keys(left->key, left->key_size, right->key, right->key_size);
}

/* The table for zf_stub_find; distances from its start. */
static void print_table(void)
{
    qsort(all, count, sizeof *all, order);
    printf(
        "\t.section .rodata\n\t.p2align 4\n\t.globl zf_stub_prebuilt\n\t.hidden zf_stub_prebuilt\n"
        "zf_stub_prebuilt:\n");
    for (size_t i = 0; i < count; i++) {
        printf("\t.long .Lstub%zu - zf_stub_prebuilt, .Lkey%zu - zf_stub_prebuilt, %zu, %zu\n",
               all[i].number, i, all[i].code_size, all[i].key_size);
    }
    printf("\t.globl zf_stub_prebuilt_count\n\t.hidden zf_stub_prebuilt_count\n"
           "zf_stub_prebuilt_count:\n\t.quad %zu\n",
           count);
    for (size_t i = 0; i < count; i++) {
        printf(".Lkey%zu:\n", i);
        print_bytes(all[i].key, 0, all[i].key_size);
    }
}

int main(void)
{
    printf("/* Written by csrc/prebuild/prebuild.c. */\n"
           "#include \"kernel_macros.inc\"\n\t.text\n\t.hidden zf_stub_literals\n");
    print_all();
    print_table();
    printf("\tkernel_marks\n");
    return ferror(stdout) || fflush(stdout) != 0;
}
