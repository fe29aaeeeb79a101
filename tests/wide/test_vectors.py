"""Vectors as Python objects: their classes, their elements, and what is refused."""

import pickle
from typing import Any

import pytest

import zffi
from zffi import c_double, c_float, c_int, c_uint8, errors, vector

Four = vector(c_float, 4)


def test_class() -> None:
    assert vector(c_float, 4) is Four
    assert vector(c_float, 2) is not Four
    assert (Four._type_, Four._length_) == (c_float, 4)
    assert (zffi.sizeof(Four), zffi.alignment(Four)) == (16, 16)
    assert Four.__name__ == "c_float_Vector_4"
    assert pickle.loads(pickle.dumps(Four)) is Four
    assert str(zffi.signature(Four)) == "float __attribute__((vector_size(16))) (void)"


def test_elements() -> None:
    value = Four(1, 2.5, -3)
    assert len(value) == 4
    assert list(value) == [1.0, 2.5, -3.0, 0.0]
    assert value[1] == 2.5
    assert value[-1] == 0
    assert value[1:3] == [2.5, -3.0]
    value[3] = 4
    value[:2] = [8, 9]
    assert repr(value) == "c_float_Vector_4(8.0, 9.0, -3.0, 4.0)"
    assert value == Four([8, 9, -3, 4]) == Four((8, 9, -3, 4))
    assert value == Four(value)
    assert value != Four()
    assert 9.0 in value
    assert bytes(value) == value.raw
    for index in (4, -5):
        with pytest.raises(IndexError):
            value[index]


def test_buffer() -> None:
    view = memoryview(Four(1, 2, 3, 4))
    assert (view.format, view.shape, view.strides, view.itemsize) == ("f", (4,), (4,), 4)
    assert view.tolist() == [1, 2, 3, 4]
    np = pytest.importorskip("numpy")
    assert list(np.array(Four(1, 2, 3, 4)) * 2) == [2, 4, 6, 8]
    assert Four(np.arange(4, dtype=np.float32)) == Four(0, 1, 2, 3)
    rows = (Four * 2)((1, 2, 3, 4), [5, 6])
    assert np.array(rows).shape == (2, 4)
    assert np.array(rows)[1].tolist() == [5, 6, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((1, 2, 3, 4, 5), ValueError),
        (([1, 2, 3, 4, 5],), ValueError),
        (("four",), errors.ArgumentError),
        ((1, "2"), errors.ArgumentError),
        ((1e39,), errors.ArgumentOverflowError),
    ],
)
def test_wrong_values(arguments: tuple[Any, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        Four(*arguments)


@pytest.mark.parametrize(
    ("element", "count", "why"),
    [
        (c_float, 3, "its elements of 4 are 2 or 4"),
        (c_float, 8, "8 or 16 bytes"),
        (c_uint8, 2**60, "8 or 16 bytes"),
        (c_double, 1, "at least 2"),
        (zffi.c_int128, 1, "at least 2"),
        (c_int, 0, "at least 2"),
        (c_int, -4, "at least 2"),
        (zffi.c_longdouble, 2, "are integers, _Float16, float or double"),
        (zffi.c_char, 16, "are integers"),
        (zffi.c_bool, 16, "are integers"),
        (zffi.c_void_p, 2, "are integers"),
        (zffi.c_float_complex, 2, "are integers"),
        (Four, 2, "are integers"),
        (c_int * 2, 2, "are integers"),
        (int, 4, "is not a C type"),
    ],
)
def test_no_such_vector(element: Any, count: int, why: str) -> None:
    with pytest.raises(errors.TypeValidationError, match=why):
        vector(element, count)


def test_no_address() -> None:
    """A vector stands for its value alone, an array of them for its address."""
    value, c = Four(1, 2, 3, 4), zffi.load("c")
    take = c.func("labs", zffi.c_long, [zffi.c_void_p])
    with pytest.raises(errors.ArgumentError, match="byref"):
        take(value)
    assert take(zffi.byref(value)) == zffi.addressof(value)
    row = (Four * 2)(value)
    assert take(row) == zffi.addressof(row)
    typed = c.func("labs", zffi.c_long, [zffi.POINTER(Four)])
    assert typed(value) == zffi.addressof(value)
    assert typed(row) == zffi.addressof(row)
    with pytest.raises(errors.ArgumentError):
        c.func("labs", zffi.c_long, [zffi.POINTER(c_float)])(value)


@pytest.mark.parametrize("value", [(1, 2, 3, 4), 1.0, vector(c_int, 4)(), (c_float * 4)(), None])
def test_other_values_for_a_vector(value: Any) -> None:
    take = zffi.load("c").func("abs", c_int, [Four])
    with pytest.raises(errors.ArgumentError, match="expected float __attribute__"):
        take(value)


def test_in_structs() -> None:
    class Box(zffi.Struct):
        _fields_ = [("first", zffi.c_char), ("value", Four)]

    make: Any = Box
    box = make(b"a", (1, 2, 3, 4))
    assert Box._members_[1].offset == 16
    box.value[2] = 9
    assert box.value == Four(1, 2, 9, 4)
    box.value = Four(5)
    assert list(box.value) == [5, 0, 0, 0]
