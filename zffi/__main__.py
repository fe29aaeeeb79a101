"""python -m zffi: what this machine supports, a self-check, and calls per second beside ctypes.

The exit status is 0 only if every check held. --json prints the same for machines.
"""

from __future__ import annotations

import argparse
import errno
import functools
import json
import math
import os
import platform
import sys
import timeit
from collections.abc import Callable, Iterator
from typing import Any

import zffi
from zffi import _core

Check = tuple[str, Callable[[], object], object]
Rates = dict[str, dict[str, float]]  # declaration: who: calls per second


def machine() -> dict[str, str]:
    """Where zffi runs and how it calls."""
    return {
        "zffi": zffi.__version__,
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "C library": " ".join(platform.libc_ver()).strip() or "unknown",
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        "calling convention": _core.abi,
        "tier": tiers(),
    }


TIERS = {
    "prebuilt": "stubs that are part of zffi for common signatures",
    "stub": "stubs made at run time",
    "plan": "C code that walks a plan for the rest",
}


def tiers() -> str:
    """How calls are made here, and what is missing."""
    here = _core.tiers()
    ways = ", ".join(f"{tier} ({TIERS[tier]})" for tier in here)
    forced = os.environ.get("ZFFI_TIER")
    if "stub" in here:
        return ways
    why = f"ZFFI_TIER={forced}" if forced else "this system refuses executable memory"
    return f"{ways}; none made at run time: {why}"


def checks() -> Iterator[Check]:
    """(what, how to get a value, what it must be), against the system's own libc and libm."""
    c, m = zffi.load("c"), zffi.load("m", gil="hold")
    double, size = zffi.c_double, zffi.c_size_t
    yield "abs(-42)", lambda: c.func("abs", zffi.c_int, [zffi.c_int])(-42), 42
    yield "strlen", lambda: c.func("strlen", size, [zffi.c_char_p])("Hello, zffi!"), 12
    yield "getpid", c.func("getpid", zffi.c_int), os.getpid()
    yield "sqrt(16)", lambda: m.func("sqrt", double, [double])(16), 4.0
    yield "pow(2, 3)", lambda: m.func("pow", double, [double, double])(2, 3), 8.0
    yield "fma(2, 3, 4)", lambda: m.func("fma", double, [double] * 3)(2, 3, 4), 10.0
    yield "modff through byref", lambda: modff(m, 2.75), (0.75, 2.0)
    yield "strtoull, all bits", lambda: strtoull(c, str(2**64 - 1)), 2**64 - 1
    yield "memcpy into a buffer", lambda: copied(c, b"bytes"), b"bytes"
    yield "errno of a failed open", lambda: errno_of_failure(c), errno.ENOENT
    yield "cos agrees with math.cos", lambda: agrees(m, "cos", math.cos), True
    yield "a wrong type is refused", lambda: refuses(c, "5", TypeError), True
    yield "an int too large is refused", lambda: refuses(c, 2**31, OverflowError), True
    yield "a closed library is refused", closed_library, True


def modff(m: zffi.Library, value: float) -> tuple[float, float]:
    whole = zffi.c_float()
    fraction = m.func("modff", zffi.c_float, [zffi.c_float, zffi.c_void_p])
    return fraction(value, zffi.byref(whole)), whole.value


def strtoull(c: zffi.Library, text: str) -> int:
    argtypes = [zffi.c_char_p, zffi.c_void_p, zffi.c_int]
    value: int = c.func("strtoull", zffi.c_ulonglong, argtypes)(text, None, 10)
    return value


def copied(c: zffi.Library, data: bytes) -> bytes:
    target = bytearray(len(data))
    memcpy = c.func("memcpy", zffi.c_void_p, [zffi.c_void_p, zffi.c_const_void_p, zffi.c_size_t])
    memcpy(target, data, len(data))
    return bytes(target)


def errno_of_failure(c: zffi.Library) -> int | None:
    chdir = c.func("chdir", zffi.c_int, [zffi.c_char_p], check=zffi.errno_if(-1))
    try:
        chdir("/no such folder/at all")
    except OSError as error:
        return error.errno
    return None


def agrees(m: zffi.Library, name: str, reference: Callable[[float], float]) -> bool:
    function = m.func(name, zffi.c_double, [zffi.c_double])
    return all(math.isclose(function(x / 7), reference(x / 7)) for x in range(-1000, 1000))


