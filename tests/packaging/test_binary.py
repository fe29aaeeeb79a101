"""The compiled extension: what it exports, what it links, how it is hardened."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from native.callees import DEFAULT_ABI, IS_ARM64

from zffi import _core

FILE = Path(str(_core.__file__))


def run(*command: str) -> str:
    tool = shutil.which(command[0])
    if tool is None:
        pytest.fail(f"{command[0]} is missing: apt-get install binutils")
    return subprocess.run([tool, *command[1:]], capture_output=True, text=True, check=True).stdout


def test_one_exported_symbol() -> None:
    defined = run("nm", "-D", "--defined-only", str(FILE)).split("\n")
    assert [line.split()[-1] for line in defined if line] == ["PyInit__core"]


def test_no_libffi() -> None:
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", str(FILE)))
    allowed = ("libc.", "libpthread.", "libdl.", "libpython", "libgcc_s.")
    assert all(name.startswith(allowed) for name in needed)
    assert "ffi_call" not in run("nm", "-D", str(FILE))


def test_segments() -> None:
    """No executable stack, nothing writable and executable at once, read-only relocations."""
    headers = run("readelf", "-lW", str(FILE))
    flags = dict(re.findall(r"^\s+(\w+)\s+(?:0x\w+\s+){5}(.{3})\s", headers, re.MULTILINE))
    assert "E" not in flags["GNU_STACK"]
    assert "GNU_RELRO" in flags
    segments = re.findall(r"^\s+LOAD\s+(?:0x\w+\s+){5}(.{3})\s", headers, re.MULTILINE)
    assert len(segments) >= 3
    assert not [segment for segment in segments if "W" in segment and "E" in segment]
    assert re.search(r"BIND_NOW|\bNOW\b", run("readelf", "-dW", str(FILE)))


def test_control_flow_notes() -> None:
    """Every object that was linked is ready for checks by the CPU, or the linker drops the note."""
    expected = "AArch64 feature: BTI" if IS_ARM64 else "x86 feature: IBT, SHSTK"
    assert expected in run("readelf", "-nW", str(FILE))


def test_call_frame_information_covers_the_kernel() -> None:
    """The kernel is local, so it is found by what it is: the FDE that starts at its address."""
    symbols = run("nm", str(FILE))
    found = re.search(rf"^(\w+) t zf_kernel_{DEFAULT_ABI}$", symbols, re.MULTILINE)
    assert found, "stripped?"
    frames = run("readelf", "--debug-dump=frames", str(FILE))
    assert f"pc={found[1]}.." in frames
