/* take.c - how a stub for x86-64 takes its arguments: objects become values in registers.
 *
 * Arguments for the stack come first, then those for vector registers, while rdi is free; then
 * those for general registers. What is rare is written behind the main path, argument by argument,
 * and jumps back into it. Nothing here has an effect that could be seen: whatever is not understood
 * goes to the generic entry.
 */
#include "emitter.h"

/* An int's header, if it is tagged: see ZfStubModel. */
enum {
    TAG_NEGATIVE = 2,
    TAG_SMALL_POSITIVE = 1 | 4 | 8,
    TAG_TWO_DIGITS = 16,
    TAG_THREE_DIGITS = 24
};

/* -- Objects ----------------------------------------------------------------------------------- */

/* The register that has the argument's object. */
static ZfReg object_of(const ZfX86Emitter *e)
{
    return zf_x86_is_one(e) ? ZF_RSI : ZF_RAX;
}

static ZfReg load_object(ZfX86Emitter *e, const ZfX86Argument *argument)
{
    if (!zf_x86_is_one(e)) {
        zf_x86_mov_rm(e->code, ZF_RAX, ZF_R10, (int32_t)(8 * argument->index));
    }
    return object_of(e);
}

/* The object, whose type is in `to` and is a literal's, or else the code goes to odd_type. */
static ZfReg load_typed(ZfX86Emitter *e, ZfX86Argument *argument, ZfLiteral type)
{
    ZfReg object = load_object(e, argument);
    zf_x86_mov_rm(e->code, argument->to, object, e->model->object_type);
    zf_x86_cmp_rl(e->code, argument->to, type);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &argument->odd_type);
    return object;
}

/* The argument's declared type, from the signature. */
static void load_declared(ZfX86Emitter *e, const ZfX86Argument *argument, ZfReg to)
{
    zf_x86_mov_rm(e->code, to, ZF_R11, e->model->target_signature);
    zf_x86_mov_rm(e->code, to, to, e->model->signature_argtypes);
    zf_x86_mov_rm(e->code, to, to, e->model->tuple_items + (int32_t)(8 * argument->index));
}

/* A type that the module's state has. */
static void load_from_state(ZfX86Emitter *e, ZfReg to, int32_t offset)
{
    zf_x86_mov_rm(e->code, to, ZF_R11, e->model->target_signature);
    zf_x86_mov_rm(e->code, to, to, e->model->signature_state);
    zf_x86_mov_rm(e->code, to, to, offset);
}

/* -- Integers ---------------------------------------------------------------------------------- */

typedef struct Range {
    uint32_t largest; /* of one digit; 0 if any fits */
    int32_t smallest; /* of one digit; 1 if any negative one fits, 0 if none does */
    bool has_two;     /* whether one of two digits may fit */
    bool is_32;       /* which is then to be checked */
} Range;

static Range range_of(ZfTake take)
{
    switch (take) {
    case ZF_TAKE_INT8: return (Range){INT8_MAX, INT8_MIN, false, false};
    case ZF_TAKE_UINT8: return (Range){UINT8_MAX, 0, false, false};
    case ZF_TAKE_INT16: return (Range){INT16_MAX, INT16_MIN, false, false};
    case ZF_TAKE_UINT16: return (Range){UINT16_MAX, 0, false, false};
    case ZF_TAKE_INT32: return (Range){0, 1, true, true};
    case ZF_TAKE_UINT32: return (Range){0, 0, true, true};
    case ZF_TAKE_INT64: return (Range){0, 1, true, false};
    default: return (Range){0, 0, true, false}; /* uint64_t, and addresses */
    }
}

