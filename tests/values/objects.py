"""Python objects that arguments are tried with: each is made anew for every call, by a name or from
a description that can be sent to another process."""

import decimal
import fractions
import struct
from collections.abc import Callable
from functools import partial
from typing import Any

from values import kinds
from values.kinds import TYPES

import zffi

try:
    import numpy
except ImportError:  # no wheel for this interpreter yet
    numpy = None  # type: ignore[assignment]

BITS = (0, 7, 8, 15, 16, 29, 30, 31, 32, 53, 59, 60, 62, 63, 64, 90, 120, 1024)
INTEGERS = sorted(
    {sign * (1 << bits) + distance for bits in BITS for distance in (-1, 0, 1) for sign in (1, -1)}
)
DOUBLES = {
    "zero": 0,
    "negative zero": 1 << 63,
    "one": 0x3FF << 52,
    "minus one": 0xBFF << 52,
    "third": 0x3FD5555555555555,
    "infinity": 0x7FF << 52,
    "negative infinity": 0xFFF << 52,
    "quiet NaN": 0x7FF8 << 48,
    "negative NaN": 0xFFF8 << 48,
    "NaN with a payload": 0x7FF8DEAD0000BEEF,
    "signalling NaN": 0x7FF0000000000001,
    "signalling NaN of float": 0x7FF0DEAD20000000,
    "smallest": 1,
    "largest subnormal": (1 << 52) - 1,
    "smallest normal": 1 << 52,
    "largest": 0x7FEFFFFFFFFFFFFF,
    "2**53 + 1": 0x4340000000000001,
    "2**63": 0x43E0000000000000,
    # Where float ends, at both sides, and where it rounds.
    "largest float": 0x47EFFFFFE0000000,
    "rounds to the largest float": 0x47EFFFFFEFFFFFFF,
    "rounds to no float": 0x47EFFFFFF0000000,
    "smallest float": 0x36A0000000000000,
    "half of it, rounds to zero": 0x3690000000000000,
    "above half of it": 0x3690000000000001,
    "largest subnormal float": 0x380FFFFFC0000000,
    "rounds to the smallest normal float": 0x380FFFFFE0000000,
    "tie to even, down": 0x3FF0000010000000,
    "tie to even, up": 0x3FF0000030000000,
    "above a tie": 0x3FF0000010000001,
    "largest half": 0x40EFFC0000000000,
    "rounds to no half": 0x40EFFE0000000000,
}


