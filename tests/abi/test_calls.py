"""Calls of generated C functions, by every calling convention whose compiler is here, natively or
under qemu-user: each byte of each argument and result is compared on the other side.

fuzz.py is the long form.
"""

import os

import pytest
from abi.calls import Failure, run_files, show, shrink_failure, try_signatures
from abi.signatures import Signature
from abi.toolchains import Bench, Toolchain, toolchains
from layout.records import Member, Record, Scalar

SIGNATURES = 120
FILES = 2
WORD = Scalar("long long")


@pytest.mark.parametrize("toolchain", toolchains(), ids=lambda toolchain: toolchain.name)
def test_random_signatures(bench: Bench, toolchain: Toolchain) -> None:
    """One file at -O0 and one at -O2."""
    missing = toolchain.missing()
    if missing is not None:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {missing}")
    totals, failures = run_files(bench, toolchain, range(FILES), SIGNATURES)
    assert not failures, show(bench, shrink_failure(bench, failures[0]))
    assert totals.failures == 0
    assert totals.called + totals.ambiguous == FILES * SIGNATURES
    assert totals.called > totals.ambiguous
    assert totals.checks > 10 * totals.called


def one_of(name: str) -> Toolchain:
    return next(toolchain for toolchain in toolchains() if toolchain.name == name)


def test_a_difference_is_found_and_made_small(bench: Bench) -> None:
    """The driver is told to spoil plans: it takes the two words of a struct for each other."""
    pair = Record("Pair", (Member(WORD, "a"), Member(Scalar("int"), "b")))
    outer = Record("Outer", (Member(pair, "inner"),))
    signature = Signature(
        Record("Result", (Member(Scalar("double"), "c"),)),
        (Scalar("float"), Scalar("int"), outer, Scalar("double"), WORD),
        fixed=2,
    )
    toolchain = one_of("sysv64-gcc")
    assert not try_signatures(bench, toolchain, "O2", [signature], "right")[1]
    (failure,) = try_signatures(bench, toolchain, "O2", [signature], "spoiled", spoiled=True)[1]
    smallest = shrink_failure(bench, failure, spoiled=True)
    (parameter,) = smallest.signature.parameters
    assert smallest.signature.result is None
    assert smallest.signature.fixed is None
    assert isinstance(parameter, Record)
    assert [member.type for member in parameter.members] == [WORD, Scalar("int")]
    assert "wrong value in argument 0" in show(bench, smallest)


def test_a_crash_has_a_culprit(bench: Bench) -> None:
    """The spoiled plan of a pointer, and what cannot be compiled, are failures of one signature."""
    good, bad = Signature(None, (WORD,)), Signature(None, (Record("Pair", ()), WORD), fixed=1)
    toolchain = one_of("sysv64-gcc")
    twice = [good, bad, Signature(None, (Record("Pair", ()),))]  # defines a struct again
    _, failures = try_signatures(bench, toolchain, "O0", twice, "twice")
    assert failures == []


def failures_of(failures: list[Failure]) -> list[Signature]:
    return [failure.signature for failure in failures]
