"""The libraries whose functions are called, and a process for each tier."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from calls.machine import THIS
from native import Native
from values.processes import Processes
from values.recording import Recorder

CALLS = Path(__file__).parents[1] / "calls"


@pytest.fixture(scope="module")
def libraries(one_native: Native) -> tuple[Path, Path]:
    return one_native("callees.c"), one_native(CALLS / THIS.assembly)


@pytest.fixture(scope="module")
def processes(libraries: tuple[Path, Path]) -> Iterator[Processes]:
    found = Processes(*libraries)
    yield found
    found.close()


@pytest.fixture(scope="module")
def recorder(libraries: tuple[Path, Path]) -> Recorder:
    """In this process: by the tier that its environment says."""
    return Recorder(*map(str, libraries))
