"""Copies and pickles of every kind of data, what has pointers in it, and pickles that are wrong."""

import copy
import gc
import pickle
import subprocess
import sys
from typing import Annotated, Any

import pytest

import zffi
from zffi import Pointer, Struct, Union, c_char, c_char_p, c_double, c_int, c_void_p, c_wchar, types
from zffi._core import _unpickle_data

MAKE: Any = type(c_int)


class Point(Struct):
    x: types.double
    y: types.double = 2.0


class Flags(Struct, packed=True):
    low: types.uint = zffi.field(bits=3, default=5)
    high: types.int64 = zffi.field(bits=60, default=-7)


class Big(Struct, endian="big"):
    number: types.int_
    row: Annotated[zffi.Array[int], zffi.c_short * 2]


class Number(Union):
    integer: types.int64
    real: types.double


class Everything(Struct):
    points: Annotated[zffi.Array[Point], Point * 2]
    flags: Flags
    big: Big
    number: Number
    name: Annotated[bytes, c_char * 8]
    wide: Annotated[str, c_wchar * 3]
    grid: Annotated[zffi.Array[zffi.Array[int]], (c_int * 2) * 2]


class Packet(Struct):
    size: types.int_
    data: Annotated[bytes, c_char * 0]


class Text(Struct):
    text: types.char_p
    number: types.int_


class Inner(Struct):
    texts: Annotated[zffi.Array[Text], Text * 2]


class Open(Point):
    __slots__ = ("__dict__",)


class Slotted(Open):
    __slots__ = ("note",)


def everything() -> Any:
    make: Any = Everything
    return make(
        [(1, 2), (3, 4)], Flags(), (5, (6, 7)), Number(real=1.5), b"name", "wïd", ((1, 2), (3, 4))
    )


VALUES: dict[str, Any] = {
    "int": c_int(5),
    "bool": zffi.c_bool(True),
    "char": c_char(b"x"),
    "wchar": c_wchar("é"),
    "double": c_double(-0.0),
    "swapped": zffi.c_int.__ctype_be__(5),
    "array": (c_int * 3)(1, 2, 3),
    "text": zffi.create_string_buffer(b"text"),
    "empty": (c_int * 0)(),
    "large": (c_double * 1000)(*range(1000)),
    "nested": ((c_int * 2) * 3)((1, 2), (3, 4)),
    "swapped array": (zffi.c_int.__ctype_be__ * 2)(1, 2),
    "struct": Point(1, 2),
    "bit-fields": Flags(3, 1 << 58),
    "union": Number(real=2.5),
    "big-endian": Big(1, (2, 3)),  # type: ignore[arg-type]
    "all": everything(),
    "structs": (Everything * 2)(everything()),
    "flexible": zffi.flexible(Packet, 3)(3, b"abc"),
}


def copies(value: Any) -> list[Any]:
    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in protocols]
    return [copy.copy(value), copy.deepcopy(value), *pickled]


@pytest.mark.parametrize("name", VALUES)
def test_copies(name: str) -> None:
    value = VALUES[name]
    kept = bytes(value)
    for made in copies(value):
        assert type(made) is type(value)
        assert bytes(made) == kept
        assert made is not value
        zffi.memset(made, 0xFF, len(kept))
    assert bytes(value) == kept


def test_a_view_becomes_a_whole() -> None:
    whole = everything()
    for made in copies(whole.points[1]):
        assert made == Point(3, 4)
        made.x = 99
    for row in copies(whole.grid[0]):
        row[0] = 99
    assert whole == everything()
    both = copy.deepcopy([whole.points[0], whole.points[0]])
    both[0].x = 5
    assert both[1].x == 1.0
    same = whole.points[0]
    pair = copy.deepcopy([same, same])
    assert pair[0] is pair[1]


def test_classes_are_pickled_by_what_they_are() -> None:
    kinds: list[Any] = [
        c_int, Point, Big, c_int * 3, (Point * 2) * 3, zffi.POINTER(Point), zffi.POINTER(c_int * 2),
        c_int.__ctype_be__, c_int.__ctype_be__ * 2, zffi.flexible(Packet, 5), Struct, zffi.Array,
    ]  # fmt: skip
    for kind in kinds:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            assert pickle.loads(pickle.dumps(kind, protocol)) is kind
        assert copy.deepcopy(kind) is kind

    class Local(Struct):
        x: types.int_

    with pytest.raises((pickle.PicklingError, AttributeError), match="Local"):
        pickle.dumps(Local(1))


