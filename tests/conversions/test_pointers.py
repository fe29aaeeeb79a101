"""Pointers: None, addresses, text, buffers and byref(); what lives how long; what is refused."""

import array
import gc
import mmap
import sys
from collections.abc import Callable
from typing import Any

import pytest

import zffi
from zffi import c_char_p, c_const_void_p, c_int, c_size_t, c_void_p, c_wchar_p, errors

POINTERS = [c_void_p, c_const_void_p, c_char_p, c_wchar_p]


@pytest.mark.parametrize("ctype", POINTERS, ids=lambda ctype: ctype.__name__)
def test_none_and_addresses(ctype: Any, echo: Any) -> None:
    value: Any
    address = echo("echo_pointer", zffi.c_uintptr_t, ctype)
    assert address(None) == 0
    for value in (0, 1, 2**31, 2**47 - 1, 2**60, 2**63, 2**64 - 1):
        assert address(value) == value
    for value in (-1, 2**64, -(2**70)):
        with pytest.raises(errors.ArgumentOverflowError, match="is no address"):
            address(value)
    for value in (1.5, 1j, object(), [1], {}, type):
        with pytest.raises(errors.ArgumentError, match=r"expected .* None, got"):
            address(value)


def test_none_only_for_pointers(echo: Any) -> None:
    for ctype in (zffi.c_int, zffi.c_size_t, zffi.c_double, zffi.c_float, zffi.c_bool, zffi.c_char):
        with pytest.raises(TypeError, match="got None"):
            echo("echo_int64", None, ctype)(None)


def test_pointer_results(echo: Any) -> None:
    for ctype in (c_void_p, c_const_void_p):
        identity = echo("echo_pointer", ctype, ctype)
        assert identity(None) is None
        assert identity(0x7FFF12345678) == 0x7FFF12345678
        assert identity(2**64 - 1) == 2**64 - 1


def test_text(echo: Any) -> None:
    length = echo("length_of", zffi.c_int64, c_char_p)
    identity = echo("echo_string", c_char_p, c_char_p)
    assert length(None) == -1
    assert length("") == length(b"") == 0
    for text in ("hello", "é", "漢字", "🐍", "x" * 10_000, "\x01\x7f", "\x80"):
        assert length(text) == len(text.encode())
        assert identity(text) == identity(text.encode()) == text.encode()
    assert identity(None) is None
    assert identity(b"") == b""

    class Text(str):
        pass

    class Bytes(bytes):
        pass

    assert identity(Text("sub")) == identity(Bytes(b"sub")) == b"sub"


@pytest.mark.parametrize("text", ["\0", "a\0b", "é\0", b"\0", b"abc\0", "x" * 1000 + "\0"])
def test_embedded_nul(text: Any, echo: Any) -> None:
    with pytest.raises(errors.ArgumentValueError, match="embedded NUL at index") as caught:
        echo("length_of", zffi.c_int64, c_char_p)(text)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ValueError, match="embedded NUL"):
        c_char_p(text)


def test_text_that_is_not_utf8(echo: Any) -> None:
    with pytest.raises(errors.ArgumentValueError, match="lone surrogate"):
        echo("length_of", zffi.c_int64, c_char_p)("a\udc80")


def test_wide_text(echo: Any) -> None:
    length = echo("length_of_wide", zffi.c_int64, c_wchar_p)
    identity = echo("echo_wide", c_wchar_p, c_wchar_p)
    assert length(None) == -1
    for text in ("", "hello", "é", "漢字", "🐍", "x" * 10_000):
        assert length(text) == len(text)
        assert identity(text) == text
    assert identity(None) is None
    with pytest.raises(errors.ArgumentValueError, match="embedded NUL at index 1"):
        length("a\0b")
    with pytest.raises(TypeError, match="got bytes"):
        length(b"bytes")


WRITABLE: dict[str, Callable[[], Any]] = {
    "bytearray": lambda: bytearray(b"\1\2\3\4"),
    "array": lambda: array.array("B", [1, 2, 3, 4]),
    "memoryview": lambda: memoryview(bytearray(b"\1\2\3\4")),
    "slice": lambda: memoryview(bytearray(b"\0\0\1\2\3\4"))[2:],
    "c_uint32": lambda: zffi.c_uint32(0x04030201),
}


@pytest.mark.parametrize("name", WRITABLE)
def test_writable_buffers(name: str, echo: Any) -> None:
    value = WRITABLE[name]()
    given = zffi.byref(value) if isinstance(value, zffi.c_uint32) else value
    for ctype in (c_void_p, c_const_void_p, c_char_p):
        assert echo("sum_of", zffi.c_uint, ctype, c_size_t)(given, 4) == 10
    echo("fill", None, c_void_p, c_size_t, c_int)(given, 4, 7)
    assert bytes(value) == b"\7\7\7\7"


