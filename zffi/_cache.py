"""What is made on demand, and kept as long as anybody uses it.

As weakref.WeakValueDictionary, which is slow to import.
"""

from __future__ import annotations

from _thread import RLock
from _weakref import ref

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any


class Cache:
    """Values by key, none of which it keeps alive."""

    __slots__ = ("_known", "_lock")

    def __init__(self) -> None:
        self._known: dict[Hashable, ref[Any]] = {}
        self._lock = RLock()  # garbage may be collected anywhere, and be one of the values

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of that key; made now, if nobody has it. All threads get the same."""
        value = self._find(key)
        if value is not None:
            return value
        made = make()
        with self._lock:
            value = self._find(key)
            if value is None:
                value = made
                self._known[key] = ref(made, lambda gone: self._forget(key, gone))
        return value

    def _find(self, key: Hashable) -> Any:
        known = self._known.get(key)
        return known() if known is not None else None

    def _forget(self, key: Hashable, gone: ref[Any]) -> None:
        with self._lock:
            if self._known.get(key) is gone:  # and not one that was made meanwhile
                del self._known[key]
