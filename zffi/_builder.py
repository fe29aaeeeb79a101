"""Structs and unions by other ways than a class statement: as a decorator, and step by step for
layouts that are known only at run time."""

from __future__ import annotations

from ._core import CType, _declare
from ._struct import (
    FieldOptions,
    Member,
    Options,
    Struct,
    Union,
    caller,
    completing,
    define,
    field,
    put_in_order,
)

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any


class Builder:
    """A struct or union in the making: `struct("Vec2").field("x", c_float).build()`."""

    def __init__(self, name: str, base: type) -> None:
        self._name = name
        self._base = base
        self._members: list[Member] = []

    def field(self, name: str | None, ctype: CType, /, **options: Any) -> Builder:
        """Adds a member, and gives the builder back.

        name: str, or None for a bit-field that is padding, and for an anonymous struct or union.
        The options are those of `zffi.field`.
        """
        said: FieldOptions = field(**options)
        if name is None and said.bit_width is None:
            name = f"_anonymous_{len(self._members)}"
            said.anonymous = True
        self._members.append(Member(name, ctype, said))
        return self

    def build(self, **options: Any) -> Any:
        """The class. The options are the class arguments of `Struct`: pack, packed, align, layout
        and endian. Each call makes another class."""
        is_union = self._base is Union
        read = Options(self._name, is_union, **options)
        metaclass: Any = CType
        module = caller().f_globals.get("__name__")
        cls = metaclass(self._name, (self._base,), {"__module__": module})
        members = [Member(each.name, each.ctype, each.options) for each in self._members]
        put_in_order(members, read.endian)
        define(cls, members, read)
        return cls


def _make(base: type, cls: Any, options: dict[str, Any]) -> Any:
    """The decorator: a class with annotations as a struct of the same name and with its methods."""
    if isinstance(cls, CType):
        raise TypeError(f"{cls.__name__} is a C type already")
    kept = {k: v for k, v in vars(cls).items() if k not in ("__dict__", "__weakref__")}
    bases = tuple(other for other in cls.__bases__ if other is not object)
    metaclass: Any = CType
    return metaclass(cls.__name__, (*bases, base), kept, **options)


def _either(base: type, given: Any, options: dict[str, Any]) -> Any:
    if isinstance(given, str):
        if options:
            raise TypeError(f"{min(options)} is an option of build()")
        return Builder(given, base)
    if given is not None:
        return _make(base, given, options)
    return lambda cls: _make(base, cls, options)


def struct(given: Any = None, /, **options: Any) -> Any:
    """A builder for a struct, given its name; or a decorator that makes a struct of a class with
    annotations, with or without the class arguments of `Struct`."""
    return _either(Struct, given, options)


def union(given: Any = None, /, **options: Any) -> Any:
    """As `struct`, for a union."""
    return _either(Union, given, options)


def flexible(cls: Any, length: int, /) -> Any:
    """The class of a struct with `length` elements in its flexible array member, which is declared
    as an array of 0 at its end. It derives from the struct.

    Raises TypeError for a struct without such a member, ValueError for a negative length.
    """
    if length < 0:
        raise ValueError(f"flexible({cls.__name__}, {length}): an array cannot have that length")
    members = getattr(cls, "_members_", ())
    if not members or getattr(members[-1].type, "_length_", None) != 0:
        raise TypeError(f"{cls.__name__} has no flexible array member")
    with completing:
        known: dict[int, Any] | None = vars(cls).get("_flexible_")
        if known is None:
            known = cls._flexible_ = {}
        if length not in known:
            if len(known) >= 64:  # a program that has ever new lengths
                known.clear()
            known[length] = _lengthen(cls, length)
        return known[length]


def _lengthen(cls: Any, length: int) -> Any:
    made = type(cls)(f"{cls.__name__}_{length}", (cls,), {"__module__": cls.__module__})
    _declare(made, cls._spelling_)
    made._lengthened_ = (cls, length)
    members = [Member.from_core(given) for given in cls._definition_]
    for member in members:
        if member.name in cls._defaults_:
            member.options.default, member.options.has_default = cls._defaults_[member.name], True
    members[-1].ctype = members[-1].ctype._type_ * length
    define(made, members, cls._options_)
    return made
