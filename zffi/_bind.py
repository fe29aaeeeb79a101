"""Library.bind: a Python function's annotations as the signature of a C function."""

from __future__ import annotations

from inspect import Parameter, cleandoc, signature
from types import FunctionType
from typing import Any, NoReturn, get_type_hints

from . import _core
from ._struct import caller, ctype_of
from .errors import SignatureError, TypeValidationError

_KINDS = {
    Parameter.KEYWORD_ONLY: "C has no keyword arguments",
    Parameter.VAR_KEYWORD: "C has no keyword arguments",
}


def bind(
    library: _core.Library,
    function: Any = None,
    /,
    *,
    symbol: str | None = None,
    gil: Any = None,
    errno: bool = False,
    check: Any = None,
    abi: str | None = None,
    optional: bool = False,
) -> Any:
    options = {"gil": gil, "errno": errno, "check": check, "abi": abi, "optional": optional}

    def decorate(function: Any) -> Any:
        if not isinstance(function, FunctionType):
            given = type(function).__name__
            raise TypeError(f"bind() expected a function with annotations, got {given}")
        return _bind(library, function, symbol, options)

    return decorate if function is None else decorate(function)


def _bind(
    library: _core.Library, function: FunctionType, symbol: str | None, options: dict[str, Any]
) -> Any:
    _check_body(function)
    hints = _hints(function)
    name = function.__name__
    if "return" not in hints:
        raise _refuse(name, "the result has no annotation; write -> None for void")
    argtypes: dict[str, Any] = {}
    fixed = None
    for parameter in signature(function).parameters.values():
        if parameter.kind is Parameter.VAR_POSITIONAL:
            _check_rest(name, parameter.name, hints)
            fixed = len(argtypes)
            continue
        _check_parameter(name, parameter, hints)
        argtypes[parameter.name] = _type_of(name, parameter.name, hints[parameter.name])
    result = hints["return"]
    is_void = result is None or result is type(None)
    doc = function.__doc__
    return library.func(
        symbol if symbol is not None else name,
        None if is_void else _type_of(name, "return", result),
        argtypes,
        fixed=fixed,
        doc=cleandoc(doc) if doc is not None else None,
        **options,
    )


def _refuse(name: str, why: str) -> SignatureError:
    return SignatureError(f"bind: {name}(): {why}")


def _type_of(name: str, parameter: str, hint: Any) -> Any:
    return ctype_of(f"bind: {name}(): {parameter}", hint)


def _check_parameter(name: str, parameter: Parameter, hints: dict[str, Any]) -> None:
    if parameter.kind in _KINDS:
        raise _refuse(name, f"{parameter.name}: {_KINDS[parameter.kind]}")
    if parameter.default is not Parameter.empty:
        raise _refuse(name, f"{parameter.name}: C has no default values")
    if parameter.name not in hints:
        raise _refuse(name, f"{parameter.name} has no annotation")


def _check_rest(name: str, parameter: str, hints: dict[str, Any]) -> None:
    """`*args` are the dots of a variadic function, whose types nobody can say before."""
    if hints.get(parameter, Any) not in (Any, object):
        raise _refuse(
            name,
            f"*{parameter} stands for the dots of a variadic function, whose types come from the"
            " values; annotate it as object",
        )


def _hints(function: FunctionType) -> dict[str, Any]:
    """The annotations. Names in them are looked up where the function was written."""
    around: dict[str, Any] = {}
    frame = caller()
    scope = frame.f_code.co_qualname
    if function.__qualname__.rpartition(".")[0] in (scope, f"{scope}.<locals>"):
        around.update(frame.f_locals)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            around[name] = cell.cell_contents
        except ValueError:
            continue  # it has no value yet
    try:
        return get_type_hints(function, function.__globals__, around, include_extras=True)
    except NameError as error:
        raise TypeValidationError(
            f"bind: {function.__name__}(): {error}", where=function.__name__, given=function
        ) from None


# -- Bodies ----------------------------------------------------------------------------------------


def _nothing() -> None: ...


def _documented() -> None:
    """A body of a docstring alone."""


def _raising() -> NoReturn:
    raise NotImplementedError


def _raising_documented() -> NoReturn:
    """A body of a docstring, and what type checkers take for a function that is not written."""
    raise NotImplementedError


_EMPTY = {each.__code__.co_code for each in (_nothing, _documented)}
_RAISING = {each.__code__.co_code for each in (_raising, _raising_documented)}


def _check_body(function: FunctionType) -> None:
    code = function.__code__
    says_nothing = code.co_code in _EMPTY and set(code.co_consts) <= {None, function.__doc__}
    raises = code.co_code in _RAISING and code.co_names == ("NotImplementedError",)
    if not (says_nothing or raises):
        raise _refuse(
            function.__name__,
            "its body would never run; write nothing but a docstring, `...` or"
            " `raise NotImplementedError`",
        )
