"""Each example runs as a program, and what it prints is true."""

import datetime
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

import zffi

EXAMPLES = Path(__file__).parents[2] / "examples"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(zffi.__file__).parents[1])}


def run(name: str, *arguments: str, given: bytes = b"", code: int = 0) -> str:
    command = [sys.executable, "-X", "utf8", "-W", "error", str(EXAMPLES / name), *arguments]
    ran = subprocess.run(command, env=ENVIRONMENT, input=given, capture_output=True, check=False)
    assert ran.returncode == code, ran.stderr.decode()
    assert code != 0 or not ran.stderr, ran.stderr.decode()
    return (ran.stderr if code else ran.stdout).decode()


def test_each_example_is_tested() -> None:
    tested = {"clock.py", "compress.py", "sqlite.py"}
    assert {file.name for file in EXAMPLES.glob("*.py")} == tested


def told_by_compress(said: str) -> tuple[int, int, int]:
    sizes = re.search(r"^(\d+) bytes became (\d+) .*came back the same$", said, re.MULTILINE)
    crc = re.search(r"^crc32 ([0-9a-f]{8})$", said, re.MULTILINE)
    assert sizes is not None, said
    assert crc is not None, said
    return int(sizes[1]), int(sizes[2]), int(crc[1], 16)


def test_compress_its_own_source() -> None:
    source = (EXAMPLES / "compress.py").read_bytes()
    size, packed, crc = told_by_compress(run("compress.py"))
    assert size == len(source)
    assert packed < size / 2
    assert crc == zlib.crc32(source)


@pytest.mark.parametrize("data", [b"", b"\0" * 100_000, bytes(range(256)) * 7], ids=len)
@pytest.mark.parametrize("level", [0, 1, 9])
def test_compress_a_file(tmp_path: Path, data: bytes, level: int) -> None:
    (tmp_path / "data").write_bytes(data)
    size, packed, crc = told_by_compress(run("compress.py", str(tmp_path / "data"), str(level)))
    assert (size, crc) == (len(data), zlib.crc32(data))
    assert packed > size if level == 0 else packed < size / 2 + 20


def test_compress_stdin() -> None:
    said = run("compress.py", "-", given=b"to and fro " * 100)
    size, packed, crc = told_by_compress(said)
    assert size == 1100
    assert packed < 100
    assert crc == zlib.crc32(b"to and fro " * 100)


def test_compress_refuses_a_level() -> None:
    assert "RuntimeError: compress2(): stream error" in run("compress.py", "-", "77", code=1)


def test_sqlite_gives_the_rows_back() -> None:
    assert run("sqlite.py", "0").splitlines() == [
        "Zürich        436,551 people     87.9 km²",
        "Wien        2,005,760 people    414.8 km²",
        "서울          9,411,440 people    605.2 km²",
        "As it should, this fails: no such table: towns",
    ]


def test_sqlite_selects() -> None:
    assert [line.split()[0] for line in run("sqlite.py", "5").splitlines()] == ["서울", "As"]


def test_clock_tells_the_time() -> None:
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    said = run("clock.py", "100").splitlines()
    after = datetime.datetime.now(datetime.UTC)
    date = datetime.datetime.strptime(said[0], "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=datetime.UTC)
    assert before <= date <= after
    clocks = {line.split()[0]: float(line.split()[1]) for line in said if line.startswith("CLOCK_")}
    assert before.timestamp() <= clocks["CLOCK_REALTIME"] <= after.timestamp()
    assert 0 < clocks["CLOCK_MONOTONIC"] <= clocks["CLOCK_BOOTTIME"] + 60
    assert all(seconds > 0 for seconds in clocks.values())
    slept = re.fullmatch(r"nanosleep of 10 ms took (\d+\.\d+) ms", said[-1])
    assert slept is not None
    assert float(slept[1]) >= 10
