"""Structs from the decorator, the builder and flexible(), and what is done with whole values:
patterns, replace(), asdict()."""

import copy
import sys
from typing import Annotated, Any

import pytest

import zffi
from zffi import Pointer, Struct, Union, c_char, c_double, c_int, c_ubyte, c_uint, errors, types

MAKE: Any = type(Struct)


class Word(Union):
    whole: types.uint32
    bytes: Annotated[zffi.Array[int], c_ubyte * 4]


# -- The decorator, the builder --------------------------------------------------------------------


def test_decorator() -> None:
    @zffi.struct
    class Size:
        """How large."""

        width: types.int_
        height: types.int_ = 4

        def area(self) -> int:
            return self.width * self.height

        @classmethod
        def square(cls, side: int) -> "Size":
            return cls(side, side)

    @zffi.struct(pack=1, endian="big")
    class Packed:
        tag: types.char
        size: types.int_

    @zffi.union
    class Number:
        integer: types.int_
        real: types.float_

    made: Any = Size
    assert (made(3).area(), made.square(5).area(), made.__doc__) == (12, 25, "How large.")
    assert (made.__name__, made.__module__, issubclass(made, Struct)) == ("Size", __name__, True)
    packed: Any = Packed
    assert bytes(packed(b"x", 1)) == b"x\0\0\0\1"
    assert Number(real=1.0).integer == 0x3F800000  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="is a C type already"):
        zffi.struct(made)
    with pytest.raises(TypeError, match="pack is an option of build"):
        zffi.struct("Name", pack=1)  # type: ignore[call-overload]


def test_builder() -> None:
    start = zffi.struct("Vec").field("x", c_int, default=1).field(None, c_uint, bits=3)
    first = start.field("z", c_int, align=8).build()
    second = start.field(None, Word).build(packed=True)
    assert (first.__name__, first.__module__) == ("Vec", __name__)
    assert (first().x, second(whole=5).bytes[0]) == (1, 5)
    assert [field.name for field in first._members_] == ["x", "z"]
    assert second is not start.build(packed=True)
    assert (zffi.sizeof(first), zffi.sizeof(second)) == (16, 16)
    assert zffi.union("Any").field("a", c_int).field("b", c_double).build()(b=1.0).b == 1.0
    empty = zffi.struct("Empty").build()
    assert (zffi.sizeof(empty), repr(empty())) == (0, "Empty()")


def test_flexible_arrays_are_not_passed() -> None:
    """gcc and clang put them into other places."""
    packet = zffi.struct("Packet").field("size", c_int).field("data", c_char * 0).build()
    around = zffi.struct("Around").field("first", c_int).field("packet", packet).build()
    for kind in (packet, around):
        with pytest.raises(errors.TypeValidationError, match="compilers disagree"):
            zffi.signature(None, [kind])
        with pytest.raises(errors.TypeValidationError, match=r"restype.*compilers disagree"):
            zffi.signature(kind)
    four: Any = zffi.flexible(packet, 4)
    zffi.signature(four, [zffi.POINTER(packet)])


def test_flexible() -> None:
    base = zffi.struct("Packet").field("size", c_int, default=7).field("data", c_char * 0).build()
    three: Any = zffi.flexible(base, 3)
    assert three is zffi.flexible(base, 3)
    assert issubclass(three, base)
    assert three() == three(7, b"")
    empty = zffi.flexible(base, 0)()
    assert three(1, b"abc").data.value == b"abc"
    assert (zffi.sizeof(base), zffi.sizeof(three()), zffi.sizeof(empty)) == (4, 8, 4)
    assert len({zffi.flexible(base, length) for length in range(200)}) == 200
    wrong: Any
    for wrong, error in ((-1, ValueError), ("3", TypeError), (2**64, OverflowError)):
        with pytest.raises(error):
            zffi.flexible(base, wrong)
    for wrong in (Word, c_int, Struct):
        with pytest.raises(TypeError, match="no flexible array member"):
            zffi.flexible(wrong, 1)


# -- Values ----------------------------------------------------------------------------------------


def test_patterns_replace_and_asdict() -> None:
    class Point(Struct):
        x: types.int_
        y: types.int_

    class Shape(Struct):
        corners: Annotated[zffi.Array[Point], Point * 2]
        name: Annotated[bytes, c_char * 4]
        word: Annotated[Word, zffi.field(anonymous=True)]
        link: Pointer[Point]

    match Point(1, 2):
        case Point(1, y):
            assert y == 2
        case _:
            raise AssertionError
    shape: Any = Shape([(1, 2), (3, 4)], b"ab", whole=1)  # type: ignore[call-arg, arg-type]
    said = zffi.asdict(shape)
    assert said.pop("link") == zffi.POINTER(Point)()
    assert said == {
        "corners": [{"x": 1, "y": 2}, {"x": 3, "y": 4}], "name": b"ab",
        "word": {"whole": 1, "bytes": [1, 0, 0, 0]},
    }  # fmt: skip
    other = zffi.replace(shape, whole=2, name=b"c")
    assert (other.word.whole, shape.word.whole, list(other.corners)) == (2, 1, list(shape.corners))
    if sys.version_info >= (3, 13):
        assert copy.replace(Point(1, 2), y=5) == Point(1, 5)
    for changes in ({"z": 1}, {"name": "text"}, {"corners": 5}):
        with pytest.raises(TypeError):
            zffi.replace(shape, **changes)
    assert Point(1, 2) != (1, 2)  # type: ignore[comparison-overlap]
    assert Point(1, 2) != Point(1, 3)
    derived = MAKE("Derived", (Point,), {})
    assert (repr(derived(1, 2)), derived(1, 2) == Point(1, 2)) == ("Derived(x=1, y=2)", False)
