"""Signatures and structs that calling conventions have been got wrong with, one each line: the
types, what the C function does, and what must come of which values.

Shapes are those of tests/native/shapes.py. In C, the parameters are a1, a2 ... and the members of
a struct a, b, c ... Every value counts with a weight of its own, so that a swap shows. Floating
constants of C are integers up to 31, which need no memory: one compiler has none (callees.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from native.shapes import INCLUDES, declare, leaves, split

import zffi

Case = tuple[tuple[Any, ...], Any]

POINTED = (zffi.c_int64 * 3)(0xDEADBEEF - 2 * 0x01234567 - 3 * 0x07654321, 0x01234567, 0x07654321)
P1, P2, P3 = (zffi.addressof(POINTED) + 8 * i for i in range(3))
BEEF, BABE = 0xDEADBEEF, 0xDEADBEEFCAFEBABE
MAX = 2**63 - 1


@dataclass(frozen=True)
class Vector:
    name: str
    result: str
    arguments: tuple[str, ...]
    code: str
    cases: tuple[Case, ...]
    ambiguous: tuple[str, ...] = ()
    """The conventions by which compilers disagree about it."""
    refused: tuple[str, ...] = ()
    """The conventions that have no such type."""

    def __str__(self) -> str:
        return self.name

    @property
    def shapes(self) -> tuple[str, ...]:
        return self.result, *self.arguments

    def source(self, attribute: str) -> str:
        """The C function. Each shape is a type of the name that `type_name` gives it."""
        parameters = [f"{type_name(shape)} a{i}" for i, shape in enumerate(self.arguments, 1)]
        result = type_name(self.result)
        code = self.code if ";" in self.code else f"return {self.code};"
        code = code.replace("RESULT", result).replace("; ", ";\n    ")
        head = f"{attribute}{result} {self.name}({', '.join(parameters) or 'void'})"
        return f"{head}\n{{\n    {code}\n}}\n"


def name_of(shapes: str) -> str:
    """A C name that tells the shapes: {i64,f32[3]} is struct_i64_f32x3_end."""
    words = shapes.replace("union{", "union_").replace("{", "struct_").replace("[", "x")
    return words.translate({ord("]"): "", ord("}"): "_end", ord(","): "_"})


def type_name(shape: str) -> str:
    return f"T_{name_of(shape)}"


def vector(
    name: str,
    result: str,
    arguments: str,
    code: str,
    *cases: Case,
    ambiguous: tuple[str, ...] = (),
    refused: tuple[str, ...] = (),
) -> Vector:
    return Vector(name, result, tuple(split(arguments)), code, cases, ambiguous, refused)


def weighted(shape: str, weights: str, name: str = "a1") -> str:
    """The C sum of a struct's scalars, each with its weight."""
    paths = [path for path, _ in leaves(shape)]
    given = weights.split()
    assert len(paths) == len(given), shape
    return " + ".join(f"{weight} * {name}{path}" for path, weight in zip(paths, given, strict=True))


def total(name: str, result: str, shape: str, weights: str, values: Any, expected: Any) -> Vector:
    """A struct whose weighted sum is the result; "| -20" behind the weights is added to it."""
    weights, _, more = weights.partition("|")
    code = weighted(shape, weights) + (f" + {more.strip()}" if more else "")
    return vector(name, result, shape, code, ((values,), expected))


RECT = "{{f64,f64},{f64,f64}}"
FOUR_F64 = "{f64,f64,f64,f64}"
EIGHT_INTS = "1 * a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 == 204"
ONE_TO_EIGHT = tuple(range(1, 9))
DEREFERENCED = "AT(a1.a) + 2 * AT(a1.b) + 3 * AT(a1.c)"

