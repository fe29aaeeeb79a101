"""The compilers that know a calling convention, and how their callees are linked with the engine
and run: natively, or by qemu-user for arm64.
"""

import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from abi.exclusions import (
    ALIGNED_MS_ABI,
    ALIGNED_RECORD_VA_ARG,
    ALIGNED_VA_ARG,
    ARRAY_OF_PACKED,
    COMPOUND_VA_ARG,
    EMPTY_ARRAY,
    EMPTY_VA_ARG,
    FLOAT128_UNION,
    FLOAT_UNION,
    HALF_ARRAY,
    HOMOGENEOUS_VA_ARG,
    LEADING_BITS,
    NOT_IN_PYTHON,
    PACKED_QUAD,
    SMALL_VECTOR,
    UNALIGNED_RECORD,
    UNNAMED_BITS,
    WIDE_VA_ARG,
    X87_UNION,
    ZERO_WIDTH,
    ZERO_WIDTH_UNION,
)
from abi.signatures import INT128, PLAIN, Flavor, Signature
from abi.source import GNU, MS_ABI, Dialect, source_of
from layout.compilers import AAPCS64, APPLE64, GCC, MSVC, SYSV64, WIN64, WINARM64, Platform
from layout.engine import BUILD, PROGRAM, lay_out
from native import child_environment
from native.callees import IS_ARM64

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent.parent / "csrc"
ENGINE_PARTS = ("abi", "arch", "layout", "os")
CALLEES = ("-std=gnu11", "-w", f"-I{SOURCES}", f"-I{HERE}")
COMMON = (*CALLEES, "-fno-stack-protector", "-pthread")

ALL = (*PLAIN, *INT128, "long double", "_Float16")


@dataclass(frozen=True)
class Toolchain:
    """A compiler for callees, and the one for the engine that calls them."""

    abi: str
    platform: Platform
    flavor: Flavor
    dialect: Dialect = GNU
    assembler: str = ""  # for a compiler that can only print assembly
    ambiguity: str = "none"  # what the driver is to leave out

    @property
    def name(self) -> str:
        return self.platform.name

    @property
    def is_arm(self) -> bool:
        return self.abi in ("aapcs64", "apple64", "winarm64")

    @property
    def host(self) -> str:
        return "aarch64-linux-gnu-gcc" if self.is_arm else "gcc"

    @property
    def run(self) -> tuple[str, ...]:
        return ("qemu-aarch64",) if self.is_arm and not IS_ARM64 else ()

    def missing(self) -> str | None:
        """What has to be installed for it, if anything."""
        compiler = self.platform.command[0]
        objcopy = self.host.replace("gcc", "objcopy")
        tools = (compiler, self.host, *self.run[:1], self.assembler or "as", objcopy)
        absent = [tool for tool in tools if shutil.which(tool) is None]
        if not self.is_arm and IS_ARM64:
            absent.append("an x86-64 machine")
        return ", ".join(absent) or None


def toolchains(clang: str = "clang") -> list[Toolchain]:
    """All that are known, installed or not."""
    return [*gcc_toolchains(), *clang_toolchains(clang)]


def gcc_toolchains() -> list[Toolchain]:
    arm = Platform("aapcs64-gcc", ("aarch64-linux-gnu-gcc",), AAPCS64, GCC, True)
    sysv = (X87_UNION, UNNAMED_BITS, ARRAY_OF_PACKED, HALF_ARRAY, ALIGNED_RECORD_VA_ARG)
    return [
        Toolchain(
            "sysv64",
            Platform("sysv64-gcc", ("gcc",), SYSV64, GCC),
            Flavor((*ALL, "__float128"), 8, sysv),
        ),
        Toolchain(
            "win64",
            Platform("win64-gcc", ("gcc",), SYSV64, GCC),
            Flavor((*PLAIN, *INT128), 8, (SMALL_VECTOR, COMPOUND_VA_ARG, WIDE_VA_ARG)),
            MS_ABI,
        ),
        Toolchain("aapcs64", arm, Flavor(ALL, 8, (ZERO_WIDTH_UNION, HOMOGENEOUS_VA_ARG))),
    ]


