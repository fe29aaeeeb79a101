"""Arrays: elements, slices, text, filling at once, buffers, and what does not fit."""

import array
import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaks import blocks_left, need_classes_that_go

import zffi
from zffi import c_char, c_char_p, c_double, c_int, c_short, c_void_p, c_wchar, errors

Three = c_int * 3


def test_classes() -> None:
    assert c_int * 3 is Three
    assert 3 * c_int is Three
    assert Three.__name__ == "c_int_Array_3"
    assert (Three._type_, Three._length_) == (c_int, 3)
    assert zffi.sizeof(Three) == 12
    assert zffi.alignment(Three) == 4
    assert zffi.sizeof(Three * 5) == 60
    assert zffi.sizeof(c_int * 0) == 0
    for wrong in (-1, -(2**60)):
        with pytest.raises(ValueError, match="cannot have"):
            c_int * wrong
    for huge in (2**61, 2**62):
        with pytest.raises(OverflowError, match="larger than the address space"):
            c_int * huge
    with pytest.raises(OverflowError):
        (c_int * 2**40) * 2**40
    with pytest.raises((AttributeError, TypeError)):
        _ = c_int._length_


def test_too_large_to_have() -> None:
    with pytest.raises(MemoryError):
        (c_char * 2**50)()


def test_elements() -> None:
    values = Three(1, 2)
    assert list(values) == [1, 2, 0]
    assert len(values) == 3
    values[0], values[-1] = -5, 7
    assert [values[i] for i in (0, 1, 2, -1, -3)] == [-5, 2, 7, 7, -5]
    assert 7 in values
    for index in (3, -4, 2**62, 2**70, -(2**70)):
        with pytest.raises(IndexError):
            values[index]
        with pytest.raises(IndexError):
            values[index] = 0
    for wrong in ("a", 1.5, None):
        with pytest.raises(TypeError, match="must be an int or a slice"):
            values[wrong]  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="cannot be deleted"):
        del values[0]  # type: ignore[attr-defined]


def test_wrong_elements() -> None:
    values = Three(1, 2, 3)
    with pytest.raises(errors.ArgumentError, match=r"_Array_3\[1\] \(int\): expected an integer"):
        values[1] = "x"
    with pytest.raises(errors.ArgumentOverflowError, match=r"_Array_3\[2\] \(int\): 4294967296"):
        Three(1, 2, 2**32)
    with pytest.raises(ValueError, match="room for 3, got 4"):
        Three(1, 2, 3, 4)
    with pytest.raises(TypeError, match="no keyword"):
        Three(a=1)  # type: ignore[call-arg]
    assert list(values) == [1, 2, 3]


def test_slices() -> None:
    values = (c_int * 10)(*range(10))
    for cut in (slice(None), slice(2, 5), slice(None, None, -1), slice(8, 2, -3), slice(5, 5)):
        assert values[cut] == list(range(10))[cut]
    values[2:5] = [20, 30, 40]
    values[::-5] = (99, 44)
    assert list(values) == [0, 1, 20, 30, 44, 5, 6, 7, 8, 99]
    for wrong in ([1], [1, 2, 3, 4], range(2), array.array("i", [1])):
        with pytest.raises(ValueError, match="a slice of 3 elements cannot take"):
            values[:3] = wrong
    with pytest.raises(TypeError):
        values[:3] = 5


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_filling_from_buffers(code: str) -> None:
    """The same format is copied as it is; another one goes element by element, checked."""
    ctypes_by_code: dict[str, Any] = {
        "b": zffi.c_int8, "B": zffi.c_uint8, "h": zffi.c_short, "H": zffi.c_ushort,
        "i": zffi.c_int, "I": zffi.c_uint, "l": zffi.c_long, "L": zffi.c_ulong,
        "q": zffi.c_longlong, "Q": zffi.c_ulonglong, "f": zffi.c_float, "d": zffi.c_double,
    }  # fmt: skip
    source = array.array(code, [1, 2, 100, 127])
    target = (ctypes_by_code[code] * 4)()
    target[:] = source
    assert list(target) == list(source)
    assert bytes(target) == source.tobytes()
    wide = (c_double * 4)()
    wide[:] = source
    assert list(wide) == [1.0, 2.0, 100.0, 127.0]
    target[1:3] = memoryview(source)[2:]
    assert list(target) == [1, 100, 127, 127]
    target[:] = memoryview(source)[::-1]
    assert list(target) == [127, 100, 2, 1]


