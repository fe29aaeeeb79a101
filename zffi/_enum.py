"""enum: the C types of Python's enum classes."""

from __future__ import annotations

import sys

from . import _core
from ._cache import Cache
from .errors import TypeValidationError

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any, Literal

# By the identity of the class and of the integer type, which the C type keeps alive: as long as it
# is there itself, nothing else can have these.
_types = Cache()
_FITTING = (_core.c_uint, _core.c_int, _core.c_ulonglong, _core.c_longlong)


def _range_of(integer: _core.CType) -> tuple[int, int]:
    bits = 8 * _core.sizeof(integer)
    is_signed = integer._format_.islower()
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if is_signed else (0, (1 << bits) - 1)


def _is_integer(ctype: Any) -> bool:
    is_ctype = isinstance(ctype, _core.CType) and not hasattr(ctype, "_enum_")
    return is_ctype and getattr(ctype, "_format_", "") in set("bBhHiIlL")


def _is_enum(cls: Any) -> bool:
    module = sys.modules.get("enum")  # there is no enum class without it
    return module is not None and isinstance(cls, module.EnumMeta) and issubclass(cls, int)


def _refuse(cls: Any, why: str) -> TypeValidationError:
    return TypeValidationError(f"enum: {cls!r} {why}", where="enum", given=cls)


def _fits(values: list[int], integer: _core.CType) -> bool:
    low, high = _range_of(integer)
    return all(low <= value <= high for value in values)


def _underlying(cls: Any, values: list[int]) -> _core.CType:
    """What gcc and clang choose: unsigned int, int if there are negative values, or wider."""
    for integer in _FITTING:
        if _fits(values, integer):
            return integer
    raise _refuse(cls, "has members that no integer type of 64 bits holds")


def _make(cls: Any, ctype: Any, unknown: str) -> _core.CType:
    if not _is_enum(cls):
        raise _refuse(cls, "is no IntEnum, no IntFlag and no other enum class derived from int")
    members = {int(member): member for member in cls.__members__.values()}
    values = list(members)
    integer = ctype if ctype is not None else vars(cls).get("_integer_")  # as declared in C
    integer = integer if integer is not None else _underlying(cls, values)
    if not _is_integer(integer):
        raise _refuse(cls, f"cannot be of the type {ctype!r}, which is no integer type of C")
    if not _fits(values, integer):
        low, high = _range_of(integer)
        raise _refuse(cls, f"has members that are out of the range of {ctype!r} ({low} to {high})")
    metaclass = sys.modules["enum"].EnumMeta
    made: Any = _core._enum_type(cls, cls.__name__, members, metaclass, integer, unknown == "raise")
    made._enum_ = (cls, ctype, unknown)
    return made  # type: ignore[no-any-return]


def enum(
    cls: type[int], ctype: _core.CType | None = None, *, unknown: Literal["int", "raise"] = "int"
) -> _core.CType:
    """The C type of an enum class: IntEnum, IntFlag, or any enum class derived from int.

    ctype: the integer type; without one, what gcc and clang choose for these values. unknown: what
    becomes of a value from C that no member has: "int", it stays an int, or "raise", a ValueError.
    Raises TypeValidationError.
    """
    if unknown not in ("int", "raise"):
        raise ValueError(f"enum: unknown must be 'int' or 'raise', not {unknown!r}")
    key = (id(cls), id(ctype), unknown)
    made: _core.CType = _types.get(key, lambda: _make(cls, ctype, unknown))
    return made


def resolve(given: Any) -> Any:
    """The C type of an enum class; anything else as it is."""
    return enum(given) if _is_enum(given) else given
