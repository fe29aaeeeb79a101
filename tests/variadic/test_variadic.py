"""Variadic functions: the promotions, every register and stack position, real functions of libc."""

import fcntl
import gc
import inspect
import os
import pickle
import random
import stat
import struct
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from native import Native

import zffi
from zffi import c_char_p, c_double, c_float, c_int, c_int64, c_size_t, c_void_p, errors

C = zffi.load("c")


@pytest.fixture(scope="module")
def library(native: Native) -> zffi.Library:
    return zffi.load(native("variadic.c"), gil="hold")


def printf(form: str, *values: Any) -> str:
    """What C's snprintf makes of it."""
    parameters = {"out": c_void_p, "size": c_size_t, "format": c_char_p}
    snprintf = C.func("snprintf", c_int, parameters, fixed=3)
    out = bytearray(4096)
    length = snprintf(out, len(out), form, *values)
    return out[:length].decode()


def test_sums(library: zffi.Library) -> None:
    total = library.func("sum_variadic", c_int64, [c_int], fixed=1)
    assert total(3, 10, 20, 30) == 60
    assert total(0) == 0
    for count in (1, 5, 6, 7, 20, 100, 1023):
        assert total(count, *range(1, count + 1)) == count * (count + 1) // 2
    assert library.func("two_fixed", c_int64, [c_int64] * 2, fixed=2)(100, 200, 300) == 600


def test_doubles_need_the_count_of_vector_registers(library: zffi.Library) -> None:
    """Twice with other values: with a wrong al, the second call would find the first one's."""
    total = library.func("sum_doubles", c_double, [c_int], fixed=1)
    for factor in (1.0, -2.5, 1e100):
        for count in (0, 1, 2, 7, 8, 9, 20):
            values = [factor * i for i in range(count)]
            expected = 0.0
            for i, value in enumerate(values):
                expected += value * (i + 1)
            assert total(count, *values) == expected
    assert library.func("float_result", c_float, [c_int], fixed=1)(3, 1.0, 2.0, 0.5) == 3.5


def test_pairs(library: zffi.Library) -> None:
    total = library.func("sum_pairs", c_double, [c_int], fixed=1)
    for sign in (1, -1):
        tail = [part for i in range(12) for part in (sign * (i + 3), sign * i * 0.5)]
        assert total(12, *tail) == sum(value * (i + 1) for i, value in enumerate(tail))


MAKE: dict[str, Any] = {
    "i": lambda r: r.choice([0, 1, -1, 2**31 - 1, -(2**31), r.randrange(-1000, 1000)]),
    "u": lambda r: r.choice([0, 2**32 - 1, r.randrange(2**32)]),
    "l": lambda r: r.choice([2**63 - 1, -(2**63), r.randrange(-(2**62), 2**62)]),
    "q": lambda r: r.choice([2**64 - 1, 2**63, r.randrange(2**64)]),
    "d": lambda r: r.choice([0.0, -0.5, 1e9, r.randrange(1000) / 8]),
    "s": lambda r: r.choice(["", "text", "ünï", b"bytes"]),
    "p": lambda r: r.choice([None, zffi.c_void_p(0x1234), zffi.c_void_p(2**47)]),
}


def shown(kind: str, value: Any) -> str:
    if kind == "d":
        return f"{value:.3f}"
    if kind == "s":
        return value.decode() if isinstance(value, bytes) else str(value)
    if kind == "p":
        address = value.value if value is not None else None
        return "(nil)" if address is None else hex(address)
    return str(value)


def test_mixed_tails(library: zffi.Library) -> None:
    """Random tails of up to 20 values, each shape twice with other values."""
    parameters = [c_void_p, c_size_t, c_double, c_char_p]
    describe = library.func("describe", c_int, parameters, fixed=4)
    generator = random.Random(20261122)
    out = bytearray(4096)
    for _ in range(150):
        kinds = "".join(generator.choices(list(MAKE), k=generator.randrange(21)))
        for _ in range(2):
            values = [MAKE[kind](generator) for kind in kinds]
            length = describe(out, len(out), 0.25, kinds, *values)
            words = [
                "0.25",
                *(shown(kind, value) for kind, value in zip(kinds, values, strict=True)),
            ]
            assert out[:length].decode() == " ".join(words), kinds


