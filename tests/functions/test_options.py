"""The options of a function: errno, check, gil; and what the audit hooks hear."""

import errno
import gc
import subprocess
import sys
import threading
from typing import Any

import pytest
from native import Native
from storms import has_gil

import zffi
from zffi import c_char_p, c_int, c_void_p, errors


@pytest.fixture(scope="module")
def state(one_native: Native) -> zffi.Library:
    return zffi.load(one_native("state.c"))


C = zffi.load("c")


@pytest.mark.parametrize("gil", ["hold", "release"])
def test_errno_is_swapped(state: zffi.Library, gil: Any) -> None:
    seen = state.func("errno_seen", c_int, errno=True, gil=gil)
    change = state.func("errno_set_to", c_int, [c_int, c_int], errno=True, gil=gil)
    zffi.set_errno(111)
    assert seen() == 111
    assert change(5, 0) == 0
    assert zffi.get_errno() == 5
    assert zffi.set_errno(0) == 5
    assert zffi.get_errno() == 0


def test_errno_is_left_alone_unless_asked(state: zffi.Library) -> None:
    zffi.set_errno(7)
    state.func("errno_set_to", c_int, [c_int, c_int])(5, 0)
    assert zffi.get_errno() == 7


def test_errno_survives_what_python_does_after_the_call(state: zffi.Library) -> None:
    """Between the call and get_errno() lie the GIL, the collector, failing system calls."""
    change = state.func("errno_set_to", c_int, [c_int, c_int], errno=True)
    change(errno.EAGAIN, -1)
    gc.collect()
    with pytest.raises(FileNotFoundError):
        open("/no/such/file")  # noqa: SIM115
    assert zffi.get_errno() == errno.EAGAIN


def test_errno_of_a_success_is_not_an_argument(state: zffi.Library) -> None:
    """A call that succeeds leaves the errno it was given, not its third argument."""
    zffi.set_errno(0)
    assert state.func("third_argument", c_int, [c_int] * 3, errno=True)(1, 2, 7) == 10
    assert zffi.get_errno() == 0


def test_errno_per_thread(state: zffi.Library) -> None:
    change = state.func("errno_set_to", c_int, [c_int, c_int], errno=True)
    barrier = threading.Barrier(4)
    wrong: list[tuple[int, int]] = []

    def work(number: int) -> None:
        for i in range(200):
            change(number * 1000 + i, 0)
            if i % 50 == 0:
                barrier.wait()
            if zffi.get_errno() != number * 1000 + i:
                wrong.append((number, zffi.get_errno()))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, "x", 1.5, None])
def test_errno_values(value: Any) -> None:
    with pytest.raises((TypeError, OverflowError)):
        zffi.set_errno(value)


def test_enoent_from_a_real_call() -> None:
    opened = C.func("open", c_int, [c_char_p, c_int], errno=True)
    zffi.set_errno(0)
    assert opened("/no/such/file", 0) == -1
    assert zffi.get_errno() == errno.ENOENT


def test_check_replaces_the_result(state: zffi.Library) -> None:
    calls: list[Any] = []

    def check(result: int, function: Any, args: tuple[Any, ...]) -> str:
        calls.append((result, function, args))
        return f"checked {result}"

    add = state.func("third_argument", c_int, [c_int] * 3, check=check)
    assert add(1, 2, 3) == "checked 6"
    assert calls == [(6, add, (1, 2, 3))]
    assert zffi.info(add).check is check


def test_check_that_raises(state: zffi.Library) -> None:
    def check(result: int, function: Any, args: tuple[Any, ...]) -> None:
        raise LookupError(result, function.__name__, args)

    with pytest.raises(LookupError) as caught:
        state.func("third_argument", c_int, [c_int] * 3, check=check)(1, 2, 3)
    assert caught.value.args == (6, "third_argument", (1, 2, 3))


def test_check_is_not_called_when_the_call_was_not(state: zffi.Library) -> None:
    def check(*_: Any) -> None:
        raise AssertionError("called")

    with pytest.raises(TypeError):
        state.func("third_argument", c_int, [c_int] * 3, check=check)(1, 2, "x")