def test_read_only_buffers(echo: Any) -> None:
    anonymous = mmap.mmap(-1, 4096, access=mmap.ACCESS_READ)
    for value in (
        b"\1\2\3",
        memoryview(b"\1\2\3"),
        memoryview(bytearray(3)).toreadonly(),
        anonymous,
    ):
        assert echo("sum_of", zffi.c_uint, c_const_void_p, c_size_t)(value, 3) in (6, 0)
        with pytest.raises(errors.ArgumentError, match="is read-only and C may write to it"):
            echo("sum_of", zffi.c_uint, c_void_p, c_size_t)(value, 3)


def test_buffers_with_holes(echo: Any) -> None:
    for ctype in (c_void_p, c_const_void_p):
        with pytest.raises(errors.ArgumentError, match="not contiguous"):
            echo("sum_of", zffi.c_uint, ctype, c_size_t)(memoryview(bytearray(8))[::2], 4)


def test_str_is_no_buffer(echo: Any) -> None:
    with pytest.raises(errors.ArgumentError, match="got str; encode it, or declare"):
        echo("sum_of", zffi.c_uint, c_const_void_p, c_size_t)("abc", 3)


def test_many_buffers_at_once(echo: Any) -> None:
    values = [bytearray([i]) for i in range(1, 6)]
    assert echo("sum_of_five", zffi.c_uint, *[c_void_p] * 5)(*values) == 54321
    for value in values:
        value.append(0)  # no export is left over


def test_buffers_are_released_when_a_later_argument_fails(echo: Any) -> None:
    value = bytearray(4)
    function = echo("fill", None, c_void_p, c_size_t, c_int)
    for rest in ((4, "x"), (-1, 0), (4, 2**40)):
        with pytest.raises((TypeError, OverflowError)):
            function(value, *rest)
        value.append(0)


def test_bytearray_cannot_move_during_the_call(echo: Any) -> None:
    """An argument converted later cannot resize one that C is about to see."""
    value = bytearray(4)

    class Resizes:
        def __index__(self) -> int:
            with pytest.raises(BufferError):
                value.extend(bytes(1 << 20))
            return 4

    echo("fill", None, c_void_p, c_size_t, c_int)(value, Resizes(), 1)
    assert value == b"\1\1\1\1"


def test_exporter_that_raises(echo: Any) -> None:
    if sys.version_info < (3, 12):
        pytest.skip("classes export buffers since 3.12 (PEP 688)")

    class Raises:
        def __buffer__(self, flags: int) -> memoryview:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        echo("sum_of", zffi.c_uint, c_const_void_p, c_size_t)(Raises(), 1)


def test_result_points_into_an_argument(echo: Any) -> None:
    """The result is read before the argument's buffer is given back."""
    identity = echo("echo_string", c_char_p, c_void_p)
    assert identity(bytearray(b"temporary\0")) == b"temporary"
    assert echo("echo_wide", c_wchar_p, c_wchar_p)("temporary") == "temporary"


def test_pointer_data(echo: Any) -> None:
    """A pointer object stands for the pointer in it, as a C variable would."""
    address = echo("echo_pointer", zffi.c_uintptr_t, c_void_p)
    assert address(c_void_p(0x1234)) == 0x1234
    assert address(c_void_p()) == address(c_void_p(None)) == 0
    length = echo("length_of", zffi.c_int64, c_char_p)
    assert length(c_char_p(b"seven!!")) == 7
    assert length(c_char_p("7é7é7")) == 7
    assert echo("length_of_wide", zffi.c_int64, c_wchar_p)(c_wchar_p("five!")) == 5
    assert echo("echo_pointer", zffi.c_uintptr_t, c_const_void_p)(c_char_p(b"x")) != 0
    for held, wanted in (
        (c_char_p(b"x"), c_void_p),
        (c_const_void_p(1), c_void_p),
        (c_int(1), c_void_p),
        (c_wchar_p("x"), c_char_p),
    ):
        with pytest.raises(errors.ArgumentError, match="expected"):
            echo("echo_pointer", None, wanted)(held)


