"""Types as C declares them, and what they are to zffi: as a member, a parameter, a result."""

from __future__ import annotations

from enum import EnumMeta, IntEnum
from typing import Any

from . import _core
from ._cdef_text import WIDE_COMPLEX
from ._core import POINTER, CType, sizeof
from ._handle import handle

_BYTES = (_core.c_byte, _core.c_ubyte, _core.c_int8, _core.c_uint8)


class Type:
    """A C type: what zffi's own types do not say of it is here.

    kind: "void", "scalar", "record", "enum", "pointer", "array", "function", or "unsupported".
    ctype: of scalars, records and enums. target: what a pointer points to, the element of an array,
    the result of a function. length: of an array, None if it says none. reason: why it is not
    supported. align: what a typedef asks for, or 0.
    """

    __slots__ = (
        "abi",
        "align",
        "ctype",
        "is_const",
        "is_variadic",
        "kind",
        "length",
        "parameters",
        "reason",
        "target",
    )

    def __init__(
        self, kind: str, ctype: Any = None, target: Type | None = None, length: int | None = None
    ) -> None:
        self.kind = kind
        self.ctype = ctype
        self.target: Any = target
        self.length = length
        self.is_const = False
        self.align = 0
        self.parameters: list[tuple[str | None, Type]] = []
        self.is_variadic = False
        self.abi: str | None = None
        self.reason = ""

    def copy(self) -> Type:
        made = Type(self.kind, self.ctype, self.target, self.length)
        for name in ("is_const", "align", "parameters", "is_variadic", "abi", "reason"):
            setattr(made, name, getattr(self, name))
        return made

    def const(self) -> Type:
        if self.is_const:
            return self
        made = self.copy()
        made.is_const = True
        if self.kind == "array":
            made.target = self.target.const()
        return made


class Unsupported(Exception):
    """What zffi cannot do with a type, and why."""


def unsupported(reason: str) -> Type:
    made = Type("unsupported")
    made.reason = reason
    return made


VOID = Type("void")


def pointer_to(target: Type) -> Any:
    """The class of pointers to a type."""
    if target.kind == "void":
        return _core.c_const_void_p if target.is_const else _core.c_void_p
    if target.kind in ("function", "unsupported"):
        return _core.c_void_p
    if target.is_const and target.ctype is _core.c_char:
        return _core.c_char_p
    if target.is_const and target.ctype is _core.c_wchar:
        return _core.c_wchar_p
    if target.kind == "array" and target.length is None:
        return pointer_to(target.target)
    return POINTER(in_memory(target))


def in_memory(given: Type) -> Any:
    """The C type of a member, an element or a variable."""
    if given.kind in ("scalar", "record", "enum"):
        return given.ctype
    if given.kind == "pointer":
        return pointer_to(given.target)
    if given.kind == "array":
        return in_memory(given.target) * (given.length or 0)
    if given.kind == "unsupported":
        raise Unsupported(given.reason)
    raise Unsupported(f"a {given.kind} is no value")


def of_result(given: Type) -> Any:
    return None if given.kind == "void" else in_memory(given)


def of_parameter(given: Type) -> Any:
    """Arrays and functions decay; bytes that C only reads may be any buffer."""
    if given.kind == "function":
        return _core.c_void_p
    if given.kind == "array":
        made = Type("pointer", target=given.target)
        return of_parameter(made)
    if given.kind == "pointer" and given.target.is_const and given.target.ctype in _BYTES:
        return _core.c_const_void_p
    return in_memory(given)


# -- Scalars ---------------------------------------------------------------------------------------


class Model:
    """What C compilers of a platform take the words for."""

    def __init__(self, abi: str) -> None:
        is_windows = abi in ("win64", "winarm64")
        self.rules = "msvc" if is_windows else "gcc"
        self.long_bits = 32 if is_windows else 64
        self.has_wide_double = abi in ("sysv64", "aapcs64")
        self.enum: CType | None = _core.c_int if is_windows else None
        self.is_char_signed = abi not in ("aapcs64",)
        self.typedefs = dict(_TYPEDEFS)
        if is_windows:
            self.typedefs.update(wchar_t=_core.c_uint16, wint_t=_core.c_uint16, off_t=_core.c_int)
            self.typedefs["__int64"] = _core.c_longlong
        elif abi == "apple64":
            self.typedefs.update(wint_t=_core.c_int, clock_t=_core.c_ulong, off_t=_core.c_longlong)

    def scalar(self, words: list[str]) -> Any:
        """The type of `unsigned long int` and its like; None if there is no such."""
        signs = {"signed", "unsigned"}.intersection(words)
        rest = [word for word in words if word not in ("_Complex", "int", *signs)]
        longs = rest.count("long")
        name = " ".join(word for word in rest if word != "long")
        if len(signs) > 1 or longs > 2 or (longs and name not in ("", "double")):
            return None
        if signs and name not in ("", "char", "short", "__int128"):
            return None
        if "int" in words and name not in ("", "short"):
            return None
        if "_Complex" in words:
            is_integer = signs or "int" in words or (longs and name != "double") or longs > 1
            if is_integer or name not in ("", "float", "double"):
                return None
            return _COMPLEX[name or "double", bool(longs) and self.has_wide_double]
        if name == "double" and longs > 1:
            return None
        if name == "double" and longs:
            return _core.c_longdouble if self.has_wide_double else _core.c_double
        if name == "char" and signs:
            name = "signed char"
        elif longs:
            wide = longs == 2 or (name == "" and self.long_bits == 64)
            name = ("long long" if longs == 2 else "long") if wide else "int"
        elif name == "" and words:
            name = "int"
        made = _SCALARS.get(name)
        return made[int("unsigned" in signs)] if made is not None else None

    def as_number(self, ctype: Any) -> Any:
        """A char as the number that it is, for bit-fields."""
        if ctype is _core.c_char:
            return _core.c_byte if self.is_char_signed else _core.c_ubyte
        return ctype


