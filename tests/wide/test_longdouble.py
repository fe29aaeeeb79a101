"""c_longdouble as a Python object: no bit is lost, comparisons are exact, text gives it back."""

import math
import operator
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zffi
from zffi import c_double, c_int, c_longdouble, c_longdouble_complex, errors

MANTISSA = -math.frexp(1.0)[1] + len(bin(c_longdouble("0.1").as_integer_ratio()[0])) - 1
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@st.composite
def long_doubles(draw: Any) -> c_longdouble:
    """Any finite one that is made of 64 bits of mantissa, subnormal ones among them."""
    mantissa = draw(st.integers(-(2**64) + 1, 2**64 - 1))
    exponent = draw(st.integers(-16520, 16383 - 64))
    return c_longdouble(f"{mantissa:#x}p{exponent}")


def exactly(value: c_longdouble) -> Fraction:
    return Fraction(*value.as_integer_ratio())


def test_this_machine_has_more_bits_than_a_double() -> None:
    assert c_longdouble(2**63 + 1) == 2**63 + 1
    assert float(2**63 + 1) != 2**63 + 1


@given(long_doubles())
def test_repr_gives_it_back(value: c_longdouble) -> None:
    again = eval(repr(value), {"c_longdouble": c_longdouble})
    assert bytes(again) == bytes(value)
    assert again == value


@given(long_doubles())
def test_reading_is_a_copy_of_all_bits(value: c_longdouble) -> None:
    class Box(zffi.Struct):
        _fields_ = [("value", c_longdouble)]

    make: Any = Box
    box = make(value)
    row = (c_longdouble * 2)(value, value)
    for read in (box.value, row[0], zffi.pointer(row[1])[0], c_longdouble(value)):
        assert type(read) is c_longdouble
        assert bytes(read) == bytes(value)
    read = box.value
    box.value = 5
    assert read == value


@given(long_doubles(), st.one_of(st.integers(), st.floats(), long_doubles()))
def test_comparisons_are_exact(value: c_longdouble, other: Any) -> None:
    if isinstance(other, float) and not math.isfinite(other):
        expected: Any = 0.0
    else:
        expected = exactly(value)
    exact = exactly(other) if isinstance(other, c_longdouble) else other
    for compare in COMPARISONS:
        assert compare(value, other) == compare(expected, exact)
        assert compare(other, value) == compare(exact, expected)


@given(long_doubles())
def test_hash_is_that_of_an_equal_number(value: c_longdouble) -> None:
    assert hash(value) == hash(exactly(value))
    assert hash(c_longdouble(value)) == hash(value)


@given(st.floats(allow_nan=False))
def test_floats_are_exact(value: float) -> None:
    held = c_longdouble(value)
    assert held == value
    assert hash(held) == hash(value)
    assert held.value == value
    assert float(held) == value
    assert math.copysign(1, held.value) == math.copysign(1, value)


@given(st.integers(-(2**64) + 1, 2**64 - 1))
def test_ints_are_exact(value: int) -> None:
    held = c_longdouble(value)
    assert held == value
    assert int(held) == value
    assert hash(held) == hash(value)


@given(st.integers(2**119, 2**200).map(lambda value: value if value % 3 else -value))
def test_large_ints_round_to_the_nearest(value: int) -> None:
    held = c_longdouble(value)
    bits = MANTISSA
    size = abs(value).bit_length()
    unit = 2 ** (size - bits)
    quotient, rest = divmod(value, unit)
    is_up = rest * 2 > unit or (rest * 2 == unit and quotient % 2 == 1)
    assert int(held) == (quotient + is_up) * unit


@given(long_doubles())
def test_int_truncates_and_float_rounds(value: c_longdouble) -> None:
    exact = exactly(value)
    assert int(value) == math.trunc(exact)
    if abs(exact) < sys.float_info.max:
        assert float(value) == float(exact)


@pytest.mark.parametrize("text", ["0.1", "1e-4940", "123456789.123456789", "0x1.8p3", "1e4932"])
def test_text_as_c_reads_it(text: str) -> None:
    strtold = zffi.load("c").func("strtold", c_longdouble, [zffi.c_char_p, zffi.c_void_p])
    assert bytes(c_longdouble(text)) == bytes(strtold(text, None))


