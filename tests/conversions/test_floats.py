"""float and double: bits are kept, ints are taken, what does not fit is refused."""

import decimal
import fractions
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zffi
from zffi import errors

DOUBLES = [
    0,
    1,
    1 << 63,
    0x7FF0 << 48,
    0xFFF0 << 48,
    0x7FF8 << 48 | 0xBEEF,
    0xFFF8 << 48 | 1,
    0x3FF << 52,
    0x10 << 48,
    0x7FEFFFFFFFFFFFFF,
]
FLOATS = [
    0,
    1,
    1 << 31,
    0x7F800000,
    0xFF800000,
    0x7FC0BEEF,
    0xFFC00001,
    0x3F800000,
    0x00800000,
    0x7F7FFFFF,
]


def double_of(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


def float_of(bits: int) -> float:
    value: float = struct.unpack("<f", struct.pack("<I", bits))[0]
    return value


def test_double_keeps_every_bit(echo: Any) -> None:
    arrived = echo("bits_of_double", zffi.c_uint64, zffi.c_double)
    returned = echo("echo_double", zffi.c_double, zffi.c_double)
    for bits in DOUBLES:
        value = double_of(bits)
        assert arrived(value) == bits
        assert struct.pack("<d", returned(value)) == struct.pack("<Q", bits)
        assert bytes(zffi.c_double(value)) == struct.pack("<Q", bits)


def test_float_keeps_every_bit(echo: Any) -> None:
    """What a float can hold passes through double and back: quiet NaNs with their payload too."""
    arrived = echo("bits_of_float", zffi.c_uint64, zffi.c_float)
    returned = echo("echo_float", zffi.c_float, zffi.c_float)
    for bits in FLOATS:
        value = float_of(bits)
        assert arrived(value) == bits
        assert struct.pack("<f", returned(value)) == struct.pack("<I", bits)
        assert int.from_bytes(bytes(zffi.c_float(value)), "little") == bits


def test_float_rounds_to_nearest(echo: Any) -> None:
    identity = echo("echo_float", zffi.c_float, zffi.c_float)
    for value in (0.1, 1 / 3, 16777217.0, 1e-50, -1e-50, 3.4028235e38):
        assert identity(value) == struct.unpack("<f", struct.pack("<f", value))[0]


@pytest.mark.parametrize("value", [1e39, -1e39, 3.5e38, 10**39])
def test_float_overflow(value: float, echo: Any) -> None:
    with pytest.raises(errors.ArgumentOverflowError, match="too large for a float"):
        echo("echo_float", zffi.c_float, zffi.c_float)(value)


@pytest.mark.parametrize("ctype", [zffi.c_float, zffi.c_double])
def test_what_counts_as_a_number(ctype: Any, echo: Any) -> None:
    value: Any
    identity = echo(f"echo_{ctype.__name__[2:]}", ctype, ctype)

    class Float:
        def __float__(self) -> float:
            return 2.5

    class Subclass(float):
        pass

    for value in (
        3,
        True,
        -(2**40),
        2**60,
        2**70,
        Float(),
        Subclass(1.5),
        decimal.Decimal("0.25"),
        fractions.Fraction(1, 4),
    ):
        assert identity(value) == float(value)
        assert type(identity(value)) is float
    for value in ("1", b"1", None, 1j, [1.0], object(), float):
        with pytest.raises(errors.ArgumentError, match="expected a number, got"):
            identity(value)


def test_int_to_double_rounds_as_python_does(echo: Any) -> None:
    identity = echo("echo_double", zffi.c_double, zffi.c_double)
    for value in (
        (1 << 53) + 1,
        (1 << 53) + 3,
        (1 << 60) - 1,
        -(1 << 59) - 1,
        (1 << 62) + 511,
        (1 << 64) + 1025,
    ):
        assert identity(value) == float(value)


def test_int_too_large_for_a_double(echo: Any) -> None:
    with pytest.raises(errors.ArgumentOverflowError, match="too large for a double"):
        echo("echo_double", zffi.c_double, zffi.c_double)(10**400)


def test_float_that_raises(echo: Any) -> None:
    class Raises:
        def __float__(self) -> float:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        echo("echo_double", zffi.c_double, zffi.c_double)(Raises())


@given(value=st.floats(allow_nan=True, allow_subnormal=True))
def test_any_double(value: float) -> None:
    assert bytes(zffi.c_double(value)) == struct.pack("<d", value)
    back = zffi.c_double(value).value
    assert back == value or (math.isnan(back) and math.isnan(value))


@given(value=st.floats(width=32, allow_nan=False))
def test_any_float(value: float) -> None:
    assert zffi.c_float(value).value == value
