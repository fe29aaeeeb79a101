"""Members as attributes: however the attributes of a class or its bases change, what is read and
written is what Python would find."""

import sys
from typing import Any

import pytest

import zffi
from zffi import Struct, c_int, c_int64, types

MAKE: Any = type(Struct)


class Point(Struct):
    x: types.double
    y: types.double


def pair() -> Any:
    """A class of its own for each test that changes it."""
    return zffi.struct("Pair").field("first", c_int).field("second", c_int64).build()


CHANGES: dict[str, Any] = {
    "assignment": lambda cls, value: setattr(cls, "first", value),
    "of the metaclass": lambda cls, value: MAKE.__setattr__(cls, "first", value),
    "of the base": lambda cls, value: setattr(cls.__mro__[1], "first", value),
}


@pytest.mark.parametrize("way", CHANGES)
def test_a_member_is_never_stale(way: str) -> None:
    base = pair()
    cls = MAKE("Derived", (base,), {})
    value = cls(1, 2)

    def read() -> list[Any]:
        return [value.first for _ in range(5)]

    field = vars(base)["first"]
    assert read() == [1] * 5
    for new in (10, "x", None):
        CHANGES[way](cls, new)
        assert read() == [new] * 5
        with pytest.raises(AttributeError):
            value.first = 5
        CHANGES[way](cls, property(lambda self: self.second + 1))
        assert read() == [3] * 5
        CHANGES[way](cls, field)
        assert read() == [1] * 5
        value.first = 1
    CHANGES[way](cls, vars(base)["second"])
    value.first = 40
    assert (read(), value.second, bytes(value)[:4]) == ([40] * 5, 40, b"\1\0\0\0")


def test_deleted_and_returned_members() -> None:
    cls = pair()
    value, field = cls(1, 2), vars(cls)["first"]
    assert value.first == 1
    del cls.first
    for _ in range(3):
        with pytest.raises(AttributeError):
            _ = value.first
        with pytest.raises(AttributeError):
            value.first = 1
    assert repr(value) == "Pair(first=1, second=2)"
    cls.other = field
    value.other = 9
    assert (value.other, repr(value)) == (9, "Pair(first=9, second=2)")


def test_changes_while_others_read() -> None:
    cls = pair()
    values = [cls(i, i) for i in range(100)]
    field = vars(cls)["first"]
    seen = []
    for i, value in enumerate(values):
        cls.first = i if i % 3 == 0 else field
        seen.append(value.first)
    assert seen == list(range(100))


def test_a_metaclass_that_changes_the_class_in_between() -> None:
    class Meta(MAKE):  # type: ignore[misc]
        armed = False

        def __getattribute__(cls, name: str) -> Any:
            if name == "x" and Meta.armed:
                Meta.armed = False
                cls.y = 7
            return super().__getattribute__(name)

    cls = Meta("Made", (Struct,), {"_fields_": [("x", c_int), ("y", c_int)]})
    value = cls(1, 2)
    Meta.armed = True
    cls.z = 4
    assert [(value.x, value.y) for _ in range(3)][1:] == [(1, 7)] * 2


def test_names_that_are_not_the_same_object() -> None:
    class Name(str):
        __slots__ = ()

    cls = zffi.struct("Made").field("long_name", c_int).field(Name("derived"), c_int).build()
    value = cls(1, 2)
    for i in range(3):
        setattr(value, "".join(["long_", "name"]), i)
        setattr(value, Name("derived"), i + 1)
        assert getattr(value, "".join(["long_", "name"])) == value.long_name == i
        assert getattr(value, Name("derived")) == value.derived == i + 1
    assert cls(**{"".join(["long_", "name"]): 5, Name("derived"): 6}) == cls(5, 6)
    for wrong in (1, None, b"long_name"):
        with pytest.raises(TypeError):
            getattr(value, wrong)  # type: ignore[call-overload]


def test_names_made_at_run_time_are_those_of_code() -> None:
    """Members are found fast by the very objects that attribute names in code are."""
    name = "".join(["made_", "at_", "run_time"])
    built = zffi.struct("Built").field(name, c_int).build()
    listed = MAKE("Listed", (Struct,), {"_fields_": [("".join(["made_", name[5:]]), c_int)]})
    for cls in (built, listed):
        assert cls._members_[0].name is sys.intern("made_at_run_time")


def test_many_members() -> None:
    names = [f"m{i}" for i in range(1000)]
    cls = MAKE("Many", (Struct,), {"_fields_": [(name, c_int) for name in names]})
    value = cls(*range(1000))
    assert [getattr(value, name) for name in names] == list(range(1000))
    for i, name in enumerate(names):
        setattr(value, name, -i)
    assert bytes(value) == bytes((c_int * 1000)(*range(0, -1000, -1)))


def test_misspelt_members() -> None:
    value = Point(1, 2)
    for name in ("z", "X", "", "x ", "__dict__"):
        with pytest.raises(AttributeError):
            getattr(value, name)
        with pytest.raises(AttributeError):
            setattr(value, name, 1.0)