def clang_toolchains(clang: str) -> list[Toolchain]:
    """Of one version of clang."""
    version = clang_version(clang)
    zero_width = (ZERO_WIDTH,) if version < 16 else ()

    def platform(abi: str, triple: str, *rest: Any) -> Platform:
        command = (clang, f"--target={triple}", "-ffreestanding", "-fno-jump-tables")
        return Platform(f"{abi}-{clang}", command, *rest)

    windows = platform("win64", "x86_64-pc-windows-msvc-elf", WIN64, MSVC)
    windows = replace(windows, command=(*windows.command, "-mno-stack-arg-probe"))
    arm = platform("aapcs64", "aarch64-linux-gnu", AAPCS64, GCC, True)
    sysv = (
        X87_UNION,
        FLOAT_UNION,
        FLOAT128_UNION,
        LEADING_BITS,
        NOT_IN_PYTHON,
        UNALIGNED_RECORD,
        EMPTY_ARRAY,
        EMPTY_VA_ARG,
    )
    # Before 18, clang has no _Float16 here, and passes a struct of __float128 in memory.
    sysv_scalars = (*ALL, "__float128") if version >= 18 else (*PLAIN, *INT128, "long double")
    return [
        Toolchain(
            "sysv64",
            platform("sysv64", "x86_64-linux-gnu", SYSV64, GCC),
            Flavor(sysv_scalars, 8, sysv),
            ambiguity="int128",
        ),
        Toolchain("win64", windows, Flavor(ALL[:-1], 4, (SMALL_VECTOR,))),
        Toolchain("aapcs64", arm, Flavor(ALL, 8, (*zero_width, PACKED_QUAD))),
        Toolchain(
            "apple64",
            platform("apple64", "arm64-apple-macos11-elf", APPLE64, GCC),
            Flavor(ALL, 8, (*zero_width, ALIGNED_VA_ARG)),
        ),
        # Microsoft's calling convention with the types of Linux.
        Toolchain(
            "winarm64",
            replace(arm, name=f"winarm64-{clang}-ms-abi"),
            Flavor(
                (*PLAIN, *INT128, "_Float16"),
                8,
                (*zero_width, PACKED_QUAD, WIDE_VA_ARG, EMPTY_VA_ARG, ALIGNED_MS_ABI),
            ),
            MS_ABI,
            ambiguity="variadic",
        ),
        Toolchain(
            "winarm64",
            Platform(f"winarm64-{clang}", _windows_arm_compiler(clang), WINARM64, MSVC),
            Flavor(ALL, 4, (*zero_width, WIDE_VA_ARG, EMPTY_VA_ARG)),
            assembler="aarch64-linux-gnu-as",
            ambiguity="variadic",
        ),
    ]


def _windows_arm_compiler(clang: str) -> tuple[str, ...]:
    """The driver of clang 14 has no ELF for this target, and its front end says so, too; but it
    prints right assembly all the same. It wants to be told where its own headers are."""
    headers = _output([clang, "-print-resource-dir"]).strip() if shutil.which(clang) else ""
    target = ("-triple", "aarch64-pc-windows-elf", "-ffreestanding")
    return (clang, "-cc1", *target, "-internal-isystem", f"{headers}/include")


def clang_version(clang: str) -> int:
    said = _output([clang, "--version"]) if shutil.which(clang) else ""
    found = re.search(r"version (\d+)", said)
    return int(found[1]) if found else 0


def _output(command: list[str], error: type[Exception] = RuntimeError) -> str:
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if ran.returncode != 0:
        raise error(f"{' '.join(command)}\n{ran.stdout}")
    return ran.stdout


class BrokenEngine(Exception):
    """The engine does not compile, or cannot be linked: no signature is to blame."""


