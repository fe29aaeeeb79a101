"""The emitters of stubs, from C and without Python: on objects laid out as no interpreter does, for
this machine with sanitizers too, and for arm64 under an emulator."""

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
FOLDERS = {"x86_64": "x86_64", "aarch64": "arm64"}
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def build(native: Native, machine: str, *flags: str) -> Path:
    parts = [*(SOURCES / part for part in ("abi", "arch", "layout", "os"))]
    folders = [*parts, SOURCES / "arch" / FOLDERS[machine]]
    engine = [file for folder in folders for file in sorted(folder.glob("*.[cS]"))]
    include = [f"-I{folder}" for folder in (SOURCES, *folders)]
    program = ["emitter.c", "objects.c", "keys.c"]
    return native.program(*program, *engine, flags=[*include, *flags, "-ldl", "-lm"])


def run(*command: str | Path) -> None:
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    said = "\n".join(ran.stdout.splitlines()[-60:])
    assert ran.returncode == 0, f"exit code {ran.returncode} of {command}\n{said}"
    assert re.search(r"^\d{5,} checks, 0 failures$", ran.stdout, re.MULTILINE), said


def test_emitter(native: Native) -> None:
    run(build(native, platform.machine()))


def test_emitter_with_sanitizers(native_cache: Path) -> None:
    compilers = find_compilers()
    assert compilers, HOW_TO_INSTALL
    run(build(Native(Build(compilers[0], "O1"), native_cache, HERE), platform.machine(), *SANITIZE))


def test_emitter_of_arm64(native_cache: Path) -> None:
    missing = [tool for tool in ("aarch64-linux-gnu-gcc", "qemu-aarch64") if not shutil.which(tool)]
    if missing:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {', '.join(missing)}")
    compiler = Compiler.find("aarch64-linux-gnu-gcc")
    assert compiler is not None
    cross = Native(Build(compiler, "O2"), native_cache, HERE)
    run("qemu-aarch64", build(cross, "aarch64", "-static"))
