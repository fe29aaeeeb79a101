/* take.c - how the stubs of arm64 turn Python's objects into arguments.
 *
 * Every argument is converted in its final register, while self and the array of objects stay in
 * registers that no argument has. So any check that fails can go to the generic entry, which starts
 * anew. What is rare is written behind the main path, argument by argument, and branches back into
 * it.
 */
#include "emitter.h"

/* An int's header, if it is tagged: see ZfStubModel. */
enum { TAG_NEGATIVE_BIT = 1, TAG_TWO_DIGITS = 16, TAG_THREE_DIGITS = 24 };

/* -- Objects ----------------------------------------------------------------------------------- */

/* The register that has the argument's object. */
static unsigned object_of(const ZfA64Emitter *e)
{
    return zf_a64_is_one(e) ? ZF_A64_GIVEN : ZF_A64_OBJECT;
}

static unsigned load_object(ZfA64Emitter *e, const ZfA64Argument *argument)
{
    if (!zf_a64_is_one(e)) {
        zf_a64_emit_load(e, ZF_A64_OBJECT, ZF_A64_GIVEN, 8 * (int64_t)argument->index);
    }
    return object_of(e);
}

static void load_type(ZfA64Emitter *e, unsigned object)
{
    zf_a64_emit_load(e, ZF_A64_TYPE, object, e->model->object_type);
}

/* Unless two registers are equal. */
static void branch_unless_same(ZfA64Emitter *e, unsigned a, unsigned b, ZfA64Label *label)
{
    zf_a64_emit(e, zf_a64_cmp(ZF_A64_X, a, b));
    zf_a64_emit_b_if(e, ZF_A64_NE, label);
}

static void branch_if_same(ZfA64Emitter *e, unsigned a, unsigned b, ZfA64Label *label)
{
    zf_a64_emit(e, zf_a64_cmp(ZF_A64_X, a, b));
    zf_a64_emit_b_if(e, ZF_A64_EQ, label);
}

static void branch_unless_literal(ZfA64Emitter *e, unsigned a, ZfLiteral literal, ZfA64Label *label)
{
    zf_a64_emit_literal(e, ZF_A64_CONTENT, literal);
    branch_unless_same(e, a, ZF_A64_CONTENT, label);
}

/* The argument's declared type, from the signature. */
static void load_declared(ZfA64Emitter *e, const ZfA64Argument *argument, unsigned to)
{
    zf_a64_emit_load(e, to, ZF_A64_SELF, e->model->target_signature);
    zf_a64_emit_load(e, to, to, e->model->signature_argtypes);
    zf_a64_emit_load(e, to, to, e->model->tuple_items + 8 * (int64_t)argument->index);
}

/* A type that the module's state has. */
static void load_from_state(ZfA64Emitter *e, unsigned to, int64_t offset)
{
    zf_a64_emit_load(e, to, ZF_A64_SELF, e->model->target_signature);
    zf_a64_emit_load(e, to, to, e->model->signature_state);
    zf_a64_emit_load(e, to, to, offset);
}

/* -- Integers ---------------------------------------------------------------------------------- */

typedef struct Range {
    bool is_signed;
    unsigned bits;
} Range;

static Range range_of(ZfTake take)
{
    switch (take) {
    case ZF_TAKE_INT8: return (Range){true, 8};
    case ZF_TAKE_UINT8: return (Range){false, 8};
    case ZF_TAKE_INT16: return (Range){true, 16};
    case ZF_TAKE_UINT16: return (Range){false, 16};
    case ZF_TAKE_INT32: return (Range){true, 32};
    case ZF_TAKE_UINT32: return (Range){false, 32};
    case ZF_TAKE_INT64: return (Range){true, 64};
    default: return (Range){false, 64}; /* uint64_t, and addresses */
    }
}

/* A register must be what its lowest bits say. */
static void check_range(ZfA64Emitter *e, Range range, unsigned value)
{
    static const ZfA64Extend extensions[2][3] = {
        {ZF_A64_UXTB, ZF_A64_UXTH, ZF_A64_UXTW},
        {ZF_A64_SXTB, ZF_A64_SXTH, ZF_A64_SXTW},
    };
    ZfA64Extend extend = extensions[range.is_signed][range.bits / 16];
    zf_a64_emit(e, zf_a64_sum_extended(ZF_A64_SUBS, ZF_A64_X, ZF_A64_ZR, value, value, extend));
    zf_a64_emit_b_if(e, ZF_A64_NE, &e->generic);
}

