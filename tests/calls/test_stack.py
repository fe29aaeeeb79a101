"""The stack of a call: aligned whatever the number of arguments, and the thread's own."""

import threading
from typing import Any

import pytest
from calls.machine import THIS
from native import Native

import zffi
from zffi import c_double, c_int, c_int64, c_uint


@pytest.fixture(scope="module")
def assembly(one_native: Native) -> zffi.Library:
    return zffi.load(one_native(THIS.assembly))


@pytest.fixture(scope="module")
def stack(native: Native) -> zffi.Library:
    return zffi.load(native("stack.c"))


@pytest.mark.parametrize("vectors", [0, 1, 4, 5, 8])
@pytest.mark.parametrize("on_stack", range(10))
def test_alignment_by_stack_arguments(assembly: zffi.Library, on_stack: int, vectors: int) -> None:
    types = [c_double] * vectors + [c_int64] * (6 + on_stack)
    check_alignment(assembly, types)


@pytest.mark.parametrize("count", range(7))
def test_alignment_by_register_arguments(assembly: zffi.Library, count: int) -> None:
    check_alignment(assembly, [c_int64] * count)


def check_alignment(assembly: zffi.Library, types: list[Any]) -> None:
    for gil in ("release", "hold"):
        entry_sp = assembly.func("entry_sp", c_int, types, gil=gil)
        aligned_frame = assembly.func("aligned_frame", c_int, types, gil=gil)
        assert entry_sp(*range(len(types))) == THIS.entry_sp
        assert aligned_frame(*range(len(types))) == 1


def test_alignment_of_a_compiled_local(stack: zffi.Library) -> None:
    types = [c_int64, c_double] * 3 + [c_int64] * 5
    assert stack.func("misalignment", c_uint, types)(*range(11)) == 0


def in_small_thread(work: Any) -> Any:
    """What `work` gives in a thread with a stack of 512 KiB."""
    results: list[Any] = []
    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(work()))
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return results[0]


def test_big_frame_in_a_small_thread(stack: zffi.Library) -> None:
    expected = sum((3 + i) % 100 for i in range(256))
    touch = stack.func("touch_big_frame", c_int64, [c_int64])
    touch_10 = stack.func("touch_big_frame_with_10", c_int64, [c_int64] * 10)
    assert in_small_thread(lambda: touch(3)) == expected
    assert in_small_thread(lambda: touch_10(3, *range(9))) == expected + sum(range(9))
