"""Functions of 1 to 1024 arguments, whose result tells every position from every other."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from native import Native

import zffi
from zffi import (
    c_bool,
    c_double,
    c_float,
    c_int8,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_uintptr_t,
    c_void_p,
)

COUNTS = [*range(1, 16), 20, 32, 33, 60, 64, 127, 1000, 1024]

# Each kind of argument: its C type, its type here, and a value for a position.
Kind = tuple[str, Any, Callable[[int], Any]]
WORD: Kind = ("uint64_t", c_uint64, lambda i: (i * 0x9E3779B97F4A7C15) % 2**64)
NUMBER: Kind = ("double", c_double, lambda i: i * 0.5 - 7)
COUNT: Kind = ("int64_t", c_int64, lambda i: i - 3)
EVERY_KIND: list[Kind] = [
    ("int8_t", c_int8, lambda i: -128 + i),
    ("double", c_double, lambda i: i * 0.25),
    ("uint8_t", c_uint8, lambda i: 255 - i),
    ("int16_t", c_int16, lambda i: -32768 + i),
    ("float", c_float, lambda i: i * -0.5),
    ("uint16_t", c_uint16, lambda i: 65535 - i),
    ("int32_t", c_int32, lambda i: -(2**31) + i),
    ("_Bool", c_bool, lambda i: i % 2 == 0),
    ("uint32_t", c_uint32, lambda i: 2**32 - 1 - i),
    ("void *", c_void_p, lambda i: 2**40 + i),
    ("int64_t", c_int64, lambda i: -(2**45) + i),
]


def function_source(name: str, result: str, kinds: Sequence[Kind]) -> str:
    """A function that adds its arguments up, each as many times as its position says."""
    declared = ", ".join(f"{kind[0]} a{i}" for i, kind in enumerate(kinds))
    terms = "".join(
        f"    sum += ({result}){'(uintptr_t)' if '*' in kind[0] else ''}a{i} * {i + 1};\n"
        for i, kind in enumerate(kinds)
    )
    return f"{result} {name}({declared})\n{{\n    {result} sum = 0;\n{terms}    return sum;\n}}\n"


def cycle(kinds: Sequence[Kind], count: int) -> list[Kind]:
    return [kinds[i % len(kinds)] for i in range(count)]


def plain_source(count: int) -> str:
    declared = ", ".join(f"int64_t a{i}" for i in range(count))
    total = " + ".join(f"a{i}" for i in range(count))
    return f"int64_t sum{count}({declared})\n{{\n    return {total};\n}}\n"


@pytest.fixture(scope="module")
def sums(native: Native) -> zffi.Library:
    source = ["#include <stdint.h>\n"]
    for count in COUNTS:
        source.append(plain_source(count))
        source.append(function_source(f"words{count}", "uint64_t", cycle([WORD], count)))
        source.append(function_source(f"numbers{count}", "double", cycle([NUMBER], count)))
        source.append(function_source(f"mixed{count}", "double", cycle([COUNT, NUMBER], count)))
    for count in (40, 100):
        source.append(function_source(f"kinds{count}", "double", cycle(EVERY_KIND, count)))
    return zffi.load(native.text("sums", "\n".join(source)))


def call_weighted(library: zffi.Library, name: str, restype: Any, kinds: Sequence[Kind]) -> Any:
    """Calls, and checks the answer."""
    function = library.func(name, restype, [kind[1] for kind in kinds])
    values = [kind[2](i) for i, kind in enumerate(kinds)]
    expected: float = 0 if restype is c_uint64 else 0.0
    for i, value in enumerate(values):
        expected += value * (i + 1)  # rounded after each step, as C does; sum() is more exact
    assert function(*values) == (expected % 2**64 if restype is c_uint64 else expected)


@pytest.mark.parametrize("count", COUNTS)
def test_words(sums: zffi.Library, count: int) -> None:
    call_weighted(sums, f"words{count}", c_uint64, cycle([WORD], count))


@pytest.mark.parametrize("count", COUNTS)
def test_doubles(sums: zffi.Library, count: int) -> None:
    call_weighted(sums, f"numbers{count}", c_double, cycle([NUMBER], count))


@pytest.mark.parametrize("count", COUNTS)
def test_ints_and_doubles_by_turns(sums: zffi.Library, count: int) -> None:
    call_weighted(sums, f"mixed{count}", c_double, cycle([COUNT, NUMBER], count))


@pytest.mark.parametrize("count", [40, 100])
def test_every_kind_by_turns(sums: zffi.Library, count: int) -> None:
    call_weighted(sums, f"kinds{count}", c_double, cycle(EVERY_KIND, count))


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 1), (2, 3), (3, 6), (5, 15), (10, 55), (14, 105), (15, 120)]
)
def test_sum_of_1_to_n(sums: zffi.Library, count: int, expected: int) -> None:
    assert sums.func(f"sum{count}", c_int64, [c_int64] * count)(*range(1, count + 1)) == expected


@pytest.mark.parametrize(("count", "expected"), [(20, 210), (32, 528)])
def test_sum_of_addresses(sums: zffi.Library, count: int, expected: int) -> None:
    assert (
        sums.func(f"sum{count}", c_uintptr_t, [c_uintptr_t] * count)(*range(1, count + 1))
        == expected
    )


def test_one_argument_too_many_is_an_error_of_the_declaration(sums: zffi.Library) -> None:
    with pytest.raises(zffi.errors.SignatureError, match="1025"):
        sums.func("sum1", c_int64, [c_int64] * 1025)
