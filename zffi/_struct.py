"""Struct and Union: classes whose members are annotations, or ctypes' `_fields_`.

The members are collected here; the layout, the fields and the values are the C core's. A class that
has no members, or whose annotations name what is not there yet, is an incomplete type, until it is
used, or `_fields_` is assigned.
"""

from __future__ import annotations

import sys
from _thread import RLock, _local

from ._core import Aggregate, CType, Pointer, _ctype_hint, _declare, _define, _describe
from ._enum import resolve
from .errors import SignatureError, TypeValidationError

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

    from ._core import Field

    _S = TypeVar("_S", bound="_Record")
    _Names: TypeAlias = tuple[dict[str, Any], FrameType | None]  # what code sees: globals, locals

_CO_OPTIMIZED = 1  # as inspect has it


class FieldOptions:
    """What `field()` says of a member, in `Annotated[type, field(...)]` or as its default."""

    __slots__ = ("align", "anonymous", "bit_width", "default", "has_default", "offset")

    def __init__(self, **options: Any) -> None:
        self.default = options.get("default")
        self.has_default = "default" in options
        self.bit_width: int | None = options.get("bits")
        self.align: int = options.get("align", 0)
        self.offset: int | None = options.get("offset")
        self.anonymous: bool = options.get("anonymous", False)

    def __repr__(self) -> str:
        given = ((name, getattr(self, name)) for name in self.__slots__ if name != "has_default")
        return f"field({', '.join(f'{name}={value!r}' for name, value in given if value)})"


def field(**options: Any) -> Any:
    """Says more of a member than its C type: `x: Annotated[types.uint, field(bits=3)]`, or
    `x: types.uint = field(bits=3, default=1)`.

    default: its value in new objects. bits: the width of a bit-field. align: bytes, as alignas.
    offset: bytes, for members that a header leaves out. anonymous: whether its own members are
    members of the whole too. Raises TypeError for another option.
    """
    unknown = options.keys() - {"default", "bits", "align", "offset", "anonymous"}
    if unknown:
        raise TypeError(f"field() has no option {min(unknown)!r}")
    return FieldOptions(**options)


class Member:
    """A member of a class in the making."""

    __slots__ = ("ctype", "name", "options")

    def __init__(self, name: str | None, ctype: CType, options: FieldOptions) -> None:
        for word, number in (("bits", options.bit_width), ("offset", options.offset)):
            if number is not None and number < 0:
                raise SignatureError(f"{name}: {word}={number} is less than 0")
        # Members are found by the address of their name, which in code is interned.
        self.name = sys.intern(name) if type(name) is str else name
        self.ctype: CType = resolve(ctype)
        self.options = options

    def for_core(self) -> tuple[str | None, CType, int, int, int, bool]:
        options = self.options
        bits = -1 if options.bit_width is None else options.bit_width
        offset = -1 if options.offset is None else options.offset
        return self.name, self.ctype, bits, options.align, offset, options.anonymous

    @classmethod
    def from_core(cls, given: tuple[Any, ...]) -> Member:
        options = FieldOptions(align=given[3], anonymous=given[5])
        options.bit_width = given[2] if given[2] >= 0 else None
        options.offset = given[4] if given[4] >= 0 else None
        return cls(given[0], given[1], options)


class Options:
    """How a class is laid out: its class arguments."""

    __slots__ = ("align", "endian", "is_union", "layout", "pack", "packed")

    def __init__(
        self,
        name: str,
        is_union: bool,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: str = "gcc",
        endian: str = "native",
    ) -> None:
        if layout not in ("gcc", "msvc"):
            raise ValueError(f"{name}: layout must be 'gcc' or 'msvc', not {layout!r}")
        if endian not in ("native", "big", "little"):
            raise ValueError(f"{name}: endian must be 'native', 'big' or 'little', not {endian!r}")
        self.is_union = is_union
        self.pack = pack
        self.packed = packed
        self.align = align
        self.layout = layout
        self.endian = endian


