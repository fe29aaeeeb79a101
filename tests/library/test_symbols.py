"""Symbols: addresses, membership, near names, optional ones, and those that are NULL."""

import shutil
import threading
from pathlib import Path

import pytest
from native import Native

import zffi
from zffi import c_int, c_void_p, errors


def test_address_is_the_loaders() -> None:
    """sym() says what dlsym says, called through zffi itself."""
    c = zffi.load("c")
    dlsym = zffi.load(None).func("dlsym", c_void_p, [c_void_p, zffi.c_char_p])
    assert dlsym(None, "getpid") == c.sym("getpid")


def test_membership() -> None:
    c = zffi.load("c")
    assert "strlen" in c
    assert "zffi_no_such_symbol" not in c


def test_missing_symbol_suggests_near_names() -> None:
    with pytest.raises(errors.SymbolError) as caught:
        zffi.load("m").func("hypott", None)
    error = caught.value
    assert isinstance(error, errors.LibraryError)
    assert (error.operation, error.name, error.symbol) == ("symbol", "m", "hypott")
    assert "hypot" in error.suggestions
    assert "undefined symbol: hypott" in error.reason
    assert str(error).startswith("m has no symbol 'hypott': ")
    assert str(error).endswith(f"near it: {', '.join(error.suggestions)}")


def test_missing_symbol_of_the_process() -> None:
    with pytest.raises(errors.SymbolError) as caught:
        zffi.load(None).sym("strlenn")
    assert "strlen" in caught.value.suggestions
    assert str(caught.value).startswith("the process has no symbol 'strlenn'")


def test_nothing_near() -> None:
    with pytest.raises(errors.SymbolError) as caught:
        zffi.load("m").sym("qqqqqqqqqqqq")
    assert caught.value.suggestions == ()
    assert "near" not in str(caught.value)


def test_optional() -> None:
    m = zffi.load("m")
    assert m.func("zffi_no_such_symbol", c_int, optional=True) is None
    found = m.func("cbrt", zffi.c_double, [zffi.c_double], optional=True)
    assert found is not None
    assert found(8) == 2.0


def test_optional_still_checks_the_rest() -> None:
    with pytest.raises(errors.TypeValidationError):
        zffi.load("m").func("cbrt", int, optional=True)  # type: ignore[call-overload]


def test_null_symbol(one_native: Native) -> None:
    """The loader finds the symbol, at NULL: it is there, it has an address, it cannot be called."""
    library = zffi.load(one_native("noisy.c"))
    assert "noisy_null" in library
    assert library.sym("noisy_null") == 0
    with pytest.raises(errors.SymbolError, match="resolved it to NULL"):
        library.func("noisy_null", c_int)
    assert library.func("noisy_null", c_int, optional=True) is None


@pytest.mark.parametrize(
    ("name", "error"),
    [("a\0b", errors.ArgumentValueError), ("", errors.ArgumentValueError), (b"x", TypeError)],
)
def test_impossible_names(name: str, error: type[Exception]) -> None:
    c = zffi.load("c")
    for use in (c.sym, c.__contains__, lambda n: c.func(n, None)):
        with pytest.raises(error, match="the symbol's name"):
            use(name)
    with pytest.raises((UnicodeEncodeError, errors.Error)):
        c.sym("\udc80")


def test_names_that_are_not_ascii() -> None:
    assert "größe" not in zffi.load("c")


def test_symbols_of_the_process_while_libraries_go(one_native: Native, tmp_path: Path) -> None:
    """Near names are looked for in every image of the process, one of which may be closing."""
    path = shutil.copy(one_native("noisy.c"), tmp_path / "goes.so")
    done = threading.Event()

    def open_and_close() -> None:
        while not done.is_set():
            zffi.load(path).close()

    threads = [threading.Thread(target=open_and_close) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            assert len(zffi.load(None)._symbols()) > 1000
    finally:
        done.set()
        for thread in threads:
            thread.join()
