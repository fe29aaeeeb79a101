"""Times calls against each other in one process, so that what disturbs one disturbs all.

A sample is a short loop with the call written out UNROLL times. Round after round takes one sample
of every candidate in turn; each candidate's best sample counts, since noise only ever adds. The
cost of the loop itself is taken off.
"""

import gc
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from time import perf_counter_ns
from typing import Any, TypeVar

from bench.candidates import Candidate

UNROLL = 20
ROUNDS = 400
QUICK_ROUNDS = 40
SAMPLE_NS = 150_000  # short enough that most samples see no interruption

Key = TypeVar("Key", bound=Hashable)
Loop = Callable[[Iterator[None]], None]


def make_loop(candidate: Candidate | None) -> Loop:
    """A function that makes UNROLL calls for each item it is given; none at all for None.

    Each loop is compiled anew: the interpreter specialises code for the callable it sees there.
    """
    names = [f"a{i}" for i in range(len(candidate.arguments) if candidate else 0)]
    body = [f"call({', '.join(names)})"] * UNROLL if candidate else ["pass"]
    lines = [
        f"def bind({', '.join(['call', *names])}):",
        f"    def loop(items, {', '.join(f'{name}={name}' for name in ['call', *names])}):",
        "        for _ in items:",
        *(f"            {statement}" for statement in body),
        "    return loop",
    ]
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)
    values = (candidate.call, *candidate.arguments) if candidate else (None,)
    loop: Loop = namespace["bind"](*values)
    return loop


def measure(candidates: Mapping[Key, Candidate], rounds: int = ROUNDS) -> dict[Key, float]:
    """The cost of one call of each candidate, in nanoseconds."""
    loops = [make_loop(candidate) for candidate in (None, *candidates.values())]
    empty, *full = measure_loops(loops, rounds)
    return {key: (cost - empty) / UNROLL for key, cost in zip(candidates, full, strict=True)}


def measure_loops(loops: Sequence[Loop], rounds: int) -> list[float]:
    """What each loop takes for one item, in nanoseconds."""
    gc.collect()
    gc.disable()
    try:
        counts = [_count(loop) for loop in loops]
        best = [math.inf] * len(loops)
        for _ in range(rounds):
            for i, loop in enumerate(loops):
                best[i] = min(best[i], _sample(loop, counts[i]) / counts[i])
    finally:
        gc.enable()
    return best


def geometric_mean(values: Iterable[float]) -> float:
    """The mean for ratios: of x and 1/x it is 1."""
    logarithms = [math.log(value) for value in values]
    return math.exp(math.fsum(logarithms) / len(logarithms))


def _sample(loop: Loop, count: int) -> int:
    items = itertools.repeat(None, count)
    start = perf_counter_ns()
    loop(items)
    return perf_counter_ns() - start


def _count(loop: Loop) -> int:
    """How many items make a sample; on the way, the interpreter warms the loop up."""
    count = 1
    while (taken := _sample(loop, count)) < SAMPLE_NS / 4:
        count *= 2
    return max(1, round(count * SAMPLE_NS / taken))
