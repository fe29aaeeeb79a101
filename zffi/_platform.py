"""Which machines have an engine.

Used by the build, and by the import where the build had nothing to compile.
"""

from __future__ import annotations

import os

# (CPU, system) as uname names them: folder of csrc/arch
_ENGINES = {("x86_64", "Linux"): "x86_64", ("aarch64", "Linux"): "arm64"}

SUPPORTED = tuple(f"{cpu} {system}" for cpu, system in _ENGINES)


def found() -> str:
    """This machine as "CPU system"."""
    if not hasattr(os, "uname"):
        import platform

        return f"{platform.machine()} {platform.system()}"
    name = os.uname()
    return f"{name.machine} {name.sysname}"


def architecture() -> str | None:
    """The folder of csrc/arch that serves this machine, or None."""
    cpu, _, system = found().rpartition(" ")
    import sys

    return _ENGINES.get((cpu, system)) if sys.maxsize > 2**32 else None