/* Negates a register if the int whose header is in HEADER is negative. */
static void apply_sign(ZfA64Emitter *e, unsigned to, unsigned from)
{
    if (e->model->int_is_tagged) {
        zf_a64_emit(e, zf_a64_tst_mask(ZF_A64_X, ZF_A64_HEADER, 1 << TAG_NEGATIVE_BIT));
        zf_a64_emit(e, zf_a64_cneg(ZF_A64_X, to, from, ZF_A64_NE));
    } else {
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_HEADER, 0));
        zf_a64_emit(e, zf_a64_cneg(ZF_A64_X, to, from, ZF_A64_LT));
    }
}

/* From an int of at most one digit to its value. Goes to `larger` with its header in HEADER. */
static void convert_digit(ZfA64Emitter *e, unsigned to, unsigned object, ZfA64Label *larger)
{
    zf_a64_emit_load(e, ZF_A64_HEADER, object, e->model->int_header);
    zf_a64_emit(e, zf_a64_load(ZF_A64_WORD, ZF_A64_CONTENT, object, e->model->int_digits));
    if (e->model->int_is_tagged) {
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_HEADER, TAG_TWO_DIGITS));
        zf_a64_emit_b_if(e, ZF_A64_HS, larger);
        apply_sign(e, to, ZF_A64_CONTENT);
    } else { /* the header is -1, 0 or 1 */
        zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, ZF_A64_SCRATCH, ZF_A64_HEADER, 1));
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_SCRATCH, 2));
        zf_a64_emit_b_if(e, ZF_A64_HI, larger);
        zf_a64_emit(e, zf_a64_mul(ZF_A64_X, to, ZF_A64_HEADER, ZF_A64_CONTENT));
    }
}

/* From an int in `object` to its value, if that has one digit. */
static void convert_integer(ZfA64Emitter *e, ZfA64Argument *argument, unsigned object)
{
    Range range = range_of(argument->take);
    zf_a64_bind(e, &argument->integer);
    convert_digit(e, argument->to, object, range.bits < 32 ? &e->generic : &argument->odd_size);
    if (range.bits < 32) {
        check_range(e, range, argument->to);
    } else if (!range.is_signed) {
        zf_a64_emit_branch(e, zf_a64_tbz(false, argument->to, 63, 0), &e->generic);
    }
}

/* Ints of two digits; their header is in HEADER. */
static void convert_odd_size(ZfA64Emitter *e, ZfA64Argument *argument)
{
    Range range = range_of(argument->take);
    ZfA64Label positive = {0};
    unsigned to = argument->to;
    if (range.bits < 32) {
        return;
    }
    zf_a64_bind(e, &argument->odd_size);
    if (e->model->int_is_tagged) {
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_HEADER, TAG_THREE_DIGITS));
        zf_a64_emit_b_if(e, ZF_A64_HS, &e->generic);
    } else {
        zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_HEADER, 2));
        zf_a64_emit_b_if(e, ZF_A64_EQ, &positive);
        zf_a64_emit(e,
                    zf_a64_sum_number(ZF_A64_ADDS, ZF_A64_X, ZF_A64_ZR, ZF_A64_HEADER, 2)); /* -2 */
        zf_a64_emit_b_if(e, ZF_A64_NE, &e->generic);
        zf_a64_bind(e, &positive);
    }
    zf_a64_emit_load(e, ZF_A64_CONTENT, object_of(e), e->model->int_digits);
    zf_a64_emit(e, zf_a64_lsr(ZF_A64_X, ZF_A64_SCRATCH, ZF_A64_CONTENT, 32));
    zf_a64_emit(e, zf_a64_mov(ZF_A64_W, ZF_A64_CONTENT, ZF_A64_CONTENT));
    zf_a64_emit(e, zf_a64_logic_shifted(ZF_A64_ORR, ZF_A64_X, ZF_A64_CONTENT, ZF_A64_CONTENT,
                                        ZF_A64_SCRATCH, ZF_A64_LSL, 30));
    apply_sign(e, to, ZF_A64_CONTENT);
    if (range.bits == 32) {
        check_range(e, range, to);
    } else if (!range.is_signed) {
        zf_a64_emit_branch(e, zf_a64_tbz(false, to, 63, 0), &e->generic);
    }
    zf_a64_emit_b(e, &argument->done);
}