# -- Annotations -----------------------------------------------------------------------------------


class _Making(_local):
    """The classes that this thread is making, which have no name yet where others look for it."""

    def __init__(self) -> None:
        self.classes: list[type] = []

    def seen_from(self, cls: type) -> dict[str, type]:
        """Those whose names will be in the scopes of a class."""
        scope = cls.__qualname__
        return {
            made.__name__: made
            for made in self.classes
            if made.__module__ == cls.__module__
            and scope.startswith(made.__qualname__.rpartition(".")[0])
        }


_making = _Making()
completing = RLock()  # the first use of a class may be in two threads


def ctype_of(where: str, annotation: Any) -> CType:
    """The C type that an annotation stands for: itself, in Annotated[...], or Pointer[...]."""
    if isinstance(annotation, CType):
        return annotation
    for extra in reversed(getattr(annotation, "__metadata__", ())):
        if isinstance(extra, CType):
            return extra
    if isinstance(resolve(annotation), CType):
        return resolve(annotation)  # type: ignore[no-any-return]
    origin = getattr(annotation, "__origin__", None)
    if origin is Pointer:
        return Pointer[ctype_of(where, annotation.__args__[0])]  # type: ignore[misc,return-value]
    if hasattr(annotation, "__metadata__"):
        return ctype_of(where, origin)
    raise TypeValidationError(
        f"{where}: {annotation!r} is no C type{_ctype_hint(annotation)}",
        where=where,
        given=annotation,
    )


def _options_of(annotation: Any, default: Any, has_default: bool) -> FieldOptions:
    """The options of a member: from Annotated[...], and from what the class assigns to it."""
    said = [e for e in getattr(annotation, "__metadata__", ()) if isinstance(e, FieldOptions)]
    if has_default:
        is_field = isinstance(default, FieldOptions)
        said.append(default if is_field else FieldOptions(default=default))
    options = FieldOptions()
    for each in said:
        if each.has_default:
            options.default, options.has_default = each.default, True
        options.bit_width = each.bit_width if each.bit_width is not None else options.bit_width
        options.offset = each.offset if each.offset is not None else options.offset
        options.align = each.align or options.align
        options.anonymous = each.anonymous or options.anonymous
    return options


def _own_annotations(cls: type) -> dict[str, Any]:
    own = cls.__dict__.get("__annotations__")  # noqa: RUF063 - inspect is slow to import
    if own is None and sys.version_info >= (3, 14):  # which makes them when they are asked for
        from annotationlib import Format, get_annotations

        own = get_annotations(cls, format=Format.FORWARDREF)
    return own or {}


def _annotated(cls: type, names: _Names) -> list[Member]:
    """The members that annotations declare. NameError where one names what is not there yet."""
    own = _own_annotations(cls)
    if not own:
        return []
    import typing

    alone = type(cls.__name__, (), {"__annotations__": own})
    around = {} if names[1] is None else names[1].f_locals
    inside = {**around, **vars(cls), **_making.seen_from(cls), cls.__name__: cls}
    hints = typing.get_type_hints(alone, names[0], inside, include_extras=True)
    members = []
    for name in own:
        hint = hints[name]
        if typing.get_origin(hint) is typing.ClassVar or hint is typing.ClassVar:
            continue
        default = cls.__dict__.get(name)
        options = _options_of(hint, default, name in cls.__dict__)
        members.append(Member(name, ctype_of(f"{cls.__name__}.{name}", hint), options))
    return members


# -- ctypes' way -----------------------------------------------------------------------------------

_LAYOUTS = {"ms": "msvc", "gcc-sysv": "gcc"}