/* From an int in `object` to its value in `to`, if it is one digit and not negative. */
static void convert_integer(ZfX86Emitter *e, ZfX86Argument *argument, ZfReg object)
{
    ZfStubCode *code = e->code;
    ZfReg to = argument->to;
    Range range = range_of(argument->take);
    zf_x86_bind(code, &argument->integer);
    zf_x86_mov_rm(code, to, object, e->model->int_header);
    if (e->model->int_is_tagged) {
        zf_x86_test_ri(code, to, ~TAG_SMALL_POSITIVE);
    } else {
        zf_x86_cmp_ri(code, to, 1);
    }
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &argument->odd_size);
    zf_x86_mov32_rm(code, to, object, e->model->int_digits);
    if (range.largest != 0) {
        zf_x86_cmp32_ri(code, to, (int32_t)range.largest);
        zf_x86_jump_if(code, ZF_IF_ABOVE, &e->generic);
    }
}

static void convert_negative_digit(ZfX86Emitter *e, ZfX86Argument *argument, ZfReg object)
{
    ZfStubCode *code = e->code;
    Range range = range_of(argument->take);
    if (range.smallest == 0) {
        zf_x86_jump(code, &e->generic);
        return;
    }
    zf_x86_mov32_rm(code, argument->to, object, e->model->int_digits);
    zf_x86_neg(code, argument->to);
    if (range.smallest < 0) {
        zf_x86_cmp_ri(code, argument->to, range.smallest);
        zf_x86_jump_if(code, ZF_IF_LESS, &e->generic);
    }
    zf_x86_jump(code, &argument->done);
}

static void convert_two_digits(ZfX86Emitter *e, ZfX86Argument *argument, ZfReg object,
                               bool is_negative)
{
    ZfStubCode *code = e->code;
    ZfReg to = argument->to;
    zf_x86_mov_rm(code, ZF_RAX, object, e->model->int_digits);
    zf_x86_mov32_rr(code, to, ZF_RAX);
    zf_x86_shift_right(code, ZF_RAX, 32);
    zf_x86_shift_left(code, ZF_RAX, 30);
    zf_x86_or_rr(code, to, ZF_RAX);
    if (is_negative) {
        zf_x86_neg(code, to);
    }
    if (range_of(argument->take).is_32) {
        if (argument->take == ZF_TAKE_INT32) {
            zf_x86_movsx32_rr(code, ZF_RAX, to);
        } else {
            zf_x86_mov32_rr(code, ZF_RAX, to);
        }
        zf_x86_cmp_rr(code, ZF_RAX, to);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    }
    zf_x86_jump(code, &argument->done);
}

/* The other ints of at most two digits; their header is in `to`. */
static void convert_odd_size(ZfX86Emitter *e, ZfX86Argument *argument, ZfReg object)
{
    ZfStubCode *code = e->code;
    ZfReg to = argument->to;
    Range range = range_of(argument->take);
    ZfLabel two = {0}, two_negative = {0};
    zf_x86_bind(code, &argument->odd_size);
    if (e->model->int_is_tagged) {
        zf_x86_cmp_ri(code, to, TAG_TWO_DIGITS);
        zf_x86_jump_if(code, ZF_IF_NOT_BELOW, &two);
        convert_negative_digit(e, argument, object);
        zf_x86_bind(code, &two);
        zf_x86_cmp_ri(code, to, TAG_THREE_DIGITS);
        zf_x86_jump_if(code, ZF_IF_NOT_BELOW, &e->generic);
        zf_x86_test32_ri(code, to, TAG_NEGATIVE);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &two_negative);
    } else {
        ZfLabel negative = {0};
        zf_x86_test_rr(code, to, to);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &argument->done);
        zf_x86_cmp_ri(code, to, -1);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &negative);
        zf_x86_cmp_ri(code, to, -2);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &two_negative);
        zf_x86_cmp_ri(code, to, 2);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &two);
        zf_x86_jump(code, &e->generic);
        zf_x86_bind(code, &negative);
        convert_negative_digit(e, argument, object);
        zf_x86_bind(code, &two);
    }
    if (range.has_two) {
        convert_two_digits(e, argument, object, false);
    } else {
        zf_x86_jump(code, &e->generic);
    }
    zf_x86_bind(code, &two_negative);
    if (range.has_two && range.smallest != 0) {
        convert_two_digits(e, argument, object, true);
    } else {
        zf_x86_jump(code, &e->generic);
    }
}