/* Its type, in TYPE, derives from int: bool, IntEnum. */
static void branch_if_int_subclass(ZfA64Emitter *e, ZfA64Argument *argument)
{
    zf_a64_emit(e, zf_a64_load(ZF_A64_BYTE, ZF_A64_SCRATCH, ZF_A64_TYPE, e->model->type_flags));
    zf_a64_emit(e, zf_a64_tst_mask(ZF_A64_W, ZF_A64_SCRATCH, e->model->int_subclass_bit));
    zf_a64_emit_b_if(e, ZF_A64_NE, &argument->integer);
}

/* Of the enums, only the members of the argument's own. */
static void convert_odd_integer(ZfA64Emitter *e, ZfA64Argument *argument)
{
    zf_a64_bind(e, &argument->odd_type);
    if (argument->is_enum) {
        load_declared(e, argument, ZF_A64_CONTENT);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->ctype_pointee);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->ctype_enum);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->enum_class);
        branch_unless_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &e->generic);
    }
    branch_if_int_subclass(e, argument);
    zf_a64_emit_b(e, &e->generic);
}

static void convert_bool(ZfA64Emitter *e, ZfA64Argument *argument)
{
    unsigned object = load_object(e, argument);
    zf_a64_emit_literal(e, ZF_A64_CONTENT, ZF_LITERAL_TRUE);
    zf_a64_emit(e, zf_a64_cmp(ZF_A64_X, object, ZF_A64_CONTENT));
    zf_a64_emit(e, zf_a64_cset(ZF_A64_W, argument->to, ZF_A64_EQ));
    zf_a64_emit_b_if(e, ZF_A64_EQ, &argument->done);
    branch_unless_literal(e, object, ZF_LITERAL_FALSE, &e->generic);
}

/* bytes of length 1 */
static void convert_char(ZfA64Emitter *e, ZfA64Argument *argument)
{
    bool is_signed = argument->place->type->kind == ZF_KIND_INT8;
    ZfA64Access access = is_signed ? ZF_A64_SIGNED_BYTE : ZF_A64_BYTE;
    unsigned object = load_object(e, argument);
    load_type(e, object);
    branch_unless_literal(e, ZF_A64_TYPE, ZF_LITERAL_BYTES_TYPE, &e->generic);
    zf_a64_emit_load(e, ZF_A64_CONTENT, object, e->model->bytes_size);
    zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_X, ZF_A64_CONTENT, 1));
    zf_a64_emit_b_if(e, ZF_A64_NE, &e->generic);
    zf_a64_emit(e, zf_a64_load(access, argument->to, object, e->model->bytes_data));
}

/* -- Floating point ---------------------------------------------------------------------------- */

static void convert_floating(ZfA64Emitter *e, ZfA64Argument *argument)
{
    enum { EXPONENT = 0xff };
    unsigned object = load_object(e, argument), to = argument->vector;
    load_type(e, object);
    branch_unless_same(e, ZF_A64_TYPE, ZF_A64_REAL, &argument->odd_type);
    zf_a64_emit(e, zf_a64_load(ZF_A64_D, to, object, e->model->float_value));
    if (argument->take == ZF_TAKE_DOUBLE) {
        return;
    }
    /* What does not stay finite is for the generic entry to judge. */
    zf_a64_emit(e, zf_a64_fcvt(ZF_A64_FLOAT, to, to));
    zf_a64_emit(e, zf_a64_fmov_to_general(ZF_A64_FLOAT, ZF_A64_CONTENT, to));
    zf_a64_emit(e, zf_a64_extract(false, ZF_A64_W, ZF_A64_CONTENT, ZF_A64_CONTENT, 23, 30));
    zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_W, ZF_A64_CONTENT, EXPONENT));
    zf_a64_emit_b_if(e, ZF_A64_EQ, &e->generic);
}