def _listed(cls: type, fields: Any) -> list[Member]:
    members: list[Member] = []
    for item in fields:
        name, ctype, *bits = item
        is_padding = name is None and bool(bits)
        is_unnamed = name is None and not bits
        if not (isinstance(name, str) or name is None) or len(bits) > 1:
            raise TypeError(f"{cls.__name__}._fields_: {item!r} is no (name, type[, bits])")
        options = FieldOptions(anonymous=is_unnamed)
        if bits:
            options.bit_width = bits[0]
        if is_unnamed and not is_padding:
            name = f"_anonymous_{len(members)}"
        members.append(Member(name, ctype, options))
    return members


def _take_attributes(cls: type, members: list[Member], options: Options) -> None:
    """ctypes says by attributes what are class arguments and options of members here."""
    own = cls.__dict__
    by_name = {member.name: member for member in members}
    for name in own.get("_anonymous_", ()):
        if name not in by_name:
            raise AttributeError(f"{cls.__name__}._anonymous_: no member {name!r}")
        by_name[name].options.anonymous = True
    options.pack = own.get("_pack_", options.pack)
    options.align = own.get("_align_", options.align)
    if "_layout_" in own:
        if own["_layout_"] not in _LAYOUTS:
            words = " or ".join(map(repr, _LAYOUTS))
            raise ValueError(f"{cls.__name__}._layout_ must be {words}, not {own['_layout_']!r}")
        options.layout = _LAYOUTS[own["_layout_"]]


# -- Buffer formats --------------------------------------------------------------------------------

# PEP 3118 in standard sizes, by the native code. A pointer is an address to an importer.
_STANDARD = {"l": "q", "L": "Q", "P": "Q"}
# long double has no standard size: these stay native, without the alignment that goes with it.
_NATIVE_ONLY = ("g", "Zg")


def _format_of(ctype: CType) -> str:
    """The format of a member of this type."""
    lengths = []
    while hasattr(ctype, "_length_"):
        lengths.append(str(ctype._length_))
        ctype = ctype._type_  # type: ignore[assignment]
    code = ctype._format_
    if code in _NATIVE_ONLY:
        code = "^" + code
    elif len(code) == 1 or code[0] == "Z":
        code = "<" + _STANDARD.get(code, code)
    return f"({','.join(lengths)}){code}" if lengths else code


def _struct_format(cls: Any, size: int) -> str:
    """Every member, with the padding between them. What has no format, bit-fields and the members
    of unions, is padding too."""
    parts = ["T{"]
    end = 0
    for member in () if issubclass(cls, Union) else cls._members_:
        if member.bit_width is not None:
            continue
        if member.offset > end:
            parts.append(f"{member.offset - end}x")
        parts.append(f"{_format_of(member.type)}:{member.name}:")
        end = member.offset + member.size
    if size > end:
        parts.append(f"{size - end}x")
    return "".join([*parts, "}"])


# -- Classes ---------------------------------------------------------------------------------------


def _is_in_order(ctype: Any, endian: str) -> bool:
    """Whether this is a struct with that byte order, or an array of such."""
    while hasattr(ctype, "_length_"):
        ctype = ctype._type_
    options: Options | None = getattr(ctype, "_options_", None)
    return options is not None and options.endian == endian


def put_in_order(members: list[Member], endian: str) -> None:
    """Gives the members their byte order."""
    if endian == "native":
        return
    for member in members:
        if _is_in_order(member.ctype, endian):
            continue
        swapped = getattr(member.ctype, f"__ctype_{endian[0]}e__", None)
        if swapped is None:
            raise SignatureError(
                f"{member.name}: {member.ctype.__name__} has no other byte order than its own"
            )
        member.ctype = swapped


def _with_defaults(cls: Any, defaults: dict[str, Any]) -> Any:
    """A value with nothing but these members."""
    value = Aggregate.__new__(cls)
    for name, default in defaults.items():
        setattr(value, name, default)
    return value


