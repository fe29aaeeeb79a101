/* stub.c - stubs for arm64: callees by AAPCS64 and by Apple's and Microsoft's conventions, which
 * differ in their plans alone, called from an AAPCS64 entry.
 *
 *   in     x0  self            the target
 *          x1  one object, or an array of them
 *          x2  their count, if it is an array
 *
 * emitter.h says what the registers are used for then, and what is in the frame; take.c converts
 * the arguments. Every stub has this frame, so that one description serves to unwind them all: the
 * caller's frame is at x29 + 16.
 */
#include "emitter.h"

/* -- Leaving ----------------------------------------------------------------------------------- */

static void drop_frame(ZfA64Emitter *e)
{
    zf_a64_emit(e, zf_a64_mov_sp(ZF_A64_SP, ZF_A64_FP));
    zf_a64_emit(e, zf_a64_load_pair(ZF_A64_LONG, ZF_A64_POST, ZF_A64_FP, ZF_A64_LR, ZF_A64_SP, 16));
}

static void jump_out(ZfA64Emitter *e, ZfLiteral box)
{
    zf_a64_emit_literal(e, ZF_A64_SCRATCH, box);
    drop_frame(e);
    zf_a64_emit(e, zf_a64_br(ZF_A64_SCRATCH));
}

static void call_literal(ZfA64Emitter *e, ZfLiteral literal)
{
    zf_a64_emit_literal(e, ZF_A64_SCRATCH, literal);
    zf_a64_emit(e, zf_a64_blr(ZF_A64_SCRATCH));
}

static void leave_to_generic(ZfA64Emitter *e)
{
    zf_a64_bind(e, &e->generic);
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, 0, ZF_A64_SELF));
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, 1, ZF_A64_GIVEN));
    if (!zf_a64_is_one(e)) {
        zf_a64_emit(e, zf_a64_wide(ZF_A64_MOVZ, ZF_A64_X, 2, e->spec->plan->argument_count, 0));
    }
    zf_a64_bind(e, &e->early);
    drop_frame(e);
    zf_a64_emit_load(e, ZF_A64_SCRATCH, 0, e->model->target_generic);
    zf_a64_emit(e, zf_a64_br(ZF_A64_SCRATCH));
}

/* -- The call ---------------------------------------------------------------------------------- */

/* Adds 1 or -1 to the count of calls; CONTENT is the sum then. SELF is what `self` is. */
static void count_call(ZfA64Emitter *e, unsigned self, ZfA64Sum sum)
{
    enum { AT = ZF_A64_TYPE, NEW = ZF_A64_CONTENT, STATUS = ZF_A64_SCRATCH };
    int64_t offset = e->model->target_inside;
    ZfA64Label again = {0};
    if (!e->model->is_free_threaded) {
        zf_a64_emit_load(e, NEW, self, offset);
        zf_a64_emit(e, zf_a64_sum_number(sum, ZF_A64_X, NEW, NEW, 1));
        zf_a64_emit_store(e, NEW, self, offset);
        return;
    }
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, AT, self, (uint64_t)offset));
    zf_a64_bind(e, &again);
    zf_a64_emit(e, zf_a64_ldaxr(NEW, AT));
    zf_a64_emit(e, zf_a64_sum_number(sum, ZF_A64_X, NEW, NEW, 1));
    zf_a64_emit(e, zf_a64_stlxr(STATUS, NEW, AT));
    zf_a64_emit_branch(e, zf_a64_cbz(false, ZF_A64_W, STATUS, 0), &again);
}

/* The function's address is in SCRATCH then. Without a GIL the library may be closed between the
 * entry and here; then the call is counted already, and the address gone. */
