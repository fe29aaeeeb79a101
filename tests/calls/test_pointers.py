"""Pointers in and out: data, text, functions, NULL; and functions without arguments or a result."""

from typing import Any

import pytest
from native import Native

import zffi
from zffi import c_char, c_char_p, c_const_void_p, c_double, c_int, c_size_t, c_void_p, c_wchar_p


@pytest.fixture(scope="module")
def pointers(native: Native) -> zffi.Library:
    return zffi.load(native("pointers.c"))


@pytest.fixture(scope="module")
def libc() -> zffi.Library:
    """The process: its malloc and free are one pair, whichever allocator is in."""
    return zffi.load(None)


@pytest.mark.parametrize("address", [1, 0x7F5948AE9A00, 2**47 - 1, 2**60, 2**63, 2**64 - 1])
def test_address_goes_and_comes(pointers: zffi.Library, address: int) -> None:
    assert pointers.func("same_pointer", c_void_p, [c_void_p])(address) == address


@pytest.mark.parametrize("ctype", [c_void_p, c_const_void_p, c_char_p, c_wchar_p])
def test_none_is_null(pointers: zffi.Library, ctype: Any) -> None:
    assert pointers.func("is_null", c_int, [ctype])(None) == 1
    assert pointers.func("same_pointer", ctype, [ctype])(None) is None


def test_null_result_is_none(pointers: zffi.Library) -> None:
    address_of_number = pointers.func("address_of_number", c_void_p, [c_size_t])
    assert address_of_number(5) is None
    assert address_of_number(0) is not None


def test_result_is_used_as_an_argument(pointers: zffi.Library) -> None:
    address_of_number = pointers.func("address_of_number", c_void_p, [c_size_t])
    read_number = pointers.func("read_number", c_int, [c_void_p])
    assert [read_number(address_of_number(index)) for index in range(5)] == [2, 3, 5, 7, 11]


def test_c_writes_to_data(pointers: zffi.Library) -> None:
    write_number = pointers.func("write_number", None, [c_void_p, c_int])
    number = c_int(0)
    write_number(zffi.byref(number), -5)
    assert number.value == -5
    write_number(zffi.addressof(number), 6)
    assert number.value == 6


def test_c_writes_to_a_buffer(pointers: zffi.Library) -> None:
    fill = pointers.func("fill", None, [c_void_p, c_size_t, c_char])
    buffer = bytearray(b"0123456789")
    fill(buffer, 4, b"x")
    assert buffer == b"xxxx456789"
    fill(memoryview(buffer)[6:], 4, b"y")
    assert buffer == b"xxxx45yyyy"


def test_null_and_empty_and_full_text(pointers: zffi.Library) -> None:
    length = pointers.func("length_or_null", c_int, [c_char_p])
    assert [length(None), length(""), length(b""), length("x"), length(b"text")] == [-1, 0, 0, 1, 4]
    text = pointers.func("text_by_kind", c_char_p, [c_int])
    assert [text(0), text(1), text(2)] == [None, b"", b"text"]


def test_text_with_a_nul_inside_is_refused(pointers: zffi.Library) -> None:
    length = pointers.func("length_or_null", c_int, [c_char_p])
    for text in ("a\0b", b"a\0b", "\0", b"\0"):
        with pytest.raises(ValueError, match="NUL"):
            length(text)


def test_function_pointer_result(pointers: zffi.Library) -> None:
    function_by_name = pointers.func("function_by_name", c_void_p, [c_char_p])
    add = zffi.function(function_by_name("add"), c_int, [c_int, c_int])
    multiply = zffi.function(function_by_name("multiply"), c_double, [c_double, c_double])
    assert add(40, 2) == 42
    assert multiply(1.5, -4) == -6.0
    assert function_by_name("divide") is None


def test_function_at_the_address_of_a_symbol(pointers: zffi.Library) -> None:
    read_number = zffi.function(pointers.sym("read_number"), c_int, [c_void_p])
    assert read_number(zffi.byref(c_int(99))) == 99


def test_no_arguments_and_no_result(pointers: zffi.Library) -> None:
    call_me = pointers.func("call_me", None)
    times = pointers.func("times_i_was_called", c_int)
    before = times()
    assert call_me() is None
    assert call_me() is None
    assert times() == before + 2


def test_strdup_and_free(libc: zffi.Library) -> None:
    strdup = libc.func("strdup", c_void_p, [c_char_p])
    free = libc.func("free", None, [c_void_p])
    text_at = libc.func("strncpy", c_char_p, [c_void_p, c_void_p, c_size_t])
    for text in (b"", b"owned by C", b"x" * 100_000):
        address = strdup(text)
        copied = bytearray(len(text) + 1)
        assert text_at(copied, address, len(copied)) == text
        assert copied == text + b"\0"
        assert free(address) is None
    assert free(None) is None


def test_malloc_and_free(libc: zffi.Library) -> None:
    malloc = libc.func("malloc", c_void_p, [c_size_t])
    free = libc.func("free", None, [c_void_p])
    memset = libc.func("memset", c_void_p, [c_void_p, c_int, c_size_t])
    memcpy = libc.func("memcpy", c_void_p, [c_void_p, c_const_void_p, c_size_t])
    blocks = [malloc(64) for _ in range(1000)]
    assert len(set(blocks)) == 1000
    copied = bytearray(64)
    for index, block in enumerate(blocks):
        assert memset(block, index % 256, 64) == block
    for index, block in enumerate(blocks):
        memcpy(copied, block, 64)
        assert copied == bytes([index % 256]) * 64
        free(block)