/* Its type, in `to`, derives from int: bool, IntEnum. */
static void convert_if_int_subclass(ZfX86Emitter *e, ZfX86Argument *argument)
{
    zf_x86_test8_mi(e->code, argument->to, e->model->type_flags, e->model->int_subclass_bit);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &argument->integer);
    zf_x86_jump(e->code, &e->generic);
}

/* Of the enums, only the members of the argument's own. */
static void convert_odd_integer(ZfX86Emitter *e, ZfX86Argument *argument)
{
    zf_x86_bind(e->code, &argument->odd_type);
    if (argument->is_enum) {
        ZfReg object = load_object(e, argument);
        load_declared(e, argument, argument->to);
        zf_x86_mov_rm(e->code, argument->to, argument->to, e->model->ctype_pointee);
        zf_x86_mov_rm(e->code, argument->to, argument->to, e->model->ctype_enum);
        zf_x86_mov_rm(e->code, argument->to, argument->to, e->model->enum_class);
        zf_x86_cmp_rm(e->code, argument->to, object, e->model->object_type);
        zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &e->generic);
    }
    convert_if_int_subclass(e, argument);
}

static void convert_bool(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfReg object = load_object(e, argument);
    zf_x86_mov32_ri(e->code, argument->to, 1);
    zf_x86_cmp_rl(e->code, object, ZF_LITERAL_TRUE);
    zf_x86_jump_if(e->code, ZF_IF_EQUAL, &argument->done);
    zf_x86_clear(e->code, argument->to);
    zf_x86_cmp_rl(e->code, object, ZF_LITERAL_FALSE);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &e->generic);
}

/* bytes of length 1 */
static void convert_char(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfReg object = load_object(e, argument);
    zf_x86_mov_rm(e->code, argument->to, object, e->model->object_type);
    zf_x86_cmp_rl(e->code, argument->to, ZF_LITERAL_BYTES_TYPE);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_cmp_mi8(e->code, object, e->model->bytes_size, 1);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_movsx8_rm(e->code, argument->to, object, e->model->bytes_data);
}

/* -- Floating point ---------------------------------------------------------------------------- */

static void convert_floating(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfReg object = load_typed(e, argument, ZF_LITERAL_FLOAT_TYPE);
    if (argument->take == ZF_TAKE_DOUBLE) {
        zf_x86_movsd_xm(e->code, argument->vector, object, e->model->float_value);
        return;
    }
    /* What does not stay finite is for the generic entry to judge. */
    zf_x86_clear_x(e->code, argument->vector);
    zf_x86_cvtsd2ss_xm(e->code, argument->vector, object, e->model->float_value);
    zf_x86_movd_rx(e->code, argument->to, argument->vector);
    zf_x86_and32_ri(e->code, argument->to, INT32_MAX);
    zf_x86_cmp32_ri(e->code, argument->to, 0x7f800000);
    zf_x86_jump_if(e->code, ZF_IF_NOT_BELOW, &e->generic);
}

/* An int of one digit, given for a floating argument; its type is in `to`. */
static void convert_odd_floating(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfStubCode *code = e->code;
    ZfReg object = object_of(e), to = argument->to;
    ZfLabel positive = {0}, zero = {0};
    zf_x86_bind(code, &argument->odd_type);
    zf_x86_cmp_rl(code, to, ZF_LITERAL_LONG_TYPE);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_mov_rm(code, to, object, e->model->int_header);
    if (e->model->int_is_tagged) {
        zf_x86_cmp_ri(code, to, TAG_TWO_DIGITS);
        zf_x86_jump_if(code, ZF_IF_NOT_BELOW, &e->generic);
        zf_x86_test32_ri(code, to, TAG_NEGATIVE);
        zf_x86_mov32_rm(code, to, object, e->model->int_digits);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &positive);
    } else {
        zf_x86_add_ri(code, to, 1);
        zf_x86_cmp_ri(code, to, 2);
        zf_x86_jump_if(code, ZF_IF_ABOVE, &e->generic);
        zf_x86_cmp_ri(code, to, 1);
        zf_x86_mov32_rm(code, to, object, e->model->int_digits);
        zf_x86_jump_if(code, ZF_IF_ABOVE, &positive);
        zf_x86_jump_if(code, ZF_IF_EQUAL, &zero);
    }
    zf_x86_neg(code, to);
    zf_x86_jump(code, &positive);
    zf_x86_bind(code, &zero);
    zf_x86_clear(code, to);
    zf_x86_bind(code, &positive);
    zf_x86_clear_x(code, argument->vector);
    zf_x86_cvtsi2sd_xr(code, argument->vector, to);
    if (argument->take == ZF_TAKE_FLOAT) {
        zf_x86_cvtsd2ss_xx(code, argument->vector, argument->vector);
    }
    zf_x86_jump(code, &argument->done);
}

