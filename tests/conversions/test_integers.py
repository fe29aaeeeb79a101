"""Integers: every width, every boundary, and all that is not an integer."""

import enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zffi
from zffi import errors

INTEGERS = {
    zffi.c_byte: ("int8", 8, True),
    zffi.c_ubyte: ("uint8", 8, False),
    zffi.c_short: ("int16", 16, True),
    zffi.c_ushort: ("uint16", 16, False),
    zffi.c_int: ("int32", 32, True),
    zffi.c_uint: ("uint32", 32, False),
    zffi.c_long: ("int64", 64, True),
    zffi.c_ulong: ("uint64", 64, False),
    zffi.c_longlong: ("int64", 64, True),
    zffi.c_ulonglong: ("uint64", 64, False),
    zffi.c_int8: ("int8", 8, True),
    zffi.c_uint8: ("uint8", 8, False),
    zffi.c_int16: ("int16", 16, True),
    zffi.c_uint16: ("uint16", 16, False),
    zffi.c_int32: ("int32", 32, True),
    zffi.c_uint32: ("uint32", 32, False),
    zffi.c_int64: ("int64", 64, True),
    zffi.c_uint64: ("uint64", 64, False),
    zffi.c_size_t: ("uint64", 64, False),
    zffi.c_ssize_t: ("int64", 64, True),
    zffi.c_intptr_t: ("int64", 64, True),
    zffi.c_uintptr_t: ("uint64", 64, False),
    zffi.c_ptrdiff_t: ("int64", 64, True),
    zffi.c_time_t: ("int64", 64, True),
}
INTERESTING = sorted(
    {
        s * (1 << b) + d
        for b in (0, 7, 8, 15, 16, 29, 30, 31, 32, 59, 60, 61, 62, 63, 64, 65, 90, 500)
        for d in (-2, -1, 0, 1, 2)
        for s in (1, -1)
    }
)


