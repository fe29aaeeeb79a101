from typing import Any, ClassVar, Literal

from ._core import Aggregate, Field

class _Record(Aggregate):
    _members_: ClassVar[tuple[Field, ...]]
    def __init__(self, *values: Any, **members: Any) -> None: ...
    def __init_subclass__(
        cls,
        *,
        pack: int = 0,
        packed: bool = False,
        align: int = 0,
        layout: Literal["gcc", "msvc"] = "gcc",
    ) -> None: ...

class Struct(_Record): ...
class Union(_Record): ...
