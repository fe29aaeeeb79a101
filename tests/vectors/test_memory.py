"""Structs and texts that C reaches through pointers, and what outlives a call."""

import gc

import pytest
from native import Native

import zffi
from zffi import POINTER, Struct, c_char, c_char_p, c_double, c_int, c_size_t, c_void_p, types


class Entry(Struct):
    number: types.int32
    text: types.char_p
    weight: types.double


@pytest.fixture(scope="module")
def library(native: Native) -> zffi.Library:
    return zffi.load(native("memory.c"))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_c_changes_an_array_of_structs(library: zffi.Library, count: int) -> None:
    change = library.func("change_entries", c_double, [POINTER(Entry), c_size_t])
    texts = [f"{i}-text".encode() for i in range(count)]
    entries = (Entry * count)(*((10 * i, text, i + 0.5) for i, text in enumerate(texts)))
    expected = sum((i + 1) * (i + 0.5) for i in range(count))
    assert change(entries, count) == expected
    gc.collect()
    assert [entry.number for entry in entries] == [10 * i - 1 for i in range(count)]
    assert [entry.weight for entry in entries] == [2 * i + 1.0 for i in range(count)]
    assert [entry.text for entry in entries] == [text[1:] for text in texts]
    assert change(entries, count) == 2 * expected


def test_c_changes_one_struct(library: zffi.Library) -> None:
    change = library.func("change_entries", c_double, [POINTER(Entry), c_size_t])
    entry = Entry(5, b"text", 1.5)
    assert change(entry, 1) == 1.5
    assert (entry.number, entry.text, entry.weight) == (4, b"ext", 3.0)
    other = Entry(5, None, 1.5)
    change(other, 1)
    assert other.text is None


def test_an_array_of_texts_ends_with_null(library: zffi.Library) -> None:
    join = library.func("join", c_int, [c_void_p, c_char, POINTER(c_char_p)])
    buffer = bytearray(64)
    for texts in ([], [b"one"], [b"one", b"", b"three"]):
        array = (c_char_p * (len(texts) + 1))(*texts)
        gc.collect()
        assert join(buffer, b":", array) == len(texts)
        joined = b"".join(text + b":" for text in texts)
        assert buffer.partition(b"\0")[0] == joined


def test_a_text_that_c_keeps(library: zffi.Library) -> None:
    """Data outlives the call as long as Python holds it; what is converted for a call does not."""
    keep = library.func("keep", None, [c_void_p])
    give = library.func("give_kept", c_char_p)
    text = zffi.create_string_buffer(b"kept by C")
    keep(text)
    gc.collect()
    assert give() == b"kept by C"
    text.value = b"changed"
    assert give() == b"changed"
    keep(None)
    assert give() is None
