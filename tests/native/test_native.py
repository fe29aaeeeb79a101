"""The compiling of fixtures itself: its cache, its errors, and what happens without a compiler."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from native import Build, CompileError, Native

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def fresh(build: Build, tmp_path: Path) -> Native:
    """With an empty cache, and sources in a folder of its own."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "answer.h").write_text("#define ANSWER 42\n")
    (tmp_path / "answer.c").write_text('#include "answer.h"\nint answer(void) { return ANSWER; }\n')
    return Native(build, tmp_path / "cache", tmp_path)


def test_compiles_once(fresh: Native) -> None:
    first = fresh("answer.c")
    made = first.stat().st_mtime_ns
    assert fresh("answer.c") == first
    assert first.stat().st_mtime_ns == made


def test_name_depends_on_all_that_goes_in(fresh: Native) -> None:
    paths = {fresh("answer.c"), fresh("answer.c", flags=["-DOTHER"])}
    (fresh.folder / "answer.h").write_text("#define ANSWER 43\n")
    paths.add(fresh("answer.c"))
    (fresh.folder / "answer.c").write_text("int answer(void) { return 44; }\n")
    paths.add(fresh("answer.c"))
    assert len(paths) == 4


def test_many_at_once(fresh: Native) -> None:
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: fresh("answer.c"), range(4)))
    assert len(paths) == 1
    assert list(fresh.cache.iterdir()) == list(paths)


def test_error_shows_command_and_words(fresh: Native) -> None:
    (fresh.folder / "wrong.c").write_text("int wrong(void) { return nowhere; }\n")
    with pytest.raises(CompileError, match=r"wrong\.c[^$]*nowhere"):
        fresh("wrong.c")
    assert list(fresh.cache.iterdir()) == []


def run_pytest(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            f"{ROOT}/tests/native/test_native.py",
            "-k",
            "once",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTEST_ADDOPTS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_compiler_fails_clearly(tmp_path: Path) -> None:
    ran = run_pytest({"PATH": str(tmp_path), "ZFFI_REQUIRE_COMPILERS": ""})
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "NO C COMPILER" in ran.stdout
    assert "this test needs a C compiler, and there is none: install gcc and clang" in ran.stdout


def test_one_compiler_is_said(tmp_path: Path) -> None:
    only = tmp_path / "gcc"
    only.write_text("#!/bin/sh\necho gcc 99.9\n")
    only.chmod(0o755)
    ran = run_pytest({"PATH": str(tmp_path), "ZFFI_REQUIRE_COMPILERS": ""})
    assert "native fixtures: gcc 99.9; NOT TESTED with clang: not found" in ran.stdout


def test_missing_required_compiler_is_an_error(tmp_path: Path) -> None:
    ran = run_pytest({"PATH": str(tmp_path), "ZFFI_REQUIRE_COMPILERS": "gcc,clang"})
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert (
        "ZFFI_REQUIRE_COMPILERS asks for clang, gcc, not found: install gcc and clang" in ran.stderr
    )
