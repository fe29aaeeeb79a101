"""Threads that make, use and close the same things at once: nobody sees half of anything, or what
is gone. ZFFI_STORM_ROUNDS=100 is the long form."""

import contextlib
import enum
import gc
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from native import Native
from storms import ROUNDS, THREADS, quick_switches, run

import zffi
from zffi import POINTER, Pointer, Struct, c_char_p, c_double, c_int, c_size_t, errors, types


@pytest.fixture(autouse=True)
def _quick_switches() -> Iterator[None]:
    with quick_switches():
        yield


@pytest.fixture(scope="module")
def library(one_native: Native) -> Path:
    return one_native("storm.c")


def is_mapped(path: Path) -> bool:
    return bytes(path) in Path("/proc/self/maps").read_bytes()


def new_enum(name: str) -> Any:
    make: Any = enum.IntEnum
    return make(name, {"A": 1, "B": 2})


def test_everybody_gets_the_same_type() -> None:
    for i in range(20 * ROUNDS):

        class Own(c_double):
            pass

        kind, name = new_enum("Kind"), f"opaque{i}"
        seen: list[set[Any]] = [set() for _ in range(6)]

        def work(
            number: int, own: Any = Own, kind: Any = kind, name: str = name, seen: Any = seen
        ) -> None:
            made = (
                POINTER(own),
                own * 3,
                zffi.vector(own, 2),
                zffi.enum(kind),
                zffi.handle(name),
                POINTER(POINTER(own) * 2) * 4,
            )
            for types_of_one, each in zip(seen, made, strict=True):
                types_of_one.add(each)
            assert made[1](1, 2)[1] == 2
            assert made[5]._type_._type_._length_ == 2

        run(work)
        assert [len(each) for each in seen] == [1] * 6


def test_first_values_have_the_defaults() -> None:
    """A class becomes complete in one thread, and is whole in all."""
    for _ in range(20 * ROUNDS):

        class Late(Struct):
            part: "Part"
            number: types.int_ = 5
            text: types.char_p = b"a default of some length"

        class Derived(Late):
            pass

        class Part(Struct):
            x: types.int_ = 3

        def work(number: int, late: Any = Late, derived: Any = Derived) -> None:
            for cls in (derived, late) if number % 2 else (late, derived):
                value = cls()
                assert (value.number, value.text) == (5, b"a default of some length")
                assert value.part.x == 0
                assert memoryview(value).format.count(":") == 8
                assert (cls * 2)()[1].number == 0

        run(work)


def test_a_library_is_closed_while_others_use_it(library: Path, tmp_path: Path) -> None:
    for i in range(15 * ROUNDS):
        path = Path(shutil.copy(library, tmp_path / f"{i}.so"))
        opened = zffi.load(path, gil="hold" if i % 2 else "release")
        shared = opened.func("same", c_int, [c_int])
        wrong: list[Any] = []

        class Pair(Struct):
            first: types.int_
            second: types.int_

        def use(number: int, opened: Any, shared: Any, pair: Any, wrong: list[Any]) -> None:
            for n in range(100_000):
                if shared(n) != n:
                    wrong.append(n)
                text = opened.func("text", c_char_p)
                if text() != b"in the library" or text() != b"in the library":
                    wrong.append("text")
                made = opened.func("pair", pair, [c_int, c_int])(n, number)
                if (made.first, made.second) != (n, number):
                    wrong.append(made)
                if opened.var("counter", c_int).value != 7:
                    wrong.append("counter")
                if "same" not in opened or len(opened._symbols()) not in (0, 4):
                    wrong.append("symbols")
                assert opened.path in (None, str(opened.name))

        def work(
            number: int,
            opened: Any = opened,
            shared: Any = shared,
            pair: Any = Pair,
            wrong: list[Any] = wrong,
        ) -> None:
            if number == 0:
                for n in range(50):
                    assert shared(n) == n
                opened.close()
                assert opened.closed
                return
            with contextlib.suppress(errors.LibraryClosedError):
                use(number, opened, shared, pair, wrong)
            assert opened.closed

        run(work)
        assert wrong == []
        with pytest.raises(errors.LibraryClosedError):
            shared(1)
        gc.collect()
        assert not is_mapped(path)


def test_functions_that_come_and_go(library: Path) -> None:
    opened = zffi.load(library)

    def work(number: int) -> None:
        functions = []
        for n in range(500 * ROUNDS):
            functions.append(opened.func("same", c_int, [c_int]))
            if n % 7 == 0:
                del functions[: n % 5]
            assert functions[-1](n) == n

    run(work)
    opened.close()


