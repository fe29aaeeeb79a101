"""The long form of test_calls.py and test_oracle.py, with every compiler that is here:

    python tests/abi/fuzz.py --seed 1

It says what agrees, and prints the smallest C file it can that does not. The exit code says whether
all agreed.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from math import ceil
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from abi.calls import run_files, show, shrink_failure
from abi.oracle import Difference, Target, calls_of, compare, generate, targets
from abi.shrinking import shrink
from abi.signatures import Signature
from abi.toolchains import (
    Bench,
    Toolchain,
    clang_toolchains,
    clang_version,
    gcc_toolchains,
)
from layout.compilers import version

LONG = {
    "sysv64": 110_000,
    "win64": 50_000,
    "aapcs64": 20_000,
    "apple64": 20_000,
    "winarm64": 22_000,
}
CALLS_A_FILE, PLANS_A_FILE = 200, 1000
SHOWN = 3  # failures of a compiler


def clangs() -> list[str]:
    """`clang`, and those of other versions that are here."""
    versions = {clang_version("clang"): "clang"}
    for number in range(14, 30):
        if shutil.which(f"clang-{number}"):
            versions.setdefault(number, f"clang-{number}")
    return list(versions.values())


def call(bench: Bench, toolchain: Toolchain, count: int, seed: int) -> bool:
    """Whether all calls agree."""
    if missing := toolchain.missing():
        print(f"{toolchain.name}: NOT TESTED, missing {missing}", flush=True)
        return True
    first = seed * 10_000
    files = range(first, first + ceil(count / CALLS_A_FILE))
    totals, failures = run_files(bench, toolchain, files, CALLS_A_FILE)
    compiler = version(toolchain.platform.command[:1])
    print(f"{toolchain.name}: {totals} ({compiler}, seed {seed})", flush=True)
    for failure in failures[:SHOWN]:
        print(show(bench, shrink_failure(bench, failure)), flush=True)
    return totals.failures == 0


def plan(bench: Bench, target: Target, count: int, seed: int) -> bool:
    """Whether all plans agree with clang's front end."""
    compared, differences = 0, list[Difference]()
    first = seed * 10_000
    for file in range(first, first + ceil(count / PLANS_A_FILE)):
        more, found = compare(bench.layouts, target, generate(target, file, PLANS_A_FILE))
        compared += more
        differences += found
    compiler = version(target.platform.command[:1])
    print(
        f"{target.abi} by LLVM: {compared:,} plans compared, {len(differences):,} differ "
        f"({compiler}, seed {seed})",
        flush=True,
    )
    for difference in differences[:SHOWN]:
        smallest = shrink_difference(bench.layouts, target, difference)
        print(f"{smallest.what}\n{calls_of(target.platform, [smallest.signature])}", flush=True)
    return not differences


def shrink_difference(driver: Path, target: Target, difference: Difference) -> Difference:
    found = difference

    def first_failing(signatures: Sequence[Signature]) -> int | None:
        nonlocal found
        _, differences = compare(driver, target, signatures)
        if not differences:
            return None
        found = differences[0]
        return signatures.index(found.signature)

    shrink(difference.signature, target.flavor, first_failing)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1, help="of the numbers of signatures")
    parser.add_argument("--abi", choices=LONG, action="append", help="all of them")
    parser.add_argument("--only", default="", help="compilers whose name has this in it: no plans")
    parser.add_argument("--plans", type=int, default=10_000, help="to compare with LLVM, each ABI")
    options = parser.parse_args()
    found = [*gcc_toolchains(), *(each for clang in clangs() for each in clang_toolchains(clang))]
    agreed = []
    with tempfile.TemporaryDirectory(prefix="zffi-abi-") as folder:
        bench = Bench(Path(folder))
        for abi in options.abi or LONG:
            chosen = [toolchain for toolchain in found if toolchain.abi == abi]
            share = ceil(LONG[abi] * options.scale / len(chosen))
            agreed += [
                call(bench, toolchain, share, options.seed)
                for toolchain in chosen
                if options.only in toolchain.name
            ]
            agreed += [
                plan(bench, target, options.plans, options.seed)
                for clang in clangs()
                for target in targets(clang)
                if target.abi == abi and not options.only
            ]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