def define(cls: Any, members: list[Member], options: Options) -> None:
    """Lays out a declared class, which is a complete type from then on; or nothing has happened."""
    _check_names(cls, members)
    if "_pending_" in vars(cls):
        del cls._pending_  # what contains itself is incomplete
    definition = tuple(member.for_core() for member in members)
    how = (
        definition,
        options.is_union,
        options.layout == "msvc",
        options.packed,
        options.pack,
        options.align,
        options.endian not in ("native", sys.byteorder),
    )
    named = [member for member in members if member.name is not None]
    defaults: dict[str, Any] = {
        str(member.name): member.options.default for member in named if member.options.has_default
    }
    initial = None
    if defaults:  # on a double, since there is no way back from a complete type
        double: Any = CType(cls.__name__, (Aggregate,), {})
        _declare(double, cls._spelling_)
        _define(double, *how)
        _describe(double, b"B", None)
        initial = _with_defaults(double, defaults)
    size = _define(cls, *how)
    cls._members_ = tuple(vars(cls)[member.name] for member in named)
    cls._options_ = options
    cls._definition_ = definition
    cls.__match_args__ = tuple(member.name for member in named)
    cls._defaults_ = defaults
    # Last: from then on other threads use the class.
    _describe(cls, _struct_format(cls, size).encode(), initial)


_OWN = frozenset(
    (
        "_members_",
        "_options_",
        "_definition_",
        "_defaults_",
        "_pending_",
        "_flexible_",
        "_fields_",
        "_declared_",
    )
)


def _check_names(cls: type, members: list[Member]) -> None:
    for member in members:
        name = member.name or ""
        is_taken = name in vars(CType) or (name.startswith("__") and hasattr(Aggregate, name))
        if name in _OWN or is_taken:
            raise TypeError(f"{cls.__name__}.{name} cannot be a member: the class needs that name")
        taken = cls.__dict__.get(name)
        if callable(taken) or isinstance(taken, (property, classmethod, staticmethod)):
            raise TypeError(f"{cls.__name__}.{member.name} is a member, and a method too")


def _will_have_members(cls: type) -> bool:
    """Whether a class says what its members are, although they are not known yet."""
    return "_pending_" in vars(cls) and ("_fields_" in vars(cls) or bool(_own_annotations(cls)))


def _has_more(cls: type, names: _Names) -> bool:
    """Whether a derived class declares members of its own."""
    try:
        return "_fields_" in vars(cls) or bool(_annotated(cls, names))
    except (NameError, TypeValidationError):
        return True


def _waiting(cls: type) -> Any:
    """The class whose members this one has, while they are not known yet; or None."""
    for base in cls.__mro__:
        if "_pending_" in vars(base):
            return base if base is cls or _will_have_members(base) else None
    return None


def complete(cls: Any) -> None:
    """Gives a declared class its members, if it is known by now what they are."""
    with completing:
        waiting = _waiting(cls)
        if waiting is not None:
            _complete(waiting, waiting._pending_)


def _complete(cls: Any, pending: tuple[_Names, Options]) -> None:
    names, options = pending
    fields = cls.__dict__.get("_fields_")
    try:
        members = _listed(cls, fields) if fields is not None else _annotated(cls, names)
    except NameError as error:
        raise TypeValidationError(
            f"{cls._spelling_} is incomplete: {error}", where=cls.__name__, given=cls
        ) from None
    if fields is None and not members:
        return
    for derived in cls.__subclasses__():
        if "_pending_" in vars(derived) or "_members_" in vars(derived):
            raise TypeError(
                f"{cls.__name__} cannot get members: {derived.__name__}, which has its own,"
                " derives from it"
            )
    _take_attributes(cls, members, options)
    put_in_order(members, options.endian)
    try:
        define(cls, members, options)
    except BaseException:
        cls._pending_ = pending
        raise


