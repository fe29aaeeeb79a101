"""C source as users have it, made ready for pycparser: what that does not read becomes blanks.

Comments, preprocessor lines, attributes and other words of compilers, bodies of functions. Nothing
moves, so lines and columns stay what they are in the user's text; what was said there is kept, by
the offset of the name or of the record that it was said of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple, NoReturn

from .errors import CDefError


class Attribute(NamedTuple):
    """One of `__attribute__((packed, aligned(8)))`, its name without underscores around it."""

    name: str
    arguments: str
    offset: int


class Record:
    """What goes with the definition of a struct or union, but is not C to pycparser."""

    __slots__ = ("attributes", "pack")

    def __init__(self, attributes: list[Attribute], pack: int) -> None:
        self.attributes = attributes
        self.pack = pack


class Macro(NamedTuple):
    """`#define NAME body`."""

    name: str
    body: str
    offset: int


DOTS = "___"  # stands for the dots of `typedef ... name;`: as long as they are, and a name

WIDE_COMPLEX = "_CWide"  # a complex number of a type that zffi does not have
_FLOATS = {"_Float32": "float", "_Float64": "double", "_Float32x": "double"}
_WIDE = ("_Float128", "_Float64x", "__float128")

# Words with another spelling that pycparser reads, which is no longer.
_SPELLINGS = {
    "__alignof": "_Alignof",
    "__alignof__": "_Alignof",
    "alignof": "_Alignof",
    "alignas": "_Alignas",
    "__complex__": "_Complex",
    "__const": "const",
    "__const__": "const",
    "__signed": "signed",
    "__signed__": "signed",
    "__volatile": "volatile",
    "__volatile__": "volatile",
    "__extension__": "",
    "__restrict": "",
    "__restrict__": "",
    "restrict": "",
    "_Noreturn": "",
    "__cdecl": "",
    "__stdcall": "",  # which is the only convention there is on 64-bit Windows
    "__fastcall": "",
    "__forceinline": "inline",
    "__inline": "inline",
    "__inline__": "inline",
}
_ATTRIBUTES = {"__attribute__", "__attribute", "__declspec"}
_ASM = {"__asm__", "__asm", "asm"}
_SKIPPED_STATEMENTS = {"_Static_assert", "static_assert"}
_RECORDS = {"struct", "union", "enum"}
_QUALIFIERS = {"const", "volatile", "_Atomic", "_Nullable", "_Nonnull"}
_WORDS_OF_TYPES = """
void char short int long float double signed unsigned _Bool _Complex __int128 inline extern static
register auto typedef _Thread_local _Alignas
"""
_NOT_NAMES = _QUALIFIERS.union(_WORDS_OF_TYPES.split())
_REFUSED = {
    "__typeof__": "typeof needs a C compiler; write the type",
    "__typeof": "typeof needs a C compiler; write the type",
    "typeof": "typeof needs a C compiler; write the type",
    "__thread": "a variable of a thread has no one address; leave it out",
    "_Thread_local": "a variable of a thread has no one address; leave it out",
    "__vectorcall": "zffi does not have this calling convention; leave the function out",
    "_BitInt": "zffi has no _BitInt types; leave it out",
    "template": 'this is C++; declare what is extern "C"',
    "namespace": 'this is C++; declare what is extern "C"',
    "class": 'this is C++; declare what is extern "C"',
}

_LITERAL = r'"(?:[^"\\\n]|\\.)*"|' r"'(?:[^'\\\n]|\\.)*'"
_COMMENTS = re.compile(rf"({_LITERAL})|/\*.*?\*/|//(?:[^\n\\]|\\.)*|/\*", re.DOTALL)
_CONTINUATION = re.compile(r"\\(\r?\n)")
_DIRECTIVES = re.compile(r"^[ \t]*#[ \t]*(\w*)((?:\\\r?\n|[^\n])*)", re.MULTILINE)
_TOKENS = re.compile(rf"[A-Za-z_$][\w$]*|{_LITERAL}|\.\.\.|\.?\d(?:[eEpP][+-]|[\w.])*|\S")
_NAME = re.compile(r"[\w$]+")
_DEFINE = re.compile(r"\s*([A-Za-z_]\w*)(\(?)(.*)", re.DOTALL)
_PACK = re.compile(r"\s*pack\s*\(([^)]*)\)\s*$")
_MARKER = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')
_NOT_NEWLINES = re.compile(r"[^\n]")
_CONDITIONS = {"if", "ifdef", "ifndef", "elif", "else", "endif", "elifdef", "elifndef"}


class Source:
    """A C source text, with the places in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0]
        for found in re.finditer("\n", text):
            self._lines.append(found.end())
        self.markers: list[tuple[int, int, str]] = []  # (line here, line there, file)

    def offset(self, line: int, column: int) -> int:
        """Of a line and a column, both from 1."""
        return self._lines[min(line, len(self._lines)) - 1] + max(column, 1) - 1

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset, both from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line(self, number: int) -> str:
        start = self._lines[number - 1]
        return self.text[start : (self.text + "\n").index("\n", start)].rstrip()

    def origin(self, line: int) -> str:
        """Where a preprocessor has found a line, as `zlib.h, line 5`; or nothing."""
        at = bisect_right(self.markers, (line, 0, "")) - 1
        if at < 0:
            return ""
        here, there, file = self.markers[at]
        return f"{file}, line {there + line - here - 1}"

    def error(self, offset: int, why: str) -> CDefError:
        line, column = self.place(min(max(offset, 0), len(self.text)))
        origin = self.origin(line)
        where = f"line {line}, column {column}" + (f" ({origin})" if origin else "")
        return CDefError(
            f"cdef: {where}: {why}", line=line, column=column, text=self.line(line), reason=why
        )


