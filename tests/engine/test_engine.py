"""Builds the engine into a static library, without Python, and runs its C tests against it: plain,
with sanitizers and under valgrind."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from native import HOW_TO_INSTALL, Build, Compiler, Native, find_compilers

HERE = Path(__file__).parent
SOURCES = HERE.parent.parent / "csrc"
INCLUDE = [f"-I{SOURCES}"]
PROGRAM = sorted(
    file.name for file in HERE.glob("*.c") if file.stem not in ("fixture", "incomplete", "empty")
)
ASSEMBLY = ["preserved.S", "../calls/capture.S"]
VERSION = "-DFIXTURE_VERSION=3"
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def engine_sources() -> list[Path]:
    """Everything but what knows Python, or another CPU."""
    parts = [
        *(SOURCES / part for part in ("abi", "arch", "layout", "os")),
        SOURCES / "arch" / platform.machine(),
    ]
    return sorted(file for part in parts for file in part.glob("*.[cS]"))


def build_engine(native: Native, *flags: str) -> Path:
    headers = [f"-I{folder}" for folder in sorted({file.parent for file in SOURCES.rglob("*.h")})]
    return native.archive("libzffi", *engine_sources(), flags=["-std=c11", *headers, *flags])


def build_program(native: Native, *flags: str) -> Path:
    engine = build_engine(native, *flags)
    arguments = [*INCLUDE, VERSION, "-fexceptions", *flags, "-lm", "-ldl"]
    return native.program(*PROGRAM, *ASSEMBLY, engine, flags=arguments)


def fixture_arguments(native: Native) -> list[str]:
    libraries = [
        native("fixture.c", flags=[VERSION]),
        native("incomplete.c"),
        native("empty.c", flags=["-Wl,--hash-style=gnu"]),
    ]
    return [str(library) for library in libraries]


def search_path(native: Native, folder: Path) -> dict[str, str]:
    """An environment whose library path has versions of a library, and one that is no library."""
    library = native("fixture.c", flags=[VERSION])
    for version in (1, 2, 10):
        shutil.copy(library, folder / f"libzffi-versions.so.{version}")
    (folder / "libzffi-broken.so.1").write_bytes(b"not a library")
    return {**os.environ, "LD_LIBRARY_PATH": str(folder)}


def run(command: list[str], environment: dict[str, str]) -> None:
    ran = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, f"exit code {ran.returncode} of {' '.join(command)}\n{ran.stdout}"
    assert re.search(r"^\d{4,} checks, 0 failures$", ran.stdout, re.MULTILINE), ran.stdout


def test_engine(native: Native, tmp_path: Path) -> None:
    program = build_program(native)
    environment = search_path(native, tmp_path)
    run([str(program), "100000", "1", *fixture_arguments(native)], environment)


@pytest.mark.parametrize("style", ["gnu", "sysv", "both"])
def test_engine_reads_every_hash_style(one_native: Native, tmp_path: Path, style: str) -> None:
    """A library's symbols are counted by its hash table, of which there are two kinds."""
    program = build_program(one_native)
    hashed = ["-Wl,--hash-style=" + style]
    libraries = [
        one_native("fixture.c", flags=[VERSION, *hashed]),
        one_native("incomplete.c", flags=hashed),
        one_native("empty.c", flags=hashed),
    ]
    environment = search_path(one_native, tmp_path)
    run([str(program), "8", "0", *map(str, libraries)], environment)


def test_engine_with_sanitizers(native_cache: Path, tmp_path: Path) -> None:
    """By gcc where there is one: clang may be installed without the sanitizers' libraries."""
    compilers = find_compilers()
    assert compilers, HOW_TO_INSTALL
    sanitized = Native(Build(compilers[0], "O1"), native_cache, HERE)
    program = build_program(sanitized, *SANITIZE)
    environment = search_path(sanitized, tmp_path)
    run([str(program), "20000", "0", *fixture_arguments(sanitized)], environment)


def test_engine_under_valgrind(one_native: Native, tmp_path: Path) -> None:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        required = os.environ.get("ZFFI_REQUIRE_VALGRIND") == "1"
        (pytest.fail if required else pytest.skip)(
            "valgrind is not installed (apt-get install valgrind)"
        )
    checks = [
        "--error-exitcode=99",
        "--leak-check=full",
        "--errors-for-leak-kinds=definite,indirect,possible",
    ]
    command = [valgrind, "--quiet", *checks, str(build_program(one_native)), "800", "0"]
    environment = search_path(one_native, tmp_path)
    run([*command, *fixture_arguments(one_native)], environment)


def test_engine_knows_nothing_of_python(one_native: Native) -> None:
    """It needs no symbol of Python's, and every symbol that it gives is named zf_."""
    listed = subprocess.run(
        ["nm", "--extern-only", "--format=posix", str(build_engine(one_native))],
        capture_output=True,
        text=True,
        check=True,
    )
    symbols = [line.split() for line in listed.stdout.splitlines() if len(line.split()) > 1]
    needed = {name for name, kind, *_ in symbols if kind in "Uw"}
    given = {name for name, kind, *_ in symbols if kind not in "Uw"}
    assert not [name for name in needed if name.startswith(("Py", "_Py"))]
    assert "zf_call" in given
    assert not [name for name in given if not name.startswith("zf_")]


def test_header_is_cxx(tmp_path: Path) -> None:
    """zffi.h can be included from C++ as it is."""
    compilers = [
        compiler
        for compiler in find_compilers()
        if compiles_cxx(compiler, "int main() {}\n", tmp_path)
    ]
    if not compilers:
        pytest.skip("no C++ compiler (apt-get install g++, or clang)")
    for compiler in compilers:
        user = '#include "zffi.h"\nint main() { return zf_type_find("int") == nullptr; }\n'
        assert compiles_cxx(compiler, user, tmp_path)


def compiles_cxx(compiler: Compiler, text: str, folder: Path) -> bool:
    source = folder / "user.cc"
    source.write_text(text)
    command = [
        compiler.path,
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-Werror",
        *INCLUDE,
        "-fsyntax-only",
        str(source),
    ]
    return subprocess.run(command, check=False).returncode == 0
