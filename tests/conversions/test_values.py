"""C values in Python: their memory, their buffers, their names."""

import pickle
import struct
import weakref
from typing import Any, cast

import pytest
from leaks import need_classes_that_go

import zffi
from zffi import _core, errors

TYPES = [value for name, value in vars(zffi).items() if name.startswith("c_")]


@pytest.mark.parametrize("ctype", TYPES, ids=lambda ctype: ctype.__name__)
def test_every_type(ctype: Any) -> None:
    value = ctype()
    assert zffi.sizeof(ctype) == zffi.sizeof(value) == len(bytes(value))
    parts = 2 if "complex" in ctype.__name__ else 1
    assert zffi.alignment(ctype) == zffi.alignment(value) == zffi.sizeof(ctype) // parts
    assert bytes(value) == bytes(zffi.sizeof(ctype))
    has_text = "longdouble" in ctype.__name__  # whose parts are shown with all their digits
    assert has_text or repr(value) == f"{ctype.__name__}({value.value!r})"
    assert not value
    assert zffi.addressof(value) % zffi.alignment(ctype) == 0
    assert ctype.__module__ == "zffi"
    assert pickle.loads(pickle.dumps(ctype)) is ctype
    assert ctype.__doc__.startswith(("C ", "POSIX "))
    assert not hasattr(value, "__dict__")
    assert weakref.ref(value)() is value
    view = memoryview(cast(Any, value))
    assert (view.ndim, view.itemsize, view.readonly, view.c_contiguous) == (
        0,
        zffi.sizeof(ctype),
        False,
        True,
    )
    is_known = (
        ctype is not zffi.c_wchar and not view.format.strip("Z").startswith("g") and parts == 1
    )
    assert not is_known or struct.calcsize(view.format) == view.itemsize


def test_types_are_distinct() -> None:
    assert len(set(TYPES)) == len(TYPES) == 42


def test_value_is_in_the_memory() -> None:
    value = zffi.c_int(1)
    view = memoryview(value).cast("B")
    view[1] = 1
    assert value.value == 257
    value.value = -1
    assert bytes(view) == b"\xff\xff\xff\xff"
    with pytest.raises(
        errors.ArgumentOverflowError, match=r"c_int value \(int\): 4294967296 is out of range"
    ):
        value.value = 1 << 32
    assert value.value == -1
    with pytest.raises(AttributeError):
        del value.value


def test_errors_name_the_type() -> None:
    with pytest.raises(
        errors.ArgumentError, match=r"c_double value \(double\): expected a number, got str"
    ) as caught:
        zffi.c_double("x")  # type: ignore[arg-type]
    assert (caught.value.ctype, caught.value.given, caught.value.function) == (
        "double",
        "str",
        None,
    )


def test_a_pointer_shows_its_address() -> None:
    """Not what it points to, which may not be there: a repr must not be a crash."""
    for ctype in (zffi.c_void_p, zffi.c_const_void_p, zffi.c_char_p, zffi.c_wchar_p):
        assert repr(ctype(4096)) == f"{ctype.__name__}(0x1000)"
        assert repr(ctype(None)) == f"{ctype.__name__}(None)"
        assert ctype(4096)


def test_numbers() -> None:
    assert int(zffi.c_int(-5)) == -5
    assert int(zffi.c_uint8(53)) == 53
    assert float(zffi.c_float(1.5)) == float(zffi.c_double(1.5)) == 1.5
    assert int(zffi.c_double(2.9)) == 2
    assert float(zffi.c_int(3)) == 3.0
    assert [bool(zffi.c_double(x)) for x in (0.0, -0.0, 1e-300, float("nan"))] == [
        False,
        False,
        True,
        True,
    ]
    assert [bool(zffi.c_char(x)) for x in (b"\0", b"0")] == [False, True]
    assert bool(zffi.c_uint64(1 << 63))
    for value in (zffi.c_char(b"5"), zffi.c_wchar("5"), zffi.c_char_p(b"5"), zffi.c_void_p(5)):
        for number in (int, float):
            with pytest.raises(TypeError, match=r"is no number; use its \.value"):
                number(value)


def test_abstract_classes_have_no_values() -> None:
    with pytest.raises(TypeError, match="no C type of its own"):
        _core.Data()
    for wrong in (_core.Data, _core.CType, int, 5):
        with pytest.raises(TypeError, match="expected a C type or a C data object"):
            zffi.sizeof(wrong)  # type: ignore[arg-type]


def test_subclasses_are_the_same_c_type() -> None:
    class Handle(zffi.c_uint16):
        def doubled(self) -> int:
            return self.value * 2

    handle = Handle(21)
    assert handle.doubled() == 42
    assert zffi.sizeof(Handle) == 2
    assert repr(handle) == "Handle(21)"
    assert zffi.load("c").func("htons", Handle, [Handle])(1) == 256


def test_values_do_not_leak_their_class() -> None:
    """A class made at run time goes away with its values."""
    need_classes_that_go()

    class Temporary(zffi.c_int):
        pass

    gone = weakref.ref(Temporary)
    Temporary(5)
    del Temporary
    import gc

    gc.collect()
    assert gone() is None


def test_the_class_of_a_value_is_fixed() -> None:
    """It says what the memory is; another class would read something else, or past the end."""

    class Small(zffi.c_int8):
        pass

    class Large(zffi.c_double):
        pass

    value = Small(5)
    for other in (Large, zffi.c_int, _core.Data, zffi.c_int * 1000):
        with pytest.raises((AttributeError, TypeError)):
            value.__class__ = other  # type: ignore[assignment]
    assert value.value == 5


def test_derived_metaclasses() -> None:
    class Meta(_core.CType):
        pass

    made: list[Any] = []

    class Early(zffi.c_int, metaclass=Meta):
        def __init_subclass__(cls) -> None:
            made.append(cls(7))

    class Late(Early):
        pass

    assert Early(5).value == 5
    assert [value.value for value in made] == [7]
    assert zffi.sizeof(Late) == 4


def test_bool_memory() -> None:
    """What another has written into a bool's memory is passed as a bool has it: 0 or 1."""
    value = zffi.c_bool()
    memoryview(value).cast("B")[0] = 2
    assert value.value is True
    assert zffi.function(zffi.load("c").sym("labs"), zffi.c_long, [zffi.c_bool])(value) == 1


def test_pointers_in_a_circle_are_collected() -> None:
    import gc

    class Weak(zffi.c_void_p):
        pass

    one, two = Weak(), Weak()
    one.value, two.value = zffi.byref(two), zffi.byref(one)
    gone = weakref.ref(one)
    del one, two
    gc.collect()
    assert gone() is None


def test_text_that_is_not_utf8() -> None:
    with pytest.raises(errors.ArgumentValueError, match="lone surrogate") as caught:
        zffi.c_char_p("\ud800")
    assert caught.value.given == "str"
