"""What the extension does to the interpreter: memory, references, state, speed of import."""

import copy
import enum
import gc
import os
import pickle
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from leaks import blocks_left, need_classes_that_go

import zffi
from zffi import c_char_p, c_double, c_int, c_int64, c_size_t, c_void_p, errors, types

C = zffi.load("c", gil="hold")
M = zffi.load("m", gil="hold")
BUFFER = bytearray(64)


class Pair(zffi.Struct):
    first: types.int_
    second: types.int_
    inner: Annotated[Any, c_int * 2]


class Long(zffi.Struct):
    words: Annotated[Any, c_int64 * 5]


PAIR, LONG_ONE, TEXT = Pair(-7, 5, (1, 2)), Long((7,)), zffi.create_string_buffer(b"four")
STRLEN = C.func("strlen", c_size_t, [c_void_p])

# Functions whose results are cached objects, so that a call allocates nothing at all.
CALLS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "int": (C.func("abs", c_int, [c_int]), (-7,)),
    "released": (C.func("abs", c_int, [c_int], gil="release"), (-7,)),
    "errno": (C.func("abs", c_int, [c_int], errno=True), (-7,)),
    "text": (C.func("strlen", c_size_t, [c_char_p]), (b"four",)),
    "str": (C.func("strlen", c_size_t, [c_char_p]), ("four",)),
    "utf-8": (C.func("strlen", c_size_t, [c_char_p]), ("fôür",)),
    "void": (C.func("free", None, [c_void_p]), (None,)),
    "buffer": (C.func("memcmp", c_int, [c_void_p, c_void_p, c_size_t]), (BUFFER, BUFFER, 64)),
    "double": (M.func("lround", c_int64, [c_double]), (3.7,)),
    "stack": (zffi.function(C.sym("abs"), c_int, [c_int] * 30), (-7,) * 30),
    "data": (
        C.func("memcmp", c_int, [c_void_p, c_void_p, c_size_t]),
        (c_void_p(1), c_void_p(1), 0),
    ),
    "byref": (zffi.byref, (TEXT,)),
    "byref, passed": (lambda: STRLEN(zffi.byref(TEXT, 1)), ()),
    "member": (lambda: PAIR.first, ()),
    "member, written": (PAIR.__setattr__, ("second", 9)),
    "struct": (zffi.function(C.sym("abs"), c_int, [Pair]), (PAIR,)),
    "struct, released": (zffi.function(C.sym("abs"), c_int, [Pair], gil="release"), (PAIR,)),
    "struct on the stack": (zffi.function(C.sym("abs"), c_int, [Long, c_int]), (LONG_ONE, -3)),
}


@pytest.mark.parametrize("name", CALLS)
def test_no_allocation_per_call(name: str) -> None:
    """Not one block more after 1,000 calls, and none in between: the peak does not move."""
    function, arguments = CALLS[name]
    repeat = range(1000)
    for _ in repeat:
        function(*arguments)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in repeat:
            function(*arguments)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in repeat:
            function(*arguments)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The argument tuple of a starred call is the test's own; not all versions make a new one.
    own = sys.getsizeof(arguments) + 64
    assert after - before < 256
    assert peak - before <= own + 256


def test_a_struct_result_is_all_that_its_call_makes() -> None:
    function = zffi.function(C.sym("ldiv"), Pair, [c_int64, c_int64])
    size = sys.getsizeof(function(5, 1)) + 16  # with the collector's links
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(100):
            function(5, 1)
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(1000):
            function(5, 1)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 256
    assert peak - before <= size + 256


def leak_of(action: Callable[[], Any], repetitions: int = 300) -> int:
    """How many blocks of memory `action` leaves behind per 100 repetitions, when warm."""
    return blocks_left(action, repetitions, warm_up=repetitions) * 100 // repetitions


def failing(function: Callable[..., Any], *arguments: Any) -> Callable[[], None]:
    def action() -> None:
        try:
            function(*arguments)
        except (zffi.Error, TypeError):
            return
        raise AssertionError("did not fail")

    return action


LONG = zffi.c_longdouble
HANDLE = zffi.handle("struct state")


class Sign(enum.IntEnum):
    MINUS = -1
    PLUS = 1


def new_enum(name: str, members: dict[str, int]) -> Any:
    make: Any = enum.IntEnum
    return make(name, members)


class Other(enum.IntEnum):
    PLUS = 1


def own_double() -> Any:
    class Own(c_double):
        pass

    return Own


