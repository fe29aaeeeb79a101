/* sysv64.c - the planner of the System V ABI for x86-64 (Linux, macOS on Intel, the BSDs).
 *
 * Rules: System V ABI, AMD64 supplement, section 3.2.3. Integers and pointers are of class INTEGER
 * and take the next of six general registers; float and double are of class SSE and take the next
 * of eight vector registers; what finds no register goes to the stack in eightbytes, in argument
 * order. The two banks run out independently.
 */
#include "abi.h"

static const char *const gp_arguments[] = {"rdi", "rsi", "rdx", "rcx", "r8", "r9"};
static const char *const fp_arguments[] = {"xmm0", "xmm1", "xmm2", "xmm3",
                                           "xmm4", "xmm5", "xmm6", "xmm7"};
static const char *const gp_results[] = {"rax", "rdx"};
static const char *const fp_results[] = {"xmm0", "xmm1"};

static ZfBank register_bank(const ZfType *type)
{
    bool is_sse = type->kind == ZF_KIND_FLOAT || type->kind == ZF_KIND_DOUBLE;
    return is_sse ? ZF_BANK_FP : ZF_BANK_GP;
}

static void put(ZfPlace *place, ZfBank bank, uint32_t index)
{
    place->pieces[place->piece_count++] = (ZfPiece){
        .bank = bank, .index = index, .offset = 0, .size = place->type->size};
}

static void place_argument(ZfPlan *plan, ZfPlace *place)
{
    ZfBank bank = register_bank(place->type);
    uint32_t *used = bank == ZF_BANK_FP ? &plan->fp_used : &plan->gp_used;
    if (*used < plan->abi->argument_registers[bank]) {
        put(place, bank, (*used)++);
    } else {
        put(place, ZF_BANK_STACK, plan->stack_bytes);
        plan->stack_bytes += 8;
    }
}

static void place_all(ZfPlan *plan)
{
    if (plan->result.type->kind != ZF_KIND_VOID) {
        put(&plan->result, register_bank(plan->result.type), 0);
    }
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        place_argument(plan, &plan->arguments[i]);
    }
}

const ZfAbi zf_abi_sysv64 = {
    .name = "sysv64",
    .argument_names = {gp_arguments, fp_arguments},
    .result_names = {gp_results, fp_results},
    .argument_registers = {6, 8},
    .result_registers = {2, 2},
    .place = place_all,
};
