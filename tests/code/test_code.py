"""Memory for code, from C and without Python: natively, with sanitizers, and on arm64 with pages of
each size under an emulator."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

import pytest
from native import HOW_TO_INSTALL, Build, Compiler, Native, find_compilers

HERE = Path(__file__).parent
SOURCES = HERE.parent.parent / "csrc"
PROGRAM = ["main.c", "check.c", "memory.c", "processes.c"]
SHORT = ["pieces", "header", "give back", "limits", "many arenas", "fork", "threads", "forks"]
TESTS = [*SHORT[:-1], "fork storm"]
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
FOLDERS = {"x86_64": "x86_64", "aarch64": "arm64"}


def build_program(native: Native, machine: str, *flags: str) -> Path:
    engine = [SOURCES / "os/code_linux.c", SOURCES / f"arch/{FOLDERS[machine]}/code.c"]
    return native.program(*PROGRAM, *engine, flags=[f"-I{SOURCES}", f"-I{SOURCES}/os", *flags])


def run(*command: str | Path) -> None:
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, f"exit code {ran.returncode} of {command}\n{ran.stdout}"


@pytest.mark.parametrize("test", TESTS)
def test_memory(native: Native, test: str) -> None:
    run(build_program(native, platform.machine()), test)


@pytest.mark.parametrize("test", TESTS)
def test_memory_with_sanitizers(native_cache: Path, test: str) -> None:
    compilers = find_compilers()
    assert compilers, HOW_TO_INSTALL
    sanitized = Native(Build(compilers[0], "O1"), native_cache, HERE)
    run(build_program(sanitized, platform.machine(), *SANITIZE), test)


def need_tools(*tools: str) -> None:
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {', '.join(missing)}")


@pytest.mark.parametrize("test", SHORT)
@pytest.mark.parametrize("page", [4096, 16384, 65536])
def test_memory_on_arm64(native_cache: Path, page: int, test: str) -> None:
    """With pages of each size that kernels have there."""
    need_tools("aarch64-linux-gnu-gcc", "qemu-aarch64")
    compiler = Compiler.find("aarch64-linux-gnu-gcc")
    assert compiler is not None
    cross = Native(Build(compiler, "O2"), native_cache, HERE)
    program = build_program(cross, "aarch64", "-static")
    run("qemu-aarch64", "-p", str(page), program, test)