class Index:
    """An int only by __index__."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Subclass(int):
    pass


class Color(enum.IntEnum):
    RED = 3


@pytest.mark.parametrize("ctype", INTEGERS, ids=lambda ctype: ctype.__name__)
def test_every_boundary(ctype: Any, echo: Any) -> None:
    """What fits comes back as it went; what does not fit never gets to C."""
    name, bits, signed = INTEGERS[ctype]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    function = echo(f"echo_{name}", ctype, ctype)
    assert zffi.sizeof(ctype) * 8 == bits
    for value in INTERESTING:
        for given_value in (value, Index(value), Subclass(value)):
            if low <= value <= high:
                assert function(given_value) == value
                assert ctype(given_value).value == value
            else:
                with pytest.raises(errors.ArgumentOverflowError, match="out of range") as caught:
                    function(given_value)
                assert isinstance(caught.value, OverflowError)
                assert f"({low} to {high})" in str(caught.value)
                with pytest.raises(OverflowError):
                    ctype(given_value)


def test_result_types_are_plain(echo: Any) -> None:
    identity = echo("echo_int32", zffi.c_int, zffi.c_int)
    for value in (True, Color.RED, Subclass(5)):
        assert type(identity(value)) is int
        assert identity(value) == int(value)


@pytest.mark.parametrize("value", [1.0, "1", b"1", None, 1j, [1], object(), type, ...], ids=repr)
def test_not_an_integer(value: Any, echo: Any) -> None:
    with pytest.raises(
        errors.ArgumentError, match=r"argument 1 \(int\): expected an integer"
    ) as caught:
        echo("echo_int32", zffi.c_int, zffi.c_int)(value)
    assert isinstance(caught.value, TypeError)


def test_huge_int_is_not_printed(echo: Any) -> None:
    with pytest.raises(OverflowError, match="an int of 20001 bits is out of range"):
        echo("echo_int32", zffi.c_int, zffi.c_int)(1 << 20000)


def test_index_that_raises(echo: Any) -> None:
    class Raises:
        def __index__(self) -> int:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        echo("echo_int32", zffi.c_int, zffi.c_int)(Raises())


def test_index_that_lies(echo: Any) -> None:
    class Lies:
        def __index__(self) -> int:
            return "5"  # type: ignore[return-value]

    with pytest.raises(TypeError):
        echo("echo_int32", zffi.c_int, zffi.c_int)(Lies())


def test_index_that_calls_back(echo: Any) -> None:
    """A conversion that makes a call of its own, of the same function, disturbs nothing."""
    identity = echo("echo_int32", zffi.c_int, zffi.c_int)

    class Nested:
        def __index__(self) -> int:
            return int(identity(41)) + 1

    assert identity(Nested()) == 42


def test_own_data_is_its_value(echo: Any) -> None:
    for ctype, (name, bits, signed) in INTEGERS.items():
        for value in (1 << bits - 2, -(1 << bits - 2)) if signed else (0, (1 << bits) - 1):
            assert echo(f"echo_{name}", ctype, ctype)(ctype(value)) == value


def test_other_data_is_refused(echo: Any) -> None:
    with pytest.raises(
        errors.ArgumentError, match="expected an integer, got c_long, another C type"
    ):
        echo("echo_int32", zffi.c_int, zffi.c_int)(zffi.c_long(1))


@given(value=st.integers(min_value=-(1 << 70), max_value=1 << 70))
def test_agrees_with_struct(value: int) -> None:
    """Any int: in range and back, or refused; the process's own labs-like identity is memchr's."""
    for ctype, (_, bits, signed) in INTEGERS.items():
        fits = -(1 << bits - 1) <= value < 1 << bits - 1 if signed else 0 <= value < 1 << bits
        if fits:
            assert int.from_bytes(bytes(ctype(value)), "little", signed=signed) == value
        else:
            with pytest.raises(OverflowError):
                ctype(value)


def test_bool(echo: Any) -> None:
    value: Any
    bits = echo("bits_of_bool", zffi.c_int, zffi.c_bool)
    identity = echo("echo_bool", zffi.c_bool, zffi.c_bool)
    for value in (True, False, 0, 1, Index(1), Subclass(0)):
        assert bits(value) == int(value.__index__())
        assert identity(value) is bool(value.__index__())
    for value in (2, -1, 1 << 100, Index(256)):
        with pytest.raises(OverflowError, match=r"\(0 to 1\)"):
            identity(value)
    for value in (1.0, "", None, [], b"\1"):
        with pytest.raises(TypeError, match="expected a bool"):
            identity(value)


def test_char(echo: Any) -> None:
    identity = echo("echo_char", zffi.c_char, zffi.c_char)
    for code in range(256):
        byte = bytes([code])
        assert identity(byte) == byte
        assert identity(bytearray(byte)) == byte
        assert zffi.c_char(byte).value == byte
    assert identity(65) == b"A"
    for value in (b"", b"ab", bytearray(2)):
        with pytest.raises(errors.ArgumentValueError, match="expected one character"):
            identity(value)
    with pytest.raises(TypeError, match="bytes of length 1 or an integer"):
        identity("a")
    with pytest.raises(OverflowError):
        identity(300)


def test_wchar(echo: Any) -> None:
    identity = echo("echo_wchar", zffi.c_wchar, zffi.c_wchar)
    for character in ("a", "é", "漢", "🐍", "\0", "\U0010ffff", "\ud800"):
        assert identity(character) == character
    for value in ("", "ab"):
        with pytest.raises(errors.ArgumentValueError, match="expected one character"):
            identity(value)
    with pytest.raises(TypeError, match="a str of length 1"):
        identity(b"a")
    bad = echo("echo_uint32", zffi.c_wchar, zffi.c_uint)
    assert bad(0x10FFFF) == "\U0010ffff"
    with pytest.raises(ValueError, match="0x110000 is no Unicode character"):
        bad(0x110000)
