"""Ready-made values for `check=`: a C call that says it failed becomes an exception.

A check with a true attribute `needs_errno` makes its function swap errno, from 0, and is called
with the errno of the call as a fourth argument.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    _Function: TypeAlias = Callable[..., Any]


def _shown(result: object) -> str:
    return "NULL" if result is None else repr(result)


class errno_if:
    """errno_if(-1): a result equal to one of the given values raises the OSError of errno.

    Any other result is returned as it is. Functions bound with it swap errno without being told to.
    The OSError is of the subclass that fits, so a missing file is a FileNotFoundError.
    """

    needs_errno = True

    def __init__(self, *failures: object) -> None:
        if not failures:
            raise TypeError("errno_if() needs at least one result that means failure, such as -1")
        self.failures = failures

    def __call__(
        self, result: Any, function: _Function, args: tuple[Any, ...], number: int = 0
    ) -> Any:
        if result in self.failures:
            _fail(result, function, number)
        return result

    def __repr__(self) -> str:
        return f"errno_if({', '.join(map(repr, self.failures))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, errno_if) and self.failures == other.failures

    def __hash__(self) -> int:
        return hash(self.failures)


def null_is_error(result: Any, function: _Function, args: tuple[Any, ...], number: int = 0) -> Any:
    """A NULL result raises the OSError of errno, or says only that it was NULL where errno is 0."""
    if result is None:
        _fail(result, function, number)
    return result


def nonzero_is_error(
    result: Any, function: _Function, args: tuple[Any, ...], number: int = 0
) -> Any:
    """A result that is not 0 raises the OSError of errno, or names the result where errno is 0."""
    if result != 0:
        _fail(result, function, number)
    return result


null_is_error.needs_errno = True  # type: ignore[attr-defined]
nonzero_is_error.needs_errno = True  # type: ignore[attr-defined]


def _fail(result: object, function: _Function, number: int) -> None:
    said = f"{function.__name__}() gave {_shown(result)}"
    raise OSError(number, f"{os.strerror(number)} ({said})") if number else OSError(said)
