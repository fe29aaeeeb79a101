"""Structs in many threads: members of shared values, classes that come and go, first uses."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from storms import THREADS, quick_switches, run

import zffi
from zffi import Pointer, Struct, c_int, c_int64, types


@pytest.fixture(autouse=True)
def _quick_switches() -> Iterator[None]:
    with quick_switches():
        yield


class Shared(Struct):
    a: types.int64
    b: types.int64
    text: types.char_p
    next: "Pointer[Shared]"


def test_members_of_one_value() -> None:
    shared: Any = (Shared * THREADS)()
    texts = [b"text %d " % i * 10 for i in range(THREADS)]

    def work(number: int) -> None:
        mine, other = shared[number], shared[number - 1]
        for i in range(2000):
            mine.a, mine.b, mine.text = i, -i, texts[i % THREADS]
            mine.next = zffi.pointer(other)
            assert (mine.a, mine.b, mine.text) == (i, -i, texts[i % THREADS])
            assert other.text in (None, *texts)
            assert mine.next[0].a >= 0
            assert Shared(mine.a, mine.b).a == i  # type: ignore[call-arg]

    run(work)


def test_classes_that_come_and_go_while_others_read() -> None:
    shared: Any = Shared(1, 2)  # type: ignore[call-arg]
    field = vars(Shared)["a"]

    class Derived(Shared):
        pass

    derived: Any = Derived

    def work(number: int) -> None:
        value = derived(1, 2)
        for i in range(300):
            made = zffi.struct("Made").field("x", c_int).field("y", c_int64, default=i).build()
            assert (made(number).x, made().y, (made * 2)()[1].x) == (number, i, 0)
            if number == 0:
                derived.a = field if i % 2 else -1
                if i % 50 == 0:
                    gc.collect()
            assert value.a in (1, -1)
            assert (shared.a, shared.b) == (1, 2)

    run(work)


def test_classes_of_one_name() -> None:
    def work(number: int) -> None:
        for _ in range(300):

            class Node(Struct):
                value: types.int_
                next: "Pointer[Node]"

            assert vars(Node)["next"].type._type_ is Node
            assert Node(number).value == number  # type: ignore[call-arg]

    run(work)


def test_the_first_use_of_a_class() -> None:
    """Members that could not be known when the class was made; arrays, pointers and flexible
    structs are made once for all."""
    for _ in range(50):

        class Waiting(Struct):
            part: "Part"
            number: types.int_

        class Part(Struct):
            x: types.int_

        base: Any = zffi.struct("Base").field("n", c_int).field("data", zffi.c_char * 0).build()
        seen: list[set[Any]] = [set() for _ in range(4)]

        def work(
            number: int, cls: Any = Waiting, base: Any = base, seen: list[set[Any]] = seen
        ) -> None:
            assert cls((number,), 5).number == 5
            kinds = (cls * 3, zffi.POINTER(cls), zffi.flexible(base, 3), cls)
            for each, kind in zip(seen, kinds, strict=True):
                each.add(kind)

        run(work)
        assert [len(each) for each in seen] == [1] * 4


def test_references() -> None:
    target = c_int(5)
    read = zffi.load("c").func("memcmp", c_int, [zffi.c_const_void_p] * 2 + [zffi.c_size_t])

    def work(number: int) -> None:
        own = [c_int(i) for i in range(20)]
        for i in range(1000):
            references = [zffi.byref(each) for each in own]
            assert read(references[i % 20], bytes(own[i % 20]), 4) == 0
            assert read(zffi.byref(target), zffi.byref(target), 4) == 0

    run(work)