static void enter_function(ZfA64Emitter *e)
{
    ZfA64Label is_open = {0};
    int64_t offset = e->model->target_address;
    count_call(e, ZF_A64_SELF, ZF_A64_ADD);
    if (!e->model->is_free_threaded) {
        zf_a64_emit_load(e, ZF_A64_SCRATCH, ZF_A64_SELF, offset);
        return;
    }
    zf_a64_emit(
        e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, ZF_A64_SCRATCH, ZF_A64_SELF, (uint64_t)offset));
    zf_a64_emit(e, zf_a64_ldar(ZF_A64_SCRATCH, ZF_A64_SCRATCH));
    zf_a64_emit_branch(e, zf_a64_cbz(false, ZF_A64_X, ZF_A64_SCRATCH, 0), &is_open);
    count_call(e, ZF_A64_SELF, ZF_A64_SUB);
    zf_a64_emit_b(e, &e->generic);
    zf_a64_bind(e, &is_open);
}

/* General registers that no argument takes are cleared: a wrong declaration does the same each
 * time. */
static void clear_unused(ZfA64Emitter *e)
{
    const ZfPlan *plan = e->spec->plan;
    bool is_used[ZF_IMAGE_GP] = {false};
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        for (uint32_t k = 0; k < plan->arguments[i].piece_count; k++) {
            const ZfPiece *piece = &plan->arguments[i].pieces[k];
            if (piece->bank == ZF_BANK_GP) {
                is_used[piece->index] = true;
            }
        }
    }
    for (uint32_t i = 0; i < ZF_IMAGE_GP; i++) {
        if (!is_used[i]) {
            zf_a64_emit(e, zf_a64_mov(ZF_A64_X, i, ZF_A64_ZR));
        }
    }
}

/* The arguments that have waited, from the frame. */
static void load_waiting(ZfA64Emitter *e)
{
    const ZfPlan *plan = e->spec->plan;
    for (uint32_t i = 0; i < plan->argument_count; i++) {
        for (uint32_t k = 0; k < plan->arguments[i].piece_count; k++) {
            const ZfPiece *piece = &plan->arguments[i].pieces[k];
            ZfA64Access access = piece->bank == ZF_BANK_FP ? ZF_A64_D : ZF_A64_LONG;
            if (piece->bank != ZF_BANK_STACK) {
                zf_a64_emit(e,
                            zf_a64_load(access, piece->index, ZF_A64_FP, zf_a64_waiting_at(piece)));
            }
        }
    }
}

static void call_now(ZfA64Emitter *e)
{
    enter_function(e);
    clear_unused(e);
    zf_a64_emit(e, zf_a64_blr(ZF_A64_SCRATCH));
}

/* The words of a struct result, for the box. */
static void keep_pieces(ZfA64Emitter *e)
{
    const ZfPlace *place = &e->spec->plan->result;
    for (uint32_t i = 0; i < place->piece_count; i++) {
        const ZfPiece *piece = &place->pieces[i];
        ZfA64Access access = piece->bank == ZF_BANK_FP ? ZF_A64_D : ZF_A64_LONG;
        int64_t at = ZF_A64_FRAME_RESULTS + 8 * (int64_t)i;
        zf_a64_emit(e, zf_a64_store(access, piece->index, ZF_A64_FP, at));
    }
}

/* A scalar result, while something else is called. */
static void keep_result(ZfA64Emitter *e, bool is_back)
{
    bool is_real = e->spec->give == ZF_GIVE_DOUBLE || e->spec->give == ZF_GIVE_FLOAT;
    ZfA64Access access = is_real ? ZF_A64_D : ZF_A64_LONG;
    if (e->spec->give != ZF_GIVE_VOID && e->spec->give != ZF_GIVE_STRUCT) {
        zf_a64_emit(e, is_back ? zf_a64_load(access, 0, ZF_A64_FP, ZF_A64_FRAME_RESULTS)
                               : zf_a64_store(access, 0, ZF_A64_FP, ZF_A64_FRAME_RESULTS));
    }
}

