"""Where arguments really are, seen by a callee in assembly: no compiler has a say here."""

import math
import random
import struct
from typing import Any

import pytest
from calls.capture import Capture, Gil
from calls.machine import ARM64, THIS
from native import Native

import zffi
from zffi import (
    c_bool,
    c_char,
    c_double,
    c_float,
    c_int,
    c_int8,
    c_int16,
    c_int32,
    c_int64,
    c_long,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
    c_ulong,
    c_void_p,
    c_wchar,
)

# Words of the block that x86-64 alone has, or arm64 alone.
RAX, FLAGS, MXCSR, X87 = 22, 24, 25, 26
X8, FPCR = 8, 26

DIRECTION_FLAG = 0x400
MXCSR_DEFAULT, MXCSR_STATUS = 0x1F80, 0x3F

# Bit patterns that show a shift, a swap, a sign extension or a conversion.
WORD_PATTERNS = [0, 1, 2**64 - 1, 0x0123456789ABCDEF]
DOUBLE_PATTERNS = [0.0, -0.0, 1.0, -1.0, 1.7976931348623157e308, 2.2250738585072014e-308]


def check_entry_state(capture: Capture, types: list[Any]) -> None:
    vectors = min(8, sum(ctype in (c_float, c_double) for ctype in types))
    assert capture.word(THIS.stack_pointer) % 16 == THIS.entry_sp
    if THIS is ARM64:
        assert capture.word(FPCR) == 0  # as the system sets it
        assert capture.word(X8) == 0  # a wrong declaration must not leak what was there
        return
    assert capture.word(RAX) & 0xFF == vectors
    assert capture.word(FLAGS) & DIRECTION_FLAG == 0
    assert capture.word(MXCSR) & ~MXCSR_STATUS == MXCSR_DEFAULT
    assert capture.word(X87 + 1) & 0xFFFF == 0xFFFF  # all x87 registers are empty


@pytest.fixture(scope="module")
def assembly(one_native: Native) -> zffi.Library:
    return zffi.load(one_native(THIS.assembly))


@pytest.fixture(scope="module")
def capture(assembly: zffi.Library) -> Capture:
    return Capture(assembly)


@pytest.mark.parametrize("gil", ["hold", "release"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 6, 7, 8, 13, 22, 38])
def test_words(capture: Capture, count: int, gil: Gil) -> None:
    for shift in range(len(WORD_PATTERNS)):
        values = [WORD_PATTERNS[(i + shift) % len(WORD_PATTERNS)] ^ i for i in range(count)]
        capture.call([c_uint64] * count, values, gil)
        check_entry_state(capture, [c_uint64] * count)
        places = THIS.integer_places[:count]
        assert [capture.word(place) for place in places] == values


@pytest.mark.parametrize("gil", ["hold", "release"])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 7, 8, 9, 10, 24, 40])
def test_doubles(capture: Capture, count: int, gil: Gil) -> None:
    for shift in range(len(DOUBLE_PATTERNS)):
        values = [DOUBLE_PATTERNS[(i + shift) % len(DOUBLE_PATTERNS)] for i in range(count)]
        capture.call([c_double] * count, values, gil)
        check_entry_state(capture, [c_double] * count)
        places = THIS.floating_places[:count]
        expected = [struct.unpack("<Q", struct.pack("<d", value))[0] for value in values]
        assert [capture.word(place) for place in places] == expected


def test_floats(capture: Capture) -> None:
    values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        3.4028234663852886e38,
        1.1754943508222875e-38,
        math.inf,
        -math.inf,
        0.5,
        0.25,
    ]
    capture.call([c_float] * 10, values)
    places = THIS.floating_places[:10]
    expected = [struct.unpack("<I", struct.pack("<f", value))[0] for value in values]
    assert [capture.word(place) & 0xFFFFFFFF for place in places] == expected


@pytest.mark.parametrize(
    ("ctype", "value", "low_half"),
    [
        (c_int8, -128, 0xFFFFFF80),
        (c_int8, 127, 0x7F),
        (c_uint8, 0x80, 0x80),
        (c_int16, -0x8000, 0xFFFF8000),
        (c_uint16, 0x8000, 0x8000),
        (c_int32, -(2**31), 0x80000000),
        (c_uint32, 2**31, 0x80000000),
        (c_bool, True, 1),
        (c_bool, False, 0),
        (c_char, b"\xff", 0xFFFFFFFF if THIS.char_is_signed else 0xFF),
    ],
)
def test_narrow_values_are_extended(
    capture: Capture, ctype: Any, value: Any, low_half: int
) -> None:
    """To 32 bits, which no ABI text asks for and compilers rely on."""
    capture.call([ctype] * 10, [value] * 10)
    places = THIS.integer_places[:10]
    assert [capture.word(place) & 0xFFFFFFFF for place in places] == [low_half] * 10


# -- Random signatures against their own plan -----------------------------------------------------