VECTOR = zffi.vector(zffi.c_float, 4)
SIGNATURE = zffi.signature(c_double, {"x": c_double})
ACTIONS: dict[str, Callable[[], Any]] = {
    "bind": lambda: M.func("cos", c_double, [c_double]),
    "bind with a signature": lambda: M.func("cos", SIGNATURE, check=zffi.errno_if(-1)),
    "bind an address": lambda: zffi.function(C.sym("abs"), c_int, [c_int]),
    "signature": lambda: zffi.signature(c_int, {"a": c_int, "b": c_double}).plan,
    "info": lambda: zffi.info(CALLS["int"][0]),
    "load and close": lambda: zffi.load("m").close(),
    "value": lambda: (
        c_int(5).value,
        c_char_p("text").value,
        c_void_p(bytearray(4)),
        zffi.byref(c_int()),
    ),
    "result": lambda: M.func("cos", c_double, [c_double])(1.5),
    "wide": lambda: C.func("wcslen", c_size_t, [zffi.c_wchar_p])("wide text"),
    "128 bits": lambda: (
        zffi.function(C.sym("labs"), zffi.c_int128, [zffi.c_int128])(2**70),
        zffi.c_uint128(2**100).value,
    ),
    "wide failure": failing(
        zffi.function(C.sym("labs"), c_int, [zffi.c_int128, c_int]), 2**70, "later"
    ),
    "long double": lambda: (
        M.func("sqrtl", LONG, [LONG])("0.1"),
        hash(LONG(2**70)),
        LONG("1e30").as_integer_ratio(),
        repr((LONG * 2)("0.1", 2**100)[1]),
        LONG(1) < 2**100,
    ),
    "long double failure": failing(LONG, "no number"),
    "complex": lambda: (
        M.func("cexp", zffi.c_double_complex, [zffi.c_double_complex])(1j),
        zffi.c_longdouble_complex(("0.1", 2)) == 1j,
        repr(zffi.c_longdouble_complex(1j).real),
    ),
    "complex failure": failing(zffi.c_longdouble_complex, (1, None)),
    "vector": lambda: (
        zffi.function(C.sym("abs"), VECTOR, [VECTOR])(VECTOR(1, 2, 3, 4)),
        VECTOR([5, 6]) == VECTOR(),
        zffi.vector(own_double(), 2),
    ),
    "enum": lambda: (
        C.func("abs", Sign, [Sign])(Sign.PLUS),
        C.func("abs", Sign, [Sign])(70000),
        zffi.enum(new_enum("Passing", {"A": 1})),
    ),
    "wrong enum": failing(C.func("abs", Sign, [Sign]), Other.PLUS),
    "no enum": failing(zffi.enum, new_enum("Large", {"A": 2**64})),
    "handle": lambda: (
        zffi.handle("once")(),
        zffi.handle("FILE")() == zffi.handle("FILE")(),
        zffi.function(C.sym("labs"), HANDLE, [HANDLE])(5),
    ),
    "other handle": failing(zffi.function(C.sym("labs"), c_int, [HANDLE]), zffi.handle("DIR")()),
    "no vector": failing(zffi.vector, c_double, 3),
    "wrong type": failing(CALLS["int"][0], "x"),
    "wrong range": failing(CALLS["int"][0], 2**40),
    "wrong count": failing(CALLS["buffer"][0], BUFFER),
    "later argument": failing(CALLS["buffer"][0], BUFFER, BUFFER, "x"),
    "wrong declaration": failing(zffi.signature, c_int, [c_int, int]),
    "wrong names": failing(zffi.signature, c_int, {"a b": c_int}),
    "no symbol": failing(M.sym, "zffi_no_such_symbol"),
    "no library": failing(zffi.load, "zffi-no-such-library"),
    "wrong convention": failing(lambda: zffi.load("m", abi="x")),
    "membership": lambda: "cos" in M,
    "struct": lambda: (
        zffi.function(C.sym("abs"), Pair, [Pair])(PAIR),
        zffi.replace(PAIR, second=5).inner[1],
        copy.copy(LONG_ONE) == LONG_ONE,
        pickle.loads(pickle.dumps(PAIR)),
        repr(PAIR),
        zffi.asdict(PAIR),
        memoryview(PAIR).format,
    ),
    "struct's class": lambda: (
        zffi.struct("Made").field("x", c_char_p, default=b"x" * 50).field("y", Pair).build()().y,
        zffi.layout(Pair),
    ),
    "wrong member": failing(setattr, PAIR, "first", "x"),
    "wrong members": failing(Pair, 1, 2, (3, "x")),
    "wrong struct": failing(zffi.function(C.sym("abs"), c_int, [Pair]), LONG_ONE),
    "wrong class": failing(lambda: zffi.struct("Wrong").field("x", c_int, bits=99).build()),
    "references": lambda: [zffi.byref(TEXT) for _ in range(20)],
}


