"""What semantics.md and reference.md list is what zffi has, and their tables are true."""

import inspect
import math
import re
import types
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import zffi

DOCS = Path(__file__).parents[2] / "docs"
C_TYPES = {name: getattr(zffi, name) for name in dir(zffi) if name.startswith("c_")}
POINTERS = ("c_void_p", "c_const_void_p", "c_char_p", "c_wchar_p")


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its first two lines."""
    _, found, text = (DOCS / page).read_text(encoding="utf-8").partition(f"\n{heading}\n")
    assert found, f"{page} has no heading {heading!r}"
    lines = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)[0].splitlines()
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines[2:]]


TYPES = {cells[0]: cells[1:] for cells in rows("semantics.md", "## Types")}


def test_every_c_type_is_in_the_table() -> None:
    assert TYPES.keys() == C_TYPES.keys()


@pytest.mark.parametrize("name", C_TYPES)
def test_row_of_the_table_of_types(name: str) -> None:
    c_name, size, values, gives = TYPES[name]
    c_type = C_TYPES[name]
    assert str(zffi.signature(c_type)) == f"{c_name} (void)".replace("* (", "*(")
    assert zffi.sizeof(c_type) == int(size)
    assert gives.partition(" ")[0].strip("`,") == type(c_type(a_value(name)).value).__name__
    assert ("or `None` for NULL" in gives) == (name in POINTERS)
    assert name not in POINTERS or c_type().value is None
    edges = re.fullmatch(r"(-?\d+) to (\d+)", values)
    if edges is not None:
        check_range(c_type, int(edges[1]), int(edges[2]))


def a_value(name: str) -> object:
    return {"c_char": b"a", "c_wchar": "a", "c_char_p": b"a", "c_wchar_p": "a"}.get(name, 1)


def check_range(c_type: Any, low: int, high: int) -> None:
    for value in (low, high):
        c_type(value)
    for value in (low - 1, high + 1):
        with pytest.raises(zffi.errors.ArgumentOverflowError):
            c_type(value)


class Index:
    """An integer by its __index__."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


ARGUMENT = zffi.errors.ArgumentError
OVERFLOW = zffi.errors.ArgumentOverflowError
VALUE = zffi.errors.ArgumentValueError

# What the table of numbers and characters says, row by row: what a type takes, and what it refuses.
TAKEN: dict[str, tuple[list[object], list[tuple[object, type[Exception]]]]] = {
    "an integer type": (
        [5, True, Index(-5)],
        [(2**31, OVERFLOW), (Index(2**40), OVERFLOW), (1.0, ARGUMENT), ("1", ARGUMENT)],
    ),
    "c_bool": (
        [True, False, 0, 1, Index(1)],
        [(2, OVERFLOW), (-1, OVERFLOW), (Index(2), OVERFLOW), (1.0, ARGUMENT), ("1", ARGUMENT)],
    ),
    "c_char": (
        [b"a", bytearray(b"a"), -128, 127, Index(7)],
        [(b"", VALUE), (b"ab", VALUE), (128, OVERFLOW), ("a", ARGUMENT), (1.0, ARGUMENT)],
    ),
    "c_wchar": (
        ["a", "\U0010ffff"],
        [("", VALUE), ("ab", VALUE), (65, ARGUMENT), (b"a", ARGUMENT)],
    ),
    "c_double": (
        [1.5, 1, Index(3), Fraction(1, 2), math.inf, math.nan],
        [(10**400, OVERFLOW), ("1", ARGUMENT), (None, ARGUMENT), (1j, ARGUMENT)],
    ),
    "c_float": (
        [1.5, 1, Index(3), Fraction(1, 2), math.inf, math.nan],
        [(1e39, OVERFLOW), (10**400, OVERFLOW), ("1", ARGUMENT), (None, ARGUMENT), (1j, ARGUMENT)],
    ),
    "c_float16": (
        [1.5, 1, Index(3), Fraction(1, 2), math.inf, math.nan],
        [(65520, OVERFLOW), (10**400, OVERFLOW), ("1", ARGUMENT), (1j, ARGUMENT)],
    ),
    "c_longdouble": (
        [1.5, 1, 10**400, Index(3), Fraction(1, 2), math.inf, math.nan, "1e4000", "0x1p-3"],
        [
            (10**5000, OVERFLOW),
            ("1e5000", OVERFLOW),
            ("one", VALUE),
            (1j, ARGUMENT),
        ],
    ),
    "c_double_complex": (
        [1.5, 1, 2j, Index(3), Fraction(1, 2), math.inf, zffi.c_longdouble_complex(1j).value],
        [(10**400, OVERFLOW), ("1", ARGUMENT), (None, ARGUMENT), ((1, 2), ARGUMENT)],
    ),
    "c_float_complex": (
        [1.5, 1, 2j, Index(3), Fraction(1, 2), math.inf],
        [(1e39j, OVERFLOW), (10**400, OVERFLOW), ("1", ARGUMENT), (None, ARGUMENT)],
    ),
    "c_longdouble_complex": (
        [1.5, 10**400, 2j, Index(3), "0.1", (1, "0.1"), (zffi.c_longdouble(1), 2.0)],
        [((1, 10**5000), OVERFLOW), ((1, "b"), VALUE), (None, ARGUMENT), ((1, 2, 3), ARGUMENT)],
    ),
}


