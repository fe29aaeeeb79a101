"""The Python side of a generated C type: a type of zffi that stands for it, and objects that stand
for one value of it."""

import enum
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from layout.compilers import APPLE64, MSVC, WIN64, WINARM64, Platform
from layout.records import Array, Complex, Record, Scalar, Type
from structs import made

import zffi

FLOATS = ("_Float16", "float", "double")
FORMATS = {"_Float16": "<e", "float": "<f", "double": "<d"}
WINDOWS = {"long": "int", "unsigned long": "unsigned int", "long double": "double"}
NAMES_HERE = {
    WIN64: WINDOWS,
    APPLE64: {"long double": "double", "char": "signed char"},
    WINARM64: {**WINDOWS, "char": "signed char"},
}
DOUBLES = (
    0x0000000000000000,
    0x8000000000000000,
    0x3FF0000000000000,
    0xC01C000000000000,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x7FF0DEAD0000BEEF,
    0x7FF8DEAD0000BEEF,
    0xFFFFFFFFFFFFFFFF,
    0x0000000000000001,
    0x800FFFFFFFFFFFFF,
    0x7FEFFFFFFFFFFFFF,
    0x43E0000000000000,
)
BOUNDARIES = sorted(
    {
        sign * (1 << bits) + distance
        for bits in (0, 7, 8, 15, 16, 30, 31, 32, 59, 60, 63, 64)
        for distance in (-1, 0, 1)
        for sign in (1, -1)
    }
)


class Whole(int):
    """An int by another name."""


class Real(float):
    """A float by another name."""


class Index:
    """An integer by __index__ alone."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


class Floating:
    """A number by __float__ alone."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class Small(enum.IntEnum):
    ONE = 1
    TWO = 2


class Signed(enum.IntEnum):
    MINUS = -1
    ONE = 1


@dataclass
class Parameter:
    """`data`, the bytes of the value, is None where what the witness has chosen will do."""

    ctype: Any
    objects: list[Any]
    data: bytes | None = None


@dataclass
class Result:
    """What has to be returned for the bytes: `encode` gives the bytes of what was."""

    ctype: Any
    encode: Callable[[Any], bytes]
    data: bytes | None = None


def as_here(kind: Type, platform: Platform) -> Type:
    """A type of a compiler for another system, by the names that this machine's C has for it."""
    names = NAMES_HERE.get(platform.model, {})
    match kind:
        case Scalar(name):
            return Scalar(names.get(name, name))
        case Complex(element):
            return Complex(Scalar(names.get(element.name, element.name)))
        case Array(element, count):
            return Array(as_here(element, platform), count)
        case Record():
            members = (
                replace(member, type=as_here(member.type, platform)) for member in kind.members
            )
            return replace(kind, members=tuple(members))
        case _:
            return kind


def integer_types() -> dict[tuple[int, bool], list[Any]]:
    """All of a size and signedness, enums and derived classes among them."""
    found: dict[tuple[int, bool], list[Any]] = {}
    names = [name for name in vars(zffi) if name.startswith("c_")]
    for ctype in (getattr(zffi, name) for name in names):
        if getattr(ctype, "_format_", "") and ctype._format_ in "bBhHiIlLqQ":
            key = (zffi.sizeof(ctype), ctype._format_.islower())
            found.setdefault(key, []).append(ctype)
    for key, ctypes in found.items():
        base = ctypes[0]
        ctypes.append(type(base)("Derived", (base,), {}))
        ctypes.append(zffi.enum(Signed if key[1] else Small, base))
    return found


INTEGERS = integer_types()
POINTED = (zffi.c_int * 4)(1, 2, 3, 4)
PAIR = zffi.struct("Pair").field("a", zffi.c_int).field("b", zffi.c_double).build()
TEXT = b"a result"
# The address of a string is where the empty string is found in it.
STRSTR = zffi.load("c").func("strstr", zffi.c_void_p, [zffi.c_char_p, zffi.c_char_p])
POINTERS = (
    zffi.c_void_p,
    zffi.c_const_void_p,
    zffi.c_char_p,
    zffi.c_wchar_p,
    zffi.POINTER(zffi.c_int),
    zffi.POINTER(PAIR),
)