def double_of(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


class Named:
    """Shows no address."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Whole(int):
    pass


class Lying(int):
    """Whose methods say another number than it is."""

    def __index__(self) -> int:
        return 77

    def __int__(self) -> int:
        return 78

    def __float__(self) -> float:
        return 79.0


class Real(float):
    pass


class LyingReal(float):
    def __float__(self) -> float:
        return 79.0

    def __index__(self) -> int:
        return 77


class Index(Named):
    def __init__(self, value: Any) -> None:
        self.value = value

    def __index__(self) -> Any:
        return self.value


class Floating(Named):
    def __init__(self, value: Any) -> None:
        self.value = value

    def __float__(self) -> Any:
        return self.value


class Both(Index):
    def __float__(self) -> float:
        return 2.5


class IntOnly(Named):
    """An __int__ makes no integer of it."""

    def __int__(self) -> int:
        return 5


class BoolOnly(Named):
    def __bool__(self) -> bool:
        return True


class Bytes(bytes):
    pass


class Text(str):
    pass


class Raises(Named):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __index__(self) -> int:
        raise self.error

    def __float__(self) -> float:
        raise self.error


def _raises(error: type[BaseException]) -> Raises:
    return Raises(error("mine"))


class Meta(type):
    def __repr__(cls) -> str:
        return "<a class>"


class Class(metaclass=Meta):
    pass


def _memory() -> dict[str, Callable[[], Any]]:
    array = zffi.c_int * 4
    return {
        "bytes": lambda: b"some bytes",
        "no bytes": lambda: b"",
        "one byte": lambda: b"\xe9",
        "bytes with NUL": lambda: b"some\0bytes",
        "bytes that end in NUL": lambda: b"some bytes\0",
        "derived bytes": lambda: Bytes(b"some bytes"),
        "bytearray": lambda: bytearray(b"some bytes\0"),
        "one in a bytearray": lambda: bytearray(b"x"),
        "empty bytearray": bytearray,
        "memoryview": lambda: memoryview(bytearray(b"some bytes\0")),
        "read-only memoryview": lambda: memoryview(b"some bytes"),
        "memoryview with holes": lambda: memoryview(bytearray(16))[::2],
        "memoryview of doubles": lambda: memoryview(bytearray(16)).cast("d"),
        "str": lambda: "some text",
        "empty str": lambda: "",
        "one character": lambda: "x",
        "latin": lambda: "\xe9t\xe9",
        "one latin": lambda: "\xe9",
        "beyond latin": lambda: "\u6f22\u5b57",
        "astral": lambda: "\U0001f40d!",
        "one astral": lambda: "\U0001f40d",
        "str with NUL": lambda: "some\0text",
        "NUL": lambda: "\0",
        "lone surrogate": lambda: "\ud800",
        "derived str": lambda: Text("some text"),
        "array": lambda: array(1, 2, 3, 4),
        "array of another type": lambda: (zffi.c_double * 2)(1, 2),
        "array of char": lambda: (zffi.c_char * 4)(b"a", b"b"),
        "buffer": lambda: zffi.create_string_buffer(b"text"),
        "byref int": lambda: zffi.byref(zffi.c_int(5)),
        "byref into it": lambda: zffi.byref(zffi.c_int(5), 2),
        "byref char": lambda: zffi.byref(zffi.c_char(b"x")),
        "byref double": lambda: zffi.byref(zffi.c_double(5)),
        "byref struct": lambda: zffi.byref(kinds.Small(1, 2)),
        "byref array": lambda: zffi.byref(array()),
        "pointer": lambda: zffi.pointer(zffi.c_int(5)),
        "pointer into an array": lambda: zffi.cast(array(), zffi.POINTER(zffi.c_int)) + 1,
        "pointer to NULL": lambda: zffi.POINTER(zffi.c_int)(),
        "pointer to double": lambda: zffi.pointer(zffi.c_double(5)),
        "pointer to struct": lambda: zffi.pointer(kinds.Small(1, 2)),
        "void *": lambda: zffi.c_void_p(0x7FFF12345678),
        "void * of a high address": lambda: zffi.c_void_p(2**64 - 8),
        "void * to NULL": zffi.c_void_p,
        "void * that keeps": lambda: zffi.c_void_p(bytearray(b"kept")),
        "derived void *": lambda: kinds.DerivedPointer(4096),
        "const void *": lambda: zffi.c_const_void_p(b"kept"),
        "char *": lambda: zffi.c_char_p(b"kept"),
        "char * of a str": lambda: zffi.c_char_p("k\xe9pt"),
        "wchar_t *": lambda: zffi.c_wchar_p("kept"),
        "handle": lambda: TYPES["handle"].from_buffer_copy(struct.pack("<Q", 4096)),
        "other handle": lambda: zffi.handle("other")(),
        "small": lambda: kinds.Small(1, 2.5),
        "derives": lambda: kinds.Derives(3, 4.5),
        "reals": lambda: kinds.Reals(1.5, -0.0),
        "large": lambda: kinds.Large(1, 2.5, b"eight by"),
    }


def _numbers() -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {
        "None": lambda: None,
        "True": lambda: True,
        "False": lambda: False,
        "red": lambda: kinds.Colour.RED,
        "far": lambda: kinds.Colour.FAR,
        "read": lambda: kinds.Flags.READ,
        "read and write": lambda: kinds.Flags.READ | kinds.Flags.WRITE,
        "other enum": lambda: kinds.Other.ONE,
        "lying int": lambda: Lying(5),
        "lying float": lambda: LyingReal(5.5),
        "both": lambda: Both(5),
        "int only": IntOnly,
        "bool only": BoolOnly,
        "index of no int": lambda: Index("5"),
        "index of None": lambda: Index(None),
        "index of a derived int": lambda: Index(Whole(5)),
        "index of True": lambda: Index(True),
        "float of no float": lambda: Floating("5"),
        "float of an int": lambda: Floating(5),
        "float of a derived float": lambda: Floating(Real(5)),
        "complex": lambda: 1j,
        "Decimal": lambda: decimal.Decimal("2.5"),
        "large Decimal": lambda: decimal.Decimal("1e400"),
        "Fraction": lambda: fractions.Fraction(1, 3),
        "list": lambda: [1],
        "tuple": lambda: (1, 2.5),
        "dict": dict,
        "a class": lambda: Class,
        "Ellipsis": lambda: ...,
        "signature": lambda: zffi.signature(None),
        "C type": lambda: zffi.c_int,
        "big int": lambda: zffi.c_int.__ctype_be__(5),
        "big double": lambda: zffi.c_double.__ctype_be__(5),
    }
    for error in (ValueError, LookupError, OverflowError, TypeError, KeyboardInterrupt, SystemExit):
        found[f"raises {error.__name__}"] = partial(_raises, error)
    for name in ("c_int", "c_uint", "c_long", "c_longlong", "c_int8", "c_uint64", "Derived"):
        found[f"{name}(1)"] = partial(TYPES[name], 1)
    for name in ("c_bool", "c_float", "c_double", "c_float16", "c_longdouble", "c_double_complex"):
        found[f"{name}(1)"] = partial(getattr(zffi, name), 1)
    found["c_float(NaN)"] = lambda: zffi.c_float.from_buffer_copy(b"\1\0\x80\x7f")
    found["c_bool of 2"] = lambda: zffi.c_bool.from_buffer_copy(b"\2")
    found["c_char"] = lambda: zffi.c_char(b"x")
    found["c_wchar"] = lambda: zffi.c_wchar("x")
    return found


def _numpy() -> dict[str, Callable[[], Any]]:
    if numpy is None:
        return {}
    found: dict[str, Callable[[], Any]] = {}
    names = ("bool", "int8", "uint8", "int32", "uint32", "int64", "uint64", "float32", "float64")
    for name in (*names, "float16", "longdouble", "complex128"):
        kind: Any = numpy.dtype(name).type
        for value in (0, 1, -1, 2**7, 2**31, 2**63):
            if _fits(kind, value):
                found[f"numpy.{name}({value})"] = partial(kind, value)
    found["numpy.float64(NaN)"] = lambda: numpy.float64("nan")
    found["numpy.array"] = lambda: numpy.arange(4, dtype=numpy.int32)
    found["numpy.array of doubles"] = lambda: numpy.arange(4.0)
    found["numpy.array with holes"] = lambda: numpy.arange(8)[::2]
    found["numpy.array without dimensions"] = lambda: numpy.array(7)
    return found


def _fits(kind: Any, value: int) -> bool:
    if kind is numpy.bool_:
        return value in (0, 1)
    if not issubclass(kind, numpy.integer):
        return value < 2**16 or kind is not numpy.float16
    info = numpy.iinfo(kind)
    return bool(info.min <= value <= info.max)


def _all() -> dict[str, Callable[[], Any]]:
    found = {**_numbers(), **_memory(), **_numpy()}
    for value in INTEGERS:
        found[f"{value}"] = partial(int, str(value))
        found[f"Whole({value})"] = partial(Whole, value)
        found[f"Index({value})"] = partial(Index, value)
    for name, bits in DOUBLES.items():
        found[name] = partial(double_of, bits)
        found[f"Real({name})"] = partial(Real, double_of(bits))
        found[f"Floating({name})"] = partial(Floating, double_of(bits))
    return found


OBJECTS = _all()

MAKERS: dict[str, Callable[[Any], Any]] = {
    "named": lambda name: OBJECTS[name](),
    "int": int,
    "whole": lambda text: Whole(text),
    "index": lambda text: Index(int(text)),
    "float": lambda bits: double_of(bits),
    "real": lambda bits: Real(double_of(bits)),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "str": lambda text: text,
}


def make(description: tuple[str, Any]) -> Any:
    """("int", "5"), ("float", bits), ("bytes", "00ff"), ("named", a name of OBJECTS)..."""
    kind, value = description
    return MAKERS[kind](value)
