"""Compares the engine's layouts of random records with those of every compiler here.

    python tests/layout/fuzz.py --count 10000 --seed 1

For each platform it says how many records agree, and prints the smallest record it can that does
not. The exit code says whether all agreed.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from layout.comparison import compare, generate, shrink
from layout.compilers import PLATFORMS, Platform, version
from layout.engine import BUILD, PROGRAM, SANITIZE

BATCH = 500


def build_driver(folder: Path) -> Path:
    driver = folder / "driver"
    command = ["gcc", "-std=gnu11", "-g", "-O1", *SANITIZE, *BUILD, *map(str, PROGRAM)]
    subprocess.run([*command, "-o", str(driver)], check=True)
    return driver


def fuzz(driver: Path, platform: Platform, count: int, seed: int, shown: int) -> bool:
    differing = 0
    records = list(generate(platform, count, seed))
    for start in range(0, count, BATCH):
        for mismatch in compare(driver, platform, records[start : start + BATCH]):
            differing += 1
            if differing <= shown:
                print(shrink(driver, platform, mismatch).show(platform), end="\n\n")
    agree = f"{count - differing} of {count} records agree"
    print(f"{platform.name}: {agree}, seed {seed} ({version(platform.command)})", flush=True)
    return differing == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000, help="records for each platform")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3, help="how many differences to print")
    parser.add_argument(
        "--platform", choices=PLATFORMS, action="append", help="all of those with a compiler here"
    )
    options = parser.parse_args()
    chosen = [PLATFORMS[name] for name in options.platform or PLATFORMS]
    with tempfile.TemporaryDirectory(prefix="zffi-layout-") as folder:
        driver = build_driver(Path(folder))
        agreed = [
            fuzz(driver, platform, options.count, options.seed, options.show)
            for platform in chosen
            if platform.is_there()
        ]
    return 0 if agreed and all(agreed) else 1


if __name__ == "__main__":
    sys.exit(main())
