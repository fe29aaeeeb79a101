"""Real functions of the C library and of the kernel, chained as programs chain them."""

import errno
import mmap
import os
import shutil
import socket
import struct
from pathlib import Path

import pytest

import zffi
from zffi import (
    c_char_p,
    c_const_void_p,
    c_int,
    c_int32,
    c_int64,
    c_size_t,
    c_ssize_t,
    c_uint32,
    c_void_p,
)


@pytest.fixture(scope="module")
def libc() -> zffi.Library:
    """The process: its malloc and free are one pair, whichever allocator is in."""
    return zffi.load(None)


def test_strlen_abs_getpid(libc: zffi.Library) -> None:
    assert libc.func("strlen", c_size_t, [c_char_p])("Hello, world!") == 13
    assert libc.func("abs", c_int, [c_int])(-42) == 42
    assert libc.func("getpid", c_int)() == os.getpid()


def test_puts(libc: zffi.Library, capfd: pytest.CaptureFixture[str]) -> None:
    assert libc.func("puts", c_int, [c_char_p])("written by C, grüße") >= 0
    assert libc.func("fflush", c_int, [c_void_p])(None) == 0
    assert capfd.readouterr().out == "written by C, grüße\n"


def test_functions_of_the_library_itself() -> None:
    libc = zffi.load("c")
    assert libc.func("strlen", c_size_t, [c_char_p])(b"12345") == 5
    assert libc.func("getpid", c_int)() == os.getpid()


def test_file(libc: zffi.Library, tmp_path: Path) -> None:
    """create, write, seek, read, close, delete: each result is the next one's argument."""
    path = tmp_path / "file"
    creat = libc.func("creat", c_int, [c_char_p, c_uint32], check=zffi.errno_if(-1))
    fopen = libc.func("fopen", c_void_p, [c_char_p, c_char_p], check=zffi.null_is_error)
    write = libc.func(
        "write", c_ssize_t, [c_int, c_const_void_p, c_size_t], check=zffi.errno_if(-1)
    )
    pwrite = libc.func("pwrite", c_ssize_t, [c_int, c_const_void_p, c_size_t, c_int64])
    pread = libc.func("pread", c_ssize_t, [c_int, c_void_p, c_size_t, c_int64])
    lseek = libc.func("lseek", c_int64, [c_int, c_int64, c_int])
    fileno = libc.func("fileno", c_int, [c_void_p])
    fclose = libc.func("fclose", c_int, [c_void_p])
    close = libc.func("close", c_int, [c_int], check=zffi.errno_if(-1))
    unlink = libc.func("unlink", c_int, [c_char_p], check=zffi.errno_if(-1))

    descriptor = creat(str(path), 0o600)
    assert write(descriptor, b"0123456789", 10) == 10
    assert pwrite(descriptor, b"xyz", 3, 4) == 3
    assert lseek(descriptor, 0, os.SEEK_CUR) == 10
    assert lseek(descriptor, 2**33, os.SEEK_SET) == 2**33
    assert close(descriptor) == 0
    assert path.read_bytes() == b"0123xyz789"

    stream = fopen(str(path), "r")
    buffer = bytearray(6)
    assert pread(fileno(stream), buffer, len(buffer), 3) == 6
    assert buffer == b"3xyz78"
    assert fclose(stream) == 0

    assert unlink(str(path)) == 0
    assert not path.exists()
    with pytest.raises(FileNotFoundError):
        unlink(str(path))
    with pytest.raises(OSError, match=rf"\[Errno {errno.EBADF}\]"):
        close(descriptor)


def test_gathered_write(libc: zffi.Library, tmp_path: Path) -> None:
    pwritev = libc.func("pwritev", c_ssize_t, [c_int, c_const_void_p, c_int, c_int64])
    malloc = libc.func("malloc", c_void_p, [c_size_t])
    memcpy = libc.func("memcpy", c_void_p, [c_void_p, c_const_void_p, c_size_t])
    free = libc.func("free", None, [c_void_p])
    parts = [b"gathered", b" ", b"write"]
    blocks = [memcpy(malloc(len(part)), part, len(part)) for part in parts]
    vector = b"".join(
        struct.pack("PN", block, len(part)) for block, part in zip(blocks, parts, strict=True)
    )
    path = tmp_path / "file"
    with path.open("wb") as file:
        assert pwritev(file.fileno(), vector, len(parts), 2) == 14
    assert path.read_bytes() == b"\0\0gathered write"
    for block in blocks:
        free(block)


def test_memory_map(libc: zffi.Library) -> None:
    map_type = [c_void_p, c_size_t, c_int, c_int, c_int, c_int64]
    map_memory = libc.func("mmap", c_void_p, map_type, check=zffi.errno_if(2**64 - 1))
    unmap = libc.func("munmap", c_int, [c_void_p, c_size_t])
    memcpy = libc.func("memcpy", c_void_p, [c_void_p, c_const_void_p, c_size_t])
    strlen = libc.func("strlen", c_size_t, [c_void_p])
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    address = map_memory(None, mmap.PAGESIZE, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
    assert address % mmap.PAGESIZE == 0
    assert memcpy(address + 10, b"mapped\0", 7) == address + 10
    assert strlen(address + 10) == 6
    assert strlen(address) == 0
    assert unmap(address, mmap.PAGESIZE) == 0
    with pytest.raises(OSError, match=rf"\[Errno {errno.EBADF}\]"):
        map_memory(None, mmap.PAGESIZE, mmap.PROT_READ, mmap.MAP_PRIVATE, -1, 0)


def spawn(libc: zffi.Library, program: str) -> int:
    """Runs a program without arguments, and gives its exit code."""
    spawn_type = [c_void_p, c_char_p, *[c_const_void_p] * 4]
    posix_spawn = libc.func("posix_spawn", c_int, spawn_type)
    waitpid = libc.func("waitpid", c_int, [c_int, c_void_p, c_int])
    name = libc.func("strdup", c_void_p, [c_char_p])(program)
    arguments, environment = struct.pack("PP", name, 0), struct.pack("P", 0)
    process, status = c_int32(0), c_int(0)
    spawned = posix_spawn(zffi.byref(process), program, None, None, arguments, environment)
    libc.func("free", None, [c_void_p])(name)
    assert spawned == 0
    assert process.value > 0
    assert waitpid(process.value, zffi.byref(status), 0) == process.value
    return os.waitstatus_to_exitcode(status.value)


@pytest.mark.parametrize(("program", "code"), [("true", 0), ("false", 1)])
def test_spawn(libc: zffi.Library, program: str, code: int) -> None:
    path = shutil.which(program)
    assert path is not None
    assert spawn(libc, path) == code


def test_seven_arguments(libc: zffi.Library) -> None:
    """getnameinfo takes seven. Numbers only, so that no name server is asked."""
    name_type = [c_const_void_p, c_uint32, c_void_p, c_uint32, c_void_p, c_uint32, c_int]
    getnameinfo = libc.func("getnameinfo", c_int, name_type)
    address = struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", 8080, bytes([127, 0, 0, 1]))
    host, service = bytearray(64), bytearray(64)
    flags = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    assert getnameinfo(address, len(address), host, len(host), service, len(service), flags) == 0
    assert host.rstrip(b"\0") == b"127.0.0.1"
    assert service.rstrip(b"\0") == b"8080"
