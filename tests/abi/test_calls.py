"""Calls of generated C functions, by every calling convention whose compiler is here, natively or
under qemu-user: each byte of each argument and result is compared on the other side.

A longer form, with other seeds: python tests/abi/toolchains.py --files 50 --seed 1000
"""

import os

import pytest
from abi.toolchains import Bench, Toolchain, run_files, toolchains

SIGNATURES = 120


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("abi"))


@pytest.mark.parametrize("toolchain", toolchains(), ids=lambda toolchain: toolchain.name)
def test_random_signatures(bench: Bench, toolchain: Toolchain) -> None:
    missing = toolchain.missing()
    if missing is not None:
        required = os.environ.get("ZFFI_REQUIRE_ABIS") == "1"
        (pytest.fail if required else pytest.skip)(f"not installed: {missing}")
    totals, failures = run_files(bench, toolchain, range(1), SIGNATURES)
    assert not failures, "\n".join(failures)
    called, ambiguous, checks, failed = totals
    assert failed == 0
    assert called + ambiguous == 2 * SIGNATURES
    assert called > ambiguous
    assert checks > 10 * called
