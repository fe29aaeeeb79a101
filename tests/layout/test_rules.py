"""What the contract of the layout says besides what compilers have: refusals, explicit offsets,
sizes near the limit, names, leaves, natural alignments."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from layout.compilers import GCC, MSVC, PLATFORMS
from layout.engine import Layout, Leaf, Refused, lay_out, run
from layout.records import Array, Complex, Member, Record, Scalar, Vector

LARGEST = 2**63 - 1
NO_MEMORY, BAD_MEMBER, TOO_LARGE = 1, 4, 5  # ZfStatus
BOTH = pytest.mark.parametrize("rules", [GCC, MSVC], ids=["gcc", "msvc"])

# The types of every script below, by their numbers.
TYPES = {
    "void": "scalar 0 void",
    "bool": "scalar 0 bool",
    "char": "scalar 0 char",
    "int": "scalar 0 int",
    "long": "scalar 0 long",
    "float": "scalar 0 float",
    "pointer": "scalar 0 void *",
    "flexible": "array 3 0",
    "largest": f"array 2 {LARGEST}",
    "almost": f"array 2 {LARGEST - 15}",
    "empty": "record 0 0 0 0 0 0 0",
    "empties": "array 10 1000000000000",
    "int128": "scalar 0 __int128",
    "incomplete": "incomplete",
}
NUMBERS = {name: number for number, name in enumerate(TYPES)} | {"nothing": -1}


def member(kind: str, bits: int = -1, named: bool = True, alignment: int = 0, at: int = -1) -> str:
    return f"{NUMBERS[kind]} {bits} {int(named)} {alignment} {at}"


def lay(
    driver: Path,
    rules: int,
    *members: str,
    union: bool = False,
    packed: bool = False,
    pack: int = 0,
    alignment: int = 0,
) -> Layout | Refused:
    head = f"record {rules} {int(union)} {int(packed)} {pack} {alignment} 0 {len(members)}"
    return run(driver, [*TYPES.values(), head, *members])[-1]


def places(layout: Layout | Refused) -> list[tuple[int, int]]:
    assert isinstance(layout, Layout), layout
    return layout.members


def size(layout: Layout | Refused) -> tuple[int, int]:
    assert isinstance(layout, Layout), layout
    return layout.size, layout.alignment


INT = member("int")
REFUSED: dict[str, tuple[Sequence[str], dict[str, int], int]] = {
    "a member cannot be void": ([INT, member("void")], {}, 1),
    "the type is incomplete": ([INT, member("incomplete")], {}, 1),
    "only the last member can be a flexible array": ([INT, member("flexible"), INT], {}, 1),
    "a flexible array cannot be the only member": ([member("flexible")], {}, 0),
    "a union cannot have a flexible array": ([INT, member("flexible")], {"union": 1}, 1),
    "the bit-field is wider than its type": ([INT, member("int", 33)], {}, 1),
    "only integers can be bit-fields": ([member("float", 3)], {}, 0),
    "a bit-field of width 0 cannot have a name": ([INT, INT, member("int", 0)], {}, 2),
    "the width of a bit-field cannot be negative": ([member("int", -2)], {}, 0),
    "a bit-field cannot have an offset of its own": ([member("int", 3, at=0)], {}, 0),
    "pack is not 1, 2, 4, 8 or 16": ([INT], {"pack": 3}, -1),
    "the alignment is not a power of two of at most 2**28": ([INT], {"alignment": 12}, -1),
    "an offset cannot be negative": ([member("int", at=-4)], {}, 0),
    "the offset is not a multiple of the member's alignment": ([member("int", at=2)], {}, 0),
    "the offset lies before the end of the members before it": ([INT, member("int", at=0)], {}, 1),
    "every member of a union is at offset 0": ([member("int", at=4)], {"union": 1}, 0),
}


@BOTH
@pytest.mark.parametrize("why", REFUSED)
def test_refused(driver: Path, rules: int, why: str) -> None:
    members, options, index = REFUSED[why]
    answer = lay(
        driver,
        rules,
        *members,
        union=bool(options.get("union")),
        pack=options.get("pack", 0),
        alignment=options.get("alignment", 0),
    )
    assert answer == Refused(BAD_MEMBER, index, why)


@BOTH
@pytest.mark.parametrize(
    ("members", "options"),
    [
        ([member("nothing")], {}),
        ([member("bool", 2)], {}),
        ([member("pointer", 3)], {}),
        ([member("int128", 129)], {}),
        ([member("int", alignment=3)], {}),
        ([member("int", alignment=2**29)], {}),
        ([member("int", 1, alignment=2**31)], {}),
        ([INT], {"pack": 32}),
        ([INT], {"alignment": 2**31}),
        ([member("int", 0, named=False), member("flexible")], {}),
    ],
)
def test_refused_too(
    driver: Path, rules: int, members: Sequence[str], options: dict[str, int]
) -> None:
    answer = lay(driver, rules, *members, **options)  # type: ignore[arg-type]
    assert isinstance(answer, Refused)
    assert answer.status == BAD_MEMBER


@BOTH
def test_explicit_offsets(driver: Path, rules: int) -> None:
    members = [member("char"), member("int", at=8), member("char", at=12), member("long", at=24)]
    layout = lay(driver, rules, *members)
    assert places(layout) == [(0, 0), (8, 0), (12, 0), (24, 0)]
    assert size(layout) == (32, 8)


@BOTH
def test_explicit_offset_where_packed(driver: Path, rules: int) -> None:
    layout = lay(driver, rules, member("char"), member("int", at=2), pack=2)
    assert places(layout) == [(0, 0), (2, 0)]
    assert size(layout) == (6, 2)
    assert isinstance(lay(driver, rules, member("int", at=1, alignment=2), pack=2), Refused)


def test_explicit_offset_after_bits(driver: Path) -> None:
    """It is counted from the last byte that a bit-field touches, or Microsoft's unit has."""
    bits = member("int", 9)
    assert places(lay(driver, GCC, bits, member("char", at=2))) == [(0, 0), (2, 0)]
    assert isinstance(lay(driver, GCC, bits, member("char", at=1)), Refused)
    assert isinstance(lay(driver, MSVC, bits, member("char", at=2)), Refused)
    assert places(lay(driver, MSVC, bits, member("char", at=4))) == [(0, 0), (4, 0)]