def test_check_in_a_cycle_is_collected(state: zffi.Library) -> None:
    import weakref

    class Owner:
        def __init__(self) -> None:
            self.function = state.func("errno_seen", c_int, check=self.check)

        def check(self, result: int, function: Any, args: tuple[Any, ...]) -> int:
            return result

    owner = Owner()
    gone = weakref.ref(owner)
    owner.function()
    del owner
    gc.collect()
    assert gone() is None


def test_check_must_be_callable(state: zffi.Library) -> None:
    with pytest.raises(errors.SignatureError, match="check must be callable, not int"):
        state.func("errno_seen", c_int, check=5)  # type: ignore[call-overload]


def test_check_is_no_class(state: zffi.Library) -> None:
    """errno_if instead of errno_if(-1): callable, but what it gives is no result."""
    with pytest.raises(errors.SignatureError, match=r"must be an instance: errno_if\(\.\.\.\)"):
        state.func("errno_seen", c_int, check=zffi.errno_if)


def test_doc_is_text(state: zffi.Library) -> None:
    with pytest.raises(TypeError, match="doc must be a str or None, not int"):
        state.func("errno_seen", c_int, doc=5)  # type: ignore[call-overload]


def test_errno_if(state: zffi.Library) -> None:
    change = state.func("errno_set_to", c_int, [c_int, c_int], check=zffi.errno_if(-1))
    assert zffi.info(change).errno
    assert change(errno.EPIPE, 5) == 5
    with pytest.raises(
        BrokenPipeError, match=r"Broken pipe \(errno_set_to\(\) gave -1\)"
    ) as caught:
        change(errno.EPIPE, -1)
    assert caught.value.errno == errno.EPIPE
    assert zffi.errno_if(-1) == zffi.errno_if(-1) != zffi.errno_if(-2)
    assert repr(zffi.errno_if(-1, None)) == "errno_if(-1, None)"
    with pytest.raises(TypeError, match="at least one result"):
        zffi.errno_if()


def test_checks_do_not_explain_by_an_older_errno(state: zffi.Library) -> None:
    """The callee of a checked function starts from errno 0."""
    add = state.func("third_argument", c_int, [c_int] * 3, check=zffi.nonzero_is_error)
    zffi.set_errno(errno.ENOENT)
    with pytest.raises(OSError, match=r"^third_argument\(\) gave 6$") as caught:
        add(1, 2, 3)
    assert caught.value.errno is None


def test_errno_if_without_an_errno(state: zffi.Library) -> None:
    add = state.func("third_argument", c_int, [c_int] * 3, check=zffi.errno_if(6))
    with pytest.raises(OSError, match=r"^third_argument\(\) gave 6$"):
        add(1, 2, 3)


def test_null_is_error() -> None:
    getenv = C.func("getenv", c_char_p, [c_char_p], check=zffi.null_is_error)
    assert getenv("PATH")
    with pytest.raises(OSError, match=r"getenv\(\) gave NULL"):
        getenv("ZFFI_NOT_SET")
    opendir = C.func("opendir", c_void_p, [c_char_p], check=zffi.null_is_error)
    with pytest.raises(FileNotFoundError, match=r"opendir\(\) gave NULL"):
        opendir("/no/such/folder")


def test_nonzero_is_error() -> None:
    rmdir = C.func("rmdir", c_int, [c_char_p], check=zffi.nonzero_is_error)
    with pytest.raises(FileNotFoundError):
        rmdir("/no/such/folder")


