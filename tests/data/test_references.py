"""byref(): offsets, what it keeps alive, many at once, and at the end of the interpreter."""

import gc
import subprocess
import sys
import weakref
from typing import Any

import pytest

import zffi
from zffi import POINTER, Struct, byref, c_char, c_int, c_uint32, c_void_p, types

C = zffi.load("c")
memcpy = C.func("memcpy", c_void_p, [c_void_p, c_void_p, zffi.c_size_t])


class Pair(Struct):
    first: types.int_
    second: types.int_


def test_offsets() -> None:
    pair, value = Pair(1, 2), c_int()
    for offset, expected in ((0, 1), (4, 2)):
        memcpy(byref(value), byref(pair, offset), 4)
        assert value.value == expected
    memcpy(byref(pair, vars(Pair)["second"].offset), byref(c_int(9)), 4)
    assert pair == Pair(1, 9)
    for wrong in (-1, 8, 9, 2**40, -(2**40)):
        with pytest.raises(ValueError, match=r"offset -?\d+ is outside .*Pair, which has 8 bytes"):
            byref(pair, wrong)
    for wrong in (2**64, -(2**64)):
        with pytest.raises(OverflowError):
            byref(pair, wrong)
    made: Any = byref
    for args in (
        (),
        (pair, 0, 0),
        (pair, "x"),
        (pair, 1.0),
        (5,),
        (b"x",),
        (Pair,),
        (byref(pair),),
    ):
        with pytest.raises(TypeError):
            made(*args)
    assert zffi.string_at(byref((c_char * 3)(*b"abc"), 1), 2) == b"bc"
    assert "byref(Pair(first=1, second=9))" in repr(byref(pair))
    empty = (c_int * 0)()
    with pytest.raises(ValueError, match="outside"):
        byref(empty, 1)
    byref(empty)


def test_what_it_keeps() -> None:
    class Own(Pair):
        pass

    value = Own(1, 2)
    gone, references = weakref.ref(value), [byref(value) for _ in range(100)]
    del value
    gc.collect()
    del references[1:]
    gc.collect()
    assert gone() is not None
    references.clear()
    assert gone() is None
    view: Any = (Own * 3)()
    reference, gone = byref(view[1], 4), weakref.ref(view)
    del view
    gc.collect()
    assert gone() is not None
    memcpy(reference, byref(c_int(5)), 4)
    pointer = POINTER(c_uint32)()
    holder: Any = zffi.struct("Holder").field("p", c_void_p).build()(reference)
    del reference
    gc.collect()
    assert gone() is not None
    assert zffi.cast(holder.p, type(pointer))[0] == 5
    del holder
    gc.collect()
    assert gone() is None


def test_many_at_once() -> None:
    values = [c_int(i) for i in range(1000)]
    for _ in range(3):
        references = [byref(value) for value in values]
        for i in range(0, 1000, 7):
            found = c_int()
            memcpy(byref(found), references[i], 4)
            assert found.value == i
        assert len(set(map(id, references))) == 1000
        del references[::2]
        references += [byref(value) for value in values[:500]]


def test_cycles_are_collected() -> None:
    class Open(Pair):
        __slots__ = ("__dict__",)

    gone = []
    for _ in range(30):
        value: Any = Open(1, 2)
        value.own = byref(value)
        gone.append(weakref.ref(value))
    del value
    gc.collect()
    assert [ref() for ref in gone] == [None] * 30


def test_finalizers_that_make_references() -> None:
    class Busy(Pair):
        def __del__(self) -> None:
            kept.extend(byref(c_int(i)) for i in range(20))

    kept: list[Any] = []
    for _ in range(20):
        byref(Busy(1, 2))
        del kept[::3]
    found = c_int()
    for reference in kept:
        memcpy(byref(found), reference, 4)
        assert 0 <= found.value < 20


def test_the_end_of_the_interpreter() -> None:
    """References that live until then, and are made and dropped while modules go."""
    script = """
import sys, zffi
class Last(zffi.Struct):
    __slots__ = ("__dict__",)
    _fields_ = [("x", zffi.c_int)]
    def __del__(self, byref=zffi.byref, c_int=zffi.c_int, write=zffi.load("c").func(
            "write", zffi.c_ssize_t, [zffi.c_int, zffi.c_const_void_p, zffi.c_size_t])):
        references = [byref(c_int(i)) for i in range(20)]
        del references[::2]
        write(1, b".", 1)
kept = [zffi.byref(zffi.c_int(i)) for i in range(20)]
last = Last(1)
last.own, last.kept = last, [zffi.byref(last) for _ in range(20)]
sys.kept, zffi.kept, zffi._core.kept = Last(2), Last(3), [zffi.byref(Last(4))]
[zffi.byref(zffi.c_int()) for _ in range(20)]
"""
    command = [sys.executable, "-X", "faulthandler", "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(ran.stdout) == {"."}
