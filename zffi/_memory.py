"""Buffers for text: arrays of char and of wchar_t with a size or a content."""

from __future__ import annotations

from ._core import c_char, c_wchar

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from ._core import Array


def create_string_buffer(content: bytes | int, size: int | None = None) -> Array[int | bytes]:
    """An array of char to be written to.

    content: bytes, which are followed by a NUL, or the number of bytes, all NUL. size: bytes, if it
    must be another than that. Raises ArgumentValueError if the content is longer than size.
    """
    if isinstance(content, int):
        return (c_char * content)()
    buffer = (c_char * (len(content) + 1 if size is None else size))()
    buffer.value = content
    return buffer


def create_unicode_buffer(content: str | int, size: int | None = None) -> Array[str]:
    """An array of wchar_t to be written to.

    content: a str, which is followed by a NUL, or the number of characters, all NUL. size:
    characters, if it must be another than that. Raises ArgumentValueError if the content is longer
    than size.
    """
    if isinstance(content, int):
        return (c_wchar * content)()
    buffer = (c_wchar * (len(content) + 1 if size is None else size))()
    buffer.value = content
    return buffer
