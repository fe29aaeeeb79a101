"""The C program of internals.md compiles by the commands beside it, and prints what they say."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from native import HOW_TO_INSTALL, Compiler, find_compilers

from zffi._platform import architecture

ROOT = Path(__file__).parents[2]
HEADING = "## The engine alone, from C"


def blocks() -> dict[str, str]:
    """The section's first block of each language."""
    text = (ROOT / "docs" / "internals.md").read_text(encoding="utf-8").partition(HEADING)[2]
    found = re.findall(
        r"^```(\w+)\n(.*?)^```$", text.partition("\n## ")[0], re.MULTILINE | re.DOTALL
    )
    return dict(reversed(found))


@pytest.mark.parametrize("compiler", find_compilers() or [None], ids=lambda one: one and one.name)
def test_c_example(compiler: Compiler | None, tmp_path: Path) -> None:
    assert compiler is not None, HOW_TO_INSTALL
    section = blocks()
    (tmp_path / "example.c").write_text(section["c"])
    commands = re.sub(
        r"^cc ", f"{compiler.path} -Wall -Wextra -Werror ", section["sh"], flags=re.MULTILINE
    )
    ran = subprocess.run(
        ["sh", "-e", "-c", commands],
        cwd=tmp_path,
        env={**os.environ, "ZFFI": str(ROOT), "CPU": str(architecture())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == section["text"]
