"""What clang's front end decides about signatures for any target, compared with the engine's plans.

Calls are compiled to LLVM's language, where an argument has become values of machine types, or a
pointer with or without `byval`, and the result one of those or an `sret` pointer. Each value is
then given its register or the stack, as the target's back end does. Nothing is assembled, linked or
run, so that targets which no tool here can link are asked, too.
"""

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from abi.exclusions import (
    EMPTY_ARRAY,
    FLOAT_UNION,
    LEADING_BITS,
    MIXED_X87_UNION,
    SMALL_VECTOR,
    UNALIGNED_RECORD,
    ZERO_WIDTH,
)
from abi.signatures import ALL_VECTORS, INT128, Flavor, Generator, Signature
from abi.source import Layouts
from abi.toolchains import ALL, clang_version
from layout.compilers import (
    AAPCS64,
    APPLE64,
    GCC,
    MSVC,
    SYSV64,
    WIN64,
    WINARM64,
    Platform,
    define,
    prelude,
    spell,
)
from layout.engine import Layout, Leaf, Script, answers
from layout.records import Scalar, Type, Vector, records_of

GP, FP, X87, STACK = range(4)  # ZfBank
KIND_POINTER = 12  # ZfKind
SRET_ARM64 = 8


@dataclass(frozen=True)
class Place:
    """A register, or the stack; and how much of a value is there."""

    bank: int
    index: int  # 0 for the stack: where on it is not compared
    is_pointer: bool = False
    size: int = 0

    def __str__(self) -> str:
        name = "stack" if self.bank == STACK else f"{('gp', 'fp', 'x87')[self.bank]}{self.index}"
        return f"{'&' if self.is_pointer else ''}{name}:{self.size}"


# -- LLVM's types ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value:
    """A machine value: what a type of LLVM consists of."""

    bank: int
    size: int
    is_pointer: bool = False


FLOATS = {"half": 2, "float": 4, "double": 8, "fp128": 16}


