"""Typed pointers: what they reach, arithmetic, bounds, NULL, and as parameters and results."""

import gc
import weakref
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from native import Native

import zffi
from zffi import (
    POINTER,
    c_char,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_void_p,
    cast,
    errors,
    pointer,
    types,
)

Int = POINTER(c_int)


def test_classes() -> None:
    assert POINTER(c_int) is Int
    assert Int._type_ is c_int
    assert POINTER(None) is c_void_p
    assert zffi.sizeof(Int) == 8
    assert str(
        zffi.signature(None, [Int, POINTER(Int), POINTER(c_int * 3), POINTER(c_char_p)])
    ) == ("void (int *, int **, int (*)[3], const char **)")
    for wrong in (int, 5, c_int(5)):
        with pytest.raises(errors.TypeValidationError, match=r"POINTER: .* is not a C type"):
            POINTER(wrong)  # type: ignore[call-overload]


def test_pointer_to_a_value() -> None:
    value = c_int(5)
    to_value = pointer(value)
    assert type(to_value) is Int
    assert to_value[0] == 5
    to_value[0] = 6
    to_value.contents.value += 1
    assert value.value == 7
    assert to_value.contents is not value
    other = c_int(1)
    to_value.contents = other
    to_value[0] = 2
    assert (value.value, other.value) == (7, 2)
    with pytest.raises(errors.ArgumentError, match="expected c_int, got c_double"):
        to_value.contents = c_double(1)
    with pytest.raises(TypeError, match="expected a C data object"):
        pointer(5)  # type: ignore[arg-type]


def test_null() -> None:
    null = Int()
    assert not null
    assert repr(null) == "LP_c_int(None)"
    uses: list[Callable[[], Any]] = [lambda: null[0], lambda: null.contents, lambda: null[0:1]]
    for use in uses:
        with pytest.raises(ValueError, match="LP_c_int is NULL"):
            use()
    with pytest.raises(ValueError, match="NULL"):
        null[0] = 1
    assert not Int(None)


def test_bounds_where_the_size_is_known() -> None:
    values = (c_int * 4)(1, 2, 3, 4)
    first = cast(values, Int)
    assert first[0:4] == [1, 2, 3, 4]
    assert first[3:-1:-2] == [4, 2]
    assert (first + 2)[-2] == 1
    for index in (4, -1, 2**40, -(2**40)):
        with pytest.raises(IndexError, match="has no index"):
            first[index]
        with pytest.raises(IndexError):
            first[index] = 0
    with pytest.raises(IndexError):
        first[2:6]
    with pytest.raises(IndexError):
        _ = (first + 4).contents


def test_arithmetic() -> None:
    values = (c_double * 4)(1, 2, 3, 4)
    first = cast(values, POINTER(c_double))
    last = first + 3
    assert (last - first, first - last) == (3, -3)
    assert (last - 1)[0] == 3.0
    assert (1 + first)[0] == 2.0
    assert first < last
    assert first + 3 == last != first
    assert hash(first + 3) == hash(last)
    with pytest.raises(TypeError, match="point to different types"):
        first - Int()
    with pytest.raises(TypeError):
        first + 1.5  # type: ignore[operator]
    assert first != Int()


def test_slices_need_ends() -> None:
    text = zffi.create_string_buffer(b"hello")
    first = cast(text, POINTER(c_char))
    assert first[0:5] == b"hello"
    assert first[:2] == b"he"
    with pytest.raises(ValueError, match="needs a start and a stop"):
        first[1:]
    wide = cast(zffi.create_unicode_buffer("wörd"), POINTER(zffi.c_wchar))
    assert wide[0:4] == "wörd"