# Each type: how struct packs it, and a way to make a value.
RANDOM_TYPES: dict[Any, tuple[str, Any]] = {
    c_bool: ("?", lambda rng: rng.random() < 0.5),
    c_int8: ("b", lambda rng: rng.randint(-(2**7), 2**7 - 1)),
    c_uint8: ("B", lambda rng: rng.randint(0, 2**8 - 1)),
    c_int16: ("h", lambda rng: rng.randint(-(2**15), 2**15 - 1)),
    c_uint16: ("H", lambda rng: rng.randint(0, 2**16 - 1)),
    c_int32: ("i", lambda rng: rng.randint(-(2**31), 2**31 - 1)),
    c_uint32: ("I", lambda rng: rng.randint(0, 2**32 - 1)),
    c_int64: ("q", lambda rng: rng.randint(-(2**63), 2**63 - 1)),
    c_uint64: ("Q", lambda rng: rng.randint(0, 2**64 - 1)),
    c_int: ("i", lambda rng: rng.randint(-5, 5)),
    c_long: ("l", lambda rng: rng.randint(-5, 5)),
    c_ulong: ("L", lambda rng: rng.randint(2**59, 2**61)),
    c_float: ("f", lambda rng: struct.unpack("f", struct.pack("f", rng.uniform(-1e30, 1e30)))[0]),
    c_double: ("d", lambda rng: rng.choice([*DOUBLE_PATTERNS, rng.uniform(-1e300, 1e300)])),
    c_void_p: ("P", lambda rng: rng.randint(1, 2**64 - 1)),
    c_char: ("c", lambda rng: bytes([rng.randrange(256)])),
    c_wchar: ("I", lambda rng: chr(rng.randint(1, 0xD7FF))),
}


def random_types(rng: random.Random) -> list[Any]:
    """0 to 24 arguments; a third of the signatures favour one bank, so that it is exhausted."""
    count = rng.randint(0, 24)
    favourites = rng.choice([list(RANDOM_TYPES), list(RANDOM_TYPES), [c_float, c_double, c_int8]])
    return [rng.choice(favourites) for _ in range(count)]


@pytest.mark.parametrize("seed", range(300))
def test_random_signature_follows_its_plan(capture: Capture, seed: int) -> None:
    rng = random.Random(seed)
    types = random_types(rng)
    values = [RANDOM_TYPES[ctype][1](rng) for ctype in types]
    plan = zffi.signature(None, types).plan
    said = f"seed {seed}: {types} {values}\n{plan}"
    capture.call(types, values, rng.choice(["hold", "release"]))
    check_entry_state(capture, types)
    for ctype, value, place in zip(types, values, plan.arguments, strict=True):
        (piece,) = place.pieces
        packable = ord(value) if ctype is c_wchar else value
        assert (piece.offset, piece.size) == (0, zffi.sizeof(ctype)), said
        assert capture.bytes_of(piece) == struct.pack(RANDOM_TYPES[ctype][0], packable), said
        if isinstance(value, int) and piece.size < 4:
            assert capture.low_half_of(piece) == value % 2**32, said


# -- A callee that leaves nothing as it was -------------------------------------------------------


@pytest.mark.parametrize("gil", ["hold", "release"])
@pytest.mark.parametrize(
    ("restype", "expected"),
    [
        (c_bool, False),
        (c_int8, 0),
        (c_uint8, 0),
        (c_int16, 0x9A00 - 0x10000),
        (c_uint16, 0x9A00),
        (c_int32, 0x48AE9A00),
        (c_uint32, 0x48AE9A00),
        (c_int64, 0x7F5948AE9A00),
        (c_uint64, 0x7F5948AE9A00),
        (c_void_p, 0x7F5948AE9A00),
        (c_char, b"\0"),
        (c_float, -2.5),
        (c_double, struct.unpack("<d", struct.pack("<fI", -2.5, 0x40DEADBE))[0]),
        (None, None),
    ],
)
def test_clobbered_registers(assembly: zffi.Library, restype: Any, expected: Any, gil: Gil) -> None:
    """All volatile registers and the red zone are overwritten; the result has dirt above it."""
    number = struct.unpack("<d", struct.pack("<fI", -2.5, 0x40DEADBE))[0]
    clobber = assembly.func("clobber", restype, [c_uint64, c_double], gil=gil)
    clobber_9 = assembly.func("clobber", restype, [c_uint64, c_double, *[c_int64] * 7], gil=gil)
    for _ in range(3):
        kept = [object(), 1.25, "text"]
        assert clobber(0x7F5948AE9A00, number) == expected
        assert clobber_9(0x7F5948AE9A00, number, *range(7)) == expected
        assert kept[1:] == [1.25, "text"]


@pytest.mark.parametrize("gil", ["hold", "release"])
@pytest.mark.parametrize("byte", [0, 1, 2, 0x80, 0xFF])
def test_clobbered_bool(assembly: zffi.Library, byte: int, gil: Gil) -> None:
    """Any byte but 0 is true, whatever lies above it."""
    clobber = assembly.func("clobber", c_bool, [c_uint64, c_double], gil=gil)
    for above in (0, 0x7F5948AE9A00, 2**64 - 256):
        assert clobber(above | byte, 0.5) is (byte != 0)
