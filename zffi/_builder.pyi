from collections.abc import Callable
from typing import Any, Literal, TypeVar, dataclass_transform, overload

from ._core import CType
from ._struct import Struct, field

_T = TypeVar("_T")
_S = TypeVar("_S", bound=Struct)

class Builder:
    def field(
        self,
        name: str | None,
        ctype: CType,
        /,
        *,
        default: Any = ...,
        bits: int | None = None,
        align: int = 0,
        offset: int | None = None,
        anonymous: bool = False,
    ) -> Builder: ...
    def build(
        self,
        *,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: Literal["gcc", "msvc"] = "gcc",
        endian: Literal["native", "big", "little"] = "native",
    ) -> Any: ...

@overload
def struct(name: str, /) -> Builder: ...
@overload
@dataclass_transform(field_specifiers=(field,))
def struct(cls: type[_T], /) -> type[_T]: ...
@overload
@dataclass_transform(field_specifiers=(field,))
def struct(
    *,
    pack: int = 0,
    packed: bool = False,
    align: int = 0,
    layout: Literal["gcc", "msvc"] = "gcc",
    endian: Literal["native", "big", "little"] = "native",
) -> Callable[[type[_T]], type[_T]]: ...
@overload
def union(name: str, /) -> Builder: ...
@overload
def union(cls: type[_T], /) -> type[_T]: ...
@overload
def union(
    *,
    pack: int = 0,
    packed: bool = False,
    align: int = 0,
    layout: Literal["gcc", "msvc"] = "gcc",
    endian: Literal["native", "big", "little"] = "native",
) -> Callable[[type[_T]], type[_T]]: ...
def flexible(cls: type[_S], length: int, /) -> type[_S]: ...
