"""The plan of a signature as readable objects: where each argument and the result go."""

from __future__ import annotations

from typing import NamedTuple


class Piece(NamedTuple):
    """Some bytes of a value, in one place."""

    bank: str
    """"gp" (general registers), "fp" (vector registers) or "stack"."""
    number: int
    """The register's number in its bank, or bytes above the stack pointer at the call."""
    register: str | None
    """The register's name, such as "xmm0"; None on the stack."""
    offset: int
    """Where in the value the piece begins, in bytes."""
    size: int
    """Bytes."""

    def __str__(self) -> str:
        return self.register or f"[sp+{self.number}]"


class Place(NamedTuple):
    """Where one value lives: a C type, and its pieces (none for void and for empty structs)."""

    type: str
    pieces: tuple[Piece, ...]
    by_reference: bool = False
    """Whether the only piece is a pointer: to a copy of the argument, or to the result's place."""

    def __str__(self) -> str:
        places = ", ".join(map(str, self.pieces)) or "nothing"
        return f"at {places}" if self.by_reference else places


class Plan(NamedTuple):
    """What `signature.plan` gives. str() shows it as a table."""

    abi: str
    result: Place
    arguments: tuple[Place, ...]
    stack_bytes: int
    """Size of the stack arguments, in bytes."""

    def __str__(self) -> str:
        rows = [(f"argument {i}", place) for i, place in enumerate(self.arguments, 1)]
        rows.append(("result", self.result))
        width = max(len(place.type) for _, place in rows)
        lines = [f"{label:<13} {place.type:<{width}}  {place}" for label, place in rows]
        return "\n".join([f"{self.abi}, {self.stack_bytes} bytes of stack arguments", *lines])


RawPlace = tuple[str, tuple[tuple[str, int, str | None, int, int], ...], bool]


def _place(raw: RawPlace) -> Place:
    return Place(raw[0], tuple(Piece(*piece) for piece in raw[1]), raw[2])


def plan_from_core(raw: tuple[str, RawPlace, tuple[RawPlace, ...], int]) -> Plan:
    """The plan from what the C core tells of it: (abi, result, arguments, stack_bytes)."""
    abi, result, arguments, stack_bytes = raw
    return Plan(abi, _place(result), tuple(map(_place, arguments)), stack_bytes)