/* The GIL is released first and taken last: errno is swapped right around the call. */
static void call_later(ZfA64Emitter *e)
{
    unsigned options = e->spec->options;
    enter_function(e);
    zf_a64_emit_store(e, ZF_A64_SCRATCH, ZF_A64_FP, ZF_A64_FRAME_FUNCTION);
    if (options & ZF_STUB_RELEASE) {
        call_literal(e, ZF_LITERAL_SAVE_THREAD);
        zf_a64_emit_store(e, 0, ZF_A64_FP, ZF_A64_FRAME_THREAD);
    }
    if (options & ZF_STUB_ERRNO) {
        bool is_clear = options & ZF_STUB_ERRNO_CLEAR;
        call_literal(e, is_clear ? ZF_LITERAL_ERRNO_CLEAR : ZF_LITERAL_ERRNO_ENTER);
    }
    load_waiting(e);
    clear_unused(e);
    zf_a64_emit_load(e, ZF_A64_SCRATCH, ZF_A64_FP, ZF_A64_FRAME_FUNCTION);
    zf_a64_emit(e, zf_a64_blr(ZF_A64_SCRATCH));
    keep_result(e, false);
    if (e->spec->give == ZF_GIVE_STRUCT) {
        keep_pieces(e);
    }
    if (options & ZF_STUB_ERRNO) {
        call_literal(e, ZF_LITERAL_ERRNO_LEAVE);
    }
    if (options & ZF_STUB_RELEASE) {
        zf_a64_emit_load(e, 0, ZF_A64_FP, ZF_A64_FRAME_THREAD);
        call_literal(e, ZF_LITERAL_RESTORE_THREAD);
    }
    keep_result(e, true);
}

/* -- The result -------------------------------------------------------------------------------- */

/* The object in x0. */
static void return_constant(ZfA64Emitter *e)
{
    if (!e->model->is_immortal) {
        zf_a64_emit_load(e, ZF_A64_CONTENT, 0, 0);
        zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, ZF_A64_CONTENT, ZF_A64_CONTENT, 1));
        zf_a64_emit_store(e, ZF_A64_CONTENT, 0, 0);
    }
    drop_frame(e);
    zf_a64_emit(e, zf_a64_ret());
}

/* If the int in x0 is one of those that the interpreter keeps, and at least -`below`, returns it.
 */
static void return_small(ZfA64Emitter *e, unsigned below)
{
    enum { NUMBER = ZF_A64_TYPE, OTHER = ZF_A64_CONTENT, BYTES = ZF_A64_SCRATCH };
    ZfA64Label is_other = {0};
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, NUMBER, 0, below));
    zf_a64_emit_literal(e, OTHER, ZF_LITERAL_SMALL_COUNT);
    zf_a64_emit(e, zf_a64_cmp(ZF_A64_X, NUMBER, OTHER));
    zf_a64_emit_b_if(e, ZF_A64_HS, &is_other);
    zf_a64_emit_literal(e, OTHER, below != 0 ? ZF_LITERAL_SMALL_INTS : ZF_LITERAL_SMALL_ZERO);
    zf_a64_emit(e, zf_a64_wide(ZF_A64_MOVZ, ZF_A64_X, BYTES, e->model->int_bytes, 0));
    zf_a64_emit(e, zf_a64_madd(ZF_A64_X, 0, NUMBER, BYTES, OTHER));
    return_constant(e);
    zf_a64_bind(e, &is_other);
}

static void give_integer(ZfA64Emitter *e, ZfGive give)
{
    switch (give) {
    case ZF_GIVE_INT8: zf_a64_emit(e, zf_a64_sxt(ZF_A64_X, 0, 0, 8)); break;
    case ZF_GIVE_UINT8: zf_a64_emit(e, zf_a64_uxt(0, 0, 8)); break;
    case ZF_GIVE_INT16: zf_a64_emit(e, zf_a64_sxt(ZF_A64_X, 0, 0, 16)); break;
    case ZF_GIVE_UINT16: zf_a64_emit(e, zf_a64_uxt(0, 0, 16)); break;
    case ZF_GIVE_INT32: zf_a64_emit(e, zf_a64_sxt(ZF_A64_X, 0, 0, 32)); break;
    case ZF_GIVE_UINT32: zf_a64_emit(e, zf_a64_mov(ZF_A64_W, 0, 0)); break;
    default: break;
    }
    return_small(e, ZF_SMALL_BELOW);
    jump_out(e, ZF_LITERAL_BOX_INT64);
}