@pytest.mark.parametrize("text", ["", " ", "1 ", "0,1", "1e", "x", "1\0", "\ud800", "\uff11"])
def test_text_that_is_no_number(text: str) -> None:
    with pytest.raises(errors.ArgumentValueError, match="is no number"):
        c_longdouble(text)


COMMAS = """
import locale
locale.setlocale(locale.LC_ALL, "")
assert locale.localeconv()["decimal_point"] == ","
from zffi import c_longdouble
assert c_longdouble("1.5") == 1.5
assert repr(c_longdouble("1.5")) == "c_longdouble('1.5')"
assert locale.localeconv()["decimal_point"] == ","
"""


def test_no_locale_changes_the_point(tmp_path: Path) -> None:
    place = tmp_path / "de_DE.UTF-8"
    make = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(place)]
    if shutil.which("localedef") is None or subprocess.run(make, check=False).returncode != 0:
        pytest.skip("no localedef, or no sources of locales (on Debian: apt-get install locales)")
    environment = {**os.environ, "LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8"}
    subprocess.run([sys.executable, "-c", COMMAS], env=environment, check=True)


TOO_LARGE: dict[str, Any] = {
    "text": "1e4933",
    "power": 2**16384,
    "negative": -(10**5000),
    "large": 10**5000,
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_too_large(name: str) -> None:
    with pytest.raises(errors.ArgumentOverflowError, match="too large for a long double"):
        c_longdouble(TOO_LARGE[name])


@pytest.mark.parametrize("value", [None, 1j, b"1", c_int(1), c_double(1), [1], (1, 2)])
def test_no_number(value: Any) -> None:
    with pytest.raises(errors.ArgumentError) as raised:
        c_longdouble(value)
    assert type(raised.value) is errors.ArgumentError


def test_infinities_and_nans() -> None:
    assert c_longdouble("-inf") == -math.inf
    assert hash(c_longdouble("inf")) == hash(math.inf)
    assert c_longdouble(math.inf) > 10**5000 > c_longdouble("-inf")
    nan = c_longdouble("nan")
    assert nan != nan
    assert not nan < 1
    assert math.isnan(nan.value)
    assert repr(nan) == "c_longdouble('nan')"
    for kind, error in (("inf", OverflowError), ("nan", ValueError)):
        with pytest.raises(error):
            int(c_longdouble(kind))
        with pytest.raises(error):
            c_longdouble(kind).as_integer_ratio()


def test_patterns_that_are_no_numbers() -> None:
    """The x87 format has some, which its instructions refuse. Whatever they are, nothing breaks."""
    for exponent in range(0, 0x8000, 0x7FF):
        strange = c_longdouble.from_buffer_copy(
            (2**62 + 1).to_bytes(8, "little") + exponent.to_bytes(2, "little") + b"\xff" * 6
        )
        for look in (int, float, bool, repr, hash, c_longdouble.as_integer_ratio):
            try:
                look(strange)
            except (ValueError, OverflowError):
                continue
        assert bytes(c_longdouble(strange))[:10] == bytes(strange)[:10]


def test_bytes_without_a_value_are_zero() -> None:
    if MANTISSA != 64:
        return
    row = (c_longdouble * 2).from_buffer(bytearray(b"\xff" * 32))
    row[0] = 1
    assert bytes(row)[10:16] == bytes(6)
    row[1] = row[0]
    assert bytes(row)[26:] == bytes(6)
    dirty = c_longdouble.from_buffer(bytearray(b"\xff" * 16))
    assert bytes(c_longdouble(dirty))[10:] == bytes(6)


def test_numpy_and_back() -> None:
    np = pytest.importorskip("numpy")
    tenth = np.longdouble(1) / np.longdouble(10)
    assert bytes(c_longdouble(tenth))[:10] == tenth.tobytes()[:10]
    row = (c_longdouble * 2)("0.1", -1)
    assert np.array(row).dtype == np.longdouble
    assert np.array(row)[0] == tenth
    row[:] = np.array([tenth, 2], np.longdouble)
    assert row[0] == c_longdouble("0.1")
    pairs = (c_longdouble_complex * 1)((1, "0.1"))
    assert np.array(pairs).dtype == np.clongdouble
    assert np.array(pairs)[0].imag == tenth
    numbers = (zffi.c_double_complex * 2)(1j, 2)
    assert np.array(numbers).dtype == np.complex128
    numbers[:] = np.array([3, 4j])
    assert numbers[:] == [3, 4j]
    assert np.array((zffi.c_float_complex * 1)(1j)).dtype == np.complex64


def test_structs_for_numpy() -> None:
    np = pytest.importorskip("numpy")

    class Mixed(zffi.Struct):
        _fields_ = [
            ("first", zffi.c_char),
            ("long", c_longdouble),
            ("number", zffi.c_int),
            ("pair", c_longdouble_complex),
            ("half", zffi.c_float16),
            ("single", zffi.c_float_complex),
            ("wide", zffi.c_int128),
            ("double", zffi.c_double_complex),
            ("vector", zffi.vector(zffi.c_float, 4)),
            ("row", c_longdouble * 2),
        ]

    make: Any = Mixed
    values = (b"a", "0.1", -5, (1, "0.1"), 0.5, 2j, 2**100, 3j, (1, 2, 3, 4), ["0.1", 7])
    seen = np.array((Mixed * 2)(make(), make(*values)))
    assert seen.dtype.itemsize == zffi.sizeof(Mixed)
    for member in Mixed._members_:
        assert seen.dtype.fields[member.name][1] == member.offset
    tenth = np.longdouble(1) / np.longdouble(10)
    last = seen[1]
    assert (last["first"], last["number"], last["half"]) == (b"a", -5, 0.5)
    assert last["long"] == last["pair"].imag == last["row"][0] == tenth
    assert (last["single"], last["double"], list(last["vector"])) == (2j, 3j, [1, 2, 3, 4])
    assert int.from_bytes(last["wide"].ljust(16, b"\0"), "little") == 2**100
    assert seen[0]["long"] == 0


def test_complex_long_double() -> None:
    value = c_longdouble_complex(("0.1", -2))
    assert value.real == c_longdouble("0.1")
    assert value.imag == -2
    assert complex(value) == value.value == 0.1 - 2j
    assert eval(repr(value), {"c_longdouble_complex": c_longdouble_complex}) == value
    assert value != 0.1 - 2j
    assert c_longdouble_complex(1.5 - 2j) == 1.5 - 2j
    assert hash(c_longdouble_complex(1.5 - 2j)) == hash(1.5 - 2j)
    assert c_longdouble_complex(3) == 3 == c_longdouble_complex(c_longdouble_complex(3))
    assert c_longdouble_complex("0.1") == c_longdouble("0.1")
    assert c_longdouble_complex(1j) != 1
    with pytest.raises(TypeError):
        int(value)
    with pytest.raises(TypeError):
        assert value < value  # type: ignore[operator]


def test_complex_values() -> None:
    value = zffi.c_double_complex(1.5 - 2j)
    assert (value.real, value.imag, complex(value)) == (1.5, -2.0, 1.5 - 2j)
    assert repr(value) == "c_double_complex((1.5-2j))"
    value.value = 3
    assert value.value == 3
    assert type(value.value) is complex
    assert zffi.c_float_complex(0.1j).value.imag == zffi.c_float(0.1).value
    for part in (1e39, complex(0, -1e39)):
        with pytest.raises(errors.ArgumentOverflowError, match="too large for a float"):
            zffi.c_float_complex(part)


@given(st.complex_numbers())
def test_complex_round_trip(value: complex) -> None:
    held = zffi.c_double_complex(value).value
    assert repr(held) == repr(value)


def test_functions_of_libm() -> None:
    m = zffi.load("m")
    sqrtl = m.func("sqrtl", c_longdouble, [c_longdouble])
    root = exactly(sqrtl(2))
    assert abs(root * root - 2) < Fraction(1, 2 ** (MANTISSA - 3))
    assert sqrtl("6.25") == 2.5
    frexpl = m.func("frexpl", c_longdouble, [c_longdouble, zffi.POINTER(c_int)])
    exponent = c_int()
    assert frexpl("1e4932", exponent) < 1
    assert exponent.value == 16384
    cexp = m.func("cexp", zffi.c_double_complex, [zffi.c_double_complex])
    assert abs(cexp(1j * math.pi) + 1) < 1e-15
    assert m.func("cabsl", c_longdouble, [c_longdouble_complex])((3, 4)) == 5
