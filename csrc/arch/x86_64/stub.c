/* stub.c - stubs for x86-64: System V and Windows x64 callees, called from a System V entry.
 *
 * How a stub is entered, calls, and gives the result; take.c has the arguments. Every stub has a
 * frame with a frame pointer, so that one description serves to unwind them all: the caller's frame
 * is at rbp+16.
 */
#include "emitter.h"

static const ZfReg sysv64_registers[] = {ZF_RDI, ZF_RSI, ZF_RDX, ZF_RCX, ZF_R8, ZF_R9};
static const ZfReg win64_registers[] = {ZF_RCX, ZF_RDX, ZF_R8, ZF_R9};

/* -- The call ---------------------------------------------------------------------------------- */

/* General registers that no argument takes are cleared: a wrong declaration does the same each
 * time. */
static void clear_unused(ZfX86Emitter *e)
{
    const ZfPlan *plan = e->spec->plan;
    bool is_used[ZF_IMAGE_GP] = {false};
    uint32_t count = plan->abi->argument_registers[ZF_BANK_GP];
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        for (uint32_t k = 0; k < plan->arguments[i].piece_count; k++) {
            const ZfPiece *piece = &plan->arguments[i].pieces[k];
            if (piece->bank == ZF_BANK_GP) {
                is_used[piece->index] = true;
            }
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!is_used[i]) {
            zf_x86_clear(e->code, e->registers[i]);
        }
    }
}

/* The arguments that have waited, from the frame. */
static void load_waiting(ZfX86Emitter *e)
{
    const ZfPlan *plan = e->spec->plan;
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        for (uint32_t k = 0; k < plan->arguments[i].piece_count; k++) {
            const ZfPiece *piece = &plan->arguments[i].pieces[k];
            if (piece->bank == ZF_BANK_GP) {
                zf_x86_mov_rm(e->code, e->registers[piece->index], ZF_RBP,
                              zf_x86_waiting_at(piece));
            } else if (piece->bank == ZF_BANK_FP) {
                zf_x86_movsd_xm(e->code, piece->index, ZF_RBP, zf_x86_waiting_at(piece));
            }
        }
    }
}

/* Without a GIL the library may be closed between the entry and here; then the call is counted
 * already, and the address gone. */
static void enter_function(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    bool is_atomic = e->model->is_free_threaded;
    zf_x86_increment(code, ZF_R11, e->model->target_inside, is_atomic);
    if (is_atomic || e->is_waiting) {
        zf_x86_mov_rm(code, ZF_RAX, ZF_R11, e->model->target_address);
    }
    if (is_atomic) {
        ZfLabel is_open = {0};
        zf_x86_test_rr(code, ZF_RAX, ZF_RAX);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &is_open);
        zf_x86_decrement(code, ZF_R11, e->model->target_inside, true);
        zf_x86_jump(code, &e->generic);
        zf_x86_bind(code, &is_open);
    }
}

static void call_now(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    bool is_loaded = e->model->is_free_threaded;
    enter_function(e);
    clear_unused(e);
    if (is_loaded) {
        zf_x86_mov_rr(code, ZF_R11, ZF_RAX);
    }
    zf_x86_mov32_ri(code, ZF_RAX, e->spec->plan->fp_used);
    if (is_loaded) {
        zf_x86_call_r(code, ZF_R11);
    } else {
        zf_x86_call_m(code, ZF_R11, e->model->target_address);
    }
}

static void keep_results(ZfX86Emitter *e, bool is_back)
{
    ZfStubCode *code = e->code;
    bool is_double = e->spec->give == ZF_GIVE_DOUBLE || e->spec->give == ZF_GIVE_FLOAT;
    if (e->spec->give == ZF_GIVE_VOID || e->spec->give == ZF_GIVE_STRUCT) {
        return;
    }
    if (is_double && is_back) {
        zf_x86_movsd_xm(code, 0, ZF_RBP, ZF_X86_RESULT_XMM0);
    } else if (is_double) {
        zf_x86_movsd_mx(code, ZF_RBP, ZF_X86_RESULT_XMM0, 0);
    } else if (is_back) {
        zf_x86_mov_rm(code, ZF_RAX, ZF_RBP, ZF_X86_RESULT_RAX);
    } else {
        zf_x86_mov_mr(code, ZF_RBP, ZF_X86_RESULT_RAX, ZF_RAX);
    }
}

