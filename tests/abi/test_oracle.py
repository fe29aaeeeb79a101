"""Plans against what clang's front end decides, for targets that nothing here can link, too.

fuzz.py is the long form.
"""

import pytest
from abi.oracle import Reader, Target, Value, calls_of, compare, generate, targets
from abi.signatures import Signature
from abi.toolchains import Bench
from layout.engine import Script, answers
from layout.records import Array, Member, Record, Scalar

SIGNATURES = 400
TARGETS = {target.abi: target for target in targets()}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_random_signatures(bench: Bench, target: Target) -> None:
    compared, differences = compare(bench.layouts, target, generate(target, 0, SIGNATURES))
    assert compared > SIGNATURES * 0.8
    assert not differences, "\n".join(
        f"{each.what}\n{calls_of(target.platform, [each.signature])}" for each in differences[:3]
    )


ONE_FLOAT = Record("One", (Member(Scalar("float"), "a"),))
THREE_LONGS = Record("Three", tuple(Member(Scalar("long long"), name) for name in "bcd"))


@pytest.mark.parametrize(
    ("abi", "wrong", "signature"),
    [
        ("sysv64", "win64", Signature(None, (Scalar("int"), Scalar("double")))),
        ("win64", "sysv64", Signature(None, (ONE_FLOAT,))),
        ("aapcs64", "apple64", Signature(None, (Scalar("int"), Scalar("__int128")))),
        ("apple64", "aapcs64", Signature(None, (Scalar("int"), Scalar("int")), fixed=1)),
        ("winarm64", "aapcs64", Signature(None, (Scalar("int"), Scalar("double")), fixed=1)),
        ("aapcs64", "sysv64", Signature(THREE_LONGS, ())),
        ("win64", "aapcs64", Signature(Scalar("__int128"), ())),
    ],
)
def test_the_plan_of_another_convention(
    bench: Bench, abi: str, wrong: str, signature: Signature
) -> None:
    """The comparison sees the difference."""
    target = TARGETS[abi]
    assert compare(bench.layouts, target, [signature]) == (1, [])
    _, differences = compare(bench.layouts, target, [signature], planned_as=wrong)
    assert [difference.signature for difference in differences] == [signature]


UNION = Record("Union", (Member(Scalar("long double"), "e"), Member(Scalar("int"), "f")), True)
LONGS = Member(Array(Scalar("long"), 2), "g")
OVER = Record("Over", (Member(UNION, "h"), LONGS), True)


@pytest.mark.parametrize(
    ("kind", "is_refused"),
    [
        (UNION, False),
        (Record("Flat", (*UNION.members, LONGS), True), False),
        (Record("Alone", (Member(UNION, "i"),), True), False),
        (Record("Mixed", (*UNION.members, Member(Scalar("float"), "j")), True), True),
        (OVER, True),
        (Record("Outer", (Member(OVER, "k"),)), True),
        (Record("Large", (Member(Array(OVER, 2), "l"),)), False),  # is in memory, whatever it is
    ],
)
def test_unions_of_long_double(bench: Bench, kind: Record, is_refused: bool) -> None:
    """What is refused on x86-64, because leaves do not say where it goes."""
    script = Script(TARGETS["sysv64"].platform)
    number = script.number(kind)
    plan = answers(bench.layouts, [*script.lines, f"plan sysv64 -1 {number} {number}"])[-1]
    assert plan.startswith("!") == is_refused
    if not is_refused:
        assert compare(bench.layouts, TARGETS["sysv64"], [Signature(None, (kind,))]) == (1, [])


def test_types_of_llvm() -> None:
    """By clang before 15, and since; structs that are packed, named, and inside others."""
    reader = Reader("%struct.A = type { i64, [2 x float] }\n%union.B = type <{ i8, %struct.A }>")
    word, single = Value(0, 8), Value(1, 4)
    pointer = Value(0, 8, is_pointer=True)
    assert {
        text: reader.values(text)
        for text in (
            "void",
            "i1",
            "i24 %x",
            "%struct.A noundef %1",
            "%union.B",
            "%struct.A* noundef byval(%struct.A) align 8 @a",
            "ptr noundef @a",
            "<4 x float>",
            "{ <2 x half>, x86_fp80 }",
            "[2 x [3 x double]]",
        )
    } == {
        "void": [],
        "i1": [Value(0, 1)],
        "i24 %x": [Value(0, 3)],
        "%struct.A noundef %1": [word, single, single],
        "%union.B": [Value(0, 1), word, single, single],
        "%struct.A* noundef byval(%struct.A) align 8 @a": [pointer],
        "ptr noundef @a": [pointer],
        "<4 x float>": [Value(1, 16)],
        "{ <2 x half>, x86_fp80 }": [Value(1, 4), Value(2, 16)],
        "[2 x [3 x double]]": [Value(1, 8)] * 6,
    }
