"""What it costs to reach a function through the namespace of cdef, and to declare functions.

A call is timed as in timing.py, by a local name and by an attribute of what users hold.
"""

import functools
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bench import candidates, timing, toolchain

NAMES: Final = ("noop", "square", "strlen", "two_double", "six_int64")


@dataclass(frozen=True)
class Access:
    """A call, in nanoseconds: by a local name, and as an attribute."""

    name: str
    local: float
    attribute: float


def measure(rounds: int) -> list[Access]:
    import zffi

    text = "\n".join(str(candidates.prototypes()[name]) for name in NAMES)
    namespace = zffi.load(toolchain.library()).cdef(text, gil="hold")
    loops = [timing.make_loop(None)]
    for name in NAMES:
        symbol = candidates.prototypes()[name].symbol
        arguments, _ = candidates.CALLS[name]
        loops.append(_loop("call", getattr(namespace, symbol), arguments))
        loops.append(_loop(f"call.{symbol}", namespace, arguments))
    empty, *costs = timing.measure_loops(loops, rounds)
    calls = [(cost - empty) / timing.UNROLL for cost in costs]
    return [Access(name, *pair) for name, pair in zip(NAMES, _pairs(calls), strict=True)]


def _pairs(values: list[float]) -> Iterator[tuple[float, float]]:
    yield from zip(values[::2], values[1::2], strict=True)


def _loop(expression: str, call: Any, arguments: tuple[Any, ...]) -> timing.Loop:
    """As timing.make_loop, but what is called is an expression."""
    names = [f"a{i}" for i in range(len(arguments))]
    defaults = ", ".join(f"{name}={name}" for name in ("call", *names))
    body = [f"        {expression}({', '.join(names)})"] * timing.UNROLL
    source = "\n".join([f"def loop(items, {defaults}):", "    for _ in items:", *body])
    namespace = {"call": call, **dict(zip(names, arguments, strict=True))}
    exec(source, namespace)
    loop: timing.Loop = namespace["loop"]
    return loop


COUNTS: Final = (1, 100, 1000)


def declare() -> dict[str, dict[int, float]]:
    """What it takes to declare so many functions, in milliseconds: a new text, the same once more,
    and as many calls of func()."""
    import zffi

    library = zffi.load(toolchain.library())
    library.cdef("int bench_of_nothing_yet;", optional=True)  # what is imported once
    fresh = itertools.count()
    found: dict[str, dict[int, float]] = {"a new text": {}, "the same text": {}, "func()": {}}
    for count in COUNTS:
        texts = [_text(count, next(fresh)) for _ in range(3)]
        known = [texts[0]] * 5
        binding = functools.partial(
            library.func, "bench_two_double", zffi.c_double, [zffi.c_double, zffi.c_double]
        )
        found["a new text"][count] = min(_milliseconds(library.cdef, text) for text in texts)
        found["the same text"][count] = min(_milliseconds(library.cdef, text) for text in known)
        found["func()"][count] = min(_milliseconds(_repeat, binding, count) for _ in range(5))
    return found


def _repeat(action: Callable[[], object], count: int) -> None:
    for _ in range(count):
        action()


def _text(count: int, number: int) -> str:
    """Declarations of functions with different names, all of them the same symbol."""
    return "".join(
        f'double f{i}_{number}(double first, double second) __asm__("bench_two_double");\n'
        for i in range(count)
    )


def _milliseconds(action: Callable[..., object], *arguments: Any) -> float:
    start = time.perf_counter()
    action(*arguments)
    return (time.perf_counter() - start) * 1000


def markdown(measured: list[Access], declared: dict[str, dict[int, float]]) -> Iterator[str]:
    yield "## Calls through the namespace of cdef\n"
    yield "| call | by a local name, ns | ns.f(...), ns | ratio |\n|---|---:|---:|---:|"
    for each in measured:
        ratio = each.attribute / each.local
        yield f"| {each.name} | {each.local:,.1f} | {each.attribute:,.1f} | {ratio:.2f} |"
    mean = timing.geometric_mean(each.attribute / each.local for each in measured)
    yield f"| **geometric mean** | | | {mean:.2f} |\n"
    yield "| functions declared, ms | " + " | ".join(f"{count:,}" for count in COUNTS) + " |"
    yield "|---" + "|---:" * len(COUNTS) + "|"
    for what, costs in declared.items():
        yield f"| {what} | " + " | ".join(f"{costs[count]:,.2f}" for count in COUNTS) + " |"
    yield ""
