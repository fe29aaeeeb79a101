"""Enum classes as C types: their integer type, members out of values and values out of members,
unknown values, and everywhere that a C type may be given.
"""

import enum
import gc
import pickle
import weakref
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaks import need_classes_that_go
from native import Native

import zffi
from zffi import Struct, c_int, c_short, c_uint, errors, types


class Color(enum.IntEnum):
    RED = 1
    GREEN = 2
    BLUE = 4
    CRIMSON = 1


class Shade(enum.IntEnum):
    RED = 1


class Signed(enum.IntEnum):
    LESS = -1
    MORE = 1


class Large(enum.IntEnum):
    SMALL = 0
    LARGE = 2**40


def new_enum(name: str, members: dict[str, int]) -> Any:
    make: Any = enum.IntEnum
    return make(name, members)


class Plain(int, enum.Enum):
    ONE = 1
    TWO = 2


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2
    RUN = 4


# One C enum for each set of values, to ask the compilers for its type.
SETS = {
    "small": [0, 1],
    "negative": [-1, 1],
    "int_edges": [-(2**31), 2**31 - 1],
    "unsigned_edge": [2**32 - 1],
    "over_int": [-1, 2**31],
    "under_int": [-(2**31) - 1],
    "wide": [2**32],
    "wide_unsigned": [2**64 - 1],
    "wide_edges": [-(2**63), 2**63 - 1],
}


def literal(value: int) -> str:
    if value == -(2**63):
        return "(-9223372036854775807 - 1)"
    return f"{value}u" if value >= 2**63 else str(value)


def constants(name: str, values: list[int]) -> str:
    return ", ".join(f"{name}_{i} = {literal(value)}" for i, value in enumerate(values))


SOURCE = """
enum color { RED = 1, GREEN = 2, BLUE = 4 };
enum sign { LESS = -1, MORE = 1 };
enum large { SMALL, LARGE = 1L << 40 };
struct paint { char before; enum color color; enum sign sign; enum large large; };
struct bits { enum color color : 3; enum sign sign : 2; unsigned rest : 27; };
enum color current = BLUE;
enum color next_color(enum color color) { return (enum color)(color * 2); }
enum sign negate(enum sign sign) { return (enum sign)-(int)sign; }
enum large same_large(enum large large) { return large; }
int is_color(int a, int b, int c, int d, int e, int f, enum color color, enum sign sign)
{ return a + b + c + d + e + f == 21 && color == GREEN && sign == LESS; }
struct paint repaint(struct paint paint)
{ paint.color = BLUE; paint.sign = LESS; paint.large = LARGE; return paint; }
struct bits swap(struct bits bits) { bits.color = BLUE; bits.sign = LESS; return bits; }
void fill(enum color *colors, int count) { while (count--) colors[count] = GREEN; }
""" + "".join(
    f"enum set_{name} {{ {constants(name, values)} }};"
    f"int size_{name}(void) {{ return sizeof(enum set_{name}); }}"
    f"int signed_{name}(void) {{ return (enum set_{name})-1 < (enum set_{name})1; }}\n"
    for name, values in SETS.items()
)


@pytest.fixture(scope="module")
def library(native: Native) -> zffi.Library:
    return zffi.load(native.text("enums", SOURCE, flags=["-Wno-pedantic", "-Wno-type-limits"]))


@pytest.mark.parametrize("name", SETS)
def test_integer_type_is_that_of_the_compilers(library: zffi.Library, name: str) -> None:
    made: Any = new_enum(name, {f"M{i}": value for i, value in enumerate(SETS[name])})
    ctype: Any = zffi.enum(made)
    size, signed = (library.func(f"{word}_{name}", c_int)() for word in ("size", "signed"))
    assert zffi.sizeof(ctype) == size
    assert ctype._format_.islower() == bool(signed)
    for member in made:
        assert ctype(member).value is member
        assert ctype(int(member)).value is member


def test_arguments_and_results(library: zffi.Library) -> None:
    next_color = library.func("next_color", Color, {"color": Color})
    assert next_color(Color.RED) is Color.GREEN
    assert next_color(2) is Color.BLUE
    assert next_color(Color.CRIMSON) is Color.GREEN
    negate = library.func("negate", Signed, [Signed])
    assert negate(Signed.MORE) is Signed.LESS
    assert negate(-1) is Signed.MORE
    same = library.func("same_large", Large, [Large])
    assert same(Large.LARGE) is Large.LARGE
    kinds: list[Any] = [*[c_int] * 6, Color, Signed]
    assert library.func("is_color", c_int, kinds)(1, 2, 3, 4, 5, 6, Color.GREEN, Signed.LESS) == 1
    assert zffi.info(next_color).prototype == "enum Color next_color(enum Color color)"
    assert zffi.info(next_color).restype is zffi.enum(Color)


