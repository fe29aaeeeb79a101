"""Runs a command where the kernel refuses executable memory, as hardened systems do, for the
command and all that it starts:

    python tests/refusal/run.py REFUSAL COMMAND ARGUMENT...
    python tests/refusal/run.py anonymous python -m pytest tests/calls tests/structs

| refusal | what is refused |
|---|---|
| `exec-gain` | what was not executable when it was mapped never will be; Linux 6.3 |
| `wx` | memory writable and executable at once |
| `memfd` | the same, and files in memory |
| `anonymous` | the same as `wx`, and executable memory but that of files, also of files in memory |
| `libraries` | all executable memory but that of files on disk |

Under the first four, code can be made at run time in one way or another; under the last, in none.
Nothing else is changed, and no privilege is needed. Programs that make code in a simple way, such
as valgrind, do not run here, and a compiler is needed for the launcher.
"""

import os
import platform
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
from native import HOW_TO_INSTALL, Build, Native, find_compilers  # noqa: E402

REFUSALS = ("exec-gain", "wx", "memfd", "anonymous", "libraries")
USAGE = f"usage: {sys.argv[0]} {'|'.join(REFUSALS)} COMMAND ARGUMENT..."


def build_launcher(native: Native) -> Path:
    return native.program("launch.c", "refuse.c")


def is_known(refusal: str) -> bool:
    """Whether this kernel has it."""
    release = tuple(map(int, platform.release().split("-")[0].split(".")[:2]))
    return refusal != "exec-gain" or release >= (6, 3)


def main() -> None:
    if len(sys.argv) < 3 or sys.argv[1] not in REFUSALS:
        sys.exit(USAGE)
    compilers = find_compilers()
    if not compilers:
        sys.exit(HOW_TO_INSTALL)
    cache = Path(tempfile.gettempdir(), f"zffi-refusal-{os.getuid()}")
    cache.mkdir(mode=0o700, exist_ok=True)
    launcher = build_launcher(Native(Build(compilers[0], "O2"), cache, TESTS / "refusal"))
    os.execv(launcher, [str(launcher), *sys.argv[1:]])


if __name__ == "__main__":
    main()
