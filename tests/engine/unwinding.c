/* unwinding.c - debuggers, profilers, C++ exceptions and thread cancellation walk through the
 * assembly of calls by its unwind tables. They must hold at each instruction, with and without
 * arguments on the stack. */
#define _GNU_SOURCE
#include "check.h"

#include "arch/arch.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unwind.h>
#include <x86intrin.h>

static void call_from_here(const ZfPlan *plan, ZfFunction function);

/* How the assembly is reached: by zf_call with scalars alone, or with a vector among them; or by
 * itself, with an image of zeros. */
typedef enum Way { BY_HOPS, BY_FULL_IMAGE, BY_IMAGE } Way;

typedef struct Kernel {
    void (*code)(void);
    const char *abi;
    Way way;
} Kernel;

static const Kernel kernels[] = {
    {FUNCTION(zf_walk_sysv64), "sysv64", BY_HOPS},
    {FUNCTION(zf_walk_win64), "win64", BY_HOPS},
    {FUNCTION(zf_kernel_sysv64_full), "sysv64", BY_FULL_IMAGE},
    {FUNCTION(zf_kernel_win64_full), "win64", BY_FULL_IMAGE},
    {FUNCTION(zf_kernel_sysv64), "sysv64", BY_IMAGE},
    {FUNCTION(zf_kernel_win64), "win64", BY_IMAGE},
};

static const Kernel *kernel = kernels;

/* How far a walk has come: each frame must follow the one before it, as the calls did. */
typedef struct Walk {
    bool saw_kernel;
    bool saw_caller;
    int frames; /* between kernel and caller: helpers that may be inlined or not */
} Walk;

enum { MAX_HELPERS = 4 };

static _Unwind_Reason_Code see_frame(struct _Unwind_Context *context, void *data)
{
    Walk *walk = data;
    int before_instruction = 0;
    uintptr_t pc = (uintptr_t)_Unwind_GetIPInfo(context, &before_instruction);
    /* The address after a call may already belong to the next function. */
    void *function = _Unwind_FindEnclosingFunction((void *)(before_instruction ? pc : pc - 1));
    if (walk->saw_kernel) {
        walk->saw_caller = function == (void *)call_from_here;
        bool goes_on = !walk->saw_caller && walk->frames++ < MAX_HELPERS;
        return goes_on ? _URC_NO_REASON : _URC_END_OF_STACK;
    }
    walk->saw_kernel = function == (void *)kernel->code;
    return _URC_NO_REASON;
}

static Walk walk_stack(void)
{
    Walk walk = {false, false, 0};
    _Unwind_Backtrace(see_frame, &walk);
    return walk;
}

enum { TRAP_FLAG = 0x100 }; /* while it is set, the CPU raises SIGTRAP after each instruction */

static bool stepping;

static void start_stepping(void)
{
    __writeeflags(__readeflags() | TRAP_FLAG);
}

static void stop_stepping(void)
{
    __writeeflags(__readeflags() & ~(unsigned long long)TRAP_FLAG);
}

/* The caller that has to be seen: not inlined, and still there during the call. */
__attribute__((noinline)) static void call_from_here(const ZfPlan *plan, ZfFunction function)
{
    static void *const zeros[2] = {NULL, NULL};
    static const uint64_t image[ZF_IMAGE_STACK + 64];
    const void *arguments[64];
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        arguments[i] = zeros;
    }
    if (stepping) {
        start_stepping();
    }
    if (kernel->way == BY_IMAGE) {
        zf_kernel_call(plan->abi, image, function, zf_image_stack_words(plan), plan->fp_used);
    } else {
        zf_call(plan, function, NULL, arguments);
    }
    if (stepping) {
        stop_stepping();
    }
}

/* Calls with so many arguments, longs and doubles by turns. */
static void call_with(size_t count, ZfFunction function)
{
    static const ZfType vector = {.name = "vector",
                                  .size = 16,
                                  .alignment = 16,
                                  .natural_alignment = 16,
                                  .kind = ZF_KIND_VECTOR};
    const ZfType *types[64] = {type_of("long"), type_of("double")};
    for (size_t i = 2; i < count; i++) {
        types[i] = types[i - 2];
    }
    types[0] = kernel->way == BY_FULL_IMAGE && count > 0 ? &vector : types[0];
    ZfPrototype prototype = {
        .result = kernel->way == BY_FULL_IMAGE && count == 0 ? &vector : type_of("void"),
        .argument_count = count,
        .arguments = types,
        .fixed_count = SIZE_MAX,
    };
    ZfPlan *plan = NULL;
    CHECK_EQUAL(zf_plan_make(zf_abi_find(kernel->abi), &prototype, &plan, NULL, NULL), ZF_OK);
    call_from_here(plan, function);
    zf_plan_free(plan);
}

static const size_t counts[] = {0, 1, 12, 14, 15, 16, 40};

/* -- From a callee ----------------------------------------------------------------------------- */

static int walks;

static void walking_callee(void)
{
    Walk walk = walk_stack();
    CHECK(walk.saw_kernel);
    CHECK(walk.saw_caller);
    walks++;
}

static void test_walk_from_callee(void)
{
    walks = 0;
    for (size_t i = 0; i < LENGTH(counts); i++) {
        call_with(counts[i], FUNCTION(walking_callee));
    }
    CHECK_EQUAL(walks, LENGTH(counts));
}

/* -- From every instruction of the kernel ------------------------------------------------------ */

static volatile sig_atomic_t steps_in_kernel, bad_steps;

static void step(int signal, siginfo_t *information, void *context)
{
    (void)signal, (void)information;
    const ucontext_t *interrupted = context;
    void *pc = (void *)interrupted->uc_mcontext.gregs[REG_RIP];
    if (_Unwind_FindEnclosingFunction(pc) == (void *)kernel->code) {
        Walk walk = walk_stack();
        bad_steps += !walk.saw_caller;
        steps_in_kernel++;
    }
}

static void nothing(void)
{
}

static void test_walk_from_each_instruction(void)
{
    struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO}, before;
    sigaction(SIGTRAP, &action, &before);
    stepping = true;
    for (size_t i = 0; i < LENGTH(counts); i++) {
        steps_in_kernel = bad_steps = 0;
        call_with(counts[i], FUNCTION(nothing));
        CHECK(steps_in_kernel >= 15);
        CHECK_EQUAL(bad_steps, 0);
    }
    stepping = false;
    sigaction(SIGTRAP, &before, NULL);
}

/* -- Ending a thread from inside a call -------------------------------------------------------- */

static void leave_thread(void)
{
    pthread_exit(NULL);
}

static bool cleaned_up;

static void clean_up(void *plan)
{
    zf_plan_free(plan);
    cleaned_up = true;
}

static void *call_and_leave(void *plan)
{
    pthread_cleanup_push(clean_up, plan);
    call_from_here(plan, FUNCTION(leave_thread));
    CHECK(false); /* it does not come back */
    pthread_cleanup_pop(0);
    return NULL;
}

static void test_thread_exit(void)
{
    static const char *const names[] = {"long"};
    pthread_t thread;
    cleaned_up = false;
    CHECK(pthread_create(&thread, NULL, call_and_leave, plan_repeating("void", 20, 1, names)) == 0);
    pthread_join(thread, NULL);
    CHECK(cleaned_up);
}

void test_unwinding(void)
{
    for (size_t i = 0; i < LENGTH(kernels); i++) {
        kernel = &kernels[i];
        test_walk_from_callee();
        if (options.single_step) {
            test_walk_from_each_instruction();
        }
    }
    kernel = kernels;
    test_thread_exit();
}
