"""float and double: every bit pattern goes in and comes out as it is."""

import math
import struct

import pytest
from native import Native

import zffi
from zffi import c_char_p, c_double, c_float, c_uint64, c_uintptr_t, c_void_p

DOUBLES = {
    "zero": 0x0000000000000000,
    "negative zero": 0x8000000000000000,
    "one": 0x3FF0000000000000,
    "infinity": 0x7FF0000000000000,
    "negative infinity": 0xFFF0000000000000,
    "smallest denormal": 0x0000000000000001,
    "largest denormal": 0x800FFFFFFFFFFFFF,
    "smallest normal": 0x0010000000000000,
    "largest": 0x7FEFFFFFFFFFFFFF,
    "quiet NaN": 0x7FF8000000000000,
    "NaN with a payload": 0x7FF8DEAD0000BEEF,
    "negative NaN with a payload": 0xFFFFFFFFFFFFFFFF,
}
# A float becomes a double in Python, and goes back. That makes a signalling NaN quiet, hence only
# quiet ones.
FLOATS = {
    "zero": 0x00000000,
    "negative zero": 0x80000000,
    "one": 0x3F800000,
    "infinity": 0x7F800000,
    "negative infinity": 0xFF800000,
    "smallest denormal": 0x00000001,
    "largest denormal": 0x807FFFFF,
    "smallest normal": 0x00800000,
    "largest": 0x7F7FFFFF,
    "quiet NaN": 0x7FC00000,
    "NaN with a payload": 0x7FC0BEEF,
    "negative NaN with a payload": 0xFFFFFFFF,
}


@pytest.fixture(scope="module")
def floats(native: Native) -> zffi.Library:
    return zffi.load(native("floats.c"))


@pytest.fixture(scope="module")
def libm() -> zffi.Library:
    return zffi.load("m")


def double_of(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


def double_bits(value: float) -> int:
    bits: int = struct.unpack("<Q", struct.pack("<d", value))[0]
    return bits


def widened(bits: int) -> float:
    """A float as the double of the same value, with a NaN's payload in its highest bits."""
    if bits & 0x7F800000 == 0x7F800000 and bits & 0x7FFFFF:
        return double_of((bits & 0x80000000) << 32 | 0x7FF << 52 | (bits & 0x7FFFFF) << 29)
    value: float = struct.unpack("<f", struct.pack("<I", bits))[0]
    return value


@pytest.mark.parametrize("bits", DOUBLES.values(), ids=DOUBLES.keys())
def test_double_keeps_its_bits(floats: zffi.Library, bits: int) -> None:
    value = double_of(bits)
    in_register = floats.func("same_double", c_double, [c_double])
    on_stack = floats.func("last_double", c_double, [c_double] * 9)
    assert double_bits(in_register(value)) == bits
    assert double_bits(on_stack(*[0.0] * 8, value)) == bits


@pytest.mark.parametrize("bits", FLOATS.values(), ids=FLOATS.keys())
def test_float_keeps_its_bits(floats: zffi.Library, bits: int) -> None:
    value = widened(bits)
    in_register = floats.func("same_float", c_float, [c_float])
    on_stack = floats.func("last_float", c_float, [c_float] * 9)
    assert double_bits(in_register(value)) == double_bits(value)
    assert double_bits(on_stack(*[0.0] * 8, value)) == double_bits(value)


def test_float_rounds_as_c_does(floats: zffi.Library) -> None:
    same = floats.func("same_float", c_float, [c_float])
    narrow = floats.func("narrow_double", c_float, [c_double])
    for value in (0.1, 1 / 3, -(2.0**-149), 2.0**-150, 16777217.0, 1e-50, -1e-50, math.pi):
        assert double_bits(same(value)) == double_bits(narrow(value))


def test_float_is_not_widened_on_the_way(floats: zffi.Library) -> None:
    widen = floats.func("widen_float", c_double, [c_float])
    assert widen(0.1) == struct.unpack("f", struct.pack("f", 0.1))[0]
    assert widen(-1.5) == -1.5


def test_float_result_with_dirt_above_it(floats: zffi.Library) -> None:
    dirty = floats.func("double_of_bits", c_float, [c_uint64])
    assert dirty(0xDEADBEEF_3FC00000) == 1.5
    assert math.copysign(1, dirty(0xDEADBEEF_80000000)) == -1


def test_through_a_pointer(floats: zffi.Library) -> None:
    single, double = c_float(0.125), c_double(0.625)
    assert floats.func("read_float", c_float, [c_void_p])(zffi.byref(single)) == 0.125
    assert floats.func("read_double", c_double, [c_void_p])(zffi.byref(double)) == 0.625


def test_sixteen_words_and_sixteen_doubles(floats: zffi.Library) -> None:
    weigh = floats.func("weigh_16_words_16_doubles", c_double, [c_uintptr_t] * 16 + [c_double] * 16)
    assert weigh(*range(1, 17), *map(float, range(1, 17))) == 5168.0
    assert weigh(*range(1, 17), *range(1, 17)) == 5168.0


@pytest.mark.parametrize(
    ("value", "fraction", "whole"),
    [
        (2.75, 0.75, 2.0),
        (-1.25, -0.25, -1.0),
        (0.5, 0.5, 0.0),
        (3.0, 0.0, 3.0),
        (math.inf, 0.0, math.inf),
    ],
)
def test_modff(libm: zffi.Library, value: float, fraction: float, whole: float) -> None:
    modff = libm.func("modff", c_float, [c_float, c_void_p])
    out = c_float(99)
    assert modff(value, zffi.byref(out)) == fraction
    assert out.value == whole


def test_strtof_and_strtod() -> None:
    libc = zffi.load("c")
    strtof = libc.func("strtof", c_float, [c_char_p, c_void_p])
    strtod = libc.func("strtod", c_double, [c_char_p, c_void_p])
    assert strtof("2", None) == 2.0
    assert strtod("1", None) == 1.0
    assert strtof("0.1", None) == struct.unpack("f", struct.pack("f", 0.1))[0]
    assert strtod("-0.1", None) == -0.1
    assert strtod("0x1.8p1", None) == 3.0
    assert math.isnan(strtod("nan", None))

    text, end = bytearray(b"1.5 and more\0"), c_void_p()
    parse = libc.func("strtod", c_double, [c_void_p, c_void_p])
    assert parse(text, zffi.byref(end)) == 1.5
    length = libc.func("strlen", zffi.c_size_t, [c_void_p])
    assert length(end.value) == len(" and more")


def test_math_functions(libm: zffi.Library) -> None:
    assert libm.func("sqrt", c_double, [c_double])(16) == 4.0
    assert libm.func("pow", c_double, [c_double, c_double])(2, 3) == 8.0
    assert libm.func("powf", c_float, [c_float, c_float])(2, -1) == 0.5
    assert libm.func("ldexp", c_double, [c_double, zffi.c_int])(0.75, 10) == 768.0
    assert libm.func("fma", c_double, [c_double] * 3)(2, 3, 4) == 10.0


def test_none_is_no_number(floats: zffi.Library) -> None:
    for ctype, name in ((c_float, "float"), (c_double, "double")):
        with pytest.raises(TypeError):
            floats.func(f"same_{name}", ctype, [ctype])(None)


def test_overflow_of_float(floats: zffi.Library) -> None:
    same = floats.func("same_float", c_float, [c_float])
    for value in (1e39, -1e39, 2.0**128):
        with pytest.raises(OverflowError):
            same(value)
