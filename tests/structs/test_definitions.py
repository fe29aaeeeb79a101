"""The ways to say what a struct is made of: annotations, field(), defaults, lists, the decorator
and the builder; and what they refuse."""

import copy
from typing import Annotated, Any, ClassVar

import pytest

import zffi
from zffi import Pointer, Struct, Union, c_char, c_double, c_int, c_ubyte, c_uint, errors, types

MAKE: Any = type(Struct)


def places(cls: Any) -> dict[str, tuple[int, int | None, int | None]]:
    return {
        field.name: (field.offset, field.bit_offset, field.bit_width) for field in cls._members_
    }


class Word(Union):
    whole: types.uint32
    bytes: Annotated[zffi.Array[int], c_ubyte * 4]


# -- Annotations -----------------------------------------------------------------------------------


class Everything(Struct):
    count: ClassVar[int] = 5
    other: "ClassVar[str]" = "text"
    number: types.int_
    quoted: "types.int_ "
    pointer: "Pointer[Everything]"
    plain: c_int
    array: Annotated[zffi.Array[int], c_int * 2]
    unannotated = 3


def test_annotations() -> None:
    assert [field.name for field in Everything._members_] == [
        "number", "quoted", "pointer", "plain", "array",
    ]  # fmt: skip
    value: Any = Everything(1)  # type: ignore[call-arg]
    assert (value.count, value.other, value.unannotated) == (5, "text", 3)
    assert (value.number, value.quoted, list(value.array)) == (1, 0, [0, 0])
    assert vars(Everything)["pointer"].type is zffi.POINTER(Everything)
    with pytest.raises(AttributeError):
        value.count = 6


def test_annotations_in_a_function() -> None:
    kind, Pair = types.short, c_int * 2

    class Local(Struct):
        first: kind  # type: ignore[valid-type]
        second: "Pair"  # type: ignore[valid-type]

        class Inner(Struct):
            value: kind  # type: ignore[valid-type]

    assert places(Local) == {"first": (0, None, None), "second": (4, None, None)}
    assert zffi.sizeof(Local.Inner) == 2
    assert Local.__match_args__ == ("first", "second")


def test_string_annotations_of_a_module() -> None:
    """As under `from __future__ import annotations`; the classes are in no namespace yet."""
    source = """
from __future__ import annotations
from typing import Annotated, ClassVar
import zffi
from zffi import types

class Inner(zffi.Struct):
    x: types.int_ = 3

class Outer(zffi.Struct):
    kind: ClassVar[str] = "kind"
    inner: Inner
    bits: Annotated[types.uint, zffi.field(bits=3)] = 2
    next: zffi.Pointer[Outer]
    later: zffi.Pointer[Later]

class Later(zffi.Struct):
    outer: Outer
"""
    space: dict[str, Any] = {"__name__": "made"}
    exec(source, space)
    outer = space["Outer"]
    assert [field.name for field in outer._members_] == ["inner", "bits", "next", "later"]
    assert (outer().inner.x, outer().bits) == (0, 2)
    assert vars(outer)["later"].type._type_ is space["Later"]


def test_names_of_others_are_not_mixed_up() -> None:
    """While a class is made, another one of that name must not stand for it elsewhere."""

    class Node(Struct):
        value: types.int_

    class Waiting(Struct):
        node: Pointer[Node]
        part: "Part"

    def other() -> Any:
        class Node(Struct):
            waiting: "Pointer[Node]"

        return Node

    made = other()

    class Part(Struct):
        x: types.int_

    assert zffi.sizeof(Waiting) == 16
    assert vars(Waiting)["node"].type._type_ is Node
    assert vars(made)["waiting"].type._type_ is made


