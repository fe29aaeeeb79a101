"""What all test folders share: the builds of native fixtures, and what the report header says."""

import gc
import os
import platform
import sys
from pathlib import Path
from typing import TypeVar

import pytest
from native import COMPILERS, HOW_TO_INSTALL, Build, Native, builds_of, find_compilers
from native.callees import Callees, callees_of

Found = TypeVar("Found")
FOUND = find_compilers()
BUILDS = builds_of(FOUND)
EACH_BUILD: list[Build | None] = [*BUILDS] or [None]
ALL_CALLEES: list[Callees | None] = [*callees_of(FOUND)] or [None]


def pytest_configure(config: pytest.Config) -> None:
    """ZFFI_REQUIRE_COMPILERS=gcc,clang turns a missing compiler into an error."""
    required = os.environ.get("ZFFI_REQUIRE_COMPILERS", "").split(",")
    missing = {name for name in required if name} - {compiler.name for compiler in FOUND}
    if missing:
        names = ", ".join(sorted(missing))
        raise pytest.UsageError(
            f"ZFFI_REQUIRE_COMPILERS asks for {names}, not found: {HOW_TO_INSTALL}"
        )


def pytest_collection_finish() -> None:
    """The collector need not look at thousands of tests again each time a test calls it."""
    gc.collect()
    gc.freeze()


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [f"zffi: {_describe_zffi()}", f"native fixtures: {_describe_compilers()}"]


def _describe_zffi() -> str:
    interpreter = f"{platform.python_implementation()} {platform.python_version()}{sys.abiflags}"
    try:
        import zffi
    except ImportError as error:
        return f"cannot be imported ({error}), {interpreter}"
    function = zffi.info(zffi.load(None).func("getpid", zffi.c_int))
    folder = Path(zffi.__file__).parent
    return f"tier {function.tier}, ABI {function.abi}, {interpreter}, from {folder}"


def _describe_compilers() -> str:
    if not FOUND:
        return f"NO C COMPILER: the tests that need one will fail; {HOW_TO_INSTALL}"
    found = ", ".join(compiler.version for compiler in FOUND)
    missing = [name for name in COMPILERS if name not in {compiler.name for compiler in FOUND}]
    return f"{found}; NOT TESTED with {', '.join(missing)}: not found" if missing else found


def _need_compiler(found: Found | None) -> Found:
    if found is None:
        pytest.fail(
            f"this test needs a C compiler, and there is none: {HOW_TO_INSTALL}", pytrace=False
        )
    return found


@pytest.fixture(scope="session", params=EACH_BUILD, ids=str)
def build(request: pytest.FixtureRequest) -> Build:
    """Each build of the native fixtures in turn: gcc-O0, gcc-O2, clang-O0, clang-O2."""
    param: Build | None = request.param
    return _need_compiler(param)


@pytest.fixture(scope="session")
def native_cache(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where compiled fixtures are kept from run to run: with pytest's own cache, if that is on."""
    config = request.config
    has_cache = config.pluginmanager.has_plugin("cacheprovider")
    return (
        config.cache.mkdir("native")
        if has_cache and config.cache
        else tmp_path_factory.mktemp("native")
    )


@pytest.fixture(scope="module")
def native(build: Build, native_cache: Path, request: pytest.FixtureRequest) -> Native:
    """Compiles fixtures beside the test, by each build: native("calls.c") is a library's path."""
    return Native(build, native_cache, request.path.parent)


@pytest.fixture(scope="module")
def one_native(native_cache: Path, request: pytest.FixtureRequest) -> Native:
    """As `native`, by one build only: for what does not depend on a compiler."""
    build = _need_compiler(BUILDS[-1] if BUILDS else None)
    return Native(build, native_cache, request.path.parent)


@pytest.fixture(scope="session", params=ALL_CALLEES, ids=str)
def callees(request: pytest.FixtureRequest) -> Callees:
    """Each build of functions in each convention that this machine can call, in turn."""
    param: Callees | None = request.param
    return _need_compiler(param)


@pytest.fixture(scope="module")
def compile_callees(callees: Callees, native_cache: Path, request: pytest.FixtureRequest) -> Native:
    """Compiles fixtures beside the test as these callees."""
    return Native(callees.build, native_cache, request.path.parent)