ARGUMENTS = [
    # -- Nothing in it
    vector("empty", "u32", "{}", "0xdeadbeef", (((),), BEEF)),
    vector("empty_in_empty", "u32", "{{}}", "0xdeadbeef", ((((),),), BEEF)),
    vector("empty_between", "u32", "u32,{},u32", "a1 << 16 | a3", ((0xDEAD, (), 0xBEEF), BEEF)),
    # -- Pointers
    vector("pointer", "p", "{p}", "a1.a", (((P2,),), P2)),
    vector("pointer_pair_first", "p", "{p,p}", "a1.a", (((P1, P2),), P1)),
    vector("pointer_pair_second", "p", "{p,p}", "a1.b", (((P1, P2),), P2)),
    vector("three_pointers", "i64", "{p,p,p}", DEREFERENCED, (((P1, P2, P3),), BEEF)),
    vector(
        "three_pointers_nested",
        "i64",
        "{{p,p},{p}}",
        "AT(a1.a.a) + 2 * AT(a1.a.b) + 3 * AT(a1.b.a)",
        ((((P1, P2), (P3,)),), BEEF),
    ),
    vector(
        "three_pointers_after_eight_ints",
        "i64",
        "i64," * 8 + "{p,p,p}",
        f"if (!({EIGHT_INTS})) return 0xbadbad; return AT(a9.a) + 2 * AT(a9.b) + 3 * AT(a9.c);",
        ((*ONE_TO_EIGHT, (P1, P2, P3)), BEEF),
        ((*reversed(ONE_TO_EIGHT), (P1, P2, P3)), 0xBADBAD),
    ),
    vector(
        "three_pointers_before_two_ints",
        "i64",
        "{p,p,p},i64,i64",
        f"if (a2 != 7) return 0xbadbad; if (a3 != 11) return 0xcafebad; return {DEREFERENCED};",
        (((P1, P2, P3), 7, 11), BEEF),
        (((P1, P2, P3), 11, 7), 0xBADBAD),
        (((P1, P2, P3), 7, 13), 0xCAFEBAD),
    ),
    # -- Integers
    total("pair_i64", "i64", "{i64,i64}", "1 2", (BEEF - 2 * 0x5EADBEE, 0x5EADBEE), BEEF),
    vector("one_u64", "u64", "{u64}", "a1.a", (((BABE,),), BABE)),
    vector(
        "pair_u32",
        "u64",
        "{u32,u32}",
        "(uint64_t)a1.a << 32 | a1.b",
        (((0xDEADBEEF, 0xCAFEBABE),), BABE),
    ),
    vector(
        "four_u16",
        "u64",
        "{u16,u16,u16,u16}",
        "(uint64_t)a1.a << 48 | (uint64_t)a1.b << 32 | (uint64_t)a1.c << 16 | a1.d",
        (((0xDEAD, 0xBEEF, 0xCAFE, 0xBABE),), BABE),
    ),
    vector(
        "four_u8",
        "u32",
        "{u8,u8,u8,u8}",
        "(uint32_t)a1.a << 24 | a1.b << 16 | a1.c << 8 | a1.d",
        (((0xDE, 0xAD, 0xBE, 0xEF),), BEEF),
    ),
    vector(
        "four_u8_nested",
        "u32",
        "{{u8},{u8},{u8},{u8}}",
        "(uint32_t)a1.a.a << 24 | a1.b.a << 16 | a1.c.a << 8 | a1.d.a",
        ((((0xDE,), (0xAD,), (0xBE,), (0xEF,)),), BEEF),
    ),
    vector(
        "array_of_four_u8",
        "u32",
        "{u8[4]}",
        "(uint32_t)a1.a[0] << 24 | a1.a[1] << 16 | a1.a[2] << 8 | a1.a[3]",
        ((((0xDE, 0xAD, 0xBE, 0xEF),),), BEEF),
    ),
    vector(
        "array_of_three_u8",
        "u32",
        "{u8[3]}",
        "(uint32_t)a1.a[0] << 24 | a1.a[1] << 16 | a1.a[2] << 8 | 0xef",
        ((((0xDE, 0xAD, 0xBE),),), BEEF),
    ),
    vector(
        "array_of_two_u16",
        "u32",
        "{u16[2]}",
        "(uint32_t)a1.a[0] << 16 | a1.a[1]",
        ((((0xDEAD, 0xBEEF),),), BEEF),
    ),
    total(
        "eight_i8",
        "i32",
        "{i8,i8,i8,i8,i8,i8,i8,i8}",
        "1 2 3 4 5 6 7 8 | 401",
        (-128, 127, 3, -88, -3, 34, -48, -20),
        -123,
    ),
    total("three_u8", "u32", "{u8,u8,u8}", "1 2 3 | -115", (12, 23, 46), 81),
    total("u8_u8_u16", "u32", "{u8,u8,u16}", "1 2 3 | -115", (12, 23, 46), 81),
    total("i8_i8_i16", "i32", "{i8,i8,i16}", "1 2 3 | 423", (100, -23, -200), -123),
    total("array_of_two_i16", "i32", "{i16[2]}", "1 2 | -210", ((-333, 210),), -123),
    total("array_of_three_i16", "i32", "{i16[3]}", "1 2 3 | -320", ((-333, 100, 110),), -123),
    total("three_i16", "i32", "{i16,i16,i16}", "1 2 3 | -320", (-333, 100, 110), -123),
    total("four_i32", "i32", "{i32,i32,i32,i32}", "1 2 3 4 | -20", (1, 2, 3, 4), 10),
    vector(
        "four_isize",
        "isize",
        "{isize,isize,isize,isize}",
        "a1.a + (2 * a1.b + 3 * a1.c + 11 * a1.d)",
        (((MAX, -52, 3, 4),), MAX - 51),
    ),
    total(
        "four_usize", "usize", "{usize,usize,usize,usize}", "1 2 3 5", (10**6, 13, 17, 11), 1000132
    ),
    vector("i32_u32", "i64", "{i32,u32}", "(int64_t)a1.a * 1000 + a1.b", (((42, 7),), 42007)),
    vector(
        "i32_u32_and_i64",
        "i64",
        "{i32,u32},i64",
        "((int64_t)a1.a * 1000 + a1.b) * 1000 + a2",
        (((-42, 7), 13), -41993 * 1000 + 13),
    ),
    vector(
        "three_i64_and_scalar",
        "i64",
        "{i64,i64,i64},i64",
        "a1.a + 10 * a1.b + 100 * a1.c + 1000 * a2",
        (((1, 2, 3), 4), 4321),
    ),
    vector(
        "i64_pair_after_five_ints",
        "i64",
        "i64,i64,i64,i64,i64,{i64,i64},i64",
        "a1 + 10 * a2 + 100 * a3 + 1000 * a4 + 10000 * a5 + 100000 * a6.a + 1000000 * a6.b"
        " + 10000000 * a7",
        ((1, 2, 3, 4, 5, (6, 7), 8), 87654321),
    ),
    vector(
        "i64_pair_after_seven_ints",
        "i64",
        "i64,i64,i64,i64,i64,i64,i64,{i64,i64},i64",
        "a1 + 2 * a2 + 3 * a3 + 5 * a4 + 7 * a5 + 11 * a6 + 13 * a7 + 17 * a8.a + 19 * a8.b"
        " + 23 * a9",
        ((1, 2, 3, 4, 5, 6, 7, (8, 9), 10), 1 + 4 + 9 + 20 + 35 + 66 + 91 + 136 + 171 + 230),
    ),
    # -- Floating
    total("pair_f32", "f32", "{f32,f32}", "2 3", (0.5, 3.0), 10.0),
    total("three_f32", "f32", "{f32,f32,f32}", "2 3 4", (0.25, 0.75, 1.8125), 10.0),
    total("f32_i32", "f32", "{f32,i32}", "2 3", (0.5, 3), 10.0),
    vector(
        "bool_f32",
        "f32",
        "{bool,f32}",
        "a1.a ? a1.b : -a1.b",
        (((True, 10.0),), 10.0),
        (((False, 10.0),), -10.0),
    ),
    vector(
        "f32_bool",
        "bool",
        "{f32,bool}",
        "2 * a1.a == 1 && a1.b",
        (((0.5, True),), True),
        (((0.5, False),), False),
        (((0.25, True),), False),
    ),
    total("one_f64", "f64", "{f64}", "2", (5.0,), 10.0),
    total("pair_f64", "f64", "{f64,f64}", "2 3", (0.5, 3.0), 10.0),
    total("pair_f64_nested", "f64", "{{f64,f64}}", "2 3", ((0.5, 3.0),), 10.0),
    total("array_of_two_f64", "f64", "{f64[2]}", "2 3", ((0.5, 3.0),), 10.0),
    total("three_f64", "f64", "{f64,f64,f64}", "2 3 4", (0.25, 0.75, 1.8125), 10.0),
    total(
        "six_f64",
        "f64",
        "{f64,f64,f64,f64,f64,f64}",
        "1 2 3 4 5 6 | -15",
        (1, 2, 3, 4, 5, -5),
        10.0,
    ),
    vector(
        "three_f64_then_six_f64",
        "f64",
        "f64,f64,f64,{f64,f64,f64,f64,f64,f64}",
        f"a1 + 2 * a2 + 3 * a3 + {weighted('{f64,f64,f64,f64,f64,f64}', '1 2 3 4 5 6', 'a4')} - 29",
        ((1, 2, 3, (1, 2, 3, 4, 5, -5)), 10.0),
    ),
    total("rect_of_four_f64", "f64", FOUR_F64, "1 2 3 4 | -20", (1, 2, 3, 4), 10.0),
    vector(
        "rect_minus_rect",
        "f64",
        f"{FOUR_F64},{FOUR_F64}",
        f"({weighted(FOUR_F64, '1 2 3 4')}) - ({weighted(FOUR_F64, '1 2 3 4', 'a2')})",
        (((1, 2, 3, 4), (1, 1, 1, 3.5)), 10.0),
    ),
    vector(
        "rect_after_five_doubles",
        "f64",
        f"f64,f64,f64,f64,f64,{FOUR_F64}",
        "a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 - 5 *"
        f" ({weighted(FOUR_F64, '1 2 3 4', 'a6')}) - 5 * a6.a",
        ((1, 2, 3, 4, 5, (0.5, 0.25, 1, 1.125)), 10.0),
    ),
    vector(
        "rect_between_pointer_and_ints",
        "u32",
        f"p,{RECT},i32,i32,bool",
        f"if (a1 == NULL) return 0xbad; if (!a5) return 0xf1a6; return"
        f" {weighted(RECT, '1 2 3 4', 'a2')} == 30 && a3 == 11 && a4 == 13"
        " ? 0xdeadbeef : 0xcafebad;",
        ((P1, ((1, 2), (3, 4)), 11, 13, True), BEEF),
        ((None, ((1, 2), (3, 4)), 11, 13, True), 0xBAD),
        ((P1, ((1, 2), (3, 4)), 11, 13, False), 0xF1A6),
        ((P1, ((1, 2), (4, 3)), 11, 13, True), 0xCAFEBAD),
    ),
    vector(
        "f64_i64_after_eight_doubles",
        "f64",
        "f64," * 8 + "{f64,i64},f64",
        "a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 + 9 * a9.a"
        " + 10 * (double)a9.b + 11 * a10",
        ((*ONE_TO_EIGHT, (9, 10), 11), 506.0),
    ),
    vector(
        "f64_in_six_positions_by_turns",
        "f64",
        "f64,i64,f64,i32,f64,u8,f64,i16,f64,i8,f64",
        "a1 + 2 * (double)a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6 + 7 * a7 + 8 * a8 + 9 * a9"
        " + 10 * a10 + 11 * a11",
        (tuple(range(1, 12)), 506.0),
        (tuple(range(11, 0, -1)), 286.0),
    ),
    vector(
        "six_doubles",
        "f64",
        "f64,f64,f64,f64,f64,f64",
        "a1 + 2 * a2 + 3 * a3 + 4 * a4 + 5 * a5 + 6 * a6",
        ((1, 2, 3, 4, 5, 6), 91.0),
        ((6, 5, 4, 3, 2, 1), 56.0),
    ),
    # -- Members of several kinds, gaps and tails
    total("i8_i64", "i64", "{i8,i64}", "3 1", (-7, BEEF + 21), BEEF),
    total("i8_i32", "i64", "{i8,i32}", "1000 1", (-7, 42), -6958),
    total("i8_gap_nested_then_i8", "i64", "{{i64,i8},i8}", "1 10 100", ((1, 2), 3), 321),
    total("i32_i8_nested_then_i16", "i64", "{{i32,i8},i16}", "1 10 100", ((1, 2), 3), 321),
    total(
        "packed_u8_u32_u16",
        "u64",
        "packed{u8,u32,u16}",
        "1 2 3",
        (255, 2**30, 65535),
        2**31 + 196860,
    ),
    total("i64_f64", "f64", "{i64,f64}", "2 3", (2, 2.0), 10.0),
    total("f64_i64", "f64", "{f64,i64}", "2 3", (2.0, 2), 10.0),
    total("f32x3_u16", "f32", "{f32[3],u16}", "1 2 3 5", ((1.0, 0.25, 0.5), 40000), 200003.0),
    total("nested_f32_f32_then_f64", "f64", "{{f32,f32},f64}", "1 2 4", ((1.0, 0.5), 2.0), 10.0),
    total("three_chars", "i32", "{i8[3]}", "1 2 3", ((-100, 50, 99),), 297),
    total("five_u8", "u32", "{u8[5]}", "1 2 3 4 5", ((255, 1, 2, 3, 4),), 295),
    total("six_u8", "u32", "{u8[6]}", "1 2 3 4 5 6", ((255, 1, 2, 3, 4, 5),), 325),
    total("seven_u8", "u32", "{u8[7]}", "1 2 3 4 5 6 7", ((255, 1, 2, 3, 4, 5, 6),), 367),
    total("twelve_bytes", "i64", "{i64,i32}", "1 3", (BEEF - 6, 2), BEEF),
    total("fifteen_u8", "u32", "{u8[15]}", " ".join("1" * 14) + " 2", ((1,) * 14 + (255,),), 524),
]