def test_printf() -> None:
    assert printf("%d %d %d %d", 111, 222, 333, 444) == "111 222 333 444"
    assert printf("%s=%f %p %c %lu", "x", 2.5, None, 65, 2**64 - 1) == (
        "x=2.500000 (nil) A 18446744073709551615"
    )
    assert printf("%d %d", True, False) == "1 0"
    assert printf("%ls", zffi.c_wchar_p("wide")) == "wide"
    assert printf("nothing") == "nothing"
    for value in (0.0, 1.0, -2.0, 3.5):
        assert printf("%f", value) == f"{value:f}"


def test_data_is_promoted() -> None:
    """float becomes double, narrow integers become int; what is declared stays what it is."""
    assert printf("%f %f", c_float(1.5), c_double(-2.5)) == "1.500000 -2.500000"
    narrow = [zffi.c_int8(-3), zffi.c_uint8(200), zffi.c_short(-300), zffi.c_ushort(60000)]
    assert printf("%d %d %d %d", *narrow) == "-3 200 -300 60000"
    assert printf("%d %c", zffi.c_bool(True), zffi.c_char(b"A")) == "1 A"
    assert printf("%lld", zffi.c_longlong(5)) == "5"
    assert printf("%s", c_char_p(b"kept")) == "kept"


def test_buffers_in_the_tail(library: zffi.Library) -> None:
    assert printf("%.3s", bytearray(b"abcdef")) == "abc"
    assert printf("%.2s", memoryview(b"abcdef")) == "ab"


def test_numpy_in_the_tail() -> None:
    numpy = pytest.importorskip("numpy", reason="NumPy has no wheel for this interpreter yet")
    assert printf("%d %lu %f", numpy.int8(-5), numpy.uint64(2**64 - 1), numpy.float64(0.5)) == (
        "-5 18446744073709551615 0.500000"
    )
    assert printf("%.2s", numpy.array([65, 66, 67], numpy.uint8)) == "AB"


@pytest.mark.parametrize("value", [1j, object(), [1], {}, Decimal(1), type, ...], ids=repr)
def test_no_type_goes_without_saying(value: Any) -> None:
    with pytest.raises(
        errors.ArgumentError, match=r"argument 4 \(\.\.\.\): no C type goes"
    ) as caught:
        printf("%d", value)
    assert caught.value.__notes__[0].endswith(" " * 57 + "^^^")


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, 2**300])
def test_integers_out_of_range(value: int) -> None:
    with pytest.raises(OverflowError, match="out of range"):
        printf("%d", value)


def test_other_mistakes() -> None:
    with pytest.raises(errors.ArgumentValueError, match="embedded NUL"):
        printf("%s", "a\0b")
    snprintf = C.func("snprintf", c_int, [c_void_p, c_size_t, c_char_p], fixed=3)
    with pytest.raises(errors.ArgumentError, match="takes at least 3 arguments") as caught:
        snprintf(None, 0)
    assert caught.value.__notes__ == ["int snprintf(void *, size_t, const char *, ...)"]
    with pytest.raises(errors.ArgumentError, match=r"takes at most 1024 arguments \(1025 given\)"):
        snprintf(None, 0, "", *range(1022))
    with pytest.raises(TypeError, match="expected an integer"):
        snprintf(None, "0", "")

    class Raises:
        def __index__(self) -> int:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        printf("%d", Raises())


def test_a_typed_tail() -> None:
    """Types behind the named parameters are those of the first values in the tail, promoted."""
    types = [c_void_p, c_size_t, c_char_p, c_float, zffi.c_short]
    snprintf = C.func("snprintf", c_int, types, fixed=3)
    out = bytearray(64)
    length = snprintf(out, 64, "%.1f %d %s", 1.5, -7, "more")
    assert out[:length] == b"1.5 -7 more"
    with pytest.raises(errors.ArgumentError, match=r"argument 4 \(double\): expected a number"):
        snprintf(out, 64, "%.1f %d", "x", 1)
    with pytest.raises(errors.ArgumentError, match="at least 5 arguments"):
        snprintf(out, 64, "", 1.0)


