"""Debuggers and C++ exceptions find their way through calls."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from native import Native

ROOT = Path(__file__).parent.parent.parent
TIERS = ["stub", "prebuilt", "plan"]

STOP = """
import sys
import zffi
stop = zffi.load(sys.argv[1]).func("stop_here", zffi.c_int, [zffi.c_double, zffi.c_int])
assert zffi.info(stop).tier == sys.argv[2]
stop(1, 2)
"""
# One reference is lost with the frame of each call that is passed, so no leak is looked for.
THROW = """
import sys
import zffi
from zffi import c_double, c_int, c_void_p
library = zffi.load(sys.argv[1])
thrower = library.func("thrower", c_double, [c_double], gil="hold")
assert zffi.info(thrower).tier == sys.argv[2]
catcher = library.func("catcher", c_int, [c_void_p] * 3, gil="hold")
call = zffi.load(None).sym("PyObject_CallOneArg")
number = -3.0
for i in range(100):
    assert catcher(id(thrower), id(number), call) == 2 * i + 1
assert thrower(4) == 4
print("caught")
"""


def python(tier: str, program: str, library: Path) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-c", program, str(library), tier], {**os.environ, "ZFFI_TIER": tier}


def run(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


@pytest.mark.parametrize("tier", TIERS)
def test_debugger(one_native: Native, tier: str) -> None:
    """gdb goes from a C function through the call, through the interpreter, to main."""
    if shutil.which("gdb") is None:
        required = os.environ.get("ZFFI_REQUIRE_GDB") == "1"
        (pytest.fail if required else pytest.skip)("gdb is not installed (apt-get install gdb)")
    command, environment = python(tier, STOP, one_native("stop.c"))
    script = ["-ex", "set breakpoint pending on", "-ex", "break stop_here", "-ex", "run"]
    gdb = ["gdb", "-q", "-nx", "-batch", *script, "-ex", "backtrace", "--args"]
    said = run([*gdb, *command], environment)
    frames = re.findall(r"^#\d+ +(?:0x\w+ in )?(\S+)", said, re.MULTILINE)
    assert frames[0] == "stop_here", said
    assert ("zffi_code" in frames) == (tier == "stub"), said
    assert any("Py" in frame for frame in frames), said
    assert any(frame == "main" or frame.startswith("__libc_start") for frame in frames), said


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("tier", TIERS)
def test_exceptions(tmp_path: Path, tier: str, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no C++ compiler (apt-get install {compiler})")
    library = tmp_path / "thrower.so"
    source = Path(__file__).parent / "thrower.cc"
    subprocess.run([compiler, "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
    assert run(*python(tier, THROW, library)) == "caught\n"
