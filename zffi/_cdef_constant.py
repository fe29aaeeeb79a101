"""Constant expressions of C: typed as C types them, so that ~0u is 4294967295 and -1 < 0u is 0."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ._core import c_float


class Number(NamedTuple):
    """An integer with the type that C gives it: int and long of 32 and 64 bits, or unsigned."""

    value: int
    bits: int
    is_signed: bool


class Single(float):
    """A number of C's type float: rounded after each step, as C does."""

    def __new__(cls, value: float) -> Single:
        return super().__new__(cls, c_float(value).value)


Constant = Number | float | bytes | str


class NotConstant(Exception):
    """What cannot be computed without a C compiler, and why."""


def number(value: int, bits: int, is_signed: bool) -> Number:
    """Wrapped, as C's conversions do."""
    value &= (1 << bits) - 1
    if is_signed and value >> (bits - 1):
        value -= 1 << bits
    return Number(value, bits, is_signed)


def plain(constant: Constant) -> int | float | bytes | str:
    """As Python has it. A long double is rounded to a float."""
    if isinstance(constant, Number):
        return constant.value
    return float(constant) if isinstance(constant, float) else constant


def truth(condition: bool) -> Number:
    return Number(int(condition), 32, True)


# -- Literals --------------------------------------------------------------------------------------

_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11, "e": 27}
_CHARACTER = re.compile(
    r"\\([0-7]{1,3})|\\x([0-9A-Fa-f]+)|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)|([^\\])",
    re.DOTALL,
)


def _characters(text: str) -> list[tuple[int, bool]]:
    """The characters of a literal: each its number, and whether that is a byte."""
    found = []
    for octal, hexadecimal, short, long, escape, alone in _CHARACTER.findall(text):
        if octal or hexadecimal:
            found.append((int(octal, 8) if octal else int(hexadecimal, 16), True))
        elif short or long:
            found.append((int(short or long, 16), False))
        elif escape:
            found.append((_ESCAPES.get(escape, ord(escape)), False))
        else:
            found.append((ord(alone), False))
    return found


_STRINGS = re.compile(r'(u8|[LuU])?"((?:[^"\\]|\\.)*)"', re.DOTALL)


def string(text: str) -> bytes | str:
    """A string literal, or several in a row: bytes, wide ones a str."""
    parts = _STRINGS.findall(text)
    characters = [each for _, part in parts for each in _characters(part)]
    if any(prefix not in ("", "u8") for prefix, _ in parts):
        return "".join(chr(code) for code, _ in characters)
    return b"".join(
        bytes((code & 255,)) if is_byte else chr(code).encode("utf-8", "surrogatepass")
        for code, is_byte in characters
    )


def character(text: str) -> Number:
    prefix, _, rest = text.partition("'")
    characters = _characters(rest[:-1])
    if len(characters) != 1:
        raise NotConstant(f"{text} is not one character")
    code = characters[0][0]
    return number(code, 32, True) if prefix else Number(code - 256 * (127 < code < 256), 32, True)


def floating(text: str) -> float:
    digits = text.rstrip("fFlL")
    value = float.fromhex(digits) if text[:2].lower() == "0x" else float(digits)
    return Single(value) if text[len(digits) :].lower() == "f" else value


def integer(text: str, long_bits: int) -> Number:
    """With the first of the types that C tries which has room for it (C11, section 6.4.4.1)."""
    digits = text.rstrip("uUlL")
    suffix = text[len(digits) :].lower()
    lower = digits.lower()
    is_decimal = not lower.startswith("0")
    if lower.startswith("0b"):
        value = int(digits[2:], 2)
    elif lower.startswith("0x"):
        value = int(digits, 16)
    else:
        value = int(digits, 10 if is_decimal else 8)
    least = 64 if "ll" in suffix else long_bits if "l" in suffix else 32
    for bits in (32, 64):
        for is_signed in (True, False):
            if bits < least or (is_signed and "u" in suffix):
                continue
            if not is_signed and is_decimal and "u" not in suffix:
                continue
            if value < 1 << (bits - is_signed):
                return Number(value, bits, is_signed)
    raise NotConstant(f"{text} is too large for 64 bits")


# -- Operators -------------------------------------------------------------------------------------


def _promoted(constant: Constant) -> Number:
    if not isinstance(constant, Number):
        raise NotConstant("this operator is for integers")
    return constant if constant.bits >= 32 else Number(constant.value, 32, True)


def _common(left: Number, right: Number) -> tuple[int, int, int, bool]:
    """Both values in their common type, and that type."""
    left, right = _promoted(left), _promoted(right)
    bits = max(left.bits, right.bits)
    is_signed = all(each.is_signed or each.bits < bits for each in (left, right))
    values = (number(each.value, bits, is_signed).value for each in (left, right))
    return (*values, bits, is_signed)  # type: ignore[return-value]


def unary(operator: str, operand: Constant) -> Constant:
    if operator == "!" and not isinstance(operand, (bytes, str)):
        return truth(not plain(operand))
    if isinstance(operand, float) and operator in "+-":
        return type(operand)(-operand) if operator == "-" else operand
    operand = _promoted(operand)
    if operator == "-":
        return number(-operand.value, operand.bits, operand.is_signed)
    if operator == "~":
        return number(~operand.value, operand.bits, operand.is_signed)
    if operator == "+":
        return operand
    raise NotConstant(f"the operator {operator} is no constant's")


def _divide(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_ARITHMETIC: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
}
_COMPARISONS: dict[str, Any] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _of_floats(operator: str, left: float, right: float) -> Constant:
    if operator in _COMPARISONS:
        return truth(_COMPARISONS[operator](left, right))
    if operator == "/" and right != 0:
        return left / right
    if operator in "+-*":
        return float(_ARITHMETIC[operator](left, right))
    raise NotConstant(f"{left} {operator} {right} is no constant")


def binary(operator: str, left: Constant, right: Constant) -> Constant:
    if isinstance(left, (bytes, str)) or isinstance(right, (bytes, str)):
        raise NotConstant("a string is no number")
    if isinstance(left, float) or isinstance(right, float):
        floats = [each for each in (left, right) if isinstance(each, float)]
        is_single = all(isinstance(each, Single) for each in floats)
        as_float: Any = Single if is_single else float
        result = _of_floats(operator, as_float(plain(left)), as_float(plain(right)))
        return as_float(result) if isinstance(result, float) else result
    if operator in ("<<", ">>"):
        promoted, count = _promoted(left), right.value
        if not 0 <= count < promoted.bits:
            raise NotConstant(f"a shift by {count} bits")
        value = promoted.value << count if operator == "<<" else promoted.value >> count
        return number(value, promoted.bits, promoted.is_signed)
    a, b, bits, is_signed = _common(left, right)
    if operator in _COMPARISONS:
        return truth(_COMPARISONS[operator](a, b))
    if operator in _ARITHMETIC:
        return number(_ARITHMETIC[operator](a, b), bits, is_signed)
    if operator in ("/", "%"):
        if b == 0:
            raise NotConstant("a division by zero")
        quotient = _divide(a, b)
        return number(quotient if operator == "/" else a - b * quotient, bits, is_signed)
    raise NotConstant(f"the operator {operator} is no constant's")