def test_declarations() -> None:
    for fixed in (4, 100):
        with pytest.raises(errors.SignatureError, match=f"fixed={fixed}, but argtypes has fewer"):
            zffi.signature(c_int, [c_int] * 3, fixed=fixed)
    for wrong in (-1, "1", 1.0, 2**70):
        with pytest.raises(errors.SignatureError, match="fixed must be a number of parameters"):
            zffi.signature(c_int, [c_int], fixed=wrong)  # type: ignore[arg-type]
    signature = zffi.signature(c_int, {"format": c_char_p}, fixed=1)
    assert signature.fixed == 1
    assert str(signature) == "int (const char *format, ...)"
    assert str(zffi.signature(None, fixed=0)) == "void (...)"
    assert signature != zffi.signature(c_int, [c_char_p])
    assert pickle.loads(pickle.dumps(signature)) == signature
    assert zffi.signature(c_int, [c_char_p]).fixed is None
    with pytest.raises(errors.SignatureError, match="part of the signature that was given"):
        C.func("printf", signature, fixed=1)


def test_introspection() -> None:
    function = C.func("printf", zffi.signature(c_int, {"format": c_char_p}, fixed=1))
    assert str(inspect.signature(function)) == "(format, /, *args)"
    assert zffi.info(function).prototype == "int printf(const char *format, ...)"
    twin = pickle.loads(pickle.dumps(function))
    assert zffi.info(twin).signature == zffi.info(function).signature


def test_scanf() -> None:
    sscanf = C.func("sscanf", c_int, [c_char_p, c_char_p], fixed=2)
    number, real, word = c_int(), c_double(), bytearray(16)
    given = sscanf("42 2.5 word", "%d %lf %15s", zffi.byref(number), zffi.byref(real), word)
    assert given == 3
    assert (number.value, real.value, bytes(word[:5])) == (42, 2.5, b"word\0")


def test_open_with_a_mode(tmp_path: Path) -> None:
    """open() reads its mode only if it creates: a variadic parameter that is often forgotten."""
    opened = C.func("open", c_int, [c_char_p, c_int], fixed=2, check=zffi.errno_if(-1))
    before = os.umask(0)
    try:
        descriptor = opened(str(tmp_path / "made"), os.O_CREAT | os.O_WRONLY, 0o640)
    finally:
        os.umask(before)
    try:
        assert stat.S_IMODE(os.stat(tmp_path / "made").st_mode) == 0o640
        control = C.func("fcntl", c_int, [c_int, c_int], fixed=2)
        assert control(descriptor, fcntl.F_GETFL) & os.O_WRONLY
        assert control(descriptor, fcntl.F_SETFL, os.O_APPEND) == 0
        assert control(descriptor, fcntl.F_GETFL) & os.O_APPEND
        lock = bytearray(struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        assert control(descriptor, fcntl.F_GETLK, lock) == 0
        assert struct.unpack_from("h", lock)[0] == fcntl.F_UNLCK
    finally:
        os.close(descriptor)
    with pytest.raises(FileNotFoundError):
        opened("/no/such/file", os.O_RDONLY)


def test_shapes_do_not_pile_up() -> None:
    """A program with endless shapes does not grow: they are thrown away now and then."""
    function = C.func("snprintf", c_int, [c_void_p, c_size_t, c_char_p], fixed=3)

    def use(first: int) -> None:
        for i in range(first, first + 600):
            function(None, 0, "", *[1.0 if i >> bit & 1 else 1 for bit in range(12)])

    use(0)
    gc.collect()
    import sys

    before = sys.getallocatedblocks()
    use(600)
    use(1200)
    gc.collect()
    assert sys.getallocatedblocks() - before < 10_000


def test_threads() -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        for i in range(300):
            tail = [number, i * 0.5] * (i % 5)
            made = printf("%d %.1f " * (i % 5), *tail)
            if made != f"{number} {i * 0.5:.1f} " * (i % 5):
                wrong.append(made)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
