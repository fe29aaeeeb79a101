"""The capturing callee: where the arguments of a call really are, and what is in them."""

import struct
from typing import Any, Literal

from calls.machine import STACK, THIS, WORDS

import zffi
from zffi import c_const_void_p, c_size_t, c_void_p

Gil = Literal["release", "hold"]


class Capture:
    """The callee, and what it saw last."""

    def __init__(self, library: zffi.Library) -> None:
        self._library = library
        self._block = library.func("captured", c_void_p)()
        self._copy = zffi.load("c").func("memcpy", c_void_p, [c_void_p, c_const_void_p, c_size_t])
        self._bytes = bytearray(WORDS * 8)

    def bind(self, types: list[Any], **options: Any) -> Any:
        return self._library.func("capture", None, types, **options)

    def call(self, types: list[Any], values: list[Any], gil: Gil = "hold") -> None:
        self.bind(types, gil=gil)(*values)
        self.look()

    def look(self) -> None:
        """At what was seen in the last call."""
        self._copy(self._bytes, self._block, len(self._bytes))

    def forget(self) -> None:
        zffi.memset(self._block, 0, len(self._bytes))

    def word(self, index: int) -> int:
        word: int = struct.unpack_from("<Q", self._bytes, index * 8)[0]
        return word

    def bytes_of(self, piece: Any) -> bytes:
        """The bytes in the place that a piece of a plan names."""
        in_memory = piece.register is None
        start = piece.number + STACK * 8 if in_memory else THIS.word_of(piece.register) * 8
        return bytes(self._bytes[start : start + piece.size])

    def low_half_of(self, piece: Any) -> int:
        half: int = struct.unpack("<I", self.bytes_of(piece._replace(size=4)))[0]
        return half
