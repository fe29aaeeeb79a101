"""Structs and unions in Python: members, layout, bit-fields, nesting, and what is refused."""

import gc
import inspect
import sys
import weakref
from typing import Annotated, Any

import pytest
from leaks import need_classes_that_go

import zffi
from zffi import Struct, Union, c_char, c_double, c_int, c_int64, c_ubyte, c_uint, errors, types

MAKE: Any = type(c_int)


class Point(Struct):
    x: types.double
    y: types.double


class Line(Struct):
    start: Point
    end: c_double * 2  # type: ignore[valid-type]
    name: c_char * 8  # type: ignore[valid-type]


class Flags(Struct):
    _fields_ = [
        ("a", c_uint, 3),
        ("b", c_int, 5),
        ("c", c_ubyte, 8),
        (None, c_uint, 4),
        ("d", c_uint, 12),
    ]


class Number(Union):
    integer: types.int64
    real: types.double


def test_members() -> None:
    point = Point(1, y=2)
    assert (point.x, point.y) == (1.0, 2.0)
    point.x = 5
    assert point == Point(5.0, 2.0) != Point(5.0, 3.0)
    assert repr(point) == "Point(x=5.0, y=2.0)"
    assert Point() == Point(0, 0)  # type: ignore[call-arg]
    assert bytes(point) == bytes(c_double(5)) + bytes(c_double(2))
    assert [field.name for field in Point._members_] == ["x", "y"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(point)


def test_signature() -> None:
    class Circle(Struct):
        radius: types.double
        colour: types.int_ = 7

    class Square(Struct):
        side: types.double

        def __init__(self, area: float) -> None:
            super().__init__(area**0.5)

    assert str(inspect.signature(Circle)) == "(radius=0.0, colour=7)"
    assert list(inspect.signature(Square).parameters) == ["area"]
    assert Square(area=9) == Square(9)
    assert Square(9).side == 3


def test_fields() -> None:
    field: Any = vars(Point)["y"]
    assert (field.name, field.type, field.offset, field.size) == ("y", c_double, 8, 8)
    assert (field.bit_offset, field.bit_width) == (None, None)
    assert repr(field) == "<Field y: double, offset 8, 8 bytes>"
    bits: Any = vars(Flags)["d"]
    assert (bits.offset, bits.bit_offset, bits.bit_width) == (2, 4, 12)
    with pytest.raises(TypeError, match="x is a member of Point, not of Number"):
        vars(Point)["x"].__get__(Number())
    with pytest.raises(TypeError, match="not of int"):
        vars(Point)["x"].__set__(5, 1)


def test_wrong_values() -> None:
    point = Point(1, 2)
    with pytest.raises(
        errors.ArgumentError, match=r"Point\.x \(double\): expected a number, got str"
    ):
        point.x = "x"  # type: ignore[assignment]
    for make, words in (
        (lambda: Point(1, 2, 3), "takes at most 2 values"),  # type: ignore[call-arg]
        (lambda: Point(z=1), "has no member 'z'"),  # type: ignore[call-arg]
        (lambda: Point(1, x=1), "two values for 'x'"),  # type: ignore[call-arg, misc]
    ):
        with pytest.raises(TypeError, match=words):
            make()  # type: ignore[no-untyped-call]
    with pytest.raises(AttributeError):
        del point.x
    assert point == Point(1, 2)


def test_nested() -> None:
    line = Line((1, 2), (3, 4), b"line")  # type: ignore[arg-type]
    assert line.start == Point(1, 2)
    line.start.y = 9
    assert line.start == Point(1, 9)
    line.start = Point(7, 8)
    line.end[1] = 0.5
    assert repr(line) == (
        "Line(start=Point(x=7.0, y=8.0), end=c_double_Array_2(3.0, 0.5), "
        "name=c_char_Array_8(b'line'))"
    )
    assert line.name.value == b"line"
    start = line.start
    del line
    gc.collect()
    [Line() for _ in range(50)]  # type: ignore[call-arg]
    assert start == Point(7, 8)
    wrong: Any
    for wrong in (5, Number(), "x"):
        with pytest.raises(errors.ArgumentError, match=r"Line\.start \(struct Point\): expected"):
            Line(wrong)  # type: ignore[call-arg]


def test_bit_fields() -> None:
    flags = Flags(7, -16, 255, 4095)
    assert (flags.a, flags.b, flags.c, flags.d) == (7, -16, 255, 4095)  # type: ignore[attr-defined]
    assert bytes(flags) == bytes([0b10000111, 255, 0xF0, 0xFF])
    for name, wrong in (("a", 8), ("a", -1), ("b", 16), ("b", -17), ("c", 256), ("d", 4096)):
        with pytest.raises(errors.ArgumentOverflowError, match=rf"Flags\.{name}"):
            setattr(flags, name, wrong)
    flags.b = 15  # type: ignore[attr-defined]
    assert (flags.a, flags.b, flags.c, flags.d) == (7, 15, 255, 4095)  # type: ignore[attr-defined]


def test_bit_fields_of_characters() -> None:
    """In C they are integers, and so they are here."""

    class Letters(Struct):
        _fields_ = [("a", c_char, 3), ("b", zffi.c_wchar, 5)]

    letters: Any = Letters(3, 15)
    assert (letters.a, letters.b) == (3, 15)
    for name, wrong in (("a", b"x"), ("a", 8), ("b", "x"), ("b", 32)):
        with pytest.raises(errors.ArgumentError, match=rf"Letters\.{name}"):
            setattr(letters, name, wrong)
    assert (letters.a, letters.b) == (3, 15)


def test_bit_fields_of_bytes_in_big_endian() -> None:
    class Byte(Struct, endian="big"):
        high: Annotated[int, zffi.c_ubyte, zffi.field(bits=3)]
        low: Annotated[int, zffi.c_byte, zffi.field(bits=5)]
        flag: Annotated[bool, zffi.c_bool, zffi.field(bits=1)]

    assert bytes(Byte(0b101, -16, True)) == bytes([0b10110000, 0b10000000])
    assert repr(Byte.from_buffer_copy(b"\x2f\x80")) == "Byte(high=1, low=15, flag=True)"


def test_anonymous_in_anonymous() -> None:
    inner = zffi.struct("Inner").field("x", c_int).build()
    middle = zffi.union("Middle").field(None, inner).field("all", c_int).build()
    outer = zffi.struct("Outer").field(None, middle).field("y", c_int).field(None, inner)
    with pytest.raises(errors.SignatureError, match="two members are called 'x'"):
        outer.build()
    outer = zffi.struct("Outer").field("y", c_int).field(None, middle)
    assert outer.build()(x=5).all == 5


def test_wide_bit_fields() -> None:
    class Wide(Struct, packed=True):
        _fields_ = [
            ("a", zffi.c_uint64, 3),
            ("b", zffi.c_uint64, 63),
            ("c", c_int64, 64),
            ("d", zffi.c_bool, 1),
        ]

    wide = Wide(5, 2**63 - 1, -(2**63), True)
    assert repr(wide) == f"Wide(a=5, b={2**63 - 1}, c={-(2**63)}, d=True)"
    wide.b = 0  # type: ignore[attr-defined]
    assert repr(wide) == f"Wide(a=5, b=0, c={-(2**63)}, d=True)"


def test_unions() -> None:
    number = Number(real=1.0)
    assert number.integer == 0x3FF0000000000000
    number.integer = 0
    assert number.real == 0.0
    assert zffi.sizeof(Number) == 8


def test_layouts() -> None:
    members = [("a", zffi.c_char), ("b", c_double), ("c", zffi.c_short)]

    def size(**options: Any) -> tuple[int, int]:
        made = MAKE("Made", (Struct,), {"_fields_": members}, **options)
        return zffi.sizeof(made), zffi.alignment(made)

    assert size() == (24, 8)
    assert size(pack=1) == size(packed=True) == (11, 1)
    assert size(pack=2) == (12, 2)
    assert size(align=32) == (32, 32)

    class Gcc(Struct):
        _fields_ = [("a", c_ubyte, 4), ("b", c_uint, 4)]

    class Msvc(Struct, layout="msvc"):
        _fields_ = [("a", c_ubyte, 4), ("b", c_uint, 4)]

    assert (zffi.sizeof(Gcc), zffi.sizeof(Msvc)) == (4, 8)


@pytest.mark.parametrize(
    ("fields", "options", "error", "words"),
    [
        ([("a", int)], {}, errors.TypeValidationError, r"_fields_\[0\]"),
        ([("a",)], {}, (TypeError, ValueError), None),
        ([("a", c_int, 33)], {}, errors.SignatureError, "member 0"),
        ([("a", c_double, 3)], {}, errors.SignatureError, "member 0"),
        ([("a", c_int, 0)], {}, errors.SignatureError, "member 0"),
        ([("a", c_int)], {"pack": 3}, errors.SignatureError, "pack"),
        ([("a", c_int)], {"align": 3}, errors.SignatureError, None),
        ([("a", c_int)], {"layout": "borland"}, ValueError, "'gcc' or 'msvc'"),
        ([("a", c_char * 2**62), ("b", c_char * 2**62)], {}, errors.SignatureError, "larger"),
    ],
)
def test_impossible_structs(fields: Any, options: Any, error: Any, words: str | None) -> None:
    with pytest.raises(error, match=words):
        MAKE("Wrong", (Struct,), {"_fields_": fields}, **options)


def test_annotations_of_other_things() -> None:
    words = r"Wrong\.a: <class 'int'> is no C type; did you mean c_int or"
    with pytest.raises(TypeError, match=words):

        class Wrong(Struct):
            a: int


def test_deriving() -> None:
    class Named(Point):
        def length(self) -> float:
            return float((self.x**2 + self.y**2) ** 0.5)

    assert Named(3, 4).length() == 5.0
    assert zffi.sizeof(Named) == 16
    with pytest.raises(TypeError, match="cannot get more by deriving"):

        class More(Point):
            z: types.double

    with pytest.raises(TypeError, match="no C type of its own"):
        Struct()


def test_pointers_and_arrays() -> None:
    points = (Point * 3)((1, 2), Point(3, 4))
    assert points[1] == Point(3, 4)
    points[2].x = 5
    first = zffi.cast(points, zffi.POINTER(Point))
    assert first[2] == Point(5, 0)
    assert (first + 1).contents.y == 4.0
    with pytest.raises(IndexError):
        first[3]

    class Node(Struct):
        _fields_ = [("value", c_int), ("text", zffi.c_char_p), ("next", zffi.c_void_p)]

    node = Node(1, "text" * 20)
    gc.collect()
    assert node.text == b"text" * 20  # type: ignore[attr-defined]
    assert "text=c_char_p(0x" in repr(node)


def test_foreign_memory() -> None:
    memory = bytearray(16)
    point = Point.from_buffer(memory)
    point.y = 1.5
    assert Point.from_buffer_copy(memory) == Point(0, 1.5)
    assert Point.from_address(zffi.addressof(point)).y == 1.5
    assert memoryview(point).nbytes == 16


def test_classes_go_away_and_nothing_leaks() -> None:
    need_classes_that_go()

    def use() -> Any:
        class Temporary(Struct):
            _fields_ = [("a", c_int), ("b", zffi.c_char_p), ("c", Point)]

        made = Temporary(1, b"x", (1, 2))
        repr(made), made == Temporary()
        (Temporary * 2)(), zffi.pointer(made)
        return weakref.ref(Temporary)

    gone = [use() for _ in range(20)]
    gc.collect()
    assert [ref() for ref in gone] == [None] * 20
    before = sys.getallocatedblocks()
    for _ in range(50):
        use()
    gc.collect()
    assert sys.getallocatedblocks() - before < 60