class Bench:
    """A folder in which callees are built and run, with the engine and the driver of each CPU."""

    drivers: tuple[str, ...] = ("driver.c", "witness.c")
    flags: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engines: dict[str, list[str]] = {}
        self.layouts = folder / "layouts"
        # Where Python itself is emulated, `gcc` compiles for that CPU.
        compiler = os.environ.get("ZFFI_HOST_CC", "gcc")
        program = map(str, PROGRAM)
        _output([compiler, "-std=gnu11", "-O1", *BUILD, *program, "-o", str(self.layouts)])

    def engine(self, toolchain: Toolchain) -> list[str]:
        """The object files of engine and driver."""
        if toolchain.host not in self.engines:
            cpu = "arm64" if toolchain.is_arm else "x86_64"
            parts = [SOURCES / part for part in (*ENGINE_PARTS, f"arch/{cpu}")]
            files = [*(HERE / driver for driver in self.drivers), HERE / f"guard_{cpu}.S"]
            if not toolchain.is_arm:
                files.append(HERE.parent / "engine" / "preserved.S")
            files += [file for part in parts for file in sorted(part.glob("*.[cS]"))]
            folder = self.folder / cpu
            folder.mkdir(exist_ok=True)
            objects = []
            for file in files:
                objects.append(str(folder / f"{file.parent.name}-{file.name}.o"))
                command = [toolchain.host, *COMMON, *self.flags, "-O2", "-g", "-c", str(file)]
                _output([*command, "-o", objects[-1]], BrokenEngine)
            self.engines[toolchain.host] = objects
        return self.engines[toolchain.host]

    def _compile(self, toolchain: Toolchain, level: str, source: Path, made: str) -> None:
        if not toolchain.assembler:
            own = () if toolchain.platform.rules == MSVC else self.flags
            flags = [*COMMON, *own, f"-{level}", "-c", str(source), "-o", made]
            _output([*toolchain.platform.command, *flags])
            return
        command = [*toolchain.platform.command, *CALLEES, f"-{level}", "-S", "-o", "-", str(source)]
        printed = subprocess.run(command, capture_output=True, text=True, check=False)
        assembly = source.with_suffix(".s")
        assembly.write_text(printed.stdout)
        if "zf_case_count" not in printed.stdout:
            raise RuntimeError(f"{' '.join(command)}\n{printed.stderr}")
        _output([toolchain.assembler, "-o", made, str(assembly)])
        assembly.unlink()

    def source(self, toolchain: Toolchain, signatures: Sequence[Signature]) -> str:
        kinds = [kind for signature in signatures for kind in signature.types()]
        layouts = lay_out(self.layouts, toolchain.platform, kinds)
        return source_of(toolchain.platform, toolchain.dialect, layouts, signatures)

    def run(
        self,
        toolchain: Toolchain,
        level: str,
        signatures: Sequence[Signature],
        name: str,
        spoiled: bool = False,
    ) -> str:
        """Compiles callees and calls them. Returns what the driver says of it."""
        stem = self.folder / f"{toolchain.name}-{level}-{name}"
        source, callees, program = stem.with_suffix(".c"), f"{stem}.o", f"{stem}.exe"
        source.write_text(self.source(toolchain, signatures))
        self._compile(toolchain, level, source, callees)
        if toolchain.platform.rules == MSVC:
            self._rename(toolchain, callees)
        objects = [*self.engine(toolchain), callees]
        said = self._call(toolchain, objects, signatures, program, spoiled)
        for made in (source, callees, program):
            os.unlink(made)
        return said

    @staticmethod
    def _rename(toolchain: Toolchain, callees: str) -> None:
        """Constants have names that a shared library takes for versions, and on x86-64 the callees
        call memcpy by another convention than the machine's."""
        names = [] if toolchain.is_arm else ["memcpy", "memset", "memmove"]
        renames = [f"--redefine-sym={name}=win64_{name}" for name in names]
        program = toolchain.host.replace("gcc", "objcopy")
        _output([program, *renames, "--wildcard", "--localize-symbol=*@*", callees])

    def _call(
        self,
        toolchain: Toolchain,
        objects: Sequence[str],
        signatures: Sequence[Signature],
        program: str,
        spoiled: bool,
    ) -> str:
        """Links them to a program, and runs it."""
        static = ["-static"] if toolchain.run else []
        command = [toolchain.host, *static, "-pthread", *objects, "-ldl", "-o", program]
        _output(command, BrokenEngine)
        return _said([*toolchain.run, program, *_arguments(toolchain, spoiled)])


class PythonBench(Bench):
    """Callees are called through Python, by the extension under test."""

    drivers = ("python.c", "witness.c")
    flags = ("-fPIC",)

    def _call(
        self,
        toolchain: Toolchain,
        objects: Sequence[str],
        signatures: Sequence[Signature],
        program: str,
        spoiled: bool,
    ) -> str:
        """Links them to a library, and calls it in a process of its own."""
        flags = ["-shared", "-Wl,-Bsymbolic,-z,notext", "-pthread"]
        _output([toolchain.host, *flags, *objects, "-ldl", "-o", program], BrokenEngine)
        pickled = Path(f"{program}.pickle")
        pickled.write_bytes(pickle.dumps((toolchain.platform, signatures)))
        command = [sys.executable, str(HERE / "calling.py"), program, str(pickled)]
        said = _said([*command, *_arguments(toolchain, spoiled)], child_environment())
        pickled.unlink()
        return said


def python_toolchains() -> list[Toolchain]:
    """Those whose callees this Python can call."""
    return [
        replace(toolchain, flavor=_python_flavor(toolchain))
        for toolchain in toolchains()
        if toolchain.is_arm == IS_ARM64
    ]


def _python_flavor(toolchain: Toolchain) -> Flavor:
    """Without what zffi has no type for; more of what most functions have."""
    flavor, platform = toolchain.flavor, toolchain.platform
    scalars = tuple(name for name in flavor.scalars if name != "__float128")
    exclusions = (*flavor.exclusions, NOT_IN_PYTHON)
    if IS_ARM64 and platform.rules == GCC and not platform.anonymous_bit_fields_align:
        exclusions += (UNNAMED_BITS,)  # structs are laid out as this machine's C does it
    return replace(flavor, scalars=scalars, exclusions=exclusions, plain_share=0.6)


def _arguments(toolchain: Toolchain, spoiled: bool) -> list[str]:
    return [toolchain.abi, toolchain.ambiguity, *(["spoiled"] if spoiled else [])]


def _said(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
    )
    return ran.stdout
