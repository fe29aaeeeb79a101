/* unwinding.c - debuggers, profilers, C++ exceptions and thread cancellation walk through the call
 * kernel by its unwind tables. They must hold at each of its instructions, with and without
 * arguments on the stack. */
#define _GNU_SOURCE
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>
#include <unwind.h>
#include <x86intrin.h>

void zf_kernel_sysv64(void);
static void call_from_here(const ZfPlan *plan, ZfFunction function);

/* How far a walk has come: each frame must follow the one before it, as the calls did. */
typedef struct Walk {
    bool saw_kernel;
    bool saw_engine; /* right behind the kernel */
    bool saw_caller;
} Walk;

static _Unwind_Reason_Code see_frame(struct _Unwind_Context *context, void *data)
{
    Walk *walk = data;
    int before_instruction = 0;
    uintptr_t pc = (uintptr_t)_Unwind_GetIPInfo(context, &before_instruction);
    /* The address after a call may already belong to the next function. */
    void *function = _Unwind_FindEnclosingFunction((void *)(before_instruction ? pc : pc - 1));
    if (walk->saw_engine) {
        walk->saw_caller = function == (void *)call_from_here;
        return _URC_END_OF_STACK;
    }
    if (walk->saw_kernel) {
        walk->saw_engine = function == (void *)zf_call;
        return walk->saw_engine ? _URC_NO_REASON : _URC_END_OF_STACK;
    }
    walk->saw_kernel = function == (void *)zf_kernel_sysv64;
    return _URC_NO_REASON;
}

static Walk walk_stack(void)
{
    Walk walk = {false, false, false};
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
    static void *const zero = NULL;
    const void *arguments[64];
    for (size_t i = 0; i < LENGTH(arguments); i++) {
        arguments[i] = &zero;
    }
    if (stepping) {
        start_stepping();
    }
    zf_call(plan, function, NULL, arguments);
    if (stepping) {
        stop_stepping();
    }
}

/* Calls with so many arguments, longs and doubles by turns. */
static void call_with(size_t count, ZfFunction function)
{
    static const char *const names[] = {"long", "double"};
    ZfPlan *plan = plan_repeating("void", count, LENGTH(names), names);
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
    CHECK(walk.saw_engine);
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
    if (_Unwind_FindEnclosingFunction(pc) == (void *)zf_kernel_sysv64) {
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
    test_walk_from_callee();
    if (options.single_step) {
        test_walk_from_each_instruction();
    }
    test_thread_exit();
}
