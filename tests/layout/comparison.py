"""Compares the engine's layout of records with a compiler's, and makes what differs small."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from layout.compilers import Platform, Seen, ask, source_of
from layout.engine import Layout, Leaf, Refused, lay_out
from layout.records import (
    BYTES_OF_INTEGERS,
    Array,
    Complex,
    Generator,
    Member,
    Record,
    Scalar,
    Type,
    records_of,
)

ZF_FLAT_BYTES = 64
BITS, BITS_LIKE_INTEGER = 1, 2  # of a leaf


@dataclass(frozen=True)
class Mismatch:
    record: Record
    what: list[str]

    def show(self, platform: Platform) -> str:
        return "\n".join([f"{platform.name}:", source_of(platform, self.record), *self.what])


def generate(platform: Platform, count: int, seed: int) -> Iterator[Record]:
    """The names differ, so that any of them can be compiled together."""
    generator = Generator(f"{platform.name} {seed}", platform.bytes_of_long)
    while count > 0:
        record = generator.record()
        if not (platform.differs_from_gcc and any(map(is_ambiguous, records_of(record)))):
            count -= 1
            yield record


def is_ambiguous(record: Record) -> bool:
    """Whether GCC and clang may differ, which they do where `aligned` is on a bit-field.

    Above the pack of its struct, GCC aligns the bit-field to the pack and clang not at all. Below
    the size of its type, GCC aligns first and then looks if the bit-field crosses a unit, clang the
    other way round; nothing looks in packed structs. The engine does as GCC.
    """

    def differs(member: Member) -> bool:
        if member.bits is None or not isinstance(member.type, Scalar):
            return False
        if record.pack:
            return member.alignment > record.pack
        is_below = 0 < member.alignment < BYTES_OF_INTEGERS[member.type.name]
        return is_below and not record.is_packed

    return any(map(differs, record.members))


def compare(driver: Path, platform: Platform, records: Sequence[Record]) -> list[Mismatch]:
    seen = ask(platform, records)
    layouts = lay_out(driver, platform, records)
    mismatches = []
    for record in records:
        what = [
            f"{inner.name}: {text}"
            for inner in records_of(record)
            for text in _differences(inner, seen, layouts)
        ]
        if what:
            mismatches.append(Mismatch(record, what))
    return mismatches


def _differences(
    record: Record, every: dict[str, Seen], layouts: dict[Type, Layout | Refused]
) -> Iterator[str]:
    seen, layout = every[record.name], layouts[record]
    if isinstance(layout, Refused):
        yield f"refused: {layout.why}, member {layout.index}"
        return
    for name in ("size", "alignment"):
        if getattr(seen, name) != getattr(layout, name):
            yield f"{name} {getattr(layout, name)}, the compiler's {getattr(seen, name)}"
    for member, (offset, bit) in zip(record.members, layout.members, strict=True):
        if member.name in seen.offsets and seen.offsets[member.name] != offset:
            yield f"{member.name} at {offset}, the compiler's {seen.offsets[member.name]}"
        if member.name in seen.bits and member.bits is not None:
            ones = ((1 << member.bits) - 1) << (8 * offset + bit)
            if seen.bits[member.name] != ones:
                yield f"{member.name} is {ones:#x}, the compiler's {seen.bits[member.name]:#x}"
        if not 0 <= bit < 8:
            yield f"{member.name} has a bit offset of {bit}"
    leaves = leaves_of(record, layouts) if layout.size <= ZF_FLAT_BYTES else []
    if leaves != layout.leaves:
        yield f"leaves {layout.leaves}, should be {leaves}"


def leaves_of(kind: Type, layouts: Mapping[Type, Layout | Refused]) -> list[Leaf]:
    """What the leaves must be, given where the members are; of a type of any size."""

    def layout_of(kind: Type) -> Layout:
        layout = layouts[kind]
        assert isinstance(layout, Layout)
        return layout

    def walk(kind: Type, start: int) -> Iterator[Leaf]:
        match kind:
            case Record():
                for member, (offset, bit) in zip(
                    kind.members, layout_of(kind).members, strict=True
                ):
                    yield from walk_member(kind, member, start, offset, bit)
            case Array(element, count):
                for index in range(count):
                    yield from walk(element, start + index * layout_of(element).size)
            case Complex(element):
                yield from walk(element, start)
                yield from walk(element, start + layout_of(element).size)
            case _:
                yield Leaf(start, layout_of(kind).size, layout_of(kind).kind, 0)

    def walk_member(
        record: Record, member: Member, start: int, offset: int, bit: int
    ) -> Iterator[Leaf]:
        if member.bits is None:
            yield from walk(member.type, start + offset)
        elif member.name is not None:
            is_whole = member.bits in (16, 32, 64) and not record.is_packed
            is_integer = is_whole and (8 * offset + bit) % member.bits == 0
            like_integer = is_integer or (record.is_union and not is_whole)
            size, kind = (bit + member.bits + 7) // 8, layout_of(member.type).kind
            yield Leaf(start + offset, size, kind, BITS_LIKE_INTEGER if like_integer else BITS)

    return sorted(dict.fromkeys(walk(kind, 0)), key=lambda leaf: leaf.offset)


def shrink(driver: Path, platform: Platform, mismatch: Mismatch) -> Mismatch:
    """The same with as little in it as still differs."""
    # Often a record inside is to blame.
    for inner in records_of(mismatch.record):
        found = _try(driver, platform, inner)
        if found is not None:
            mismatch = found
            break
    while True:
        for smaller in smaller_records(mismatch.record):
            found = _try(driver, platform, smaller)
            if found is not None:
                mismatch = found
                break
        else:
            return mismatch


def _try(driver: Path, platform: Platform, record: Record) -> Mismatch | None:
    try:
        found = compare(driver, platform, [record])
    except RuntimeError:  # what is left is no C
        return None
    # A record that the engine rightly refuses would be no smaller case of any other difference.
    is_refused = any("refused: " in text for mismatch in found for text in mismatch.what)
    return found[0] if found and not is_refused else None


def smaller_records(record: Record) -> Iterator[Record]:
    """With one thing less, or smaller."""
    for index in range(len(record.members)):
        yield replace(record, members=record.members[:index] + record.members[index + 1 :])
    for change in ({"pack": 0}, {"is_packed": False}, {"alignment": 0}, {"is_union": False}):
        changed = replace(record, **change)
        if any(getattr(changed, name) != getattr(record, name) for name in change):
            yield changed
    for index, member in enumerate(record.members):
        for smaller in _smaller_member(member):
            yield replace(
                record, members=(*record.members[:index], smaller, *record.members[index + 1 :])
            )


def _smaller_member(member: Member) -> Iterator[Member]:
    if member.alignment:
        yield replace(member, alignment=0)
    if isinstance(member.type, Array) and member.type.count:
        yield replace(member, type=member.type.element)
        if member.type.count > 1:
            yield replace(member, type=replace(member.type, count=member.type.count // 2))
    if isinstance(member.type, Record):
        for inner in member.type.members:
            if inner.bits is None and inner.name:
                yield replace(member, type=inner.type)
        for record in smaller_records(member.type):
            yield replace(member, type=record)
    if member.bits is not None and member.bits > 1:
        yield replace(member, bits=member.bits // 2)
        yield replace(member, bits=member.bits - 1)