/* An int of one digit, given for a floating argument; its type is in TYPE. */
static void convert_odd_floating(ZfA64Emitter *e, ZfA64Argument *argument)
{
    zf_a64_bind(e, &argument->odd_type);
    branch_unless_literal(e, ZF_A64_TYPE, ZF_LITERAL_LONG_TYPE, &e->generic);
    convert_digit(e, ZF_A64_VALUE, object_of(e), &e->generic);
    zf_a64_emit(e, zf_a64_scvtf(ZF_A64_DOUBLE, ZF_A64_X, argument->vector, ZF_A64_VALUE));
    if (argument->take == ZF_TAKE_FLOAT) {
        zf_a64_emit(e, zf_a64_fcvt(ZF_A64_FLOAT, argument->vector, argument->vector));
    }
    zf_a64_emit_b(e, &argument->done);
}

/* -- Pointers ---------------------------------------------------------------------------------- */

/* bytes without a NUL but the one behind them: 16 at a time are looked at. Objects are aligned, so
 * none of these reads leaves the page that a byte of the object is in. */
static void convert_string(ZfA64Emitter *e, ZfA64Argument *argument)
{
    enum { AT = ZF_A64_CONTENT, FOUND = ZF_A64_TYPE, BLOCK = 16 };
    unsigned object = load_object(e, argument);
    ZfA64Label again = {0};
    load_type(e, object);
    branch_unless_literal(e, ZF_A64_TYPE, ZF_LITERAL_BYTES_TYPE, &argument->odd_type);
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, AT, object, e->model->bytes_data));
    zf_a64_emit(e, zf_a64_tst_mask(ZF_A64_X, AT, BLOCK - 1));
    zf_a64_emit_b_if(e, ZF_A64_NE, &e->generic);
    zf_a64_bind(e, &again);
    zf_a64_emit(e, zf_a64_load(ZF_A64_Q, ZF_A64_VECTOR, AT, 0));
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, AT, AT, BLOCK));
    zf_a64_emit(e, zf_a64_cmeq_zero(ZF_A64_VECTOR, ZF_A64_VECTOR));
    zf_a64_emit(e, zf_a64_shrn4(ZF_A64_VECTOR, ZF_A64_VECTOR));
    zf_a64_emit(e, zf_a64_fmov_to_general(ZF_A64_DOUBLE, FOUND, ZF_A64_VECTOR));
    zf_a64_emit_branch(e, zf_a64_cbz(true, ZF_A64_X, FOUND, 0), &again);
    /* The first NUL of the block, in units of 4 bits. */
    zf_a64_emit(e, zf_a64_rbit(ZF_A64_X, FOUND, FOUND));
    zf_a64_emit(e, zf_a64_clz(ZF_A64_X, FOUND, FOUND));
    zf_a64_emit(e, zf_a64_sum_shifted(ZF_A64_ADD, ZF_A64_X, AT, AT, FOUND, ZF_A64_LSR, 2));
    zf_a64_emit(
        e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, argument->to, object, e->model->bytes_data));
    zf_a64_emit(e, zf_a64_sum(ZF_A64_SUB, ZF_A64_X, AT, AT, argument->to));
    zf_a64_emit(e, zf_a64_sum_number(ZF_A64_SUB, ZF_A64_X, AT, AT, BLOCK));
    zf_a64_emit_load(e, FOUND, object, e->model->bytes_size);
    branch_unless_same(e, AT, FOUND, &e->generic);
}

/* byref(): of a typed pointer, if it is of the whole object, and that of the very type. */
static void convert_reference(ZfA64Emitter *e, ZfA64Argument *argument, ZfA64Label *label)
{
    unsigned object = object_of(e), to = argument->to;
    zf_a64_bind(e, label);
    zf_a64_emit_load(e, to, object, e->model->reference_address);
    if (argument->take == ZF_TAKE_TYPED_POINTER) {
        load_declared(e, argument, ZF_A64_CONTENT);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->ctype_element);
        zf_a64_emit_load(e, ZF_A64_SCRATCH, object, e->model->reference_object);
        load_type(e, ZF_A64_SCRATCH);
        branch_unless_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &e->generic);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_SCRATCH, e->model->data_memory);
        branch_unless_same(e, to, ZF_A64_CONTENT, &e->generic);
    }
    zf_a64_emit_b(e, &argument->done);
}

