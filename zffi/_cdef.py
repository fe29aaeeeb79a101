"""Library.cdef: C declarations, bound to a library.

What it gives is a plain class, freshly made, whose attributes are what was declared. The
interpreter reaches the attributes of a plain class as fast as those of a module; an instance of the
class, or a metaclass for the comforts it could offer, would cost half a call more each time.
"""

from __future__ import annotations

import contextlib
import copyreg
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

from . import _core
from ._cdef_constant import plain
from ._cdef_scope import Function, Key, Scope, scope_of
from ._cdef_types import DeclaredMeta, Unsupported, in_memory
from .errors import CDefError, Error, LibraryClosedError, SymbolError

# The declarations that later ones of the same library can use.
_scopes: WeakKeyDictionary[_core.Library, Scope] = WeakKeyDictionary()


def cdef(
    library: _core.Library,
    source: str,
    /,
    *,
    gil: Any = None,
    errno: bool = False,
    check: Any = None,
    optional: bool | Collection[str] = False,
    pack: int = 0,
    abi: str | None = None,
) -> Any:
    if not isinstance(source, str):
        raise TypeError(f"cdef() expected a str, got {type(source).__name__}")
    if library.closed:
        name = library.name if library.name is not None else "the process"
        raise LibraryClosedError(f"{name} is closed", name=library.name)
    abi = _core.signature(None, (), abi=abi or library.abi).abi
    around = _scopes.get(library)
    if around is None or around.key[1:] != (source, abi, pack):
        scope = scope_of(Key(around, source, abi, pack))
    else:
        scope = around  # the same text once more
    wanted = (optional,) if isinstance(optional, str) else optional
    made = _Namespace(library, scope, wanted, {"gil": gil, "errno": errno, "check": check})
    namespace = made.build()
    if scope.types or scope.typedefs or scope.constants:
        _scopes[library] = scope
    return namespace


class _Namespace:
    """One namespace in the making."""

    def __init__(
        self,
        library: _core.Library,
        scope: Scope,
        optional: bool | Collection[str],
        options: dict[str, Any],
    ) -> None:
        self._library = library
        self._scope = scope
        self._optional = optional
        self._options = options
        self._found: dict[str, Any] = {}
        self._skipped = dict(scope.skipped)

    def build(self) -> Any:
        self._check_problems()
        self._add_types()
        for name, value in self._scope.constants.items():
            self._found[name] = plain(value)
        for function in self._scope.functions.values():
            self._add_function(function)
        self._add_variables()
        self._add_tags()
        return _make(_label(self._library), self._found, self._skipped)

    def _is_optional(self, name: str) -> bool:
        if isinstance(self._optional, bool):
            return self._optional
        return name in self._optional

    def _check_problems(self) -> None:
        for name, problem in self._scope.problems.items():
            if not self._is_optional(name):
                raise problem.again()
            self._skipped[name] = problem.reason
            if name.isidentifier():
                self._found[name] = None

    def _add_types(self) -> None:
        for name, given in self._scope.typedefs.items():
            # There are types without values: void, those of functions.
            with contextlib.suppress(Unsupported, TypeError):
                self._found[name] = _shown(in_memory(given))

    def _add_function(self, function: Function) -> None:
        is_optional = function.is_inline or self._is_optional(function.name)
        try:
            bound = self._library.func(
                function.symbol, function.signature, optional=is_optional, **self._options
            )
        except Error as error:
            self._explain(error, function.offset)
            raise
        if bound is None:
            self._skipped[function.name] = f"{_label(self._library)} has no such symbol"
            if not self._is_optional(function.name):
                return  # an inline function
        self._found[function.name] = bound

    def _add_variables(self) -> None:
        for variable in self._scope.variables.values():
            try:
                self._found[variable.name] = self._library.var(variable.symbol, variable.ctype)
            except SymbolError as error:
                if not self._is_optional(variable.name):
                    self._explain(error, variable.offset)
                    raise
                self._skipped[variable.name] = f"{_label(self._library)} has no such symbol"
                self._found[variable.name] = None

    def _add_tags(self) -> None:
        for spelling, ctype in self._scope.tags.items():
            _, _, name = spelling.partition(" ")
            shown = _shown(ctype)
            if self._found.get(name, shown) is not shown:
                name = spelling.replace(" ", "_")
            self._found.setdefault(name, shown)

    def _explain(self, error: Error, offset: int) -> None:
        line, _ = self._scope.source.place(offset)
        error.add_note(f"cdef, line {line}: {self._scope.source.line(line).strip()}")


def _label(library: _core.Library) -> str:
    path = library.name
    return path.rpartition("/")[2] if path else "the process"


def _shown(ctype: Any) -> Any:
    """The class of an enum, which has its members, in the place of its C type."""
    return ctype._enum_[0] if "_enum_" in vars(ctype) else ctype


def _refuse(cls: type) -> NoReturn:
    raise TypeError(f"{cls.__name__} is a namespace: it makes no values")


def _make(label: str, found: dict[str, Any], skipped: Mapping[str, str]) -> Any:
    lines = [f"What was declared for {label}."]
    if skipped:
        lines += ["", "Left out:", *(f"- {name}: {why}" for name, why in skipped.items())]
    attributes = {
        **found,
        "__slots__": (),
        "__module__": "zffi",
        "__doc__": "\n".join(lines),
        "__new__": _refuse,
        "__all__": tuple(found),
        "__skipped__": MappingProxyType(dict(skipped)),
    }
    return type(f"cdef of {label}", (), attributes)


# -- Pickles ---------------------------------------------------------------------------------------


def reduce_type(declared: tuple[Scope, str]) -> tuple[Any, ...]:
    """How a class that a declaration has made is pickled: by all the declarations around it."""
    scope, name = declared
    keys = []
    around: Scope | None = scope
    while around is not None:
        keys.append(around.key[1:])
        around = around.parent
    return unpickle_type, (tuple(reversed(keys)), name)


def unpickle_type(keys: tuple[tuple[str, str, int], ...], name: str) -> Any:
    scope: Scope | None = None
    for text, abi, pack in keys:
        scope = scope_of(Key(scope, text, abi, pack))
    assert scope is not None
    if name not in scope.types:
        raise CDefError(f"the declarations have no {name} any more")
    return scope.types[name]


def _reduce_enum(cls: Any) -> str | tuple[Any, ...]:
    declared = vars(cls).get("_declared_")
    return reduce_type(declared) if declared is not None else cls.__qualname__


copyreg.pickle(DeclaredMeta, _reduce_enum)
