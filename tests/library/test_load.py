"""Opening libraries: by soname, path and bare name, the process itself, and what is refused."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from native import Native

import zffi
from zffi import c_char_p, c_double, c_int, c_size_t, errors


def test_soname() -> None:
    library = zffi.load("libm.so.6")
    assert library.name == "libm.so.6"
    assert library.path is not None
    assert os.path.basename(library.path) == "libm.so.6"
    assert library.func("sqrt", c_double, [c_double])(16) == 4.0


@pytest.mark.parametrize("name", ["m", "c", "z", "sqlite3"])
def test_bare_name(name: str) -> None:
    """ "m" is libm.so.6 here, where libm.so is a linker script or missing; others have versions."""
    library = zffi.load(name)
    assert library.name == name
    assert library.path is not None
    assert f"lib{name}.so" in library.path


def test_path(one_native: Native, tmp_path: Path) -> None:
    path = tmp_path / "prävention 漢.so"
    shutil.copy(one_native("noisy.c"), path)
    for given in (path, str(path), os.fsencode(path)):
        library = zffi.load(given)
        assert library.func("noisy_answer", c_int)() == 42
        assert library.name == library.path == str(path)


def test_process() -> None:
    for process in (zffi.load(None), zffi.load()):
        assert process.name is None
        assert process.path is None
        assert process.func("strlen", c_size_t, [c_char_p])(b"four") == 4


def test_newest_version_first(one_native: Native, tmp_path: Path) -> None:
    """Versions compare as numbers: 10 is newer than 9; the linker's plain name comes before all."""
    script = "import zffi; print(zffi.load('zffiversions').func('which', zffi.c_int)())"
    environment = os.environ | {"LD_LIBRARY_PATH": str(tmp_path)}
    for version, suffix, chosen in ((9, ".9", 9), (10, ".10", 10), (2, ".2.7", 10), (1, "", 1)):
        library = one_native("which.c", flags=[f"-DWHICH={version}"])
        shutil.copy(library, tmp_path / f"libzffiversions.so{suffix}")
        ran = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True
        )
        assert ran.stdout == f"{chosen}\n", ran.stderr


def test_folders_in_their_order(one_native: Native, tmp_path: Path) -> None:
    """The first folder of LD_LIBRARY_PATH that has one wins, whatever its version is."""
    for folder, version, suffix in (("a", 1, ".1"), ("b", 2, ".2")):
        (tmp_path / folder).mkdir()
        library = one_native("which.c", flags=[f"-DWHICH={version}"])
        shutil.copy(library, tmp_path / folder / f"libzffifolders.so{suffix}")
    script = "import zffi; print(zffi.load('zffifolders').func('which', zffi.c_int)())"
    for order, chosen in (("ab", 1), ("ba", 2)):
        path = ":".join(str(tmp_path / folder) for folder in order)
        ran = subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"LD_LIBRARY_PATH": path},
            capture_output=True,
            text=True,
        )
        assert ran.stdout == f"{chosen}\n", ran.stderr


