"""Who keeps whom: views and wholes, chains and cycles, classes that come and go, finalizers."""

import gc
import itertools
import sys
import weakref
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from leaks import need_classes_that_go

import zffi
from zffi import POINTER, Pointer, Struct, c_char, c_char_p, c_int, types

MAKE: Any = type(Struct)


class Node(Struct):
    value: types.int_
    next: "Pointer[Node]"


class Text(Struct):
    text: types.char_p


class Row(Struct):
    texts: Annotated[zffi.Array[Text], Text * 3]
    number: types.int_


def make_node(cls: Any, *values: Any) -> Any:
    return cls(*values)


def churn() -> None:
    """Takes the memory that has just become free."""
    gc.collect()
    [c_char_p(b"churn" * i) for i in range(100)]
    [(c_char * 40)() for _ in range(100)]


# -- Views -----------------------------------------------------------------------------------------


def test_views_outlive_their_wholes() -> None:
    row: Any = (Row * 2)()
    row[1].texts[2].text = b"kept " * 9
    row[1].number = 77
    view, text = row[1], row[1].texts[2]
    slices, pointer = row[1].texts[1:], zffi.pointer(row[1].texts[2])
    memory = memoryview(row[1])
    del row
    churn()
    assert (view.number, view.texts[2].text) == (77, b"kept " * 9)
    assert text.text == slices[1].text == pointer[0].text == pointer.contents.text == b"kept " * 9
    del view, text, slices
    churn()
    assert pointer[0].text == b"kept " * 9
    assert memory.tobytes()[24:28] == bytes(c_int(77))


def test_a_whole_goes_with_its_last_view() -> None:
    whole: Any = MAKE("Own", (Row,), {})()
    whole.texts[0].text = b"x" * 50
    gone, view = weakref.ref(whole), whole.texts
    del whole
    gc.collect()
    assert gone() is not None
    del view
    assert gone() is None


def test_pointees_go_when_they_are_replaced() -> None:
    class Held(Node):
        pass

    def held() -> Any:
        return make_node(Held, 1)

    target, other = held(), held()
    gone = weakref.ref(target)
    nodes: Any = (Node * 3)()
    nodes[1].next = zffi.pointer(target)
    del target
    assert gone() is not None
    nodes[1].next = zffi.pointer(other)
    assert gone() is None
    gone = weakref.ref(other)
    nodes[2] = nodes[1]
    del other
    nodes[1].next = None
    assert gone() is not None
    nodes[2] = (1,)
    assert gone() is None


# -- Chains and cycles -----------------------------------------------------------------------------


class Counted(Node):
    deleted = 0

    def __del__(self) -> None:
        Counted.deleted += 1


class Open(Node):
    __slots__ = ("__dict__",)


@pytest.mark.parametrize("cls", [Node, Counted, Open])
def test_a_long_chain_goes_without_a_deep_stack(cls: Any) -> None:
    count = 200_000
    Counted.deleted = 0
    node = None
    for i in range(count):
        node = cls(i, node if node is None else zffi.pointer(node))
    assert node is not None
    assert node.next[0].next[0].value == count - 3
    del node
    gc.collect()
    assert Counted.deleted == (count if cls is Counted else 0)


def test_a_long_chain_of_references() -> None:
    data: Any = zffi.c_void_p()
    for _ in range(200_000):
        data = POINTER(zffi.c_void_p)(zffi.c_void_p(zffi.byref(data)))
    del data
    gc.collect()


def test_rings_are_collected() -> None:
    rings = []
    for length in (1, 2, 10):
        nodes = [Open(i) for i in range(length)]  # type: ignore[call-arg]
        for i, node in enumerate(nodes):
            node.next = zffi.pointer(nodes[i - 1])
            node.extra = nodes  # type: ignore[attr-defined]
        rings += [weakref.ref(node) for node in nodes]
    del nodes, node
    gc.collect()
    assert [ref() for ref in rings] == [None] * 13


