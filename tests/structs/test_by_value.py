"""Structs and unions by value, as arguments and as results, against compiled C, in every build, by
every convention that this machine can call.

Each struct has a function that returns its argument, one in which it follows enough scalars to meet
exhausted registers, and one that tells from its members whether they arrived.
"""

from typing import Any, Literal

import pytest
from native import Native
from native.callees import Callees
from native.shapes import INCLUDES, ctype, declare

import zffi
from zffi import Struct, Union, c_double, c_float, c_int, c_int64, c_long, errors

# One line a struct.
SHAPES = {
    "one_i8": "{i8}",
    "three_u8": "{u8[3]}",
    "five_u8": "{u8[5]}",
    "six_u16": "{u16[3]}",
    "seven_u8": "{u8[7]}",
    "pair_i32": "{i32,i32}",
    "one_i64": "{i64}",
    "pair_i64": "{i64,i64}",
    "three_i64": "{i64[3]}",
    "i8_i64": "{i8,i64}",
    "i8_i16_i64": "{i8,i16,i64}",
    "one_f32": "{f32}",
    "pair_f32": "{f32,f32}",
    "three_f32": "{f32[3]}",
    "four_f32": "{f32[4]}",
    "one_f64": "{f64}",
    "pair_f64": "{f64,f64}",
    "three_f64": "{f64[3]}",
    "five_f64": "{f64[5]}",
    "f32_f64": "{f32,f64}",
    "f64_f32": "{f64,f32}",
    "f32_i32": "{f32,i32}",
    "i64_f64": "{i64,f64}",
    "f64_i64": "{f64,i64}",
    "f32_u32_f64": "{f32,u32,f64}",
    "f32x3_u16": "{f32[3],u16}",
    "pointer_i32_f32_i32": "{p,i32,f32,i32}",
    "bool_i32_i64": "{bool,i32,i64}",
    "nested_f32_f64": "{{f32,f32},f64}",
    "nested_rect": "{{f64,f64},{f64,f64}}",
    "nested_i16": "{{i16},{i16},{i16}}",
    "u8_u32_u16": "{u8,u32,u16}",
    "u8_17": "{u8[17]}",
    "u8_20": "{u8[20]}",
    "u8_65": "{u8[65]}",
    "u8_4096": "{u8[4096]}",
}
CLASSES = {name: ctype(shape) for name, shape in SHAPES.items()}


def source(attribute: str) -> str:
    text = [INCLUDES]
    for name, shape in SHAPES.items():
        cls = CLASSES[name]
        # Member by member: a compiler need not keep the padding of an argument.
        compare = " + ".join(
            f"(__builtin_memcmp(&one.{member}, &other->{member}, sizeof one.{member}) != 0)"
            f" + (__builtin_memcmp(&two.{member}, &other->{member}, sizeof two.{member}) != 0)"
            for member in (field.name for field in cls._members_)
        )
        text += [
            f"typedef {declare(shape, name)};",
            f'_Static_assert(sizeof({name}) == {zffi.sizeof(cls)}, "{name}");',
            f"{attribute}{name} same_{name}({name} value) {{ return value; }}",
            f"{attribute}{name} after_{name}(int a, double b, int c, double d,"
            f" int e, double f, int64_t g, {name} value, int h, double i) {{",
            "    if (a + b + c + d + e + f + (double)g + h + i - 31 != 14)",
            "        __builtin_memset(&value, 0xEE, sizeof value);",
            "    return value; }",
            f"{attribute}int differs_{name}({name} one, const {name} *other,"
            f" {name} two) {{ return {compare}; }}",
        ]
    return "\n".join(text)


def pattern(size: int, seed: int) -> bytes:
    """Bytes that differ from their neighbours, and are ordinary floating numbers in any place."""
    return bytes((7 * i + 13 * seed + 1) % 64 + 1 for i in range(size))


def filled(cls: Any, seed: int) -> Any:
    value = cls()
    zffi.memmove(value, pattern(zffi.sizeof(cls), seed), zffi.sizeof(cls))
    for field in cls._members_:  # written member by member, so that padding stays zero
        if field.type is zffi.c_bool:
            setattr(value, field.name, bool(seed & 1))
    clean = cls()
    for field in cls._members_:
        setattr(clean, field.name, getattr(value, field.name))
    return clean


@pytest.mark.parametrize("gil", ["release", "hold"])
def test_every_shape(
    callees: Callees, compile_callees: Native, gil: Literal["release", "hold"]
) -> None:
    path = compile_callees.text("structs", source(callees.attribute), flags=["-Wno-psabi"])
    library = zffi.load(path, abi=callees.abi, gil=gil)
    scalars = [c_int, c_double, c_int, c_double, c_int, c_double, c_int64]
    for name, cls in CLASSES.items():
        same = library.func(f"same_{name}", cls, [cls])
        after = library.func(f"after_{name}", cls, [*scalars, cls, c_int, c_double])
        differs = library.func(f"differs_{name}", c_int, [cls, zffi.c_const_void_p, cls])
        for seed in range(4):
            value = filled(cls, seed)
            kept = bytes(value)
            for result in (same(value), after(1, 2.0, 3, 4.0, 5, 6.0, 7, value, 8, 9.0)):
                assert type(result) is cls
                assert result == value, (name, seed)
            assert differs(value, kept, value) == 0, (name, seed)
            assert bytes(value) == kept


