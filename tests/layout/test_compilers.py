"""Layouts of random records against every compiler here: a short form of fuzz.py, for each
platform; and proof that the comparison would see a difference."""

from dataclasses import replace
from pathlib import Path

import pytest
from native import Native

from layout.comparison import Mismatch, compare, generate, is_ambiguous, shrink
from layout.compilers import (
    MSVC,
    PLATFORMS,
    WINARM64,
    Platform,
    complaints,
    define,
    prelude,
    tag_of,
)
from layout.engine import BUILD, PROGRAM, Layout, lay_out
from layout.records import Member, Record, Scalar, records_of

EACH_PLATFORM = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)


def need(platform: Platform) -> None:
    """ZFFI_REQUIRE_COMPILERS makes sure that this skips nothing."""
    if not platform.is_there():
        pytest.skip(f"{platform.command[0]} is not installed")


@EACH_PLATFORM
def test_random_records(driver: Path, platform: Platform) -> None:
    need(platform)
    mismatches = compare(driver, platform, list(generate(platform, 400, seed=1)))
    assert not mismatches, shrink(driver, platform, mismatches[0]).show(platform)


def test_every_build_agrees(native: Native) -> None:
    """The engine itself, as gcc and clang compile it."""
    platform = PLATFORMS["clang-win64"]
    need(platform)
    driver = native.program(*PROGRAM, flags=BUILD)
    assert not compare(driver, platform, list(generate(platform, 200, seed=2)))


@pytest.mark.parametrize("target", ["x86_64-pc-windows-msvc", "aarch64-pc-windows-msvc"])
def test_windows_as_it_is(driver: Path, target: str) -> None:
    """Not by its variant that writes ELF, in sizes, alignments and offsets."""
    platform = Platform(target, ("clang", f"--target={target}"), WINARM64, MSVC)
    need(platform)
    records = list(generate(platform, 300, seed=3))
    layouts = lay_out(driver, platform, records)
    lines = [prelude(platform)]
    for record in {inner.name: inner for outer in records for inner in records_of(outer)}.values():
        layout = layouts[record]
        assert isinstance(layout, Layout)
        known = {
            f"sizeof({tag_of(record)})": layout.size,
            f"_Alignof({tag_of(record)})": layout.alignment,
        }
        for member, (offset, _) in zip(record.members, layout.members, strict=True):
            if member.name is not None and member.bits is None:
                known[f"__builtin_offsetof({tag_of(record)}, {member.name})"] = offset
        lines.append(define(platform, record))
        lines += [f'_Static_assert({what} == {value}, "");' for what, value in known.items()]
    assert complaints(platform, "\n".join(lines)) == ""


CROSSING = Record(
    "Crossing",
    (
        Member(Scalar("int"), "low", 31),
        Member(Scalar("void *"), "pointer"),
        Member(Scalar("unsigned int"), "high", 2, alignment=2),
    ),
)


def test_a_difference_is_found_and_made_small(driver: Path) -> None:
    """The engine is told Microsoft's rules, and the compiler has GCC's."""
    right = PLATFORMS["gcc"]
    need(right)
    wrong = replace(right, rules=MSVC)
    assert not compare(driver, right, [CROSSING])
    (mismatch,) = compare(driver, wrong, [replace(CROSSING, name="Outer", is_packed=True)])
    smallest = shrink(driver, wrong, mismatch)
    assert smallest.record.members == ()
    assert "size 4, the compiler's 0" in smallest.show(wrong)


def test_where_gcc_and_clang_differ(driver: Path) -> None:
    """What is_ambiguous() keeps from the comparison: they really differ, and the engine is gcc."""
    bool_first = Member(Scalar("bool"), "first", 1)
    above_pack = Member(Scalar("int"), "second", 1, alignment=8)
    crossing = Member(Scalar("int"), "second", 27, alignment=2)
    for record in (
        Record("AbovePack", (bool_first, above_pack), pack=4),
        Record("Crossing", (bool_first, crossing)),
    ):
        assert is_ambiguous(record)
        assert differs(driver, "gcc", record) is None
        assert differs(driver, "clang", record) is not None


def differs(driver: Path, platform: str, record: Record) -> Mismatch | None:
    need(PLATFORMS[platform])
    found = compare(driver, PLATFORMS[platform], [record])
    return found[0] if found else None
