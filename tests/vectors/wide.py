"""The vectors of types that are wider, or odder, than a register: each works by a convention, or is
refused when it is declared.
"""

from typing import Any

from vectors.table import EIGHT_INTS, ONE_TO_EIGHT, Vector, made, same, vector

LARGE = 0xDEADBEEFCAFEBABE_0123456789ABCDEF
QUARTERS = (0.5, -1.5, 2.5, -3.5)
# The long double of Apple's and Microsoft's systems is a double, and gcc and clang disagree on how
# win64 returns what Linux has.
NO_LONG_DOUBLE = ("apple64", "winarm64")
NOT_ALONE = ("win64", *NO_LONG_DOUBLE)


def behind(
    name: str, result: str, shape: str, code: str, given: Any, expected: Any, **options: Any
) -> Vector:
    """A value behind eight integers and ten floating numbers, and a number behind that. "$" is the
    value in the C code."""
    wrong = f"if (!({EIGHT_INTS}) || a9 + 2 * a18 != 21) return 0;"
    code = f"{wrong} return {code.replace('$', 'a19')} + 3 * a20;"
    shapes = "i64," * 8 + "f64," * 10 + f"{shape},i32"
    values = (*ONE_TO_EIGHT, *(float(i) for i in range(1, 11)), given, 5)
    return vector(name, result, shapes, code, (values, expected), **options)


INTEGERS = [
    same("i128", LARGE // -3),
    same("u128", 2**128 - LARGE),
    same("i64,i128", 3, -LARGE // 2),
    same("{i128}", (-LARGE // 2,)),
    same("{i64,i128}", (3, -LARGE // 2)),
    vector(
        "i128_sum",
        "i128",
        "i128,i64,i128",
        "2 * a1 + 3 * a2 + 5 * a3",
        ((7, -11, 2**100), 14 - 33 + 5 * 2**100),
    ),
    behind("i128_behind", "i128", "i128", "2 * $", 2**99, 2**100 + 15),
]
COMPLEX_SUM = "2 * __real__ $ + 3 * __imag__ $"
COMPLEX = [
    same("c32", 0.5 - 3j),
    same("c64", 0.1 - 0.2j),
    same("i64,c64", 3, 0.1 - 0.2j),
    same("{c32,f32}", (0.5 - 3j, 0.25)),
    same("{c64}", (0.1 - 0.2j,)),
    made("{c32}", 0.5 - 3j),
    made("{c64,f64}", 0.5 - 3j, 0.1),
    *(
        vector(
            f"{kind}_and_{part}",
            part,
            f"{kind},{part}",
            f"{COMPLEX_SUM.replace('$', 'a1')} + 5 * a2",
            ((0.5 + 3j, 0.5), 12.5),
        )
        for kind, part in (("c32", "f32"), ("c64", "f64"))
    ),
    behind("c32_behind", "f64", "c32", COMPLEX_SUM, 0.5 + 3j, 25.0),
    behind("c64_behind", "f64", "c64", COMPLEX_SUM, 0.5 + 3j, 25.0),
]
SIMD = [
    same("v4f32", QUARTERS),
    same("v2f64", (0.1, -0.2)),
    same("f32,v4f32", 0.5, QUARTERS),
    same("{v4f32}", (QUARTERS,)),
    same("{v4f32,v4f32}", (QUARTERS, (4.5, 5.5, 6.5, 7.5))),
    same("{i32,v4f32}", (3, QUARTERS)),
    vector(
        "vector_sum",
        "f32",
        "f32,v4f32,f32",
        "2 * a1 + 3 * a2[0] + a2[3] + 5 * a3",
        ((0.5, (3, 9, 9, 1), 2), 21.0),
    ),
    behind("vector_behind", "f64", "v4f32", "$[1] + 3 * $[2]", (9, 1, 3, 9), 25.0),
]
LONG_DOUBLE = [
    same("ld", "0.1", refused=NOT_ALONE),
    same("i64,ld", 3, "-0.1", refused=NOT_ALONE),
    same("cld", 0.5 - 3j, refused=NO_LONG_DOUBLE),
    same("{ld}", ("0.1",), refused=NO_LONG_DOUBLE),
    same("{i32,ld}", (3, "0.1"), refused=NO_LONG_DOUBLE),
    vector(
        "ld_sum",
        "f64",
        "ld,i32,ld",
        "(double)(2 * a1 + 3 * a2 + 5 * a3)",
        (("0.5", 3, "0.25"), 11.25),
        refused=NOT_ALONE,
    ),
    behind("ld_behind", "f64", "ld", "(double)(2 * $)", "5", 25.0, refused=NOT_ALONE),
]
WIDE = [*INTEGERS, *COMPLEX, *SIMD, *LONG_DOUBLE]
