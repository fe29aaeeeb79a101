"""Every integer type carries its whole range, in registers and on the stack, and no more."""

from typing import Any

import pytest
from native import Native

import zffi
from zffi import (
    c_bool,
    c_byte,
    c_char,
    c_int,
    c_int8,
    c_int16,
    c_int32,
    c_int64,
    c_intptr_t,
    c_long,
    c_longlong,
    c_ptrdiff_t,
    c_short,
    c_size_t,
    c_ssize_t,
    c_time_t,
    c_ubyte,
    c_uint,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_uintptr_t,
    c_ulong,
    c_ulonglong,
    c_ushort,
    c_void_p,
    c_wchar,
)

SIGNED = [c_byte, c_short, c_int, c_long, c_longlong, c_int8, c_int16, c_int32, c_int64, c_ssize_t]
SIGNED += [c_intptr_t, c_ptrdiff_t, c_time_t]
UNSIGNED = [c_ubyte, c_ushort, c_uint, c_ulong, c_ulonglong, c_uint8, c_uint16, c_uint32, c_uint64]
UNSIGNED += [c_size_t, c_uintptr_t]
NARROW = [c_byte, c_ubyte, c_short, c_ushort, c_int8, c_uint8, c_int16, c_uint16]


@pytest.fixture(scope="module")
def integers(native: Native) -> zffi.Library:
    return zffi.load(native("integers.c"))


def c_name(ctype: Any) -> str:
    name: str = ctype.__name__
    return name.removeprefix("c_")


def limits(ctype: Any) -> tuple[int, int]:
    bits = 8 * zffi.sizeof(ctype)
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if ctype in SIGNED else (0, 2**bits - 1)


def telling_values(ctype: Any) -> list[int]:
    """The limits, and every power of two, near which a conversion might go wrong."""
    low, high = limits(ctype)
    powers = [sign * 2**bit + step for bit in range(64) for sign in (-1, 1) for step in (-1, 0, 1)]
    return sorted({value for value in powers if low <= value <= high} | {low, high, 0})


@pytest.mark.parametrize("ctype", SIGNED + UNSIGNED, ids=c_name)
def test_whole_range(integers: zffi.Library, ctype: Any) -> None:
    same = integers.func(f"same_{c_name(ctype)}", ctype, [ctype])
    widen = integers.func(f"widen_{c_name(ctype)}", c_int64, [ctype])
    stacked = integers.func(f"stacked_{c_name(ctype)}", c_int64, [c_long] * 6 + [ctype])
    for value in telling_values(ctype):
        as_int64 = value if value < 2**63 else value - 2**64
        assert same(value) == value
        assert widen(value) == as_int64
        assert stacked(0, 0, 0, 0, 0, 0, value) == as_int64


@pytest.mark.parametrize("ctype", NARROW, ids=c_name)
def test_every_value_of_a_narrow_type(integers: zffi.Library, ctype: Any) -> None:
    low, high = limits(ctype)
    same = integers.func(f"same_{c_name(ctype)}", ctype, [ctype])
    widen = integers.func(f"widen_{c_name(ctype)}", c_int64, [ctype])
    values = list(range(low, high + 1))
    assert list(map(same, values)) == values
    assert list(map(widen, values)) == values


def test_every_char(integers: zffi.Library) -> None:
    same = integers.func("same_char", c_char, [c_char])
    characters = [bytes([value]) for value in range(256)]
    assert list(map(same, characters)) == characters


def test_wide_characters(integers: zffi.Library) -> None:
    same = integers.func("same_wchar", c_wchar, [c_wchar])
    characters = [*map(chr, range(0, 0xD800, 97)), "\ue000", "\uffff", "\U00010000", "\U0010ffff"]
    assert list(map(same, characters)) == characters


@pytest.mark.parametrize("value", [False, True])
def test_bool(integers: zffi.Library, value: bool) -> None:
    assert integers.func("same_bool", c_bool, [c_bool])(value) is value
    assert integers.func("same_bool", c_bool, [c_bool])(int(value)) is value
    assert integers.func("widen_bool", c_int64, [c_bool])(value) == value
    assert (
        integers.func("stacked_bool", c_int64, [c_long] * 6 + [c_bool])(0, 0, 0, 0, 0, 0, value)
        == value
    )
    assert integers.func("negate_bool", c_uint, [c_bool])(value) == (not value)


@pytest.mark.parametrize("ctype", SIGNED + UNSIGNED, ids=c_name)
def test_out_of_range_is_an_overflow_error(integers: zffi.Library, ctype: Any) -> None:
    low, high = limits(ctype)
    same = integers.func(f"same_{c_name(ctype)}", ctype, [ctype])
    stacked = integers.func(f"stacked_{c_name(ctype)}", c_int64, [c_long] * 6 + [ctype])
    for value in (low - 1, high + 1, low - 2**32, high + 2**32, -(2**64), 2**64, -(2**200), 2**200):
        with pytest.raises(OverflowError):
            same(value)
        with pytest.raises(OverflowError):
            stacked(0, 0, 0, 0, 0, 0, value)


@pytest.mark.parametrize("ctype", [*SIGNED, *UNSIGNED, c_bool, c_char, c_wchar], ids=c_name)
def test_none_is_no_integer(integers: zffi.Library, ctype: Any) -> None:
    name = c_name(ctype)
    with pytest.raises(TypeError):
        integers.func(f"same_{name}", ctype, [ctype])(None)
    with pytest.raises(TypeError):
        integers.func(f"stacked_{name}", c_int64, [c_long] * 6 + [ctype])(0, 0, 0, 0, 0, 0, None)


def test_bool_of_a_dirty_register(integers: zffi.Library) -> None:
    """Only the lowest byte of the register is the result."""
    dirty = integers.func("same_word", c_bool, [c_uint64])
    assert dirty(0x7F5948AE9A00) is False
    assert dirty(0x7F5948AE9A01) is True


@pytest.mark.parametrize(
    ("restype", "expected"),
    [
        (c_int8, -0x80),
        (c_uint8, 0x80),
        (c_int16, 0x9A80 - 0x10000),
        (c_uint16, 0x9A80),
        (c_int32, 0x88AE9A80 - 2**32),
        (c_uint32, 0x88AE9A80),
        (c_int64, 0x7F5988AE9A80),
        (c_uint64, 0x7F5988AE9A80),
        (c_void_p, 0x7F5988AE9A80),
        (c_char, b"\x80"),
        (None, None),
    ],
)
def test_results_of_a_dirty_register(integers: zffi.Library, restype: Any, expected: Any) -> None:
    assert integers.func("same_word", restype, [c_uint64])(0x7F5988AE9A80) == expected