@pytest.mark.parametrize("name", ACTIONS)
def test_no_leak(name: str) -> None:
    """What is left once may belong to somebody else; what is left each time does not."""
    if name in ("vector", "enum", "struct's class", "wrong class"):
        need_classes_that_go()
    leaks: list[int] = []
    while not leaks or (leaks[-1] > 2 and len(leaks) < 6):
        leaks.append(leak_of(ACTIONS[name]))
    assert leaks[-1] <= 2, leaks


def test_reference_counts_of_arguments() -> None:
    function, (text,) = CALLS["text"][0], (b"a text of its own" * 2,)
    before = sys.getrefcount(text)
    for _ in range(100):
        function(text)
        failing(CALLS["int"][0], text)()
    assert sys.getrefcount(text) == before


SUBINTERPRETERS = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

CODE = '''
import zffi
assert zffi.load("m").func("hypot", zffi.c_double, [zffi.c_double] * 2)(3, 4) == 5.0
try:
    zffi.load("c").func("abs", zffi.c_int, [zffi.c_int])("x")
except zffi.errors.ArgumentError as error:
    assert error.argument == 1
else:
    raise AssertionError
'''
for _ in range(3):
    each = interpreters.create()
    failure = interpreters.run_string(each, CODE)
    assert failure is None, failure
    interpreters.destroy(each)
exec(CODE)
print("every interpreter has its own")
"""


def test_subinterpreters() -> None:
    """Each has its own types and exceptions, and what one leaves behind harms no other."""
    # A subinterpreter does not search the working directory, in which zffi may be.
    environment = os.environ | {"PYTHONPATH": str(Path(zffi.__file__).parents[1])}
    ran = subprocess.run(
        [sys.executable, "-c", SUBINTERPRETERS], capture_output=True, text=True, env=environment
    )
    assert ran.stdout == "every interpreter has its own\n", ran.stderr


def test_import_twice_gives_two_modules() -> None:
    """Multi-phase initialisation: state hangs on the module, not on the process."""
    script = """
import sys, zffi
first = zffi.c_int
for name in [name for name in sys.modules if name.partition(".")[0] == "zffi"]:
    del sys.modules[name]
import zffi as again
assert again.c_int is not first
assert again.load("c").func("abs", again.c_int, [again.c_int])(-3) == 3
try:
    again.load("c").func("abs", first, [first])
except again.errors.TypeValidationError:
    print("apart")
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout == "apart\n", ran.stderr


def test_a_module_goes_when_nobody_has_it() -> None:
    """But for how its types are pickled, which is registered for good."""
    script = """
import copyreg, gc, sys, weakref
def use():
    import zffi
    zffi.load("c").func("abs", zffi.c_int, [zffi.c_int])(-3)
    (zffi.c_int * 3)(1, 2), zffi.POINTER(zffi.c_int)(), zffi.byref(zffi.c_int())
    point = zffi.struct("Point").field("x", zffi.c_int, default=3).build()
    point(), (point * 2)(), zffi.POINTER(point), zffi.load("c").var("opterr", zffi.c_int)
    del copyreg.dispatch_table[zffi._core.CType]
    return weakref.ref(zffi.c_int)
def forget():
    for name in [name for name in sys.modules if name.partition(".")[0] == "zffi"]:
        del sys.modules[name]
gone = []
for _ in range(3):
    gone.append(use())
    forget()
    gc.collect()
print([ref() is None for ref in gone])
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout == "[True, True, True]\n", ran.stdout + ran.stderr


def test_functions_work_until_the_end() -> None:
    """A function that outlives its module's dictionary, called while the interpreter ends."""
    script = """
import zffi
class Last:
    def __init__(self):
        c = zffi.load("c")
        self.abs = c.func("abs", zffi.c_int, [zffi.c_int])
        write = [zffi.c_int, zffi.c_const_void_p, zffi.c_size_t]
        self.write = c.func("write", zffi.c_ssize_t, write)
    def __del__(self):
        try:
            self.abs("x")
        except TypeError:
            self.write(1, b"last words\\n", self.abs(-11))
keep = Last()
keep.cycle = keep
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "last words\n"), ran.stderr


def test_import_brings_little_along() -> None:
    """No ctypes, no typing machinery, nothing that an import has to wait for."""
    script = """
import sys
before = set(sys.modules)
import zffi
print(*sorted(set(sys.modules) - before))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    own = {"zffi", "zffi.errors", "zffi._core", "zffi._platform"}
    brought = {name for name in ran.stdout.split() if not name.startswith("encodings.")}
    assert brought - {"__future__"} == own, ran.stderr


def test_closed_library_error_needs_no_library_alive() -> None:
    function = zffi.load("m").func("cos", c_double, [c_double])
    library = zffi.info(function).library
    assert library is not None
    library.close()
    del library
    gc.collect()
    with pytest.raises(errors.LibraryClosedError, match="m is closed"):
        function(1.0)