def caller() -> FrameType:
    """The frame of the code outside zffi that makes a class."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__package__") == "zffi" and frame.f_back is not None:
        frame = frame.f_back
    return frame


class _Record(Aggregate, metaclass=CType):
    """What Struct and Union share: the class arguments, and that members make a C type."""

    __slots__ = ()
    if TYPE_CHECKING:
        _members_: ClassVar[tuple[Field, ...]]
        _options_: ClassVar[Options]
        _definition_: ClassVar[tuple[tuple[Any, ...], ...]]
        _defaults_: ClassVar[dict[str, Any]]

    def __init_subclass__(
        cls,
        *,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: Literal["gcc", "msvc"] = "gcc",
        endian: Literal["native", "big", "little"] = "native",
        **rest: Any,
    ) -> None:
        super().__init_subclass__(**rest)
        if _Record in cls.__bases__:
            return
        is_union = issubclass(cls, Union)
        options = Options(cls.__name__, is_union, pack, packed, align, layout, endian)
        frame = caller()
        # f_locals of a function are a copy, which would keep what is in it until the function ends.
        is_function = frame.f_code.co_flags & _CO_OPTIMIZED
        is_module = not is_function and frame.f_locals is frame.f_globals
        names = (frame.f_globals, None if is_module else frame)
        with completing:  # or a base class may get its members meanwhile
            bases = cls.__mro__[1:]
            if any("_members_" in vars(base) or _will_have_members(base) for base in bases):
                if _has_more(cls, names):
                    raise TypeError(
                        f"{cls.__name__}: a struct with members cannot get more by deriving"
                    )
                if pack or packed or align or layout != "gcc" or endian != "native":
                    raise TypeError(
                        f"{cls.__name__} has the layout of the struct that it derives from"
                    )
                return  # the same C type
            _declare(cls, f"{'union' if is_union else 'struct'} {cls.__name__}")
            cls._pending_ = (names, options)
            _making.classes.append(cls)
            try:
                complete(cls)
            except TypeValidationError as error:
                if error.given is not cls:  # or what the annotations name may come later
                    raise
            finally:
                _making.classes.pop()

    def __replace__(self: _S, **changes: Any) -> _S:
        return replace(self, **changes)


class Struct(_Record):
    """A C struct. Members are annotations with C types, or a list `_fields_` as in ctypes.

    Class arguments: pack (as #pragma pack: 1, 2, 4, 8, 16), packed (GCC's attribute), align (bytes,
    as alignas), layout ("gcc" or "msvc": whose rules place the members), endian ("big" or "little":
    the byte order of the members, if it is not the machine's). Without members the class is an
    incomplete type. Raises SignatureError for members that cannot be laid out, TypeValidationError
    and TypeError for what is no C type.
    """

    __slots__ = ()


class Union(_Record):
    """A C union. As Struct, but all members lie at the same place."""

    __slots__ = ()


def signature_of(cls: Any) -> Any:
    """What inspect.signature() shows of a struct: its members, with their values in a new one."""
    from inspect import Parameter, Signature

    kind, fresh = Parameter.POSITIONAL_OR_KEYWORD, cls()
    return Signature(
        [Parameter(name, kind, default=getattr(fresh, name)) for name in cls.__match_args__]
    )


# -- Functions -------------------------------------------------------------------------------------


def replace(value: _S, /, **changes: Any) -> _S:
    """A copy of a struct or union, with other values for some of its members.

    Raises TypeError for a name that is no member, and what assigning to the member raises.
    """
    made = value.__copy__()
    Aggregate.__init__(made, **changes)
    return made


def asdict(value: _Record) -> dict[str, Any]:
    """The members of a struct or union, in order, as a dict of Python objects.

    Structs inside become dicts, arrays become lists, those of characters text; pointers stay what
    they are.
    """
    return {member.name: _plain(getattr(value, member.name)) for member in value._members_}


def _plain(value: Any) -> Any:
    if isinstance(value, _Record):
        return asdict(value)
    if isinstance(value, Aggregate) or not hasattr(type(value), "_length_"):
        return value
    text = getattr(value, "value", None)
    return text if text is not None else [_plain(item) for item in value]
