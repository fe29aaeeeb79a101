"""Random signatures, called; and what failed, made small."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from abi.shrinking import shrink
from abi.signatures import Generator, Signature
from abi.toolchains import Bench, Toolchain

LEVELS = ("O0", "O2")


@dataclass
class Totals:
    called: int = 0
    ambiguous: int = 0
    checks: int = 0
    failures: int = 0
    tiers: Counter[str] = field(default_factory=Counter)  # of functions that Python called

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.called + other.called,
            self.ambiguous + other.ambiguous,
            self.checks + other.checks,
            self.failures + other.failures,
            self.tiers + other.tiers,
        )

    def __str__(self) -> str:
        tiers = "".join(f", {count:,} of tier {tier}" for tier, count in sorted(self.tiers.items()))
        return (
            f"{self.called:,} called, {self.ambiguous:,} ambiguous, {self.checks:,} checks, "
            f"{self.failures:,} failures{tiers}"
        )


@dataclass
class Failure:
    """Of one signature: what the compiler or the driver said of it."""

    toolchain: Toolchain
    level: str
    signature: Signature
    said: str


def generate(toolchain: Toolchain, seed: int, count: int) -> list[Signature]:
    generator = Generator(toolchain.flavor, f"{toolchain.name} {seed}")
    return [generator.signature() for _ in range(count)]


def try_signatures(
    bench: Bench,
    toolchain: Toolchain,
    level: str,
    signatures: Sequence[Signature],
    name: str,
    spoiled: bool = False,
) -> tuple[Totals, list[Failure]]:
    """Calls each once. A crash ends it, and is the failure of the signature that was called."""
    try:
        said = bench.run(toolchain, level, signatures, name, spoiled)
    except RuntimeError as error:  # a compiler's crash, perhaps
        return _try_halves(bench, toolchain, level, signatures, name, spoiled, str(error))
    texts: dict[int, str] = {}
    for number, text in re.findall(r"^case (\d+): (.*(?:\n    .*)*)", said, re.MULTILINE):
        texts[int(number)] = f"{texts.get(int(number), '')}{text}\n"
    failures = [
        Failure(toolchain, level, signatures[number], text) for number, text in texts.items()
    ]
    summary = re.search(r"^(\d+) called, (\d+) ambiguous, (\d+) checks, (\d+) fail", said, re.M)
    if summary is not None:
        tiers = re.findall(r"^tier (\w+): (\d+)", said, re.M)
        called, ambiguous, checks, failed = map(int, summary.groups())
        by_tier = Counter({tier: int(count) for tier, count in tiers})
        return Totals(called, ambiguous, checks, failed, by_tier), failures
    if not failures:
        raise RuntimeError(f"{toolchain.name} {name}: the driver said {said[-2000:]!r}")
    return Totals(failures=len(failures)), failures


def _try_halves(
    bench: Bench,
    toolchain: Toolchain,
    level: str,
    signatures: Sequence[Signature],
    name: str,
    spoiled: bool,
    error: str,
) -> tuple[Totals, list[Failure]]:
    """Finds the signature that cannot be compiled."""
    half = len(signatures) // 2
    if half == 0:
        return Totals(failures=1), [Failure(toolchain, level, signatures[0], error[:3000])]
    totals, failures = try_signatures(bench, toolchain, level, signatures[:half], name, spoiled)
    more, found = try_signatures(bench, toolchain, level, signatures[half:], name, spoiled)
    return totals + more, failures + found


def run_files(
    bench: Bench, toolchain: Toolchain, seeds: Iterable[int], count: int
) -> tuple[Totals, list[Failure]]:
    """A file of random signatures for each seed, by turns at -O0 and at -O2, two at a time."""
    bench.engine(toolchain)

    def run(seed: int) -> tuple[Totals, list[Failure]]:
        level = LEVELS[seed % len(LEVELS)]
        return try_signatures(bench, toolchain, level, generate(toolchain, seed, count), str(seed))

    totals, failures = Totals(), list[Failure]()
    with ThreadPoolExecutor(2) as pool:
        for more, found in pool.map(run, seeds):
            totals += more
            failures += found
    return totals, failures


def shrink_failure(bench: Bench, failure: Failure, spoiled: bool = False) -> Failure:
    """The smallest signature that still fails."""
    found = failure

    def first_failing(signatures: Sequence[Signature]) -> int | None:
        nonlocal found
        _, failures = try_signatures(
            bench, failure.toolchain, failure.level, signatures, "shrinking", spoiled
        )
        if not failures:
            return None
        found = failures[0]
        return signatures.index(found.signature)

    shrink(failure.signature, failure.toolchain.flavor, first_failing)
    return found


def show(bench: Bench, failure: Failure) -> str:
    """The C file, how it was compiled, and what went wrong."""
    command = " ".join((*failure.toolchain.platform.command, f"-{failure.level}"))
    text = bench.source(failure.toolchain, [failure.signature])
    return f"/* {failure.toolchain.name}: {command}\n{failure.said}*/\n{text}"