/* Most are less than 2**63, and those are boxed faster as signed numbers. */
static void give_unsigned(ZfA64Emitter *e)
{
    ZfA64Label is_large = {0};
    if (e->spec->give != ZF_GIVE_POINTER) {
        return_small(e, 0);
    }
    zf_a64_emit_branch(e, zf_a64_tbz(false, 0, 63, 0), &is_large);
    jump_out(e, ZF_LITERAL_BOX_INT64);
    zf_a64_bind(e, &is_large);
    jump_out(e, ZF_LITERAL_BOX_UINT64);
}

static void give_pointer(ZfA64Emitter *e)
{
    ZfA64Label is_null = {0};
    zf_a64_emit_branch(e, zf_a64_cbz(true, ZF_A64_X, 0, 0), &is_null);
    give_unsigned(e);
    zf_a64_bind(e, &is_null);
    zf_a64_emit_literal(e, 0, ZF_LITERAL_NONE);
    return_constant(e);
}

static void give_bool(ZfA64Emitter *e)
{
    zf_a64_emit(e, zf_a64_tst_mask(ZF_A64_W, 0, UINT8_MAX));
    zf_a64_emit_literal(e, ZF_A64_CONTENT, ZF_LITERAL_TRUE);
    zf_a64_emit_literal(e, ZF_A64_SCRATCH, ZF_LITERAL_FALSE);
    zf_a64_emit(e,
                zf_a64_select(ZF_A64_CSEL, ZF_A64_X, 0, ZF_A64_CONTENT, ZF_A64_SCRATCH, ZF_A64_NE));
    return_constant(e);
}

/* By a function that knows the target; d0 is its third argument already. */
static void give_by(ZfA64Emitter *e, ZfLiteral box)
{
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, 1, 0));
    zf_a64_emit_load(e, 0, ZF_A64_FP, ZF_A64_FRAME_SELF);
    jump_out(e, box);
}

static void give_struct(ZfA64Emitter *e)
{
    zf_a64_emit_load(e, 0, ZF_A64_FP, ZF_A64_FRAME_SELF);
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_SUB, ZF_A64_X, 1, ZF_A64_FP, -ZF_A64_FRAME_RESULTS));
    call_literal(e, ZF_LITERAL_BOX_STRUCT);
    drop_frame(e);
    zf_a64_emit(e, zf_a64_ret());
}

/* The count of calls becomes negative when the library was closed meanwhile. */
static void leave_function(ZfA64Emitter *e)
{
    enum { SELF = ZF_A64_OBJECT };
    zf_a64_emit_load(e, SELF, ZF_A64_FP, ZF_A64_FRAME_SELF);
    count_call(e, SELF, ZF_A64_SUB);
    zf_a64_emit_branch(e, zf_a64_tbz(false, ZF_A64_CONTENT, 63, 0), &e->leaving);
}

static void give(ZfA64Emitter *e)
{
    bool is_guarded = e->spec->options & ZF_STUB_GUARD;
    ZfGive what = e->spec->give;
    if (what == ZF_GIVE_STRUCT) {
        give_struct(e);
        return;
    }
    leave_function(e);
    switch (is_guarded ? ZF_GIVE_ANY : what) {
    case ZF_GIVE_VOID:
        zf_a64_emit_literal(e, 0, ZF_LITERAL_NONE);
        return_constant(e);
        break;
    case ZF_GIVE_BOOL: give_bool(e); break;
    case ZF_GIVE_UINT64: give_unsigned(e); break;
    case ZF_GIVE_POINTER: give_pointer(e); break;
    case ZF_GIVE_FLOAT: zf_a64_emit(e, zf_a64_fcvt(ZF_A64_DOUBLE, 0, 0)); /* fall through */
    case ZF_GIVE_DOUBLE: jump_out(e, ZF_LITERAL_BOX_DOUBLE); break;
    case ZF_GIVE_ANY: give_by(e, is_guarded ? ZF_LITERAL_BOX_GUARDED : ZF_LITERAL_BOX); break;
    default: give_integer(e, what);
    }
}

