from _thread import RLock
from types import FrameType
from typing import Any, ClassVar, Literal, Self, TypeVar, dataclass_transform

from ._core import Aggregate, CType, Field

_S = TypeVar("_S", bound=_Record)

class FieldOptions:
    align: int
    anonymous: bool
    bit_width: int | None

class Options:
    align: int
    endian: str
    is_union: bool
    layout: str
    pack: int
    packed: bool
    def __init__(
        self,
        name: str,
        is_union: bool,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: str = "gcc",
        endian: str = "native",
    ) -> None: ...

class Member:
    def __init__(self, name: str | None, ctype: CType, options: FieldOptions) -> None: ...

def field(
    *,
    default: Any = ...,
    bits: int | None = None,
    align: int = 0,
    offset: int | None = None,
    anonymous: bool = False,
) -> Any: ...

completing: RLock

def caller() -> FrameType: ...
def complete(cls: CType) -> None: ...
def ctype_of(where: str, annotation: Any) -> CType: ...
def define(cls: Any, members: list[Member], options: Options) -> None: ...
def put_in_order(members: list[Member], endian: str) -> None: ...
def replace(value: _S, /, **changes: Any) -> _S: ...
def asdict(value: _Record) -> dict[str, Any]: ...

class _Record(Aggregate):
    def __init__(self, *values: Any, **members: Any) -> None: ...
    _members_: ClassVar[tuple[Field, ...]]
    _options_: ClassVar[Options]
    def __init_subclass__(
        cls,
        *,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: Literal["gcc", "msvc"] = "gcc",
        endian: Literal["native", "big", "little"] = "native",
    ) -> None: ...
    def __replace__(self, **changes: Any) -> Self: ...

@dataclass_transform(field_specifiers=(field,))
class Struct(_Record): ...

class Union(_Record): ...