# -- What does not fit the registers: sizes around and beyond two words, each between scalars

SIZES = (
    17,
    18,
    19,
    20,
    23,
    24,
    31,
    32,
    33,
    40,
    47,
    48,
    56,
    63,
    64,
    65,
    100,
    128,
    255,
    256,
    1000,
    4095,
    4096,
)


def bytes_of(size: int) -> tuple[int, ...]:
    return tuple((7 * i + size) % 251 for i in range(size))


def tail(size: int) -> Vector:
    """A struct of so many bytes between two numbers."""
    code = (
        "uint64_t sum = a1 + 1000003 * a3;"
        f" for (int i = 0; i < {size}; i++) sum += (uint64_t)(i + 1) * a2.a[i];"
        " return sum;"
    )
    given = bytes_of(size)
    expected = 5 + 1000003 * 7 + sum((i + 1) * value for i, value in enumerate(given))
    return vector(
        f"bytes_{size}", "u64", f"u64,{{u8[{size}]}},u64", code, ((5, (given,), 7), expected)
    )


def in_words(count: int) -> Vector:
    shape = f"{{u32[{count}]}}"
    given = tuple(3 * i + 1 for i in range(count))
    code = weighted(shape, " ".join(str(i + 1) for i in range(count)))
    expected = sum((i + 1) * value for i, value in enumerate(given))
    return vector(f"u32_times_{count}", "u32", shape, code, (((given,),), expected))


