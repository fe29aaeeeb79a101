"""Classes of structs as Python classes: deriving, methods, Python state, and what is left
of a definition that failed."""

import gc
import weakref
from typing import Any

import pytest
from leaks import blocks_left, need_classes_that_go

import zffi
from zffi import Struct, Union, c_char, c_double, c_int, c_int64, errors, types

MAKE: Any = type(Struct)


class Point(Struct):
    x: types.double
    y: types.double


def pair(name: str = "Pair", first: str = "first", second: str = "second") -> Any:
    """A class of its own for each test that changes it."""
    return zffi.struct(name).field(first, c_int).field(second, c_int64).build()


# -- Deriving --------------------------------------------------------------------------------------


def test_a_derived_class_that_goes_leaves_its_base_alone() -> None:
    need_classes_that_go()

    class Base(Struct):
        x: types.int_
        inner: Point

    for _ in range(3):

        class Derived(Base):
            pass

        assert Derived(x=1).x == 1  # type: ignore[call-arg]
        gone = weakref.ref(Derived)
        del Derived
        gc.collect()
        assert gone() is None
        value = Base(x=5, inner=Point(1, 2))
        assert (value.x, value.inner.y) == (5, 2.0)
        assert [field.name for field in Base._members_] == ["x", "inner"]


def test_one_value_in_one_object() -> None:
    first, second = pair(), zffi.struct("Large").field("x", c_char * 1000).build()
    derived = MAKE("Derived", (first,), {})
    for bases in (
        (first, second),
        (second, first),
        (first, c_int * 3),
        (c_int, c_int64),
        (c_int * 3, zffi.POINTER(c_int)),
        (Struct, Union),
        (Struct, zffi.Array),
    ):
        with pytest.raises(TypeError, match="Mixed derives from two C types"):
            MAKE("Mixed", bases, {})
    assert MAKE("Fine", (derived, first), {})(7).first == 7


def test_bases_stay() -> None:
    """A class that came to derive from a larger struct would read beyond its memory."""
    small, large = pair(), zffi.struct("Large").field("x", c_char * 10000).field("y", c_int).build()
    derived, array = MAKE("Derived", (small,), {}), MAKE("Own", (small * 3,), {})
    for cls, bases in ((derived, (large,)), (array, (large * 3,)), (small, (Struct,))):
        with pytest.raises(AttributeError, match="is a C type, whose bases cannot change"):
            cls.__bases__ = bases
    # Whoever insists gets an error for what is not in the memory.
    vars(type)["__bases__"].__set__(derived, (large,))
    value = derived(1, 2)
    with pytest.raises(TypeError, match="y is a member of Large, not of Derived"):
        _ = value.y
    with pytest.raises(TypeError, match="y is a member of Large, not of Derived"):
        value.y = 1


def test_python_state_of_a_derived_class() -> None:
    class Tagged(Point):
        __slots__ = ("__dict__",)

        def __init__(self, *values: Any, tag: str = "", **members: Any) -> None:
            super().__init__(*values, **members)
            self.tag = tag

    class Slotted(Point):
        __slots__ = ("note",)

    value = Tagged(1, 2, tag="corner")
    assert (value.x, value.tag, vars(value)) == (1.0, "corner", {"tag": "corner"})
    value.x = 7
    assert vars(value) == {"tag": "corner"}
    vars(value)["x"] = "hidden"
    assert value.x == 7.0
    slotted = Slotted(1, 2)
    slotted.note = value  # type: ignore[attr-defined]
    assert slotted.note is value  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        slotted.other = 1  # type: ignore[attr-defined]
    held = Slotted()  # type: ignore[call-arg]
    gone = weakref.ref(held)
    value.held = held
    del held, value, slotted
    gc.collect()
    assert gone() is None


def test_cycles_through_python_state_are_collected() -> None:
    class Open(Struct):
        __slots__ = ("__dict__",)
        value: types.int_

    gone = []
    for _ in range(10):
        made = Open(1)
        made.own = made  # type: ignore[attr-defined]
        gone.append(weakref.ref(made))
    del made
    gc.collect()
    assert [ref() for ref in gone] == [None] * 10


