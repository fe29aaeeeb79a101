"""Many threads at once: the same work in each, begun at the same moment."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

THREADS = 4
ROUNDS = int(os.environ.get("ZFFI_STORM_ROUNDS", "1"))  # how often each storm is repeated


def has_gil() -> bool:
    """Whether one thread at a time runs Python code in this interpreter."""
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def run(work: Callable[[int], None]) -> None:
    """The same work in each thread, with the thread's number; what one raises is raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def guarded(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def quick_switches() -> Iterator[None]:
    """Threads take turns often, where there is a GIL."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
