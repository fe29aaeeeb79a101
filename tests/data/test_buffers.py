"""Buffers of data: formats, shapes and strides, what NumPy and memoryview make of them, and data in
the buffers of others."""

import array
import gc
from typing import Annotated, Any

import pytest

import zffi
from zffi import Pointer, Struct, Union, c_char, c_double, c_int, c_short, c_uint, types

Order = c_int.__ctype_be__


class Point(Struct):
    x: types.double
    y: types.float_


class Word(Union):
    whole: types.uint32
    half: types.uint16


class Mixed(Struct):
    tag: types.char
    number: types.int64
    low: types.uint = zffi.field(bits=3)
    high: types.uint = zffi.field(bits=9)
    word: Word
    point: Point
    points: Annotated[zffi.Array[Point], Point * 2]
    grid: Annotated[Any, (c_short * 3) * 2]
    link: Pointer[Point]
    text: types.char_p
    last: types.bool_


class Packed(Struct, packed=True):
    a: types.int8
    b: types.double
    c: types.uint16


class Big(Struct, endian="big"):
    number: types.int_
    byte: types.uint8
    row: Annotated[zffi.Array[int], c_short * 2]
    real: types.double


EXPORTS: list[tuple[Any, str, int, tuple[int, ...]]] = [
    (c_int(), "i", 4, ()),
    (zffi.c_bool(), "?", 1, ()),
    (c_char(), "c", 1, ()),
    (Order(), ">i", 4, ()),
    ((c_int * 3)(), "i", 4, (3,)),
    ((c_int * 0)(), "i", 4, (0,)),
    ((Order * 3)(), ">i", 4, (3,)),
    (((c_short * 3) * 2)(), "h", 2, (2, 3)),
    ((((c_short * 4) * 3) * 2)(), "h", 2, (2, 3, 4)),
    (Point(0, 0), "T{<d:x:<f:y:4x}", 16, ()),
    (Packed(0, 0, 0), "T{<b:a:<d:b:<H:c:}", 11, ()),
    (Word(), "T{4x}", 4, ()),
    (zffi.zeroed(Big), "T{>i:number:<B:byte:1x(2)>h:row:6x>d:real:}", 24, ()),
    ((Point * 5)(), "T{<d:x:<f:y:4x}", 16, (5,)),
    (((Point * 5) * 2)(), "T{<d:x:<f:y:4x}", 16, (2, 5)),
    (zffi.struct("Empty").build()(), "T{}", 0, ()),
    (zffi.struct("Bits").field("a", c_uint, bits=3).build()(), "T{4x}", 4, ()),
]


@pytest.mark.parametrize(("value", "form", "size", "shape"), EXPORTS)
def test_exports(value: Any, form: str, size: int, shape: tuple[int, ...]) -> None:
    view = memoryview(value)
    assert (view.format, view.itemsize, view.shape) == (form, size, shape)
    strides = [size]
    for length in reversed(shape[1:]):
        strides.insert(0, strides[0] * length)
    assert view.strides == tuple(strides[: len(shape)])
    assert view.nbytes == zffi.sizeof(value)
    assert (view.readonly, view.c_contiguous) == (False, True)
    assert zffi.addressof(value) or not view.nbytes


def test_native_formats_can_be_indexed() -> None:
    values = (c_int * 3)(1, 2, 3)
    view: Any = memoryview(values)
    view[1] = 20
    view[2:] = array.array("i", [30])
    assert (list(values), view.tolist(), view[::-1].tolist()) == ([1, 20, 30],) * 2 + ([30, 20, 1],)
    raw = view.cast("B")
    raw[0] = 5
    assert (values[0], raw.nbytes) == (5, 12)
    assert raw.cast("I", (3, 1)).tolist() == [[5], [20], [30]]
    whole: Any = memoryview(c_double(2.5))
    assert whole[()] == 2.5


def test_numpy_sees_members() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    values: Any = (Mixed * 3)()
    seen = numpy.asarray(values)
    size = zffi.sizeof(Mixed)
    assert (seen.shape, seen.strides, seen.dtype.itemsize) == ((3,), (size,), size)
    fields = {field.name: field for field in Mixed._members_}
    assert set(seen.dtype.names) == fields.keys() - {"low", "high"}
    for name in seen.dtype.names:
        assert seen.dtype.fields[name][1] == fields[name].offset, name
        assert seen.dtype.fields[name][0].itemsize == fields[name].size, name
    values[1].number, values[1].tag, values[1].point = -5, b"x", (1, 2)
    values[1].points[1].y, values[1].grid[1][2], values[1].last = 7, 9, True
    one = seen[1]
    assert (one["number"], one["tag"], tuple(one["point"])) == (-5, b"x", (1.0, 2.0))
    assert (one["points"]["y"][1], one["grid"][1, 2], bool(one["last"])) == (7.0, 9, True)
    seen["number"] = [10, 20, 30]
    seen["points"]["x"][:, 0] = 4.5
    assert [value.number for value in values] == [10, 20, 30]
    assert [value.points[0].x for value in values] == [4.5] * 3
    assert seen["link"].dtype == numpy.uint64