class Reader:
    """Reads types of LLVM's language, old with its typed pointers or new."""

    def __init__(self, text: str) -> None:
        self.named = dict(re.findall(r"^(%[\w.\"]+) = type (.*)$", text, re.MULTILINE))

    def values(self, text: str) -> list[Value]:
        """Of the type that the text starts with."""
        return self._read(text)[0]

    def _read(self, text: str) -> tuple[list[Value], str]:
        values, rest = self._read_base(text.lstrip())
        while rest.startswith("*"):
            values, rest = [Value(GP, 8, is_pointer=True)], rest[1:]
        return values, rest

    def _read_base(self, text: str) -> tuple[list[Value], str]:
        if text.startswith("<{"):
            values, rest = self._read_members(text[2:], "}")
            return values, rest.removeprefix(">")
        if text.startswith("{"):
            return self._read_members(text[1:], "}")
        if match := re.match(r"[\[<](\d+) x ", text):
            element, rest = self._read(text[match.end() :])
            values = element * int(match[1])
            if text[0] == "<":
                values = [Value(FP, sum(value.size for value in values))]
            return values, rest[1:]
        match = re.match(r"%[\w.\"]+|\w+", text)
        assert match, f"not a type: {text!r}"
        return self._value(match[0]), text[match.end() :]

    def _read_members(self, text: str, end: str) -> tuple[list[Value], str]:
        values: list[Value] = []
        text = text.lstrip()
        while not text.startswith(end):
            more, text = self._read(text)
            values += more
            text = text.lstrip().removeprefix(",").lstrip()
        return values, text[1:]

    def _value(self, name: str) -> list[Value]:
        if name.startswith("%"):
            return self.values(self.named[name])
        if name == "void":
            return []
        if name == "x86_fp80":
            return [Value(X87, 16)]
        if name == "ptr":
            return [Value(GP, 8, is_pointer=True)]
        if name in FLOATS:
            return [Value(FP, FLOATS[name])]
        assert re.fullmatch(r"i\d+", name), f"not a type: {name!r}"
        return [Value(GP, (int(name[1:]) + 7) // 8)]


# -- Calls -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Passed:
    """An argument of a call in LLVM's language."""

    values: list[Value]
    is_in_memory: bool
    is_result: bool
    is_named: bool


@dataclass(frozen=True)
class Call:
    result: list[Value]
    arguments: list[Passed]
    is_variadic: bool


def read_calls(text: str) -> dict[int, Call]:
    """Of the functions f0, f1, ..., by their numbers."""
    reader = Reader(text)
    calls = {}
    for head, number, tail in re.findall(r" call (.*?) ?@f(\d+)\((.*)\)", text):
        result = re.sub(r"^((noundef|signext|zeroext|inreg) )*", "", head)
        # Only the type of a variadic function is written out.
        is_variadic = head.endswith("...)")
        named = list(_split(result[result.rindex(" (") + 2 : -1]))[:-1] if is_variadic else None
        arguments = [
            Passed(
                reader.values(operand),
                " byval(" in operand,
                " sret(" in operand,
                named is None or index < len(named),
            )
            for index, operand in enumerate(_split(tail))
        ]
        calls[int(number)] = Call(reader.values(result), arguments, is_variadic)
    return calls


def _split(text: str) -> Iterator[str]:
    """At the commas that no bracket is around."""
    depth, start = 0, 0
    for index, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}>")
        if character == "," and depth == 0:
            yield text[start:index].strip()
            start = index + 1
    if text[start:].strip():
        yield text[start:].strip()


# -- Registers -------------------------------------------------------------------------------------


def _words(values: Sequence[Value]) -> list[Value]:
    """With an i128 in two."""
    return [
        part
        for value in values
        for part in ([replace(value, size=8)] * 2 if value.size == 16 else [value])
    ]


def _at(bank: int, index: int, value: Value) -> Place:
    return Place(bank, index, value.is_pointer, value.size)


def _on_stack(passed: Passed) -> Place:
    is_pointer = passed.values[0].is_pointer and not passed.is_in_memory
    return Place(STACK, 0, is_pointer)


def sysv64(call: Call) -> Iterator[Place]:
    used, limits = [0, 0], (6, 8)
    for passed in call.arguments:
        for value in _words(passed.values) if passed.values[0].bank == GP else passed.values:
            if passed.is_in_memory or value.bank == X87 or used[value.bank] == limits[value.bank]:
                yield _on_stack(passed)
            else:
                yield _at(value.bank, used[value.bank], value)
                used[value.bank] += 1


def win64(call: Call) -> Iterator[Place]:
    """One slot each; a vector is a reference."""
    for slot, passed in enumerate(call.arguments):
        (value,) = passed.values
        if value.size == 16:
            value = Value(GP, 8, is_pointer=True)
        if slot >= 4:
            yield Place(STACK, 0, value.is_pointer)
            continue
        yield _at(value.bank, slot, value)
        if value.bank == FP and call.is_variadic:
            yield _at(GP, slot, value)


def aapcs64(call: Call, even_pairs: bool = True, unnamed_on_stack: bool = False) -> Iterator[Place]:
    used = [0, 0]
    for passed in call.arguments:
        bank, values = passed.values[0].bank, passed.values
        if passed.is_result:
            yield _at(GP, SRET_ARM64, values[0])
            continue
        if bank == GP:
            if values[0].size == 16 and even_pairs:
                used[GP] += used[GP] % 2
            values = _words(values)
        if unnamed_on_stack and not passed.is_named:
            yield _on_stack(passed)
        elif used[bank] + len(values) > 8:
            used[bank] = 8
            yield _on_stack(passed)
        else:
            for value in values:
                yield _at(bank, used[bank], value)
                used[bank] += 1


def apple64(call: Call) -> Iterator[Place]:
    return aapcs64(call, even_pairs=False, unnamed_on_stack=True)


def winarm64(call: Call) -> Iterator[Place]:
    """A variadic call has everything in general registers, then on the stack, word by word."""
    if not call.is_variadic:
        yield from aapcs64(call)
        return
    position = 0
    for passed in call.arguments:
        if passed.is_result:
            yield _at(GP, SRET_ARM64, passed.values[0])
            continue
        if passed.values[0].size == 16:
            position += position % 2
        for value in _words(passed.values):
            on_stack = Place(STACK, 0, value.is_pointer)
            yield _at(GP, position, value) if position < 8 else on_stack
            position += 1


def results(call: Call) -> Iterator[Place]:
    used = [0, 0, 0]
    for value in call.result:
        for part in _words([value]) if value.bank == GP else [value]:
            yield _at(value.bank, used[value.bank], part)
            used[value.bank] += 1


ASSIGNERS: dict[str, Callable[[Call], Iterator[Place]]] = {
    "sysv64": sysv64,
    "win64": win64,
    "aapcs64": aapcs64,
    "apple64": apple64,
    "winarm64": winarm64,
}


# -- Plans -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Piece:
    """A place of the engine's, and what of a value is in it."""

    place: Place
    offset: int = 0
    leaves: tuple[Leaf, ...] = ()

    def holds(self, found: Place) -> bool:
        """Whether what clang puts there is all that is no padding."""
        has_pointer = any(leaf.kind == KIND_POINTER for leaf in self.leaves)
        same_kind = found.is_pointer == self.place.is_pointer or has_pointer
        if not same_kind or (found.bank, found.index) != (self.place.bank, self.place.index):
            return False
        end = self.offset + self.place.size
        data = max((min(leaf.offset + leaf.size, end) for leaf in self.leaves), default=end)
        widest = 16 if self.place.size > 8 else 8
        return self.place.bank == STACK or data - self.offset <= found.size <= widest


@dataclass(frozen=True)
class Plan:
    result: list[Piece]
    arguments: list[list[Piece]]  # first of all, the sret pointer or nothing


def read_plan(line: str, kinds: Sequence[Type | None], layouts: Layouts) -> Plan:
    result, *arguments = [
        _read_place(text, kind, layouts) for text, kind in zip(line.split(" "), kinds, strict=False)
    ]
    is_sret = line.startswith("&")
    return Plan([], [result, *arguments]) if is_sret else Plan(result, [[], *arguments])


def _read_place(text: str, kind: Type | None, layouts: Layouts) -> list[Piece]:
    is_pointer = text.startswith("&") or kind == Scalar("void *")
    pieces = []
    for piece in text.removeprefix("&").split("+")[:-1]:
        bank, index, offset, size = map(int, piece.split("."))
        place = Place(bank, 0 if bank == STACK else index, is_pointer, size)
        inside: list[Leaf] = []
        layout = layouts[kind] if kind else None
        if isinstance(layout, Layout) and not is_pointer:
            inside = [
                leaf
                for leaf in layout.leaves
                if leaf.offset < offset + size and leaf.offset + leaf.size > offset
            ]
        pieces.append(Piece(place, offset, tuple(inside)))
    return pieces


# -- The comparison --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    abi: str
    platform: Platform
    flavor: Flavor


def targets(clang: str = "clang") -> list[Target]:
    """None of them can be linked by the tools of Linux alone, so these are the triples as they are.
    Exclusions are fewer than for calls: only what the front end of clang decides is seen."""
    zero_width = (ZERO_WIDTH,) if clang_version(clang) < 16 else ()
    no_half = ALL[:-1]
    sysv = (MIXED_X87_UNION, FLOAT_UNION, LEADING_BITS, UNALIGNED_RECORD, EMPTY_ARRAY)
    win = Flavor(no_half, 4, (SMALL_VECTOR,))
    linux_arm = Flavor(ALL, 8, zero_width)

    def target(abi: str, triple: str, model: int, rules: int, flavor: Flavor) -> Target:
        command = (clang, f"--target={triple}")
        return Target(abi, Platform(abi, command, model, rules, model == AAPCS64), flavor)

    return [
        target("sysv64", "x86_64-linux-gnu", SYSV64, GCC, Flavor(no_half, 8, sysv)),
        target("win64", "x86_64-pc-windows-msvc", WIN64, MSVC, win),
        target("aapcs64", "aarch64-linux-gnu", AAPCS64, GCC, linux_arm),
        target("apple64", "arm64-apple-macosx", APPLE64, GCC, Flavor(ALL, 8, zero_width)),
        target("winarm64", "aarch64-pc-windows-msvc", WINARM64, MSVC, Flavor(ALL, 4, zero_width)),
    ]


def generate(target: Target, seed: int, count: int) -> list[Signature]:
    generator = Generator(target.flavor, f"oracle {target.abi} {seed}")
    return [generator.signature() for _ in range(count)]


@dataclass(frozen=True)
class Difference:
    signature: Signature
    what: str


def ask_clang(platform: Platform, signatures: Sequence[Signature]) -> dict[int, Call]:
    ran = subprocess.run(
        [*platform.command, "-w", "-S", "-emit-llvm", "-x", "c", "-o", "-", "-"],
        input=calls_of(platform, signatures),
        text=True,
        capture_output=True,
        check=False,
    )
    if ran.returncode != 0:
        raise RuntimeError(f"{' '.join(platform.command)}\n{ran.stderr[:4000]}")
    return read_calls(ran.stdout)


def calls_of(platform: Platform, signatures: Sequence[Signature]) -> str:
    """The C of a call for each signature."""
    lines = [prelude(platform, ALL_VECTORS)]

    def name(kind: Type | None) -> str:
        return spell(platform, kind)[0] if kind else "void"

    for number, signature in enumerate(signatures):
        for kind in signature.types():
            lines += [define(platform, record) for record in records_of(kind)]
        values = [f"v{number}_{index}" for index in range(len(signature.parameters))]
        lines += [
            f"extern {name(kind)} {value};"
            for kind, value in zip(signature.parameters, values, strict=True)
        ]
        named = [name(kind) for kind in signature.parameters[: signature.fixed]]
        named += ["..."] if signature.fixed is not None else []
        parameters = ", ".join(named) or "void"
        lines.append(f"{name(signature.result)} f{number}({parameters});")
        lines.append(f"void c{number}(void) {{ f{number}({', '.join(values)}); }}")
    return "\n".join(lines) + "\n"


def ask_engine(
    driver: Path, abi: str, platform: Platform, signatures: Sequence[Signature]
) -> list[Plan]:
    script = Script(platform)
    none = script.number(Scalar("void"))
    plans = []
    for signature in signatures:
        numbers = [script.number(kind) for kind in signature.parameters]
        result = script.number(signature.result) if signature.result else none
        fixed = -1 if signature.fixed is None else signature.fixed
        plans.append(f"plan {abi} {fixed} {result} {' '.join(map(str, numbers))}")
    said = answers(driver, [*script.lines, *plans])
    layouts = script.read(said[: len(script.numbers)])
    return [
        read_plan(line, [signature.result, *signature.parameters], layouts)
        for signature, line in zip(signatures, said[len(script.numbers) :], strict=True)
    ]


def compare(
    driver: Path, target: Target, signatures: Sequence[Signature], planned_as: str | None = None
) -> tuple[int, list[Difference]]:
    """How many were compared, and which differ. The engine plans by the convention of the target,
    unless it is to be wrong."""
    plans = ask_engine(driver, planned_as or target.abi, target.platform, signatures)
    calls = ask_clang(target.platform, signatures)
    count, differences = 0, []
    for number, (signature, plan) in enumerate(zip(signatures, plans, strict=True)):
        if is_ambiguous(target.abi, signature, plan):
            continue
        count += 1
        call = calls[number]
        for what, pieces, found in (
            ("result", plan.result, list(results(call))),
            ("arguments", list(chain(*plan.arguments)), list(ASSIGNERS[target.abi](call))),
        ):
            same = len(pieces) == len(found) and all(map(Piece.holds, pieces, found))
            if not same:
                planned = " ".join(str(piece.place) for piece in pieces)
                seen = " ".join(map(str, found))
                differences.append(Difference(signature, f"{what}: {planned}\n    clang: {seen}"))
    return count, differences


def is_ambiguous(abi: str, signature: Signature, plan: Plan) -> bool:
    """What driver.c calls "int128" and "variadic"."""
    for index, (kind, pieces) in enumerate(
        zip(signature.parameters, plan.arguments[1:], strict=True)
    ):
        banks = [piece.place.bank for piece in pieces]
        if abi == "sysv64" and kind in [Scalar(name) for name in INT128] and STACK in banks:
            return True
        is_split = STACK in banks and banks[0] != STACK
        is_named = signature.fixed is not None and index < signature.fixed
        if abi == "winarm64" and is_named and (isinstance(kind, Vector) or is_split):
            return True
    return False