/* -- Pointers ---------------------------------------------------------------------------------- */

/* bytes without a NUL but the one behind them: 16 at a time are looked at. Objects are aligned, so
 * none of these reads leaves the page that a byte of the object is in. Where none of the 16 is 0,
 * the comparison leaves the register 0, as the next one needs it. */
static void convert_string(ZfX86Emitter *e, ZfX86Argument *argument)
{
    enum { SCRATCH = 15 };
    ZfStubCode *code = e->code;
    ZfReg to = argument->to;
    ZfLabel again = {0};
    ZfReg object = load_typed(e, argument, ZF_LITERAL_BYTES_TYPE);
    int32_t data = e->model->bytes_data;
    zf_x86_lea(code, to, object, data);
    zf_x86_test32_ri(code, to, 15);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_clear_x(code, SCRATCH);
    zf_x86_bind(code, &again);
    zf_x86_pcmpeqb_xm(code, SCRATCH, to, 0);
    zf_x86_add_ri(code, to, 16);
    zf_x86_pmovmskb_rx(code, ZF_RAX, SCRATCH);
    zf_x86_test_rr(code, ZF_RAX, ZF_RAX);
    zf_x86_jump_if(code, ZF_IF_EQUAL, &again);
    zf_x86_bit_scan(code, ZF_RAX, ZF_RAX);
    zf_x86_lea_index(code, ZF_RAX, ZF_RAX, to, -16 - data); /* the NUL's place, less the data's */
    if (!zf_x86_is_one(e)) {
        zf_x86_mov_rm(code, to, ZF_R10, (int32_t)(8 * argument->index));
        object = to;
    }
    zf_x86_sub_rr(code, ZF_RAX, object);
    zf_x86_cmp_rm(code, ZF_RAX, object, e->model->bytes_size);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_lea(code, to, object, data);
}

/* If the object's type is the one in `to`, jumps to `then`. */
static void jump_if_of_type(ZfX86Emitter *e, const ZfX86Argument *argument, ZfLabel *then)
{
    zf_x86_cmp_rm(e->code, argument->to, object_of(e), e->model->object_type);
    zf_x86_jump_if(e->code, ZF_IF_EQUAL, then);
}

/* The memory of a data object. */
static void convert_memory(ZfX86Emitter *e, ZfX86Argument *argument, ZfLabel *label)
{
    zf_x86_bind(e->code, label);
    zf_x86_mov_rm(e->code, argument->to, object_of(e), e->model->data_memory);
    zf_x86_jump(e->code, &argument->done);
}

/* byref(): of a typed pointer, if it is of the whole object, and that of the very type. */
static void convert_reference(ZfX86Emitter *e, ZfX86Argument *argument, ZfLabel *label)
{
    ZfStubCode *code = e->code;
    ZfReg object = object_of(e), to = argument->to;
    zf_x86_bind(code, label);
    if (argument->take != ZF_TAKE_TYPED_POINTER) {
        zf_x86_mov_rm(code, to, object, e->model->reference_address);
        zf_x86_jump(code, &argument->done);
        return;
    }
    load_declared(e, argument, to);
    zf_x86_mov_rm(code, to, to, e->model->ctype_element);
    zf_x86_mov_rm(code, ZF_RAX, object, e->model->reference_object);
    zf_x86_cmp_rm(code, to, ZF_RAX, e->model->object_type);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_mov_rm(code, to, ZF_RAX, e->model->data_memory);
    zf_x86_mov_rm(code, ZF_RAX, zf_x86_is_one(e) ? ZF_RSI : ZF_R10,
                  zf_x86_is_one(e) ? e->model->reference_address : (int32_t)(8 * argument->index));
    if (!zf_x86_is_one(e)) {
        zf_x86_mov_rm(code, ZF_RAX, ZF_RAX, e->model->reference_address);
    }
    zf_x86_cmp_rr(code, ZF_RAX, to);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_jump(code, &argument->done);
}

