"""Where there is no engine, the import says so; the build makes a package without one."""

import os
import subprocess
import sys

import pytest

from zffi import _platform, errors

IMPORT = """
import os, sys
real = os.uname()
fields = (sys.argv[2], real.nodename, real.release, real.version, sys.argv[1])
os.uname = lambda: os.uname_result(fields)
try:
    import zffi
except ImportError as error:
    print(type(error).__name__, "|", error.found, "|", error.supported, "|", error)
"""


@pytest.mark.parametrize(
    ("cpu", "system"), [("sparc64", "Linux"), ("x86_64", "SunOS"), ("aarch64", "Darwin"), ("", "")]
)
def test_import_on_an_unsupported_platform(cpu: str, system: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT, cpu, system], capture_output=True, text=True
    )
    name, found, supported, message = ran.stdout.strip().split(" | ")
    assert name == "UnsupportedPlatformError", ran.stderr
    assert found == f"{cpu} {system}".strip() or found.strip() == ""
    assert supported == "('x86_64 Linux', 'aarch64 Linux')"
    assert "it runs on x86_64 Linux, aarch64 Linux" in message
    assert f"no engine for {cpu}" in message


def test_this_platform() -> None:
    name = os.uname()
    assert _platform.found() == f"{name.machine} {name.sysname}"
    assert _platform.found() in _platform.SUPPORTED
    assert _platform.architecture() == {"x86_64": "x86_64", "aarch64": "arm64"}[name.machine]
    assert issubclass(errors.UnsupportedPlatformError, ImportError)
