"""Struct results: no byte is written behind them, and the hidden pointer is what the ABI says."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from native import Native
from native.callees import Callees
from native.shapes import ctype, declare
from vectors.guarded import FIVE_WORDS
from vectors.table import RESULTS, source

import zffi
from zffi import Struct, c_int, c_int64, c_long, c_longlong, c_uint32, c_void_p

THREE, FOUR, FIVE = (f"{{{','.join(['i64'] * n)}}}" for n in (3, 4, 5))
# Functions that leave every byte of their result registers dirty: bound with other results, they
# tell which bytes are taken. Their names are the banks of the pieces.
DIRTY = {
    "gp": "{u64}",
    "gp_gp": "{u64,u64}",
    "fp": "{f64}",
    "fp_fp": "{f64,f64}",
    "fp_fp_fp": "{f64,f64,f64}",
    "fp_fp_fp_fp": "{f64,f64,f64,f64}",
    "gp_fp": "{u64,f64}",
    "fp_gp": "{f64,u64}",
}
IN_OBJECT = 24  # values of at most so many bytes are in the Python object: 0 behind a smaller one
SMALL = {one.result for one in RESULTS if 0 < zffi.sizeof(ctype(one.result)) <= IN_OBJECT}
COUNT = 1024


def more_source(attribute: str) -> str:
    """What the table has not: dirty results, a result that is too large, a hidden pointer that does
    not come back, and a hidden pointer besides as many arguments as there may be."""
    text = []
    for name, shape in DIRTY.items():
        text.append(f"""
typedef {declare(shape, f"T_{name}")};
{attribute}T_{name} dirty_{name}(int dirt)
{{
    T_{name} made;
    __builtin_memset(&made, dirt, sizeof made);
    return made;
}}""")
    many = ", ".join(f"int64_t a{i}" for i in range(1, COUNT + 1))
    terms = "".join(f"    sum += {i} * a{i};\n" for i in range(1, COUNT + 1))
    text.append(f"""
typedef {declare(FIVE, "Five")};
{attribute}Five {FIVE_WORDS}(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
{{
    return (Five){{a, b, c, d, e}};
}}

{attribute}void *no_pointer_back(int64_t *result, int64_t a, int64_t b, int64_t c)
{{
    result[0] = a;
    result[1] = b;
    result[2] = c;
    return NULL;
}}

typedef {declare(THREE, "Three")};
{attribute}Three many({many})
{{
    int64_t sum = 0;
{terms}    return (Three){{a1, a{COUNT}, sum}};
}}
""")
    return "\n".join(text)


@pytest.fixture(scope="module")
def path(callees: Callees, compile_callees: Native) -> Path:
    text = source(RESULTS, callees.attribute, callees.abi) + more_source(callees.attribute)
    return compile_callees.text("results", text, flags=["-Wno-psabi", "-Wno-unused-parameter"])


@pytest.fixture(scope="module")
def library(callees: Callees, path: Path) -> zffi.Library:
    return zffi.load(path, abi=callees.abi)


@pytest.mark.parametrize("shape", sorted(SMALL))
def test_no_byte_too_many_in_the_object(
    library: zffi.Library, callees: Callees, shape: str
) -> None:
    place = zffi.signature(ctype(shape), abi=callees.abi).plan.result
    if place.by_reference:
        return  # the callee writes it
    banks = "_".join(piece.bank for piece in place.pieces)
    result = library.func(f"dirty_{banks}", ctype(shape), [c_int])(0xEE)
    expected = bytearray(IN_OBJECT)
    for piece in place.pieces:
        expected[piece.offset : piece.offset + piece.size] = b"\xee" * piece.size
    assert zffi.string_at(zffi.addressof(result), IN_OBJECT) == expected


def guarded(path: Path, abi: str, *shape: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vectors.guarded", str(path), abi, *shape],
        env={**os.environ, "PYTHONMALLOC": "debug", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_byte_too_many_behind_a_block(path: Path, callees: Callees) -> None:
    ran = guarded(path, callees.abi)
    assert (ran.returncode, ran.stdout) == (0, "all agree\n"), ran.stderr


def test_a_byte_too_many_would_be_seen(path: Path, callees: Callees) -> None:
    """The callee stores five words, and is said to store four."""
    assert guarded(path, callees.abi, FIVE).returncode == 0
    ran = guarded(path, callees.abi, FOUR)
    assert ran.returncode != 0
    assert "bad trailing pad byte" in ran.stderr


# -- The hidden pointer ---------------------------------------------------------------------------


def is_an_argument(abi: str) -> bool:
    """On arm64 the pointer has a register of its own, which comes back as the callee likes."""
    (piece,) = zffi.signature(ctype(THREE), abi=abi).plan.result.pieces
    return piece.register != "x8"


def test_hidden_pointer_is_the_first_argument_and_comes_back(
    library: zffi.Library, callees: Callees
) -> None:
    if not is_an_argument(callees.abi):
        pytest.skip("not on arm64: the pointer is no argument")
    types = [c_void_p, *[c_int64] * 5]
    function = library.func(FIVE_WORDS, c_void_p, types)
    room = bytearray(b"\x55" * 48)
    address = zffi.addressof((zffi.c_uint8 * 48).from_buffer(room))
    words = (11, 22, 33, 44, 55)
    assert function(address, *words) == address
    assert room == b"".join(n.to_bytes(8, "little") for n in words) + b"\x55" * 8


def test_hidden_pointer_need_not_come_back(library: zffi.Library, callees: Callees) -> None:
    if not is_an_argument(callees.abi):
        pytest.skip("not on arm64: the pointer is no argument")
    function = library.func("no_pointer_back", ctype(THREE), [c_int64] * 3)
    assert function(5, 6, 7) == ctype(THREE)(5, 6, 7)


def test_hidden_pointer_besides_the_most_arguments(library: zffi.Library) -> None:
    many = library.func("many", ctype(THREE), [c_int64] * COUNT)
    values = [(7 * i) % 1009 - 500 for i in range(1, COUNT + 1)]
    total = sum(i * value for i, value in enumerate(values, 1))
    assert many(*values) == ctype(THREE)(values[0], values[-1], total)


# -- Functions of libc ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"), [("div", c_int), ("ldiv", c_long), ("lldiv", c_longlong)]
)
def test_divisions(name: str, kind: Any) -> None:
    class Division(Struct):
        _fields_ = [("quotient", kind), ("remainder", kind)]

    divide = zffi.load("c").func(name, Division, [kind, kind])
    most = 2 ** (8 * zffi.sizeof(kind) - 1) - 1
    for numerator, denominator in ((17, 5), (-17, 5), (17, -5), (most, 2), (-most - 1, 3)):
        quotient = abs(numerator) // abs(denominator)
        quotient = quotient if (numerator < 0) == (denominator < 0) else -quotient
        expected = Division(quotient, numerator - quotient * denominator)
        assert divide(numerator, denominator) == expected


def test_internet_addresses() -> None:
    """A struct of four bytes, as a result and as an argument."""

    class Address(Struct):
        _fields_ = [("s_addr", c_uint32)]

    libc = zffi.load("c")
    make = libc.func("inet_makeaddr", Address, [c_uint32, c_uint32])
    local = libc.func("inet_lnaof", c_uint32, [Address])
    network = libc.func("inet_netof", c_uint32, [Address])
    text = libc.func("inet_ntoa", zffi.c_char_p, [Address])
    address = make(127, 0x010203)
    assert bytes(address) == bytes([127, 1, 2, 3])
    assert (network(address), local(address), text(address)) == (127, 0x010203, b"127.1.2.3")
