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
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from abi.generator import Flavor, random_file  # noqa: E402

SOURCES = HERE.parent.parent / "csrc"
ENGINE_PARTS = ("abi", "arch", "layout", "os")
CALLEES = ("-std=gnu11", "-w", f"-I{SOURCES}", f"-I{HERE}")
COMMON = (*CALLEES, "-fno-stack-protector", "-pthread")

SYSV64 = Flavor("sysv64", "sysv64", float128=True)
WIN64 = Flavor("win64", "win64", small_vectors=False, empty_structs=False)
# gcc's va_arg of a struct that is passed by reference is wrong here (gcc 12): it takes the pointer
# for the value. Its long double, and vectors of 8 bytes, go another way than clang's: refused.
WIN64_GCC = Flavor(
    "win64-gcc",
    "win64",
    function="__attribute__((ms_abi))",
    long_double=False,
    small_vectors=False,
    empty_structs=False,
    variadic_structs=False,
    variadic_wide=False,
    va_list="__builtin_ms_va_list",
    va_start="__builtin_ms_va_start",
    va_end="__builtin_ms_va_end",
)
# clang 14 aligns a packed HVA on the stack as if it were not packed; gcc and clang 19 do not.
AAPCS64 = Flavor("aapcs64", "aapcs64", float16=True, packed_vectors=False)
# Apple's va_arg aligns an HVA to more than 16 bytes, which no caller's stack pointer has.
APPLE64 = Flavor("apple64", "apple64", float16=True, packed_vectors=False, alignments=(8, 16))
WINARM64 = Flavor(
    "winarm64",
    "winarm64",
    float16=True,
    empty_structs=False,
    packed_vectors=False,
    variadic_wide=False,  # clang's va_arg does not align what its callers do
)
# Microsoft's calling convention with the types of Linux.
WINARM64_MS_ABI = Flavor(
    "winarm64-ms-abi",
    "winarm64",
    function="__attribute__((ms_abi))",
    long_double=False,
    float16=True,
    packed_vectors=False,
    variadic_wide=False,  # clang's va_arg does not align what its callers do
    alignments=(8,),  # `aligned` counts on Windows, but not here
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
    assembler: str = ""  # for a compiler that can only print assembly
    renames_calls: bool = False  # the callees call memcpy by another convention than the machine's
    ambiguity: str = ""  # what the driver is to leave out

    def missing(self) -> str | None:
        """What has to be installed for it, if anything."""
        tools = (self.compiler[0], self.host, *self.run[:1], self.assembler or "as", "objcopy")
        absent = [tool for tool in tools if shutil.which(tool) is None]
        if self.cpu == "x86_64" and platform.machine() != "x86_64":
            absent.append("an x86-64 machine")
        return ", ".join(absent) or None


def toolchains() -> list[Toolchain]:
    """All that are known, installed or not."""
    old_clang = _clang_version() < 18
    arm: Any = {"host": "aarch64-linux-gnu-gcc", "cpu": "arm64", "run": ("qemu-aarch64",)}
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
        Toolchain("winarm64-ms-abi", WINARM64_MS_ABI, clang_arm, ambiguity="variadic", **arm),
        Toolchain(
            "winarm64-clang",
            WINARM64,
            _windows_arm_compiler(),
            assembler="aarch64-linux-gnu-as",
            ambiguity="variadic",
            **arm,
        ),
    ]


def _windows_arm_compiler() -> tuple[str, ...]:
    """The driver of clang 14 has no ELF for this target, and its front end says so, too; but it
    prints right assembly all the same. It wants to be told where its own headers are."""
    headers = _output(["clang", "-print-resource-dir"]).strip() if shutil.which("clang") else ""
    target = ("-triple", "aarch64-pc-windows-elf", "-ffreestanding")
    return ("clang", "-cc1", *target, "-internal-isystem", f"{headers}/include")


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

    def _compile(self, toolchain: Toolchain, level: str, source: Path, made: str) -> None:
        if not toolchain.assembler:
            flags = [*COMMON, f"-{level}", "-c", str(source), "-o", made]
            _output([*toolchain.compiler, *flags])
            return
        command = [*toolchain.compiler, *CALLEES, f"-{level}", "-S", "-o", "-", str(source)]
        printed = subprocess.run(command, capture_output=True, text=True, check=False)
        assembly = source.with_suffix(".s")
        assembly.write_text(printed.stdout)
        if "zf_case_count" not in printed.stdout:
            raise RuntimeError(f"{' '.join(command)}\n{printed.stderr}")
        _output([toolchain.assembler, "-o", made, str(assembly)])
        assembly.unlink()

    def run(self, toolchain: Toolchain, level: str, text: str, name: str) -> str:
        """Compiles a file of callees and calls them. Returns what the driver says of it."""
        stem = self.folder / f"{toolchain.name}-{level}-{name}"
        source, callees, program = stem.with_suffix(".c"), f"{stem}.o", f"{stem}.exe"
        source.write_text(text)
        self._compile(toolchain, level, source, callees)
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


def run_files(
    bench: Bench, toolchain: Toolchain, seeds: range, signatures: int
) -> tuple[list[int], list[str]]:
    """Random files at -O0 and -O2. Returns the sums of what was called, what was left out as
    ambiguous, checks and failures; and what was said of each file with a failure."""
    bench.engine(toolchain)

    def run(job: tuple[int, str]) -> tuple[list[int], str]:
        seed, level = job
        text = random_file(toolchain.flavor, seed, signatures)
        try:
            said = bench.run(toolchain, level, text, str(seed))
        except RuntimeError as error:
            return [0, 0, 0, 1], f"{toolchain.name} seed {seed} -{level}: {error}"
        return [int(number) for number in re.findall(r"\d+", said)], ""

    jobs = [(seed, level) for seed in seeds for level in ("O0", "O2")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        done = list(pool.map(run, jobs))
    totals = [sum(column) for column in zip(*(numbers for numbers, _ in done), strict=True)]
    return totals, [failure for _, failure in done if failure]


def main() -> None:
    parser = argparse.ArgumentParser(description="Random signatures against every compiler.")
    parser.add_argument("--files", type=int, default=20, help="files of signatures a toolchain")
    parser.add_argument("--signatures", type=int, default=150, help="signatures a file")
    parser.add_argument("--seed", type=int, default=0, help="of the first file")
    parser.add_argument("--only", default="", help="toolchains whose name has this in it")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="zffi-abi-"))
    bench = Bench(folder)
    seeds = range(options.seed, options.seed + options.files)
    failures = []
    for toolchain in toolchains():
        if options.only not in toolchain.name:
            continue
        if missing := toolchain.missing():
            print(f"{toolchain.name}: NOT TESTED, missing {missing}")
            continue
        totals, said = run_files(bench, toolchain, seeds, options.signatures)
        called, ambiguous, checks, failed = totals
        print(
            f"{toolchain.name}: {called} calls, {ambiguous} ambiguous, {checks} checks, "
            f"{failed} failures",
            flush=True,
        )
        failures += said
    print("\n".join(text[:3000] for text in failures[:5]))
    print(f"what failed is in {folder}" if failures else "all agree")
    if not failures:
        shutil.rmtree(folder)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