ARGUMENTS += [*map(tail, SIZES), *map(in_words, (3, 4, 5, 6, 7, 8, 9, 15, 16, 17))]

# -- Unions, and what is aligned to more than a word

INTEGER_OR_REAL = "union{i64,f64}"
ARGUMENTS += [
    vector("union_as_integer", "i64", INTEGER_OR_REAL, "a1.a", (({"a": -BEEF},), -BEEF)),
    vector("union_as_real", "f64", INTEGER_OR_REAL, "2 * a1.b", (({"b": 5.0},), 10.0)),
    vector(
        "union_of_floats",
        "f32",
        "union{f32,f32[2]}",
        "2 * a1.a + 3 * a1.b[1]",
        (({"b": (0.5, 3.0)},), 10.0),
    ),
    vector(
        "union_of_a_struct_and_bytes",
        "i64",
        "union{{i32,i32},u8[12]}",
        "1 * (int64_t)a1.a.a + 10 * a1.a.b + 100 * (int64_t)a1.b[11]",
        (({"b": (1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3)},), 321),
    ),
    vector(
        "union_after_registers",
        "f64",
        "i64,i64,i64,i64,i64,i64,i64,i64," + INTEGER_OR_REAL + ",f64",
        f"if (!({EIGHT_INTS})) return -1; return 2 * a9.b + 3 * a10;",
        ((*ONE_TO_EIGHT, {"b": 0.5}, 3.0), 10.0),
    ),
    # Compilers disagree whether `aligned` counts for Microsoft's arm64 convention elsewhere.
    vector(
        "aligned_to_16",
        "i64",
        "i64,aligned16{i64,i32},i64",
        "a1 + 10 * a2.a + 100 * a2.b + 1000 * a3",
        ((1, (2, 3), 4), 4321),
        ambiguous=("winarm64",),
    ),
    vector(
        "aligned_to_16_at_an_odd_stack_slot",
        "i64",
        "i64,i64,i64,i64,i64,i64,i64,i64,i64,aligned16{i64,i64,i32},i64",
        f"if (!({EIGHT_INTS}) || (uintptr_t)&a10 % 16 != 0) return -1;"
        " return a9 + 10 * a10.a + 100 * a10.b + 1000 * (int64_t)a10.c + 10000 * a11;",
        ((*ONE_TO_EIGHT, 1, (2, 3, 4), 5), 54321),
        ambiguous=("winarm64",),
    ),
    vector(
        "aligned_to_32_between",
        "i64",
        "i64,i64,i64,i64,i64,i64,i64,i64,i64,aligned32{i64},i64",
        f"if (!({EIGHT_INTS}) || (uintptr_t)&a10 % 32 != 0) return -1;"
        " return a9 + 10 * a10.a + 100 * a11;",
        ((*ONE_TO_EIGHT, 1, (2,), 3), 321),
        ambiguous=("winarm64",),
    ),
]

