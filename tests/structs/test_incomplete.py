"""Incomplete types: wherever one can be used, it is an error that says so, until it has members."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest

import zffi
from zffi import POINTER, Pointer, Struct, Union, c_int, cast, errors, types

MAKE: Any = type(Struct)


class Opaque(Struct):
    pass


class Unknown(Struct):
    x: "types.int_"
    inner: "Missing"  # type: ignore[name-defined]  # noqa: F821


C = zffi.load("c")

# What needs the size or the members of a class.
USES: dict[str, Callable[[Any], Any]] = {
    "sizeof": zffi.sizeof,
    "alignment": zffi.alignment,
    "instance": lambda cls: cls(),
    "instance of members": lambda cls: cls(x=1),
    "__new__": lambda cls: cls.__new__(cls),
    "zeroed": zffi.zeroed,
    "array": lambda cls: cls * 3,
    "empty array": lambda cls: cls * 0,
    "member": lambda cls: zffi.struct("Outer").field("inner", cls).build(),
    "member in a list": lambda cls: MAKE("Outer", (Struct,), {"_fields_": [("inner", cls)]}),
    "member of a union": lambda cls: zffi.union("Outer").field("inner", cls).build(),
    "argument": lambda cls: zffi.signature(None, [cls]),
    "result": lambda cls: zffi.signature(cls, []),
    "function": lambda cls: C.func("abs", c_int, [cls]),
    "from_buffer": lambda cls: cls.from_buffer(bytearray(8)),
    "from_buffer_copy": lambda cls: cls.from_buffer_copy(bytes(8)),
    "from_address": lambda cls: cls.from_address(4096),
    "var": lambda cls: C.var("environ", cls),
    "in_dll": lambda cls: cls.in_dll(C, "environ"),
    "layout": zffi.layout,
    "flexible": lambda cls: zffi.flexible(cls, 1),
    "other byte order": lambda cls: cls.__ctype_be__,
    "element": lambda cls: cast(4096, POINTER(cls))[0],
    "assigned element": lambda cls: cast(4096, POINTER(cls)).__setitem__(0, (1,)),
    "slice": lambda cls: cast(4096, POINTER(cls))[0:2],
    "contents": lambda cls: cast(4096, POINTER(cls)).contents,
    "sum": lambda cls: cast(4096, POINTER(cls)) + 1,
    "difference": lambda cls: cast(4100, POINTER(cls)) - cast(4096, POINTER(cls)),
    "distance": lambda cls: cast(4096, POINTER(cls)) - 1,
    "pickle of a value": lambda cls: zffi._core._unpickle_data(cls, b""),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("cls", [Opaque, Unknown])
def test_uses(cls: Any, use: str) -> None:
    with pytest.raises((errors.Error, TypeError, AttributeError)) as caught:
        USES[use](cls)
    if use not in ("flexible", "other byte order"):
        assert "incomplete" in str(caught.value)


def test_what_needs_no_size() -> None:
    pointer = POINTER(Opaque)
    assert (zffi.sizeof(pointer), pointer._type_, Opaque.__name__) == (8, Opaque, "Opaque")
    null, some = pointer(), cast(4096, pointer)
    assert not null
    assert some == cast(4096, pointer) != null < some
    assert "0x1000" in repr(some)
    assert str(zffi.signature(pointer, [pointer])) == "struct Opaque *(struct Opaque *)"
    assert pickle.loads(pickle.dumps(Opaque)) is Opaque
    labs = zffi.function(C.sym("labs"), pointer, [pointer])
    assert labs(some) == some
    holder = zffi.struct("Holder").field("handle", pointer).build()
    assert holder(some).handle == some


def test_what_is_missing_is_named() -> None:
    with pytest.raises(
        TypeError, match="struct Unknown is incomplete: name 'Missing' is not defined"
    ):
        zffi.sizeof(Unknown)


# -- Members that come later -----------------------------------------------------------------------


def test_pointers_in_a_cycle() -> None:
    class Parent(Struct):
        child: "Pointer[Child]"
        number: types.int_

    class Child(Struct):
        parent: Pointer[Parent]
        sibling: "Pointer[Child]"

    parent = Parent(number=5)  # type: ignore[call-arg]
    child = Child(parent=zffi.pointer(parent))  # type: ignore[call-arg]
    child.sibling = zffi.pointer(child)
    parent.child = zffi.pointer(child)
    assert parent.child[0].sibling[0].parent[0].number == 5
    assert vars(Parent)["child"].type is POINTER(Child)


def test_structs_that_contain_each_other() -> None:
    class One(Struct):
        two: "Two"

    with pytest.raises(errors.SignatureError, match="member 0: the type is incomplete"):

        class Two(Struct):
            one: One

    with pytest.raises(TypeError, match="struct One is incomplete: name 'Two' is not defined"):
        zffi.sizeof(One)


def test_a_struct_that_contains_itself() -> None:
    class Own(Struct):
        pass

    made: Any = Own
    for fields in ([("own", Own)], [("x", c_int), ("own", Own)]):
        with pytest.raises(errors.SignatureError, match="the type is incomplete"):
            made._fields_ = fields
    with pytest.raises(errors.SignatureError, match="the type is incomplete"):

        class Tree(Struct):
            left: "Tree"


def test_members_assigned_later() -> None:
    class Node(Struct):
        pass

    class Word(Union):
        pass

    node, word = Node, Word
    pointer = POINTER(Node)
    node._fields_ = [("value", c_int), ("next", pointer)]  # type: ignore[attr-defined]
    word._fields_ = [("whole", c_int), ("bytes", zffi.c_ubyte * 4)]  # type: ignore[attr-defined]
    assert Node(1, zffi.pointer(Node(2))).next[0].value == 2  # type: ignore[attr-defined]
    assert Word(whole=-1).bytes[2] == 255  # type: ignore[attr-defined]
    assert pointer._type_ is Node


def test_derived_before_the_members_are_known() -> None:
    class Base(Struct):
        value: "Late"

    class Derived(Base):
        def twice(self) -> int:
            return 2 * self.value.number

    with pytest.raises(TypeError, match="incomplete"):
        Derived()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="cannot get more by deriving"):

        class More(Base):
            other: types.int_

    class Late(Struct):
        number: types.int_

    assert Derived((21,)).twice() == 42  # type: ignore[arg-type]
    assert zffi.sizeof(Derived) == zffi.sizeof(Base) == 4
    assert isinstance(Derived(), Base)  # type: ignore[call-arg]


def test_a_base_without_members_stays_so() -> None:
    """ctypes' way to share methods. Members of the base would be no members of the derived."""

    class Shared(Struct):
        def name(self) -> str:
            return type(self).__name__

    class One(Shared):
        x: types.int8

    class Two(Shared):
        _fields_ = [("x", zffi.c_char * 100)]

    assert (One(1).name(), Two().name()) == ("One", "Two")
    assert (zffi.sizeof(One), zffi.sizeof(Two)) == (1, 100)
    base: Any = Shared
    with pytest.raises(TypeError, match="Shared cannot get members: One, which has its own"):
        base._fields_ = [("a", zffi.c_char * 10000), ("b", c_int)]
    assert not hasattr(One(1), "b")
    with pytest.raises(TypeError, match="cannot get members"):
        Shared()


def test_a_wrong_default_of_a_type_that_waited() -> None:
    """It is found when the type is completed, which stays undone."""

    class Waiting(Struct):
        part: "Part"
        level: types.int_ = "high"  # type: ignore[assignment]

    class Part(Struct):
        x: types.int_

    for _ in range(2):
        with pytest.raises(errors.ArgumentError, match=r"Waiting\.level \(int\): expected"):
            Waiting()  # type: ignore[call-arg]
    Waiting.level = 3
    assert Waiting((1,)) == Waiting(Part(1), 3)  # type: ignore[arg-type]