def test_a_path_that_is_not_utf8(one_native: Native, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/lib\xff.so"
    shutil.copy(os.fsencode(one_native("noisy.c")), path)
    library = zffi.load(path)
    assert library.func("noisy_answer", c_int)() == 42
    assert library.name == os.fsdecode(path)


@pytest.mark.parametrize("mode", [0x40000000, -1, 1 << 20])
def test_unknown_mode_bits(mode: int) -> None:
    """The loader of glibc ends the process for some of them."""
    with pytest.raises(errors.ArgumentValueError, match="the mode has bits that no loader knows"):
        zffi.load("m", mode=mode)


def test_an_error_in_fspath_is_its_own() -> None:
    class Fails:
        def __fspath__(self) -> str:
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        zffi.load(Fails())


def test_missing_keeps_the_loaders_words() -> None:
    with pytest.raises(errors.LibraryError) as caught:
        zffi.load("libzffi-nothing.so.1")
    error = caught.value
    assert isinstance(error, OSError)
    assert (error.operation, error.name) == ("load", "libzffi-nothing.so.1")
    assert "libzffi-nothing.so.1: cannot open shared object file" in error.reason
    assert str(error) == f"cannot load 'libzffi-nothing.so.1': {error.reason}"


def test_missing_bare_name() -> None:
    with pytest.raises(errors.LibraryError, match=r"cannot load 'zffinothing': libzffinothing\.so"):
        zffi.load("zffinothing")


def test_not_a_library(tmp_path: Path) -> None:
    """The words are those about the file that is there, not about the names that are not."""
    (tmp_path / "libzffibroken.so.1").write_bytes(b"no library\n" * 100)
    script = """
import zffi
try:
    zffi.load("zffibroken")
except zffi.Error as error:
    print(error.reason)
"""
    environment = os.environ | {"LD_LIBRARY_PATH": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )
    assert "libzffibroken.so.1: invalid ELF header" in ran.stdout, ran.stderr


@pytest.mark.parametrize("name", ["a\0b", ""])
def test_impossible_names(name: str) -> None:
    with pytest.raises(errors.ArgumentValueError, match=r"load\(\): the library's name"):
        zffi.load(name)


def test_a_path_object_is_a_path(
    one_native: Native, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Path("./x.so") loses its "./", but not its meaning: a file here, not a name to search for."""
    shutil.copy(one_native("noisy.c"), tmp_path / "here.so")
    monkeypatch.chdir(tmp_path)
    assert zffi.load(Path("./here.so")).func("noisy_answer", c_int)() == 42
    with pytest.raises(errors.LibraryError, match=r"'\./m': \./m: cannot open"):
        zffi.load(Path("m"))


@pytest.mark.parametrize("name", [5, 1.5, object(), ["m"]])
def test_names_of_a_wrong_type(name: object) -> None:
    with pytest.raises(
        errors.ArgumentError, match=r"load\(\) expected a str, a path object or None"
    ):
        zffi.load(name)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "/" + "x" * 5000, "ü" * 200])
def test_long_names(name: str) -> None:
    with pytest.raises(errors.LibraryError):
        zffi.load(name)


def test_unencodable_name() -> None:
    with pytest.raises((errors.Error, UnicodeError)):
        zffi.load("\ud800")


def test_options_are_checked() -> None:
    with pytest.raises(errors.SignatureError, match="gil must be 'release' or 'hold', not 'keep'"):
        zffi.load("m", gil="keep")  # type: ignore[arg-type]
    with pytest.raises(errors.CallingConventionError):
        zffi.load("m", abi="vectorcall")


def test_local_and_global(one_native: Native) -> None:
    """A local library's symbols serve nobody else; a global one's do."""
    script = """
import sys, zffi
one, two, mode = sys.argv[1:]
first = zffi.load(one, mode=getattr(zffi, mode))
second = zffi.load(two)
print(first.func("which", zffi.c_int)(), second.func("which", zffi.c_int)(),
      second.func("which_by_loader", zffi.c_int)(), "which" in zffi.load(None))
"""
    paths = [str(one_native("which.c", flags=[f"-DWHICH={i}", "-O0"])) for i in (1, 2)]
    for mode, said in (("LOCAL", "1 2 2 False\n"), ("GLOBAL", "1 2 1 True\n")):
        ran = subprocess.run(
            [sys.executable, "-c", script, *paths, mode], capture_output=True, text=True
        )
        assert ran.stdout == said, ran.stderr


def test_stale_loader_error_is_nobodys(one_native: Native) -> None:
    """A constructor that fails to open something leaves its words in dlerror()."""
    library = zffi.load(one_native("noisy.c"))
    assert library.func("noisy_answer", c_int)() == 42
    assert library.func("noisy_has_absent", c_int)() == 0


def test_repr() -> None:
    library = zffi.load("m")
    assert repr(library) == "<zffi.Library 'm'>"
    library.close()
    assert repr(library) == "<zffi.Library 'm', closed>"
    assert repr(zffi.load()) == "<zffi.Library None>"