def test_table_of_numbers_has_these_rows() -> None:
    assert [cells[0] for cells in rows("semantics.md", "### Numbers and characters")] == list(TAKEN)


@pytest.mark.parametrize("row", TAKEN)
def test_row_of_the_table_of_numbers(row: str) -> None:
    c_type = C_TYPES.get(row, zffi.c_int)
    taken, refused = TAKEN[row]
    for value in taken:
        c_type(value)
    for value, error in refused:
        with pytest.raises(ARGUMENT) as raised:
            c_type(value)
        assert type(raised.value) is error


def read_only(size: int) -> memoryview:
    return memoryview(bytes(size))


# A value for each row of the table of pointers.
POINTED = {
    "None": None,
    "int`, or an object with `__index__": 4096,
    "byref(data)": zffi.byref(zffi.c_int()),
    "writable contiguous buffer": bytearray(8),
    "read-only contiguous buffer": read_only(8),
    "bytes": b"bytes",
    "str": "str",
    "instance of `c_void_p": zffi.c_void_p(4096),
    "instance of `c_const_void_p": zffi.c_const_void_p(4096),
    "instance of `c_char_p": zffi.c_char_p(4096),
    "instance of `c_wchar_p": zffi.c_wchar_p(4096),
    "instance of another C type": zffi.c_int(1),
}


@pytest.mark.parametrize(("column", "c_type"), list(enumerate(POINTERS)), ids=POINTERS)
@pytest.mark.parametrize("cells", rows("semantics.md", "### Pointers"), ids=lambda row: row[0])
def test_cell_of_the_table_of_pointers(cells: list[str], column: int, c_type: str) -> None:
    value, says = POINTED[cells[0]], cells[1 + column]
    take = zffi.load("c").func("labs", zffi.c_long, [getattr(zffi, c_type)])
    if says == "refused":
        with pytest.raises(zffi.errors.ArgumentError) as raised:
            take(value)
        assert type(raised.value) is zffi.errors.ArgumentError
        return
    given = take(value)
    assert (given == 0) == (says == "NULL")
    assert says != "that address" or given == 4096
    assert says != "its value" or given == 4096
    if "checked for NUL" in says:
        with pytest.raises(VALUE):
            take({"bytes": b"a\0b", "str": "a\0b"}[cells[0]])


# -- reference.md ----------------------------------------------------------------------------------

REFERENCE = (DOCS / "reference.md").read_text(encoding="utf-8")
PUBLIC = [
    name
    for name in dir(zffi)
    if not name.startswith("_")
    and (name == "errors" or not isinstance(getattr(zffi, name), types.ModuleType))
]


@pytest.mark.parametrize("name", PUBLIC)
def test_reference_names_everything_public(name: str) -> None:
    assert f"`{name}`" in REFERENCE


@pytest.mark.parametrize("name", zffi.errors.__all__)
def test_reference_names_every_error(name: str) -> None:
    assert f"`{name}`" in REFERENCE


@pytest.mark.parametrize("owner", [zffi.Library, zffi.signature, zffi.FunctionInfo])
def test_reference_names_every_attribute(owner: type) -> None:
    heading = f"### `{owner.__name__}`"
    listed = {cells[0] for cells in rows("reference.md", heading)}
    has = {name for name, kind in vars(owner).items() if inspect.isdatadescriptor(kind)}
    assert listed == {name for name in has if not name.startswith("_")}


FIELDS = {
    **{
        name: [cells[0] for cells in rows("reference.md", f"### `{name}`")]
        for name in zffi.errors.__all__
        if re.search(rf"^### `{name}`\n\n[^#]*^\|", REFERENCE, re.MULTILINE)
    },
    **{
        cells[0]: re.findall(r"\w+", cells[2])
        for cells in rows("reference.md", "### Errors without a use")
    },
}


@pytest.mark.parametrize("name", zffi.errors.__all__)
def test_reference_lists_the_fields_of_an_error(name: str) -> None:
    error_class = getattr(zffi.errors, name)
    has = set(vars(error_class("what happened"))) - {"__notes__"}
    inherited = [field for base in error_class.__mro__ for field in FIELDS.get(base.__name__, [])]
    assert set(inherited) == has


@pytest.mark.parametrize("name", zffi.errors.__all__)
def test_reference_names_the_bases_of_an_error(name: str) -> None:
    _, found, text = REFERENCE.partition(f"### `{name}`\n\n")
    section = text.partition("\n#")[0] if found else REFERENCE
    bases = getattr(zffi.errors, name).__bases__
    for base in [base.__name__ for base in bases if base not in (zffi.Error, Exception)]:
        assert f"`{base}`" in section