# -- What a class defines besides ------------------------------------------------------------------


def test_methods_properties_and_attributes() -> None:
    class Circle(Struct):
        """A circle."""

        x: types.double
        radius: types.double = 2.0
        unit = "mm"

        def area(self) -> float:
            return 3 * self.radius**2

        @property
        def diameter(self) -> float:
            return 2 * self.radius

        @diameter.setter
        def diameter(self, value: float) -> None:
            self.radius = value / 2

        @classmethod
        def at(cls, x: float) -> "Circle":
            return cls(x)

        @staticmethod
        def sides() -> int:
            return 0

    circle = Circle.at(5)
    circle.diameter = 6
    assert (circle.x, circle.radius, circle.area(), circle.unit) == (5.0, 3.0, 27.0, "mm")
    assert (Circle.sides(), Circle.__doc__, Circle.unit) == (0, "A circle.", "mm")
    assert zffi.sizeof(Circle) == 16


def test_own_init_and_new() -> None:
    calls = []

    class Made(Struct):
        x: types.int_
        y: types.int_

        def __new__(cls, *values: Any) -> "Made":
            calls.append("new")
            return super().__new__(cls)

        def __init__(self, both: int) -> None:
            calls.append("init")
            super().__init__(both, y=both + 1)

    assert (Made(3).x, Made(3).y, calls) == (3, 4, ["new", "init"] * 2)
    assert list((Made * 2)()) == [Made.__new__(Made)] * 2
    with pytest.raises(TypeError):
        Made(1, 2)  # type: ignore[call-arg]

    class Other(Struct):
        x: types.int_

        def __new__(cls) -> Any:
            return 5

    made: Any = Other
    assert made() == 5


def test_getattr_and_setattr_of_a_class() -> None:
    seen = []

    class Recorded(Point):
        def __getattribute__(self, name: str) -> Any:
            seen.append(name)
            return super().__getattribute__(name)

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value * 2)

    value = Recorded(1, 2)
    value.x = 10
    assert (value.x, value.y) == (20.0, 2.0)
    assert seen == ["x", "y"]
    del Recorded.__getattribute__, Recorded.__setattr__
    value.x = 10
    assert (value.x, seen) == (10.0, ["x", "y"])

    class Lenient(Point):
        def __getattr__(self, name: str) -> str:
            return f"no {name}"

    assert (Lenient(1, 2).x, Lenient(1, 2).z) == (1.0, "no z")


# -- Definitions that failed -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        [("a", c_int), ("b", c_char * 1000), ("a", c_int)],
        [("b", c_char * 1000), ("a", c_int, 99)],
        [("b", c_char * 1000), ("a", int)],
        [("b", c_char * 1000), (None, c_int)],
        [("b", c_char * 1000), ("__class__", c_int)],
    ],
)
def test_a_failed_definition_leaves_an_incomplete_class(wrong: Any) -> None:
    class Later(Struct):
        pass

    made: Any = Later
    for _ in range(2):
        with pytest.raises((errors.Error, TypeError)):
            made._fields_ = wrong
        for use in (made, lambda: made * 3, lambda: zffi.sizeof(made)):
            with pytest.raises((errors.Error, TypeError)):
                use()
        assert not hasattr(made, "b")
    made._fields_ = [("a", c_int)]
    assert (made(5).a, zffi.sizeof(made)) == (5, 4)
    with pytest.raises(AttributeError, match="Later has its members already"):
        made._fields_ = [("a", c_double)]
    assert made(5).a == 5
    derived = MAKE("Derived", (made,), {})
    with pytest.raises(AttributeError, match="Derived has its members already"):
        derived._fields_ = [("a", c_double)]


def test_failed_definitions_do_not_leak() -> None:
    need_classes_that_go()

    def use() -> None:
        for wrong in ([("a", c_int), ("a", c_int)], [("a", c_int, 99)], [("a", int)]):
            with pytest.raises((errors.Error, TypeError)):
                MAKE("Wrong", (Struct,), {"_fields_": wrong})

    assert blocks_left(use, 50, warm_up=10) < 60
