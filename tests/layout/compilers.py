"""What compilers make of records: asked by constant data, read back from the object file.

Nothing is linked or run, so that a compiler for any platform that writes ELF can be asked.
"""

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from layout.records import (
    VECTORS,
    Array,
    Complex,
    Member,
    Record,
    Scalar,
    Type,
    Vector,
    records_of,
)

# ZfDataModel and ZfRules.
SYSV64, WIN64, AAPCS64, APPLE64, WINARM64 = range(5)
GCC, MSVC = range(2)

_QUIET = ("-w", "-O0", "-ffreestanding", "-fms-extensions", "-std=gnu11", "-x", "c", "-c", "-")


@dataclass(frozen=True)
class Platform:
    """A compiler that lays out for a platform, and what the engine is told to do the same."""

    name: str
    command: tuple[str, ...]
    model: int
    rules: int
    anonymous_bit_fields_align: bool = False
    differs_from_gcc: bool = False  # in what comparison.is_ambiguous() says

    @property
    def bytes_of_long(self) -> int:
        return 4 if self.model in (WIN64, WINARM64) else 8

    def is_there(self) -> bool:
        return shutil.which(self.command[0]) is not None


def _clang(name: str, target: str, model: int, rules: int, anonymous: bool = False) -> Platform:
    command = ("clang", f"--target={target}")
    return Platform(name, command, model, rules, anonymous, differs_from_gcc=rules == GCC)


PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform("gcc", ("gcc", "-m64"), SYSV64, GCC),
        Platform("gcc-aapcs64", ("aarch64-linux-gnu-gcc",), AAPCS64, GCC, True),
        _clang("clang", "x86_64-linux-gnu", SYSV64, GCC),
        _clang("clang-aapcs64", "aarch64-linux-gnu", AAPCS64, GCC, True),
        _clang("clang-apple64", "arm64-apple-macos11-elf", APPLE64, GCC),
        _clang("clang-win64", "x86_64-pc-windows-msvc-elf", WIN64, MSVC),
    )
}


@dataclass(frozen=True)
class Seen:
    """What a compiler says of a record: offsets of named members, and bits of bit-fields."""

    size: int
    alignment: int
    offsets: dict[str, int]
    bits: dict[str, int]  # an object's bytes, little end first, with the bit-field all ones


def ask(platform: Platform, records: Sequence[Record]) -> dict[str, Seen]:
    """Of each record, and all inside them."""
    every = {inner.name: inner for record in records for inner in records_of(record)}
    objects = _compile(platform, _source(platform, every.values()))
    return {name: _read(record, objects) for name, record in every.items()}


def complaints(platform: Platform, source: str) -> str:
    """What the compiler says of a C source that need not make an object file."""
    command = [*platform.command, *_QUIET, "-fsyntax-only"]
    ran = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
    return ran.stderr


def source_of(platform: Platform, record: Record) -> str:
    """The C of a record, to show."""
    return "\n".join(define(platform, inner) for inner in records_of(record))


def _is_offset_known(member: Member) -> bool:
    return member.name is not None and member.bits is None


def _read(record: Record, objects: dict[str, bytes]) -> Seen:
    numbers = [number for (number,) in struct.iter_unpack("<Q", objects[f"zf_{record.name}"])]
    known = [member.name for member in record.members if member.name and member.bits is None]
    bits = {
        member.name: int.from_bytes(objects[f"zf_{member.name}"], "little")
        for member in record.members
        if member.name and member.bits is not None
    }
    return Seen(numbers[0], numbers[1], dict(zip(known, numbers[2:], strict=True)), bits)


def _source(platform: Platform, records: Iterable[Record]) -> str:
    lines = [prelude(platform)]
    for record in records:
        tag = tag_of(record)
        asked = [f"sizeof({tag})", f"_Alignof({tag})"]
        lines.append(define(platform, record))
        for member in record.members:
            if _is_offset_known(member):
                asked.append(f"__builtin_offsetof({tag}, {member.name})")
            elif member.name is not None:
                lines.append(f"{tag} zf_{member.name} = {{.{member.name} = -1}};")
        lines.append(f"unsigned long long zf_{record.name}[] = {{{', '.join(asked)}}};")
    return "\n".join(lines) + "\n"


