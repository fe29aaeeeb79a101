"""Every instruction that stubs are made of, byte for byte as assemblers make it.

A C program per CPU (encoders/) prints what our encoder makes of an instruction, beside its text.
gcc's assembler and clang's make the same of the text, or refuse it as the encoder does.
"""

import os
import platform
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from native import Native

SOURCES = Path(__file__).parent.parent.parent / "csrc" / "arch"


@dataclass(frozen=True)
class Cpu:
    name: str  # of the folder in csrc/arch
    machine: str  # as the kernel and the compilers call it

    @property
    def gcc(self) -> str:
        is_here = platform.machine() == self.machine
        return "gcc" if is_here else f"{self.machine}-linux-gnu-gcc"

    def assemblers(self) -> list[tuple[str, ...]]:
        return [(self.gcc,), ("clang", f"--target={self.machine}-linux-gnu")]


X86_64 = Cpu("x86_64", "x86_64")
ARM64 = Cpu("arm64", "aarch64")
ASSEMBLERS = [(cpu, command) for cpu in (X86_64, ARM64) for command in cpu.assemblers()]


@dataclass(frozen=True)
class Pair:
    """An instruction; without code if the encoder refuses it."""

    code: bytes
    text: str


def pairs_of(native: Native, cpu: Cpu) -> list[Pair]:
    program = native.program(
        f"encoders/{cpu.name}.c", flags=[f"-I{SOURCES / cpu.name}", f"-I{SOURCES}"]
    )
    ran = subprocess.run([str(program)], capture_output=True, text=True, check=True)
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    return [Pair(bytes.fromhex(code), text) for code, text in lines]


def assemble(
    command: tuple[str, ...], source: Path, made: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, "-c", str(source), "-o", str(made)], capture_output=True, text=True, check=False
    )


def text_of(file: Path) -> bytes:
    """The section .text of an ELF file of 64 bits."""
    data = file.read_bytes()
    (table,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", data, table + i * size) for i in range(count)]
    strings = sections[names][4]
    for name, _, _, _, offset, length in sections:
        if data[strings + name :].startswith(b".text\0"):
            return data[offset : offset + length]
    raise ValueError(f"{file} has no .text")


def need(tool: str) -> None:
    if shutil.which(tool) is None:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {tool}")


@pytest.mark.parametrize(
    ("cpu", "command"), ASSEMBLERS, ids=[f"{cpu.name}-{command[0]}" for cpu, command in ASSEMBLERS]
)
def test_bytes(one_native: Native, tmp_path: Path, cpu: Cpu, command: tuple[str, ...]) -> None:
    need(command[0])
    need(cpu.gcc)
    pairs = [pair for pair in pairs_of(one_native, cpu) if pair.code]
    source, made, linked = (tmp_path / name for name in ("all.s", "all.o", "all"))
    source.write_text("".join(pair.text + "\n" for pair in pairs))
    said = assemble(command, source, made)
    assert said.returncode == 0, said.stderr
    # Some distances are only the linker's to fill in; there is room for the longest.
    at = ["-nostdlib", "-static", "-Wl,-Ttext=0x200000000,--entry=0,--build-id=none"]
    subprocess.run([cpu.gcc, *at, str(made), "-o", str(linked)], check=True)
    expected, offset = text_of(linked), 0
    assert len(pairs) > 1000
    for pair in pairs:
        theirs = expected[offset : offset + len(pair.code)]
        assert pair.code.hex() == theirs.hex(), pair.text
        offset += len(pair.code)
    assert offset == len(expected)


def test_refused(one_native: Native, tmp_path: Path) -> None:
    """What an instruction of arm64 cannot hold is refused, not cut off. clang 14 is not asked: it
    cuts distances off."""
    need(ARM64.gcc)
    texts = [pair.text for pair in pairs_of(one_native, ARM64) if not pair.code]
    source = tmp_path / "all.s"
    source.write_text("".join(text + "\n" for text in texts))
    said = assemble((ARM64.gcc,), source, tmp_path / "all.o")
    refused = {int(line) for line in re.findall(r"all\.s:(\d+): Error:", said.stderr)}
    assert texts
    assert not [text for i, text in enumerate(texts) if i + 1 not in refused]
