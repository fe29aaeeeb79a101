"""Functions of equal signatures share one: what is the same, what is not, and what it keeps."""

import gc
import sys
import tracemalloc
import weakref
from typing import Any

import pytest
from leaks import blocks_left, need_classes_that_go

import zffi
from zffi import POINTER, c_char_p, c_double, c_float, c_int, c_int64, c_void_p, errors, types

C = zffi.load("c")


def signature_of(*arguments: Any, **options: Any) -> zffi.signature:
    return zffi.info(C.func("abs", *arguments, **options)).signature


def test_equal_signatures_are_one() -> None:
    first = signature_of(c_int, [c_int, c_double])
    assert signature_of(c_int, [c_int, c_double]) is first
    assert signature_of(c_int, (c_int, c_double), gil="hold", errno=True) is first
    assert zffi.signature(c_int, [c_int, c_double]) is first
    assert zffi.info(zffi.function(C.sym("abs"), c_int, [c_int, c_double])).signature is first


def test_what_makes_a_signature_another() -> None:
    others = [
        signature_of(c_int, [c_int, c_double]),
        signature_of(c_int, [c_double, c_int]),
        signature_of(None, [c_int, c_double]),
        signature_of(c_int, [c_int]),
        signature_of(c_int, []),
        signature_of(c_int, [c_int, c_double, c_double]),
        signature_of(c_int, [c_int, c_double], fixed=1),
        signature_of(c_int, [c_int, c_double], fixed=2),
        signature_of(c_int, {"a": c_int, "b": c_double}),
        signature_of(c_int, {"b": c_int, "a": c_double}),
        *(zffi.signature(c_int, [c_int, c_double], abi=abi) for abi in ("win64", "apple64")),
    ]
    assert len({id(other) for other in others}) == len(others)
    assert others[0] == others[8] == others[9]


def test_names_are_shared_too_and_stay_apart() -> None:
    named = signature_of(c_int, {"left": c_int, "right": c_double})
    assert signature_of(c_int, {"left": c_int, "right": c_double}) is named
    assert named.names == ("left", "right")
    assert signature_of(c_int, [c_int, c_double]).names is None
    assert signature_of(c_int, {"x": c_int, "y": c_double}).names == ("x", "y")
    one: Any = C.func("abs", c_int, {"left": c_int})
    two: Any = C.func("abs", c_int, {"right": c_int})
    for function, word in ((one, "left"), (two, "right")):
        assert function.__text_signature__ == f"({word}, /)"
        with pytest.raises(errors.ArgumentError, match=f"argument 1 '{word}'"):
            function("x")
    assert one(-7) == two(-7) == 7


def test_one_with_names_outlives_the_one_without() -> None:
    named = zffi.signature(c_int, {"first": c_int, "second": c_float, "third": c_int64})
    plain = weakref.ref(zffi.signature(c_int, [c_int, c_float, c_int64]))
    gc.collect()
    assert plain() is not None  # `named` uses its plan
    assert "first" not in str(plain())
    assert str(named.plan) == str(zffi.signature(c_int, [c_int, c_float, c_int64]).plan)
    del named
    assert plain() is None


def test_a_shared_signature_dies_with_its_last_user() -> None:
    function: Any = C.func("abs", c_int, [c_int, c_void_p, c_char_p])
    signature = weakref.ref(zffi.info(function).signature)
    assert signature() is not None
    del function
    assert signature() is None
    assert (
        str(signature_of(c_int, [c_int, c_void_p, c_char_p])) == "int (int, void *, const char *)"
    )


def test_classes_are_not_kept() -> None:
    need_classes_that_go()

    def use() -> "weakref.ref[Any]":
        class Point(zffi.Struct):
            x: types.double
            y: types.double

        function = C.func("abs", c_int, [POINTER(Point), Point])
        assert zffi.info(function).signature is signature_of(c_int, [POINTER(Point), Point])
        return weakref.ref(Point)

    known = use()
    gc.collect()
    assert known() is None
    assert blocks_left(use, 50, warm_up=10) < 60


def test_signatures_leave_nothing() -> None:
    def use() -> None:
        for count in range(1, 60):
            zffi.signature(c_double, [c_double] * count)
            zffi.signature(c_double, {f"a{i}": c_float for i in range(count)})

    assert blocks_left(use, 10, warm_up=5) < 30


def test_memory_of_a_function() -> None:
    """Ten functions of a signature; the function objects are the interpreter's own."""
    scalars = [c_int, c_double, c_void_p, c_char_p, c_float]
    signatures = [(result, [a, b, c_int64]) for result in scalars for a in scalars for b in scalars]

    def bind() -> list[Any]:
        return [C.func("abs", result, [*given]) for _ in range(10) for result, given in signatures]

    del bind()[:]
    gc.collect()
    tracemalloc.start()
    try:
        functions = bind()
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    beside = (size - sys.getsizeof(functions)) / len(functions) - sys.getsizeof(functions[0])
    assert beside <= 500
