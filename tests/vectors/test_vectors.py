"""The vectors of table.py and wide.py against compiled C, in every build, by every convention that
this machine can call."""

from typing import Any

import pytest
from native import Native
from native.callees import Callees
from native.shapes import ctype, value
from vectors.table import VECTORS, WRITTEN, Vector, source
from vectors.wide import WIDE

import zffi
from zffi import errors


@pytest.fixture(scope="module")
def library(callees: Callees, compile_callees: Native) -> zffi.Library:
    text = source([*VECTORS, *WRITTEN, *WIDE], callees.attribute, callees.abi)
    path = compile_callees.text("vectors", text, flags=["-Wno-psabi", "-Wno-unused-parameter"])
    return zffi.load(path, abi=callees.abi)


def bind(library: zffi.Library, one: Vector) -> Any:
    """The function of a vector; its struct arguments are given as tuples."""
    types = [ctype(shape) for shape in one.arguments]
    function = library.func(one.name, ctype(one.result), types)

    def call(*given: Any) -> Any:
        return function(*map(value, one.arguments, given))

    return call


@pytest.mark.parametrize("one", [*VECTORS, *WIDE], ids=str)
def test_vector(library: zffi.Library, callees: Callees, one: Vector) -> None:
    if callees.abi in one.ambiguous:
        pytest.skip(f"compilers disagree about it in {callees.abi}")
    if callees.abi in one.refused:
        with pytest.raises(errors.TypeValidationError, match="cannot be passed"):
            zffi.signature(ctype(one.result), [*map(ctype, one.arguments)], abi=callees.abi)
        return
    function = bind(library, one)
    for given, expected in one.cases:
        for _ in range(2):
            assert function(*given) == value(one.result, expected)


@pytest.mark.parametrize("one", WRITTEN, ids=str)
def test_written_in_order(library: zffi.Library, one: Vector) -> None:
    function = bind(library, one)
    ((given, expected),) = one.cases
    for _ in range(2):
        buffer = bytearray(256)
        function(buffer, *given)
        assert buffer.partition(b"\0")[0].decode() == expected
