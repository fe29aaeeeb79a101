"""Handles: pointers to opaque types keep apart from each other, and from all that is no handle."""

import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from leaks import need_classes_that_go
from native import Native

import zffi
from zffi import POINTER, byref, c_char_p, c_const_void_p, c_int, c_void_p, errors, handle

Database: Any = handle("database")
Statement: Any = handle("statement")


class Functions:
    """The functions of the fixture."""

    def __init__(self, path: Any) -> None:
        library = zffi.load(path)
        self.open = library.func("database_open", c_int, [c_int, POINTER(Database)])
        self.same = library.func("database_same", Database, [Database])
        self.count = library.func("database_count", c_int, {"self": Database})
        self.close = library.func("database_close", None, [Database])
        self.make = library.func("statement_make", Statement, [Database, c_int])
        self.end = library.func("statement_close", Database, [Statement])
        self.path = path


@pytest.fixture(scope="module")
def c(native: Native) -> Functions:
    return Functions(native("handles.c"))


def test_round_trip(c: Functions) -> None:
    database = Database()
    assert not database
    assert c.open(5, byref(database)) == 0
    assert database
    assert c.count(database) == 5
    statement = c.make(database, 1)
    assert type(statement) is Statement
    assert c.end(statement) == database
    assert c.count(database) == 6
    again = c.same(database)
    assert again == database
    assert again is not database
    assert hash(again) == hash(database)
    assert {database: 1}[again] == 1
    assert again != Database()
    address: Any = zffi.cast(database, c_void_p)
    assert c.count(address) == 6
    assert hex(address.value) in repr(database)
    c.close(again)


def test_null(c: Functions) -> None:
    assert c.open(-1, byref(database := Database())) == -1
    assert database == Database()
    assert repr(database).endswith("(None)")
    assert c.count(None) == c.count(database) == -1
    assert not c.same(None)


def test_class() -> None:
    assert handle("database") is Database is not Statement
    assert str(zffi.signature(Database, [Statement])) == "database *(statement *)"
    assert str(zffi.signature(handle("struct point"))) == "struct point *(void)"
    assert handle("struct point") is not handle("point")
    assert zffi.sizeof(Database) == 8
    assert pickle.loads(pickle.dumps(Database)) is Database
    assert pickle.loads(pickle.dumps(Database._type_)) is Database._type_


REFUSED: dict[str, Callable[[], object]] = {
    "another handle": Statement,
    "NULL of another": lambda: zffi.cast(None, Statement),
    "int *": lambda: zffi.pointer(c_int(1)),
    "array": lambda: (zffi.c_char * 64)(),
    "buffer": lambda: bytearray(64),
    "read-only buffer": lambda: memoryview(bytes(64)),
    "bytes": lambda: bytes(64),
    "str": lambda: "database",
    "byref": lambda: byref(c_int(1)),
    "byref inside": lambda: byref((c_int * 4)(), 4),
    "byref of a handle": lambda: byref(Database()),
    "const void *": lambda: c_const_void_p(8),
    "char *": lambda: c_char_p(8),
    "handle of it": lambda: POINTER(Database)(Database()),
    "struct": lambda: zffi.c_longdouble(1),
    "float": lambda: 1.0,
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(c: Functions, name: str) -> None:
    with pytest.raises(errors.ArgumentError, match=r"argument 1 'self' \(database \*\)"):
        c.count(REFUSED[name]())


@pytest.mark.parametrize("kind", [c_void_p, c_const_void_p])
def test_void_pointers_take_handles(c: Functions, kind: Any) -> None:
    same = zffi.load(c.path).func("database_same", c_void_p, [kind])
    assert same(zffi.cast(4096, Database)) == 4096


@pytest.mark.parametrize(
    "kind", [Statement, c_char_p, zffi.c_wchar_p, POINTER(c_int), POINTER(zffi.c_char), c_int]
)
def test_nothing_else_takes_handles(c: Functions, kind: Any) -> None:
    same = zffi.load(c.path).func("database_same", c_void_p, [kind])
    for value in (Database(), zffi.cast(4096, Database)):
        with pytest.raises(errors.ArgumentError):
            same(value)


LOOKS: dict[str, Callable[[Any], object]] = {
    "element": lambda p: p[0],
    "element set": lambda p: p.__setitem__(0, 1),
    "slice": lambda p: p[0:2],
    "contents": lambda p: p.contents,
    "sum": lambda p: p + 1,
    "sum on the left": lambda p: 1 + p,
    "difference": lambda p: p - 1,
    "distance": lambda p: p - p,
    "size": lambda p: zffi.sizeof(type(p)._type_),
    "alignment": lambda p: zffi.alignment(type(p)._type_),
    "value": lambda p: type(p)._type_(),
    "array": lambda p: type(p)._type_ * 2,
    "from an address": lambda p: type(p)._type_.from_address(4096),
    "argument": lambda p: zffi.signature(None, [type(p)._type_]),
    "result": lambda p: zffi.signature(type(p)._type_),
}


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_looks_behind_it(name: str) -> None:
    with pytest.raises(TypeError, match="incomplete: it has no members yet"):
        LOOKS[name](zffi.cast(4096, Database))


def test_nothing_contains_what_is_behind_it() -> None:
    with pytest.raises(errors.SignatureError, match="the type is incomplete"):

        class Box(zffi.Struct):
            _fields_ = [("inside", Database._type_)]


def test_in_structs_and_arrays() -> None:
    class Box(zffi.Struct):
        _fields_ = [("database", Database), ("statements", Statement * 2)]

    make: Any = Box
    box = make(zffi.cast(8, Database))
    assert box.database == zffi.cast(8, Database)
    box.statements[1] = zffi.cast(16, Statement)
    assert list(map(bool, box.statements)) == [False, True]
    with pytest.raises(errors.ArgumentError):
        box.database = box.statements[1]
    with pytest.raises(errors.ArgumentError):
        box.statements[0] = box.database


@pytest.mark.parametrize(
    "name",
    ["", " ", " a", "struct  a", "union struct a", "a b", "sqlite3 *", "3d", "struct ", "é", "a\n"],
)
def test_wrong_names(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a C type"):
        handle(name)


def test_wrong_types() -> None:
    with pytest.raises(TypeError):
        handle(5)  # type: ignore[arg-type]


def test_nothing_lives_for_ever() -> None:
    need_classes_that_go()
    reference = weakref.ref(handle("passing"))
    for _ in range(3):
        gc.collect()
    assert reference() is None
    assert handle("passing") is handle("passing")