/* The words of a struct result, for the box. */
static void keep_pieces(ZfX86Emitter *e)
{
    const ZfPlace *place = &e->spec->plan->result;
    static const ZfReg general[] = {ZF_RAX, ZF_RDX};
    for (uint32_t i = 0; i < place->piece_count; i++) {
        int32_t at = ZF_X86_FRAME_RESULTS + (int32_t)(8 * i);
        if (place->pieces[i].bank == ZF_BANK_GP) {
            zf_x86_mov_mr(e->code, ZF_RBP, at, general[place->pieces[i].index]);
        } else {
            zf_x86_movsd_mx(e->code, ZF_RBP, at, place->pieces[i].index);
        }
    }
}

/* The GIL is released first and taken last: errno is swapped right around the call. */
static void call_later(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    unsigned options = e->spec->options;
    enter_function(e);
    zf_x86_mov_mr(code, ZF_RBP, ZF_X86_FRAME_FUNCTION, ZF_RAX);
    if (options & ZF_STUB_RELEASE) {
        zf_x86_call_l(code, ZF_LITERAL_SAVE_THREAD);
        zf_x86_mov_mr(code, ZF_RBP, ZF_X86_FRAME_THREAD, ZF_RAX);
    }
    if (options & ZF_STUB_ERRNO) {
        bool is_clear = options & ZF_STUB_ERRNO_CLEAR;
        zf_x86_call_l(code, is_clear ? ZF_LITERAL_ERRNO_CLEAR : ZF_LITERAL_ERRNO_ENTER);
    }
    load_waiting(e);
    clear_unused(e);
    zf_x86_mov32_ri(code, ZF_RAX, e->spec->plan->fp_used);
    zf_x86_call_m(code, ZF_RBP, ZF_X86_FRAME_FUNCTION);
    if (e->spec->give == ZF_GIVE_STRUCT) {
        keep_pieces(e);
    }
    keep_results(e, false);
    if (options & ZF_STUB_ERRNO) {
        zf_x86_call_l(code, ZF_LITERAL_ERRNO_LEAVE);
    }
    if (options & ZF_STUB_RELEASE) {
        zf_x86_mov_rm(code, ZF_RDI, ZF_RBP, ZF_X86_FRAME_THREAD);
        zf_x86_call_l(code, ZF_LITERAL_RESTORE_THREAD);
    }
}

/* -- The result -------------------------------------------------------------------------------- */

static void jump_out(ZfX86Emitter *e, ZfLiteral box)
{
    zf_x86_leave(e->code);
    zf_x86_jump_l(e->code, box);
}

static void return_constant(ZfX86Emitter *e)
{
    if (!e->model->is_immortal) {
        zf_x86_increment(e->code, ZF_RAX, 0, false);
    }
    zf_x86_leave(e->code);
    zf_x86_ret(e->code);
}

/* If the int in rdi is one of those that the interpreter keeps, and at least -`below`, returns it.
 */
static void return_small(ZfX86Emitter *e, int32_t below)
{
    ZfStubCode *code = e->code;
    ZfLabel is_other = {0};
    zf_x86_lea(code, ZF_RAX, ZF_RDI, below);
    zf_x86_cmp_rl(code, ZF_RAX, ZF_LITERAL_SMALL_COUNT);
    zf_x86_jump_if(code, ZF_IF_NOT_BELOW, &is_other);
    if (e->model->int_bytes == 32) { /* with a GIL */
        zf_x86_shift_left(code, ZF_RAX, 5);
    } else {
        zf_x86_multiply(code, ZF_RAX, ZF_RAX, (int8_t)e->model->int_bytes);
    }
    zf_x86_add_rl(code, ZF_RAX, below != 0 ? ZF_LITERAL_SMALL_INTS : ZF_LITERAL_SMALL_ZERO);
    return_constant(e);
    zf_x86_bind(code, &is_other);
}

