"""Memory for code, from C and without Python: natively, with sanitizers, where the system refuses
it, and on arm64 with pages of each size under an emulator."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from native import HOW_TO_INSTALL, Build, Compiler, Native, find_compilers
from refusal.run import REFUSALS, is_known

HERE = Path(__file__).parent
SOURCES = HERE.parent.parent / "csrc"
REFUSAL = HERE.parent / "refusal"
PROGRAM = ["main.c", "check.c", "memory.c", "processes.c", "refused.c", "unwinding.c", "naming.c"]
ENGINE = ["code_linux.c", "frames_linux.c", "perf_linux.c"]
MEMORY = ["pieces", "header", "give back", "limits", "many arenas", "fork", "threads"]
UNWINDING = ["backtrace", "thread ends"]
NAMING = ["prefer anonymous", "names"]
TESTS = [*MEMORY, "fork storm", *UNWINDING, *NAMING]
SHORT = [*MEMORY, "forks", *UNWINDING, *NAMING]

SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
FOLDERS = {"x86_64": "x86_64", "aarch64": "arm64"}
ARM_SYSTEM = "/usr/aarch64-linux-gnu"


def sources(machine: str) -> list[Path]:
    """All but main.c: the tests, what they have in common, and the part of the engine."""
    engine = [
        *(SOURCES / "os" / name for name in ENGINE),
        SOURCES / "arch" / FOLDERS[machine] / "code.c",
    ]
    tests = [HERE / name for name in (*PROGRAM[1:], f"through_{machine}.S")]
    return [*tests, REFUSAL / "refuse.c", *engine]


def flags_of(*flags: str) -> list[str]:
    include = [f"-I{folder}" for folder in (SOURCES, SOURCES / "os", SOURCES / "arch", REFUSAL)]
    return [*include, "-fexceptions", *flags]


def build_program(native: Native, machine: str, *flags: str) -> Path:
    return native.program("main.c", *sources(machine), flags=flags_of(*flags, "-ldl"))


def run(*command: str | Path) -> str:
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, f"exit code {ran.returncode} of {command}\n{ran.stdout}"
    return ran.stdout


@pytest.mark.parametrize("test", TESTS)
def test_memory(native: Native, test: str) -> None:
    run(build_program(native, platform.machine()), test)


@pytest.mark.parametrize("test", TESTS)
def test_memory_with_sanitizers(native_cache: Path, test: str) -> None:
    compilers = find_compilers()
    assert compilers, HOW_TO_INSTALL
    sanitized = Native(Build(compilers[0], "O1"), native_cache, HERE)
    run(build_program(sanitized, platform.machine(), *SANITIZE), test)


@pytest.mark.parametrize("test", [*TESTS, "late refusal"])
@pytest.mark.parametrize("way", ["two views", "sealed pages"])
def test_memory_by_each_way(one_native: Native, way: str, test: str) -> None:
    program = build_program(one_native, platform.machine())
    refusal = {"two views": "anonymous", "sealed pages": "memfd"}[way]
    run(program, way, refusal)
    run(program, test, refusal)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_ways_under_each_refusal(one_native: Native, refusal: str) -> None:
    if not is_known(refusal):
        pytest.skip("an old kernel")
    way = {"memfd": "sealed pages", "libraries": "refused"}.get(refusal, "two views")
    run(build_program(one_native, platform.machine()), way, refusal)


def test_no_new_executable_memory(one_native: Native) -> None:
    run(build_program(one_native, platform.machine()), "refused", "all")


def test_refused_from_now_on(one_native: Native) -> None:
    run(build_program(one_native, platform.machine()), "late refusal")


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
    program = build_program(cross, "aarch64")
    run("qemu-aarch64", "-L", ARM_SYSTEM, "-p", str(page), program, test)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_exceptions(one_native: Native, tmp_path: Path, compiler: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no C++ compiler (apt-get install {compiler})")
    library = one_native.archive("libcode", *sources(platform.machine()), flags=flags_of())
    program = tmp_path / "exceptions"
    run(compiler, "-O1", HERE / "exceptions.cc", library, "-pthread", "-ldl", "-o", program)
    run(program)


@pytest.mark.parametrize("refusal", [[], ["memfd"]], ids=["two views", "sealed pages"])
def test_debugger(one_native: Native, refusal: list[str]) -> None:
    """From a C function that such code has called, gdb finds its way back to main, with nothing
    but what the process tells it."""
    if shutil.which("gdb") is None:
        required = os.environ.get("ZFFI_REQUIRE_GDB") == "1"
        (pytest.fail if required else pytest.skip)("gdb is not installed (apt-get install gdb)")
    program = build_program(one_native, platform.machine())
    script = ["-ex", "break stop_here", "-ex", "run", "-ex", "backtrace"]
    said = run("gdb", "-q", "-nx", "-batch", *script, "--args", program, "debugger", *refusal)
    frames = re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+)", said, re.MULTILINE)
    assert frames[:3] == ["stop_here", "zffi_code", "test_debugger"], said
    assert frames[-1] == "main", said