def test_pointers_keep_what_they_point_to() -> None:
    first = cast((c_int * 3)(1, 2, 3), Int)
    second = first + 1
    del first
    gc.collect()
    [(c_int * 3)() for _ in range(50)]
    assert second[0:2] == [2, 3]
    pointers = (Int * 2)(pointer(c_int(41)), pointer(c_int(42)))
    gc.collect()
    [c_int(9) for _ in range(50)]
    assert [p[0] for p in pointers] == [41, 42]


def test_a_pointer_object_given_by_its_address_is_kept() -> None:
    holder: Any = (POINTER(Int) * 1)()
    inner = Int(c_int(7))
    gone = weakref.ref(inner)
    holder[0] = inner
    del inner
    gc.collect()
    assert gone() is not None
    assert holder[0][0][0] == 7


def test_a_conversion_that_redirects_the_pointer() -> None:
    """What is written to stays, though the pointer leads elsewhere by then."""
    target = (c_int * 100)()
    gone = weakref.ref(target)
    where = pointer(c_int())
    where.contents = c_int.from_buffer(target)

    class Redirecting:
        def __index__(self) -> int:
            nonlocal target
            where.contents = c_int(1)
            del target
            gc.collect()
            alive.append(gone() is not None)
            return 5

    alive: list[bool] = []
    where[0] = Redirecting()
    assert alive == [True]
    assert where[0] == 1


def test_a_pointer_that_was_changed_by_others() -> None:
    """By C, or by another member of a union: what was kept before does not bound it."""

    class Either(zffi.Union):
        to: Annotated[Any, Int]
        address: types.uintptr_t

    target = (c_int * 2)(7, 8)
    either = Either(pointer(c_int(5)))
    assert either.to[0] == 5
    either.address = zffi.addressof(target)
    assert either.to[0:2] == [7, 8]
    row = (Int * 2)(pointer(c_int(1)), pointer(c_int(2)))
    zffi.memmove(row, pointer(cast(target, Int)), 8)
    assert (row[0][1], row[1][0]) == (8, 2)
    with pytest.raises(IndexError):
        row[1][1]


def test_a_pointer_that_c_moved() -> None:
    """As strtol moves its end: what it was made from does not bound it then."""
    libc = zffi.load("c")
    chars = POINTER(zffi.c_char)
    strtol = libc.func("strtol", zffi.c_long, [zffi.c_char_p, POINTER(chars), c_int])
    text, room = zffi.create_string_buffer(b"12 apples"), zffi.create_string_buffer(2)
    end = cast(room, chars)
    with pytest.raises(IndexError):
        end[2]
    assert strtol(text, end, 10) == 12
    assert end[0:7] == b" apples"
    assert (end + 1)[0] == b"a"
    end.contents = zffi.c_char(b"x")
    with pytest.raises(IndexError):
        end[1]


def test_pointers_to_pointers() -> None:
    inner = pointer(c_int(5))
    outer = pointer(inner)
    assert outer[0][0] == 5
    outer[0] = pointer(c_int(6))
    gc.collect()
    assert inner[0] == 6
    outer.contents.contents = c_int(7)
    assert inner[0] == 7


def test_cast() -> None:
    number = zffi.c_uint32(0x01020304)
    assert cast(zffi.byref(number), POINTER(zffi.c_uint8))[0:4] == [4, 3, 2, 1]
    assert cast(zffi.addressof(number), POINTER(zffi.c_uint32))[0] == 0x01020304
    assert cast(b"text", POINTER(c_char))[0:4] == b"text"
    assert cast(pointer(number), c_void_p).value == zffi.addressof(number)
    assert cast(c_char_p(b"kept"), POINTER(c_char))[0:4] == b"kept"
    assert not cast(None, Int)
    wrong: Any
    for wrong in (1.5, object(), [1]):
        with pytest.raises(TypeError, match=r"cast\(\) expected"):
            cast(wrong, Int)
    for kind in (c_int, c_int * 3, int, 5):
        with pytest.raises(TypeError, match="no pointer type"):
            cast(None, kind)  # type: ignore[type-var, arg-type]


