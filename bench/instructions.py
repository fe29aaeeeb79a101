"""Counts the instructions of a call with valgrind's callgrind: a number that no noise touches.

One run of this file under callgrind does all the work. It calls bench_mark between blocks, and
there callgrind writes down what it has counted since the last time. A block is a loop as timing.py
makes them, so a count includes what the interpreter does to reach the function; what does not grow
with the number of calls, and the loop itself, are taken off.
"""

import gc
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench.candidates import HANDWRITTEN_HOLD, ZFFI_HOLD, Candidate, handwritten, suite
from bench.timing import UNROLL, make_loop

CANDIDATES = (HANDWRITTEN_HOLD, ZFFI_HOLD)
WARM_UP, SHORT, LONG = 50, 100, 200  # loop items, of UNROLL calls each


class ToolError(Exception):
    """valgrind is missing, or it failed."""


def measure() -> dict[str, dict[str, float]]:
    """Signature -> candidate -> instructions of one call."""
    if shutil.which("valgrind") is None:
        raise ToolError("valgrind is not installed")
    plan = list(_plan())
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *("valgrind", "--tool=callgrind", "--dump-before=bench_mark", "--smc-check=all"),
            *(f"--callgrind-out-file={folder}/counts", sys.executable, __file__),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, env=environment)
        if done.returncode != 0:
            raise ToolError(done.stderr)
        costs = [_cost(Path(folder), 3 * position) for position in range(1 + len(plan))]
    table: dict[str, dict[str, float]] = {}
    for (name, candidate, _), cost in zip(plan, costs[1:], strict=True):
        table.setdefault(name, {})[candidate] = cost - costs[0]
    return table


def _plan() -> Iterator[tuple[str, str, Candidate]]:
    for name, candidates in suite().table.items():
        for candidate in CANDIDATES:
            if candidate in candidates:
                yield name, candidate, candidates[candidate]


def _cost(folder: Path, first: int) -> float:
    """What a call cost by three dumps after the `first` ones: warm-up, short and long block."""
    short, long = (_total(folder / f"counts.{first + number}") for number in (2, 3))
    return (long - short) / ((LONG - SHORT) * UNROLL)


def _total(dump: Path) -> int:
    found = re.search(r"^(?:totals|summary): (\d+)", dump.read_text(), re.MULTILINE)
    assert found is not None, f"{dump} has no total"
    return int(found[1])


def _run() -> None:
    """What is counted: the empty loop and then each candidate, three blocks with a mark each."""
    mark = handwritten("handwritten_hold").mark
    gc.disable()
    for candidate in (None, *(candidate for _, _, candidate in _plan())):
        loop = make_loop(candidate)
        for count in (WARM_UP, SHORT, LONG):
            loop(itertools.repeat(None, count))
            mark()


if __name__ == "__main__":
    _run()
