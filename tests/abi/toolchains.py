"""The compilers that know a calling convention, and how their callees are linked with the engine
and run: natively, or by qemu-user for arm64.

On the command line, the long form of test_calls.py: python tests/abi/toolchains.py --files 50
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from abi.generator import Flavor, random_file  # noqa: E402

SOURCES = HERE.parent.parent / "csrc"
ENGINE_PARTS = ("abi", "arch", "layout", "os")
COMMON = (
    "-std=gnu11",
    "-w",
    "-fno-stack-protector",
    "-pthread",
    f"-I{SOURCES}",
    f"-I{HERE}",
    "-I",
    str(SOURCES / "layout"),
)

SYSV64 = Flavor("sysv64", "sysv64", float128=True)
WIN64 = Flavor("win64", "win64", small_vectors=False, empty_structs=False)
# gcc's va_arg of a struct that is passed by reference is wrong here (gcc 12): it takes the pointer
# for the value. Its long double goes another way than clang's, and Windows has neither.
WIN64_GCC = Flavor(
    "win64-gcc",
    "win64",
    function="__attribute__((ms_abi))",
    long_double=False,
    small_vectors=True,
    empty_structs=False,
    variadic_structs=False,
    variadic_wide=False,
    va_list="__builtin_ms_va_list",
    va_start="__builtin_ms_va_start",
    va_end="__builtin_ms_va_end",
)
AAPCS64 = Flavor("aapcs64", "aapcs64", float16=True)
APPLE64 = Flavor("apple64", "apple64", float16=True)
# Microsoft's calling convention with the types of Linux.
WINARM64 = Flavor(
    "winarm64",
    "winarm64",
    function="__attribute__((ms_abi))",
    long_double=False,
    float16=True,
    variadic_wide=False,  # clang's va_arg does not align what its callers do
    over_aligned=False,  # `aligned` counts on Windows, but not here
    va_list="__builtin_ms_va_list",
    va_start="__builtin_ms_va_start",
    va_end="__builtin_ms_va_end",
)


@dataclass(frozen=True)
class Toolchain:
    """A compiler for callees, and the one for the engine that calls them."""

    name: str
    flavor: Flavor
    compiler: tuple[str, ...]
    host: str = "gcc"
    cpu: str = "x86_64"
    run: tuple[str, ...] = ()
    renames_calls: bool = False  # the callees call memcpy by another convention than the machine's
    ambiguity: str = ""  # what the driver is to leave out

    def missing(self) -> str | None:
        """What has to be installed for it, if anything."""
        tools = (self.compiler[0], self.host, *self.run[:1], "objcopy")
        absent = [tool for tool in tools if shutil.which(tool) is None]
        if self.cpu == "x86_64" and platform.machine() != "x86_64":
            absent.append("an x86-64 machine")
        return ", ".join(absent) or None


def toolchains() -> list[Toolchain]:
    """All that are known, installed or not."""
    old_clang = _clang_version() < 18
    arm = {
        "host": "aarch64-linux-gnu-gcc",
        "cpu": "arm64",
        "run": ("qemu-aarch64",),
    }
    # gcc 12 reads an HFA of a variadic call from memory that it has not written, at -O2.
    gcc_arm = replace(AAPCS64, variadic_structs=False, variadic_wide=False)
    clang_arm = ("clang", "--target=aarch64-linux-gnu", "-ffreestanding")
    apple = (
        "clang",
        "--target=arm64-apple-macos11-elf",
        "-ffreestanding",
        "-fno-jump-tables",
    )
    windows = (
        "clang",
        "--target=x86_64-pc-windows-msvc-elf",
        "-ffreestanding",
        "-mno-stack-arg-probe",
    )
    # clang 14 passes structs of a __float128 in memory, as gcc and the ABI do not.
    clang_sysv = replace(SYSV64, float128=not old_clang)
    return [
        Toolchain("sysv64-gcc", SYSV64, ("gcc",)),
        Toolchain("sysv64-clang", clang_sysv, ("clang",), ambiguity="int128"),
        Toolchain("win64-clang", WIN64, windows, renames_calls=True),
        Toolchain("win64-gcc", WIN64_GCC, ("gcc",)),
        Toolchain("aapcs64-gcc", gcc_arm, ("aarch64-linux-gnu-gcc",), **arm),
        Toolchain("aapcs64-clang", AAPCS64, clang_arm, **arm),
        Toolchain("apple64-clang", APPLE64, apple, **arm),
        Toolchain("winarm64-clang", WINARM64, clang_arm, ambiguity="variadic", **arm),
    ]


def _clang_version() -> int:
    said = _output(["clang", "--version"]) if shutil.which("clang") else ""
    found = re.search(r"version (\d+)", said)
    return int(found[1]) if found else 99


def _output(command: list[str]) -> str:
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{ran.stdout}")
    return ran.stdout


class Bench:
    """A folder with the engine and the driver of each CPU, in which callees are built and run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines: dict[str, list[str]] = {}

    def engine(self, toolchain: Toolchain) -> list[str]:
        """The object files of engine and driver."""
        if toolchain.host not in self.engines:
            parts = [SOURCES / part for part in ENGINE_PARTS]
            parts.append(SOURCES / "arch" / toolchain.cpu)
            files = [HERE / "driver.c", *(f for part in parts for f in sorted(part.glob("*.[cS]")))]
            folder = self.folder / toolchain.cpu
            folder.mkdir(exist_ok=True)
            objects = []
            for file in files:
                objects.append(str(folder / f"{file.parent.name}-{file.name}.o"))
                _output([toolchain.host, *COMMON, "-O2", "-g", "-c", str(file), "-o", objects[-1]])
            self.engines[toolchain.host] = objects
        return self.engines[toolchain.host]

    def run(self, toolchain: Toolchain, level: str, text: str, name: str) -> str:
        """Compiles a file of callees and calls them. Returns what the driver says of it."""
        stem = self.folder / f"{toolchain.name}-{level}-{name}"
        source, callees, program = stem.with_suffix(".c"), f"{stem}.o", f"{stem}.exe"
        source.write_text(text)
        _output([*toolchain.compiler, *COMMON, f"-{level}", "-c", str(source), "-o", callees])
        if toolchain.renames_calls:
            names = ["memcpy", "memset", "memmove"]
            renames = [f"--redefine-sym={name}=win64_{name}" for name in names]
            _output(["objcopy", *renames, callees])
        static = ["-static"] if toolchain.run else []
        objects = [*self.engine(toolchain), callees]
        _output([toolchain.host, *static, "-pthread", *objects, "-ldl", "-o", program])
        command = [*toolchain.run, program, toolchain.flavor.abi]
        said = _output([*command, *filter(None, [toolchain.ambiguity])])
        for made in (source, callees, program):
            os.unlink(made)
        return said.splitlines()[-1]


