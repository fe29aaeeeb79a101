"""Library.var and T.in_dll: the data that a library exports, and how long it stays mapped."""

import gc
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from library.test_close import is_mapped
from native import Native

import zffi
from zffi import POINTER, Pointer, Struct, c_char, c_char_p, c_double, c_int, errors, types


class Point(Struct):
    x: types.double
    y: types.double
    name: types.char_p


@pytest.fixture
def copy(one_native: Native, tmp_path: Path) -> Path:
    return Path(shutil.copy(one_native("variables.c"), tmp_path / "variables.so"))


@pytest.fixture
def library(copy: Path) -> zffi.Library:
    return zffi.load(copy)


def test_scalars(library: zffi.Library) -> None:
    number, again = library.var("number", c_int), c_int.in_dll(library, "number")
    get = library.func("get_number", c_int)
    assert (type(number), number.value, get()) == (c_int, 41, 41)
    number.value += 1
    assert (again.value, get()) == (42, 42)
    assert zffi.addressof(number) == zffi.addressof(again) == library.sym("number")
    assert library.var("fixed", c_int).value == 7


def test_arrays_and_text(library: zffi.Library) -> None:
    row: Any = library.var("row", c_int * 4)
    row[1:3] = [20, 30]
    assert list((c_int * 4).in_dll(library, "row")) == [1, 20, 30, 4]
    text: Any = library.var("text", c_char * 8)
    text.value = b"changed"
    assert library.var("text", c_char * 8).value == b"changed"
    words: Any = library.var("words", c_char_p * 3)
    assert list(words) == [b"one", b"two", None]
    words[2] = b"three" * 10
    assert words[2] == b"three" * 10


def test_structs_and_pointers(library: zffi.Library) -> None:
    origin = library.var("origin", Point)
    current: Pointer[Any] = library.var("current", POINTER(Point))
    assert (origin.x, origin.name, current[0].y) == (0.5, b"origin", 1.5)
    origin.y = 9
    assert current.contents.y == 9.0
    other = Point(7, 8, b"other")
    current.contents = other
    assert library.var("current", POINTER(Point))[0].x == 7.0
    assert library.var("origin", Point) == origin


def test_what_is_not_there(library: zffi.Library) -> None:
    uses: list[Callable[[], Any]] = [
        lambda: library.var("nothing", c_int),
        lambda: c_int.in_dll(library, "nothing"),
    ]
    for use in uses:
        with pytest.raises(errors.SymbolError, match="has no symbol 'nothing'"):
            use()
    assert library.func("address_of_missing", zffi.c_void_p)() is None
    with pytest.raises(errors.SymbolError, match="missing"):
        library.var("missing", c_int)
    name: Any
    for name, error in ((5, TypeError), (b"number", TypeError), ("", ValueError)):
        with pytest.raises(error):
            library.var(name, c_int)
    with pytest.raises(ValueError, match="NUL"):
        library.var("number\0x", c_int)
    wrong: Any
    for wrong in (int, None, 5, c_int(5), Struct, zffi.Array):
        with pytest.raises(TypeError):
            library.var("number", wrong)
    for wrong in (None, "m", library.path):
        with pytest.raises(TypeError):
            c_int.in_dll(wrong, "number")
    with pytest.raises(TypeError):
        Struct.in_dll(library, "number")


def test_a_closed_library_has_no_variables(library: zffi.Library) -> None:
    library.close()
    uses: list[Callable[[], Any]] = [
        lambda: library.var("number", c_int),
        lambda: c_int.in_dll(library, "number"),
    ]
    for use in uses:
        with pytest.raises(errors.LibraryClosedError):
            use()


KEEPERS: dict[str, Any] = {
    "object": lambda library: library.var("number", c_int),
    "element": lambda library: library.var("words", (c_char_p * 1) * 3)[1],
    "buffer": lambda library: memoryview(library.var("row", c_int * 4)),
    "slice of a buffer": lambda library: memoryview(library.var("row", c_int * 4))[1:2],
    "from_buffer": lambda library: (c_int * 4).from_buffer(library.var("row", c_int * 4)),
    "pointer": lambda library: zffi.pointer(library.var("number", c_int)),
    "byref": lambda library: zffi.byref(library.var("number", c_int)),
    "cast": lambda library: zffi.cast(library.var("row", c_int * 4), POINTER(c_double)),
    "member": lambda library: zffi.struct("Outer").field("p", Point).build().in_dll(
        library, "origin"
    ).p,
}  # fmt: skip


@pytest.mark.parametrize("keeper", KEEPERS)
def test_memory_stays_as_long_as_it_is_seen(copy: Path, keeper: str) -> None:
    library = zffi.load(copy)
    kept = KEEPERS[keeper](library)
    library.close()
    assert library.closed
    assert is_mapped(copy)
    if isinstance(kept, zffi.Array):
        assert bytes(kept)
    del library
    gc.collect()
    assert is_mapped(copy)
    del kept
    gc.collect()
    assert not is_mapped(copy)


def test_many_variables_keep_one_library(copy: Path) -> None:
    with zffi.load(copy) as library:
        variables = [library.var("number", c_int) for _ in range(100)]
    for i, variable in enumerate(variables):
        variable.value = i
    assert variables[0].value == 99
    while variables:
        assert is_mapped(copy)
        del variables[-1:], variable
        variable = None  # type: ignore[assignment]
    assert not is_mapped(copy)


def test_the_other_order(copy: Path) -> None:
    """The variable goes first, then the library is closed."""
    library = zffi.load(copy)
    variable = library.var("number", c_int)
    del variable
    assert library.var("number", c_int).value == 41
    library.close()
    assert not is_mapped(copy)
