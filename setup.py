"""Builds zffi._core from C and assembly; everything else about the package is in pyproject.toml."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "zffi"))
from _platform import architecture  # noqa: E402

sys.path.pop(0)

PREBUILD = ROOT / "csrc" / "prebuild"
# Which sources the program needs that writes the stubs that the extension has from the start.
PREBUILD_NEEDS = {"abi", "layout", "arch", "os", "stub_model.c", "prebuild.c"}

COMPILE = ["-std=c11", "-O2", "-fvisibility=hidden", "-Wall", "-Wextra"]
# No start-up files: C needs none in a shared library, and those of many systems carry no IBT and
# SHSTK notes, for which the linker would drop ours.
LINK = ["-Wl,-z,relro,-z,now,-z,separate-code", "-Wl,-z,noexecstack", "-nostartfiles"]
# Indirect calls into the extension land on marked instructions only, and return addresses are
# checked, by a shadow stack or a signature: where the CPU can.
BY_ARCHITECTURE = {
    "x86_64": ["-fcf-protection=full"],
    # The compiler's own atomic operations carry no mark.
    "arm64": ["-mbranch-protection=standard", "-mno-outline-atomics"],
}
# The compiler's library computes with the long double of arm64; the static one would cost the mark.
LINK_BY_ARCHITECTURE = {"arm64": ["-shared-libgcc"]}


def sources(folder: str) -> list[str]:
    """The C and assembly files of the engine and of the extension, relative to the project. Those
    of other CPUs than this one stay out."""
    arch = ROOT / "csrc" / "arch"
    found = [
        path
        for path in (ROOT / "csrc").rglob("*.[cS]")
        if (path.parent.parent != arch or path.parent.name == folder) and path.parent != PREBUILD
    ]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def headers() -> list[str]:
    found = (path for path in (ROOT / "csrc").rglob("*") if path.suffix in (".h", ".inc"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


class Build(build_ext):
    """Teaches setuptools assembly, and leaves a copy of the extension beside the Python sources, so
    that what was installed is also what `python -m zffi` and `python -m pytest` find when they are
    run in the checkout.
    """

    def build_extensions(self) -> None:
        self.compiler.src_extensions.append(".S")
        for extension in self.extensions:
            extension.sources.append(self.prebuild(extension))
        super().build_extensions()

    def prebuild(self, extension: Extension) -> str:
        """The stubs of common signatures as an assembly file, written by a program of our own."""
        folder = Path(self.build_temp, "prebuild")
        folder.mkdir(parents=True, exist_ok=True)
        needed = [
            source
            for source in [*extension.sources, str((PREBUILD / "prebuild.c").relative_to(ROOT))]
            if not PREBUILD_NEEDS.isdisjoint(Path(source).parts)
        ]
        options = {"extra_postargs": extension.extra_compile_args, "depends": extension.depends}
        objects = self.compiler.compile(
            needed, str(folder), include_dirs=self.include_dirs, **options
        )
        flags = shlex.split(os.environ.get("CFLAGS", ""))  # a sanitizer's, say
        self.compiler.link_executable(
            objects, "prebuild", str(folder), libraries=["m", "dl"], extra_postargs=flags
        )
        # On another CPU's behalf: what runs its programs here.
        emulator = shlex.split(os.environ.get("ZFFI_EMULATOR", ""))
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        text = subprocess.run(
            [*emulator, str(folder / "prebuild")],
            stdout=subprocess.PIPE,
            check=True,
            env=environment,
        ).stdout
        written = folder / "stubs.S"
        if not written.exists() or written.read_bytes() != text:
            written.write_bytes(text)
        return str(written)

    def run(self) -> None:
        super().run()
        for extension in [] if self.inplace else self.extensions:
            built = Path(self.get_ext_fullpath(extension.name))
            beside = ROOT / "zffi" / built.name
            try:
                shutil.copy2(built, f"{beside}.new")
                os.replace(f"{beside}.new", beside)
            except OSError as error:
                self.warn(f"no copy of {built.name} beside the sources: {error}")


def extensions() -> list[Extension]:
    """None on a platform without an engine: there, importing zffi says so."""
    folder = architecture()
    if folder is None:
        return []
    return [
        Extension(
            "zffi._core",
            sources(folder),
            include_dirs=[f"csrc/arch/{folder}"],
            depends=["setup.py", *headers()],
            extra_compile_args=COMPILE + BY_ARCHITECTURE[folder],
            extra_link_args=LINK + LINK_BY_ARCHITECTURE.get(folder, []),
        )
    ]


setup(ext_modules=extensions(), cmdclass={"build_ext": Build})
