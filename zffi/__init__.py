"""zffi: call any native library from Python at the price of a hand-written C extension.

>>> import zffi
>>> from zffi import c_double
>>> hypot = zffi.load("m").func("hypot", c_double, [c_double, c_double])
>>> hypot(3, 4)
5.0
"""

from __future__ import annotations

from . import errors as errors
from ._platform import SUPPORTED as _SUPPORTED
from ._platform import architecture as _architecture
from ._platform import found as _found
from .errors import Error as Error

if _architecture() is None:
    raise errors.UnsupportedPlatformError(
        f"zffi has no engine for {_found()}; it runs on {', '.join(_SUPPORTED)}",
        found=_found(),
        supported=_SUPPORTED,
    )

try:
    from . import _core as _core
except ModuleNotFoundError as error:
    raise ImportError(
        "zffi._core is not compiled for this interpreter; run `python -m pip install .` where the"
        " sources of zffi are, with the same python"
    ) from error

from ._core import GLOBAL as GLOBAL
from ._core import LOCAL as LOCAL
from ._core import POINTER as POINTER
from ._core import Array as Array
from ._core import Field as Field
from ._core import FunctionInfo as FunctionInfo
from ._core import Library as Library
from ._core import Pointer as Pointer
from ._core import addressof as addressof
from ._core import alignment as alignment
from ._core import byref as byref
from ._core import c_bool as c_bool
from ._core import c_byte as c_byte
from ._core import c_char as c_char
from ._core import c_char_p as c_char_p
from ._core import c_const_void_p as c_const_void_p
from ._core import c_double as c_double
from ._core import c_double_complex as c_double_complex
from ._core import c_float as c_float
from ._core import c_float16 as c_float16
from ._core import c_float_complex as c_float_complex
from ._core import c_int as c_int
from ._core import c_int8 as c_int8
from ._core import c_int16 as c_int16
from ._core import c_int32 as c_int32
from ._core import c_int64 as c_int64
from ._core import c_int128 as c_int128
from ._core import c_intmax_t as c_intmax_t
from ._core import c_intptr_t as c_intptr_t
from ._core import c_long as c_long
from ._core import c_longdouble as c_longdouble
from ._core import c_longdouble_complex as c_longdouble_complex
from ._core import c_longlong as c_longlong
from ._core import c_ptrdiff_t as c_ptrdiff_t
from ._core import c_short as c_short
from ._core import c_size_t as c_size_t
from ._core import c_ssize_t as c_ssize_t
from ._core import c_time_t as c_time_t
from ._core import c_ubyte as c_ubyte
from ._core import c_uint as c_uint
from ._core import c_uint8 as c_uint8
from ._core import c_uint16 as c_uint16
from ._core import c_uint32 as c_uint32
from ._core import c_uint64 as c_uint64
from ._core import c_uint128 as c_uint128
from ._core import c_uintmax_t as c_uintmax_t
from ._core import c_uintptr_t as c_uintptr_t
from ._core import c_ulong as c_ulong
from ._core import c_ulonglong as c_ulonglong
from ._core import c_ushort as c_ushort
from ._core import c_void_p as c_void_p
from ._core import c_wchar as c_wchar
from ._core import c_wchar_p as c_wchar_p
from ._core import cast as cast
from ._core import function as function
from ._core import get_errno as get_errno
from ._core import info as info
from ._core import load as load
from ._core import memmove as memmove
from ._core import memset as memset
from ._core import pointer as pointer
from ._core import set_errno as set_errno
from ._core import signature as signature
from ._core import sizeof as sizeof
from ._core import string_at as string_at
from ._core import vector as vector
from ._core import wstring_at as wstring_at
from ._core import zeroed as zeroed

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from ._builder import flexible as flexible
    from ._builder import struct as struct
    from ._builder import union as union
    from ._checks import errno_if as errno_if
    from ._checks import nonzero_is_error as nonzero_is_error
    from ._checks import null_is_error as null_is_error
    from ._enum import enum as enum
    from ._handle import handle as handle
    from ._layout import layout as layout
    from ._memory import create_string_buffer as create_string_buffer
    from ._memory import create_unicode_buffer as create_unicode_buffer
    from ._struct import Struct as Struct
    from ._struct import Union as Union
    from ._struct import asdict as asdict
    from ._struct import field as field
    from ._struct import replace as replace
    from ._stub import dump_stub as dump_stub
del TYPE_CHECKING

__version__ = "0.1.0"

# What is imported when it is used, and the module that has it: an import of zffi should not have to
# wait for what a program may never need.
_LATER = {
    "flexible": "_builder",
    "struct": "_builder",
    "union": "_builder",
    "errno_if": "_checks",
    "nonzero_is_error": "_checks",
    "null_is_error": "_checks",
    "enum": "_enum",
    "handle": "_handle",
    "layout": "_layout",
    "create_string_buffer": "_memory",
    "create_unicode_buffer": "_memory",
    "Struct": "_struct",
    "Union": "_struct",
    "asdict": "_struct",
    "field": "_struct",
    "replace": "_struct",
    "dump_stub": "_stub",
}


def __getattr__(name: str) -> object:
    if name == "types":
        return __import__("zffi.types").types
    if name == "__all__":
        return [name for name in __dir__() if not name.startswith("_")]
    if name not in _LATER:
        raise AttributeError(f"module 'zffi' has no attribute {name!r}")
    found = getattr(__import__(f"zffi.{_LATER[name]}", fromlist=[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, "types"} - {"annotations"})
