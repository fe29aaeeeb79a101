"""Library.cdef: one header, read by cdef and by compilers; what it declares works."""

import inspect
from typing import Any

import pytest
from native import Native

import zffi
from cdef import compiled
from zffi import POINTER, errors


@pytest.fixture
def library(native: Native) -> zffi.Library:
    return zffi.load(native("declared.c"))


@pytest.fixture
def c(library: zffi.Library) -> Any:
    return library.cdef(compiled.declared())


def test_every_layout_and_constant_is_the_compilers(native: Native) -> None:
    text = compiled.declared()
    includes = "#include <stdint.h>\n" + text
    assert compiled.check(native, compiled.scope(text), includes) > 80


def test_bit_fields_are_where_the_compiler_has_them(native: Native) -> None:
    text = compiled.declared()
    source = "#include <stddef.h>\n#include <stdint.h>\n" + text
    names = ("a", "b", "c", "d", "is_set", "level", "wide")
    for name in names:
        source += f"void set_{name}(struct bits *b, long long v) {{ b->{name} = v; }}\n"
    library = zffi.load(native.text("bits", source))
    bits = library.cdef(text, optional=True).bits
    for name in names:
        setter = library.func(f"set_{name}", None, [POINTER(bits), zffi.c_longlong])
        value = bits()
        setter(value, 1)
        assert int(getattr(value, name)) == 1
        assert sum(int(getattr(value, other)) for other in names) == 1
        assert bytes(value) == bytes(bits(**{name: 1}))


def test_calls(c: Any) -> None:
    assert c.add(2, 3) == 5
    assert c.scale(2.0, 0.5) == 1.0
    made = c.make_packed(b"x", 2.5)
    assert (type(made), made.tag, made.value) == (c.packed_back, b"x", 2.5)
    swapped = c.swap(c.two_t(b"\x05", 65))
    assert (swapped.tag, swapped.value) == (b"A", 5)
    assert c.sum((zffi.c_int * 3)(1, 2, 3), 3) == 6
    assert c.sum_rows((zffi.c_int * 2 * 2)((1, 2), (3, 4)), 2) == 10
    assert c.checksum(b"\x01\x02\xff", 3) == 258
    buffer = bytearray(3)
    c.fill(buffer, 9, 2)
    assert buffer == b"\x09\x09\x00"
    assert c.no_parameters() is None
    assert (c.describe(c.node(1)), c.describe(c.node(-1))) == (b"positive", None)
    assert c.renamed(4) == -4
    assert c.multiply(6, 7) == 42
    assert c.apply(zffi.info(c.multiply).address, 6, 7) == 42


def test_pointers_to_structs(c: Any) -> None:
    last = c.node(3)
    first = c.node(1, zffi.pointer(last))
    assert c.tail(first)[0].value == 3
    assert c.node_pointer is POINTER(c.node)
    first.whole = 0x20001
    assert (first.parts.low, first.parts.high, first.place.x) == (1, 2, 0.0)


def test_variadic(c: Any) -> None:
    assert c.total(3, 1, 2, 3) == 6
    assert zffi.info(c.total).signature.fixed == 1


def test_a_buffer_that_c_writes_must_be_writable(c: Any) -> None:
    with pytest.raises(errors.ArgumentError, match="bytes is read-only"):
        c.fill(b"abc", 0, 3)


def test_variables(library: zffi.Library, c: Any) -> None:
    assert zffi.load(library.path).cdef("extern const int untouched;").untouched.value == 7
    c.counter.value = 40
    c.no_parameters()
    assert (c.counter.value, library.var("counter", zffi.c_int).value) == (41, 41)
    assert c.title.value == b"a title"
    assert (c.root.value, c.root.place.y) == (5, 1.5)
    assert list(c.table) == [10, 20, 30]
    assert list(c.numbers) == [1, 2, 3, 4]


def test_constants(c: Any) -> None:
    assert (c.WORDS, c.NAME_LENGTH, c.GREETING) == (3, 13, b"good day\n")
    assert (type(c.WORDS), c.SECOND_FLAG) == (int, 32)


def test_enums(c: Any) -> None:
    assert c.LOW is c.level.LOW is c.level_t.LOW
    assert [member.value for member in c.level] == [-1, 0, 16, 17]
    assert c.next_level(c.LOW) is c.MIDDLE
    assert c.next_level(c.HIGHEST) == 18
    assert zffi.sizeof(zffi.enum(c.level)) == 4
    assert zffi.sizeof(zffi.enum(c.narrow)) == 1
    with pytest.raises(errors.ArgumentError, match="expected a member of that enum"):
        c.next_level(c.SMALL)


def test_flexible_arrays(c: Any) -> None:
    value = zffi.flexible(c.flexible_t, 3)(3, [1, 2, 3])
    assert (zffi.sizeof(c.flexible_t), zffi.sizeof(value), list(value.items)) == (8, 16, [1, 2, 3])


def test_names_of_parameters(c: Any) -> None:
    assert str(inspect.signature(c.add)) == "(a, b, /)"
    assert c.sum.__doc__.startswith("long sum(int *values, size_t count)")
    with pytest.raises(errors.ArgumentError, match=r"add\(\) argument 2 'b' \(int\)"):
        c.add(1, "2")


def test_what_has_no_symbol_is_left_out(c: Any) -> None:
    assert dict(c.__skipped__) == {"hidden": "a static function, which no library exports"}
    assert not hasattr(c, "hidden")
    assert "- hidden: a static function" in c.__doc__


def test_options_are_those_of_all_functions(library: zffi.Library) -> None:
    c = library.cdef("int fails(int code); int add(int, int);", gil="hold", errno=True)
    assert [zffi.info(f).gil for f in (c.fails, c.add)] == ["hold", "hold"]
    c.fails(2)
    assert zffi.get_errno() == 2
    c = library.cdef("int fails(int code);", check=zffi.errno_if(-1))
    with pytest.raises(FileNotFoundError):
        c.fails(2)
    with pytest.raises(errors.SignatureError, match="gil must be"):
        library.cdef("int add(int, int);", gil="never")  # type: ignore[arg-type]


def test_missing_symbols(library: zffi.Library) -> None:
    with pytest.raises(errors.SymbolError, match="no symbol 'ad_d'") as caught:
        library.cdef("int add(int, int);\nint ad_d(int, int);")
    assert caught.value.__notes__ == ["cdef, line 2: int ad_d(int, int);"]
    assert caught.value.suggestions == ("add",)
    with pytest.raises(errors.SymbolError, match="no symbol 'nothing'"):
        library.cdef("extern int nothing;")
    for optional in (True, "nothing", ("nothing", "none")):
        c = library.cdef("extern int nothing; int add(int, int);", optional=optional)
        assert (c.nothing, c.add(1, 1)) == (None, 2)
        assert "has no such symbol" in c.__skipped__["nothing"]
    with pytest.raises(errors.SymbolError, match="no symbol 'none'"):
        library.cdef("int nothing(void); int none(void);", optional="nothing")


def test_what_cannot_be_done_is_optional_too(library: zffi.Library) -> None:
    text = (
        "int add(int, int); int vadd(int, va_list); struct odd { _Float128 x; }; int f(struct odd);"
    )
    with pytest.raises(errors.CDefError, match="a va_list can only be made by C"):
        library.cdef(text)
    c = library.cdef(text, optional=True)
    assert (c.add(1, 1), c.vadd, c.f) == (2, None, None)
    assert "_Float128" in c.__skipped__["struct odd"]
    with pytest.raises(TypeError, match="incomplete"):
        zffi.sizeof(c.odd)
