"""Compiles the native side of the benchmarks, once: results are kept in bench/.cache.

A result's folder carries a hash of all that it was made from: sources, headers, command, compiler.
"""

import functools
import hashlib
import importlib.util
import os
import shlex
import subprocess
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

BENCH = Path(__file__).resolve().parent
NATIVE = BENCH / "native"
CACHE = BENCH / ".cache"
COMPILER = shlex.split(os.environ.get("CC", "cc"))


class BuildError(Exception):
    """The compiler said no; the text is what it said."""


def build(
    name: str, sources: Sequence[Path], flags: Iterable[str], headers: Iterable[Path]
) -> Path:
    """The path of the file `name`, compiled from `sources` unless it is there already."""
    command = [*COMPILER, "-O2", *map(str, sources), *flags]
    digest = hashlib.sha256(repr((compiler_version(), command)).encode())
    for path in (*sources, *headers):
        digest.update(path.read_bytes())
    output = CACHE / f"{name}-{digest.hexdigest()[:16]}" / name
    if not output.exists():
        output.parent.mkdir(parents=True, exist_ok=True)
        # Under another name until it is whole: half a file must never be taken for a result.
        partial = output.with_name(f"{name}.{os.getpid()}")
        done = subprocess.run([*command, "-o", str(partial)], capture_output=True, text=True)
        if done.returncode != 0:
            raise BuildError(f"{shlex.join(done.args)}\n{done.stderr}")
        partial.replace(output)
    return output


def library() -> Path:
    """The shared library with the functions that are called."""
    header, source = NATIVE / "bench.h", NATIVE / "bench.c"
    name = "libzffibench.so"
    return build(name, [source], ["-shared", "-fPIC", f"-Wl,-soname,{name}"], [header])


def extension(name: str, source: Path, *flags: str) -> ModuleType:
    """The extension module `name`, linked against library(), for the running interpreter."""
    path = build(
        name + str(sysconfig.get_config_var("EXT_SUFFIX")),
        [source],
        [
            *("-shared", "-fPIC", "-DNDEBUG", f"-I{NATIVE}", f"-I{sysconfig.get_path('include')}"),
            *flags,
            *link_flags(),
        ],
        [NATIVE / "bench.h"],
    )
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def link_flags() -> list[str]:
    """What links against library() and finds it at run time."""
    path = library()
    return [str(path), f"-Wl,-rpath,{path.parent}"]


def has_header(name: str) -> bool:
    """Whether the compiler finds a header."""
    command = [*COMPILER, "-E", "-include", name, "-x", "c", os.devnull]
    return subprocess.run(command, capture_output=True).returncode == 0


@functools.cache
def compiler_version() -> str:
    """What the compiler says of itself."""
    command = [*COMPILER, "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