/* A pointer object that nothing is known to be kept alive by: where it points. */
static void convert_pointer_object(ZfA64Emitter *e, ZfA64Argument *argument, ZfA64Label *label)
{
    zf_a64_bind(e, label);
    zf_a64_emit_load(e, ZF_A64_CONTENT, object_of(e), e->model->data_keep);
    zf_a64_emit_branch(e, zf_a64_cbz(false, ZF_A64_X, ZF_A64_CONTENT, 0), &e->generic);
    zf_a64_emit_load(e, argument->to, object_of(e), e->model->data_memory);
    zf_a64_emit_load(e, argument->to, argument->to, 0);
    zf_a64_emit_b(e, &argument->done);
}

/* What is no array is left: the class of one is of the metaclass itself, and has the kind. The
 * type is in TYPE. */
static void check_array(ZfA64Emitter *e, const ZfA64Argument *argument)
{
    load_from_state(e, ZF_A64_CONTENT, e->model->state_ctype_type);
    zf_a64_emit_load(e, ZF_A64_SCRATCH, ZF_A64_TYPE, e->model->object_type);
    branch_unless_same(e, ZF_A64_SCRATCH, ZF_A64_CONTENT, &e->generic);
    zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_TYPE, e->model->ctype_type);
    zf_a64_emit(e, zf_a64_load(ZF_A64_WORD, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->type_kind));
    zf_a64_emit(e, zf_a64_cmp_number(ZF_A64_W, ZF_A64_CONTENT, ZF_KIND_ARRAY));
    zf_a64_emit_b_if(e, ZF_A64_NE, &e->generic);
    if (argument->take == ZF_TAKE_TYPED_POINTER) {
        load_declared(e, argument, ZF_A64_CONTENT);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->ctype_element);
        zf_a64_emit_load(e, ZF_A64_SCRATCH, ZF_A64_TYPE, e->model->ctype_element);
        branch_unless_same(e, ZF_A64_SCRATCH, ZF_A64_CONTENT, &e->generic);
    }
}

/* A pointer argument that is no int; its type is in TYPE. */
static void convert_odd_pointer(ZfA64Emitter *e, ZfA64Argument *argument)
{
    unsigned object = object_of(e), to = argument->to;
    ZfA64Label none = {0}, reference = {0}, pointer = {0}, memory = {0}, not_bytes = {0};
    bool is_typed = argument->take == ZF_TAKE_TYPED_POINTER;
    zf_a64_bind(e, &argument->odd_type);
    zf_a64_emit_literal(e, ZF_A64_CONTENT, ZF_LITERAL_NONE);
    branch_if_same(e, object, ZF_A64_CONTENT, &none);
    if (argument->take == ZF_TAKE_CONST_POINTER) {
        branch_unless_literal(e, ZF_A64_TYPE, ZF_LITERAL_BYTES_TYPE, &not_bytes);
        zf_a64_emit(e, zf_a64_sum_number(ZF_A64_ADD, ZF_A64_X, to, object, e->model->bytes_data));
        zf_a64_emit_b(e, &argument->done);
        zf_a64_bind(e, &not_bytes);
    }
    branch_if_int_subclass(e, argument);
    load_from_state(e, ZF_A64_CONTENT, e->model->state_reference_type);
    branch_if_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &reference);
    if (is_typed) {
        load_declared(e, argument, ZF_A64_CONTENT);
        branch_if_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &pointer);
        zf_a64_emit_load(e, ZF_A64_CONTENT, ZF_A64_CONTENT, e->model->ctype_element);
        branch_if_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &memory);
    }
    if (argument->take == ZF_TAKE_STRING) {
        zf_a64_emit_b(e, &e->generic);
    } else {
        check_array(e, argument);
        zf_a64_bind(e, &memory);
        zf_a64_emit_load(e, to, object, e->model->data_memory);
        zf_a64_emit_b(e, &argument->done);
    }
    if (is_typed) {
        convert_pointer_object(e, argument, &pointer);
    }
    convert_reference(e, argument, &reference);
    zf_a64_bind(e, &none);
    zf_a64_emit(e, zf_a64_mov(ZF_A64_X, to, ZF_A64_ZR));
    zf_a64_emit_b(e, &argument->done);
}