def main() -> None:
    parser = argparse.ArgumentParser(description="Random signatures against every compiler.")
    parser.add_argument("--files", type=int, default=20, help="files of signatures a toolchain")
    parser.add_argument("--signatures", type=int, default=150, help="signatures a file")
    parser.add_argument("--seed", type=int, default=0, help="of the first file")
    parser.add_argument("--only", default="", help="toolchains whose name has this in it")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="zffi-abi-"))
    bench = Bench(folder)
    failed = False
    for toolchain in toolchains():
        if options.only not in toolchain.name:
            continue
        if missing := toolchain.missing():
            print(f"{toolchain.name}: NOT TESTED, missing {missing}")
            continue
        bench.engine(toolchain)
        jobs = [
            (seed, level)
            for seed in range(options.seed, options.seed + options.files)
            for level in ("O0", "O2")
        ]

        def run(job: tuple[int, str], toolchain: Toolchain = toolchain) -> str:
            seed, level = job
            text = random_file(toolchain.flavor, seed, options.signatures)
            try:
                return bench.run(toolchain, level, text, str(seed))
            except RuntimeError as error:
                return f"FAILED seed {seed} {level}: {error}"

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            said = list(pool.map(run, jobs))
        bad = [line for line in said if line.startswith("FAILED")]
        totals = [sum(column) for column in zip(*map(_numbers, set(said) and said), strict=True)]
        print(f"{toolchain.name}: {totals} (called, ambiguous, checks, failures), {len(bad)} bad")
        for line in bad[:3]:
            print(line[:3000])
        failed |= bool(bad)
    print(f"kept in {folder}" if failed else "all agree")
    if not failed:
        shutil.rmtree(folder)
    sys.exit(failed)


def _numbers(line: str) -> list[int]:
    return [0] * 4 if line.startswith("FAILED") else [int(n) for n in re.findall(r"\d+", line)][:4]


if __name__ == "__main__":
    main()