def test_foreign_memory_is_left_alone_by_the_collector() -> None:
    """It may be gone before the cycle that has a view of it: from_buffer's buffer is part of it,
    and memory of C is freed by whoever has it."""
    for _ in range(20):
        view: Any = Open.from_buffer(bytearray(100_000))
        view.extra, view.next = view, zffi.pointer(make_node(Node, 1))
        del view
        gc.collect()
    memory = bytearray(zffi.sizeof(Node))
    view = Open.from_address(zffi.addressof((c_char * len(memory)).from_buffer(memory)))
    view.extra, view.next = view, zffi.pointer(make_node(Node, 1))
    memory[:] = b"\xaa" * len(memory)
    del view
    gc.collect()
    assert memory == b"\xaa" * len(memory)


def test_classes_of_cycles_are_collected() -> None:
    need_classes_that_go()

    def make() -> Any:
        class Ring(Struct):
            own: "Pointer[Ring]"

        made: Any = Ring
        ring = made()
        ring.own = zffi.pointer(ring)
        _ = (Ring * 3)(), Pointer[Ring], (POINTER(Ring) * 2)()
        return weakref.ref(Ring)

    gone = [make() for _ in range(10)]
    gc.collect()
    assert [ref() for ref in gone] == [None] * 10


# -- Classes that come and go ----------------------------------------------------------------------


def by_statement() -> None:
    class Temporary(Struct):
        a: "Pointer[Temporary]"
        b: Node
        c: types.int_ = 5

    made: Any = Temporary
    _ = made().c, (Temporary * 2)(), repr(made()), memoryview(made()).format


def by_builder() -> None:
    inner = zffi.union("Inner").field("x", c_int).field("y", zffi.c_float).build()
    made = zffi.struct("Made").field(None, inner).field("z", c_int, bits=3, default=1).build()
    assert made(x=1).z == 1


def by_decorator() -> None:
    @zffi.struct(pack=1, endian="big")
    class Made:
        a: types.int_

    assert Made(1).a == 1


def unfinished() -> None:
    class Waiting(Struct):
        a: "Missing"  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(TypeError):
        zffi.sizeof(Waiting)


def flexible() -> None:
    base = zffi.struct("Base").field("a", c_int).field("b", c_char * 0).build()
    assert zffi.flexible(base, 5)(1, b"x").b.value == b"x"


@pytest.mark.parametrize("make", [by_statement, by_builder, by_decorator, unfinished, flexible])
def test_classes_leave_nothing_behind(make: Callable[[], None]) -> None:
    need_classes_that_go()
    blocks = []
    for _ in range(8):
        for _ in range(250):
            make()
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    assert min(after - before for before, after in itertools.pairwise(blocks)) < 10, blocks


# -- Finalizers and weak references ----------------------------------------------------------------


@pytest.mark.parametrize("slots", [(), ("__dict__",), ("extra",)])
def test_finalizers_run_once_and_may_resurrect(slots: tuple[str, ...]) -> None:
    kept: list[Any] = []
    cls = MAKE("Kept", (Node,), {"__slots__": slots, "__del__": lambda self: kept.append(self)})
    value = cls(5)
    called: list[Any] = []
    ref = weakref.ref(value, called.append)
    del value
    assert [each.value for each in kept] == [5]
    kept[0].value += 1
    revived = kept.pop()
    assert revived.value == 6
    del revived
    assert (kept, ref(), called) == ([], None, [ref])


def test_finalizers_of_a_cycle() -> None:
    seen = []

    class Watched(Open):
        def __del__(self) -> None:
            seen.append(self.next[0].value)

    first, second = Watched(1), Watched(2)  # type: ignore[call-arg]
    first.next, second.next = zffi.pointer(second), zffi.pointer(first)
    del first, second
    gc.collect()
    assert sorted(seen) == [1, 2]
