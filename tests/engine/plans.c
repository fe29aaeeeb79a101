/* plans.c - where the planner puts arguments and results under the System V ABI, and what it
 * refuses. */
#include "check.h"

#include "abi/hops.h"

enum { GP_REGISTERS = 6, FP_REGISTERS = 8 };

static bool is_vector(const ZfType *type)
{
    return type->kind == ZF_KIND_FLOAT || type->kind == ZF_KIND_DOUBLE;
}

/* A scalar is one piece, which holds the whole of it. */
static void check_place(const ZfPlace *place, ZfBank bank, uint32_t index)
{
    CHECK_EQUAL(place->piece_count, 1);
    CHECK_EQUAL(place->pieces[0].bank, bank);
    CHECK_EQUAL(place->pieces[0].index, index);
    CHECK_EQUAL(place->pieces[0].offset, 0);
    CHECK_EQUAL(place->pieces[0].size, place->type->size);
}

/* The rule in its simplest words: the next register of the type's bank, else the next eightbyte of
 * the stack. */
static void check_plan(const ZfPlan *plan)
{
    uint32_t gp = 0, fp = 0, stack = 0;
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        const ZfPlace *place = &plan->arguments[i];
        if (is_vector(place->type) && fp < FP_REGISTERS) {
            check_place(place, ZF_BANK_FP, fp++);
        } else if (!is_vector(place->type) && gp < GP_REGISTERS) {
            check_place(place, ZF_BANK_GP, gp++);
        } else {
            check_place(place, ZF_BANK_STACK, stack);
            stack += 8;
        }
    }
    CHECK_EQUAL(plan->gp_used, gp);
    CHECK_EQUAL(plan->fp_used, fp);
    CHECK_EQUAL(plan->stack_bytes, stack);
    CHECK(plan->abi == zf_abi_default());
}

static void test_nothing(void)
{
    ZfPlan *plan = plan_of("void", NULL);
    check_plan(plan);
    CHECK_EQUAL(plan->argument_count, 0);
    CHECK_EQUAL(plan->result.piece_count, 0);
    CHECK(plan->result.type == type_of("void"));
    zf_plan_free(plan);
    zf_plan_free(NULL);
}

static void test_results(void)
{
    const ZfType *type;
    for (size_t i = 0; (type = zf_type_at(i)) != NULL; i++) {
        if (type->kind > ZF_KIND_POINTER) {
            continue; /* wide scalars are a matter of tests/abi */
        }
        ZfPlan *plan = plan_of(type->name, NULL);
        CHECK(plan->result.type == type);
        if (type->kind != ZF_KIND_VOID) {
            check_place(&plan->result, is_vector(type) ? ZF_BANK_FP : ZF_BANK_GP, 0);
        }
        zf_plan_free(plan);
    }
}

/* A bank that is full sends its next argument to the stack, and leaves the other bank open. */
static void test_exhaustion(void)
{
    ZfPlan *plan = plan_of("void", "int", "int", "int", "int", "int", "int", "int", "double",
                           "char", "float", NULL);
    check_plan(plan);
    check_place(&plan->arguments[5], ZF_BANK_GP, 5);
    check_place(&plan->arguments[6], ZF_BANK_STACK, 0);
    check_place(&plan->arguments[7], ZF_BANK_FP, 0);
    check_place(&plan->arguments[8], ZF_BANK_STACK, 8);
    check_place(&plan->arguments[9], ZF_BANK_FP, 1);
    CHECK_EQUAL(plan->stack_bytes, 16);
    zf_plan_free(plan);

    plan = plan_of("void", "double", "double", "float", "double", "double", "float", "double",
                   "double", "float", "int", "double", "void *", NULL);
    check_plan(plan);
    check_place(&plan->arguments[7], ZF_BANK_FP, 7);
    check_place(&plan->arguments[8], ZF_BANK_STACK, 0);
    check_place(&plan->arguments[9], ZF_BANK_GP, 0);
    check_place(&plan->arguments[10], ZF_BANK_STACK, 8);
    check_place(&plan->arguments[11], ZF_BANK_GP, 1);
    zf_plan_free(plan);
}

static void test_alternating(void)
{
    static const char *const names[] = {"int", "double"};
    static const size_t counts[] = {2, 12, 13, 15, 16, 17, 40, 1000, ZF_MAX_ARGUMENTS};
    for (size_t i = 0; i < LENGTH(counts); i++) {
        ZfPlan *plan = plan_repeating("double", counts[i], 2, names);
        CHECK_EQUAL(plan->argument_count, counts[i]);
        check_plan(plan);
        zf_plan_free(plan);
    }
}

static void test_random_signatures(void)
{
    uint64_t state = 20;
    const ZfType *choice[64], *type;
    size_t type_count = 0;
    for (size_t i = 1; (type = zf_type_at(i)) != NULL; i++) { /* the first is void */
        if (type->kind <= ZF_KIND_POINTER) {
            choice[type_count++] = type;
        }
    }
    for (int round = 0; round < 300; round++) {
        const ZfType *types[24];
        size_t count = random_next(&state) % (LENGTH(types) + 1);
        for (size_t i = 0; i < count; i++) {
            types[i] = choice[random_next(&state) % type_count];
        }
        ZfPlan *plan = NULL;
        CHECK_EQUAL(make_plan(type_of("int"), count, types, &plan), ZF_OK);
        check_plan(plan);
        zf_plan_free(plan);
    }
}

