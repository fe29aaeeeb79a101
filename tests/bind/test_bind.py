"""Library.bind: annotations as the signature of a C function."""

from __future__ import annotations

import inspect
import pickle
from enum import IntEnum
from typing import Annotated, Any, assert_type

import pytest

import zffi
from zffi import POINTER, Pointer, c_char_p, c_double, c_long, errors, types

libc, libm = zffi.load("c"), zffi.load("m")


class Division(zffi.Struct):
    quotient: types.long
    remainder: types.long


class Sign(IntEnum):
    PLUS = 1


@libm.bind
def hypot(x: types.double, y: types.double) -> types.double:
    """The length of the longest side.

    No more.
    """
    raise NotImplementedError


def test_the_function_is_the_bound_one() -> None:
    function: Any = hypot
    assert hypot(3, 4) == 5.0
    assert type(function) is type(len)
    assert str(inspect.signature(hypot)) == "(x, y, /)"
    assert inspect.getdoc(hypot) == (
        "double hypot(double x, double y)\n\nThe length of the longest side.\n\nNo more.\n\n"
        "Bound by zffi from m."
    )
    assert zffi.info(function).doc == "The length of the longest side.\n\nNo more."
    assert pickle.loads(pickle.dumps(function))(6, 8) == 10.0


def test_kinds_of_annotations() -> None:
    @libc.bind
    def ldiv(n: c_long, d: Annotated[int, c_long]) -> Division: ...  # type: ignore[empty-body]

    @libc.bind
    def strlen(text: Annotated[bytes, "a note", c_char_p]) -> types.size_t: ...  # type: ignore[empty-body]

    @libc.bind
    def modf(x: types.double, whole: Pointer[c_double]) -> types.double: ...  # type: ignore[empty-body]

    @libc.bind(symbol="abs")
    def sign(x: Sign) -> Sign: ...  # type: ignore[empty-body]

    @libc.bind
    def srand(seed: types.uint) -> None:
        pass

    assert ldiv(17, 5) == Division(3, 2)  # type: ignore[arg-type]
    assert strlen(b"four") == 4
    whole: Any = c_double()
    assert modf(2.5, whole) == 0.5
    assert whole.value == 2.0
    assert sign(Sign.PLUS) is Sign.PLUS
    srand(1)
    assert zffi.info(modf).argtypes == (c_double, POINTER(c_double))


def test_options() -> None:
    @libc.bind(symbol="abs", gil="hold", errno=True)
    def absolute(x: types.int_) -> types.int_:
        raise NotImplementedError

    @libc.bind(check=zffi.errno_if(-1))
    def chdir(path: types.char_p) -> types.int_:
        raise NotImplementedError

    @libc.bind(optional=True)
    def no_such_function() -> None: ...

    info = zffi.info(absolute)
    assert (info.name, info.gil, info.errno, absolute(-2)) == ("abs", "hold", True, 2)
    with pytest.raises(FileNotFoundError):
        chdir(b"/no such folder/at all")
    assert no_such_function is None


def test_variadic() -> None:
    @libc.bind
    def snprintf(
        to: types.void_p, size: types.size_t, format: types.char_p, *rest: object
    ) -> types.int_:
        raise NotImplementedError

    buffer: Any = zffi.create_string_buffer(20)
    assert snprintf(buffer, 20, b"%d %s %g", 7, b"x", 0.5) == 7
    assert buffer.value == b"7 x 0.5"


def test_names_are_looked_up_where_the_function_is() -> None:
    class Local(zffi.Struct):
        quotient: types.long
        remainder: types.long

    def inside() -> Any:
        local = Local  # so that the name is here too

        @libc.bind(symbol="ldiv")
        def divide(n: types.long, d: types.long) -> Local:
            raise NotImplementedError

        return divide, local

    class Group:
        Size = zffi.c_size_t

        @libc.bind
        def strlen(text: types.char_p) -> Size:  # type: ignore[misc, valid-type]
            raise NotImplementedError

    @libc.bind(symbol="ldiv")
    def divide(n: types.long, d: types.long) -> Local:
        raise NotImplementedError

    group: Any = Group
    assert type(divide(17, 5)) is Local
    assert type(inside()[0](17, 5)) is Local
    assert group.strlen(b"abc") == group().strlen(b"abc") == 3


SCOPE = {"libc": libc, "types": types, "zffi": zffi, "int32": zffi.c_int}
REFUSED = [
    ("def abs(x: types.int_ = 3) -> None: ...", "bind: abs(): x: C has no default values"),
    ("def abs(*, x: types.int_) -> None: ...", "x: C has no keyword arguments"),
    ("def abs(**x: types.int_) -> None: ...", "x: C has no keyword arguments"),
    ("def abs(*x: types.int_) -> None: ...", "*x stands for the dots of a variadic function"),
    ("def abs(x) -> types.int_: ...", "bind: abs(): x has no annotation"),
    ("def abs(x: types.int_): ...", "the result has no annotation; write -> None for void"),
    ("def abs(x: int) -> None: ...", "is no C type; did you mean c_int or c_int64?"),
    ("def abs(x: 'Later') -> None: ...", "bind: abs(): name 'Later' is not defined"),
    ("def abs(x: None) -> None: ...", "x: <class 'NoneType'> is no C type"),
    ("def abs(x: types.int_) -> types.int_: return x", "its body would never run"),
    ("def abs(x: types.int_) -> types.int_: return 1", "its body would never run"),
    ("def abs(x: types.int_) -> types.int_: raise ValueError", "its body would never run"),
    ("def abs(x: types.int_) -> types.int_: yield", "its body would never run"),
    ("async def abs(x: types.int_) -> types.int_: ...", "its body would never run"),
    ("def abz(x: types.int_) -> types.int_: ...", "c has no symbol 'abz'"),
    ("class abs: ...", "bind() expected a function with annotations, got type"),
    ("@staticmethod\ndef abs() -> None: ...", "got staticmethod"),
]


@pytest.mark.parametrize(("source", "words"), REFUSED)
def test_what_is_refused(source: str, words: str) -> None:
    with pytest.raises((errors.Error, TypeError)) as caught:
        exec(f"@libc.bind\n{source}", dict(SCOPE))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "...",
        "pass",
        "'a text'",
        "'a text'; ...",
        "raise NotImplementedError",
        "'t'; raise NotImplementedError",
    ],
)
def test_bodies_that_say_nothing(body: str) -> None:
    scope: dict[str, Any] = dict(SCOPE)
    exec(f"@libc.bind\ndef abs(x: 'int32') -> 'int32':\n  {body}", scope)
    assert scope["abs"](-3) == 3


def test_what_type_checkers_see() -> None:
    """`make check` says whether they do."""

    @libm.bind
    def cos(x: types.double) -> types.double:
        raise NotImplementedError

    @libm.bind(gil="hold", symbol="sqrt")
    def root(x: types.double) -> types.double:
        raise NotImplementedError

    @libm.bind(optional=True)
    def sin(x: types.double) -> types.double:
        raise NotImplementedError

    assert_type(cos(0), float)
    assert_type(root(4.0), float)
    assert sin is not None
    assert_type(sin(0.0), float)
    with pytest.raises(errors.ArgumentError, match="expected a number, got str"):
        cos("far")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="exactly one argument"):
        root(1, 2)  # type: ignore[call-arg]
