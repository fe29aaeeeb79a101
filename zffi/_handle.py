"""handle: pointers to types of which a header gives nothing but the name."""

from __future__ import annotations

from . import _core
from . import _pickle as _pickle
from ._cache import Cache

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any

_handles = Cache()


def _make(name: str) -> type[_core.Pointer[Any]]:
    if not isinstance(name, str):
        raise TypeError(f"handle: expected a str, got {type(name).__name__}")
    word = name.removeprefix("struct ").removeprefix("union ")
    is_tagged = name in (word, f"struct {word}", f"union {word}")
    if not is_tagged or not word.isascii() or not word.isidentifier():
        raise ValueError(f"handle: {name!r} is no name of a C type")
    doc = f"The C type {name}, of which only the name is known."
    opaque: Any = _core.CType(word, (_core.Aggregate,), {"__module__": "zffi", "__doc__": doc})
    _core._declare(opaque, name)
    made: type[_core.Pointer[Any]] = _core.POINTER(opaque)
    return made


def handle(name: str, /) -> type[_core.Pointer[Any]]:
    """The class of pointers to an opaque C type, such as `sqlite3 *` for handle("sqlite3").

    The same class each time, for the same name. Values compare, have a hash, are true unless NULL,
    and are taken for parameters of that class, c_void_p and c_const_void_p alone. Nothing can look
    behind them. Raises ValueError for what is no name, or struct or union and a name.
    """
    made: type[_core.Pointer[Any]] = _handles.get(name, lambda: _make(name))
    return made


def make_opaque(name: str) -> Any:
    """What the handle of that name points to."""
    return handle(name)._type_