static void give_integer(ZfX86Emitter *e, ZfGive give)
{
    ZfStubCode *code = e->code;
    switch (give) {
    case ZF_GIVE_INT8: zf_x86_movsx8_rr(code, ZF_RDI, ZF_RAX); break;
    case ZF_GIVE_UINT8: zf_x86_movzx8_rr(code, ZF_RDI, ZF_RAX); break;
    case ZF_GIVE_INT16: zf_x86_movsx16_rr(code, ZF_RDI, ZF_RAX); break;
    case ZF_GIVE_UINT16: zf_x86_movzx16_rr(code, ZF_RDI, ZF_RAX); break;
    case ZF_GIVE_INT32: zf_x86_movsx32_rr(code, ZF_RDI, ZF_RAX); break;
    case ZF_GIVE_UINT32: zf_x86_mov32_rr(code, ZF_RDI, ZF_RAX); break;
    default: zf_x86_mov_rr(code, ZF_RDI, ZF_RAX);
    }
    return_small(e, ZF_SMALL_BELOW);
    jump_out(e, ZF_LITERAL_BOX_INT64);
}

/* Most are less than 2**63, and those are boxed faster as signed numbers. */
static void give_unsigned(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    ZfLabel is_large = {0};
    zf_x86_mov_rr(code, ZF_RDI, ZF_RAX);
    if (e->spec->give != ZF_GIVE_POINTER) {
        return_small(e, 0);
    }
    zf_x86_test_rr(code, ZF_RDI, ZF_RDI);
    zf_x86_jump_if(code, ZF_IF_NEGATIVE, &is_large);
    jump_out(e, ZF_LITERAL_BOX_INT64);
    zf_x86_bind(code, &is_large);
    jump_out(e, ZF_LITERAL_BOX_UINT64);
}

static void give_pointer(ZfX86Emitter *e)
{
    ZfLabel is_null = {0};
    zf_x86_test_rr(e->code, ZF_RAX, ZF_RAX);
    zf_x86_jump_if(e->code, ZF_IF_EQUAL, &is_null);
    give_unsigned(e);
    zf_x86_bind(e->code, &is_null);
    zf_x86_mov_rl(e->code, ZF_RAX, ZF_LITERAL_NONE);
    return_constant(e);
}

static void give_bool(ZfX86Emitter *e)
{
    zf_x86_test8_rr(e->code, ZF_RAX, ZF_RAX);
    zf_x86_mov_rl(e->code, ZF_RAX, ZF_LITERAL_FALSE);
    zf_x86_cmov_rl(e->code, ZF_IF_NOT_EQUAL, ZF_RAX, ZF_LITERAL_TRUE);
    return_constant(e);
}

/* By a function that knows the target; xmm0 is its third argument already. */
static void give_by(ZfX86Emitter *e, ZfLiteral box)
{
    zf_x86_mov_rm(e->code, ZF_RDI, ZF_RBP, ZF_X86_FRAME_SELF);
    zf_x86_mov_rr(e->code, ZF_RSI, ZF_RAX);
    jump_out(e, box);
}

static void give_struct(ZfX86Emitter *e)
{
    zf_x86_mov_rm(e->code, ZF_RDI, ZF_RBP, ZF_X86_FRAME_SELF);
    zf_x86_lea(e->code, ZF_RSI, ZF_RBP, ZF_X86_FRAME_RESULTS);
    zf_x86_call_l(e->code, ZF_LITERAL_BOX_STRUCT);
    zf_x86_leave(e->code);
    zf_x86_ret(e->code);
}

/* The count of calls becomes negative when the library was closed meanwhile. */
static void leave_function(ZfX86Emitter *e)
{
    if (e->is_waiting) {
        keep_results(e, true);
    }
    zf_x86_mov_rm(e->code, ZF_RCX, ZF_RBP, ZF_X86_FRAME_SELF);
    zf_x86_decrement(e->code, ZF_RCX, e->model->target_inside, e->model->is_free_threaded);
    zf_x86_jump_if(e->code, ZF_IF_NEGATIVE, &e->leaving);
}