/* A pointer object that nothing is known to be kept alive by: where it points. */
static void convert_pointer_object(ZfX86Emitter *e, ZfX86Argument *argument, ZfLabel *label)
{
    ZfStubCode *code = e->code;
    zf_x86_bind(code, label);
    zf_x86_cmp_mi8(code, object_of(e), e->model->data_keep, 0);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_mov_rm(code, argument->to, object_of(e), e->model->data_memory);
    zf_x86_mov_rm(code, argument->to, argument->to, 0);
    zf_x86_jump(code, &argument->done);
}

/* An array: its class is of the metaclass itself, and has the kind of one. Goes to `then` with the
 * object loaded again. */
static void jump_if_array(ZfX86Emitter *e, ZfX86Argument *argument, ZfLabel *then)
{
    ZfStubCode *code = e->code;
    ZfReg to = argument->to;
    bool is_typed = argument->take == ZF_TAKE_TYPED_POINTER;
    load_from_state(e, to, e->model->state_ctype_type);
    zf_x86_mov_rm(code, ZF_RAX, object_of(e), e->model->object_type);
    zf_x86_cmp_rm(code, to, ZF_RAX, e->model->object_type);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_mov_rm(code, to, ZF_RAX, e->model->ctype_type);
    zf_x86_cmp32_mi8(code, to, e->model->type_kind, ZF_KIND_ARRAY);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    if (is_typed) {
        load_declared(e, argument, to);
        zf_x86_mov_rm(code, to, to, e->model->ctype_element);
        zf_x86_cmp_rm(code, to, ZF_RAX, e->model->ctype_element);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &e->generic);
    }
    load_object(e, argument);
    zf_x86_jump(code, then);
}

/* A pointer argument that is no int; its type is in `to`. */
static void convert_odd_pointer(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfStubCode *code = e->code;
    ZfReg object = object_of(e), to = argument->to;
    ZfLabel none = {0}, reference = {0}, pointer = {0}, memory = {0}, not_bytes = {0};
    bool is_typed = argument->take == ZF_TAKE_TYPED_POINTER;
    zf_x86_bind(code, &argument->odd_type);
    zf_x86_cmp_rl(code, object, ZF_LITERAL_NONE);
    zf_x86_jump_if(code, ZF_IF_EQUAL, &none);
    if (argument->take == ZF_TAKE_CONST_POINTER) {
        zf_x86_cmp_rl(code, to, ZF_LITERAL_BYTES_TYPE);
        zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &not_bytes);
        zf_x86_lea(code, to, object, e->model->bytes_data);
        zf_x86_jump(code, &argument->done);
        zf_x86_bind(code, &not_bytes);
    }
    zf_x86_test8_mi(code, to, e->model->type_flags, e->model->int_subclass_bit);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &argument->integer);
    load_from_state(e, to, e->model->state_reference_type);
    jump_if_of_type(e, argument, &reference);
    if (is_typed) {
        load_declared(e, argument, to);
        jump_if_of_type(e, argument, &pointer);
        zf_x86_mov_rm(code, to, to, e->model->ctype_element);
        jump_if_of_type(e, argument, &memory);
    }
    if (argument->take == ZF_TAKE_STRING) {
        zf_x86_jump(code, &e->generic);
    } else {
        jump_if_array(e, argument, &memory);
        convert_memory(e, argument, &memory);
    }
    if (is_typed) {
        convert_pointer_object(e, argument, &pointer);
    }
    convert_reference(e, argument, &reference);
    zf_x86_bind(code, &none);
    zf_x86_clear(code, to);
    zf_x86_jump(code, &argument->done);
}