static void test_too_many(void)
{
    const ZfType *types[ZF_MAX_ARGUMENTS + 1];
    for (size_t i = 0; i < LENGTH(types); i++) {
        types[i] = type_of("int");
    }
    ZfPlan untouched, *plan = &untouched;
    CHECK_EQUAL(make_plan(type_of("int"), LENGTH(types), types, &plan), ZF_TOO_MANY_ARGUMENTS);
    CHECK_EQUAL(make_plan(type_of("int"), SIZE_MAX, types, &plan), ZF_TOO_MANY_ARGUMENTS);
    CHECK(plan == &untouched);
    CHECK_EQUAL(make_plan(type_of("int"), ZF_MAX_ARGUMENTS, types, &plan), ZF_OK);
    check_plan(plan);
    CHECK_EQUAL(plan->stack_bytes, (ZF_MAX_ARGUMENTS - GP_REGISTERS) * 8);
    zf_plan_free(plan);
}

static void test_void_argument(void)
{
    const ZfType *types[] = {type_of("int"), type_of("int"), type_of("int")};
    ZfPrototype prototype = {type_of("int"), LENGTH(types), types, SIZE_MAX};
    for (size_t i = 0; i < LENGTH(types); i++) {
        ZfPlan untouched, *plan = &untouched;
        size_t bad = SIZE_MAX;
        const char *why = NULL;
        types[i] = type_of("void");
        CHECK_EQUAL(zf_plan_make(zf_abi_default(), &prototype, &plan, &bad, &why), ZF_BAD_ARGUMENT);
        CHECK(plan == &untouched);
        CHECK_EQUAL(bad, i);
        CHECK_TEXT(why, "no value has type void");
        types[i] = type_of("int");
    }
}

static void test_conventions(void)
{
    size_t count = 0;
    for (const ZfAbi *abi; (abi = zf_abi_at(count)) != NULL; count++) {
        CHECK(zf_abi_find(zf_abi_name(abi)) == abi);
    }
    CHECK(count > 0);
    CHECK(zf_abi_at(SIZE_MAX) == NULL);
    CHECK(zf_abi_find("default") == zf_abi_default());
    CHECK(zf_abi_find("sysv64") == zf_abi_default());
    CHECK(zf_abi_find("") == NULL);
    CHECK(zf_abi_find("SYSV64") == NULL);
    CHECK(zf_abi_find("99") == NULL);
}

static void test_register_names(void)
{
    static const char *const gp[] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
    const ZfAbi *abi = zf_abi_find("sysv64");
    for (uint32_t i = 0; i < GP_REGISTERS; i++) {
        CHECK_TEXT(zf_abi_argument_register(abi, ZF_BANK_GP, i), gp[i]);
    }
    for (uint32_t i = 0; i < FP_REGISTERS; i++) {
        char name[] = {'x', 'm', 'm', (char)('0' + i), '\0'};
        CHECK_TEXT(zf_abi_argument_register(abi, ZF_BANK_FP, i), name);
    }
    CHECK_TEXT(zf_abi_result_register(abi, ZF_BANK_GP, 0), "rax");
    CHECK_TEXT(zf_abi_result_register(abi, ZF_BANK_GP, 1), "rdx");
    CHECK_TEXT(zf_abi_result_register(abi, ZF_BANK_FP, 0), "xmm0");
    CHECK_TEXT(zf_abi_result_register(abi, ZF_BANK_FP, 1), "xmm1");
    CHECK(zf_abi_argument_register(abi, ZF_BANK_GP, GP_REGISTERS) == NULL);
    CHECK(zf_abi_argument_register(abi, ZF_BANK_FP, FP_REGISTERS) == NULL);
    CHECK(zf_abi_argument_register(abi, ZF_BANK_STACK, 0) == NULL);
    CHECK(zf_abi_result_register(abi, ZF_BANK_GP, 2) == NULL);
    CHECK(zf_abi_result_register(abi, ZF_BANK_FP, 2) == NULL);
    CHECK(zf_abi_result_register(abi, ZF_BANK_STACK, 0) == NULL);
}

static bool has_hops(const char *type, size_t count)
{
    ZfPlan *plan = plan_repeating("void", count, 1, &type);
    bool has = plan->hops != NULL;
    zf_plan_free(plan);
    return has;
}

/* Scalars are called by hops, as long as they take less than a page of the stack. */
static void test_short_way(void)
{
    CHECK(has_hops("int", 0));
    CHECK(has_hops("bool", GP_REGISTERS + ZF_HOP_MOST_WORDS));
    CHECK(!has_hops("bool", GP_REGISTERS + ZF_HOP_MOST_WORDS + 1));
    CHECK(has_hops("float", FP_REGISTERS + ZF_HOP_MOST_WORDS));
    CHECK(!has_hops("float", FP_REGISTERS + ZF_HOP_MOST_WORDS + 1));
    CHECK(!has_hops("long double", 1));
}

void test_plans(void)
{
    test_nothing();
    test_results();
    test_short_way();
    test_exhaustion();
    test_alternating();
    test_random_signatures();
    test_too_many();
    test_void_argument();
    test_conventions();
    test_register_names();
}