def test_parameters() -> None:
    """What an `int *` parameter takes, and what it refuses."""
    address = zffi.function(zffi.load("c").sym("labs"), zffi.c_uintptr_t, [Int])
    value, several = c_int(5), (c_int * 3)()
    for given in (value, zffi.byref(value), pointer(value)):
        assert address(given) == zffi.addressof(value)
    assert address(several) == zffi.addressof(several)
    assert address(pointer(several)) == zffi.addressof(several)
    assert address(c_int32(1)) != 0
    assert address(None) == 0
    assert address(0x1234) == address(c_void_p(0x1234)) == 0x1234
    import array

    memory = array.array("i", [1, 2])
    assert address(memory) == memory.buffer_info()[0]
    assert address(bytearray(8)) != 0
    for wrong in (
        c_double(1), zffi.byref(c_double(1)), pointer(c_double(1)), (c_double * 2)(), 1.5, "x",
        b"xxxx", array.array("d", [1]), array.array("f", [1]), bytearray(3), zffi.c_short(1),
    ):  # fmt: skip
        with pytest.raises(errors.ArgumentError, match=r"argument 1 \(int \*\)"):
            address(wrong)


def test_out_parameters() -> None:
    c = zffi.load("c")
    strtol = c.func("strtol", zffi.c_long, {"s": c_char_p, "end": POINTER(c_char_p), "base": c_int})
    end, text = c_char_p(), b"12 apples"
    assert strtol(text, end, 10) == 12
    assert end.value == b" apples"
    now = zffi.c_time_t()
    assert c.func("time", zffi.c_time_t, [POINTER(zffi.c_time_t)])(now) == now.value > 0


def test_results() -> None:
    c = zffi.load("c")
    calloc = c.func("calloc", Int, [zffi.c_size_t, zffi.c_size_t])
    memory: Any = calloc(4, 4)
    assert memory[0:4] == [0, 0, 0, 0]
    memory[3] = 9
    assert (memory + 3)[0] == 9
    c.func("free", None, [c_void_p])(memory)
    assert c.func("strchr", POINTER(c_char), [c_char_p, c_int])(b"abc", 120) == POINTER(c_char)()


def test_raw_memory() -> None:
    values = (c_int * 3)(1, 2, 3)
    assert zffi.string_at(b"hello") == b"hello"
    assert zffi.string_at(b"hello", 2) == b"he"
    assert zffi.string_at(values, 4) == zffi.string_at(zffi.addressof(values), 4) == b"\1\0\0\0"
    assert zffi.string_at(cast(values, Int) + 1, 1) == b"\2"
    assert zffi.wstring_at(zffi.create_unicode_buffer("né")) == "né"
    assert zffi.memmove(zffi.byref(values, 4), values, 8) == zffi.addressof(values) + 4
    assert list(values) == [1, 1, 2]
    zffi.memset(values, 0xFF, 4)
    assert values[0] == -1
    target = bytearray(4)
    zffi.memmove(target, b"abcd", 4)
    assert target == b"abcd"
    for address in (None, 0):
        for use in (lambda a: zffi.string_at(a), lambda a: zffi.memset(a, 0, 1)):
            with pytest.raises(ValueError, match="the address is NULL"):
                use(address)
    with pytest.raises(TypeError):
        zffi.memset(b"read-only", 0, 1)
    with pytest.raises(ValueError, match="a count of -1 bytes"):
        zffi.memmove(target, b"x", -1)


def test_with_a_real_callee(one_native: Native) -> None:
    library = zffi.load(
        one_native.text("swap", "void swap(int *a, int *b) { int t = *a; *a = *b; *b = t; }")
    )
    swap = library.func("swap", None, {"a": Int, "b": Int})
    one, two = c_int(1), (c_int * 2)(2, 3)
    swap(one, cast(two, Int) + 1)
    assert (one.value, list(two)) == (3, [2, 1])
