"""The exceptions of zffi. Every one is an `Error`, and also the builtin exception that fits.

Each keeps what its message says in attributes, survives pickling (so that it crosses a process
pool), and is raised before anything is called: an error in an argument means that C has not run.
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "ArgumentOverflowError",
    "ArgumentValueError",
    "CDefError",
    "CallCancelled",
    "CallTimeout",
    "CallbackError",
    "CallingConventionError",
    "Error",
    "LibraryClosedError",
    "LibraryError",
    "SignatureError",
    "SymbolError",
    "TypeValidationError",
    "UnsupportedPlatformError",
    "WrongThreadError",
]


class Error(Exception):
    """The base class of all that zffi raises on its own account."""


class LibraryError(Error, OSError):
    """A library could not be opened or closed.

    name: str | None, as given to `load`. operation: what was tried: "load", "close", "symbol",
    "use" or "call". reason: str, the loader's own words.
    """

    def __init__(
        self, message: str = "", *, operation: str = "", name: str | None = None, reason: str = ""
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.name = name
        self.reason = reason


class SymbolError(LibraryError):
    """A library has no such symbol.

    name: the library's (str | None). symbol: str. reason: str, the loader's own words. suggestions:
    tuple of str, at most three names that look like it.
    """

    def __init__(
        self, message: str = "", *, library: object = None, symbol: str = "", reason: str = ""
    ) -> None:
        symbols = library._symbols() if hasattr(library, "_symbols") else []
        self.suggestions = _near(symbol, symbols)
        if self.suggestions:
            message = f"{message}; near it: {', '.join(self.suggestions)}"
        self.symbol = symbol
        super().__init__(
            message, operation="symbol", name=getattr(library, "name", None), reason=reason
        )


class LibraryClosedError(LibraryError):
    """A closed library was used. function: the name of the function that was called, or None."""

    def __init__(
        self, message: str = "", *, name: str | None = None, function: str | None = None
    ) -> None:
        super().__init__(message, operation="call" if function else "use", name=name)
        self.function = function


class SignatureError(Error, ValueError):
    """A signature that cannot be: too many arguments, unusable names, contradicting options."""


class CDefError(SignatureError):
    """A declaration that `Library.cdef` cannot read, or that zffi cannot do.

    line, column: where, from 1 (int). text: str, that line. reason: str, what is wrong there. The
    line and a mark at the column are a note.
    """

    def __init__(
        self, message: str = "", *, line: int = 0, column: int = 0, text: str = "", reason: str = ""
    ) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.text = text
        self.reason = reason
        if line > 0:
            start = max(0, column - 60)  # headers have long lines
            excerpt = text.expandtabs(1)[start : start + 100].rstrip()
            self.add_note(f"    {excerpt}\n    {' ' * (column - 1 - start)}^")

    def again(self) -> CDefError:
        """The same as a new error, which has not been raised yet."""
        return CDefError(
            str(self), line=self.line, column=self.column, text=self.text, reason=self.reason
        )


class TypeValidationError(Error, TypeError):
    """Something that is no C type where one belongs.

    where: str ("argtypes[2]", "restype"). given: the object.
    """

    def __init__(self, message: str = "", *, where: str = "", given: object = None) -> None:
        super().__init__(message)
        self.where = where
        self.given = given


class CallingConventionError(Error, ValueError):
    """A calling convention that this build cannot call. abi: as given. supported: tuple of str."""

    def __init__(
        self, message: str = "", *, abi: object = None, supported: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.abi = abi
        self.supported = supported


class UnsupportedPlatformError(Error, ImportError):
    """zffi has no engine for this CPU or system.

    found: str. supported: tuple of str, each "CPU system".
    """

    def __init__(
        self, message: str = "", *, found: str = "", supported: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.found = found
        self.supported = supported


class ArgumentError(Error, TypeError):
    """A value that cannot be passed as it is, or a wrong number of them.

    function: str | None. argument: int, from 1, or None for a wrong count. name: the parameter's
    name (str | None). ctype: str, the C type as C spells it. given: str, the name of the value's
    Python type.
    """

    def __init__(
        self,
        message: str = "",
        *,
        function: str | None = None,
        argument: int | None = None,
        name: str | None = None,
        ctype: str | None = None,
        given: str | None = None,
        prototype: str | None = None,
    ) -> None:
        super().__init__(message)
        self.function = function
        self.argument = argument
        self.name = name
        self.ctype = ctype
        self.given = given
        if prototype is not None:
            self.add_note(prototype)


class ArgumentOverflowError(ArgumentError, OverflowError):
    """A number that the C type cannot hold."""


class ArgumentValueError(ArgumentError, ValueError):
    """A value of the right type that C would misread: an embedded NUL, a str of two characters for
    a wchar_t.
    """


class CallbackError(Error, RuntimeError):
    """A callback that cannot be made, or that C called when it was gone.

    callback: its name (str | None).
    """

    def __init__(self, message: str = "", *, callback: str | None = None) -> None:
        super().__init__(message)
        self.callback = callback


class WrongThreadError(Error, RuntimeError):
    """Something bound to one thread was used in another.

    expected, actual: thread identifiers (int).
    """

    def __init__(self, message: str = "", *, expected: int = 0, actual: int = 0) -> None:
        super().__init__(message)
        self.expected = expected
        self.actual = actual


class CallTimeout(Error, TimeoutError):
    """A call did not end in time. function: str | None. timeout: seconds (float)."""

    def __init__(
        self, message: str = "", *, function: str | None = None, timeout: float = 0.0
    ) -> None:
        super().__init__(message)
        self.function = function
        self.timeout = timeout


class CallCancelled(Error):
    """A call was cancelled before it ran. function: str | None."""

    def __init__(self, message: str = "", *, function: str | None = None) -> None:
        super().__init__(message)
        self.function = function


def _near(name: str, names: list[str]) -> tuple[str, ...]:
    """At most three of `names` that someone who typed `name` may have meant, best first."""
    import difflib

    return tuple(difflib.get_close_matches(name, sorted(set(names)), n=3, cutoff=0.78))
