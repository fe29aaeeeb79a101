"""handle: pointers to types of which a header gives nothing but the name."""

from __future__ import annotations

import re
from weakref import WeakValueDictionary

from . import _core

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any

_handles: WeakValueDictionary[str, type[_core.Pointer[Any]]] = WeakValueDictionary()
_NAME = re.compile(r"(?:(?:struct|union) )?([A-Za-z_][A-Za-z0-9_]*)")


def _make(name: str) -> type[_core.Pointer[Any]]:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"handle: {name!r} is no name of a C type")
    namespace = {
        "__module__": "zffi",
        "__doc__": f"The C type {name}, of which only that is known.",
    }
    opaque: Any = _core.CType(match[1], (_core.Aggregate,), namespace)
    _core._declare(opaque, name)
    made: type[_core.Pointer[Any]] = _core.POINTER(opaque)
    return made


def handle(name: str, /) -> type[_core.Pointer[Any]]:
    """The class of pointers to an opaque C type, such as `sqlite3 *` for handle("sqlite3").

    The same class each time, for the same name. Values compare, have a hash, are true unless NULL,
    and are taken for parameters of that class, c_void_p and c_const_void_p alone. Nothing can look
    behind them. Raises ValueError for what is no name, or struct or union and a name.
    """
    made = _handles.get(name)
    if made is None:
        made = _handles[name] = _make(name)
    return made


def make_opaque(name: str) -> Any:
    """What the handle of that name points to."""
    return handle(name)._type_