def test_filling_checks_every_element() -> None:
    small = (zffi.c_int8 * 3)()
    with pytest.raises(OverflowError, match=r"\[2\]"):
        small[:] = array.array("i", [1, 2, 300])
    with pytest.raises(TypeError):
        small[:] = array.array("d", [1, 2, 3])


@given(values=st.lists(st.integers(min_value=-(2**31), max_value=2**31 - 1), max_size=50))
def test_any_list(values: list[int]) -> None:
    made = (c_int * len(values))(*values)
    assert list(made) == values == made[:]
    made[:] = values[::-1]
    assert made[::-1] == values


def test_text() -> None:
    text = (c_char * 8)()
    text.value = b"hello"
    assert text.value == text[:5] == b"hello"
    assert text.raw == b"hello\0\0\0"
    text[0] = b"j"
    text[1:3] = b"am"
    assert text.value == b"jamlo"
    assert text[::2] == b"jmo\0"
    text.raw = b"12345678"
    assert text.value == b"12345678"
    with pytest.raises(errors.ArgumentValueError, match="room for 8, got 9"):
        text.value = b"123456789"
    wide = (c_wchar * 4)()
    wide.value = "né漢"
    assert wide.value == wide[:3] == "né漢"
    with pytest.raises(ValueError, match="room for 4, got 5"):
        wide.value = "12345"
    with pytest.raises(AttributeError):
        _ = Three().value
    with pytest.raises(AttributeError):
        Three().value = b"x"


def test_string_buffers() -> None:
    assert len(zffi.create_string_buffer(10)) == 10
    buffer = zffi.create_string_buffer(b"abc")
    assert (len(buffer), buffer.value, buffer.raw) == (4, b"abc", b"abc\0")
    assert zffi.create_string_buffer(b"abc", 10).raw == b"abc" + bytes(7)
    assert zffi.create_unicode_buffer("né").value == "né"
    assert len(zffi.create_unicode_buffer("né", 10)) == 10
    with pytest.raises(ValueError, match="room for 2"):
        zffi.create_string_buffer(b"abc", 2)
    getcwd = zffi.load("c").func("getcwd", c_char_p, [c_char_p, zffi.c_size_t])
    folder = zffi.create_string_buffer(4096)
    assert getcwd(folder, len(folder)) == folder.value


def test_nested() -> None:
    grid: Any = ((c_int * 2) * 3)((1, 2), [3, 4])
    assert [list(row) for row in grid] == [[1, 2], [3, 4], [0, 0]]
    row = grid[2]
    row[1] = 9
    assert grid[2][1] == 9
    grid[0] = (7,)
    assert list(grid[0]) == [7, 0]
    grid[1] = row
    assert list(grid[1]) == [0, 9]
    with pytest.raises(ValueError, match="room for 2, got 3"):
        grid[0] = (1, 2, 3)
    with pytest.raises(errors.ArgumentError, match=r"expected int \[2\], got int"):
        grid[0] = 5
    view = memoryview(grid)
    assert (view.shape, view.strides, view.format) == ((3, 2), (8, 4), "i")
    rows: Any = view.tolist()
    assert rows == [[7, 0], [0, 9], [0, 9]]


def test_views_hold_the_memory() -> None:
    row = ((c_int * 2) * 3)((1, 2), (3, 4))[1]
    gc.collect()
    [((c_int * 2) * 3)() for _ in range(50)]
    assert list(row) == [3, 4]
    gone = weakref.ref(row)
    del row
    gc.collect()
    assert gone() is None


def test_strings_in_arrays_are_kept() -> None:
    names = (c_char_p * 3)("first" * 10, b"second" * 10)
    gc.collect()
    ["w" * (50 + i) for i in range(50)]
    assert list(names) == [b"first" * 10, b"second" * 10, None]
    copy = (c_char_p * 3)()
    copy[:] = list(names)
    del names
    gc.collect()
    assert copy[1] == b"second" * 10