/* What is no bytes may still be an address. */
static void convert_odd_string(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfStubCode *code = e->code;
    ZfLabel not_bytes = argument->odd_type;
    argument->odd_type = (ZfLabel){0};
    zf_x86_bind(code, &not_bytes);
    zf_x86_cmp_rl(code, argument->to, ZF_LITERAL_LONG_TYPE);
    zf_x86_jump_if(code, ZF_IF_NOT_EQUAL, &argument->odd_type);
    convert_integer(e, argument, object_of(e));
    zf_x86_jump(code, &argument->done);
    convert_odd_pointer(e, argument);
    convert_odd_size(e, argument, object_of(e));
}

/* -- Structs ----------------------------------------------------------------------------------- */

/* `size` bytes of memory, and no more, to a register: from the top down, two at a time. */
static void load_bytes(ZfStubCode *code, ZfReg to, ZfReg base, int32_t offset, uint32_t size)
{
    switch (size) {
    case 8: zf_x86_mov_rm(code, to, base, offset); return;
    case 4: zf_x86_mov32_rm(code, to, base, offset); return;
    case 2: zf_x86_movzx16_rm(code, to, base, offset); return;
    case 1: zf_x86_movzx8_rm(code, to, base, offset); return;
    default: break;
    }
    uint32_t top = (size - 1) & ~1u;
    if (size % 2 != 0) {
        zf_x86_movzx8_rm(code, to, base, offset + (int32_t)top);
    } else {
        zf_x86_movzx16_rm(code, to, base, offset + (int32_t)top);
    }
    for (; top != 0; top -= 2) {
        zf_x86_shift_left(code, to, 16);
        zf_x86_mov16_rm(code, to, base, offset + (int32_t)top - 2);
    }
}

static void store_on_stack(ZfX86Emitter *e, const ZfPiece *piece)
{
    for (uint32_t at = 0; at < piece->size; at += 8) {
        uint32_t size = piece->size - at < 8 ? piece->size - at : 8;
        load_bytes(e->code, ZF_RDI, ZF_RAX, (int32_t)(piece->offset + at), size);
        zf_x86_mov_mr(e->code, ZF_RSP, (int32_t)(piece->index + at), ZF_RDI);
    }
}

static void load_piece(ZfX86Emitter *e, const ZfPiece *piece)
{
    ZfReg to = piece->bank == ZF_BANK_GP && !e->is_waiting ? e->registers[piece->index] : ZF_RDI;
    if (piece->bank == ZF_BANK_STACK) {
        store_on_stack(e, piece);
    } else if (piece->bank == ZF_BANK_FP && !e->is_waiting && piece->size == 8) {
        zf_x86_movsd_xm(e->code, piece->index, ZF_RAX, (int32_t)piece->offset);
    } else if (piece->bank == ZF_BANK_FP && !e->is_waiting && piece->size == 4) {
        zf_x86_movss_xm(e->code, piece->index, ZF_RAX, (int32_t)piece->offset);
    } else {
        load_bytes(e->code, to, ZF_RAX, (int32_t)piece->offset, piece->size);
        if (e->is_waiting) {
            zf_x86_mov_mr(e->code, ZF_RBP, zf_x86_waiting_at(piece), to);
        }
    }
}

/* An object of the declared class itself. */
static void convert_struct(ZfX86Emitter *e, ZfX86Argument *argument)
{
    ZfReg object = load_object(e, argument);
    load_declared(e, argument, argument->to);
    zf_x86_cmp_rm(e->code, argument->to, object, e->model->object_type);
    zf_x86_jump_if(e->code, ZF_IF_NOT_EQUAL, &e->generic);
    zf_x86_mov_rm(e->code, ZF_RAX, object, e->model->data_memory);
    for (uint32_t i = 0; i < argument->place->piece_count; i++) {
        load_piece(e, &argument->place->pieces[i]);
    }
}

/* -- Arguments --------------------------------------------------------------------------------- */

