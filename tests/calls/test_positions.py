"""Narrow integers, floats, bools and text beyond the argument registers arrive in their place."""

import pytest
from native import Native

import zffi
from zffi import c_bool, c_char_p, c_float, c_int32, c_size_t, c_uint8, c_uint32, c_void_p


@pytest.fixture(scope="module")
def positions(native: Native) -> zffi.Library:
    return zffi.load(native("positions.c"))


def test_words_and_bytes(positions: zffi.Library) -> None:
    types = [*[c_uint32] * 8, c_uint8, c_uint8, c_uint32]
    total = positions.func("sum_words_and_bytes", c_uint32, types)
    assert total(256, 512, 4, 8, 16, 32, 64, 128, 1, 2, 1024) == 2047


def test_bytes_and_word(positions: zffi.Library) -> None:
    total = positions.func("sum_bytes_and_word", c_uint32, [c_uint8, c_uint8, c_uint32])
    assert total(1, 2, 1024) == 1027


def test_text_after_eight_words(positions: zffi.Library) -> None:
    total = positions.func("sum_if_text_is_test", c_uint32, [*[c_uint32] * 8, c_char_p])
    powers = [1 << bit for bit in range(8)]
    assert total(*powers, "test") == 255
    assert total(*powers, b"test") == 255
    assert total(*powers, "tes") == 0


def text_in(buffer: bytearray) -> str:
    return buffer.partition(b"\0")[0].decode()


def test_eight_ints_and_three_texts(positions: zffi.Library) -> None:
    types = [c_void_p, c_size_t, *[c_int32] * 8, *[c_char_p] * 3]
    write = positions.func("write_8_and_3_texts", None, types)
    buffer = bytearray(256)
    assert write(buffer, len(buffer), *range(1, 9), "foo", b"bar", "baz") is None
    assert text_in(buffer) == "1:2:3:4:5:6:7:8:foo:bar:baz"


@pytest.mark.parametrize("count", [10, 11, 20])
def test_many_ints(positions: zffi.Library, count: int) -> None:
    write = positions.func(f"write_{count}", None, [c_void_p, c_size_t, *[c_int32] * count])
    buffer = bytearray(256)
    write(buffer, len(buffer), *range(1, count + 1))
    assert text_in(buffer) == ":".join(str(number) for number in range(1, count + 1))
    write(buffer, len(buffer), *range(-1, -count - 1, -1))
    assert text_in(buffer) == ":".join(str(-number) for number in range(1, count + 1))


def test_ten_floats(positions: zffi.Library) -> None:
    write = positions.func("write_10_floats", None, [c_void_p, c_size_t, *[c_float] * 10])
    buffer = bytearray(256)
    write(buffer, len(buffer), *map(float, range(1, 11)))
    assert text_in(buffer) == "1.0:2.0:3.0:4.0:5.0:6.0:7.0:8.0:9.0:10.0"


@pytest.mark.parametrize("flag", [False, True])
def test_bool_in_the_middle(positions: zffi.Library, flag: bool) -> None:
    types = [c_void_p, c_size_t, *[c_int32] * 8, c_char_p, c_bool, c_int32, c_char_p]
    write = positions.func("write_bool_in_the_middle", None, types)
    buffer = bytearray(256)
    write(buffer, len(buffer), *range(1, 9), "foo", flag, 99, "bar")
    assert text_in(buffer) == f"1:2:3:4:5:6:7:8:foo:{int(flag)}:99:bar"
