"""Reading a C text with pycparser, and saying what is wrong with one that it does not read."""

from __future__ import annotations

import re
from typing import Any

from pycparser import CParser
from pycparser.c_parser import ParseError

from ._cdef_text import DOTS, WIDE_COMPLEX, Cleaner, Source, tokens_of
from .errors import CDefError, _near

_COORDINATES = re.compile(r"^.*?:(\d+):(\d+): (.*)$", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_$][\w$]*$")
_KEYWORDS_OF_C = """
auto break case char const continue default do double else enum extern float for goto if inline int
long register restrict return short signed sizeof static struct switch typedef union unsigned void
volatile while _Alignas _Alignof _Atomic _Bool _Complex _Generic _Noreturn _Static_assert
_Thread_local __int128 _Pragma offsetof
"""
_KEYWORDS = frozenset(_KEYWORDS_OF_C.split())


# What pycparser raises for some texts that are no C, instead of its own error.
CRASHES = (AssertionError, AttributeError, IndexError, KeyError, RecursionError, TypeError)

LINES_BEFORE = 1  # which parse() puts in front of the text


def parse(source: Source, clean: Cleaner, types: set[str]) -> Any:
    """The tree of a text. types: the names of types that it may use without declaring them."""
    known = {DOTS, WIDE_COMPLEX, *types.intersection(clean.words)}
    before = "".join(f"typedef int {name};" for name in sorted(known)) + "\n"
    parser = CParser()
    try:
        return parser.parse(before + clean.text)
    except ParseError as error:
        raise _explained(source, clean, types, str(error)) from None
    except CRASHES:
        line, column = source.place(max(getattr(parser.clex, "_pos", 0) - len(before), 0))
        words = f":{line + LINES_BEFORE}:{column}: Invalid declaration"
        raise _explained(source, clean, types, words) from None


def offset_of(source: Source, coordinates: Any) -> int:
    """Where in the text a node is; -1 if it comes from elsewhere, a macro or what parse() adds."""
    if coordinates is None or coordinates.line <= LINES_BEFORE:
        return -1
    return source.offset(coordinates.line - LINES_BEFORE, coordinates.column or 1)


def _explained(source: Source, clean: Cleaner, types: set[str], words: str) -> CDefError:
    """A parser knows where it stopped; people want to know why."""
    found = _COORDINATES.match(words)
    if found is None:
        offset, said = len(source.text.rstrip()), "the declaration has no end; is a ';' missing?"
    else:
        offset = source.offset(int(found.group(1)) - LINES_BEFORE, int(found.group(2)))
        said = found.group(3)
    known = types | clean.typedefs
    unknown = _first_unknown(clean, known, offset)
    if unknown is not None:
        return source.error(unknown[1], unknown_type(unknown[0], clean, known))
    if said.startswith("before: "):
        said = f"syntax error before {said.removeprefix('before: ')!r}"
    if said.startswith(("syntax error", "Invalid")):
        said += "; is a ';' missing, or a type?"
    return source.error(offset, said)


_BEFORE_TYPES = {"", "(", ",", ";", "{", "}", "const", "extern", "static", "typedef", "volatile"}


def _first_unknown(clean: Cleaner, known: set[str], offset: int) -> tuple[str, int] | None:
    """The first name, up to the one behind an offset, that stands where only a type can."""
    tokens = [("", 0), *tokens_of(clean.text), ("", len(clean.text))]
    is_past = False
    for (before, _), (word, start), (after, _) in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if is_past:
            return None
        is_past = start > offset
        is_unknown = bool(_NAME.match(word)) and word not in _KEYWORDS and word not in known
        if is_unknown and before in _BEFORE_TYPES and (after == "*" or _NAME.match(after)):
            return word, start
    return None


def unknown_type(word: str, clean: Cleaner, known: set[str]) -> str:
    if word in clean.macros:
        return (
            f"{word} is a macro, and cdef has no preprocessor: write what it stands for, or give"
            " what `gcc -E` makes of the file"
        )
    near = _near(word, [each for each in known if not each.startswith("_")])
    guess = f"; did you mean {near[0]}?" if near else ""
    return (
        f"unknown type {word}{guess} (declare it before, as in `typedef ... {word};` if only"
        " pointers to it are used)"
    )