static void give(ZfX86Emitter *e)
{
    ZfGive what = e->spec->options & ZF_STUB_GUARD && e->spec->give != ZF_GIVE_STRUCT
                      ? ZF_GIVE_ANY
                      : e->spec->give;
    if (what == ZF_GIVE_STRUCT) {
        give_struct(e);
        return;
    }
    leave_function(e);
    switch (what) {
    case ZF_GIVE_VOID:
        zf_x86_mov_rl(e->code, ZF_RAX, ZF_LITERAL_NONE);
        return_constant(e);
        break;
    case ZF_GIVE_BOOL: give_bool(e); break;
    case ZF_GIVE_UINT64: give_unsigned(e); break;
    case ZF_GIVE_POINTER: give_pointer(e); break;
    case ZF_GIVE_FLOAT: zf_x86_cvtss2sd_xx(e->code, 0, 0); /* fall through */
    case ZF_GIVE_DOUBLE: jump_out(e, ZF_LITERAL_BOX_DOUBLE); break;
    case ZF_GIVE_ANY:
        give_by(e, e->spec->options & ZF_STUB_GUARD ? ZF_LITERAL_BOX_GUARDED : ZF_LITERAL_BOX);
        break;
    default: give_integer(e, what);
    }
}

/* -- A stub ------------------------------------------------------------------------------------ */

static void enter(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    uint32_t locals = e->is_waiting || e->spec->give == ZF_GIVE_STRUCT ? -ZF_X86_FRAME_WAITING : 16;
    uint32_t bytes = (locals + e->spec->plan->stack_bytes + 15) & ~15u;
    zf_x86_landing_pad(code);
    zf_x86_push(code, ZF_RBP);
    zf_x86_mov_rr(code, ZF_RBP, ZF_RSP);
    zf_x86_sub_ri(code, ZF_RSP, (int32_t)bytes);
    if (!zf_x86_is_one(e)) {
        zf_x86_cmp_ri(code, ZF_RDX, (int32_t)e->spec->plan->argument_count);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->early);
        zf_x86_mov_rr(code, ZF_R10, ZF_RSI);
    }
    zf_x86_mov_mr(code, ZF_RBP, ZF_X86_FRAME_SELF, ZF_RDI);
    zf_x86_mov_rr(code, ZF_R11, ZF_RDI);
}

static void leave_to_generic(ZfX86Emitter *e)
{
    ZfStubCode *code = e->code;
    zf_x86_bind(code, &e->generic);
    zf_x86_mov_rr(code, ZF_RDI, ZF_R11);
    if (!zf_x86_is_one(e)) {
        zf_x86_mov_rr(code, ZF_RSI, ZF_R10);
        zf_x86_mov32_ri(code, ZF_RDX, e->spec->plan->argument_count);
    }
    zf_x86_bind(code, &e->early);
    zf_x86_leave(code);
    zf_x86_jump_m(code, ZF_RDI, e->model->target_generic);
}

bool zf_stub_can_place(const ZfPiece *piece, bool is_result)
{
    if (is_result) {
        return piece->bank != ZF_BANK_X87 && piece->size <= 8;
    }
    return piece->bank == ZF_BANK_STACK ? piece->index % 8 == 0
           : piece->bank == ZF_BANK_FP  ? piece->size == 8 || piece->size == 4
                                        : piece->size <= 8;
}

bool zf_stub_emit(const ZfStubSpec *spec, const ZfStubModel *model, ZfStubCode *code)
{
    code->size = code->literal_count = 0;
    code->is_full = false;
    ZfX86Emitter e = {.spec = spec, .model = model, .code = code};
    bool is_windows = spec->plan->abi == &zf_abi_win64;
    e.registers = is_windows ? win64_registers : sysv64_registers;
    e.is_waiting = spec->options & (ZF_STUB_RELEASE | ZF_STUB_ERRNO);
    enter(&e);
    zf_x86_take_all(&e);
    if (e.is_waiting) {
        call_later(&e);
    } else {
        call_now(&e);
        if (spec->give == ZF_GIVE_STRUCT) {
            keep_pieces(&e);
        }
    }
    give(&e);
    zf_x86_take_odd(&e);
    leave_to_generic(&e);
    if (spec->give != ZF_GIVE_STRUCT) {
        zf_x86_bind(code, &e.leaving);
        give_by(&e, ZF_LITERAL_BOX_LEAVING);
    }
    return !code->is_full;
}

void zf_stub_link(const ZfStubCode *code, uint8_t *bytes, const uint8_t *run, const uint8_t *table)
{
    for (size_t i = 0; i < code->literal_count; i++) {
        const ZfStubLiteral *literal = &code->literals[i];
        const uint8_t *next = run + literal->at + 4;
        int32_t distance = (int32_t)(table + 8 * (size_t)literal->literal - next);
        memcpy(bytes + literal->at, &distance, sizeof distance);
    }
}
