"""Structs and unions by value, as arguments and as results, against compiled C, in every build, by
the System V convention and by that of Windows.

Each struct has a function that returns its argument, one in which it follows enough scalars to meet
exhausted registers, and one that tells from its members whether they arrived.
"""

from typing import Any

import pytest
from native import Native

import zffi
from zffi import Struct, Union, c_double, c_int, c_int64, c_long, errors

C_NAMES: dict[str, Any] = {
    "int8_t": zffi.c_int8,
    "uint8_t": zffi.c_uint8,
    "int16_t": zffi.c_int16,
    "uint16_t": zffi.c_uint16,
    "int32_t": zffi.c_int32,
    "uint32_t": zffi.c_uint32,
    "int64_t": zffi.c_int64,
    "float": zffi.c_float,
    "double": zffi.c_double,
    "void *": zffi.c_void_p,
    "bool": zffi.c_bool,
}
# One line a struct: member types, with [n] for arrays and {...} for structs inside.
SHAPES = {
    "one_i8": ["int8_t"],
    "three_u8": ["uint8_t[3]"],
    "five_u8": ["uint8_t[5]"],
    "six_u16": ["uint16_t[3]"],
    "seven_u8": ["uint8_t[7]"],
    "pair_i32": ["int32_t", "int32_t"],
    "one_i64": ["int64_t"],
    "pair_i64": ["int64_t", "int64_t"],
    "three_i64": ["int64_t[3]"],
    "i8_i64": ["int8_t", "int64_t"],
    "i8_i16_i64": ["int8_t", "int16_t", "int64_t"],
    "one_f32": ["float"],
    "pair_f32": ["float", "float"],
    "three_f32": ["float[3]"],
    "four_f32": ["float[4]"],
    "one_f64": ["double"],
    "pair_f64": ["double", "double"],
    "three_f64": ["double[3]"],
    "five_f64": ["double[5]"],
    "f32_f64": ["float", "double"],
    "f64_f32": ["double", "float"],
    "f32_i32": ["float", "int32_t"],
    "i64_f64": ["int64_t", "double"],
    "f64_i64": ["double", "int64_t"],
    "f32_u32_f64": ["float", "uint32_t", "double"],
    "f32x3_u16": ["float[3]", "uint16_t"],
    "pointer_i32_f32_i32": ["void *", "int32_t", "float", "int32_t"],
    "bool_i32_i64": ["bool", "int32_t", "int64_t"],
    "nested_f32_f64": ["{float,float}", "double"],
    "nested_rect": ["{double,double}", "{double,double}"],
    "nested_i16": ["{int16_t}", "{int16_t}", "{int16_t}"],
    "u8_u32_u16": ["uint8_t", "uint32_t", "uint16_t"],
    "u8_17": ["uint8_t[17]"],
    "u8_20": ["uint8_t[20]"],
    "u8_65": ["uint8_t[65]"],
    "u8_4096": ["uint8_t[4096]"],
}


def member(shape: str) -> tuple[str, str, Any]:
    """How C declares a member (before and after its name), and its type here."""
    if shape.startswith("{"):
        parts = [member(part) for part in shape[1:-1].split(",")]
        inner = " ".join(f"{head} m{i}{tail};" for i, (head, tail, _) in enumerate(parts))
        made = make_class("Inner", [kind for _, _, kind in parts])
        return f"struct {{ {inner} }}", "", made
    name, _, count = shape.partition("[")
    kind = C_NAMES[name]
    return name, f"[{count}" if count else "", kind * int(count[:-1]) if count else kind


def make_class(name: str, kinds: list[Any]) -> Any:
    metaclass: Any = type(Struct)
    return metaclass(name, (Struct,), {"_fields_": [(f"m{i}", k) for i, k in enumerate(kinds)]})


MEMBERS = {name: [member(shape) for shape in shapes] for name, shapes in SHAPES.items()}
CLASSES = {
    name: make_class(name, [kind for _, _, kind in parts]) for name, parts in MEMBERS.items()
}


