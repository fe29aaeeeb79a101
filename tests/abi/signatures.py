"""C signatures as data, and a seeded generator of those that try every rule of a convention.

Types are the ones of tests/layout. A signature never has the same record twice, so that a part of
it can be made smaller alone.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from layout.records import (
    BYTES_OF_INTEGERS,
    VECTORS,
    Array,
    Complex,
    Member,
    Record,
    Scalar,
    Type,
    Vector,
)

MAX_PARAMETERS = 24
MAX_SCALARS = 40  # in a type
ALL_VECTORS = (*VECTORS, Vector(Scalar("double"), 2))

Role: TypeAlias = Literal["result", "named", "unnamed"]


@dataclass(frozen=True)
class Signature:
    """Of a variadic function, `fixed` parameters are named, and the others the arguments of one
    call of it."""

    result: Type | None
    parameters: tuple[Type, ...]
    fixed: int | None = None

    def types(self) -> list[Type]:
        return [*([self.result] if self.result else []), *self.parameters]

    def roles(self) -> Iterator[tuple[Type, Role]]:
        if self.result:
            yield self.result, "result"
        for index, kind in enumerate(self.parameters):
            yield kind, "named" if self.fixed is None or index < self.fixed else "unnamed"


@dataclass(frozen=True)
class Exclusion:
    """What is not compared, because compilers of one convention contradict each other, or one
    contradicts itself. Each is in docs/internals.md, with an example."""

    why: str
    applies: Callable[[Type, Role], bool]


@dataclass(frozen=True)
class Flavor:
    """What the C of one compiler for one convention has, and what is not to be tried with it."""

    scalars: tuple[str, ...]
    bytes_of_long: int = 8
    exclusions: tuple[Exclusion, ...] = ()
    plain_share: float = 0
    """Of signatures, that have scalars and small structs of scalars alone."""

    def excludes(self, kind: Type, role: Role) -> bool:
        is_promoted = isinstance(kind, Scalar) and kind.name in PROMOTED
        return (role == "unnamed" and is_promoted) or any(
            exclusion.applies(kind, role) for exclusion in self.exclusions
        )


INTEGERS = tuple(name for name in BYTES_OF_INTEGERS if name != "bool" and "128" not in name)
PLAIN = (*INTEGERS, "bool", "void *", "float", "double", "float", "double")
INT128 = ("__int128", "unsigned __int128")
# What the default argument promotions turn into int and double, or no va_arg can name.
PROMOTED = frozenset((*INTEGERS[:5], "bool", "float", "_Float16"))


def parts_of(kind: Type) -> Iterator[Type]:
    """The type and all types inside it, from the outside in."""
    yield kind
    match kind:
        case Record():
            for member in kind.members:
                yield from parts_of(member.type)
        case Array(element, _) | Complex(element):
            yield from parts_of(element)


def is_empty(kind: Type) -> bool:
    """Nothing is in it but, perhaps, unnamed bits."""
    match kind:
        case Record():
            return all(not member.name or is_empty(member.type) for member in kind.members)
        case Array(element, _):
            return is_empty(element)
        case _:
            return False


def scalars_in(kind: Type) -> int:
    match kind:
        case Record():
            return sum(scalars_in(member.type) for member in kind.members)
        case Array(element, count):
            return count * scalars_in(element)
        case _:
            return 1


class Generator:
    """Makes signatures of a flavor from a seed."""

    def __init__(self, flavor: Flavor, seed: int | str) -> None:
        self.flavor = flavor
        self.random = random.Random(seed)
        self.names = 0
        self.is_plain = False
        self.floats = [name for name in flavor.scalars if "float" in name.lower()]
        self.floats += ["double", *(name for name in flavor.scalars if name == "long double")]

    # -- Types -----------------------------------------------------------------------------------

    def type(self, role: Role) -> Type:
        while True:
            kind = self._any_type()
            if scalars_in(kind) <= MAX_SCALARS and not self.flavor.excludes(kind, role):
                return kind

    def _any_type(self) -> Type:
        choice = self.random.random()
        if self.is_plain:
            return self._plain(1 if choice < 0.8 else self.random.randint(2, 3))
        return self._leaf(0.13, 0.11) if choice < 0.55 else self._record(4)

    def _plain(self, count: int) -> Type:
        """A scalar, or more of them in a struct."""
        kinds = [Scalar(self.random.choice(PLAIN)) for _ in range(count)]
        members = tuple(Member(kind, self._name("m")) for kind in kinds)
        return kinds[0] if count == 1 else Record(self._name("R"), members)

    def _leaf(self, complex_share: float, vector_share: float) -> Type:
        """What is no record and no array."""
        choice = self.random.random()
        if choice < complex_share:
            names = [name for name in self.floats if name in ("float", "double", "long double")]
            return Complex(Scalar(self.random.choice(names)))
        if choice < complex_share + vector_share:
            return self.random.choice(ALL_VECTORS)
        return Scalar(self.random.choice(self.flavor.scalars))

    def _record(self, depth: int) -> Record:
        style = self.random.random()
        if style < 0.03:
            return self._made(())
        if style < 0.22:
            return self._made(self._alike())
        count = self.random.choice((1, 1, 2, 2, 2, 3, 3, 4, 5, 7))
        bits_share = self.random.choice((0, 0, 0, 0.2, 1))
        members = [self._member(depth - 1, bits_share) for _ in range(count)]
        if is_empty(Record("", tuple(members))):  # C asks for a named member
            members.append(self._member(0, 0))
        return self._made(tuple(members), is_union=style > 0.88)

    def _alike(self) -> tuple[Member, ...]:
        """One to five of one type: what may be homogeneous, or just not."""
        vectors = [vector for vector in ALL_VECTORS if vector.element.name in ("float", "short")]
        pool: list[Type] = [*map(Scalar, self.floats), Scalar("char"), Complex(Scalar("float"))]
        element = self.random.choice([*pool, *vectors])
        count = self.random.randint(1, 5)
        if self.random.random() < 0.5:
            return (Member(Array(element, count), self._name("m")),)
        return tuple(Member(element, self._name("m")) for _ in range(count))

    def _made(self, members: tuple[Member, ...], is_union: bool = False) -> Record:
        choice = self.random.random()
        made = Record(self._name("R"), members, is_union)
        if choice < 0.07:
            return replace(made, is_packed=True)
        if choice < 0.15:
            return replace(made, pack=self.random.choice((1, 2, 2, 4, 4, 8)))
        if choice < 0.25:
            return replace(made, alignment=self.random.choice((2, 8, 16, 16, 32)))
        return made

    def _name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def _member(self, depth: int, bits_share: float) -> Member:
        if self.random.random() < bits_share:
            return self._bit_field()
        if depth > 0 and self.random.random() < 0.25:
            kind: Type = self._record(depth)
        else:
            kind = self._leaf(0.08, 0.08)
        if self.random.random() < 0.2:
            kind = Array(kind, self.random.randint(1, 4))
        return Member(kind, self._name("m"))

    def _bit_field(self) -> Member:
        name = self.random.choice((*INTEGERS, "bool"))
        is_long = name in ("long", "unsigned long")
        widest = 8 * (self.flavor.bytes_of_long if is_long else BYTES_OF_INTEGERS[name])
        if name == "bool":
            widest = 1
        choice = self.random.random()
        if choice < 0.06:
            return Member(Scalar(name), None, 0)
        bits = self.random.choice(
            (self.random.randint(1, widest), self.random.randint(1, min(widest, 9)), widest)
        )
        return Member(Scalar(name), None if choice < 0.2 else self._name("b"), bits)

    # -- Signatures ------------------------------------------------------------------------------

    def signature(self) -> Signature:
        """Every third is variadic, and every third has its arguments where the registers end."""
        if self.flavor.plain_share:
            self.is_plain = self.random.random() < self.flavor.plain_share
        has_result = self.random.random() < 0.9
        count = self.random.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24))
        is_variadic = count > 0 and self.random.random() < 0.32
        fixed = self.random.randint(1, count) if is_variadic else count
        leading = self._leading() if self.random.random() < 0.3 else []
        is_named = [index < fixed for index in range(min(count, MAX_PARAMETERS - len(leading)))]
        random_ones = [self.type("named" if each else "unnamed") for each in is_named]
        named = [*leading, *random_ones[:fixed]]
        if self.random.random() < 0.3:
            self.random.shuffle(named)
        return Signature(
            self.type("result") if has_result else None,
            (*named, *random_ones[fixed:]),
            len(named) if is_variadic else None,
        )

    def _leading(self) -> list[Type]:
        """What takes all but a few registers, or all of them."""
        general = self.random.choice((0, 2, 3, 5, 6, 7, 8, 9))
        vector = self.random.choice((0, 3, 6, 7, 8, 9, 10))
        kinds = [Scalar("long long")] * general + [Scalar("double")] * vector
        if self.random.random() < 0.5:
            self.random.shuffle(kinds)
        return list(kinds)
