"""How C types are pickled: by name, and those that are made on demand by what they are made of; and
what copies of values have besides their memory."""

from __future__ import annotations

import copyreg

from . import _core

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any


def _make_array(element: _core.CType, length: int) -> _core.CType:
    return element * length


def _make_swapped(name: str) -> _core.CType:
    return getattr(_core, name).__ctype_be__  # type: ignore[no-any-return]


def _make_enum(cls: Any, ctype: _core.CType | None, unknown: Any) -> _core.CType:
    from ._enum import enum

    return enum(cls, ctype, unknown=unknown)


def _make_opaque(spelling: str) -> _core.CType:
    from ._handle import make_opaque

    return make_opaque(spelling)  # type: ignore[no-any-return]


def _reduce(ctype: Any) -> str | tuple[Any, ...]:
    if ctype.__bases__ == (_core.Array,):
        return _make_array, (ctype._type_, ctype._length_)
    if "_enum_" in vars(ctype):
        return _make_enum, ctype._enum_
    if ctype.__bases__ == (_core.Aggregate,):
        return _make_opaque, (ctype._spelling_,)
    if ctype.__bases__ == (_core.Vector,):
        return _core.vector, (ctype._type_, ctype._length_)
    if ctype.__bases__ == (_core.Pointer,):
        return _core.POINTER, (ctype._type_,)
    if ctype.__bases__ == (_core.Simple,) and ctype.__name__.endswith("_be"):
        return _make_swapped, (ctype.__name__.removesuffix("_be"),)
    lengthened = vars(ctype).get("_lengthened_")
    if lengthened is not None:
        from ._builder import flexible

        return flexible, lengthened
    declared = vars(ctype).get("_declared_")
    if declared is not None:
        from ._cdef import reduce_type

        return reduce_type(declared)
    return ctype.__qualname__  # type: ignore[no-any-return]


def copy_state(data: Any, made: Any, memo: dict[int, Any] | None) -> None:
    """Gives a copy what a derived class has added, as the module copy does."""
    state = data.__getstate__()
    if memo is not None:
        from copy import deepcopy

        memo[id(data)] = made  # it may be among them
        state = deepcopy(state, memo)
    if state is None:
        return
    if hasattr(made, "__setstate__"):
        made.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    if attributes:
        vars(made).update(attributes)
    for name, value in (slots or {}).items():
        setattr(made, name, value)


copyreg.pickle(_core.CType, _reduce)
