"""dump_stub: the machine code of a bound function's stub, for bug reports."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from . import _core

_MACHINES = {"x86_64": "i386:x86-64", "aarch64": "aarch64"}


def dump_stub(function: Callable[..., Any]) -> str:
    """The machine code that calls a bound function, as text: its address and bytes, where it
    refers to what, and the instructions, if the program objdump is there.

    A function that is called by its plan has no code of its own; the text says so. Raises TypeError
    for what is no bound function.
    """
    about = _core.info(function)
    options = f"abi={about.abi} gil={about.gil} errno={about.errno} tier={about.tier}"
    lines = [
        f"{about.prototype};  {options}",
        f"{sys.implementation.name} {platform.python_version()}, {platform.machine()}",
    ]
    stub = _core._stub(function)
    if stub is None:
        return "\n".join([*lines, "no stub: C code walks the plan", str(about.signature.plan), ""])
    address, code, literals = stub
    lines.append(f"{len(code)} bytes at {address:#x}")
    lines += [f"{at:6x}  {name}" for at, name in literals]
    lines += _disassembled(address, code) or _hexadecimal(address, code)
    return "\n".join([*lines, ""])


def _hexadecimal(address: int, code: bytes) -> Iterator[str]:
    for at in range(0, len(code), 16):
        yield f"{address + at:#x}  {code[at : at + 16].hex(' ', 4)}"


def _disassembled(address: int, code: bytes) -> list[str]:
    """What objdump says, or nothing."""
    objdump = shutil.which("objdump")
    machine = _MACHINES.get(platform.machine())
    if objdump is None or machine is None:
        return []
    with tempfile.NamedTemporaryFile() as file:
        file.write(code)
        file.flush()
        command = [objdump, "-D", "-b", "binary", "-m", machine, f"--adjust-vma={address:#x}"]
        ran = subprocess.run([*command, file.name], capture_output=True, text=True)
    lines = ran.stdout.splitlines()
    start = next((at for at, line in enumerate(lines) if line.endswith("<.data>:")), None)
    return [] if ran.returncode != 0 or start is None else lines[start + 1 :]