# -- Positions behind the registers, written out in order with a colon behind each

INTS = "p,i32,i32,i32,i32,i32,i32,i32,i32"
FLOATS = "p,f32,f32,f32,f32,f32,f32,f32,f32"
WRITERS = """
#define AT(address) (*(const int64_t *)(address))

__attribute__((unused)) static char *put(char *to, int64_t value)
{
    if (value < 0) {
        *to++ = '-';
        value = -value;
    }
    int64_t unit = 1;
    while (value / unit >= 10) {
        unit *= 10;
    }
    for (; unit > 0; unit /= 10) {
        *to++ = (char)('0' + value / unit % 10);
    }
    *to++ = ':';
    *to = 0;
    return to;
}

__attribute__((unused)) static char *put_real(char *to, double value)
{
    to = put(to, (int64_t)value);
    to[-1] = '.';
    return put(to, (int64_t)(value * 10) % 10);
}

__attribute__((unused)) static char *put_text(char *to, const char *text)
{
    while (*text != 0) {
        *to++ = *text++;
    }
    *to++ = ':';
    *to = 0;
    return to;
}
"""


def written(name: str, shapes: str, values: tuple[Any, ...], expected: str) -> Vector:
    """A function that writes its arguments, from the second on, to where the first points to."""
    code = ["char *to = a1;"]
    for i, shape in enumerate(split(shapes)[1:], 2):
        for path, scalar in leaves(shape):
            put = {"f32": "put_real", "f64": "put_real", "cstr": "put_text"}.get(scalar, "put")
            code.append(f"to = {put}(to, a{i}{path});")
    return vector(name, "p", shapes, " ".join([*code, "return to;"]), (values, expected))


