"""Times zf_call against libffi's ffi_call, from C: what the engine costs without Python."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import toolchain
from bench.candidates import Prototype, prototypes

ZF_CALL = "zf_call"
FFI_CALL = "ffi_call"
ROUNDS = 2000
QUICK_ROUNDS = 200


class MissingError(Exception):
    """There is no libffi to compare with."""


@dataclass(frozen=True)
class Measured:
    libffi: str  # the file, with its version if it tells
    costs: dict[str, dict[str, float]]  # signature -> candidate -> nanoseconds of one call


def measure(rounds: int = ROUNDS, libffi: Path | None = None) -> Measured:
    """By the system's libffi, or by the shared library `libffi`, in its place."""
    if not toolchain.has_header("ffi.h"):
        raise MissingError("libffi's header ffi.h is missing (Debian: apt-get install libffi-dev)")
    signatures = {prototype.symbol: name for name, prototype in prototypes().items()}
    specifications = map(_words, prototypes().values())
    command = [str(_program()), str(toolchain.library()), str(rounds), *specifications]
    preloaded = {"LD_PRELOAD": str(libffi.resolve())} if libffi else {}
    environment = {**os.environ, **preloaded}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise MissingError(done.stderr)
    first, *lines = done.stdout.splitlines()
    version, path = first.split(" ", 1)
    used = Path(path).resolve()
    if libffi and not used.samefile(libffi):
        raise MissingError(f"{libffi} did not take the place of {used}. {done.stderr}")
    costs = {}
    for line in lines:
        symbol, ours, theirs = line.split()
        costs[signatures[symbol]] = {ZF_CALL: float(ours), FFI_CALL: float(theirs)}
    return Measured(f"{used.name} {version}".strip(), costs)


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
