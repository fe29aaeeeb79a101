"""What is measured: each function of native/bench.h, bound in every way to call it from Python.

The prototypes come from the header; what a call is made with, and must give back, is in CALLS.
"""

import contextlib
import ctypes
import functools
import importlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal

from bench import toolchain

HANDWRITTEN_HOLD: Final = "hand-written, hold"
HANDWRITTEN_RELEASE: Final = "hand-written, release"
ZFFI_HOLD: Final = "zffi, hold"
ZFFI_RELEASE: Final = "zffi, release"
CTYPES_HOLD: Final = "ctypes PyDLL"
CTYPES_RELEASE: Final = "ctypes CDLL"
CFFI_API: Final = "cffi API"
CFFI_ABI: Final = "cffi ABI"

# Integers beyond the interpreter's cache of small ones; half of the 64-bit ones need more than one
# digit of 30 bits. A double is given as a float, text as bytes, an address as an int.
_INT32: Final = (1_000, 2_000, 3_000, 4_000, 5_000, 6_000)
_INT64: Final = (5_000_000_000, 2_000, 6_000_000_000, 4_000, 7_000_000_000, 6_000)
_ADDRESS: Final = 0x7F12_3456_7890
_COUNTS: Final = ("one", "two", "three", "four", "five", "six")

# name -> (arguments, result)
CALLS: Final[dict[str, tuple[tuple[Any, ...], object]]] = {
    "noop": ((), None),
    "square": ((1.5,), 2.25),
    "strlen": ((b"hello, native world",), 19),
    "pointer": ((_ADDRESS,), _ADDRESS),
    "two_double": ((1.5, 2.25), 3.75),
    "three_double": ((1.5, 2.25, 3.5), 7.25),
    **{f"{word}_int32": (_INT32[:n], sum(_INT32[:n])) for n, word in enumerate(_COUNTS, 1)},
    **{f"{word}_int64": (_INT64[:n], sum(_INT64[:n])) for n, word in enumerate(_COUNTS, 1)},
}

# One of each kind, so that a mean over them is not mostly about integers.
CORE: Final = ("noop", "square", "strlen", "pointer", "two_int32", "two_double", "six_int64")


@dataclass(frozen=True)
class Prototype:
    """A C function, each type spelled as in C."""

    symbol: str
    result: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.result} {self.symbol}({', '.join(self.parameters) or 'void'});"


@dataclass(frozen=True)
class Candidate:
    """One way to make one call."""

    call: Callable[..., object]
    arguments: tuple[Any, ...]
    result: object


@dataclass(frozen=True)
class Suite:
    """Everything there is to measure on this machine."""

    table: dict[str, dict[str, Candidate]]  # signature -> candidate name -> candidate
    missing: dict[str, str]  # candidate name -> why it is not in the table


@functools.cache
def prototypes() -> dict[str, Prototype]:
    """The functions to call, by their names in CALLS."""
    header = (toolchain.NATIVE / "bench.h").read_text()
    found = {}
    pattern = re.compile(r"^(\w.*?)(bench_\w+)\((.*)\);$", re.MULTILINE)
    for result, symbol, parameters in pattern.findall(header):
        words = [re.sub(r"\w+$", "", parameter).strip() for parameter in parameters.split(", ")]
        found[symbol.removeprefix("bench_")] = Prototype(
            symbol, result.strip(), () if parameters == "void" else tuple(words)
        )
    return {name: found[name] for name in CALLS}


@functools.cache
def handwritten(name: str, *flags: str) -> ModuleType:
    """The hand-written extension, built under a name."""
    return toolchain.extension(name, toolchain.NATIVE / "handwritten.c", f"-DMODULE={name}", *flags)


@functools.cache
def suite() -> Suite:
    """Builds and binds every candidate, and makes sure that they all do the same."""
    made = Suite({name: {} for name in CALLS}, {})
    for names, bind in _FAMILIES.items():
        try:
            for name, candidate, bound in bind(names):
                made.table[name][candidate] = bound
        except ImportError as error:
            made.missing.update(dict.fromkeys(names, str(error)))
    for name, candidates in made.table.items():
        for candidate, bound in candidates.items():
            result = bound.call(*bound.arguments)
            if result != bound.result:
                raise AssertionError(f"{name} by {candidate}: {result!r}, not {bound.result!r}")
    return made