WRITTEN = [
    written(
        f"ints_{count}",
        "p" + ",i32" * count,
        tuple(range(1, count + 1)),
        "".join(f"{i}:" for i in range(1, count + 1)),
    )
    for count in (10, 11, 20)
]
WRITTEN += [
    written(
        "floats_10",
        "p" + ",f32" * 10,
        tuple(i + 0.5 for i in range(10)),
        "".join(f"{i}.5:" for i in range(10)),
    ),
    written(
        "texts_after_eight_ints",
        INTS + ",cstr,cstr,cstr",
        (*ONE_TO_EIGHT, "foo", "bar", "baz"),
        "1:2:3:4:5:6:7:8:foo:bar:baz:",
    ),
    written(
        "text_bool_int_text",
        INTS + ",cstr,bool,i32,cstr",
        (*ONE_TO_EIGHT, "foo", False, 99, "bar"),
        "1:2:3:4:5:6:7:8:foo:0:99:bar:",
    ),
    written(
        "narrow_after_eight_ints",
        INTS + ",i8,bool,i16,u8,i32,i8,i64,f32,f64",
        (*ONE_TO_EIGHT, -9, True, -10, 255, 11, 12, -13, 1.5, 2.5),
        "1:2:3:4:5:6:7:8:-9:1:-10:255:11:12:-13:1.5:2.5:",
    ),
    written(
        "pair_f32_after_eight_ints",
        INTS + ",{f32,f32}",
        (*ONE_TO_EIGHT, (9.5, 10.5)),
        "1:2:3:4:5:6:7:8:9.5:10.5:",
    ),
    written(
        "four_f32_after_eight_ints",
        INTS + ",{f32,f32,f32,f32}",
        (*ONE_TO_EIGHT, (9.5, 10.5, 11.5, 12.5)),
        "1:2:3:4:5:6:7:8:9.5:10.5:11.5:12.5:",
    ),
    written(
        "i32_f32_after_eight_ints",
        INTS + ",{i32,f32}",
        (*ONE_TO_EIGHT, (9, 10.5)),
        "1:2:3:4:5:6:7:8:9:10.5:",
    ),
    written(
        "two_i32_pairs_after_eight_ints",
        INTS + ",{i32,i32},{i32,i32}",
        (*ONE_TO_EIGHT, (9, 10), (11, 12)),
        "1:2:3:4:5:6:7:8:9:10:11:12:",
    ),
    written(
        "i32_pair_between_ints",
        INTS + ",i32,{i32,i32},i32",
        (*ONE_TO_EIGHT, 9, (10, 11), 12),
        "1:2:3:4:5:6:7:8:9:10:11:12:",
    ),
    written(
        "pair_f32_after_eight_floats",
        FLOATS + ",{f32,f32}",
        (*(i + 0.5 for i in range(8)), (8.5, 9.5)),
        "0.5:1.5:2.5:3.5:4.5:5.5:6.5:7.5:8.5:9.5:",
    ),
    written(
        "three_f32_after_seven_floats",
        FLOATS.removesuffix(",f32") + ",{f32,f32,f32},f32,i32",
        (*(i + 0.5 for i in range(7)), (7.5, 8.5, 9.5), 10.5, 11),
        "0.5:1.5:2.5:3.5:4.5:5.5:6.5:7.5:8.5:9.5:10.5:11:",
    ),
    written(
        "three_u8_and_scalars_after_eight_ints",
        INTS + ",i8,{u8,u8,u8},i8,{i32,i32}",
        (*ONE_TO_EIGHT, 9, (10, 11, 12), 13, (14, 15)),
        "1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:",
    ),
]

