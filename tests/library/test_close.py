"""A close that closes: the file is unmapped, functions raise, running calls finish."""

import contextlib
import gc
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from native import Native

import zffi
from zffi import c_char_p, c_int, c_void_p, errors, types


def is_mapped(path: Path) -> bool:
    return bytes(path) in Path("/proc/self/maps").read_bytes()


@pytest.fixture
def copy(one_native: Native, tmp_path: Path) -> Path:
    """A library of its own for each test, so that nobody else keeps it open."""
    return Path(shutil.copy(one_native("slow.c"), tmp_path / "slow.so"))


def test_close_unmaps_and_functions_raise(copy: Path) -> None:
    library = zffi.load(copy)
    inside = library.func("slow_inside", c_int)
    assert inside() == 0
    assert is_mapped(copy)
    library.close()
    assert not is_mapped(copy)
    assert library.closed
    with pytest.raises(
        errors.LibraryClosedError, match=r"slow_inside\(\): .*slow\.so is closed"
    ) as caught:
        inside()
    assert (caught.value.name, caught.value.function) == (str(copy), "slow_inside")
    assert zffi.info(inside).address is None


def test_everything_else_raises_too(copy: Path) -> None:
    library = zffi.load(copy)
    library.close()
    uses = [
        lambda: library.func("slow_inside", c_int),
        lambda: library.sym("slow_inside"),
        lambda: "slow_inside" in library,
        library.__enter__,
    ]
    for use in uses:
        with pytest.raises(errors.LibraryClosedError) as caught:
            use()
        assert caught.value.function is None
    assert library.path is None
    assert library.name == str(copy)


def test_close_twice(copy: Path) -> None:
    library = zffi.load(copy)
    library.close()
    library.close()


def test_context_manager(copy: Path) -> None:
    with zffi.load(copy) as library:
        assert library.func("slow_inside", c_int)() == 0
    assert library.closed
    assert not is_mapped(copy)


def test_context_manager_closes_on_error(copy: Path) -> None:
    with pytest.raises(ZeroDivisionError), zffi.load(copy) as library:
        _ = 1 / 0
    assert library.closed


def test_reopen(copy: Path) -> None:
    for _ in range(3):
        with zffi.load(copy) as library:
            assert library.func("slow_inside", c_int)() == 0
        assert not is_mapped(copy)


def test_one_of_two_stays(copy: Path) -> None:
    first, second = zffi.load(copy), zffi.load(copy)
    inside = second.func("slow_inside", c_int)
    first.close()
    assert inside() == 0
    second.close()
    assert not is_mapped(copy)


def test_a_dropped_library_stays_loaded(copy: Path) -> None:
    """Nobody knows what pointers into it are about: only close() unmaps."""
    address = zffi.load(copy).sym("slow_inside")
    gc.collect()
    assert zffi.function(address, c_int)() == 0


def test_functions_may_outlive_and_precede(copy: Path) -> None:
    """Targets leave the library's list in any order."""
    library = zffi.load(copy)
    functions = [library.func("slow_inside", c_int) for _ in range(5)]
    del functions[0], functions[1], functions[-1]
    library.close()
    for function in functions:
        with pytest.raises(errors.LibraryClosedError):
            function()


@pytest.mark.parametrize(
    ("symbol", "restype", "wanted"),
    [("slow_wait", c_int, 7), ("slow_text", c_char_p, b"still here")],
)
def test_close_while_a_call_runs(copy: Path, symbol: str, restype: Any, wanted: Any) -> None:
    """The call in the other thread returns what it should; the file goes when it has left."""
    library = zffi.load(copy)
    wait = library.func(symbol, restype, [c_void_p, c_void_p])
    entered, leave = c_int(0), c_int(0)
    results: list[Any] = []
    thread = threading.Thread(
        target=lambda: results.append(wait(zffi.byref(entered), zffi.byref(leave)))
    )
    thread.start()
    while not entered.value:
        time.sleep(0.001)
    library.close()
    assert library.closed
    assert is_mapped(copy)
    with pytest.raises(errors.LibraryClosedError):
        wait(None, None)
    leave.value = 1
    thread.join()
    assert results == [wanted]
    assert not is_mapped(copy)


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_close_from_inside(copy: Path, gil: Any) -> None:
    """C calls back, and what it calls closes the library that called."""
    ctypes = pytest.importorskip("ctypes", reason="this interpreter was built without ctypes")
    library = zffi.load(copy)
    call = library.func("slow_call", c_char_p, [c_void_p], gil=gil)
    callback = ctypes.CFUNCTYPE(None)(library.close)
    assert call(ctypes.cast(callback, ctypes.c_void_p).value) == b"back again"
    assert library.closed
    assert not is_mapped(copy)


def test_close_during_argument_conversion(copy: Path) -> None:
    """An __index__ that closes the library: the call must not happen."""
    library = zffi.load(copy)

    class Closer:
        def __index__(self) -> int:
            library.close()
            return 0

    wait = library.func("slow_wait", c_int, [c_void_p, c_void_p], gil="hold")
    with pytest.raises(errors.LibraryClosedError):
        wait(Closer(), None)


def test_close_by_the_collector_during_a_call(copy: Path) -> None:
    """Room for the result is made before the call, which some versions use to collect garbage."""
    library = zffi.load(copy)

    class Result(zffi.Struct):
        number: types.int_

    class Closer:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            library.close()

    inside = library.func("slow_inside", Result)
    assert inside().number == 0
    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    gc.set_threshold(1)
    try:
        Closer()
        with contextlib.suppress(errors.LibraryClosedError):
            gc.enable()
            inside()
    finally:
        gc.set_threshold(*thresholds)
        gc.enable()
    gc.collect()
    assert library.closed
    assert not is_mapped(copy)


def test_close_the_process() -> None:
    process = zffi.load(None)
    getpid = process.func("getpid", c_int)
    process.close()
    with pytest.raises(errors.LibraryClosedError, match=r"getpid\(\): the process is closed"):
        getpid()
