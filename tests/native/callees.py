"""The calling conventions that compilers of this machine can make functions of, so that they can be
called here: its own, and those of other systems for the same CPU.

Microsoft's is an attribute of functions: of gcc and clang on x86-64, of clang alone on arm64.
Apple's comes from clang for Apple's arm64, told to write ELF. It leaves constants and globals
unreachable, and has no headers but the compiler's own, so what it compiles must be plain.
"""

import platform
from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import LEVELS, Build, Compiler

IS_ARM64 = platform.machine() in ("aarch64", "arm64")
DEFAULT_ABI = "aapcs64" if IS_ARM64 else "sysv64"
"""What C functions of this machine use."""
MICROSOFT = "__attribute__((ms_abi)) "
_APPLE = (
    "--target=arm64-apple-macos11-elf",
    "-ffreestanding",
    "-fno-jump-tables",
    "-fno-stack-protector",
)


@dataclass(frozen=True)
class Callees:
    """A build, and the convention of the functions that it makes. Its str is how test ids name it:
    "win64-gcc-O2"."""

    build: Build
    abi: str
    attribute: str = ""
    """What stands before a function's definition."""

    def __str__(self) -> str:
        return f"{self.abi}-{self.build}"


def callees_of(compilers: Iterable[Compiler]) -> list[Callees]:
    """All of this machine, at every optimisation level."""
    found: list[tuple[Compiler, str, str]] = []
    by_name = {compiler.name: compiler for compiler in compilers}
    for name, compiler in by_name.items():
        found.append((compiler, DEFAULT_ABI, ""))
        if not IS_ARM64 or name == "clang":
            found.append((compiler, "winarm64" if IS_ARM64 else "win64", MICROSOFT))
        if IS_ARM64 and name == "clang" and "gcc" in by_name:
            linker = by_name["gcc"].path
            found.append((replace(compiler, flags=_APPLE, linker=linker), "apple64", ""))
    return [
        Callees(Build(compiler, level), abi, attribute)
        for compiler, abi, attribute in found
        for level in LEVELS
    ]