# -- What comes back as it went in


def same(shapes: str, *values: Any, refused: tuple[str, ...] = ()) -> Vector:
    """A function that returns its last argument, if those before it are as they should be."""
    count = len(values)
    wrong = " || ".join(f"a{i} != {given}" for i, given in enumerate(values[:-1], 1)) or "0"
    code = f"if ({wrong}) a{count} = (RESULT){{0}}; return a{count};"
    last = split(shapes)[-1]
    name, case = f"same_{name_of(shapes)}", (values, values[-1])
    return vector(name, last, shapes, code, case, refused=refused)


IDENTITIES = [
    same("{i64}", (BEEF,)),
    same("{i64,i64}", (BEEF, -BABE // 2)),
    same("{f64,f64}", (0.1, -0.2)),
    same("{f32,f32,f32,f32}", (0.5, -1.5, 2.5, -3.5)),
    same("{f32,i32}", (0.5, -42)),
    same("{i64,i64,i64}", (11, -22, 33)),
    same("{p,i64,p}", (P1, -22, P3)),
    same("i64,f64,{i64,i64}", 3, 0.5, (BEEF, -7)),
    same("f64,f64,{f32,f32}", 0.5, 3, (0.25, -7.5)),
    same("{p,i32,f32,i32}", (P2, -1, 0.5, 13)),
    same("{i8,i64}", (-3, BEEF)),
    same("{bool,i32,i64}", (True, -3, BEEF)),
]

# -- Results


def made(shape: str, *given: Any) -> Vector:
    """A function that makes a struct of its arguments, one for each scalar in it."""
    scalars = [scalar for _, scalar in leaves(shape)]
    members = " ".join(f"made{path} = a{i};" for i, (path, _) in enumerate(leaves(shape), 1))
    code = f"RESULT made; __builtin_memset(&made, 0, sizeof made); {members} return made;"
    values, expected = flatten(given), given
    return vector(f"made_{name_of(shape)}", shape, ",".join(scalars), code, (values, expected))


def flatten(given: Any) -> tuple[Any, ...]:
    if not isinstance(given, tuple):
        return (given,)
    return tuple(value for part in given for value in flatten(part))


RESULTS = [
    made("{}"),
    made("{{i16},{i16},{i16}}", (-2,), (3,), (-5,)),
    made("{i16,i16,i16}", -2, 3, -5),
    made("{i16,i16,i16,i16}", -2, 3, -5, 7),
    made("{i64}", -BEEF),
    made("{i64,i64}", -BEEF, BEEF),
    made("{i64,i64,i64}", 11, 22, 33),
    made("{f32}", 0.1 + 0.4),
    made("{f32,f32}", 0.5, -1.5),
    made("{f32,f32,f32}", 0.5, -1.5, 2.5),
    made("{f32,f32,f32,f32}", 0.5, -1.5, 2.5, -3.5),
    made("{f64}", 0.1),
    made("{f64,f64}", 0.1, -0.2),
    made("{f64,f64,f64}", 0.1, -0.2, 0.3),
    made("{f64,f64,f64,f64}", 0.1, -0.2, 0.3, -0.4),
    made(RECT, (0.1, -0.2), (0.3, -0.4)),
    made("{f64,f64,f64,f64,f64}", 0.1, -0.2, 0.3, -0.4, 0.5),
    made("{f32,f64}", 0.5, 0.1),
    made("{f64,f32}", 0.1, 0.5),
    made("{i8,i16,i64}", -2, -3, -BEEF),
    made("{f32,i32}", 0.5, -3),
    made("{f32,i32,f32,i32}", 0.5, -3, 2.5, -5),
    made("{f32,u32,f64}", 0.5, BEEF, 0.1),
    made("{f64,u32,f32}", 0.1, BEEF, 0.5),
    made("{p,i32,f32,i32}", P2, -3, 0.5, 7),
    made("{bool,i32,i64}", True, -3, -BEEF),
    made("{bool,i32,i64,i64}", True, -3, -BEEF, BEEF),
    made("{p,p}", P1, P2),
    made("{i64,f64}", -BEEF, 0.1),
    made("{f64,i64}", 0.1, -BEEF),
    made("{f32[3],u16}", (0.5, -1.5, 2.5), 60000),
    made("{f32[3],u8}", (0.5, -1.5, 2.5), 200),
    made("{{f32,f32},f64}", (0.5, -1.5), 0.1),
    made("{f64,{f32,f32}}", 0.1, (0.5, -1.5)),
    made("{{f32,f32},{f32,f32}}", (0.5, -1.5), (2.5, -3.5)),
    made("{u8}", 251),
    made("{u8,u8}", 251, 2),
    made("{u8,u8,u8}", 251, 2, 253),
    made("{u8[5]}", (251, 2, 253, 4, 255)),
    made("{u8[6]}", (251, 2, 253, 4, 255, 6)),
    made("{u8[7]}", (251, 2, 253, 4, 255, 6, 247)),
    made("{u32,u32,u32}", BEEF, 2, 2**32 - 1),
    made("{u8[15]}", tuple(range(250, 235, -1))),
    made("{u8[17]}", tuple(range(250, 233, -1))),
    made("packed{u8,u32,u16}", 251, BEEF, 65533),
]
VECTORS = [*ARGUMENTS, *IDENTITIES, *RESULTS]


def source(vectors: Iterable[Vector], attribute: str, abi: str) -> str:
    """C of the vectors that there are in a convention."""
    used = [one for one in vectors if abi not in (*one.ambiguous, *one.refused)]
    shapes = dict.fromkeys(shape for one in used for shape in one.shapes)
    types = [f"typedef {declare(shape, type_name(shape))};" for shape in shapes]
    return "\n".join([INCLUDES, *types, WRITERS, *(one.source(attribute) for one in used)])