def prelude(platform: Platform, vectors: Iterable[Vector] = VECTORS) -> str:
    definitions = (_define_vector(platform, vector) for vector in vectors)
    return "\n".join(["typedef __WCHAR_TYPE__ wchar_t;", *definitions])


def _define_vector(platform: Platform, vector: Vector) -> str:
    size = f"sizeof({vector.element.name}) * {vector.count}"
    # Microsoft's vector types carry an alignas.
    aligned = f", aligned({size})" if platform.rules == MSVC else ""
    attribute = f"__attribute__((vector_size({size}){aligned}))"
    return f"typedef {vector.element.name} {spell(platform, vector)[0]} {attribute};"


def tag_of(record: Record) -> str:
    return f"{'union' if record.is_union else 'struct'} {record.name}"


def define(platform: Platform, record: Record) -> str:
    attributes = ["packed"] if record.is_packed else []
    attributes += [f"aligned({record.alignment})"] if record.alignment else []
    keyword, name = tag_of(record).split()
    head = f"{keyword} __attribute__(({', '.join(attributes)})) {name}" if attributes else None
    members = "".join(f"    {_declare(platform, member)};\n" for member in record.members)
    text = f"{head or tag_of(record)} {{\n{members}}};"
    if record.pack:
        text = f"#pragma pack(push, {record.pack})\n{text}\n#pragma pack(pop)"
    return text


def _declare(platform: Platform, member: Member) -> str:
    base, dimensions = spell(platform, member.type)
    bits = f" : {member.bits}" if member.bits is not None else ""
    name = f" {member.name}" if member.name else ""
    attribute = f" __attribute__((aligned({member.alignment})))" if member.alignment else ""
    return f"{base}{name}{dimensions}{bits}{attribute}"


def spell(platform: Platform, kind: Type) -> tuple[str, str]:
    """What stands before a name to declare it as that type, and what behind it."""
    match kind:
        case Scalar(name):
            return ("_Bool" if name == "bool" else name), ""
        case Complex(element):
            return f"{element.name} _Complex", ""
        case Vector(element, count):
            return f"{element.name.replace(' ', '_')}_x{count}", ""
        case Array(element, count):
            base, inner = spell(platform, element)
            return base, f"[{count or ''}]{inner}"
        case Record():
            return tag_of(kind), ""


def _compile(platform: Platform, source: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="zffi-layout-") as folder:
        file = Path(folder) / "made.o"
        command = [*platform.command, *_QUIET, "-o", str(file)]
        ran = subprocess.run(command, input=source, text=True, capture_output=True, check=False)
        if ran.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}\n{ran.stderr[:4000]}")
        return read_objects(file.read_bytes())


def read_objects(elf: bytes) -> dict[str, bytes]:
    """The bytes of each object of a little-endian 64-bit ELF file, by the name of its symbol."""
    (start,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    sections = [
        struct.unpack_from("<IIQQQQIIQQ", elf, start + index * size) for index in range(count)
    ]
    objects: dict[str, bytes] = {}
    for section in sections:
        _, kind, _, _, offset, length, link, _, _, step = section
        if kind != 2:  # SHT_SYMTAB
            continue
        names = sections[link][4]
        for at in range(offset, offset + length, step):
            name, _, _, home, value, extent = struct.unpack_from("<IBBHQQ", elf, at)
            if 0 < home < count:
                text = elf[names + name : elf.index(b"\0", names + name)].decode().lstrip("_")
                place = sections[home][4] + value
                is_zeros = sections[home][1] == 8  # SHT_NOBITS
                objects[text] = bytes(extent) if is_zeros else elf[place : place + extent]
    return objects


@cache
def version(command: tuple[str, ...]) -> str:
    said = subprocess.run(
        [command[0], "--version"], capture_output=True, text=True, check=False
    ).stdout
    return said.partition("\n")[0]
