/* abi.c - the table of calling conventions, and the making of plans.
 *
 * Checks the types, allocates, and leaves the placing to the convention's own planner.
 */
#include "abi.h"

#include <stdlib.h>
#include <string.h>

static const ZfAbi *const conventions[] = {&zf_abi_sysv64};

const ZfAbi *zf_abi_default(void)
{
    return &zf_abi_sysv64;
}

const ZfAbi *zf_abi_at(size_t index)
{
    return index < sizeof conventions / sizeof *conventions ? conventions[index] : NULL;
}

const ZfAbi *zf_abi_find(const char *name)
{
    const ZfAbi *abi;
    if (strcmp(name, "default") == 0) {
        return zf_abi_default();
    }
    for (size_t i = 0; (abi = zf_abi_at(i)) != NULL; i++) {
        if (strcmp(abi->name, name) == 0) {
            return abi;
        }
    }
    return NULL;
}

const char *zf_abi_name(const ZfAbi *abi)
{
    return abi->name;
}

const char *zf_abi_argument_register(const ZfAbi *abi, ZfBank bank, uint32_t index)
{
    bool known = bank != ZF_BANK_STACK && index < abi->argument_registers[bank];
    return known ? abi->argument_names[bank][index] : NULL;
}

const char *zf_abi_result_register(const ZfAbi *abi, ZfBank bank, uint32_t index)
{
    bool known = bank != ZF_BANK_STACK && index < abi->result_registers[bank];
    return known ? abi->result_names[bank][index] : NULL;
}

ZfStatus zf_plan_make(const ZfAbi *abi, const ZfType *result, size_t argument_count,
                      const ZfType *const *arguments, ZfPlan **made)
{
    if (argument_count > ZF_MAX_ARGUMENTS) {
        return ZF_TOO_MANY_ARGUMENTS;
    }
    for (size_t i = 0; i < argument_count; i++) {
        if (arguments[i]->kind == ZF_KIND_VOID) {
            return ZF_VOID_ARGUMENT;
        }
    }
    ZfPlan *plan = calloc(1, sizeof *plan + argument_count * sizeof plan->arguments[0]);
    if (plan == NULL) {
        return ZF_NO_MEMORY;
    }
    plan->abi = abi;
    plan->argument_count = (uint32_t)argument_count;
    plan->result.type = result;
    for (size_t i = 0; i < argument_count; i++) {
        plan->arguments[i].type = arguments[i];
    }
    abi->place(plan);
    *made = plan;
    return ZF_OK;
}

void zf_plan_free(ZfPlan *plan)
{
    free(plan);
}