@pytest.mark.parametrize("wrong", [int, None, list[int], Pointer[int], Annotated[int, 5]])
def test_annotations_of_other_things(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Wrong\.a"):
        MAKE("Wrong", (Struct,), {"__annotations__": {"a": wrong}})


# -- field() ---------------------------------------------------------------------------------------


def test_field_in_every_place() -> None:
    """In Annotated or as what is assigned, or one half in each."""
    three, one = zffi.field(bits=3), zffi.field(default=1)

    class Annotations(Struct):
        a: Annotated[types.uint, zffi.field(bits=3, default=1)]
        b: Annotated[types.uint, zffi.field(bits=3)] = 1
        c: Annotated[types.uint, three] = one
        d: types.uint = zffi.field(bits=3, default=1)
        e: Annotated[types.uint, three, one]  # type: ignore[misc]
        f: types.uint = one  # what c got from its annotation is not for others

    assert places(Annotations) == {
        name: (3 * i // 8, 3 * i % 8, 3) for i, name in enumerate("abcde")
    } | {"f": (4, None, None)}
    value = Annotations()  # type: ignore[call-arg]
    assert [getattr(value, name) for name in "abcdef"] == [1] * 6


def test_alignment_and_offset() -> None:
    class Sparse(Struct):
        a: types.char
        b: Annotated[types.char, zffi.field(align=8)]
        c: Annotated[types.int_, zffi.field(offset=100)] = -1
        d: Annotated[types.char, zffi.field(offset=0x80)] = b"d"

    assert places(Sparse) == {
        "a": (0, None, None), "b": (8, None, None), "c": (100, None, None), "d": (128, None, None),
    }  # fmt: skip
    assert (zffi.sizeof(Sparse), zffi.alignment(Sparse)) == (136, 8)
    value = Sparse(b"a", b"b")
    assert (value.c, value.d, bytes(value)[:9]) == (-1, b"d", b"a" + bytes(7) + b"b")


@pytest.mark.parametrize(
    "options",
    [
        {"bits": -1}, {"bits": 0}, {"bits": 33}, {"bits": "3"}, {"align": 3}, {"align": -4},
        {"align": 2**32 + 4}, {"align": 2**80}, {"offset": -1}, {"offset": 0}, {"offset": 6},
        {"offset": 2**63}, {"anonymous": True}, {"bits": 3, "offset": 4, "anonymous": True},
    ],
)  # fmt: skip
def test_impossible_fields(options: Any) -> None:
    wrong = (errors.SignatureError, TypeError, OverflowError)
    with pytest.raises(wrong):
        zffi.struct("Wrong").field("a", c_int).field("b", c_uint, **options).build()
    with pytest.raises(wrong):

        class Wrong(Struct):
            a: types.int_
            b: Annotated[types.uint, zffi.field(**options)]

    with pytest.raises(TypeError, match="no option 'width'"):
        zffi.field(width=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "options",
    [{"pack": 2**32 + 1}, {"pack": -1}, {"pack": 3}, {"pack": 32}, {"align": -8}, {"align": 2**32},
     {"align": 3}, {"endian": "middle"}, {"layout": "clang"}, {"size": 3}],
)  # fmt: skip
def test_impossible_class_arguments(options: Any) -> None:
    with pytest.raises((errors.SignatureError, ValueError, TypeError)):
        MAKE("Wrong", (Struct,), {"_fields_": [("a", c_char), ("b", c_int)]}, **options)
    with pytest.raises((errors.SignatureError, ValueError, TypeError)):
        zffi.struct("Wrong").field("a", c_int).build(**options)


def test_class_arguments_of_a_derived_class() -> None:
    class Base(Struct, pack=1):
        a: types.char
        b: types.int_

    class Derived(Base):
        kind: ClassVar[str] = "kind"

    assert zffi.sizeof(Derived) == 5
    for options in ({"pack": 2}, {"packed": True}, {"align": 8}, {"layout": "msvc"}):
        with pytest.raises(TypeError, match="Wrong has the layout of the struct that it derives"):
            MAKE("Wrong", (Base,), {}, **options)


# -- Defaults --------------------------------------------------------------------------------------


def test_defaults() -> None:
    class Settings(Struct):
        level: types.int_ = -3
        name: Annotated[bytes, c_char * 8] = b"none"
        word: Word = (0x01020304,)  # type: ignore[assignment]
        text: types.char_p = "té" * 20  # type: ignore[assignment]
        flag: types.bool_ = True

    first, second = Settings(), Settings(level=5)
    second.name = b"other"
    assert (first.level, first.name.value, first.word.bytes[0]) == (-3, b"none", 4)  # type: ignore[attr-defined]
    assert (second.level, second.name.value) == (5, b"other")  # type: ignore[attr-defined]
    assert (first.text, first.flag) == (("té" * 20).encode(), True)
    assert copy.copy(second) == second
    assert zffi.zeroed(Settings).level == 0
    assert (Settings * 2)()[1].level == 0

    class Derived(Settings):
        pass

    assert Derived().level == -3
    with pytest.raises(errors.ArgumentError, match=r"Wrong\.level \(int\)"):

        class Wrong(Struct):
            level: types.int_ = "high"  # type: ignore[assignment]


# -- ctypes' way -----------------------------------------------------------------------------------


def test_lists_and_attributes() -> None:
    class Header(Struct):
        _pack_ = 1
        _anonymous_ = ("word",)
        _fields_ = [("tag", c_char), ("word", Word), ("size", c_double), (None, c_uint, 5)]

    class Windows(Struct):
        _layout_ = "ms"
        _align_ = 16
        _fields_ = [("a", c_ubyte, 4), ("b", c_uint, 4)]

    class Annotations(Struct):
        _pack_ = 1
        _anonymous_ = ("word",)
        tag: types.char
        word: Word

    header: Any = Header(b"x", whole=0x0A0B0C0D)
    assert (zffi.sizeof(Header), header.bytes[3], header.word.whole) == (14, 10, 0x0A0B0C0D)
    assert (zffi.sizeof(Windows), zffi.alignment(Windows)) == (16, 16)
    assert Annotations(b"x", whole=5).word.whole == 5  # type: ignore[call-arg]
    assert zffi.sizeof(Annotations) == 5


@pytest.mark.parametrize(
    ("namespace", "error", "words"),
    [
        ({"_anonymous_": ("z",)}, AttributeError, "no member 'z'"),
        ({"_anonymous_": ("a",)}, errors.SignatureError, "'a' is anonymous, but no struct"),
        ({"_layout_": "borland"}, ValueError, "'ms' or 'gcc-sysv', not 'borland'"),
        ({"_pack_": 3}, errors.SignatureError, "pack"),
        ({"_pack_": "1"}, TypeError, None),
        ({"a": lambda self: 5}, TypeError, "a is a member, and a method too"),
        ({"a": property(lambda self: 5)}, TypeError, "a is a member, and a method too"),
        ({"_fields_": [("a", c_int, -1)]}, errors.SignatureError, "bits=-1"),
        ({"_fields_": [("a", c_int, 3, 4)]}, TypeError, "no \\(name, type"),
        ({"_fields_": [(5, c_int)]}, TypeError, "no \\(name, type"),
        ({"_fields_": 5}, TypeError, None),
        ({"_fields_": [(None, c_int)]}, errors.SignatureError, "anonymous"),
        ({"_fields_": [("a", c_int), ("a", c_int)]}, errors.SignatureError, "called 'a'"),
        ({"_fields_": [("whole", c_int), (None, Word)]}, errors.SignatureError, "'whole'"),
        ({"_fields_": [("_members_", c_int)]}, TypeError, "the class needs that name"),
        ({"_fields_": [("__class__", c_int)]}, TypeError, "the class needs that name"),
        ({"_fields_": [("_type_", c_int)]}, TypeError, "the class needs that name"),
    ],
)
def test_impossible_lists(namespace: Any, error: Any, words: str | None) -> None:
    with pytest.raises(error, match=words):
        MAKE("Wrong", (Struct,), {"_fields_": [("a", c_int)], **namespace})


def test_names_that_python_has_uses_for() -> None:
    names = ["class", "from_buffer", "value", "raw", "contents", "é", "mro", "_x_", "x y"]
    cls = MAKE("Named", (Struct,), {"_fields_": [(name, c_int) for name in names]})
    value = cls(*range(9))
    assert [getattr(value, name) for name in names] == list(range(9))
    assert bytes(copy.copy(value)) == bytes((c_int * 9)(*range(9)))