def _blank(text: str) -> str:
    return _NOT_NEWLINES.sub(" ", text)


def _is_word(token: str) -> bool:
    return token[:1].isalpha() or token[:1] in ("_", "$")


def _strip_underscores(name: str) -> str:
    return name[2:-2] if len(name) > 4 and name.startswith("__") and name.endswith("__") else name


def tokens_of(text: str) -> list[tuple[str, int]]:
    """The words and signs of a text without comments, each with its offset."""
    return [(found.group(), found.start()) for found in _TOKENS.finditer(text)]


class Cleaner:
    """Cleans one text. Afterwards:

    text: what pycparser reads. macros: those without parameters. attributes: by the offset of the
    name that they belong to. symbols: the names that `__asm__("name")` gives, likewise. records: by
    the offsets of keyword, tag and brace of a definition. bodies: the offsets of the names of
    functions that had one. typedefs: the names of types. skipped: what was left out, by name.
    """

    def __init__(self, source: Source, pack: int) -> None:
        self.source = source
        self.macros: dict[str, Macro] = {}
        self.skipped: dict[str, str] = {}
        self.attributes: dict[int, list[Attribute]] = {}
        self.symbols: dict[int, str] = {}
        self.records: dict[int, Record] = {}
        self.bodies: set[int] = set()
        self.typedefs: set[str] = set()
        self._packs: list[tuple[int, int]] = [(0, pack)]  # (from offset, pack)
        text = self._without_directives(self._without_comments(source.text))
        self._edits: list[tuple[int, int, str]] = []
        self.tokens = [*tokens_of(text), ("", len(text))]
        for word, offset in self.tokens:
            if word == "#":
                self.fail(offset, "'#' belongs to the start of a line")
        self._before = text
        _Scan(self).file()
        self.text = self._edited(text)
        self.words = {word for word, _ in self.tokens}

    def fail(self, offset: int, why: str) -> NoReturn:
        raise self.source.error(offset, why)

    def pack_at(self, offset: int) -> int:
        return self._packs[bisect_right(self._packs, (offset, 1 << 30)) - 1][1]

    def edit(self, start: int, end: int, word: str = "") -> None:
        """Puts a word, which is no longer, in the place of what was there."""
        self._edits.append((start, end, word))

    def _edited(self, text: str) -> str:
        parts, at = [], 0
        for start, end, word in sorted(self._edits):
            if start < at:
                continue  # inside of what is blank already
            parts += [text[at:start], word, _blank(text[start + len(word) : end])]
            at = end
        parts.append(text[at:])
        return "".join(parts)

    def _without_comments(self, text: str) -> str:
        def replace(found: re.Match[str]) -> str:
            if found.group(1) is not None:
                return found.group()
            if found.group() == "/*":
                self.fail(found.start(), "this comment has no end")
            return _blank(found.group())

        return _COMMENTS.sub(replace, text)

    def _without_directives(self, text: str) -> str:
        packs = [self._packs[0][1]]

        def replace(found: re.Match[str]) -> str:
            rest = _CONTINUATION.sub(" ", found.group(2))
            self._directive(found.group(1), rest, found.start(), packs)
            return _blank(found.group())

        return _CONTINUATION.sub(r" \1", _DIRECTIVES.sub(replace, text))

    def _directive(self, word: str, rest: str, offset: int, packs: list[int]) -> None:
        if word.isdigit() or word == "line":
            self._line_marker(word + rest if word != "line" else rest.strip(), offset)
        elif word == "define":
            self._define(rest, offset)
        elif word == "undef":
            self.macros.pop(rest.strip(), None)
        elif word == "pragma":
            self._pragma(rest, offset, packs)
        elif word == "include":
            self.fail(
                offset,
                "cdef has no preprocessor: delete this line if it includes a standard header"
                " (its types are known), or give what `gcc -E` makes of the file",
            )
        elif word in _CONDITIONS:
            self.fail(
                offset,
                f"cdef has no preprocessor for #{word}: delete such lines, or give what `gcc -E`"
                " makes of the file",
            )
        elif word not in ("", "ident", "warning"):
            self.fail(offset, f"cdef does not know #{word}; delete the line")

    def _line_marker(self, text: str, offset: int) -> None:
        number, _, rest = text.partition(" ")
        name = _MARKER.match(" " + rest)
        if number.isdigit() and name is not None:
            file = name.group(1).rpartition("/")[2]
            self.source.markers.append((self.source.place(offset)[0], int(number), file))

    def _define(self, rest: str, offset: int) -> None:
        found = _DEFINE.match(rest)
        if found is None:
            self.fail(offset, "#define needs a name")
        name, parenthesis, body = found.groups()
        if parenthesis:
            self.skipped[name] = "a macro with parameters"
            return
        body = body.strip()
        if body.endswith("..."):
            self.fail(offset, f"the value of {name} is for a C compiler to find; write it out")
        self.macros.pop(name, None)
        self.macros[name] = Macro(name, body, offset)

    def _pragma(self, rest: str, offset: int, packs: list[int]) -> None:
        found = _PACK.match(rest)
        if found is None:
            return
        for word in [each.strip() for each in found.group(1).split(",")] or [""]:
            if word == "push":
                packs.append(packs[-1])
            elif word == "pop":
                if len(packs) == 1:
                    self.fail(offset, "#pragma pack(pop) without a push")
                packs.pop()
            elif word.isdigit():
                packs[-1] = int(word)
            elif word == "":
                packs[-1] = 0
            else:
                self.fail(offset, f"#pragma pack does not take {word!r}")
        self._packs.append((offset, packs[-1]))