def test_what_is_no_such_struct() -> None:
    pair, one = CLASSES["pair_i32"], CLASSES["one_i64"]
    libc = zffi.load("c")
    take = zffi.function(libc.sym("abs"), c_int, [pair])
    for wrong in (one(), c_int(5), 5, (1, 2)):
        with pytest.raises(
            errors.ArgumentError, match=f"expected struct {pair.__name__}, got"
        ) as e:
            take(wrong)
        assert "value" not in str(e.value)
    with pytest.raises(errors.ArgumentError, match="expected an integer, got"):
        libc.func("abs", c_int, [c_int])(pair())


def test_results_of_libc() -> None:
    class Division(Struct):
        _fields_ = [("quotient", c_long), ("remainder", c_long)]

    ldiv = zffi.load("c").func("ldiv", Division, [c_long, c_long])
    assert ldiv(-17, 5) == Division(-3, -2)
    plan = zffi.signature(CLASSES["three_i64"], [c_int], abi="sysv64").plan
    assert "at rdi" in str(plan)


def test_unions_by_value(native: Native) -> None:
    """What ctypes passes as garbage: an integer and a floating number in the same eightbyte."""

    class Either(Union):
        _fields_ = [("integer", c_int64), ("real", c_double)]

    class Pair(Union):
        _fields_ = [("reals", c_double * 2), ("integers", zffi.c_int32 * 3)]

    text = """
#include <stdint.h>
typedef union { int64_t integer; double real; } Either;
typedef union { double reals[2]; int32_t integers[3]; } Pair;
double real_of(Either value) { return value.real; }
Either either(int64_t integer) { return (Either){.integer = integer}; }
Pair swap(Pair value) { return (Pair){.reals = {value.reals[1], value.reals[0]}}; }
"""
    library = zffi.load(native.text("unions", text))
    assert library.func("real_of", c_double, [Either])(Either(real=2.5)) == 2.5
    assert library.func("either", Either, [c_int64])(-7).integer == -7
    swapped = library.func("swap", Pair, [Pair])(Pair((1.0, 2.0)))
    assert list(swapped.reals) == [2.0, 1.0]


def test_bit_fields_by_value(native: Native) -> None:
    class Flags(Struct):
        _fields_ = [("a", zffi.c_uint, 3), ("b", c_int, 5), ("c", zffi.c_uint, 24)]

    text = """
typedef struct { unsigned a : 3; int b : 5; unsigned c : 24; } Flags;
int sum(Flags f) { return (int)f.a + f.b + (int)f.c; }
Flags flip(Flags f) { return (Flags){7 - f.a, -f.b, 0xFFFFFF - f.c}; }
"""
    library = zffi.load(native.text("flags", text))
    assert library.func("sum", c_int, [Flags])(Flags(5, -10, 1000)) == 995
    assert library.func("flip", Flags, [Flags])(Flags(5, -10, 1)) == Flags(2, 10, 0xFFFFFE)


def test_wrong_structs() -> None:
    class Pair(Struct):
        _fields_ = [("a", c_int), ("b", c_int)]

    class Other(Struct):
        _fields_ = [("a", c_float), ("b", c_int)]

    class Derived(Pair):
        pass

    function = zffi.function(zffi.load("c").sym("labs"), c_long, {"p": Pair}, name="f")
    for wrong in (Other(), 5, None, (1, 2), zffi.byref(Pair()), bytearray(8), b"x"):
        with pytest.raises(errors.ArgumentError, match=r"f\(\) argument 1 'p' \(struct Pair\)"):
            function(wrong)
    assert function(Derived(5, 0)) == 5


def test_structs_in_a_variadic_tail(native: Native) -> None:
    pair = CLASSES["pair_f64"]
    text = """
#include <stdarg.h>
typedef struct { double x, y; } Pair;
double total(int count, ...)
{
    double sum = 0;
    va_list tail;
    va_start(tail, count);
    for (int i = 0; i < count; i++) {
        Pair pair = va_arg(tail, Pair);
        sum += pair.x * 10 + pair.y;
    }
    va_end(tail);
    return sum;
}
"""
    total = zffi.load(native.text("tail", text)).func("total", c_double, [c_int], fixed=1)
    for count in (0, 1, 3, 4, 5, 9):
        values = [pair(i, i + 0.5) for i in range(count)]
        assert total(count, *values) == sum(10 * i + i + 0.5 for i in range(count))