@pytest.mark.parametrize("value", [Shade.RED, Access.READ, Plain.ONE, 1.0, "RED", None, c_uint(1)])
def test_wrong_arguments(library: zffi.Library, value: object) -> None:
    with pytest.raises(errors.ArgumentError) as raised:
        library.func("next_color", Color, [Color])(value)
    assert type(raised.value) is errors.ArgumentError
    assert str(raised.value).startswith(
        "next_color() argument 1 (enum Color): expected a member of that enum, or an integer, got"
    )


@pytest.mark.parametrize("value", [-1, 2**32, 2**70])
def test_out_of_range(library: zffi.Library, value: int) -> None:
    with pytest.raises(errors.ArgumentOverflowError, match="0 to 4294967295"):
        library.func("next_color", Color, [Color])(value)


def test_unknown_values(library: zffi.Library) -> None:
    as_int = library.func("next_color", Color, [Color])
    assert as_int(3) == 6
    assert type(as_int(3)) is int
    strict = library.func("next_color", zffi.enum(Color, unknown="raise"), [Color])
    assert strict(1) is Color.GREEN
    with pytest.raises(ValueError, match=r"^enum Color has no member of the value 6$"):
        strict(3)
    held: Any = zffi.enum(Color, unknown="raise")(9)
    with pytest.raises(ValueError, match="no member of the value 9"):
        held.value  # noqa: B018
    with pytest.raises(ValueError, match="unknown must be"):
        zffi.enum(Color, unknown="ignore")  # type: ignore[arg-type]


class Forgiving(enum.IntEnum):
    NONE = 0

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if value == 8:
            raise LookupError("eight")
        return cls.NONE if isinstance(value, int) and value > 5 else None


def test_missing_is_asked(library: zffi.Library) -> None:
    next_color = library.func("next_color", Forgiving, [c_int])
    assert next_color(3) is Forgiving.NONE
    assert next_color(1) == 2
    with pytest.raises(LookupError, match="eight"):
        next_color(4)


@given(st.integers(0, 7))
def test_flags_compose(value: int) -> None:
    ctype: Any = zffi.enum(Access)
    assert ctype(value).value is Access(value)
    assert ctype(Access(value)).value == value


class Strict(enum.IntFlag, boundary=enum.STRICT):
    ONE = 1


class Conform(enum.IntFlag, boundary=enum.CONFORM):
    ONE = 1


def test_boundaries_of_flags() -> None:
    def read(cls: Any, value: int, **options: Any) -> Any:
        return zffi.enum(cls, **options)(value).value

    assert read(Access, 9) == Access.READ | 8
    assert type(read(Access, 9)) is Access
    assert read(Conform, 3) is Conform.ONE
    assert type(read(Strict, 3)) is int
    with pytest.raises(ValueError, match="no member of the value 3"):
        read(Strict, 3, unknown="raise")


def test_in_structs(library: zffi.Library) -> None:
    class Paint(Struct):
        before: types.char
        color: Color
        sign: Annotated[Signed, zffi.enum(Signed)]
        large: Large = Large.SMALL

    class Listed(Struct):
        _fields_ = [("color", Color, 3), ("sign", Signed, 2), ("rest", c_uint, 27)]

    make: Any = Paint
    paint = make(b"a", Color.RED, 1)
    assert (paint.color, paint.sign, paint.large) == (Color.RED, Signed.MORE, Large.SMALL)
    assert paint.color is Color.RED
    assert zffi.sizeof(Paint) == 24
    made = library.func("repaint", Paint, [Paint])(paint)
    assert (made.before, made.color, made.sign, made.large) == (b"a", 4, -1, 2**40)
    assert made.color is Color.BLUE
    with pytest.raises(errors.ArgumentError, match=r"Paint.color \(enum Color\)"):
        paint.color = Shade.RED
    make = Listed
    bits: Any = library.func("swap", Listed, [Listed])(make(Color.RED, Signed.MORE, 5))
    assert (bits.color, bits.sign, bits.rest) == (Color.BLUE, Signed.LESS, 5)
    assert bits.color is Color.BLUE
    bits.color = Color.GREEN
    assert bits.color is Color.GREEN
    with pytest.raises(errors.ArgumentError):
        bits.color = Shade.RED
    with pytest.raises(errors.ArgumentOverflowError):
        bits.color = 8


