"""The driver of the layout engine, built once with sanitizers."""

from pathlib import Path

import pytest
from native import HOW_TO_INSTALL, Build, Native, find_compilers

from layout.engine import BUILD, FOLDER, PROGRAM, SANITIZE


@pytest.fixture(scope="session")
def driver(native_cache: Path) -> Path:
    """By gcc where there is one: clang may be installed without the sanitizers' libraries."""
    compilers = find_compilers()
    assert compilers, HOW_TO_INSTALL
    native = Native(Build(compilers[0], "O1"), native_cache, FOLDER)
    return native.program(*PROGRAM, flags=[*BUILD, *SANITIZE])
