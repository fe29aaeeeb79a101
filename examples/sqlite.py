"""Makes an SQLite database in memory, fills a table, queries it, and prints what came back.

Usage: python sqlite.py [LEAST_POPULATION_IN_MILLIONS]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import zffi
from zffi import c_char_p, c_double, c_int, c_int64, c_void_p

OK, ROW, DONE = 0, 100, 101
COPY_ALL = (-1, 2**64 - 1)  # the text ends with a NUL; the address -1 says to copy it at once

library = zffi.load("sqlite3")


def sqlite(name: str, restype: Any, *argtypes: Any, check: Any = None) -> Any:
    return library.func(f"sqlite3_{name}", restype, argtypes, check=check)


errmsg = sqlite("errmsg", c_char_p, c_void_p)
db_handle = sqlite("db_handle", c_void_p, c_void_p)


def check_database(code: int, function: object, args: tuple[Any, ...]) -> int:
    """For check= of a function whose first argument is a database."""
    if code not in (OK, ROW, DONE):
        raise RuntimeError(errmsg(args[0]).decode())
    return code


def check_statement(code: int, function: object, args: tuple[Any, ...]) -> int:
    """The same for a statement, which knows its database."""
    return check_database(code, function, (db_handle(args[0]),))


open_database = sqlite("open", c_int, c_char_p, c_void_p, check=zffi.nonzero_is_error)
close = sqlite("close", c_int, c_void_p, check=check_database)
text = c_char_p, c_int  # and its size in bytes, or -1
prepare = sqlite("prepare_v2", c_int, c_void_p, *text, c_void_p, c_void_p, check=check_database)
step = sqlite("step", c_int, c_void_p, check=check_statement)
finalize = sqlite("finalize", c_int, c_void_p)

place = c_void_p, c_int  # the statement, and which parameter (from 1) or column (from 0)
binders = {  # by type of the value: the function, and what else it takes
    int: (sqlite("bind_int64", c_int, *place, c_int64, check=check_statement), ()),
    float: (sqlite("bind_double", c_int, *place, c_double, check=check_statement), ()),
    str: (sqlite("bind_text", c_int, *place, *text, c_void_p, check=check_statement), COPY_ALL),
}
readers = {  # by what column_type says
    1: sqlite("column_int64", c_int64, *place),
    2: sqlite("column_double", c_double, *place),
    3: sqlite("column_text", c_char_p, *place, check=lambda text, function, args: text.decode()),
}
column_count = sqlite("column_count", c_int, c_void_p)
column_type = sqlite("column_type", c_int, *place)


def query(db: c_void_p, sql: str, *values: int | float | str) -> Iterator[tuple[Any, ...]]:
    statement = c_void_p()
    prepare(db, sql, -1, zffi.byref(statement), None)
    try:
        for index, value in enumerate(values, 1):
            bind, more = binders[type(value)]
            bind(statement, index, value, *more)
        while step(statement) == ROW:
            types = [column_type(statement, i) for i in range(column_count(statement))]
            yield tuple(readers[kind](statement, i) for i, kind in enumerate(types))
    finally:
        finalize(statement)


def main(least: str = "1") -> None:
    db = c_void_p()
    open_database(":memory:", zffi.byref(db))
    list(query(db, "CREATE TABLE cities (name TEXT, people INTEGER, area REAL)"))
    for city in [("Zürich", 436_551, 87.9), ("Wien", 2_005_760, 414.8), ("서울", 9_411_440, 605.2)]:
        list(query(db, "INSERT INTO cities VALUES (?, ?, ?)", *city))
    select = "SELECT * FROM cities WHERE people >= ?"
    for name, people, area in query(db, select, round(float(least) * 1e6)):
        print(f"{name:<8} {people:>12,} people {area:>8.1f} km²")
    try:
        list(query(db, "SELECT * FROM towns"))
    except RuntimeError as error:
        print(f"As it should, this fails: {error}")
    close(db)


if __name__ == "__main__":
    main(*sys.argv[1:])
