"""python -m zffi: the report, its exit status, and that its checks can fail."""

import json
import subprocess
import sys

from native.callees import DEFAULT_ABI

import zffi
import zffi.__main__ as main


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zffi", *arguments], capture_output=True, text=True
    )


def test_report() -> None:
    ran = run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for words in (
        f"calling convention  {DEFAULT_ABI}",
        "tier",
        "CPython",
        "zffi hold",
        "int abs(int)",
    ):
        assert words in ran.stdout
    assert "14 of 14 checks held" in ran.stdout


def test_json() -> None:
    ran = run("--json")
    report = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert report["ok"] is True
    assert report["machine"]["zffi"] == zffi.__version__
    assert len(report["checks"]) == 14
    assert set(report["checks"].values()) == {None}
    for row in report["calls_per_second"].values():
        assert set(row) == {"zffi hold", "zffi release", "ctypes PyDLL", "ctypes CDLL"}
        assert all(rate > 0 for rate in row.values())


def test_a_failed_check_is_an_exit_status() -> None:
    """A check with a wrong answer, and one that raises, both show and both count."""
    script = """
import sys, zffi.__main__ as main
def checks():
    yield "right", lambda: 1, 1
    yield "wrong", lambda: 1, 2
    yield "raises", lambda: 1 / 0, 1
main.checks = checks
sys.argv[1:] = []
sys.exit(main.main())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "1 of 3 checks held" in ran.stdout
    assert "FAILED  wrong: got 1, expected 2" in ran.stdout
    assert "FAILED  raises: ZeroDivisionError: division by zero" in ran.stdout


def test_without_ctypes() -> None:
    """An interpreter that was built without libffi has no ctypes to compare with."""
    script = """
import sys
sys.modules["ctypes"] = None
sys.argv[1:] = []
import zffi.__main__ as main
sys.exit(main.main())
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "ctypes" not in ran.stdout


def test_without_docstrings() -> None:
    ran = subprocess.run(
        [sys.executable, "-OO", "-m", "zffi", "--json"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_checks_are_real() -> None:
    names = [name for name, _, _ in main.checks()]
    assert len(names) == len(set(names)) == 14
