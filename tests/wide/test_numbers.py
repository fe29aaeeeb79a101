"""128-bit integers and half precision numbers as Python values: ranges, rounding, refusals."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zffi
from zffi import c_float16, c_int128, c_uint128, errors, types


@given(st.integers(-(2**127), 2**127 - 1))
def test_int128_round_trip(value: int) -> None:
    assert c_int128(value).value == value
    assert int.from_bytes(bytes(c_int128(value)), "little", signed=True) == value
    assert int(c_int128(value)) == value


@given(st.integers(0, 2**128 - 1))
def test_uint128_round_trip(value: int) -> None:
    assert c_uint128(value).value == value
    assert int.from_bytes(bytes(c_uint128(value)), "little") == value


@given(st.integers())
def test_range_of_128_bits(value: int) -> None:
    for kind, low, high in ((c_int128, -(2**127), 2**127), (c_uint128, 0, 2**128)):
        for far in (low - 1 - abs(value), high + abs(value)):
            with pytest.raises(errors.ArgumentOverflowError, match="is out of range"):
                kind(far)


def half(value: float) -> bytes:
    return struct.pack("<e", value)


@given(st.integers(0, 0xFFFF))
def test_every_half(bits: int) -> None:
    (value,) = struct.unpack("<e", struct.pack("<H", bits))
    assert math.isnan(value) or bytes(c_float16(value)) == struct.pack("<H", bits)
    held = c_float16.from_buffer_copy(struct.pack("<H", bits))
    assert held.value == value or (math.isnan(value) and math.isnan(held.value))
    assert bool(held) == (value != 0)


@given(st.floats(-65519.0, 65519.0))
def test_rounds_to_the_nearest_half(value: float) -> None:
    assert bytes(c_float16(value)) == half(value)
    nearest = c_float16(value).value
    for other in (math.nextafter(nearest, math.inf), math.nextafter(nearest, -math.inf)):
        assert abs(c_float16(other).value - value) >= abs(nearest - value)


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (2049.0, 2048.0),  # ties go to even
        (2051.0, 2052.0),
        (2.0**-25, 0.0),
        (2.0**-25 * 1.0001, 2.0**-24),
        (65519.99, 65504.0),
        (3, 3.0),
    ],
)
def test_rounding_of_halves(given: float, held: float) -> None:
    assert c_float16(given).value == held


@pytest.mark.parametrize("value", [65520, 65520.0, -1e5, 1e300])
def test_too_large_for_a_half(value: float) -> None:
    with pytest.raises(errors.ArgumentOverflowError, match="too large for a _Float16"):
        c_float16(value)


@pytest.mark.parametrize("kind", [c_int128, c_uint128])
@pytest.mark.parametrize("value", [1.0, "1", None, zffi.c_int(1), 1j])
def test_no_integer(kind: Any, value: object) -> None:
    with pytest.raises(errors.ArgumentError, match="expected an integer"):
        kind(value)


def test_formats() -> None:
    np = pytest.importorskip("numpy")
    halves = (c_float16 * 3)(0.5, -1, 65504)
    assert np.array(halves).dtype == np.float16
    assert list(np.array(halves)) == [0.5, -1.0, 65504.0]
    halves[:] = np.array([1, 2, 3], np.float16)
    assert list(halves) == [1.0, 2.0, 3.0]
    assert memoryview(c_int128(-1)).format == "16s"
    wide = (c_int128 * 2)(5, 6)

    class Pair(zffi.Struct):
        _fields_ = [("low", zffi.c_int64), ("high", zffi.c_int64)]

    with pytest.raises(errors.ArgumentError):
        wide[:] = (Pair * 2)()  # the same format, but no numbers
    assert list(wide) == [5, 6]


def test_pointers_to_halves_take_buffers_of_halves() -> None:
    np = pytest.importorskip("numpy")
    take = zffi.load("c").func("labs", zffi.c_long, [zffi.POINTER(c_float16)])
    halves = np.zeros(4, np.float16)
    assert take(halves) == halves.ctypes.data
    with pytest.raises(errors.ArgumentError):
        take(np.zeros(4, np.uint16))


@pytest.mark.parametrize("name", [name for name in dir(zffi) if name.startswith("c_")])
def test_every_type_has_an_annotation(name: str) -> None:
    word = name.removeprefix("c_")
    annotation = getattr(types, word, None) or getattr(types, f"{word}_")
    assert annotation.__metadata__ == (getattr(zffi, name),)


def test_annotations_of_wide_types() -> None:
    class Box(zffi.Struct):
        wide: types.int128
        long: types.longdouble
        pair: types.double_complex
        half: types.float16

    make: Any = Box
    box = make(2**100, "0.1", 1j, 0.5)
    assert (box.wide, box.long, box.pair, box.half) == (2**100, zffi.c_longdouble("0.1"), 1j, 0.5)
    assert box == make(2**100, "0.1", 1j, 0.5)
    assert [member.offset for member in Box._members_] == [0, 16, 32, 48]
    assert "__int128" in repr(Box._members_[0])


def test_bit_fields_of_128_bits_are_refused() -> None:
    with pytest.raises(errors.TypeValidationError, match="at most 64 bits"):

        class Wide(zffi.Struct):
            _fields_ = [("part", c_int128, 3)]