def test_pickles_of_one_library(library: Path, tmp_path: Path) -> None:
    for i in range(10 * ROUNDS):
        path = Path(shutil.copy(library, tmp_path / f"pickled{i}.so"))
        pickled = pickle.dumps(zffi.load(path))
        seen: set[Any] = set()

        def work(number: int, pickled: bytes = pickled, seen: set[Any] = seen) -> None:
            seen.add(pickle.loads(pickled))

        run(work)
        assert len(seen) == 1
        seen.pop().close()


def test_shapes_of_a_variadic_function() -> None:
    printf = zffi.load("c").func(
        "snprintf", c_int, {"to": c_char_p, "size": c_size_t, "format": c_char_p}, fixed=3
    )
    tails = [((), b""), ((5,), b"%d"), ((5, 2.5), b"%d %g"), ((b"x", 5, 1.5), b"%s %d %g")]

    def work(number: int) -> None:
        buffer = zffi.create_string_buffer(64)
        for n in range(300 * ROUNDS):
            tail, format = tails[(n + number) % len(tails)]
            length = printf(buffer, 64, format, *tail)
            assert buffer.raw[:length] == format % tail

    run(work)


class Node(Struct):
    text: types.char_p
    number: "Pointer[c_int]"
    wide: types.wchar_p
    values: Annotated[Any, c_int * 8]


def test_all_write_the_same_pointers() -> None:
    """A reader gets what somebody wrote, and it stays as long as it is looked at."""
    shared: Any = (Node * 2)()
    alone: Any = c_char_p(b"text at first")
    pointer: Any = zffi.pointer(c_int(0))

    def work(number: int) -> None:
        for n in range(500 * ROUNDS):
            node = shared[n % 2]
            node.text = b"text %d " % n * 20
            node.wide = f"wide {n} " * 20
            node.number = zffi.pointer(c_int(n))
            alone.value = b"text %d " % n * 20
            pointer.contents = c_int(n)
            assert shared[0].text is None or shared[0].text.startswith(b"text ")
            assert shared[1].wide is None or shared[1].wide.startswith("wide ")
            assert alone.value.startswith(b"text ")
            assert not node.number or node.number[0] >= 0
            assert pointer[0] >= 0
            pointer[0] = n
            copied = Node.from_buffer_copy(bytes(shared[0]))
            assert len(copied.values) == 8

    run(work)


@pytest.mark.parametrize("size", [8, 50_000])
def test_half_write_and_half_read(size: int) -> None:
    """Of the text that a reader sees, every byte is one writer's."""
    text: Any = c_char_p(b"0" * size)
    pointer: Any = zffi.pointer(c_int(0))
    texts = [bytes([ord("0") + i]) * size for i in range(10)]

    def work(number: int) -> None:
        for n in range(2000 * ROUNDS):
            if number % 2:
                text.value = bytes(bytearray(texts[n % 10]))  # nobody else has it
                pointer.contents = c_int(n)
            else:
                value = text.value
                assert value == value[:1] * size
                assert pointer[0] >= 0

    run(work)


def test_values_are_copied_with_what_they_keep() -> None:
    new: Any = Node
    shared: Any = (Node * THREADS)()

    def work(number: int) -> None:
        for n in range(300 * ROUNDS):
            made: Any = new(b"text %d" % n * 10, zffi.pointer(c_int(n)), "wide", (1, 2))
            shared[number] = made
            del made
            shared[number - 1] = shared[number]
            shared[0] = shared[number]
            text = shared[0].text
            assert text.startswith(b"text ")
            assert zffi.replace(shared[0], wide="other").wide == "other"

    for node in shared:
        node.text = b"text at first"
    run(work)


def test_lists_that_change_while_they_are_read() -> None:
    source = [1] * 8
    node: Any = (Node * 1)()[0]

    def work(number: int) -> None:
        target = (c_int * 8)()
        for n in range(500 * ROUNDS):
            if number == 0:
                source.append(n)
                source.pop()
                source.clear()
                source.extend([n] * 8)
            else:
                with contextlib.suppress(ValueError, IndexError):
                    node.values = source
                with contextlib.suppress(ValueError, IndexError):
                    target[:] = source
                assert all(each >= 0 for each in target)

    run(work)


def test_a_class_that_changes_all_the_time() -> None:
    class Changing(Struct):
        x: types.int_
        y: types.int_

    changing: Any = Changing

    def work(number: int) -> None:
        value = changing(number, 5)
        for n in range(500 * ROUNDS):
            if number == 0:
                changing.extra = n
            assert (value.x, value.y) == (number, 5)
            value.y = 5
            value.x = number

    run(work)