/* What is no bytes may still be an address. */
static void convert_odd_string(ZfA64Emitter *e, ZfA64Argument *argument)
{
    ZfA64Label not_bytes = argument->odd_type;
    argument->odd_type = (ZfA64Label){0};
    zf_a64_bind(e, &not_bytes);
    branch_unless_literal(e, ZF_A64_TYPE, ZF_LITERAL_LONG_TYPE, &argument->odd_type);
    convert_integer(e, argument, object_of(e));
    zf_a64_emit_b(e, &argument->done);
    convert_odd_pointer(e, argument);
    convert_odd_size(e, argument);
}

/* -- Structs ----------------------------------------------------------------------------------- */

/* 1, 2, 4 or 8 bytes. */
static ZfA64Access access_of(uint32_t size)
{
    switch (size) {
    case 1: return ZF_A64_BYTE;
    case 2: return ZF_A64_HALF;
    case 4: return ZF_A64_WORD;
    default: return ZF_A64_LONG;
    }
}

/* Up to 8 bytes of memory, and no more, to a register: by two loads, which may overlap. */
static void load_bytes(ZfA64Emitter *e, unsigned to, unsigned base, uint32_t offset, uint32_t size)
{
    uint32_t low = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
    zf_a64_emit(e, zf_a64_load(access_of(low), to, base, offset));
    if (low < size) {
        uint32_t rest = size - low, high = rest == 3 ? 4 : rest, at = size - high;
        zf_a64_emit(e, zf_a64_load(access_of(high), ZF_A64_SCRATCH, base, offset + at));
        zf_a64_emit(e, zf_a64_logic_shifted(ZF_A64_ORR, ZF_A64_X, to, to, ZF_A64_SCRATCH,
                                            ZF_A64_LSL, 8 * at));
    }
}

/* In chunks that are aligned on the stack: Apple packs what is there. */
static void store_on_stack(ZfA64Emitter *e, unsigned base, const ZfPiece *piece)
{
    for (uint32_t at = 0, chunk; at < piece->size; at += chunk) {
        uint32_t rest = piece->size - at;
        for (chunk = 8; chunk > rest || (piece->index + at) % chunk != 0;) {
            chunk /= 2;
        }
        zf_a64_emit(e, zf_a64_load(access_of(chunk), ZF_A64_VALUE, base, piece->offset + at));
        zf_a64_emit(e, zf_a64_store(access_of(chunk), ZF_A64_VALUE, ZF_A64_SP, piece->index + at));
    }
}

static void load_piece(ZfA64Emitter *e, unsigned base, const ZfPiece *piece)
{
    bool is_vector = piece->bank == ZF_BANK_FP;
    unsigned to = is_vector || e->is_waiting ? ZF_A64_VALUE : piece->index;
    if (piece->bank == ZF_BANK_STACK) {
        store_on_stack(e, base, piece);
        return;
    }
    load_bytes(e, to, base, piece->offset, piece->size);
    if (e->is_waiting) {
        zf_a64_emit_store(e, to, ZF_A64_FP, zf_a64_waiting_at(piece));
    } else if (is_vector) {
        zf_a64_emit(e, zf_a64_fmov_from_general(ZF_A64_DOUBLE, piece->index, to));
    }
}

/* An object of the declared class itself. */
static void convert_struct(ZfA64Emitter *e, ZfA64Argument *argument)
{
    unsigned object = load_object(e, argument), base = ZF_A64_CONTENT;
    load_type(e, object);
    load_declared(e, argument, ZF_A64_CONTENT);
    branch_unless_same(e, ZF_A64_TYPE, ZF_A64_CONTENT, &e->generic);
    zf_a64_emit_load(e, base, object, e->model->data_memory);
    for (uint32_t i = 0; i < argument->place->piece_count; i++) {
        load_piece(e, base, &argument->place->pieces[i]);
    }
}

/* -- Arguments --------------------------------------------------------------------------------- */

