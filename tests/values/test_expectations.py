"""Outcomes of single values, by the tier of this process, against what Python itself says of the
numbers, and against ctypes where it means the same."""

import struct
from pathlib import Path
from typing import Any

import pytest
from values.kinds import INTEGERS as INTEGER_TYPES
from values.objects import DOUBLES, INTEGERS, Floating, Index, Real, Whole, double_of
from values.recording import ALL_OPTIONS, BEFORE, BEHIND, WORDS, Recorder, exact

import zffi
from zffi import c_bool, c_double, c_float, c_int, c_int64, c_uint64

POSITIONS = list(BEFORE)


def range_of(ctype: Any) -> tuple[int, int]:
    bits = 8 * zffi.sizeof(ctype)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if _is_signed(ctype) else (0, (1 << bits) - 1)


def _is_signed(ctype: Any) -> bool:
    return bool(ctype._format_.islower())


def outcome(recorder: Recorder, ctype: Any, value: Any, position: str, options: Any) -> list[str]:
    """Of the one argument, or the exception."""
    before, behind = BEFORE[position], BEHIND[position]
    values = [*range(len(before)), value, *range(len(behind))]
    found = recorder.call([*before, ctype, *behind], values, options)
    return found[:1] if found[0] != "called" else [found[1 + len(before)]]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("name", INTEGER_TYPES)
def test_integers(recorder: Recorder, name: str, position: str) -> None:
    """What fits is there to the bit, narrow types in all 32; what does not never gets to C."""
    ctype = INTEGER_TYPES[name]
    low, high = range_of(ctype)
    size = zffi.sizeof(ctype)
    for number, value in enumerate(INTEGERS):
        options = ALL_OPTIONS[number % len(ALL_OPTIONS)]
        for given in (value, Whole(value), Index(value)):
            (found,) = outcome(recorder, ctype, given, position, options)
            if low <= value <= high:
                data = value.to_bytes(size, "little", signed=_is_signed(ctype))
                extended = f" extended to {value % 2**32:08x}" if size < 4 else ""
                assert found in (f"{data.hex()}@0", f"{data.hex()}@0{extended}")
            else:
                assert found.startswith("ArgumentOverflowError: capture() argument ")
                assert "is out of range" in found


@pytest.mark.parametrize("position", POSITIONS)
def test_doubles(recorder: Recorder, position: str) -> None:
    """All bits, of signalling NaNs too."""
    for number, (name, bits) in enumerate(DOUBLES.items()):
        options = ALL_OPTIONS[number % len(ALL_OPTIONS)]
        value = double_of(bits)
        for given in (value, Real(value), Floating(value)):
            found = outcome(recorder, c_double, given, position, options)
            assert found == [f"{struct.pack('<Q', bits).hex()}@0"], name


def single_of(value: float) -> bytes | None:
    """The bytes of a float, or None if it is too large for one."""
    if value != value:
        (bits,) = struct.unpack("<Q", struct.pack("<d", value))
        return struct.pack("<I", bits >> 32 & 0x80000000 | 0x7FC00000 | bits >> 29 & 0x3FFFFF)
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return None


@pytest.mark.parametrize("position", POSITIONS)
def test_floats(recorder: Recorder, position: str) -> None:
    """Rounded to the nearest, ties to even; a NaN is quiet, with the top bits of its payload."""
    for number, (name, bits) in enumerate(DOUBLES.items()):
        options = ALL_OPTIONS[number % len(ALL_OPTIONS)]
        value = double_of(bits)
        expected = single_of(value)
        for given in (value, Real(value), Floating(value)):
            (found,) = outcome(recorder, c_float, given, position, options)
            if expected is None:
                assert found.startswith("ArgumentOverflowError: "), name
            else:
                assert found == f"{expected.hex()}@0", name


@pytest.mark.parametrize("position", POSITIONS)
def test_integers_for_doubles(recorder: Recorder, position: str) -> None:
    """As float() rounds them."""
    for number, value in enumerate(INTEGERS):
        options = ALL_OPTIONS[number % len(ALL_OPTIONS)]
        for given in (value, Whole(value), Index(value)):
            (found,) = outcome(recorder, c_double, given, position, options)
            try:
                expected = f"{struct.pack('<d', float(value)).hex()}@0"
            except OverflowError:
                assert "an int too large for a double" in found
                assert found.startswith("ArgumentOverflowError: ")
            else:
                assert found == expected


def test_integer_results(recorder: Recorder) -> None:
    """The bits of their own type, whatever lies above."""
    for name, ctype in INTEGER_TYPES.items():
        size = zffi.sizeof(ctype)
        for options in ALL_OPTIONS:
            one = recorder.callees.func("word", ctype, [c_uint64], **options)
            two = recorder.callees.func("second_word", ctype, [c_int, c_uint64], **options)
            for word in WORDS:
                data = (word % 2 ** (8 * size)).to_bytes(size, "little")
                expected = int.from_bytes(data, "little", signed=_is_signed(ctype))
                assert exact(one(word)) == exact(two(1, word)) == f"int {expected}", name


def test_bool_results(recorder: Recorder) -> None:
    for options in ALL_OPTIONS:
        function = recorder.callees.func("word", c_bool, [c_uint64], **options)
        for above in (0, 0xDEADBEEF00, 2**64 - 256):
            for byte in range(256):
                assert function(above | byte) is (byte != 0)


# -- ctypes ----------------------------------------------------------------------------------------

MACHINE_TYPES = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize("machine", [*MACHINE_TYPES, "float", "double"])
def test_as_ctypes(recorder: Recorder, libraries: tuple[Path, Path], machine: str) -> None:
    """Numbers that both take go in and come out the same."""
    ctypes = pytest.importorskip("ctypes", reason="this interpreter was built without ctypes")
    ctype, own = getattr(ctypes, f"c_{machine}"), getattr(zffi, f"c_{machine}")
    library = ctypes.CDLL(str(libraries[0]))
    is_real = machine in ("float", "double")
    values: list[Any] = [double_of(bits) for bits in DOUBLES.values()] if is_real else []
    if not is_real:
        low, high = range_of(own)
        values = [value for value in INTEGERS if low <= value <= high]
    theirs_one, theirs_late = library[f"echo_{machine}"], library[f"late_{machine}"]
    leading = [ctypes.c_int64, ctypes.c_double] * 3 + [ctypes.c_int64]
    theirs_one.restype = theirs_late.restype = ctype
    theirs_one.argtypes, theirs_late.argtypes = [ctype], [*leading, ctype]
    for options in ALL_OPTIONS:
        one = recorder.callees.func(f"echo_{machine}", own, [own], **options)
        kinds = [*[c_int64, c_double] * 3, c_int64, own]
        late = recorder.callees.func(f"late_{machine}", own, kinds, **options)
        for value in values:
            if machine == "float" and single_of(value) is None:
                continue  # ctypes makes it infinite
            assert exact(one(value)) == exact(theirs_one(value))
            assert exact(late(*range(7), value)) == exact(theirs_late(*range(7), value))
