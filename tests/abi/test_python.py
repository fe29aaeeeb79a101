"""Calls of generated C functions by functions bound in Python, with all kinds of Python objects, in
all options, by every convention of this machine: each byte of each argument and result is compared,
errno, what a callee must preserve, and references. Callees leave dirt in all that they may change.

fuzz_python.py is the long form.
"""

import os

import pytest
from abi.calls import run_files, show, shrink_failure, try_signatures
from abi.signatures import Signature
from abi.toolchains import PythonBench, Toolchain, python_toolchains
from layout.records import Member, Record, Scalar

import zffi

SIGNATURES = 100
FILES = 2
WAYS = 8  # each is bound and called in
TOOLCHAINS = python_toolchains()
PAIR = Record("Pair", (Member(Scalar("long long"), "a"), Member(Scalar("int"), "b")))


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> PythonBench:
    return PythonBench(tmp_path_factory.mktemp("python"))


@pytest.mark.parametrize("toolchain", TOOLCHAINS, ids=lambda toolchain: toolchain.name)
def test_random_signatures(bench: PythonBench, toolchain: Toolchain) -> None:
    """One file at -O0 and one at -O2."""
    missing = toolchain.missing()
    if missing is not None:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {missing}")
    totals, failures = run_files(bench, toolchain, range(FILES), SIGNATURES)
    assert not failures, show(bench, shrink_failure(bench, failures[0]))
    assert totals.failures == 0
    assert totals.called + WAYS * totals.ambiguous == FILES * SIGNATURES * WAYS
    assert totals.called > totals.ambiguous
    assert totals.checks > 10 * totals.called
    assert sum(totals.tiers.values()) == totals.called
    if zffi.info(zffi.load("c").func("abs", zffi.c_int, [zffi.c_int])).tier == "stub":
        assert totals.tiers["stub"] > totals.called // 10


def test_a_difference_is_found_and_made_small(bench: PythonBench) -> None:
    """The caller is told to spoil arguments: it gives the two words of a struct for each other."""
    outer = Record("Outer", (Member(PAIR, "inner"),))
    signature = Signature(
        Record("Result", (Member(Scalar("double"), "c"),)),
        (Scalar("float"), Scalar("int"), outer, Scalar("double")),
    )
    toolchain = TOOLCHAINS[0]
    assert not try_signatures(bench, toolchain, "O2", [signature], "right")[1]
    (failure,) = try_signatures(bench, toolchain, "O2", [signature], "spoiled", spoiled=True)[1]
    smallest = shrink_failure(bench, failure, spoiled=True)
    (parameter,) = smallest.signature.parameters
    assert smallest.signature.result is None
    assert isinstance(parameter, Record)
    assert parameter.members == PAIR.members
    assert "wrong value in argument 0" in show(bench, smallest)
