"""Where callees are compiled and run."""

import pytest
from abi.toolchains import Bench


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("abi"))
