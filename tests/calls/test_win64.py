"""Calls by the Windows x64 convention, on this machine: the ABI is a parameter."""

import pytest
from native import Native
from native.callees import IS_ARM64

import zffi
from zffi import POINTER, c_double, c_float, c_int, c_int8, c_int16, c_int32, c_int64

pytestmark = pytest.mark.skipif(IS_ARM64, reason="win64 is a convention of x86-64")


@pytest.fixture(scope="module")
def library(native: Native) -> zffi.Library:
    return zffi.load(native("win64.c"), abi="win64")


def test_registers_and_stack(library: zffi.Library) -> None:
    integers = [c_int64, c_int32, c_int16, c_int8, zffi.c_uint32, zffi.c_uint8, c_int64]
    weighted = library.func("weighted_integers", c_int64, integers)
    assert weighted(1, 2, 3, 4, 5, 6, 7) == 7654321
    assert weighted(-1, -2, -3, -4, 2**32 - 1, 255, -7) == (
        -1 - 20 - 300 - 4000 + 10000 * (2**32 - 1) + 25500000 - 7000000
    )
    mixed = [c_double, c_int64, c_float, c_int64, c_double, c_int32, c_float]
    assert library.func("weighted_mixed", c_double, mixed)(1, 2, 3, 4, 5, 6, 7) == 7654321.0


def test_results_and_pointers(library: zffi.Library) -> None:
    assert library.func("half", c_float, [c_float])(5) == 2.5
    value = c_int()
    library.func("store", None, [POINTER(c_int), c_int])(value, 42)
    assert value.value == 42
    assert library.func("narrow", zffi.c_uint8, [c_int64])(0x1FF) == 255


def test_variadic(library: zffi.Library) -> None:
    """A floating value goes into both kinds of registers there; twice with other values."""
    total = library.func("sum_variadic", c_double, [c_int], fixed=1)
    for factor in (1, -3):
        for pairs in (0, 1, 2, 5):
            tail = [part for i in range(pairs) for part in (factor * i, factor * i / 2)]
            assert total(pairs, *tail) == sum(tail[::2]) + 1000 * sum(tail[1::2])


def test_plan(library: zffi.Library) -> None:
    function = library.func("half", c_float, [c_float])
    assert zffi.info(function).abi == "win64"
    plan = zffi.signature(c_int, [c_int, c_double, c_int, c_double, c_int], abi="win64").plan
    registers = [place.pieces[0].register for place in plan.arguments]
    assert registers == ["rcx", "xmm1", "r8", "xmm3", None]
    assert plan.arguments[4].pieces[0].number == 32  # behind the shadow space