def refuses(c: zffi.Library, value: object, error: type[Exception]) -> bool:
    try:
        c.func("abs", zffi.c_int, [zffi.c_int])(value)
    except error:
        return True
    return False


def closed_library() -> bool:
    with zffi.load("m") as library:
        sqrt = library.func("sqrt", zffi.c_double, [zffi.c_double])
    try:
        sqrt(4.0)
    except zffi.errors.LibraryClosedError:
        return True
    return False


def run_checks() -> dict[str, str | None]:
    """Each check's name, with None if it held, or what was wrong."""
    results: dict[str, str | None] = {}
    for name, compute, wanted in checks():
        try:
            got = compute()
        except Exception as error:
            results[name] = f"{type(error).__name__}: {error}"
        else:
            results[name] = None if got == wanted else f"got {got!r}, expected {wanted!r}"
    return results


# What is timed: the C declaration, library, symbol, types (by the names that zffi and ctypes
# share), values.
TIMED: list[tuple[str, str, str, str, list[str], tuple[Any, ...]]] = [
    ("int abs(int)", "c", "abs", "c_int", ["c_int"], (-12345,)),
    ("size_t strlen(const char *)", "c", "strlen", "c_size_t", ["c_char_p"], (b"hello",)),
    ("double fabs(double)", "m", "fabs", "c_double", ["c_double"], (-1.5,)),
    ("double copysign(double, double)", "m", "copysign", "c_double", ["c_double"] * 2, (3.0, -1.0)),
]


def bind(module: Any, library: Any, symbol: str, restype: str, argtypes: list[str]) -> Any:
    """`symbol` bound by zffi or by ctypes."""
    result, arguments = getattr(module, restype), [getattr(module, name) for name in argtypes]
    if module is zffi:
        return library.func(symbol, result, arguments)
    function = library[symbol]
    function.restype, function.argtypes = result, arguments
    return function


def contenders(name: str) -> dict[str, tuple[Any, Any]]:
    """Who is timed on library `name`: (module, open library), the GIL held and released."""
    here = zffi.load(name)
    found: dict[str, tuple[Any, Any]] = {
        "zffi hold": (zffi, zffi.load(name, gil="hold")),
        "zffi release": (zffi, here),
    }
    try:
        import ctypes
    except ImportError:
        return found
    return found | {
        "ctypes PyDLL": (ctypes, ctypes.PyDLL(here.path)),
        "ctypes CDLL": (ctypes, ctypes.CDLL(here.path)),
    }


def best_rates(calls: dict[str, Callable[[], float]], rounds: int = 15) -> dict[str, float]:
    """Calls per second: the best of several rounds, in each of which every contender runs once."""
    best = dict.fromkeys(calls, math.inf)
    for _ in range(rounds):
        for who, seconds in calls.items():
            best[who] = min(best[who], seconds())
    return {who: LOOPS / seconds for who, seconds in best.items()}


LOOPS = 5_000


def rates() -> Rates:
    table: Rates = {}
    for declaration, library, symbol, restype, argtypes, values in TIMED:
        timers: dict[str, Callable[[], float]] = {}
        arguments = ", ".join(f"a{i}" for i in range(len(values)))
        names = {f"a{i}": value for i, value in enumerate(values)}
        for who, (module, opened) in contenders(library).items():
            function = bind(module, opened, symbol, restype, argtypes)
            timer = timeit.Timer(f"f({arguments})", globals={"f": function, **names})
            timers[who] = functools.partial(timer.timeit, LOOPS)
        table[declaration] = best_rates(timers)
    return table


def print_report(report: dict[str, Any]) -> None:
    for what, value in report["machine"].items():
        print(f"{what:<20}{value}")
    results: dict[str, str | None] = report["checks"]
    failures = {name: why for name, why in results.items() if why is not None}
    print(f"{'self-check':<20}{len(results) - len(failures)} of {len(results)} checks held")
    for name, why in failures.items():
        print(f"  FAILED  {name}: {why}")
    table: Rates = report["calls_per_second"]
    columns = list(next(iter(table.values())))
    print(f"\n{'million calls per second':<34}" + "".join(f"{column:>14}" for column in columns))
    for declaration, row in table.items():
        cells = (f"{row[column] / 1e6:>14.1f}" for column in columns)
        print(f"{declaration:<34}" + "".join(cells))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m zffi", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args()
    results = run_checks()
    ok = not any(results.values())
    report = {"ok": ok, "machine": machine(), "checks": results, "calls_per_second": rates()}
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print_report(report)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
