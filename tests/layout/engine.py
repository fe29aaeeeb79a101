"""Layouts and plans of the engine, asked through the program of driver.c."""

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from layout.compilers import AAPCS64, Platform
from layout.records import Array, Complex, Record, Scalar, Type, Vector

FOLDER = Path(__file__).parent
SOURCES = FOLDER.parent.parent / "csrc"
PROGRAM = [
    FOLDER / "driver.c",
    *(file for part in ("abi", "layout") for file in sorted((SOURCES / part).glob("*.c"))),
]
BUILD = [f"-I{SOURCES}", "-Wl,--wrap=malloc,--wrap=realloc"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


@dataclass(frozen=True)
class Leaf:
    offset: int
    size: int
    kind: int
    is_bit_field: int


@dataclass(frozen=True)
class Layout:
    name: str
    kind: int
    size: int
    alignment: int
    natural_alignment: int
    required_alignment: int
    has_gaps: bool
    members: list[tuple[int, int]]  # offset, and bit offset
    leaves: list[Leaf]


@dataclass(frozen=True)
class Refused:
    status: int
    index: int  # -1 for the whole
    why: str


class Script:
    """Lines for the driver. Each type is written once, and is known by its number."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.lines: list[str] = []
        self.numbers: dict[Type, int] = {}

    def number(self, kind: Type) -> int:
        if kind not in self.numbers:
            text = self._describe(kind)
            self.numbers[kind] = len(self.numbers)
            self.lines.append(text)
        return self.numbers[kind]

    def _describe(self, kind: Type) -> str:
        match kind:
            case Scalar("__float128"):  # in the table of no platform, but one's long double
                return f"scalar {AAPCS64} long double"
            case Scalar(name):
                return f"scalar {self.platform.model} {name}"
            case Complex(element):
                return f"complex {self.number(element)}"
            case Vector(element, count):
                return f"vector {self.number(element)} {count}"
            case Array(element, count):
                return f"array {self.number(element)} {count}"
            case Record():
                return self._describe_record(kind)

    def _describe_record(self, record: Record) -> str:
        members = [
            f"{self.number(member.type)} {-1 if member.bits is None else member.bits} "
            f"{int(member.name is not None)} {member.alignment} -1"
            for member in record.members
        ]
        head = (
            f"record {self.platform.rules} {int(record.is_union)} {int(record.is_packed)} "
            f"{record.pack} {record.alignment} {int(self.platform.anonymous_bit_fields_align)} "
            f"{len(members)}"
        )
        return "\n".join([head, *members])

    def read(self, lines: Sequence[str]) -> dict[Type, Layout | Refused]:
        """The answers to the types, by type."""
        return dict(zip(self.numbers, map(parse, lines), strict=True))


def answers(driver: Path, lines: Sequence[str]) -> list[str]:
    """What the driver says to each line that it answers, in order."""
    text = "".join(f"{line}\n" for line in lines)
    environment = {**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1"}
    ran = subprocess.run(
        [str(driver)], input=text, text=True, capture_output=True, check=False, env=environment
    )
    if ran.returncode != 0:
        raise RuntimeError(f"the driver ended with {ran.returncode}: {ran.stderr[:4000]}")
    return ran.stdout.splitlines()


def run(driver: Path, lines: Sequence[str]) -> list[Layout | Refused]:
    """The answers to the types of some lines, in order."""
    return [parse(line) for line in answers(driver, lines)]


def parse(line: str) -> Layout | Refused:
    if line.startswith("!"):
        status, index, why = line[1:].split(" ", 2)
        return Refused(int(status), int(index), why)
    line, *leaves = line.split("=")
    line, *members = line.split(":")
    numbers, name = line.split(",", 1)
    size, alignment, natural, required, gaps, kind = map(int, numbers.split())
    pairs = [tuple(map(int, member.split("."))) for member in members]
    return Layout(
        name,
        kind,
        size,
        alignment,
        natural,
        required,
        bool(gaps),
        [(offset, bit) for offset, bit in pairs],
        [Leaf(*map(int, leaf.split("."))) for leaf in leaves],
    )


def lay_out(
    driver: Path, platform: Platform, kinds: Iterable[Type]
) -> dict[Type, Layout | Refused]:
    """Of each type, and every type inside them."""
    script = Script(platform)
    for kind in kinds:
        script.number(kind)
    return script.read(answers(driver, script.lines))