@BOTH
@pytest.mark.parametrize(
    "members",
    [
        [member("largest"), member("char")],
        [member("largest"), member("char", 1)],
        [member("largest"), member("int", 0, named=False), INT],
        [member("largest"), INT],
        [member("largest"), member("char", alignment=2**28)],
        [member("almost"), member("int128")],
        [member("almost"), member("int128", 128)],
        [member("char"), member("char", at=LARGEST)],
        [member("char"), member("largest", at=1)],
        [member("largest", alignment=2)],
    ],
)
def test_too_large(driver: Path, rules: int, members: Sequence[str]) -> None:
    answer = lay(driver, rules, *members)
    assert isinstance(answer, Refused)
    assert answer.status == TOO_LARGE
    assert answer.why == "the type would be larger than any object can be"


@BOTH
def test_large(driver: Path, rules: int) -> None:
    assert size(lay(driver, rules, member("largest"))) == (LARGEST, 1)
    assert size(lay(driver, rules, member("largest"), member("char"), union=True)) == (LARGEST, 1)
    assert size(lay(driver, rules, member("almost"), INT)) == (LARGEST - 11, 4)
    bits = lay(driver, rules, member("almost"), member("int", 9), member("int", 3))
    assert places(bits)[1:] == [(LARGEST - 15, 0), (LARGEST - 14, 1)]
    assert size(lay(driver, rules, member("char", at=LARGEST - 1))) == (LARGEST, 1)


