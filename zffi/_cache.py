"""What is made on demand, and kept as long as anybody uses it.

As weakref.WeakValueDictionary, which is slow to import.
"""

from __future__ import annotations

from _weakref import ref

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from typing import Any


class Cache:
    """Values by key, none of which it keeps alive."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[Hashable, ref[Any]] = {}

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of that key; made now, if nobody has it."""
        known = self._known.get(key)
        value = known() if known is not None else None
        if value is None:
            value = make()
            self._known[key] = ref(value, lambda gone: self._forget(key, gone))
        return value

    def _forget(self, key: Hashable, gone: ref[Any]) -> None:
        if self._known.get(key) is gone:  # and not one that was made meanwhile
            del self._known[key]