_Bound = Iterator[tuple[str, str, Candidate]]  # name in CALLS, candidate name, candidate


def _handwritten(names: tuple[str, ...]) -> _Bound:
    modules = (handwritten("handwritten_hold"), handwritten("handwritten_release", "-DRELEASE_GIL"))
    for candidate, module in zip(names, modules, strict=True):
        for name, call in CALLS.items():
            yield name, candidate, Candidate(getattr(module, name), *call)


def _zffi(names: tuple[str, ...]) -> _Bound:
    import zffi

    library = zffi.load(toolchain.library())
    policies: tuple[Literal["hold", "release"], ...] = ("hold", "release")
    for candidate, gil in zip(names, policies, strict=True):
        for name, prototype in prototypes().items():
            result, *parameters = types(zffi, prototype)
            call = library.func(prototype.symbol, result, parameters, gil=gil)
            yield name, candidate, Candidate(call, *CALLS[name])


def _ctypes(names: tuple[str, ...]) -> _Bound:
    for candidate, loader in zip(names, (ctypes.PyDLL, ctypes.CDLL), strict=True):
        library = loader(str(toolchain.library()))
        for name, prototype in prototypes().items():
            call = library[prototype.symbol]
            call.restype, *call.argtypes = types(ctypes, prototype)
            yield name, candidate, Candidate(call, *CALLS[name])


VECTOR: Final = """typedef struct { double x, y; } BenchVector;
BenchVector bench_add(BenchVector a, BenchVector b);"""


@functools.cache
def cffi_api() -> ModuleType:
    """A compiled module of cffi with all functions; ImportError without cffi."""
    cffi = importlib.import_module("cffi")  # it has no types of its own

    builder = cffi.FFI()
    builder.cdef("\n".join([*map(str, prototypes().values()), VECTOR]))
    builder.set_source("zffibench_cffi", '#include "bench.h"')
    source = toolchain.library().with_name("zffibench_cffi.c")
    with contextlib.redirect_stdout(io.StringIO()):  # it tells what it writes
        builder.emit_c_code(str(source))
    return toolchain.extension("zffibench_cffi", source)


def _cffi(names: tuple[str, ...]) -> _Bound:
    api = cffi_api()
    in_line = importlib.import_module("cffi").FFI()
    in_line.cdef("\n".join(map(str, prototypes().values())))
    libraries = ((api.ffi, api.lib), (in_line, in_line.dlopen(str(toolchain.library()))))
    for candidate, (ffi, library) in zip(names, libraries, strict=True):
        for name, prototype in prototypes().items():
            arguments, result = CALLS[name]
            if name == "pointer":  # to cffi an address is an object of its own
                result = ffi.cast("void *", result)
                arguments = (result,)
            call = getattr(library, prototype.symbol)
            yield name, candidate, Candidate(call, arguments, result)


def types(module: Any, prototype: Prototype) -> list[Any]:
    """The types of result and parameters, which zffi and ctypes call by the same names."""
    words = {
        "void": None,
        "const char *": module.c_char_p,
        "void *": module.c_void_p,
        "size_t": module.c_size_t,
        "double": module.c_double,
        "int32_t": module.c_int32,
        "int64_t": module.c_int64,
    }
    return [words[name] for name in (prototype.result, *prototype.parameters)]


# Each binds all functions for its candidates, given their names; an ImportError says that the
# machine lacks them.
_FAMILIES: Final[dict[tuple[str, ...], Callable[[tuple[str, ...]], _Bound]]] = {
    (HANDWRITTEN_HOLD, HANDWRITTEN_RELEASE): _handwritten,
    (ZFFI_HOLD, ZFFI_RELEASE): _zffi,
    (CTYPES_HOLD, CTYPES_RELEASE): _ctypes,
    (CFFI_API, CFFI_ABI): _cffi,
}

CANDIDATES: Final = tuple(name for names in _FAMILIES for name in names)
