"""Eight threads call at once, a hundred thousand times each, and each gets its own answers."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from native import Native

import zffi
from zffi import c_double, c_int64, c_void_p

THREADS = 8
CALLS_OF_EACH = 100_000
MEETINGS = 300

Gil = Literal["release", "hold"]


@pytest.fixture(scope="module")
def library(one_native: Native) -> zffi.Library:
    return zffi.load(one_native("threads.c"))


@pytest.fixture(autouse=True)
def eager_switching() -> Iterator[None]:
    """Threads take turns often, also where calls hold the GIL."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def storm(call: Callable[[int], Any], calls_of_each: int = CALLS_OF_EACH) -> None:
    """Runs `call` in each thread with numbers of its own; it must return what it was given."""
    start = threading.Barrier(THREADS)
    wrong: list[tuple[int, Any]] = []
    finished: list[int] = []

    def work(first: int) -> None:
        start.wait()
        for number in range(first, calls_of_each * THREADS, THREADS):
            answer = call(number)
            if answer != number:
                wrong.append((number, answer))
        finished.append(first)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sorted(finished) == list(range(THREADS))


@pytest.mark.parametrize("gil", ["release", "hold"])
def test_ints(library: zffi.Library, gil: Gil) -> None:
    storm(library.func("same_int", c_int64, [c_int64], gil=gil))


@pytest.mark.parametrize("gil", ["release", "hold"])
def test_doubles(library: zffi.Library, gil: Gil) -> None:
    storm(library.func("same_double", c_double, [c_double], gil=gil))


@pytest.mark.parametrize("gil", ["release", "hold"])
def test_nine_arguments(library: zffi.Library, gil: Gil) -> None:
    types: list[Any] = [c_int64, c_double, c_int64, c_double, *[c_int64] * 5]
    last = library.func("last_of_nine", c_int64, types, gil=gil)
    storm(lambda n: last(n, n, n, float(n), n, n, n, n, n))


@pytest.mark.parametrize("gil", ["release", "hold"])
def test_pointer_results(library: zffi.Library, gil: Gil) -> None:
    make_tagged = library.func("make_tagged", c_void_p, [c_int64], gil=gil)
    take_tagged = library.func("take_tagged", c_int64, [c_void_p, c_int64], gil=gil)
    storm(lambda n: take_tagged(make_tagged(n), n))


def test_all_threads_in_one_function(library: zffi.Library) -> None:
    """Each call returns only when a call of every thread is inside the callee."""
    types: list[Any] = [c_int64, c_int64, c_double, *[c_int64] * 5]
    meet = library.func("meet", c_int64, types, gil="release")
    storm(lambda n: meet(n // THREADS, THREADS, n, n, n, n, n, n), MEETINGS)