def test_pointer_data_keeps_what_it_points_to(echo: Any) -> None:
    length = echo("length_of", zffi.c_int64, c_char_p)
    pointers = [c_char_p("x" * (1000 + i)) for i in range(50)]
    wide = [c_wchar_p("y" * (1000 + i)) for i in range(50)]
    buffers = [c_void_p(bytearray(b"z" * (100 + i) + b"\0")) for i in range(50)]
    gc.collect()
    junk = ["w" * (1000 + i) for i in range(50)]
    assert [length(pointer) for pointer in pointers] == [1000 + i for i in range(50)]
    assert [pointer.value for pointer in wide] == ["y" * (1000 + i) for i in range(50)]
    read = echo("length_of", zffi.c_int64, c_void_p)
    assert [read(buffer) for buffer in buffers] == [100 + i for i in range(50)]
    del junk


def test_byref(echo: Any) -> None:
    value = zffi.c_uint32(0)
    fill = echo("fill", None, c_void_p, c_size_t, c_int)
    fill(zffi.byref(value), 4, 0xAB)
    assert value.value == 0xABABABAB
    fill(zffi.byref(value, 2), 2, 0)
    assert value.value == 0xABAB
    address = echo("echo_pointer", zffi.c_uintptr_t, c_void_p)
    assert address(zffi.byref(value)) == zffi.addressof(value)
    assert address(zffi.byref(value, 3)) == zffi.addressof(value) + 3
    for offset in (-1, 4, 2**62):
        with pytest.raises(ValueError, match="is outside c_uint32, which has 4 bytes"):
            zffi.byref(value, offset)
    for wrong in (5, b"x", None, zffi.c_int):
        with pytest.raises(TypeError, match="expected a C data object"):
            zffi.byref(wrong)  # type: ignore[arg-type]
    with pytest.raises(errors.ArgumentError, match=r"got c_uint32; byref\(\) gives its address"):
        address(value)
    with pytest.raises(TypeError, match="got Reference"):
        echo("echo_int32", None, c_int)(zffi.byref(value))


def test_byref_keeps_the_object(echo: Any) -> None:
    reference = zffi.byref(zffi.c_uint64(0x1122334455667788))
    gc.collect()
    [zffi.c_uint64(i) for i in range(100)]
    assert echo("sum_of", zffi.c_uint, c_void_p, c_size_t)(reference, 8) == sum(
        range(0x11, 0x99, 0x11)
    )


def test_release_runs_python_code_for_many_buffers() -> None:
    """A Py_buffer may point into itself, so the arena moves none, however many there are."""
    if sys.version_info < (3, 12):
        pytest.skip("classes export buffers since 3.12 (PEP 688)")
    lengths: list[int] = []

    class Exporter(bytearray):
        def __release_buffer__(self, view: memoryview) -> None:
            lengths.append(len(view))

    for count in (1, 2, 3, 9, 10, 11, 18, 19, 40):
        lengths.clear()
        function = zffi.load("c").func("getpid", c_int, [c_void_p] * count)
        function(*[Exporter(b"xyz") for _ in range(count)])
        assert lengths == [3] * count
        with pytest.raises(TypeError):
            function(*[Exporter(b"xyz") for _ in range(count - 1)], 1.5)
        pointers = [c_void_p(Exporter(b"kept")) for _ in range(3)]
        gc.collect()
        assert [zffi.string_at(pointer, 4) for pointer in pointers] == [b"kept"] * 3


def test_pointers_of_ctypes_are_no_buffers() -> None:
    """They export where they are stored; writing there would change the pointer itself."""
    ctypes = pytest.importorskip("ctypes", reason="this interpreter was built without ctypes")
    memset = zffi.load("c").func("memset", c_void_p, [c_void_p, c_int, c_size_t])
    length = zffi.load("c").func("strlen", c_size_t, [c_char_p])
    memory = ctypes.create_string_buffer(16)
    for pointer in (
        ctypes.c_void_p(1), ctypes.c_char_p(b"x"), ctypes.c_wchar_p("x"), ctypes.pointer(memory)
    ):  # fmt: skip
        for function, rest in ((memset, (0, 1)), (length, ())):
            with pytest.raises(errors.ArgumentError, match="expected"):
                function(pointer, *rest)
    memset(memory, 65, 3)
    assert length(memory) == 3


def test_exceptions_of_an_exporter_are_its_own() -> None:
    if sys.version_info < (3, 12):
        pytest.skip("classes export buffers since 3.12 (PEP 688)")

    class Once:
        def __init__(self, error: type[BaseException]) -> None:
            self.error: type[BaseException] | None = error

        def __buffer__(self, flags: int) -> memoryview:
            error, self.error = self.error, None
            if error is not None:
                raise error("mine")
            return memoryview(bytearray(4))

    for error in (KeyboardInterrupt, ValueError, LookupError):
        with pytest.raises(error, match="mine"):
            zffi.load("c").func("free", None, [c_void_p])(Once(error))
