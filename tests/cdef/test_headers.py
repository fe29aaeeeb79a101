"""Whole headers of the system: each of their structs and constants, against the compiler."""

import random
import re

import pytest
from native import Native

import zffi
from cdef import compiled
from zffi import errors

HEADERS = {
    "zlib": "zlib.h",
    "sqlite": "sqlite3.h",
    "stdio": "stdio.h stdlib.h string.h",
    "math": "math.h complex.h",
    "posix": "unistd.h time.h sys/stat.h sys/socket.h netinet/in.h pthread.h signal.h wchar.h"
    " locale.h dirent.h fcntl.h poll.h sys/mman.h errno.h inttypes.h termios.h sys/resource.h",
    "linux": "sys/epoll.h sys/ucontext.h elf.h linux/input.h linux/perf_event.h linux/if_packet.h",
}
FEWEST = {"zlib": 300, "sqlite": 600, "stdio": 100, "math": 50, "posix": 1000, "linux": 4000}


@pytest.mark.parametrize("name", HEADERS)
def test_structs_and_constants(native: Native, name: str) -> None:
    text = compiled.preprocessed(native, HEADERS[name], "-dD", "-D_GNU_SOURCE")
    known = compiled.scope(text)
    includes = "".join(f"#include <{header}>\n" for header in HEADERS[name].split())
    assert compiled.check(native, known, includes, "-D_GNU_SOURCE") >= FEWEST[name]
    reasons = {problem.reason for problem in known.problems.values()}
    assert not [
        why for why in reasons if not re.search("va_list|zffi has no|complex num|how long", why)
    ]


def test_zlib(one_native: Native) -> None:
    z = zffi.load("z").cdef(compiled.preprocessed(one_native, "zlib.h"), optional=True)
    text = b"the same words, " * 100
    packed, length = bytearray(z.compressBound(len(text))), z.uLongf(z.compressBound(len(text)))
    assert z.compress2(packed, zffi.byref(length), text, len(text), 9) == 0
    out, size = bytearray(len(text)), z.uLongf(len(text))
    assert z.uncompress(out, zffi.byref(size), packed, length.value) == 0
    assert bytes(out) == text
    assert z.zlibVersion().startswith(b"1.")
    stream = z.z_stream()
    version, size_of_stream = z.zlibVersion(), zffi.sizeof(z.z_stream)
    assert z.deflateInit_(stream, 6, version, size_of_stream) == 0
    assert z.deflateEnd(stream) == 0


def test_sqlite(one_native: Native) -> None:
    library = zffi.load("sqlite3")
    s = library.cdef(compiled.preprocessed(one_native, "sqlite3.h", "-dD"), optional=True)
    database = zffi.POINTER(s.sqlite3)()
    assert s.sqlite3_open(":memory:", zffi.byref(database)) == s.SQLITE_OK
    statement = zffi.POINTER(s.sqlite3_stmt)()
    sql = "select ? || ' world', 6 * 7"
    assert s.sqlite3_prepare_v2(database, sql, -1, zffi.byref(statement), None) == 0
    assert s.sqlite3_bind_text(statement, 1, "hello", -1, s.SQLITE_TRANSIENT) == 0
    assert s.sqlite3_step(statement) == s.SQLITE_ROW
    assert zffi.string_at(s.sqlite3_column_text(statement, 0)) == b"hello world"
    assert s.sqlite3_column_int(statement, 1) == 42
    with pytest.raises(errors.ArgumentError, match="sqlite3_step"):
        s.sqlite3_step(database)
    s.sqlite3_finalize(statement)
    assert s.sqlite3_close(database) == 0


def test_names_given_by_asm(one_native: Native) -> None:
    """glibc redirects some functions, by `__asm__`, to symbols of other names."""
    text = compiled.preprocessed(one_native, "stdio.h", "-D_FORTIFY_SOURCE=2", "-O2")
    c = zffi.load("c").cdef(text, optional=True)
    number = zffi.c_int()
    assert c.sscanf(b"x 17", b"x %d", zffi.byref(number)) == 1
    assert number.value == 17
    assert zffi.info(c.sscanf).name == "__isoc99_sscanf"


PLAIN_WORDS = """
{ } ( ) [ ] ; , * ... = : # - 1 1.5 struct union enum typedef int char static const inline sizeof
void unsigned _Complex va_list size_t ...; 'c' /* [[x]] extern
"""
WORDS = [
    *PLAIN_WORDS.split(),
    "__attribute__((packed))",
    "__attribute__((aligned(8)))",
    '__asm__("x")',
    'extern "C" {',
    "\n#pragma pack(1)\n",
    "\n#define A (A + 1)\n",
    "{ return 1; }",
    "_Alignas(8)",
]


@pytest.mark.parametrize("seed", range(4))
def test_damaged_headers_are_read_or_refused(one_native: Native, seed: int) -> None:
    """Whatever the text, there is a scope or a CDefError."""
    text = compiled.preprocessed(one_native, "sys/stat.h sqlite3.h netinet/in.h", "-dD")
    parts = re.findall(r"(?:[^;{}#]|\{[^{}]*\}|#[^\n]*\n){1,40};", text)
    chance = random.Random(seed)
    outcomes = {"read": 0, "refused": 0}
    for _ in range(300):
        tokens = re.findall(r'\w+|\s+|"[^"]*"|.', "".join(chance.sample(parts, 2)))
        for _ in range(chance.randint(0, 2)):
            at = chance.randrange(len(tokens))
            tokens[at : at + chance.randint(0, 1)] = [f" {chance.choice(WORDS)} "]
        try:
            compiled.scope("".join(tokens))
            outcomes["read"] += 1
        except errors.CDefError:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 5