bool zf_a64_takes_int(ZfTake take)
{
    return take != ZF_TAKE_BOOL && take != ZF_TAKE_FLOAT && take != ZF_TAKE_DOUBLE &&
           take != ZF_TAKE_STRING && take != ZF_TAKE_CHAR && take != ZF_TAKE_STRUCT;
}

static bool is_floating(const ZfA64Argument *argument)
{
    return argument->take == ZF_TAKE_FLOAT || argument->take == ZF_TAKE_DOUBLE;
}

static void convert(ZfA64Emitter *e, ZfA64Argument *argument)
{
    switch (argument->take) {
    case ZF_TAKE_BOOL: convert_bool(e, argument); break;
    case ZF_TAKE_CHAR: convert_char(e, argument); break;
    case ZF_TAKE_FLOAT:
    case ZF_TAKE_DOUBLE: convert_floating(e, argument); break;
    case ZF_TAKE_STRING: convert_string(e, argument); break;
    case ZF_TAKE_STRUCT: convert_struct(e, argument); break;
    default: {
        unsigned object = load_object(e, argument);
        load_type(e, object);
        branch_unless_same(e, ZF_A64_TYPE, ZF_A64_INT, &argument->odd_type);
        convert_integer(e, argument, object);
    }
    }
    zf_a64_bind(e, &argument->done);
}

/* A scalar that was converted in a register of its own goes to where it belongs. */
static void put_scalar(ZfA64Emitter *e, const ZfA64Argument *argument)
{
    const ZfPiece *piece = &argument->place->pieces[0];
    bool is_on_stack = piece->bank == ZF_BANK_STACK;
    unsigned base = is_on_stack ? ZF_A64_SP : ZF_A64_FP;
    int64_t at = is_on_stack ? (int64_t)piece->index : zf_a64_waiting_at(piece);
    uint32_t room = is_on_stack ? piece->room : 8;
    if (argument->take == ZF_TAKE_STRUCT || (!is_on_stack && !e->is_waiting)) {
        return;
    }
    if (is_floating(argument)) {
        zf_a64_emit(e, zf_a64_store(room == 4 ? ZF_A64_S : ZF_A64_D, argument->vector, base, at));
    } else {
        zf_a64_emit(e, zf_a64_store(access_of(room), argument->to, base, at));
    }
}

static ZfA64Argument prepare(const ZfA64Emitter *e, uint32_t index)
{
    const ZfPlace *place = &e->spec->plan->arguments[index];
    unsigned take = e->spec->takes[index];
    ZfA64Argument argument = {
        .take = take % ZF_TAKE_ENUM,
        .is_enum = take > ZF_TAKE_ENUM,
        .index = index,
        .place = place,
        .to = ZF_A64_VALUE,
        .vector = ZF_A64_VECTOR,
    };
    if (!e->is_waiting && place->piece_count == 1 && place->pieces[0].bank == ZF_BANK_GP) {
        argument.to = place->pieces[0].index;
    } else if (!e->is_waiting && place->piece_count == 1 && place->pieces[0].bank == ZF_BANK_FP) {
        argument.vector = place->pieces[0].index;
    }
    return argument;
}

void zf_a64_take_all(ZfA64Emitter *e)
{
    for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
        e->arguments[i] = prepare(e, i);
        convert(e, &e->arguments[i]);
        put_scalar(e, &e->arguments[i]);
    }
}

static void take_odd(ZfA64Emitter *e, ZfA64Argument *argument)
{
    switch (argument->take) {
    case ZF_TAKE_BOOL:
    case ZF_TAKE_CHAR:
    case ZF_TAKE_STRUCT: break;
    case ZF_TAKE_FLOAT:
    case ZF_TAKE_DOUBLE: convert_odd_floating(e, argument); break;
    case ZF_TAKE_STRING: convert_odd_string(e, argument); break;
    case ZF_TAKE_POINTER:
    case ZF_TAKE_CONST_POINTER:
    case ZF_TAKE_TYPED_POINTER:
        convert_odd_pointer(e, argument);
        convert_odd_size(e, argument);
        break;
    default: convert_odd_integer(e, argument); convert_odd_size(e, argument);
    }
}

void zf_a64_take_odd(ZfA64Emitter *e)
{
    for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
        take_odd(e, &e->arguments[i]);
    }
}
