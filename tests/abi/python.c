/* python.c - what calling.py asks of the witness, to call every generated callee through Python.
 *
 * A bound function is called as the interpreter calls it, but from here: so what it must preserve
 * is compared as it leaves it. Nothing of Python but these few declarations is needed. */
#define _GNU_SOURCE
#include "witness.h"

#include <stdio.h>
#include <string.h>

typedef struct _object PyObject;
typedef PyObject *(*Method)(PyObject *self, PyObject *argument);
typedef PyObject *(*FastMethod)(PyObject *self, PyObject *const *arguments, ptrdiff_t count);

enum { METH_O = 0x8 };

Method PyCFunction_GetFunction(PyObject *function);
PyObject *PyCFunction_GetSelf(PyObject *function);
int PyCFunction_GetFlags(PyObject *function);
ptrdiff_t PyTuple_Size(PyObject *tuple);
PyObject *PyTuple_GetItem(PyObject *tuple, ptrdiff_t index);
int PyList_Append(PyObject *list, PyObject *item);
void Py_DecRef(PyObject *object);

static const ZfAbi *abi;
static ZfPlan *plan;
static long called, ambiguous;

void python_start(const char *name)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    catch_crashes();
    abi = zf_abi_find(name);
}

/* Makes a case the current one, and says whether it is to be called. */
bool python_begin(uint32_t number, const char *ambiguity)
{
    zf_plan_free(plan);
    current = &zf_cases[number];
    plan = plan_current(abi);
    if (plan == NULL) {
        return false;
    }
    if (is_ambiguous(plan, ambiguity)) {
        ambiguous++;
        return false;
    }
    for (uint32_t i = 0; i < current->argument_count; i++) {
        fill(current->arguments[i], i + 1, given[i]);
    }
    if (current->result != NULL) {
        fill(current->result, 0, expected);
    }
    return true;
}

/* Where the bytes are that an argument must have, or with UINT32_MAX the result. */
uint8_t *python_bytes(uint32_t index)
{
    return index == UINT32_MAX ? expected : given[index];
}

uint64_t python_size(uint32_t index)
{
    return index == UINT32_MAX ? current->result->type.size : current->arguments[index]->type.size;
}

/* Before each call: errno, if it is not negative, is what the callee is to leave there. */
void python_prepare(int number)
{
    called++;
    seen = 0;
    is_errno_watched = number >= 0;
    errno_left = number;
    set_guard(plan);
}

int python_errno_found(void)
{
    return errno_found;
}

void python_check_seen(void)
{
    check_seen();
}

void python_check_result(const uint8_t *bytes)
{
    bool is_same = same(current->result, bytes, expected);
    check(is_same, "wrong result", 0);
    if (!is_same) {
        print_bytes("given", expected, current->result->type.size);
        print_bytes("found", bytes, current->result->type.size);
    }
}

void python_check(bool holds, const char *what, unsigned index)
{
    check(holds, what, index);
}

void python_finish(void)
{
    printf("%ld called, %ld ambiguous, %ld checks, %ld failures\n", called, ambiguous,
           witness_checks, witness_failures);
    fflush(stdout);
}

/* -- The call ---------------------------------------------------------------------------------- */

typedef struct Call {
    PyObject *function, *self, *result;
    PyObject *arguments[SLOTS];
    ptrdiff_t count;
} Call;

static void run(void *context)
{
    Call *call = context;
    Method method = PyCFunction_GetFunction(call->function);
    if (PyCFunction_GetFlags(call->function) & METH_O) {
        call->result = method(call->self, call->arguments[0]);
    } else {
        FastMethod fast = (FastMethod)(void (*)(void))method;
        call->result = fast(call->self, call->arguments, call->count);
    }
}

/* Calls a function with a tuple of arguments and appends the result to a list, or leaves the
 * exception. */
void python_call(PyObject *function, PyObject *arguments, PyObject *results)
{
    Call call = {function, PyCFunction_GetSelf(function), NULL, {NULL}, PyTuple_Size(arguments)};
    for (ptrdiff_t i = 0; i < call.count; i++) {
        call.arguments[i] = PyTuple_GetItem(arguments, i);
    }
    run_guarded(run, &call);
    if (call.result != NULL) {
        PyList_Append(results, call.result);
        Py_DecRef(call.result);
    }
}
