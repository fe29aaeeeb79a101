"""Types wider or odder than a register word, through compiled C, in every build: as arguments in
registers and behind exhausted ones, as results, in structs, arrays, and variadic tails, bit for
bit, by every convention of this machine that has them and that compilers agree about.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from native import Native
from native.callees import IS_ARM64, Callees

import zffi
from wide import HEAD, callees_text
from zffi import c_char, c_const_void_p, c_double, c_float, c_int, c_long, c_short, errors

Vector: Any = zffi.vector(c_float, 4).__mro__[1]


@dataclass(frozen=True)
class Case:
    """A type: its name in C, its class, values of it, and the bytes of a value as C has them."""

    c_type: str
    c_class: Any
    values: list[Any]
    to_bytes: Callable[[Any], bytes]
    used: tuple[int, int] = (1, 1)  # of so many bytes, so many are the value
    refused: tuple[str, ...] = ()  # by these conventions
    guard: str = "1"  # a condition of the preprocessor: what this compiler has


def int128_bytes(signed: bool) -> Callable[[Any], bytes]:
    return lambda value: value.to_bytes(16, "little", signed=signed)


LONG = zffi.c_longdouble
# The x87 format has 10 bytes of 16.
LONG_USED = (16, 10) if zffi.signature(LONG).plan.result.pieces[0].bank == "x87" else (1, 1)
NO_LONG_DOUBLE = ("apple64", "winarm64")  # that of those systems is a double
LONG_VALUES: list[Any] = [
    0,
    "0.1",
    "-0.1",
    "0x1.23456789abcdef12p-16400",
    2**63 + 1,
    "-0",
    "inf",
    "1e4900",
]


VECTORS: dict[str, tuple[str, Any, list[Any]]] = {
    "float_4": ("float", zffi.c_float, [1.5, -0.0, 2.0**-149, float("inf")]),
    "float_2": ("float", zffi.c_float, [1.5, -2.25]),
    "double_2": ("double", zffi.c_double, [0.1, -5e-324]),
    "int_4": ("int", zffi.c_int, [1, -2, 2**31 - 1, -(2**31)]),
    "short_4": ("short", zffi.c_short, [1, -2, 2**15 - 1, -(2**15)]),
    "unsigned_2": ("unsigned", zffi.c_uint, [2**32 - 1, 5]),
    "int64_2": ("int64_t", zffi.c_int64, [2**63 - 1, -(2**63)]),
    "uint8_16": ("uint8_t", zffi.c_uint8, list(range(240, 256))),
    "int8_8": ("int8_t", zffi.c_int8, list(range(-4, 4))),
}


def vector_case(element: str, c_class: Any, values: list[Any]) -> Case:
    kind = zffi.vector(c_class, len(values))
    made = [kind(), kind(values), kind(*values[::-1]), kind(values[0])]
    size = zffi.sizeof(kind)
    c_type = f"vector_{element}_{size}"
    return Case(c_type, kind, made, bytes, refused=("win64",) if size == 8 else ())


TYPEDEFS = "".join(
    f"typedef {element} vector_{element}_{size} __attribute__((vector_size({size})));\n"
    for element, size in sorted(
        {(element, zffi.sizeof(kind) * len(values)) for element, kind, values in VECTORS.values()}
    )
)


CASES = {
    **{f"vector_{name}": vector_case(*parts) for name, parts in VECTORS.items()},
    "longdouble": Case(
        "long double",
        LONG,
        [LONG(value) for value in LONG_VALUES],
        bytes,
        LONG_USED,
        refused=("win64", *NO_LONG_DOUBLE),
    ),
    "float_complex": Case(
        "_Complex float",
        zffi.c_float_complex,
        [0j, 1.5 - 2j, complex(-0.0, 2.0**-149), complex(float("inf"), -1)],
        lambda value: struct.pack("<2f", value.real, value.imag),
    ),
    "double_complex": Case(
        "_Complex double",
        zffi.c_double_complex,
        [0j, 0.1 - 0.2j, complex(-0.0, 5e-324), complex(float("-inf"), 1e308)],
        lambda value: struct.pack("<2d", value.real, value.imag),
    ),
    "longdouble_complex": Case(
        "_Complex long double",
        zffi.c_longdouble_complex,
        [zffi.c_longdouble_complex((part, LONG_VALUES[-i])) for i, part in enumerate(LONG_VALUES)],
        bytes,
        LONG_USED,
        refused=NO_LONG_DOUBLE,
    ),
    "int128": Case(
        "__int128",
        zffi.c_int128,
        [0, 1, -1, 2**64, -(2**64) - 5, 2**127 - 1, -(2**127), 0x0102030405060708090A0B0C0D0E0F10],
        int128_bytes(True),
    ),
    "uint128": Case(
        "unsigned __int128",
        zffi.c_uint128,
        [0, 2**63, 2**64, 2**128 - 1, 0xF102030405060708090A0B0C0D0E0F10],
        int128_bytes(False),
    ),
    "float16": Case(
        "_Float16",
        zffi.c_float16,
        [0.0, -0.0, 1.5, 2.0**-24, -(2.0**-14), 65504.0, float("inf"), float("-inf")],
        lambda value: struct.pack("<e", value),
        refused=("win64",),
        guard="!defined __clang__ || __clang_major__ >= 15 || defined __aarch64__",
    ),
}


def source(callees: Callees) -> str:
    """The callees of every type that the convention has."""
    texts = [
        f"#if {case.guard}\n"
        + callees_text(name, case.c_type, callees.attribute, *case.used)
        + "#endif\n"
        for name, case in CASES.items()
        if callees.abi not in case.refused
    ]
    return HEAD + TYPEDEFS + "".join(texts)


@pytest.fixture(scope="module")
def library(callees: Callees, compile_callees: Native) -> zffi.Library:
    path = compile_callees.text("wide", source(callees), flags=["-Wno-psabi"])
    return zffi.load(path, abi=callees.abi)


def made_here(callees: Callees, case: Case) -> bool:
    """Whether a compiler has the type: gcc has them all, and every one for arm64."""
    return case.guard == "1" or callees.build.compiler.name == "gcc" or IS_ARM64


def same_bits(case: Case, result: Any, value: Any) -> bool:
    if isinstance(value, Vector):
        assert list(result) == list(value)
    return type(result) is type(value) and case.to_bytes(result) == case.to_bytes(value)


@pytest.mark.parametrize("name", CASES)
def test_by_value(library: zffi.Library, callees: Callees, name: str) -> None:
    case = CASES[name]
    kind = case.c_class
    if callees.abi in case.refused:
        why = "gcc and clang disagree" if callees.abi == "win64" else "no 128-bit floating type"
        for result, arguments in ((kind, []), (None, [kind])):
            with pytest.raises(errors.TypeValidationError, match=why):
                zffi.signature(result, arguments, abi=callees.abi)
        return
    if not made_here(callees, case):
        assert f"same_{name}" not in library
        return
    same = library.func(f"same_{name}", kind, [kind])
    scalars = [c_int, *[c_double, c_long] * 5, c_double, c_double]
    types = [*scalars, kind, c_double, c_double, c_double, c_int, kind]
    after = library.func(f"after_{name}", kind, types)
    second = library.func(f"second_{name}", kind, [kind, c_short, kind, c_float, kind])
    differs = library.func(f"differs_{name}", c_int, [kind, c_const_void_p, kind])
    other = case.values[1]
    for value in case.values:
        assert same_bits(case, same(value), value)
        assert same_bits(case, same(kind(value)), value)
        assert differs(value, case.to_bytes(value), kind(value)) == 0
        assert same_bits(case, second(other, -2, value, 0.5, other), value)
        if not on_stack_is_ambiguous(callees, name):
            assert same_bits(case, after(*range(1, 14), value, 14, 15, 16, 17, other), value)


def on_stack_is_ambiguous(callees: Callees, name: str) -> bool:
    """clang before 18 aligns an __int128 on the stack to 8 bytes, gcc and the ABI to 16."""
    is_clang = callees.build.compiler.name == "clang"
    return is_clang and "int128" in name and callees.abi == "sysv64"


@pytest.mark.parametrize("name", CASES)
def test_in_memory(library: zffi.Library, callees: Callees, name: str) -> None:
    """Struct members, array elements, and what pointers point to."""
    case = CASES[name]
    if not made_here(callees, case) or callees.abi in case.refused:
        return
    kind = case.c_class

    class Box(zffi.Struct):
        _fields_ = [("before", c_char), ("value", kind), ("after", c_char)]

    make: Any = Box
    boxed = library.func(f"boxed_{name}", Box, [Box, kind])
    for value in case.values:
        box = boxed(make(b"b", case.values[1], b"b"), value)
        assert (box.before, box.after) == (b"c", b"a")
        assert same_bits(case, box.value, value)
        box.value = case.values[0]
        assert same_bits(case, box.value, case.values[0])
    row = (kind * len(case.values))(*case.values)
    reverse = library.func(f"reverse_{name}", None, [zffi.POINTER(kind), c_int])
    reverse(row, len(row))
    assert all(map(same_bits, [case] * len(row), row, case.values[::-1]))
    pointer = zffi.pointer(row)
    reverse(zffi.cast(pointer, zffi.POINTER(kind)), len(row))
    assert all(map(same_bits, [case] * len(row), row[:], case.values))
    one = zffi.cast(row, zffi.POINTER(kind))
    one[1] = case.values[-1]
    assert same_bits(case, row[1], case.values[-1])
    assert same_bits(case, one[1], case.values[-1])
    assert zffi.addressof(row) % zffi.alignment(kind) == 0
    assert zffi.addressof(kind()) % zffi.alignment(kind) == 0


@pytest.mark.parametrize("name", CASES)
def test_in_a_variadic_tail(library: zffi.Library, callees: Callees, name: str) -> None:
    case = CASES[name]
    if callees.attribute or callees.abi in case.refused:
        return  # Microsoft's convention has another va_list
    if not made_here(callees, case) or on_stack_is_ambiguous(callees, name):
        return
    if callees.abi == "apple64" and name == "float16":
        return  # clang's callers pass two bytes there, and its callees read a double
    kind = case.c_class
    pick = library.func(f"pick_{name}", kind, [c_int], fixed=1)
    for index, value in enumerate(case.values):
        tail = [part for i, v in enumerate(case.values) for part in (kind(v), 0.5, c_int(i))]
        assert same_bits(case, pick(index, *tail), value)


@pytest.mark.parametrize("name", CASES)
def test_zero_is_false(name: str) -> None:
    case = CASES[name]
    if isinstance(case.values[0], Vector):
        return  # true as any sequence that is not empty
    assert not case.c_class()
    assert case.c_class(case.values[1]) or case.values[1] == 0
    assert case.c_class(case.values[-1])