def test_numpy_sees_other_byte_orders() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    values: Any = (Big * 2)((1, 2, (3, 4), 0.5), (-1,))
    seen = numpy.asarray(values)
    assert (seen["number"].tolist(), seen["row"][0].tolist()) == ([1, -1], [3, 4])
    assert seen["real"][0] == 0.5
    seen["row"] = [[256, 1], [2, 3]]
    assert [list(value.row) for value in values] == [[256, 1], [2, 3]]
    row = (Order * 3)(1, 2, 3)
    assert numpy.asarray(row).tolist() == [1, 2, 3]
    assert numpy.asarray(row).dtype == numpy.dtype(">i4")
    packed = (Packed * 2)((1, 2.5, 3))
    assert numpy.asarray(packed)["b"].tolist() == [2.5, 0.0]


def test_data_in_numpy_arrays() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    source = numpy.zeros(4, dtype=[("x", "f8"), ("y", "f4"), ("pad", "V4")])
    points: Any = (Point * 3).from_buffer(source, 16)
    points[0] = (1, 2)
    assert (source["x"].tolist(), source["y"][1]) == ([0, 1, 0, 0], 2)
    assert Point.from_buffer_copy(source, 16) == Point(1, 2)
    assert ((c_short * 2) * 2).from_buffer(numpy.arange(4, dtype="h").reshape(2, 2))[1][0] == 2
    source.flags.writeable = False
    with pytest.raises(TypeError, match="read-only"):
        Point.from_buffer(source)
    assert Point.from_buffer_copy(source, 16).x == 1.0
    columns = numpy.zeros((4, 4))
    for wrong in (columns[:, 1], columns[::2], columns.T[1:], numpy.asfortranarray(columns)):
        for make in ((c_double * 2).from_buffer, (c_double * 2).from_buffer_copy):
            with pytest.raises(TypeError, match="not contiguous"):
                make(wrong)
    for offset in (1, 8, -1, 2**62):
        with pytest.raises(ValueError, match="has no room for c_double_Array_16"):
            (c_double * 16).from_buffer(columns, offset)


def test_buffers_stay_as_long_as_they_are_used() -> None:
    memory = bytearray(b"\1\2\3\4" * 4)
    view: Any = (Packed * 1).from_buffer(memory)[0]
    with pytest.raises(BufferError):
        memory.clear()
    inner = memoryview(view)
    del view
    gc.collect()
    with pytest.raises(BufferError):
        memory.clear()
    inner.release()
    gc.collect()
    memory.clear()
    assert memory == b""


# -- Filling arrays --------------------------------------------------------------------------------

SOURCES: dict[str, Any] = {
    "list": [1, 2, 3],
    "tuple": (1, 2, 3),
    "range": range(1, 4),
    "generator": None,
    "dict": {1: "a", 2: "b", 3: "c"},
    "bytes": b"\1\2\3",
    "same format": array.array("i", [1, 2, 3]),
    "narrower": array.array("b", [1, 2, 3]),
    "wider": array.array("q", [1, 2, 3]),
    "unsigned": array.array("I", [1, 2, 3]),
    "reversed": memoryview(array.array("i", [3, 2, 1]))[::-1],
    "array": (c_int * 3)(1, 2, 3),
    "other array": (c_short * 3)(1, 2, 3),
    "other order": (Order * 3)(1, 2, 3),
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("kind", [c_int, c_short, Order, c_double, zffi.c_uint64])
def test_filling(kind: Any, name: str) -> None:
    source = SOURCES[name] if name != "generator" else (i for i in (1, 2, 3))
    target = (kind * 5)(*[9] * 5)
    target[1:4] = source
    assert list(target) == [9, 1, 2, 3, 9]


def test_filling_from_numpy() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    for dtype in ("i1", "u2", "i4", ">i4", "i8", ">u8"):
        target = (c_int * 3)()
        target[:] = numpy.array([1, 2, 3], dtype=dtype)
        assert list(target) == [1, 2, 3], dtype
    reals = (c_double * 3)()
    for dtype in ("f4", "f8", ">f8", "f2", "i4"):
        reals[:] = numpy.array([1, 2, 3], dtype=dtype)
        assert list(reals) == [1.0, 2.0, 3.0], dtype
    target = (zffi.c_int8 * 3)(7, 7, 7)
    wrong: Any
    for wrong in ([1, 2, 300], [1.0, 2.0, 3.0], [[1], [2], [3]], [1, 2], 5):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            target[:] = numpy.array(wrong)
    assert target[2] == 7


def test_filling_from_itself() -> None:
    values = (c_int * 6)(*range(6))
    values[1:] = memoryview(values)[:5]
    assert list(values) == [0, 0, 1, 2, 3, 4]
    values[:] = values[::-1]
    assert list(values) == [4, 3, 2, 1, 0, 0]
    with pytest.raises(ValueError, match="a slice of 2 elements cannot take 6"):
        values[:2] = values


def test_text_at_odd_places() -> None:
    class Odd(Struct, packed=True):
        tag: types.char
        wide: Annotated[str, zffi.c_wchar * 4]
        number: types.double

    odd: Any = Odd(b"x", "ab", 1.5)
    assert (odd.wide.value, odd.wide[:2], odd.number) == ("ab", "ab", 1.5)
    odd.wide = "wörd"
    assert (odd.wide.value, odd.wide[3]) == ("wörd", "d")
    odd.wide.value = "c"
    assert (odd.wide.value, odd.wide[1], repr(odd.wide)) == ("c", "\0", "c_wchar_Array_4('c')")
    assert (odd.tag, odd.number) == (b"x", 1.5)
