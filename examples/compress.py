"""Compresses a file, or its own source, with zlib, and checks that what comes back is the same.

Usage: python compress.py [FILE | -] [LEVEL]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import zffi
from zffi import c_char_p, c_const_void_p, c_int, c_uint, c_ulong, c_void_p

z = zffi.load("z")

version = z.func("zlibVersion", c_char_p)
error_text = z.func("zError", c_char_p, [c_int])
bound = z.func("compressBound", c_ulong, {"source_size": c_ulong})
crc32 = z.func("crc32", c_ulong, {"crc": c_ulong, "data": c_const_void_p, "size": c_uint})


def must_be_ok(status: int, function: Callable[..., object], args: tuple[object, ...]) -> None:
    """For check=: a status other than Z_OK becomes an exception with zlib's own words."""
    if status != 0:
        raise RuntimeError(f"{function.__name__}(): {error_text(status).decode()}")


target = {"to": c_void_p, "to_size": c_void_p}
source = {"data": c_const_void_p, "size": c_ulong}
compress2 = z.func("compress2", c_int, {**target, **source, "level": c_int}, check=must_be_ok)
uncompress = z.func("uncompress", c_int, {**target, **source}, check=must_be_ok)


def compress(data: bytes, level: int = -1) -> bytes:
    size = c_ulong(bound(len(data)))  # room for the worst case; zlib writes the true size here
    packed = bytearray(size.value)
    compress2(packed, zffi.byref(size), data, len(data), level)
    return bytes(packed[: size.value])


def decompress(packed: bytes, original_size: int) -> bytes:
    size = c_ulong(original_size)
    data = bytearray(original_size)
    uncompress(data, zffi.byref(size), packed, len(packed))
    return bytes(data[: size.value])


def main(file: str = __file__, level: str = "9") -> None:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    packed = compress(data, int(level))
    if decompress(packed, len(data)) != data:
        raise SystemExit("what came back differs from what went in")
    ratio = 100 * len(packed) / max(len(data), 1)
    print(f"zlib {version().decode()}, level {level}")
    print(f"{len(data)} bytes became {len(packed)} ({ratio:.1f} %), and came back the same")
    print(f"crc32 {crc32(0, data, len(data)):08x}")


if __name__ == "__main__":
    main(*sys.argv[1:])
