"""C types as data, and a seeded generator of records that try every rule of layout."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Scalar:
    name: str


@dataclass(frozen=True)
class Vector:
    element: Scalar
    count: int


@dataclass(frozen=True)
class Complex:
    element: Scalar


@dataclass(frozen=True)
class Array:
    element: "Type"
    count: int


@dataclass(frozen=True)
class Member:
    """A bit-field has `bits`. Only bit-fields and records may have no name."""

    type: "Type"
    name: str | None
    bits: int | None = None
    alignment: int = 0


@dataclass(frozen=True)
class Record:
    """A struct or union. Two are the same only if they are one: their name is the tag."""

    name: str
    members: tuple[Member, ...] = field(compare=False)
    is_union: bool = field(default=False, compare=False)
    is_packed: bool = field(default=False, compare=False)
    pack: int = field(default=0, compare=False)
    alignment: int = field(default=0, compare=False)


Type: TypeAlias = Scalar | Vector | Complex | Array | Record

FLOATS = ("float", "double", "long double")
BYTES_OF_INTEGERS = {
    "bool": 1,
    "char": 1,
    "signed char": 1,
    "unsigned char": 1,
    "short": 2,
    "unsigned short": 2,
    "int": 4,
    "unsigned int": 4,
    "long": 8,
    "unsigned long": 8,
    "long long": 8,
    "unsigned long long": 8,
    "__int128": 16,
    "unsigned __int128": 16,
}
INTEGERS = tuple(BYTES_OF_INTEGERS)
SCALARS = (*INTEGERS, *FLOATS, "void *", "wchar_t")
VECTORS = tuple(
    Vector(Scalar(name), size // bytes_each)
    for name, bytes_each in (("char", 1), ("short", 2), ("int", 4), ("long long", 8), ("float", 4))
    for size in (8, 16)
)


def records_of(kind: Type) -> Iterator[Record]:
    """All records in a type, those inside first."""
    seen: set[str] = set()

    def walk(kind: Type) -> Iterator[Record]:
        if isinstance(kind, Array):
            yield from walk(kind.element)
        elif isinstance(kind, Record) and kind.name not in seen:
            seen.add(kind.name)
            for member in kind.members:
                yield from walk(member.type)
            yield kind

    yield from walk(kind)


class Generator:
    """Makes records from a seed. `bytes_of_long` decides how wide its bit-fields may be."""

    def __init__(self, seed: int | str, bytes_of_long: int) -> None:
        self.random = random.Random(seed)
        self.bytes_of_long = bytes_of_long
        self.names = 0

    def record(self, depth: int = 3, is_anonymous: bool = False) -> Record:
        chance = self.random.random
        is_union = chance() < 0.2
        bits_share = self.random.choice((0, 0.3, 0.8, 1))
        align_share = self.random.choice((0, 0, 0.2))
        count = self.random.choice((0, 1, 2, 2, 3, 3, 4, 5, 6, 8))
        members = [self._member(depth, bits_share, align_share) for _ in range(count)]
        if is_anonymous and not members:
            members.append(Member(Scalar("int"), self._name("m")))
        is_flexible = not is_union and any(member.name for member in members) and chance() < 0.08
        if is_flexible:
            members.append(Member(Array(self._element(depth), 0), self._name("m")))
        return Record(
            self._name("R"),
            tuple(members),
            is_union,
            is_packed=chance() < 0.15,
            pack=self.random.choice((1, 2, 4, 8, 16)) if chance() < 0.25 else 0,
            alignment=self.random.choice((1, 2, 4, 8, 16, 32)) if chance() < 0.15 else 0,
        )

    def _name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def _member(self, depth: int, bits_share: float, align_share: float) -> Member:
        chance = self.random.random
        alignment = self.random.choice((1, 2, 4, 8, 16, 32)) if chance() < align_share else 0
        if chance() < bits_share:
            return self._bit_field(alignment)
        if depth > 0 and chance() < 0.08:
            return Member(self.record(depth - 1, is_anonymous=True), None)
        return Member(self._type(depth), self._name("m"), alignment=alignment)

    def _bit_field(self, alignment: int) -> Member:
        name = self.random.choice(INTEGERS)
        widest = 8 * BYTES_OF_INTEGERS[name]
        if name in ("long", "unsigned long"):
            widest = 8 * self.bytes_of_long
        elif name == "bool":
            widest = 1
        is_named = self.random.random() < 0.8
        narrowest = 1 if is_named else 0
        bits = self.random.choice(
            (
                self.random.randint(narrowest, widest),
                self.random.randint(narrowest, min(widest, 9)),
                narrowest,
                widest,
            )
        )
        return Member(
            Scalar(name),
            self._name("b") if is_named else None,
            bits,
            alignment if is_named else 0,
        )

    def _type(self, depth: int) -> Type:
        if self.random.random() < 0.15:
            return Array(self._element(depth), self.random.choice((1, 1, 2, 3, 4, 7)))
        return self._element(depth)

    def _element(self, depth: int) -> Type:
        kind = self.random.random()
        if depth > 0 and kind < 0.2:
            return self.record(depth - 1)
        if kind < 0.25:
            return Complex(Scalar(self.random.choice(FLOATS)))
        if kind < 0.32:
            return self.random.choice(VECTORS)
        if depth > 0 and kind < 0.36:
            return Array(self._element(0), self.random.choice((1, 2, 3)))
        return Scalar(self.random.choice(SCALARS))
