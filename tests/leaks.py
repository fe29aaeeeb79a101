"""How much memory code leaves behind, and how many references."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterable
from typing import Any

import pytest


def blocks_left(action: Callable[[], Any], repetitions: int, warm_up: int) -> int:
    """How many blocks more are allocated after so many repetitions, when warm."""
    for _ in range(warm_up):
        action()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(repetitions):
        action()
    gc.collect()
    return sys.getallocatedblocks() - before


def need_classes_that_go() -> None:
    """The free-threaded CPython 3.13 keeps every class, once there has been a second thread; and
    something of each before that."""

    def pass_by() -> "weakref.ref[Any]":
        class Passing:
            pass

        return weakref.ref(Passing)

    gone = pass_by()
    gc.collect()
    if gone() is not None or blocks_left(pass_by, 50, warm_up=10) > 25:
        pytest.skip("this CPython keeps all classes for ever")


SHARED = 100  # references, and more: to None, to small numbers


def references_of(objects: Iterable[Any]) -> list[int]:
    """To each; of what everybody shares, always the same."""
    return [min(sys.getrefcount(each), SHARED) for each in objects]