_SCALARS: dict[str, tuple[Any, Any]] = {
    "char": (_core.c_char, _core.c_char),
    "signed char": (_core.c_byte, _core.c_ubyte),
    "short": (_core.c_short, _core.c_ushort),
    "int": (_core.c_int, _core.c_uint),
    "long": (_core.c_long, _core.c_ulong),
    "long long": (_core.c_longlong, _core.c_ulonglong),
    "__int128": (_core.c_int128, _core.c_uint128),
    "_Bool": (_core.c_bool, _core.c_bool),
    "float": (_core.c_float, _core.c_float),
    "double": (_core.c_double, _core.c_double),
}
_COMPLEX = {
    ("float", False): _core.c_float_complex,
    ("double", False): _core.c_double_complex,
    ("double", True): _core.c_longdouble_complex,
}

_TYPEDEFS: dict[str, Any] = {
    name.removeprefix("c_"): ctype for name, ctype in vars(_core).items() if name.endswith("_t")
}
for _bits in (8, 16, 32, 64):
    for _u in ("", "u"):
        _TYPEDEFS[f"{_u}int{_bits}_t"] = getattr(_core, f"c_{_u}int{_bits}")
        _TYPEDEFS[f"{_u}int_least{_bits}_t"] = getattr(_core, f"c_{_u}int{_bits}")
        _wide = 8 if _bits == 8 else 64  # as glibc has the fast ones
        _TYPEDEFS[f"{_u}int_fast{_bits}_t"] = getattr(_core, f"c_{_u}int{_wide}")
_TYPEDEFS.update(
    bool=_core.c_bool,
    wchar_t=_core.c_wchar,
    wint_t=_core.c_uint,
    char8_t=_core.c_ubyte,
    char16_t=_core.c_uint16,
    char32_t=_core.c_uint32,
    _Float16=_core.c_float16,
    _Float32=_core.c_float,
    _Float32x=_core.c_double,
    _Float64=_core.c_double,
    __int128_t=_core.c_int128,
    __uint128_t=_core.c_uint128,
    # POSIX, where all 64-bit Linux agrees
    off_t=_core.c_long,
    pid_t=_core.c_int,
    uid_t=_core.c_uint,
    gid_t=_core.c_uint,
    id_t=_core.c_uint,
    mode_t=_core.c_uint,
    dev_t=_core.c_ulong,
    ino_t=_core.c_ulong,
    clock_t=_core.c_long,
    clockid_t=_core.c_int,
    useconds_t=_core.c_uint,
    suseconds_t=_core.c_long,
    socklen_t=_core.c_uint,
)
_NO_VA_LIST = "a va_list can only be made by C; declare the function that takes `...` instead"
UNSUPPORTED = {
    "va_list": _NO_VA_LIST,
    "__builtin_va_list": _NO_VA_LIST,
    "__gnuc_va_list": _NO_VA_LIST,
    "_Float64x": "zffi has no _Float64x",
    "__float128": "zffi has no __float128",
    "_Float128": "zffi has no _Float128",
    "_Float128x": "zffi has no _Float128x",
    WIDE_COMPLEX: "zffi has no complex numbers of this type",
    "__bf16": "zffi has no __bf16",
    "_Decimal32": "zffi has no decimal floating point",
    "_Decimal64": "zffi has no decimal floating point",
    "_Decimal128": "zffi has no decimal floating point",
}
OPAQUE = ("FILE", "DIR")


def standard(model: Model, name: str) -> Type | None:
    """What C's own headers, or the compiler, call so."""
    if name in OPAQUE:
        return Type("record", handle(name)._type_)
    if name in UNSUPPORTED:
        return unsupported(UNSUPPORTED[name])
    ctype = model.typedefs.get(name)
    return Type("scalar", ctype) if ctype is not None else None


def is_same_scalar(given: Type, other: Type) -> bool:
    """Whether a typedef says of a standard name what everybody knows."""
    if given.kind != other.kind or given.kind != "scalar":
        return given.kind in ("record", "unsupported") and other.kind in ("record", "unsupported")
    a, b = given.ctype, other.ctype
    return sizeof(a) == sizeof(b) and _sign(a) == _sign(b)


def _sign(ctype: Any) -> str:
    code = ctype._format_
    if code in ("b", "h", "i", "l", "q"):
        return "signed"
    return "unsigned" if code in ("B", "H", "I", "L", "Q") else code


# -- Enums -----------------------------------------------------------------------------------------


class DeclaredMeta(EnumMeta):
    """The class of enums that a declaration makes, so that they can be pickled by it."""


class DeclaredEnum(IntEnum, metaclass=DeclaredMeta):
    """What the enums of declarations derive from."""


def make_enum(name: str, values: dict[str, int]) -> Any:
    """An IntEnum of all that it can name: a class has names of its own."""
    members = {
        key: value
        for key, value in values.items()
        if key != "mro" and not (key.startswith("_") and key.endswith("_"))
    }
    make: Any = DeclaredEnum
    return make(name, members, module="zffi")