def test_repr_and_equality() -> None:
    assert repr(Three(1, 2, 3)) == "c_int_Array_3(1, 2, 3)"
    assert repr((c_int * 100)()).endswith("0, 0, ...)")
    assert repr((c_char * 4)(b"a")) == "c_char_Array_4(b'a')"
    assert repr((c_void_p * 2)(4096)) == "c_void_p_Array_2(c_void_p(0x1000), c_void_p(None))"
    assert repr((c_char_p * 1)(4096)) == "c_char_p_Array_1(c_char_p(0x1000))"
    assert Three(1, 2, 3) == Three(1, 2, 3) != Three(1, 2, 4)
    assert Three(1, 2, 3) != (zffi.c_int32 * 3)(1, 2, 3)
    assert (c_double * 1)(0.0) == (c_double * 1)(-0.0)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Three())


def test_buffers_both_ways() -> None:
    memory = bytearray(12)
    values = Three.from_buffer(memory)
    values[:] = [1, 2, 3]
    assert array.array("i", memory).tolist() == [1, 2, 3]
    with pytest.raises(BufferError):
        memory.append(0)
    copy = Three.from_buffer_copy(memory)
    memory[0] = 9
    assert (values[0], copy[0]) == (9, 1)
    assert Three.from_buffer_copy(bytes(16), 4)[0] == 0
    for wrong in ((bytes(11),), (bytes(12), 1), (bytes(12), -1), (b"", 2**62)):
        with pytest.raises(ValueError, match="has no room for c_int_Array_3"):
            Three.from_buffer_copy(*wrong)
    with pytest.raises(TypeError, match="read-only"):
        Three.from_buffer(bytes(12))
    with pytest.raises(TypeError, match="not contiguous"):
        Three.from_buffer_copy(memoryview(bytes(24))[::2])
    view = memoryview(values)
    assert (view.format, view.shape, view.readonly) == ("i", (3,), False)
    shared = Three.from_address(zffi.addressof(values))
    shared[1] = 55
    assert values[1] == 55
    for nothing in (0, -1, 2**64):
        with pytest.raises((ValueError, OverflowError)):
            Three.from_address(nothing)


def test_numpy_shares_the_memory() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    grid = ((c_short * 4) * 3)()
    seen = numpy.asarray(grid)
    assert (seen.shape, seen.dtype) == ((3, 4), numpy.int16)
    seen[1, 2] = 77
    assert grid[1][2] == 77
    values = (c_double * 4).from_buffer(numpy.arange(4.0))
    assert list(values) == [0.0, 1.0, 2.0, 3.0]
    values[:] = numpy.array([4.0, 3.0, 2.0, 1.0])
    assert values[0] == 4.0


def test_arrays_as_arguments() -> None:
    c = zffi.load("c")
    target, source = Three(), Three(1, 2, 3)
    c.func("memcpy", c_void_p, [c_void_p, zffi.c_const_void_p, zffi.c_size_t])(target, source, 12)
    assert target == source
    for argtypes, restype in (([Three], None), ([], Three)):
        with pytest.raises(errors.TypeValidationError, match="C passes no array by value"):
            zffi.signature(restype, argtypes)


def test_classes_go_away() -> None:
    need_classes_that_go()

    class Own(zffi.c_int):
        pass

    made = (Own * 7)(1, 2)
    assert list(made)[:2] == [1, 2]
    gone = weakref.ref(Own * 7)
    del made, Own
    gc.collect()
    assert gone() is None


def test_no_leak() -> None:
    def use() -> None:
        names = (c_char_p * 3)("x" * 50, b"y")
        names[2] = bytearray(b"z\0")
        grid = ((c_int * 2) * 3)((1, 2))
        grid[1] = [1, 2]
        grid[0] = grid[1]
        memoryview(grid).tolist()
        repr(names), repr(grid), grid == grid[:]
        for wrong in ("x", [1, "x"], 5):
            with pytest.raises(TypeError):
                grid[0] = wrong

    assert blocks_left(use, 50, warm_up=20) < 40