def met(function: Any) -> list[int]:
    """Calls `function` in two threads at once; what they returned."""
    count = c_int(0)
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(function(zffi.byref(count))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def test_gil_release_and_hold(state: zffi.Library) -> None:
    """Released, two threads are inside at once; held, the first waits for the second in vain, where
    there is a GIL."""
    assert met(state.func("meet", c_int, [c_void_p])) == [1, 1]
    assert met(state.func("meet", c_int, [c_void_p], gil="release", errno=True)) == [1, 1]
    assert met(state.func("meet", c_int, [c_void_p], gil="hold")) == (
        [0, 1] if has_gil() else [1, 1]
    )


def test_gil_default_of_the_library() -> None:
    for gil in ("hold", "release"):
        library = zffi.load("c", gil=gil)
        assert library.gil == gil
        assert zffi.info(library.func("getpid", c_int)).gil == gil
        assert zffi.info(library.func("getpid", c_int, gil="hold")).gil == "hold"
        assert zffi.info(library.func("getpid", c_int, gil="release")).gil == "release"


def test_option_words_are_checked() -> None:
    for gil in ("keep", "", b"hold", 1):
        with pytest.raises(errors.SignatureError, match="gil must be 'release' or 'hold'"):
            C.func("getpid", c_int, gil=gil)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="fast"):
        C.func("getpid", c_int, fast=True)  # type: ignore[call-overload]


AUDITED = """
import sys, zffi
heard = []
sys.addaudithook(lambda event, args: event.startswith("zffi.") and heard.append((event, args)))
m = zffi.load("m")
m.sym("cos"); "cos" in m
cos = m.func("cos", zffi.c_double, [zffi.c_double])
cos(0.0)
again = zffi.function(m.sym("cos"), zffi.c_double, [zffi.c_double])
again(0.0)  # its binding has told of it
address = m.sym("cos")
assert heard == [
    ("zffi.load", ("m",)),
    ("zffi.sym", ("m", "cos")), ("zffi.sym", ("m", "cos")), ("zffi.sym", ("m", "cos")),
    ("zffi.sym", ("m", "cos")), ("zffi.function", (address,)),
    ("zffi.sym", ("m", "cos")),
], heard

def refuse(event, args):
    if event == refused:
        raise PermissionError(event)

sys.addaudithook(refuse)
uses = {
    "zffi.load": lambda: zffi.load("c"),
    "zffi.sym": lambda: m.func("sin", None),
    "zffi.function": lambda: zffi.function(address, None),
}
for refused, use in uses.items():
    try:
        use()
    except PermissionError as error:
        assert str(error) == refused
    else:
        raise AssertionError(refused)
print("audited")
"""


def test_audit_events() -> None:
    """In a process of its own: an audit hook stays for ever."""
    ran = subprocess.run([sys.executable, "-c", AUDITED], capture_output=True, text=True)
    assert ran.stdout == "audited\n", ran.stderr


def test_an_exception_set_by_held_code_is_raised() -> None:
    """Python's own functions, called with the GIL held, fail by setting an exception."""
    as_long = zffi.load(None, gil="hold").func("PyLong_AsLong", zffi.c_long, [c_void_p])
    for _ in range(20):
        assert as_long(id(7)) == 7
    for _ in range(20):
        with pytest.raises(TypeError):
            as_long(id("text"))


def test_errno_of_the_call_reaches_its_check(state: zffi.Library) -> None:
    """Others may call before the check runs: here the buffer that is given back."""
    if sys.version_info < (3, 12):
        pytest.skip("classes export buffers since 3.12 (PEP 688)")
    disturb = state.func("errno_set_to", c_int, [c_int, c_int], errno=True)

    class Disturbs(bytearray):
        def __release_buffer__(self, view: memoryview) -> None:
            disturb(errno.EBADF, 0)

    chdir = C.func("chdir", c_int, [c_void_p], check=zffi.errno_if(-1))
    with pytest.raises(FileNotFoundError):
        chdir(Disturbs(b"/no/such/folder\0"))


def test_a_check_that_raises_when_asked() -> None:
    class Asks:
        @property
        def needs_errno(self) -> bool:
            raise LookupError("mine")

        def __call__(self, *args: Any) -> None: ...

    with pytest.raises(LookupError, match="mine"):
        C.func("getpid", c_int, check=Asks())


def test_odd_texts() -> None:
    with pytest.raises(ValueError, match="doc has an embedded NUL"):
        C.func("getpid", c_int, doc="a\0b")
    assert zffi.function(C.sym("getpid"), c_int, name=None)() > 0
