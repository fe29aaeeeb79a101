"""The C types whose values are compared, by name."""

import enum
from typing import Any

import zffi
from zffi import c_char, c_double, c_float, c_int, c_int64


class Colour(enum.IntEnum):
    RED = 1
    GREEN = 2
    FAR = 2**31 - 1


class Flags(enum.IntFlag):
    READ = 1
    WRITE = 2


class Other(enum.IntEnum):
    ONE = 1


class Derived(c_int):
    """c_int by another name."""


class DerivedPointer(zffi.c_void_p):
    """c_void_p by another name."""


class Small(zffi.Struct):
    _fields_ = [("a", zffi.c_int32), ("b", c_float)]


class Reals(zffi.Struct):
    _fields_ = [("a", c_double), ("b", c_double)]


class Large(zffi.Struct):
    _fields_ = [("a", c_int64), ("b", c_double), ("c", c_char * 8)]


class Derives(Small):
    """Small by another name."""


_NAMES = (
    "c_bool",
    "c_char",
    "c_wchar",
    "c_int8",
    "c_uint8",
    "c_int16",
    "c_uint16",
    "c_int",
    "c_uint",
    "c_long",
    "c_ulong",
    "c_longlong",
    "c_uint64",
    "c_size_t",
    "c_float16",
    "c_float",
    "c_double",
    "c_void_p",
    "c_const_void_p",
    "c_char_p",
    "c_wchar_p",
)
SCALARS: dict[str, Any] = {
    **{name: getattr(zffi, name) for name in _NAMES},
    "int_p": zffi.POINTER(c_int),
    "double_p": zffi.POINTER(c_double),
    "char_array_p": zffi.POINTER(c_char),
    "small_p": zffi.POINTER(Small),
    "void_pp": zffi.POINTER(zffi.c_void_p),
    "handle": zffi.handle("engine"),
    "Colour": zffi.enum(Colour),
    "Signed": zffi.enum(Colour, c_int, unknown="raise"),
    "Flags": zffi.enum(Flags),
    "Derived": Derived,
    "DerivedPointer": DerivedPointer,
}
STRUCTS: dict[str, Any] = {"Small": Small, "Reals": Reals, "Large": Large}
TYPES: dict[str, Any] = {**SCALARS, **STRUCTS}
INTEGERS = {
    name: ctype
    for name, ctype in SCALARS.items()
    if name.startswith("c_") and ctype._format_ in "bBhHiIlLqQ"
}