def test_arrays_and_pointers(library: zffi.Library) -> None:
    colors: Any = (zffi.enum(Color) * 3)(Color.RED, 2)
    assert colors[:] == [Color.RED, Color.GREEN, 0]
    assert colors[0] is Color.RED
    fill = library.func("fill", None, [zffi.POINTER(zffi.enum(Color)), c_int])
    fill(colors, 3)
    assert all(color is Color.GREEN for color in colors)
    assert zffi.POINTER(Color) is zffi.POINTER(zffi.enum(Color))
    with pytest.raises(errors.ArgumentError):
        fill((zffi.enum(Shade) * 3)(), 3)
    one: Any = zffi.pointer(zffi.enum(Color)(Color.BLUE))
    assert one[0] is Color.BLUE
    one[0] = Color.RED
    assert one.contents.value is Color.RED


def test_value_object() -> None:
    held: Any = zffi.enum(Color)(Color.RED)
    assert repr(held) == "Color(<Color.RED: 1>)"
    assert (int(held), bool(held), bool(zffi.enum(Color)(0))) == (1, True, False)
    held.value = Color.BLUE
    assert held.value is Color.BLUE
    assert memoryview(held).format == "I"
    with pytest.raises(errors.ArgumentError):
        held.value = Shade.RED


def test_exported_data(library: zffi.Library) -> None:
    current: Any = library.var("current", Color)
    assert current.value is Color.BLUE
    with pytest.raises(errors.TypeValidationError, match="is not a C type"):
        library.var("current", int)  # type: ignore[type-var]


def test_variadic(library: zffi.Library) -> None:
    snprintf = zffi.load("c").func(
        "snprintf", c_int, [zffi.c_void_p, zffi.c_size_t, zffi.c_char_p], fixed=3
    )
    room = zffi.create_string_buffer(32)
    snprintf(room, 32, "%d %d", Color.BLUE, zffi.enum(Signed)(-1))
    assert room.value == b"4 -1"


def test_explicit_type() -> None:
    ctype: Any = zffi.enum(Color, c_short)
    assert (zffi.sizeof(ctype), ctype._format_) == (2, "h")
    assert zffi.enum(Color, c_short) is ctype is not zffi.enum(Color)
    assert ctype(2).value is Color.GREEN
    with pytest.raises(errors.ArgumentOverflowError):
        ctype(2**15)


@pytest.mark.parametrize(
    ("cls", "ctype", "why"),
    [
        (int, None, "is no IntEnum"),
        (enum.Enum("Text", {"A": "a"}), None, "is no IntEnum"),
        (Color.RED, None, "is no IntEnum"),
        (new_enum("TooLarge", {"A": 2**64}), None, "no integer type of 64 bits"),
        (new_enum("TooWide", {"A": -1, "B": 2**63}), None, "no integer type of 64 bits"),
        (Large, c_int, "out of the range"),
        (Signed, c_uint, "out of the range"),
        (Color, zffi.c_double, "no integer type of C"),
        (Color, zffi.c_char, "no integer type of C"),
        (Color, zffi.c_bool, "no integer type of C"),
        (Color, zffi.enum(Shade), "no integer type of C"),
        (Color, int, "no integer type of C"),
    ],
)
def test_no_c_type(cls: Any, ctype: Any, why: str) -> None:
    with pytest.raises(errors.TypeValidationError, match=why):
        zffi.enum(cls, ctype)


@pytest.mark.parametrize("cls", [int, enum.Enum("Text", {"A": "a"}), Color.RED])
def test_other_classes_are_no_types(cls: Any) -> None:
    for restype, argtypes in ((cls, []), (None, [cls])):
        with pytest.raises(errors.TypeValidationError, match="is not a C type"):
            zffi.signature(restype, argtypes)


def test_pickle() -> None:
    for ctype in (zffi.enum(Color), zffi.enum(Access, zffi.c_uint8, unknown="raise")):
        assert pickle.loads(pickle.dumps(ctype)) is ctype
    signature = zffi.signature(Color, [Access])
    assert pickle.loads(pickle.dumps(signature)) == signature


def test_nothing_lives_for_ever() -> None:
    need_classes_that_go()

    def make() -> tuple[Any, Any]:
        cls = new_enum("Passing", {"A": 1})
        zffi.load("c").func("abs", cls, [cls])(cls.A)
        ctype: Any = zffi.enum(cls)
        assert (ctype * 2)(cls.A)[0] is cls.A
        return weakref.ref(cls), weakref.ref(ctype)

    references = make()
    for _ in range(3):
        gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_class_keeps_its_type_while_it_is_used() -> None:
    cls = new_enum("Used", {"A": 1})
    function = zffi.load("c").func("abs", cls, [cls])
    del cls
    gc.collect()
    assert function(1).name == "A"
