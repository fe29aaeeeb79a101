"""What C data costs in Python, by zffi and by others: members, structs, calls by value, arrays.

A line is one statement in a loop, the loop's own cost included, as timeit would give it: what a
`__slots__` attribute costs without its loop is too little to be measured.
"""

import array
import ctypes
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench import candidates, timing, toolchain

ELEMENTS: Final = 100_000


@dataclass(frozen=True)
class Statement:
    """Python code, and the names in it."""

    code: str
    names: Mapping[str, Any]

    def loop(self) -> timing.Loop:
        names = ", ".join(f"{name}={name}" for name in self.names)
        source = f"def loop(items, {names}):\n    for _ in items:\n        {self.code}"
        namespace = dict(self.names)
        exec(source, namespace)
        loop: timing.Loop = namespace["loop"]
        return loop


@dataclass(frozen=True)
class Comparison:
    """The same done by zffi and by another."""

    what: str
    other: str
    by_zffi: Statement
    by_other: Statement


class Slots:
    """What a member of a struct is measured by: the fastest attribute that Python has."""

    __slots__ = ("count", "x")

    def __init__(self, x: float, count: int) -> None:
        self.x = x
        self.count = count


def comparisons() -> Iterator[Comparison]:
    yield from _members()
    yield from _by_value()
    yield from _arrays()


def _members() -> Iterator[Comparison]:
    import zffi

    point = zffi.struct("Point").field("x", zffi.c_double).field("count", zffi.c_int).build()
    other = type(
        "Other",
        (ctypes.Structure,),
        {"_fields_": [("x", ctypes.c_double), ("count", ctypes.c_int)]},
    )
    mine, slots, theirs = point(1.5, 7), Slots(1.5, 7), other(1.5, 7)
    for what, code in (
        ("read a double", "p.x"),
        ("read a small int", "p.count"),
        ("write a double", "p.x = 2.5"),
        ("write an int", "p.count = 9"),
    ):
        by_zffi = Statement(code, {"p": mine})
        yield Comparison(what, "__slots__", by_zffi, Statement(code, {"p": slots}))
        yield Comparison(what, "ctypes", by_zffi, Statement(code, {"p": theirs}))
    for what, code in (
        ("a new struct of two members", "make(1.5, 7)"),
        ("the same by keywords", "make(x=1.5, count=7)"),
    ):
        by_zffi = Statement(code, {"make": point})
        yield Comparison(what, "ctypes", by_zffi, Statement(code, {"make": other}))


def _by_value() -> Iterator[Comparison]:
    import zffi

    code = "add(a, b)"
    what = "two structs of two doubles in, one out"
    vector = zffi.struct("BenchVector").field("x", zffi.c_double).field("y", zffi.c_double).build()
    add = zffi.load(toolchain.library()).func("bench_add", vector, [vector, vector], gil="hold")
    by_zffi = Statement(code, {"add": add, "a": vector(1, 2), "b": vector(3, 4)})
    other = type(
        "Vector",
        (ctypes.Structure,),
        {"_fields_": [("x", ctypes.c_double), ("y", ctypes.c_double)]},
    )
    held = ctypes.PyDLL(str(toolchain.library()))["bench_add"]
    held.restype, held.argtypes = other, [other, other]
    values = {"add": held, "a": other(1, 2), "b": other(3, 4)}
    yield Comparison(what, "ctypes PyDLL", by_zffi, Statement(code, values))
    try:
        api = candidates.cffi_api()
    except ImportError:
        return
    one, two = (api.ffi.new("BenchVector *", pair)[0] for pair in ([1, 2], [3, 4]))
    values = {"add": api.lib.bench_add, "a": one, "b": two}
    yield Comparison(what, "cffi API", by_zffi, Statement(code, values))


def _arrays() -> Iterator[Comparison]:
    import zffi

    numbers = list(range(ELEMENTS))
    made = array.array("i", numbers)
    mine, theirs = (zffi.c_int * ELEMENTS)(), (ctypes.c_int * ELEMENTS)()
    fill = Statement("mine[:] = numbers", {"mine": mine, "numbers": numbers})
    other = Statement("make('i', numbers)", {"make": array.array, "numbers": numbers})
    what = f"fill an array of {ELEMENTS:,} ints from a list"
    yield Comparison(what, "array.array", fill, other)
    yield Comparison(
        what, "ctypes", fill, Statement("a[:] = numbers", {"a": theirs, "numbers": numbers})
    )
    yield Comparison(
        "the same from a buffer",
        "ctypes.memmove",
        Statement("mine[:] = made", {"mine": mine, "made": made}),
        Statement(
            "move(theirs, source, size)",
            {
                "move": ctypes.memmove,
                "theirs": theirs,
                "source": made.buffer_info()[0],
                "size": len(made) * made.itemsize,
            },
        ),
    )


def measure(rounds: int) -> list[tuple[Comparison, float, float]]:
    """Each comparison with the nanoseconds that zffi and the other take for the statement."""
    found = list(comparisons())
    loops = [each.loop() for pair in found for each in (pair.by_zffi, pair.by_other)]
    costs = timing.measure_loops(loops, rounds)
    return list(zip(found, itertools.islice(costs, 0, None, 2), costs[1::2], strict=True))
