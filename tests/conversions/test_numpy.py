"""NumPy's scalars and arrays, which export and refuse buffers in their own way."""

from typing import Any

import pytest

import zffi
from zffi import c_const_void_p, c_int, c_size_t, c_void_p, errors

numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")


def test_scalars(echo: Any) -> None:
    integer = echo("echo_int32", c_int, c_int)
    for value in (numpy.int16(7), numpy.uint8(200), numpy.int64(-5)):
        assert integer(value) == int(value)
    number = echo("echo_double", zffi.c_double, zffi.c_double)
    for value in (numpy.float64(0.5), numpy.float32(0.25), numpy.int8(-3)):
        assert number(value) == float(value)
    for wrong in (numpy.float64(1), numpy.float32(1), numpy.zeros(2)):
        with pytest.raises(TypeError):
            integer(wrong)
    with pytest.raises(OverflowError):
        integer(numpy.int64(2**31))


def test_a_number_is_an_address_not_a_buffer(echo: Any) -> None:
    """NumPy's numbers export their bytes; an address given as one must not become its own."""
    value = numpy.uint64(0x123456789)
    for ctype in (c_void_p, c_const_void_p, zffi.c_char_p, zffi.c_wchar_p):
        address = echo("echo_pointer", zffi.c_uintptr_t, ctype)
        assert address(value) == 0x123456789
        assert ctype(value).value is not None if ctype is c_void_p else True
        for wrong in (numpy.float64(1), numpy.bool_(True), numpy.complex128(1)):
            with pytest.raises(errors.ArgumentError, match=r"expected .*, got"):
                address(wrong)
        with pytest.raises(errors.ArgumentOverflowError, match="is no address"):
            address(numpy.int64(-1))


def test_an_array_without_dimensions_is_memory(echo: Any) -> None:
    array = numpy.array(7, numpy.uint8)
    assert echo("sum_of", zffi.c_uint, c_void_p, c_size_t)(array, 1) == 7


def test_arrays(echo: Any) -> None:
    total = echo("sum_of", zffi.c_uint, c_void_p, c_size_t)
    fill = echo("fill", None, c_void_p, c_size_t, c_int)
    for shape in ((4,), (2, 2), (1, 4, 1)):
        array = numpy.array([1, 2, 3, 4], numpy.uint8).reshape(shape)
        assert total(array, 4) == 10
        fill(array, 4, 7)
        assert (array == 7).all()
    assert total(numpy.arange(8, dtype=numpy.uint8)[4:], 4) == 4 + 5 + 6 + 7


def test_read_only_arrays(echo: Any) -> None:
    array = numpy.array([1, 2, 3], numpy.uint8)
    array.flags.writeable = False
    assert echo("sum_of", zffi.c_uint, c_const_void_p, c_size_t)(array, 3) == 6
    with pytest.raises(errors.ArgumentError, match="is read-only and C may write to it"):
        echo("sum_of", zffi.c_uint, c_void_p, c_size_t)(array, 3)


def test_arrays_with_holes(echo: Any) -> None:
    for array in (numpy.zeros((4, 4))[:, 1], numpy.zeros((4, 4)).T, numpy.arange(8)[::-1]):
        for ctype in (c_void_p, c_const_void_p):
            with pytest.raises(errors.ArgumentError, match="buffer of ndarray is not contiguous"):
                echo("sum_of", zffi.c_uint, ctype, c_size_t)(array, 4)
