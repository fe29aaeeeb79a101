"""Refusals of executable memory do what they say, and zffi is imported and calls under each."""

import subprocess
import sys
from pathlib import Path

import pytest
from native import Native

from refusal.run import REFUSALS, build_launcher, is_known

TRIED = """
import ctypes, mmap, os
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
READ, WRITE, EXEC, NEW = mmap.PROT_READ, mmap.PROT_WRITE, mmap.PROT_EXEC, 0x22
def map_it(access, flags, file=-1):
    address = libc.mmap(None, 65536, access, flags, file, 0)
    return None if address == ctypes.c_void_p(-1).value else ctypes.c_void_p(address)
def change(address):
    return libc.mprotect(address, 65536, READ | EXEC) == 0
def file_in_memory():
    try:
        file = os.memfd_create("tried")
    except OSError:
        return False
    os.ftruncate(file, 65536)
    return map_it(READ | EXEC, mmap.MAP_SHARED, file) is not None
print(
    map_it(READ | WRITE | EXEC, NEW) is not None,
    map_it(READ | EXEC, NEW) is not None,
    change(map_it(READ | WRITE, NEW)),
    file_in_memory(),
)
"""
# Anonymous memory for everything, anonymous memory to run, to run later, a file in memory to run.
ALLOWED = {
    "exec-gain": (False, True, False, True),
    "wx": (False, True, True, True),
    "memfd": (False, True, True, False),
    "anonymous": (False, False, False, True),
    "libraries": (False, False, False, False),
}
CALLS = """
import zffi
c = zffi.load(None)
assert c.func("abs", zffi.c_int, [zffi.c_int])(-3) == 3
assert c.func("strlen", zffi.c_size_t, [zffi.c_char_p])(b"hello") == 5
assert zffi.load("m").func("hypot", zffi.c_double, [zffi.c_double] * 2)(3, 4) == 5
print("called")
"""


@pytest.fixture(scope="module", params=REFUSALS)
def refusal(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if not is_known(name):
        pytest.skip("an old kernel")
    return name


def launch(launcher: Path, refusal: str, program: str) -> str:
    command = [str(launcher), refusal, sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_what_is_refused(one_native: Native, refusal: str) -> None:
    allowed = launch(build_launcher(one_native), refusal, TRIED)
    assert allowed == " ".join(map(str, ALLOWED[refusal]))


def test_calls(one_native: Native, refusal: str) -> None:
    assert launch(build_launcher(one_native), refusal, CALLS) == "called"
