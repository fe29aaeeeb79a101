"""Times zf_call against libffi's ffi_call, from C: what the engine costs without Python."""

import platform
import subprocess
from pathlib import Path

from bench import toolchain
from bench.candidates import Prototype, prototypes

ZF_CALL = "zf_call"
FFI_CALL = "ffi_call"
ROUNDS = 2000
QUICK_ROUNDS = 200


class HeaderError(Exception):
    """There is no libffi to compare with."""


def measure(rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Signature -> candidate -> nanoseconds of one call."""
    if not toolchain.has_header("ffi.h"):
        raise HeaderError("libffi's header ffi.h is missing (Debian: apt-get install libffi-dev)")
    signatures = {prototype.symbol: name for name, prototype in prototypes().items()}
    specifications = map(_words, prototypes().values())
    command = [str(_program()), str(toolchain.library()), str(rounds), *specifications]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    costs = {}
    for line in done.stdout.splitlines():
        symbol, ours, theirs = line.split()
        costs[signatures[symbol]] = {ZF_CALL: float(ours), FFI_CALL: float(theirs)}
    return costs


def _program() -> Path:
    engine = toolchain.BENCH.parent / "csrc"
    parts = [engine / part for part in ("abi", "arch", "layout", "os")]
    parts += [engine / "arch" / platform.machine()]
    files = [engine / "zffi.h", *sorted(path for part in parts for path in part.glob("*.*"))]
    sources = [path for path in files if path.suffix in (".c", ".S")]
    headers = [path for path in files if path.suffix in (".h", ".inc")]
    flags = [f"-I{engine}", "-lffi", "-ldl", "-lpthread"]
    return toolchain.build("engine", [toolchain.NATIVE / "engine.c", *sources], flags, headers)


def _words(prototype: Prototype) -> str:
    """A signature as engine.c takes it."""
    types = (prototype.result, *prototype.parameters)
    return " ".join([prototype.symbol, *("pointer" if "*" in name else name for name in types)])
