"""What binding functions costs, by zffi and by ctypes: time, and memory.

A library of ten thousand functions is bound as a user would write it, each with a list of types of
its own; there are 200 signatures among them. Memory is counted by a process of its own, where the
interpreter takes all from malloc, which knows how much it has handed out.
"""

import ctypes
import gc
import itertools
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from types import ModuleType
from typing import Any, Final

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import toolchain

FUNCTIONS: Final = 10_000
SIGNATURES: Final = 200
ROUNDS: Final = 10
QUICK_ROUNDS: Final = 3
NAMES: Final = [f"many_{number:04}" for number in range(FUNCTIONS)]

# As both call them.
_TYPES: Final = (
    *("c_int", "c_double", "c_void_p", "c_char_p"),
    *("c_size_t", "c_uint8", "c_int64", "c_float"),
)

Signature = tuple[Any, list[Any]]


@dataclass(frozen=True)
class Binding:
    """What one function costs: nanoseconds, and bytes beside the function object itself."""

    time: float
    memory: float


def measure(rounds: int = ROUNDS) -> dict[str, Binding]:
    """By the names of zffi and ctypes."""
    best = dict.fromkeys(_BINDERS, math.inf)
    for _ in range(rounds):
        for name in _BINDERS:
            best[name] = min(best[name], _time(name))
    return {name: Binding(best[name] / FUNCTIONS, _memory(name)) for name in _BINDERS}


def signatures(module: ModuleType) -> list[Signature]:
    """The result and the parameters of each signature: none is there twice."""
    types = [getattr(module, name) for name in _TYPES]
    pairs = list(itertools.product(types, repeat=2))
    found = []
    for position in range(SIGNATURES):
        result = [None, *types][position % (1 + len(types))]
        rest = [types[(position + 3 * number) % len(types)] for number in range(position % 5)]
        found.append((result, [*pairs[position % len(pairs)], *rest]))
    return found


def _library() -> str:
    name = "libmany.so"
    source = toolchain.NATIVE / "many.c"
    return str(toolchain.build(name, [source], ["-shared", "-fPIC", f"-Wl,-soname,{name}"], []))


def _zffi() -> Callable[[], list[Any]]:
    import zffi

    library, known = zffi.load(_library()), signatures(zffi)

    def bind() -> list[Any]:
        bound = []
        for number, name in enumerate(NAMES):
            result, parameters = known[number % SIGNATURES]
            bound.append(library.func(name, result, [*parameters]))
        return bound

    return bind


def _ctypes() -> Callable[[], list[Any]]:
    library, known = ctypes.CDLL(_library()), signatures(ctypes)

    def bind() -> list[Any]:
        bound = []
        for number, name in enumerate(NAMES):
            result, parameters = known[number % SIGNATURES]
            function = getattr(library, name)
            function.restype = result
            function.argtypes = [*parameters]
            bound.append(function)
        return bound

    return bind


# Each opens the library anew: ctypes keeps what it has looked up.
_BINDERS: Final[dict[str, Callable[[], Callable[[], list[Any]]]]] = {
    "zffi": _zffi,
    "ctypes": _ctypes,
}


def _time(name: str) -> int:
    bind = _BINDERS[name]()
    gc.collect()
    gc.disable()
    try:
        start = perf_counter_ns()
        bind()
        return perf_counter_ns() - start
    finally:
        gc.enable()


def _memory(name: str) -> float:
    command = [sys.executable, __file__, name]
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    return float(json.loads(done.stdout))


class _HeapNumbers(ctypes.Structure):
    """What glibc says of its heap (struct mallinfo2)."""

    _fields_ = (("numbers", ctypes.c_size_t * 10),)


def _allocated() -> int:
    """The bytes that malloc has handed out."""
    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = _HeapNumbers
    gc.collect()
    numbers = mallinfo2().numbers
    mapped, in_use = numbers[4], numbers[7]
    return int(mapped + in_use)


def _count(name: str) -> float:
    """Bytes of one function beside the function object, and its place in a list."""
    _BINDERS[name]()()  # once, for what is only allocated the first time
    bind = _BINDERS[name]()
    before = _allocated()
    bound = bind()
    used = _allocated() - before
    return (used - sys.getsizeof(bound)) / len(bound) - sys.getsizeof(bound[0])


if __name__ == "__main__":
    print(json.dumps(_count(sys.argv[1])))