static void convert(ZfX86Emitter *e, ZfX86Argument *argument)
{
    switch (argument->take) {
    case ZF_TAKE_BOOL: convert_bool(e, argument); break;
    case ZF_TAKE_CHAR: convert_char(e, argument); break;
    case ZF_TAKE_FLOAT:
    case ZF_TAKE_DOUBLE: convert_floating(e, argument); break;
    case ZF_TAKE_STRING: convert_string(e, argument); break;
    case ZF_TAKE_STRUCT: convert_struct(e, argument); break;
    default: convert_integer(e, argument, load_typed(e, argument, ZF_LITERAL_LONG_TYPE));
    }
    zf_x86_bind(e->code, &argument->done);
}

static void convert_odd(ZfX86Emitter *e, ZfX86Argument *argument)
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
        convert_odd_size(e, argument, object_of(e));
        break;
    default: convert_odd_integer(e, argument); convert_odd_size(e, argument, object_of(e));
    }
}

static bool is_floating(const ZfX86Argument *argument)
{
    return argument->take == ZF_TAKE_FLOAT || argument->take == ZF_TAKE_DOUBLE;
}

/* A scalar that was converted in a register of its own goes to where it belongs. */
static void put_scalar(ZfX86Emitter *e, const ZfX86Argument *argument)
{
    const ZfPiece *piece = &argument->place->pieces[0];
    bool is_on_stack = piece->bank == ZF_BANK_STACK;
    ZfReg base = is_on_stack ? ZF_RSP : ZF_RBP;
    int32_t at = is_on_stack ? (int32_t)piece->index : zf_x86_waiting_at(piece);
    if (argument->take == ZF_TAKE_STRUCT || (!is_on_stack && !e->is_waiting)) {
        return;
    }
    if (is_floating(argument)) {
        zf_x86_movsd_mx(e->code, base, at, argument->vector);
    } else {
        zf_x86_mov_mr(e->code, base, at, argument->to);
    }
}

/* In which order arguments are converted: the stack's, those of vector registers, the others. */
static unsigned phase_of(const ZfX86Argument *argument)
{
    unsigned phase = 0;
    for (uint32_t i = 0; i < argument->place->piece_count; i++) {
        ZfBank bank = argument->place->pieces[i].bank;
        phase = bank == ZF_BANK_GP ? 2 : bank == ZF_BANK_FP && phase == 0 ? 1 : phase;
    }
    return phase;
}

/* A struct for registers of both banks is converted with the general one. */
static ZfReg register_for(const ZfX86Emitter *e, const ZfPlace *place)
{
    for (uint32_t i = 0; i < place->piece_count && !e->is_waiting; i++) {
        if (place->pieces[i].bank == ZF_BANK_GP) {
            return e->registers[place->pieces[i].index];
        }
    }
    return ZF_RDI;
}

static void prepare(ZfX86Emitter *e, uint32_t index)
{
    const ZfPlace *place = &e->spec->plan->arguments[index];
    bool is_in_vector = place->piece_count != 0 && place->pieces[0].bank == ZF_BANK_FP;
    unsigned take = e->spec->takes[index];
    e->arguments[index] = (ZfX86Argument){
        .take = take % ZF_TAKE_ENUM,
        .is_enum = take > ZF_TAKE_ENUM,
        .index = index,
        .place = place,
        .to = register_for(e, place),
        .vector = is_in_vector && !e->is_waiting ? place->pieces[0].index : 0,
    };
}

void zf_x86_take_all(ZfX86Emitter *e)
{
    for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
        prepare(e, i);
    }
    for (unsigned phase = 0; phase <= 2; phase++) {
        for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
            if (phase_of(&e->arguments[i]) == phase) {
                convert(e, &e->arguments[i]);
                put_scalar(e, &e->arguments[i]);
            }
        }
    }
}

void zf_x86_take_odd(ZfX86Emitter *e)
{
    for (uint32_t i = 0; i < e->spec->plan->argument_count; i++) {
        convert_odd(e, &e->arguments[i]);
    }
}
