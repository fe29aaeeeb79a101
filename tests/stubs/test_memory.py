"""The memory of stubs: never writable and executable, safe to bind in many threads and to fork
meanwhile, and no more of it than there are signatures.

ZFFI_FORKS is how many forks there are, 60 unless it says otherwise; the long run has 1,000."""

import os
import subprocess
import sys
import sysconfig

import pytest

from zffi import _core

FORKS = os.environ.get("ZFFI_FORKS", "60")
pytestmark = pytest.mark.skipif(
    "stub" not in _core.tiers(), reason="no code is made at run time here"
)

BINDERS = """
import itertools, os, random, sys, threading
import zffi
from zffi import c_char_p, c_double, c_float, c_int, c_int8, c_long, c_size_t, c_uint16, c_void_p

TYPES = [c_char_p, c_double, c_float, c_int, c_int8, c_long, c_size_t, c_uint16, c_void_p]
C = zffi.load("c")
stop = threading.Event()
sys.setswitchinterval(1e-4)  # who looks is one of nine
bound = itertools.count()

def random_types(chosen):
    return [chosen.choice(TYPES) for _ in range(chosen.randrange(7))]

def bind(seed):
    chosen = random.Random(seed)
    while not stop.is_set():
        gil = chosen.choice(["hold", "release"])
        function = C.func("getpid", c_int, random_types(chosen), gil=gil)
        assert zffi.info(function).tier == "stub"
        next(bound)

def start():
    threads = [threading.Thread(target=bind, args=(seed,), daemon=True) for seed in range(8)]
    for thread in threads:
        thread.start()
    return threads

def writable_and_executable():
    with open("/proc/self/maps") as maps:
        return [line for line in maps if "w" in line.split()[1] and "x" in line.split()[1]]
"""

SAMPLED = """
threads = start()
samples = 0
while next(bound) < 4000 or samples < 50:
    found = writable_and_executable()
    assert not found, found
    samples += 1
stop.set()
for thread in threads:
    thread.join()
print("sampled")
"""

FORKED = """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks

def child(number):
    chosen = random.Random(-number)
    m = zffi.load("m")
    for _ in range(5):
        zeros = [0] * len(types := random_types(chosen))
        hypot = m.func("hypot", c_double, [c_double] * 2)
        assert C.func("abs", c_int, [c_int, *types])(-5, *zeros) == 5 and hypot(3, 4) == 5.0
    assert not writable_and_executable()

threads = start()
for number in range(int(sys.argv[1])):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            child(number)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
assert not writable_and_executable()
print("forked", next(bound) > 100)
"""


def run(script: str, *arguments: str) -> str:
    environment = {**os.environ, "ZFFI_TIER": "stub"}
    command = [sys.executable, "-c", BINDERS + script, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_no_page_is_writable_and_executable_while_eight_threads_bind() -> None:
    assert run(SAMPLED) == "sampled\n"


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="a lock of an object that another thread was given at the fork is never released in the"
    " child, whoever's object it is: CPython 3.13t does so itself",
)
def test_forks_while_eight_threads_bind() -> None:
    assert run(FORKED, FORKS) == "forked True\n"


GROWING = """
def size():
    with open("/proc/self/maps") as maps:
        spans = [line.split()[0].split("-") for line in maps if "x" in line.split()[1]]
    return sum(int(end, 16) - int(start, 16) for start, end in spans)

signatures = [[TYPES[i % 9]] * (1 + i % 6) for i in range(54)]
def bind_all():
    return [C.func("getpid", c_int, types) for types in signatures]
kept = bind_all()
before = size()
for _ in range(100):
    kept += bind_all()
print(len(kept), size() - before)
"""


def test_code_grows_with_signatures_and_not_with_functions() -> None:
    assert run(GROWING) == "5454 0\n"
