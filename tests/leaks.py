"""How much memory code leaves behind."""

import gc
import sys
from collections.abc import Callable
from typing import Any


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
