"""Constant expressions: values and types as compilers have them."""

from typing import Any

import pytest
from native import Native

import zffi
from cdef import compiled

EXPRESSIONS = [
    "0",
    "017",
    "0xFFFFFFFF",
    "4294967295",
    "0x7fffffffffffffff",
    "0xffffffffffffffff",
    "18446744073709551615u",
    "1u",
    "10L",
    "3ull",
    "0b101",
    "~0u",
    "~0",
    "-1",
    "-1u",
    "- -5",
    "1u - 2",
    "1 - 2u < 0",
    "-1 < 0u",
    "-1 < 0l",
    "-7 / 2",
    "-7 % 2",
    "7 / -2",
    "0xFFFFFFFFu + 1",
    "0xFFFFFFFFu + 1ul",
    "1ul << 40",
    "-8 >> 1",
    "0x80000000u >> 31",
    "1 ? 2 : 3",
    "0 || 2",
    "1 && 0",
    "!5",
    "1 == 1.0",
    "1.5 + 1",
    "1e3",
    "0x1.8p1",
    "2.5f",
    "0.1f",
    "1.0f / 3",
    "1.0f / 3 + 0.1",
    "-0.1f < -0.1",
    "1 / 2.0",
    "'a'",
    r"'\n'",
    r"'\x41'",
    r"'\101'",
    r"'\\'",
    "L'z'",
    "sizeof(long)",
    "sizeof(int *)",
    "sizeof(char[7])",
    "_Alignof(double)",
    "sizeof(struct { char c; int i; })",
    "(char)300",
    "(unsigned char)-1",
    "(int)3.99",
    "(float)0.1",
    "(unsigned long)-1",
    "(5 & 3) | (8 ^ 1)",
    "1 << 2 + 3",
    "(((4)))",
    '"text"',
    r'"a\tb\0c\x7f"',
    '"one" "two"',
    '"\u00e9"',
]


def test_values_and_types(one_native: Native) -> None:
    text = "\n".join(f"#define X{i} {text}" for i, text in enumerate(EXPRESSIONS))
    known = compiled.scope(text)
    assert len(known.constants) == len(EXPRESSIONS), known.skipped
    assert compiled.check(one_native, known, text) == len(EXPRESSIONS)


@pytest.fixture
def process() -> zffi.Library:
    return zffi.load(None)


def test_strings(process: zffi.Library) -> None:
    c = process.cdef(r"""
        #define TEXT "tab\tquote\" \101\x42" "\u00e9"
        #define WIDE L"w" "ide"
        static const char name[] = "named";
        static const char *const pointer = "pointed";
    """)
    assert c.TEXT == b'tab\tquote" AB\xc3\xa9'
    assert (c.WIDE, c.name, c.pointer) == ("wide", b"named", b"pointed")


def test_macros_may_come_in_any_order(process: zffi.Library) -> None:
    c = process.cdef("""
        #define LAST (FIRST + COUNT)   /* of what comes later */
        #define FIRST 10
        #define COUNT two
        enum { one = 1, two };
        #define LONG_ONE  1 + \\
                          2
        typedef int row[LAST];
        #define GONE 5
        #undef GONE
    """)
    assert (c.LAST, c.LONG_ONE, zffi.sizeof(c.row)) == (12, 3, 48)
    assert not hasattr(c, "GONE")


def test_static_constants_have_their_type(process: zffi.Library) -> None:
    c = process.cdef("""
        static const unsigned char byte = 300;
        static const float third = 1.0 / 3;
        static const int sum = byte + 1;
        static const _Bool truth = 5;
    """)
    assert (c.byte, c.sum, c.truth) == (44, 45, 1)
    assert c.third == zffi.c_float(1 / 3).value


def test_addresses(process: zffi.Library) -> None:
    c = process.cdef("""
        typedef void (*destructor)(void *);
        #define STATIC ((destructor)0)
        #define TRANSIENT ((destructor)-1)
    """)
    assert (c.STATIC, c.TRANSIENT) == (0, 2**64 - 1)


def test_what_is_no_constant_is_left_out(process: zffi.Library) -> None:
    c = process.cdef("""
        #define CALL f(1)
        #define MAX(a, b) ((a) > (b) ? (a) : (b))
        #define NOTHING
        #define BROKEN (1 +
        #define SELF (SELF + 1)
        #define KEYWORD extern
        #define ZERO (1 / 0)
        #define UNKNOWN (missing + 1)
        #define TWO 1); int x = (2
        static int state;
    """)
    assert c.__all__ == ()
    names = " ".join(sorted(c.__skipped__))
    assert names == "BROKEN CALL KEYWORD MAX NOTHING SELF TWO UNKNOWN ZERO state"
    assert c.__skipped__["UNKNOWN"] == "a macro: missing is no constant that cdef knows"


def test_windows_has_a_short_long() -> None:
    known: dict[str, Any] = compiled.scope(
        "#define X ~0ul\n#define Y 4294967296", "win64"
    ).constants
    assert (known["X"].value, known["Y"].value) == (0xFFFFFFFF, 2**32)
