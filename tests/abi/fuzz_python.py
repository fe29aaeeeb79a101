"""The long form of test_python.py, with every compiler that is here:

    python tests/abi/fuzz_python.py --count 10000 --seed 1

COUNT signatures of each toolchain are called by functions bound in Python; ZFFI_TIER says by which
tier. It says what agrees, and prints the smallest C file it can that does not. The exit code says
whether all agreed.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from abi.fuzz import call
from abi.toolchains import PythonBench, python_toolchains


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000, help="signatures of each toolchain")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="toolchains whose name has this in it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="zffi-abi-") as folder:
        bench = PythonBench(Path(folder))
        agreed = [
            call(bench, toolchain, options.count, options.seed)
            for toolchain in python_toolchains()
            if options.only in toolchain.name
        ]
    return 0 if all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