def test_arrays_of_any_count(driver: Path) -> None:
    def array(element: str, count: int) -> Layout | Refused:
        return run(driver, [*TYPES.values(), f"array {NUMBERS[element]} {count}"])[-1]

    assert size(array("int", LARGEST // 4)) == (LARGEST // 4 * 4, 4)
    assert size(array("empties", 2**64 - 1)) == (0, 1)
    for element, count in (("int", LARGEST // 4 + 1), ("largest", 2), ("char", 2**64 - 1)):
        assert array(element, count) == Refused(TOO_LARGE, -1, "")
    for element in ("void", "flexible", "incomplete"):
        assert array(element, 1) == Refused(BAD_MEMBER, -1, "")


def test_vectors_and_complex(driver: Path) -> None:
    lines = ["vector 2 8", "vector 3 4", "vector 5 2", "vector 12 1", "complex 5"]
    refused = ["vector 1 8", "vector 6 1", "vector 3 3", "vector 2 0", "vector 2 32", "complex 3"]
    answers = run(driver, [*TYPES.values(), *lines, *refused])[len(TYPES) :]
    assert [size(answer) for answer in answers[:5]] == [(8, 8), (16, 16), (8, 8), (16, 16), (8, 4)]
    assert answers[5:] == [Refused(BAD_MEMBER, -1, "")] * len(refused)


def test_names(driver: Path) -> None:
    of_int = [("array 0 3", "int [3]"), ("array 1 2", "int [2][3]"), ("array 2 0", "int [][2][3]")]
    of_pointer = [("scalar 0 void *", "void *"), ("array 4 3", "void *[3]")]
    of_float = [
        ("scalar 0 float", "float"),
        ("complex 6", "float _Complex"),
        ("vector 6 4", "float __attribute__((vector_size(16)))"),
        ("record 0 0 0 0 0 0 0", "record"),
    ]
    script = [("scalar 0 int", "int"), *of_int, *of_pointer, *of_float]
    answers = run(driver, [line for line, _ in script])
    assert [answer.name for answer in answers if isinstance(answer, Layout)] == [
        name for _, name in script
    ]


def test_empty(driver: Path) -> None:
    assert size(lay(driver, GCC)) == (0, 1)
    assert size(lay(driver, GCC, union=True)) == (0, 1)
    assert size(lay(driver, GCC, alignment=8)) == (0, 8)
    assert size(lay(driver, MSVC)) == (4, 1)
    assert size(lay(driver, MSVC, alignment=2)) == (4, 2)
    assert size(lay(driver, MSVC, alignment=8)) == (8, 8)


def test_leaves(driver: Path) -> None:
    """Of a union, each once; of a bit-field, the bytes it touches, and none without a name."""
    a_float, an_int, a_double = Scalar("float"), Scalar("int"), Scalar("double")
    union = Record(
        "U",
        (
            Member(Array(a_float, 2), "floats"),
            Member(Complex(a_float), "complex"),
            Member(a_double, "double"),
        ),
        is_union=True,
    )
    outer = Record(
        "O",
        (
            Member(an_int, "low", 7),
            Member(an_int, None, 5),
            Member(an_int, "high", 6),
            Member(union, None),
            Member(Vector(a_float, 4), "vector"),
        ),
    )
    platform = PLATFORMS["gcc"]
    layouts = lay_out(driver, platform, [outer])

    def kind(of: Scalar | Vector) -> int:
        layout = layouts[of]
        assert isinstance(layout, Layout)
        return layout.kind

    answer = layouts[outer]
    assert isinstance(answer, Layout)
    assert answer.leaves == [
        Leaf(0, 1, kind(an_int), 1),
        Leaf(1, 2, kind(an_int), 1),
        Leaf(8, 4, kind(a_float), 0),
        Leaf(8, 8, kind(a_double), 0),
        Leaf(12, 4, kind(a_float), 0),
        Leaf(16, 16, kind(Vector(a_float, 4)), 0),
    ]


def test_large_types_have_no_leaves(driver: Path) -> None:
    a_long = Scalar("long")
    flat = Record("Flat", (Member(Array(a_long, 8), "longs"),))
    large = Record("Large", (Member(Array(a_long, 8), "longs"), Member(a_long, "more")))
    layouts = lay_out(driver, PLATFORMS["gcc"], [flat, large])
    counts = [
        len(layout.leaves)
        for layout in (layouts[flat], layouts[large])
        if isinstance(layout, Layout)
    ]
    assert counts == [8, 0]


def test_natural_alignment(driver: Path) -> None:
    """AAPCS64 5.9: that of the members as placed, before the whole is aligned."""
    a_long, wide = Scalar("long long"), Scalar("__int128")
    aligned = Record("A", (Member(a_long, "a"), Member(a_long, "b")), alignment=16)
    records = {
        aligned: 8,
        Record("B", (Member(aligned, "c"),)): 16,
        Record("C", (Member(a_long, "d", alignment=16),)): 16,
        Record("D", (Member(wide, "e"),), is_packed=True): 1,
        Record("E", (Member(wide, "f"),), pack=8): 8,
        Record("F", (Member(wide, "g", 3),)): 16,
        Record("G", (Member(wide, None, 3), Member(a_long, "h"))): 16,
    }
    layouts = lay_out(driver, PLATFORMS["clang-aapcs64"], list(records))
    natural = {
        record.name: layout.natural_alignment
        for record in records
        if isinstance(layout := layouts[record], Layout)
    }
    assert natural == {record.name: expected for record, expected in records.items()}


@BOTH
def test_gaps(driver: Path, rules: int) -> None:
    """Wherever inside they are, and whatever of a union is over them."""
    a_float, a_double, a_char = Scalar("float"), Scalar("double"), Scalar("char")
    bits = Record("A", (Member(a_float, "a"), Member(a_char, None, 1)), is_union=True)
    padded = Record("B", (Member(a_double, "b"), Member(a_float, "c")))
    halves = Record("C", (Member(Array(a_float, 2), "d"), Member(a_double, "e")), is_union=True)
    records = {
        bits: True,
        padded: True,
        halves: False,
        Record("D", (Member(halves, "f"), Member(Array(bits, 2), "g"))): True,
        Record("E", (Member(padded, "h"), Member(Array(a_double, 2), "i")), is_union=True): True,
        Record("F", (Member(a_float, "j"),), is_union=True, alignment=8): True,
        Record("G", (Member(a_float, "k"), Member(a_char, None, 0), Member(a_float, "l"))): False,
        Record("H", (Member(Array(halves, 3), "m"),)): False,
        Record("I", (Member(a_char, "n", 8),)): True,
        Record("J", (), alignment=8): False,
    }
    platform = replace(PLATFORMS["gcc"], rules=rules)
    layouts = lay_out(driver, platform, list(records))
    found = {
        record: layout.has_gaps
        for record in records
        if isinstance(layout := layouts[record], Layout)
    }
    assert found == records


def test_required_alignment(driver: Path) -> None:
    """What an alignas demands goes through every pack around it, with Microsoft."""
    inner = Record("Inner", (Member(Scalar("int"), "a"),), alignment=8)
    middle = Record("Middle", (Member(Scalar("char"), "b"), Member(inner, "c")), pack=1)
    outer = Record("Outer", (Member(Scalar("char"), "d"), Member(middle, "e")), pack=1)
    layouts = lay_out(driver, PLATFORMS["clang-win64"], [outer])
    assert [
        (layout.size, layout.alignment, layout.required_alignment)
        for record in (inner, middle, outer)
        if isinstance(layout := layouts[record], Layout)
    ] == [(8, 8, 8), (16, 8, 8), (24, 8, 8)]


@BOTH
def test_no_memory(driver: Path, rules: int) -> None:
    """Whichever allocation fails, that is all that happens, and nothing leaks."""
    record = [f"record {rules} 0 0 0 0 0 3", member("int", 3), member("pointer"), member("long")]
    for script in ("array 3 40", "array 3 4", "vector 3 4", "complex 5", "\n".join(record)):
        refused = 0
        while isinstance(answer := try_with(driver, refused, script), Refused):
            assert answer == Refused(NO_MEMORY, -1, "")
            refused += 1
        assert 1 <= refused <= 8


def try_with(driver: Path, allocations: int, script: str) -> Layout | Refused:
    lines = [*TYPES.values(), f"memory {allocations}", script, "memory -1"]
    return run(driver, lines)[-1]