def address_of(pointer: Any) -> int:
    return zffi.cast(pointer, zffi.c_void_p).value or 0


class Maker:
    """Chooses at random."""

    def __init__(self, seed: int | str, platform: Platform) -> None:
        self.random = random.Random(seed)
        self.platform = platform
        self.layout = "msvc" if platform.rules == MSVC else "gcc"

    def _class(self, kind: Type) -> Any:
        return made.ctype_of(kind, self.layout, "native")

    def parameter(self, kind: Type, filled: bytes) -> Parameter:
        match kind:
            case Scalar("void *"):
                return self._pointer()
            case Scalar("bool" | "char" as name):
                return self._small(name, filled[0])
            case Scalar("long double") | Record():
                ctype = self._class(kind)
                return Parameter(ctype, [ctype.from_buffer_copy(filled)])
            case Scalar(name) if name in FLOATS:
                return self._float(name)
            case Scalar():
                return self._integer(kind, filled)
            case Complex(Scalar("float" | "double" as name)):
                return self._complex(kind, name)
            case _:
                ctype = self._class(kind)
                return Parameter(ctype, [ctype.from_buffer_copy(filled)])

    def _small(self, name: str, value: int) -> Parameter:
        if name == "bool":
            own: Any = zffi.c_bool(bool(value))
            return Parameter(zffi.c_bool, [bool(value), value, Whole(value), Index(value), own])
        text = bytes([value])
        signed = zffi.c_int8.from_buffer_copy(text).value
        number = signed if made.PLAIN_CHAR == "signed char" else value
        own = zffi.c_char(text)
        return Parameter(zffi.c_char, [text, bytearray(text), number, Index(number), own])

    def _integer(self, kind: Scalar, filled: bytes) -> Parameter:
        own = made.SCALARS[kind.name]
        size, is_signed = len(filled), "unsigned" not in kind.name
        ctype = own if size == 16 else self.random.choice(INTEGERS[size, is_signed])
        low, high = (-(1 << 8 * size - 1), 1 << 8 * size - 1) if is_signed else (0, 1 << 8 * size)
        value = int.from_bytes(filled, "little", signed=is_signed)
        if self.random.random() < 0.6:
            value = self.random.choice([each for each in BOUNDARIES if low <= each < high])
        objects: list[Any] = [value, Whole(value), Index(value)]
        if value in (0, 1):
            objects.append(bool(value))
        if not hasattr(ctype, "_enum_"):
            objects.append(ctype(value))
        return Parameter(ctype, objects, value.to_bytes(size, "little", signed=is_signed))

    def _some_float(self, name: str) -> float:
        """One that a `name` holds exactly, unless it is a NaN that is signalling."""
        value: float
        bits = self.random.choice((*DOUBLES, self.random.getrandbits(64)))
        if name == "double":
            (value,) = struct.unpack("<d", bits.to_bytes(8, "little"))
            return value
        choices = [0.0, -0.0, 1.5, -2.0, float("inf"), 65504.0, self.random.randrange(-2000, 2000)]
        if name == "float":
            choices += [2.0**-149, 2.0**100, -float(self.random.getrandbits(24))]
        return float(self.random.choice(choices))

    def _float(self, name: str) -> Parameter:
        ctype, value = made.SCALARS[name], self._some_float(name)
        objects: list[Any] = [value, Real(value), Floating(value), ctype(value)]
        if value.is_integer() and abs(value) < 2**70 and str(value)[0] != "-":
            objects += [int(value), Whole(value)]
        given = value
        if name == "float" and self.random.random() < 0.3:
            given = self.random.uniform(-1e30, 1e30)  # is rounded
            objects = [given, Real(given), Floating(given)]
        return Parameter(ctype, objects, struct.pack(FORMATS[name], given))

    def _complex(self, kind: Complex, name: str) -> Parameter:
        ctype, parts = self._class(kind), (self._some_float(name), self._some_float(name))
        value = complex(*parts)
        data = b"".join(struct.pack(FORMATS[name], part) for part in parts)
        return Parameter(ctype, [value, ctype(value)], data)

    def _pointer(self) -> Parameter:
        ctype = self.random.choice(POINTERS)
        value: Any = self.random.choice((None, 1, 2**30, 2**47 + 5, 2**60, 2**63, 2**64 - 1))
        address = value or 0
        objects = [value, Index(address), zffi.c_void_p(value)] if value else [None, 0]
        if ctype in (zffi.c_char_p, zffi.c_wchar_p) and value:
            objects.pop()
            objects.append(ctype(value))
        if self.random.random() < 0.5:
            objects, address = self._objects_at(ctype)
        return Parameter(ctype, objects, address.to_bytes(8, "little"))

    def _objects_at(self, ctype: Any) -> tuple[list[Any], int]:
        """What stands for the same address."""
        if ctype is zffi.c_char_p:
            text = self.random.choice((b"bytes", b"", bytearray(b"array\0"), "text", "g\u00e9"))
            return [text], STRSTR(text, b"")
        if ctype is zffi.c_wchar_p:
            memory = bytearray(8)
            return [memory, memoryview(memory)], STRSTR(memory, b"")
        if ctype is zffi.POINTER(PAIR):
            pair = PAIR(1, 2.0)
            return [pair, zffi.byref(pair), zffi.pointer(pair)], zffi.addressof(pair)
        address = zffi.addressof(POINTED)
        pointer = zffi.cast(POINTED, zffi.POINTER(zffi.c_int))
        objects = [POINTED, zffi.byref(POINTED), memoryview(POINTED), pointer]
        return [*objects, zffi.c_void_p(address)], address

    # -- Results ---------------------------------------------------------------------------------

    def result(self, kind: Type | None, filled: bytes) -> Result:
        match kind:
            case None:
                return Result(None, self._nothing)
            case Scalar("void *"):
                return self._pointer_result()
            case Scalar("bool"):
                return Result(zffi.c_bool, lambda value: bytes([_exact(value, bool)]))
            case Scalar("char"):
                return Result(zffi.c_char, lambda value: _exact(value, bytes))
            case Scalar(name) if name in FLOATS:
                data = struct.pack(FORMATS[name], self._some_float(name))
                return Result(
                    made.SCALARS[name],
                    lambda value: struct.pack(FORMATS[name], _exact(value, float)),
                    data,
                )
            case Scalar(name) if name != "long double":
                parameter = self._integer(kind, filled)
                is_signed = "unsigned" not in name
                return Result(
                    parameter.ctype,
                    lambda value: _integer_of(value).to_bytes(
                        len(filled), "little", signed=is_signed
                    ),
                    parameter.data,
                )
            case Complex(Scalar("float" | "double" as name)):
                parameter = self._complex(kind, name)
                return Result(
                    parameter.ctype,
                    lambda value: struct.pack(
                        2 * FORMATS[name][1:], _exact(value, complex).real, value.imag
                    ),
                    parameter.data,
                )
            case _:
                ctype = self._class(kind)
                return Result(ctype, lambda value: bytes(_exact(value, ctype)))

    @staticmethod
    def _nothing(value: Any) -> bytes:
        assert value is None, f"{value!r} is the result of void"
        return b""

    def _pointer_result(self) -> Result:
        choice = self.random.randrange(3)
        number: int = self.random.choice((0, 1, 2**30, 2**47 + 5, 2**60, 2**63, 2**64 - 1))
        if choice == 0:
            plain = self.random.choice((zffi.c_void_p, zffi.c_const_void_p))
            return Result(plain, _address_bytes, number.to_bytes(8, "little"))
        if choice == 1:
            ctype = zffi.POINTER(zffi.c_int)
            return Result(
                ctype,
                lambda value: address_of(_exact(value, ctype)).to_bytes(8, "little"),
                number.to_bytes(8, "little"),
            )
        address = address_of(zffi.c_char_p(TEXT)) if number else 0
        data = address.to_bytes(8, "little")
        expected = TEXT if number else None
        return Result(zffi.c_char_p, lambda value: data if value == expected else b"\xff" * 8, data)


def _exact(value: Any, kind: type) -> Any:
    assert type(value) is kind, f"{value!r} is no {kind.__name__}"
    return value


def _integer_of(value: Any) -> int:
    return int(value if isinstance(value, enum.IntEnum) else _exact(value, int))


def _address_bytes(value: Any) -> bytes:
    assert value is None or (type(value) is int and value != 0), f"{value!r} is no address"
    return (value or 0).to_bytes(8, "little")