class _Declaration:
    """What is known of the declaration that the scan is in."""

    __slots__ = ("candidate", "common", "is_fixed", "is_typedef", "own", "start", "symbol")

    def __init__(self) -> None:
        self.common: list[Attribute] = []  # said before the first name: of all of them
        self.is_typedef = False
        self.start = -1
        self.next_name()

    def next_name(self) -> None:
        self.own: list[Attribute] = []
        self.symbol: str | None = None
        self.candidate = -1  # the offset of what looks like the name
        self.is_fixed = False


class _Scan:
    """Goes through the tokens once, and finds out what belongs to which name and record."""

    def __init__(self, cleaner: Cleaner) -> None:
        self._cleaner = cleaner
        self._tokens = cleaner.tokens
        self._at = 0

    def file(self) -> None:
        depth = 0  # of extern "C"
        while self._tokens[self._at][0]:
            word, offset = self._tokens[self._at]
            following = self._tokens[self._at + 1]
            if word == "extern" and following[0] in ('"C"', '"C++"'):
                self._cleaner.edit(following[1], following[1] + len(following[0]))
                brace = self._tokens[self._at + 2]
                if brace[0] == "{":
                    depth += 1
                    self._cleaner.edit(offset, brace[1] + 1)
                    self._at += 3
                    continue
            if word == "}":
                if depth == 0:
                    self._cleaner.fail(offset, "this brace closes nothing")
                depth -= 1
                self._cleaner.edit(offset, offset + 1)
                self._at += 1
            elif word == ";":
                self._cleaner.edit(offset, offset + 1)
                self._at += 1
            else:
                self._declaration(in_record=False)

    def _declaration(self, in_record: bool) -> None:
        """Up to the semicolon, or to the brace behind it."""
        known = _Declaration()
        known.start = self._tokens[self._at][1]
        while True:
            word, offset = self._tokens[self._at]
            if word == "" or (word == "}" and in_record):
                self._commit(known)
                return
            if word == ";":
                self._commit(known)
                self._at += 1
                return
            if word == ",":
                self._commit(known)
                known.next_name()
                self._at += 1
            elif word == "{" and known.is_fixed and not in_record:
                self._body(known)
                return
            else:
                self._part(word, offset, known)

    def _commit(self, known: _Declaration) -> None:
        if known.is_typedef and known.candidate >= 0:
            name = _NAME.match(self._cleaner._before, known.candidate)
            self._cleaner.typedefs.update([name.group()] if name is not None else [])
        attributes = [*known.common, *known.own]
        if known.candidate >= 0 and attributes:
            self._cleaner.attributes[known.candidate] = attributes
        if known.candidate >= 0 and known.symbol is not None:
            self._cleaner.symbols[known.candidate] = known.symbol

    def _body(self, known: _Declaration) -> None:
        start = self._tokens[self._at][1]
        self._at = self._behind(self._at)
        end = self._tokens[self._at - 1][1] + 1
        self._cleaner.edit(start, end, ";")
        self._cleaner.bodies.add(known.candidate)
        self._commit(known)

    def _part(self, word: str, offset: int, known: _Declaration) -> None:
        cleaner = self._cleaner
        if word in _RECORDS:
            self._record(word)
        elif self._is_noise(word, offset, known):
            return
        elif word in _SKIPPED_STATEMENTS:
            self._at = self._behind(self._at + 1)
            end = self._tokens[self._at]
            cleaner.edit(offset, end[1] + (end[0] == ";"))
            self._at += end[0] == ";"
        elif word == "...":
            self._dots(offset, known)
        elif word == "(":
            self._parenthesis(known)
        elif word == "[":
            known.is_fixed = True
            self._at = self._behind(self._at)
        elif word in ("=", ":"):
            known.is_fixed = True
            self._initialiser()
        else:
            if word == "typedef":
                known.is_typedef = True
            elif _is_word(word) and word not in _NOT_NAMES and not known.is_fixed:
                known.candidate = offset
            self._at += 1

    def _is_noise(self, word: str, offset: int, known: _Declaration | None) -> bool:
        """Takes care of a word that pycparser does not read; whether it is one."""
        cleaner = self._cleaner
        end = offset + len(word)
        if word in _SPELLINGS:
            cleaner.edit(offset, end, _SPELLINGS[word])
            self._at += 1
        elif word == "_Complex" and self._tokens[self._at + 1][0] in _FLOATS:
            name, start = self._tokens[self._at + 1]  # pycparser wants a keyword behind it
            cleaner.edit(start, start + len(name), _FLOATS[name])
            self._at += 2
        elif word == "_Complex" and self._tokens[self._at + 1][0] in _WIDE:
            cleaner.edit(offset, end, WIDE_COMPLEX)  # no other place takes both words
            name, start = self._tokens[self._at + 1]
            cleaner.edit(start, start + len(name))
            self._at += 2
        elif word in _ATTRIBUTES:
            is_declspec = word == "__declspec"
            read = self._attributes(is_declspec)
            if known is not None:
                after = self._tokens[self._at][0]
                is_own = known.candidate >= 0 and (
                    known.is_fixed or after in (",", ";", "=", ":", *_ATTRIBUTES, *_ASM)
                )
                (known.own if is_own else known.common).extend(read)
        elif word in _ASM and self._tokens[self._at + 1][0] == "(":
            stop = self._behind(self._at + 1)
            texts = [text for text, _ in self._tokens[self._at + 2 : stop - 1]]
            if known is not None and all(text.startswith('"') for text in texts):
                known.symbol = "".join(text[1:-1] for text in texts)
            cleaner.edit(offset, self._tokens[stop - 1][1] + 1)
            self._at = stop
        elif word in ("_Pragma", "__pragma"):
            stop = self._behind(self._at + 1)
            cleaner.edit(offset, self._tokens[stop - 1][1] + 1)
            self._at = stop
        elif word == "[" and self._tokens[self._at + 1] == ("[", offset + 1):
            stop = self._behind(self._at)
            cleaner.edit(offset, self._tokens[stop - 1][1] + 1)
            self._at = stop
        elif word in _REFUSED:
            cleaner.fail(offset, _REFUSED[word])
        else:
            return False
        return True

    def _attributes(self, is_declspec: bool) -> list[Attribute]:
        """Reads `__attribute__((...))`, and what directly follows it stays."""
        cleaner, start = self._cleaner, self._tokens[self._at][1]
        if self._tokens[self._at + 1][0] != "(":
            cleaner.fail(start, "an attribute is written __attribute__((name))")
        stop = self._behind(self._at + 1)
        first, last = self._at + (2 if is_declspec else 3), stop - (1 if is_declspec else 2)
        found: list[Attribute] = []
        at = first
        while at < last:
            word, offset = self._tokens[at]
            at += 1
            if _is_word(word):
                arguments = ""
                if self._tokens[at][0] == "(":
                    end = self._behind(at)
                    arguments = cleaner._before[self._tokens[at][1] + 1 : self._tokens[end - 1][1]]
                    at = end
                name = _strip_underscores(word)
                found.append(Attribute("aligned" if name == "align" else name, arguments, offset))
        cleaner.edit(start, self._tokens[stop - 1][1] + 1)
        self._at = stop
        return found

    def _record(self, keyword: str) -> None:
        """A struct, union or enum specifier, with its body if it has one."""
        start = self._tokens[self._at][1]
        self._at += 1
        attributes: list[Attribute] = []
        tag = start
        while True:
            word, offset = self._tokens[self._at]
            if word in _ATTRIBUTES:
                attributes += self._attributes(word == "__declspec")
            elif self._is_noise(word, offset, None):
                continue
            elif word == "{":
                break
            elif _is_word(word) and tag == start:
                tag = offset
                self._at += 1
            else:
                return
        brace = offset
        self._at += 1
        if keyword == "enum":
            self._enumerators()
        else:
            while self._tokens[self._at][0] not in ("}", ""):
                if self._tokens[self._at][0] == ";":  # a stray one
                    stray = self._tokens[self._at][1]
                    self._cleaner.edit(stray, stray + 1)
                    self._at += 1
                else:
                    self._declaration(in_record=True)
        if not self._tokens[self._at][0]:
            self._cleaner.fail(brace, "this brace is not closed")
        self._at += 1
        while self._tokens[self._at][0] in _ATTRIBUTES:
            attributes += self._attributes(self._tokens[self._at][0] == "__declspec")
        record = Record(attributes, self._cleaner.pack_at(brace))
        for place in (start, tag, brace):
            self._cleaner.records[place] = record

    def _enumerators(self) -> None:
        while self._tokens[self._at][0] not in ("}", ""):
            word, offset = self._tokens[self._at]
            if word == "...":
                self._cleaner.fail(
                    offset, "the values of an enum are for a C compiler to find; write them out"
                )
            if not self._is_noise(word, offset, None):
                self._at += 1

    def _dots(self, offset: int, known: _Declaration) -> None:
        before = self._tokens[self._at - 1][0]
        if known.is_typedef and before == "typedef":
            self._cleaner.edit(offset, offset + 3, DOTS)
            self._at += 1
            return
        if known.is_typedef:
            why = "which integer type this is, is for a C compiler to find; write the type"
        elif known.start == offset:
            why = (
                "where the members are, is for a C compiler to find: declare all members in order,"
                " or use zffi.field(offset=...) in a zffi.Struct"
            )
        else:
            why = "this is for a C compiler to find; write it out"
        self._cleaner.fail(offset, why)

    def _parenthesis(self, known: _Declaration) -> None:
        """A group like `(*name)`, or what follows a name: parameters."""
        stop = self._behind(self._at)
        is_group = not known.is_fixed and self._is_group()
        if not is_group:
            known.is_fixed = True
        self._at += 1
        while self._at < stop:
            word, offset = self._tokens[self._at]
            if word in _RECORDS:
                self._record(word)
            elif word in ("...", "static"):
                if word == "static":  # int f(int a[static 3])
                    self._cleaner.edit(offset, offset + len(word))
                self._at += 1
            elif not self._is_noise(word, offset, known if is_group else None):
                if is_group and _is_word(word) and not known.is_fixed and word not in _QUALIFIERS:
                    known.candidate, known.is_fixed = offset, True
                self._at += 1
        known.is_fixed = True

    def _is_group(self) -> bool:
        at = self._at + 1
        while self._tokens[at][0] in _SPELLINGS or self._tokens[at][0] in _ATTRIBUTES:
            at = self._behind(at + 1) if self._tokens[at][0] in _ATTRIBUTES else at + 1
        return self._tokens[at][0] in ("*", "^", "(")

    def _initialiser(self) -> None:
        """A value or the width of a bit-field, up to the comma or semicolon behind it."""
        self._at += 1
        if self._tokens[self._at][0] == "...":
            self._cleaner.fail(self._tokens[self._at][1], "write the value")
        while self._tokens[self._at][0] not in (",", ";", "", "}"):
            word, offset = self._tokens[self._at]
            if word in ("(", "[", "{"):
                stop = self._behind(self._at)
                while self._at < stop:
                    word, offset = self._tokens[self._at]
                    if word not in _SPELLINGS or not self._is_noise(word, offset, None):
                        self._at += 1
            elif word in _ATTRIBUTES:
                return
            elif word not in _SPELLINGS or not self._is_noise(word, offset, None):
                self._at += 1

    def _behind(self, at: int) -> int:
        """The index behind what closes the parenthesis, bracket or brace there."""
        start = self._tokens[at]
        closing = []
        while True:
            word = self._tokens[at][0]
            at += 1
            if word in _CLOSING:
                closing.append(_CLOSING[word])
            elif not closing:
                self._cleaner.fail(start[1], f"there is a parenthesis missing before {word!r}")
            elif word in (")", "]", "}"):
                if word != closing.pop():
                    self._cleaner.fail(self._tokens[at - 1][1], f"{word!r} does not fit here")
                if not closing:
                    return at
            elif not word:
                self._cleaner.fail(start[1], f"{start[0]!r} is not closed")


_CLOSING = {"(": ")", "[": "]", "{": "}"}
