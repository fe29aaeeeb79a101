"""Stubs have names where perf looks for them, if that is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

# Prints each name with whether the address is that of the stub, and what a child of fork has.
PROGRAM = """
import os
import zffi
from zffi import _core, c_double, c_int

def bind(name, restype, argtypes):
    function = zffi.load("m").func(name, restype, argtypes)
    address, code, _ = _core._stub(function)
    return function, f"{address:x} {len(code):x} "

def names(process):
    file = f"/tmp/perf-{process}.map"
    if not os.path.exists(file):
        return []
    with open(file) as lines:
        text = lines.read()
    os.unlink(file)
    return [line for line in text.splitlines() if "zffi:" in line]

hypot, at_hypot = bind("hypot", c_double, [c_double, c_double])
again, at_again = bind("pow", c_double, [c_double, c_double])
assert at_hypot == at_again
assert hypot(3, 4) == 5
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    ldexp, at_ldexp = bind("ldexp", c_double, [c_double, c_int])
    assert ldexp(3, 2) == 12 and hypot(3, 4) == 5
    os.write(writing, at_ldexp.encode())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
at_ldexp = os.read(reading, 100).decode()
print(names(os.getpid()) == [at_hypot + "zffi:double (double, double)"])
print(names(child) == [at_ldexp + "zffi:double (double, int)"])
print(names(os.getpid()) + names(child))
"""


def run(environment: dict[str, str], *options: str) -> list[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "ZFFI_PERF"}
    ran = subprocess.run(
        [sys.executable, *options, "-c", PROGRAM],
        env={**inherited, "ZFFI_TIER": "stub", **environment},
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_names() -> None:
    assert run({"ZFFI_PERF": "1"}) == ["True", "True", "[]"]


@pytest.mark.parametrize("environment", [{}, {"ZFFI_PERF": "0"}, {"ZFFI_PERF": ""}])
def test_no_names(environment: dict[str, str]) -> None:
    assert run(environment) == ["False", "False", "[]"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="interpreters know no perf before 3.12")
def test_as_the_interpreter() -> None:
    assert run({}, "-X", "perf")[0] == "True"