def source() -> str:
    text = ["#include <stdbool.h>", "#include <stdint.h>", "#include <string.h>"]
    for name, parts in MEMBERS.items():
        body = " ".join(f"{head} m{i}{tail};" for i, (head, tail, _) in enumerate(parts))
        size = zffi.sizeof(CLASSES[name])
        text += [
            f"typedef struct {{ {body} }} {name};",
            f'_Static_assert(sizeof({name}) == {size}, "{name}");',
        ]
        # Member by member: a compiler need not keep the padding of an argument.
        compare = " + ".join(
            f"(memcmp(&one.m{i}, &other->m{i}, sizeof one.m{i}) != 0)"
            f" + (memcmp(&two.m{i}, &other->m{i}, sizeof two.m{i}) != 0)"
            for i in range(len(parts))
        )
        for prefix, attribute in (("sysv", ""), ("win", "__attribute__((ms_abi)) ")):
            text += [
                f"{attribute}{name} {prefix}_same_{name}({name} value) {{ return value; }}",
                f"{attribute}{name} {prefix}_after_{name}(int a, double b, int c, double d,"
                f" int e, double f, int64_t g, {name} value, int h, double i) {{",
                "    if (a + b + c + d + e + f + (double)g + h + i != 45)",
                "        memset(&value, 0xEE, sizeof value);",
                "    return value; }",
                f"{attribute}int {prefix}_differs_{name}({name} one, const {name} *other,"
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


@pytest.fixture(scope="module")
def library(native: Native) -> Any:
    path = native.text("structs", source(), flags=["-Wno-psabi"])
    return {"sysv": zffi.load(path), "win": zffi.load(path, abi="win64", gil="hold")}


@pytest.mark.parametrize("abi", ["sysv", "win"])
def test_every_shape(library: Any, abi: str) -> None:
    scalars = [c_int, c_double, c_int, c_double, c_int, c_double, c_int64]
    for name, cls in CLASSES.items():
        same = library[abi].func(f"{abi}_same_{name}", cls, [cls])
        after = library[abi].func(f"{abi}_after_{name}", cls, [*scalars, cls, c_int, c_double])
        differs = library[abi].func(f"{abi}_differs_{name}", c_int, [cls, zffi.c_const_void_p, cls])
        for seed in range(4):
            value = filled(cls, seed)
            kept = bytes(value)
            for result in (same(value), after(1, 2.0, 3, 4.0, 5, 6.0, 7, value, 8, 9.0)):
                assert type(result) is cls
                assert result == value, (name, seed)
            assert differs(value, kept, value) == 0, (name, seed)
            assert bytes(value) == kept


def test_results_of_libc() -> None:
    class Division(Struct):
        _fields_ = [("quotient", c_long), ("remainder", c_long)]

    ldiv = zffi.load("c").func("ldiv", Division, [c_long, c_long])
    assert ldiv(-17, 5) == Division(-3, -2)  # type: ignore[call-arg]
    assert "at rdi" in str(zffi.signature(CLASSES["three_i64"], [c_int]).plan)


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
    assert library.func("sum", c_int, [Flags])(Flags(5, -10, 1000)) == 995  # type: ignore[call-arg]
    assert library.func("flip", Flags, [Flags])(Flags(5, -10, 1)) == Flags(2, 10, 0xFFFFFE)  # type: ignore[call-arg]


def test_wrong_structs() -> None:
    pair, other = CLASSES["pair_i32"], CLASSES["f32_i32"]
    function = zffi.function(zffi.load("c").sym("labs"), c_long, {"p": pair}, name="f")
    for wrong in (other(), 5, None, (1, 2), zffi.byref(pair()), bytearray(8), b"x"):
        with pytest.raises(errors.ArgumentError, match=r"f\(\) argument 1 'p' \(struct pair_i32\)"):
            function(wrong)
    assert function(type(pair)("Derived", (pair,), {})(5, 0)) == 5


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
