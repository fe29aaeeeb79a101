"""Where the planners of all five conventions put arguments and results, case by case."""

import subprocess

from abi.toolchains import SOURCES
from native import Native


def test_plans(native: Native) -> None:
    """Planners are compiled on every machine, whatever it can call."""
    planners = sorted((SOURCES / "abi").glob("*.c"))
    layout = sorted((SOURCES / "layout").glob("*.c"))
    folders = [SOURCES, SOURCES / "abi", SOURCES / "layout"]
    flags = ["-std=gnu11", *(f"-I{folder}" for folder in folders)]
    program = native.program("plans.c", *planners, *layout, flags=flags)
    ran = subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.endswith(", 0 failures\n")
