"""Compiles the native fixtures of the tests: C and assembly, by gcc and clang, at -O0 and -O2.

A `Build` is a compiler and an optimisation level; a `Native` compiles the fixtures of one test
folder by one build. What was compiled before comes from a cache, whose file names carry a hash of
the sources, the headers beside them, the flags and the compiler's version. Many test processes may
share that cache: a file is made elsewhere and moved into it whole.

Compilers are those of the PATH, by their usual names. To compile for another CPU, as the tests of
arm64 under an emulator do, put programs of these names before them that run the cross compilers.
"""

import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

COMPILERS = ("gcc", "clang")
LEVELS = ("O0", "O2")
HOW_TO_INSTALL = "install gcc and clang (on Debian: apt-get install gcc clang)"

_WARNINGS = ("-Wall", "-Wextra", "-Werror")
# Not DWARF 5, which clang writes by default: valgrind cannot read it before its version 3.20. Sums
# of products are rounded after each step, also where the CPU has an instruction that does not.
_COMMON = ("-std=gnu11", "-gdwarf-4", "-fPIC", "-pthread", "-ffp-contract=off", *_WARNINGS)


class CompileError(Exception):
    """A fixture that does not compile: the command, and what the compiler said."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{' '.join(command)}\n{output}")


@dataclass(frozen=True)
class Compiler:
    """A C compiler of this machine. One for another system's convention makes object files, which
    the linker, another compiler, turns into libraries of this system."""

    name: str
    path: str
    version: str
    flags: tuple[str, ...] = ()
    linker: str | None = None

    @classmethod
    def find(cls, name: str) -> "Compiler | None":
        path = shutil.which(name)
        if path is None:
            return None
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        return cls(name, path, said.stdout.partition("\n")[0]) if said.returncode == 0 else None

    def compile(self) -> list[str]:
        return [self.path, *self.flags]


@dataclass(frozen=True)
class Build:
    """A compiler and an optimisation level. Its str, "gcc-O2", is how test ids name it."""

    compiler: Compiler
    level: str

    def __str__(self) -> str:
        return f"{self.compiler.name}-{self.level}"


def find_compilers() -> list[Compiler]:
    return [compiler for name in COMPILERS if (compiler := Compiler.find(name)) is not None]


def builds_of(compilers: Iterable[Compiler]) -> list[Build]:
    return [Build(compiler, level) for compiler in compilers for level in LEVELS]


class Native:
    """Compiles the fixtures of one folder by one build; gives the paths of the compiled files."""

    def __init__(self, build: Build, cache: Path, folder: Path) -> None:
        self.build = build
        self.cache = cache
        self.folder = folder

    def __call__(self, *sources: str | Path, flags: Sequence[str] = ()) -> Path:
        """The shared library of some source files, named relative to the folder."""
        return self._one_step(self._paths(sources), ".so", ["-shared", *flags])

    def text(self, name: str, source: str, flags: Sequence[str] = ()) -> Path:
        """The shared library of a generated C source."""
        digest = hashlib.sha256(source.encode()).hexdigest()[:16]

        def write(workplace: Path) -> Path:
            file = workplace / "generated.c"
            file.write_text(source)
            return file

        return self(self._cached(f"{name}-{digest}.c", write), flags=flags)

    def program(self, *sources: str | Path, flags: Sequence[str] = ()) -> Path:
        """The program of some source files and archives."""
        return self._one_step(self._paths(sources), "", flags)

    def archive(self, name: str, *sources: str | Path, flags: Sequence[str] = ()) -> Path:
        """The static library of some source files."""
        paths = self._paths(sources)

        def make(workplace: Path) -> Path:
            self._run(
                [*self.build.compiler.compile(), *self._flags(flags), "-c", *map(str, paths)],
                workplace,
            )
            self._run(
                ["ar", "rcs", "all.a", *sorted(file.name for file in workplace.glob("*.o"))],
                workplace,
            )
            return workplace / "all.a"

        return self._cached(f"{name}-{self.build}-{self._key(paths, ['archive', *flags])}.a", make)

    def _one_step(self, paths: Sequence[Path], suffix: str, flags: Sequence[str]) -> Path:
        def make(workplace: Path) -> Path:
            # Libraries come last: a linker takes from them what it is missing so far.
            libraries = [flag for flag in flags if flag.startswith("-l")]
            others = [flag for flag in flags if not flag.startswith("-l")]
            compiler, files = self.build.compiler, [*map(str, paths)]
            command = [*compiler.compile(), *self._flags(others)]
            if compiler.linker is not None:
                linking = [flag for flag in others if flag.startswith(("-shared", "-Wl,"))]
                compiling = [part for part in command if part not in linking]
                self._run([*compiling, "-c", *files], workplace)
                files = [file.name for file in sorted(workplace.glob("*.o"))]
                command = [compiler.linker, *linking]
            self._run([*command, *files, *libraries, "-o", "made"], workplace)
            return workplace / "made"

        return self._cached(f"{paths[0].stem}-{self.build}-{self._key(paths, flags)}{suffix}", make)

    def _paths(self, sources: Iterable[str | Path]) -> list[Path]:
        return [self.folder / source for source in sources]

    def _flags(self, flags: Sequence[str]) -> list[str]:
        return [*_COMMON, f"-{self.build.level}", *flags]

    def _key(self, paths: Sequence[Path], flags: Sequence[str]) -> str:
        included = [Path(flag[2:]) for flag in flags if flag.startswith("-I")]
        folders = sorted({path.parent for path in paths} | set(included))
        headers = [header for folder in folders for header in sorted(folder.glob("*.h"))]
        key = hashlib.sha256()
        compiler = self.build.compiler
        for text in (platform.machine(), compiler.version, *compiler.flags, *self._flags(flags)):
            key.update(text.encode() + b"\0")
        for path in (*paths, *headers):
            key.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return key.hexdigest()[:16]

    def _cached(self, name: str, make: Callable[[Path], Path]) -> Path:
        target = self.cache / name
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=self.cache) as workplace:
                os.replace(make(Path(workplace)), target)
        return target

    def _run(self, command: Sequence[str], workplace: Path) -> None:
        ran = subprocess.run(
            command,
            cwd=workplace,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise CompileError(command, ran.stdout)


def child_environment(**variables: str) -> dict[str, str]:
    """For a process that runs a program of the tests: with the extension under test, which may be
    installed or lie in this folder, and the packages of the tests."""
    tests = Path(__file__).resolve().parents[1]
    found = importlib.util.find_spec("zffi")
    own = Path(found.origin).parents[1] if found and found.origin else tests.parent
    folders = [str(own), str(tests)]
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([*folders, *([before] if before else [])])
    return {**os.environ, "PYTHONPATH": path, **variables}