def test_a_pickle_is_read_in_another_process() -> None:
    script = f"import sys, pickle; sys.path[:] = {sys.path!r}\n"
    script += "print(repr(pickle.loads(sys.stdin.buffer.read())))"
    value = (c_int.__ctype_be__ * 2)(1, 258)
    ran = subprocess.run(
        [sys.executable, "-c", script], input=pickle.dumps(value), capture_output=True
    )
    assert ran.stdout.decode() == f"{value!r}\n", ran.stderr.decode()


# -- Pointers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        c_char_p(b"text"), c_void_p(4096), zffi.pointer(c_int(1)), (c_char_p * 2)(b"a", b"b"),
        Text(b"text", 1), (Text * 2)(), (Inner * 1)(), (zffi.POINTER(c_int) * 0)(), c_void_p(),
    ],
)  # fmt: skip
def test_pointers_are_not_pickled(value: Any) -> None:
    for use in (pickle.dumps, copy.deepcopy):
        with pytest.raises(ValueError, match="holds a pointer, which means nothing in another"):
            use(value)
    assert bytes(copy.copy(value)) == bytes(value)


def test_copies_keep_what_they_point_to() -> None:
    inner: Any = Inner([(b"first" * 10, 1), (b"second" * 10, 2)])  # type: ignore[arg-type]
    made = [copy.copy(inner), copy.copy(inner.texts), copy.copy(inner.texts[1])]
    del inner
    gc.collect()
    ["x" * 50 for _ in range(100)]
    whole, array, one = made
    assert whole.texts[0].text == array[0].text == b"first" * 10
    assert whole.texts[1].text == array[1].text == one.text == b"second" * 10


def test_a_copy_of_a_struct_that_is_seen_in_a_pointer() -> None:
    class Only(Struct):
        text: types.char_p

    view = zffi.cast(zffi.pointer(c_char_p(b"text" * 10)), zffi.POINTER(Only))[0]
    made = copy.copy(view)
    del view
    gc.collect()
    ["x" * 40 for _ in range(100)]
    assert made.text == b"text" * 10


def test_what_was_kept_before_does_not_bound_what_is_there_now() -> None:
    class Link(Struct):
        to: Annotated[Pointer[int], zffi.POINTER(c_int)]

    class Outer(Struct):
        link: Link

    target = c_int(7)
    outer = Outer(Link(zffi.pointer(c_int(5))))
    assert outer.link.to[0] == 5
    outer.link = Link(zffi.addressof(target))  # type: ignore[arg-type]
    assert outer.link.to[0] == 7
    row = (Link * 2)((zffi.pointer(c_int(1)),), (zffi.pointer(c_int(2)),))
    row[0], row[1] = copy.copy(row[1]), copy.copy(row[0])
    gc.collect()
    assert [link.to[0] for link in row] == [2, 1]
    row[0] = row[1]
    assert [link.to[0] for link in row] == [1, 1]


# -- Python attributes -----------------------------------------------------------------------------


def test_python_attributes_are_copied() -> None:
    value = Slotted(1, 2)
    value.note, value.tags = ["note"], ["tag"]  # type: ignore[attr-defined]
    value.own = value  # type: ignore[attr-defined]
    shallow, *deep = (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value)))
    assert shallow.tags is value.tags  # type: ignore[attr-defined]
    assert shallow.note is value.note  # type: ignore[attr-defined]
    for made in deep:
        assert (made.x, made.y, made.note, made.tags) == (1.0, 2.0, ["note"], ["tag"])
        assert made.own is made
        assert made.tags is not value.tags  # type: ignore[attr-defined]
    other: Any = zffi.replace(value, x=5)
    assert (other.x, other.tags) == (5.0, ["tag"])
    assert vars(copy.copy(Open(1, 2))) == {}


# -- Pickles that are wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "memory"),
    [
        (Point, b""), (Point, bytes(15)), (Point, bytes(17)), (Point, "x" * 16), (Point, None),
        (Text, bytes(16)), (c_char_p, bytes(8)), (zffi.POINTER(Point), bytes(8)), (int, bytes(8)),
        (Struct, b""), (zffi.Array, b""), (None, b""), (c_int * 3, bytes(8)), (type(c_int), b""),
        (MAKE("Own", (), {}), b""),
    ],
)  # fmt: skip
def test_wrong_pickles(cls: Any, memory: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        _unpickle_data(cls, memory)


def test_a_class_that_has_changed_meanwhile() -> None:
    pickled = pickle.dumps(Point(1, 2)).replace(b"Point", b"Flags")
    with pytest.raises(ValueError, match="a pickle of another Flags: 16 bytes"):
        pickle.loads(pickled)
    with pytest.raises((AttributeError, pickle.UnpicklingError)):
        pickle.loads(pickled.replace(b"Flags", b"Gone!"))