/* -- A stub ------------------------------------------------------------------------------------ */

/* The types that the main path compares with, once for all arguments. */
static void load_types(ZfA64Emitter *e)
{
    bool has_int = false, has_real = false;
    for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
        ZfTake take = e->spec->takes[i] % ZF_TAKE_ENUM;
        has_int = has_int || zf_a64_takes_int(take);
        has_real = has_real || take == ZF_TAKE_FLOAT || take == ZF_TAKE_DOUBLE;
    }
    if (has_int) {
        zf_a64_emit_literal(e, ZF_A64_INT, ZF_LITERAL_LONG_TYPE);
    }
    if (has_real) {
        zf_a64_emit_literal(e, ZF_A64_REAL, ZF_LITERAL_FLOAT_TYPE);
    }
}

static void enter(ZfA64Emitter *e)
{
    const ZfPlan *plan = e->spec->plan;
    bool is_large = e->is_waiting || e->spec->give == ZF_GIVE_STRUCT;
    uint32_t locals = is_large ? -ZF_A64_FRAME_WAITING : -ZF_A64_FRAME_SELF;
    uint32_t bytes = zf_abi_round_up(locals + plan->stack_bytes, 16);
    zf_a64_emit(e, zf_a64_hint(ZF_A64_BTI_C));
    zf_a64_emit(e,
                zf_a64_store_pair(ZF_A64_LONG, ZF_A64_PRE, ZF_A64_FP, ZF_A64_LR, ZF_A64_SP, -16));
    zf_a64_emit(e, zf_a64_mov_sp(ZF_A64_FP, ZF_A64_SP));
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_SUB, ZF_A64_X, ZF_A64_SP, ZF_A64_SP, bytes));
    if (!zf_a64_is_one(e)) {
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, 2, plan->argument_count));
        zf_a64_emit_b_if(e, ZF_A64_NE, &e->early);
    }
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, ZF_A64_SELF, 0));
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, ZF_A64_GIVEN, 1));
    zf_a64_emit_store(e, 0, ZF_A64_FP, ZF_A64_FRAME_SELF);
    load_types(e);
}

bool zf_stub_can_place(const ZfPiece *piece, bool is_result)
{
    return piece->size <= 8 || (piece->bank == ZF_BANK_STACK && !is_result);
}

bool zf_stub_emit(const ZfStubSpec *spec, const ZfStubModel *model, ZfStubCode *code)
{
    code->size = code->literal_count = 0;
    code->is_full = false;
    ZfA64Emitter e = {.spec = spec, .model = model, .code = code};
    e.is_waiting = spec->options & (ZF_STUB_RELEASE | ZF_STUB_ERRNO);
    enter(&e);
    zf_a64_take_all(&e);
    if (e.is_waiting) {
        call_later(&e);
    } else {
        call_now(&e);
        if (spec->give == ZF_GIVE_STRUCT) {
            keep_pieces(&e);
        }
    }
    give(&e);
    zf_a64_take_odd(&e);
    leave_to_generic(&e);
    if (spec->give != ZF_GIVE_STRUCT) {
        zf_a64_bind(&e, &e.leaving);
        give_by(&e, ZF_LITERAL_BOX_LEAVING);
    }
    return !code->is_full;
}

void zf_stub_link(const ZfStubCode *code, uint8_t *bytes, const uint8_t *run, const uint8_t *table)
{
    for (size_t i = 0; i < code->literal_count; i++) {
        const ZfStubLiteral *literal = &code->literals[i];
        uintptr_t word = (uintptr_t)table + 8 * (uintptr_t)literal->literal;
        uintptr_t here = (uintptr_t)run + literal->at;
        uint32_t pair[2];
        memcpy(pair, bytes + literal->at, sizeof pair);
        unsigned to = pair[0] & 31;
        pair[0] = zf_a64_adrp(to, (int64_t)(word >> 12) - (int64_t)(here >> 12));
        pair[1] = zf_a64_load(ZF_A64_LONG, to, to, word & 0xfff);
        memcpy(bytes + literal->at, pair, sizeof pair);
    }
}
