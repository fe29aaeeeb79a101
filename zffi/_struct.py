"""Struct and Union: classes whose members are annotations, or ctypes' `_fields_`.

The members are collected here; the layout, the fields and the values are the C core's.
"""

from __future__ import annotations

from ._core import Aggregate, CType, _define

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from typing import Any, ClassVar, Literal, TypeAlias

    from ._core import Field

    _Member: TypeAlias = tuple[str | None, CType, int]

_NO_BITS = -1


def _ctype_of(cls: type, name: str, annotation: Any) -> CType:
    """The C type that an annotation stands for: itself, or in Annotated[...]."""
    if isinstance(annotation, CType):
        return annotation
    for extra in getattr(annotation, "__metadata__", ()):
        if isinstance(extra, CType):
            return extra
    raise TypeError(f"{cls.__name__}.{name}: {annotation!r} is no C type")


def _annotated(cls: type) -> list[_Member]:
    import typing

    own = cls.__dict__.get("__annotations__")  # noqa: RUF063 - inspect is slow to import
    if own is None:  # CPython 3.14 makes them when they are asked for
        own = getattr(cls, "__annotations__", {})
    hints = typing.get_type_hints(cls, include_extras=True)
    names = [name for name in own if typing.get_origin(hints[name]) is not typing.ClassVar]
    return [(name, _ctype_of(cls, name, hints[name]), _NO_BITS) for name in names]


def _listed(cls: type, fields: Any) -> list[_Member]:
    members: list[_Member] = []
    for field in fields:
        name, ctype, *bits = field
        if not (isinstance(name, str) or (name is None and bits)) or len(bits) > 1:
            raise TypeError(f"{cls.__name__}._fields_: {field!r} is no (name, type[, bits])")
        members.append((name, ctype, bits[0] if bits else _NO_BITS))
    return members


def _define_class(
    cls: Any, is_union: bool, pack: int, packed: bool, align: int, layout: str
) -> None:
    if layout not in ("gcc", "msvc"):
        raise ValueError(f"{cls.__name__}: layout must be 'gcc' or 'msvc', not {layout!r}")
    fields = cls.__dict__.get("_fields_")
    members = _listed(cls, fields) if fields is not None else _annotated(cls)
    if any("_members_" in vars(base) for base in cls.__mro__[1:]):
        if members:
            raise TypeError(f"{cls.__name__}: a struct with members cannot get more by deriving")
        return  # the same C type
    kind = "union" if is_union else "struct"
    name = f"{kind} {cls.__name__}"
    _define(cls, name, tuple(members), is_union, layout == "msvc", packed, pack, align)
    cls._members_ = tuple(vars(cls)[name] for name, _, _ in members if name is not None)


class _Record(Aggregate, metaclass=CType):
    """What Struct and Union share: the class arguments, and that members make a C type."""

    __slots__ = ()
    if TYPE_CHECKING:
        _members_: ClassVar[tuple[Field, ...]]

    def __init_subclass__(
        cls,
        *,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: Literal["gcc", "msvc"] = "gcc",
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        if _Record not in cls.__bases__:
            _define_class(cls, issubclass(cls, Union), pack, packed, align, layout)


class Struct(_Record):
    """A C struct. Members are annotations with C types, or a list `_fields_` as in ctypes.

    Class arguments: pack (as #pragma pack: 1, 2, 4, 8, 16), packed (GCC's attribute), align (bytes,
    as alignas), layout ("gcc" or "msvc": whose rules place the members). Raises SignatureError for
    members that cannot be laid out, TypeValidationError and TypeError for what is no C type.
    """

    __slots__ = ()


class Union(_Record):
    """A C union. As Struct, but all members lie at the same place."""

    __slots__ = ()
