"""The same calls by each tier, the GIL held, beside the hand-written extension; and what two
threads get done at a time, the GIL released."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from bench import candidates, timing, toolchain

TIERS: Final = ("stub", "prebuilt", "plan")
HANDWRITTEN: Final = candidates.HANDWRITTEN_HOLD
RATIOS: Final = (("stub", HANDWRITTEN), ("prebuilt", "stub"), ("plan", HANDWRITTEN))

Costs = dict[str, dict[str, float]]  # signature: who: nanoseconds of a call


def calls(rounds: int) -> Costs:
    """What there is not here is left out: a tier, or a stub for a signature."""
    import zffi
    from zffi import _core

    library = zffi.load(toolchain.library(), gil="hold")
    bound: dict[tuple[str, str], candidates.Candidate] = {}
    for tier in TIERS:
        _core._force_tier(tier)
        for name, prototype in candidates.prototypes().items():
            result, *parameters = candidates.types(zffi, prototype)
            function = library.func(prototype.symbol, result, parameters)
            if zffi.info(function).tier == tier:
                bound[name, tier] = candidates.Candidate(function, *candidates.CALLS[name])
    _core._force_tier("")
    module = candidates.handwritten("handwritten_hold")
    for name, call in candidates.CALLS.items():
        bound[name, HANDWRITTEN] = candidates.Candidate(getattr(module, name), *call)
    costs: Costs = {name: {} for name in candidates.CALLS}
    for (name, who), cost in timing.measure(bound, rounds).items():
        costs[name][who] = cost
    return costs


def markdown(costs: Costs) -> Iterator[str]:
    yield "## Calls by each tier, the GIL held\n"
    yield f"| ns per call | {' | '.join([HANDWRITTEN, *TIERS])} |\n|---|---:|---:|---:|---:|"
    for name, row in costs.items():
        cells = (f"{row[who]:.1f}" if who in row else "" for who in (HANDWRITTEN, *TIERS))
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    for over, under in RATIOS:
        ratios = [row[over] / row[under] for row in costs.values() if over in row and under in row]
        if ratios:
            mean, most = timing.geometric_mean(ratios), max(ratios)
            yield f"{over} / {under}: {mean:.2f} over {len(ratios)} signatures, at most {most:.2f}."
    yield ""


@dataclass(frozen=True)
class Work:
    """How long one thread takes for some calls, and two threads for as many each: seconds."""

    one: float
    two: float

    @property
    def gain(self) -> float:
        return 2 * self.one / self.two


def work(rounds: int) -> Work:
    """Checksums of 64 KiB, by zlib's crc32, the GIL released: a task is a few milliseconds, so that
    some of them find both processors free on a machine that is shared."""
    import zffi

    crc32 = zffi.load("z").func(
        "crc32", zffi.c_ulong, [zffi.c_ulong, zffi.c_const_void_p, zffi.c_uint]
    )
    data = bytes(range(256)) * 256

    def some() -> None:
        for _ in range(200):
            crc32(0, data, len(data))

    one = two = float("inf")
    for _ in range(rounds):
        one = min(one, _seconds(some, 1))
        two = min(two, _seconds(some, 2))
    return Work(one, two)


def _seconds(task: Callable[[], Any], count: int) -> float:
    threads = [threading.Thread(target=task) for _ in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start
