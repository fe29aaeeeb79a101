"""What a bound function is: a builtin that documents itself, pickles, and tells its metadata."""

import gc
import inspect
import multiprocessing
import os
import pickle
import pydoc
import sys
import types
import weakref
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
from native.callees import DEFAULT_ABI

import zffi
from zffi import _core, c_char_p, c_double, c_int, c_size_t, errors

M = zffi.load("m")
C = zffi.load("c")


def test_exact_builtin() -> None:
    """METH_O for one argument, METH_FASTCALL for every other count: both without a wrapper."""
    for count in range(8):
        function = C.func("getpid", c_int, [c_int] * count)
        assert type(function) is types.BuiltinFunctionType
        assert function.__name__ == "getpid"
        assert function.__module__ == "c"


def test_help_shows_the_prototype() -> None:
    hypot = M.func("hypot", c_double, {"x": c_double, "y": c_double}, doc="The hypotenuse.")
    text = pydoc.plain(pydoc.render_doc(hypot))
    assert "hypot(x, y, /)" in text
    assert "double hypot(double x, double y)" in text
    assert "The hypotenuse." in text
    assert "Bound by zffi from m." in text


@pytest.mark.parametrize(
    ("restype", "argtypes", "prototype"),
    [
        (None, [], "void f(void)"),
        (c_int, [c_int], "int f(int)"),
        (c_char_p, [c_char_p, zffi.c_void_p], "const char *f(const char *, void *)"),
        (zffi.c_void_p, {"size": c_size_t}, "void *f(size_t size)"),
        (zffi.c_wchar_p, {"s": zffi.c_wchar_p}, "const wchar_t *f(const wchar_t *s)"),
        (zffi.c_ulonglong, {"größe": zffi.c_bool}, "unsigned long long f(bool größe)"),
    ],
)
def test_prototypes(restype: Any, argtypes: Any, prototype: str) -> None:
    function = zffi.function(1, restype, argtypes, name="f")
    assert zffi.info(function).prototype == prototype
    assert (function.__doc__ or "").startswith(prototype)


def test_inspect_signature() -> None:
    assert str(inspect.signature(M.func("hypot", c_double, [c_double] * 2))) == "(arg1, arg2, /)"
    assert str(inspect.signature(C.func("getpid", c_int))) == "()"
    keywords = {"from": c_int, "class": c_int, "None": c_int, "match": c_int}
    assert (
        str(inspect.signature(C.func("getpid", c_int, keywords)))
        == "(from_, class_, None_, match, /)"
    )
    twins = inspect.signature(C.func("getpid", c_int, {"class": c_int, "class_": c_int}))
    assert str(twins) == "(class__, class_, /)"
    many = inspect.signature(C.func("getpid", c_int, [c_int] * 300))
    assert len(many.parameters) == 300


def test_info() -> None:
    hypot = M.func("hypot", c_double, [c_double, c_double], gil="hold", errno=True, doc="text")
    info = zffi.info(hypot)
    assert info.name == "hypot"
    assert info.address == M.sym("hypot")
    assert info.library is M
    assert info.signature == zffi.signature(c_double, [c_double, c_double])
    assert info.restype is c_double
    assert info.argtypes == (c_double, c_double)
    assert info.prototype == "double hypot(double, double)"
    assert (info.gil, info.errno, info.check) == ("hold", True, None)
    assert (info.abi, info.doc) == (DEFAULT_ABI, "text")
    assert info.tier in _core.tiers()
    assert "prototype='double hypot(double, double)'" in repr(info)


@pytest.mark.parametrize("wrong", [len, "hypot", None, print, zffi.load, object()], ids=repr)
def test_info_of_something_else(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected a function bound by zffi"):
        zffi.info(wrong)


def test_arity() -> None:
    getpid, hypot = (
        C.func("getpid", c_int),
        M.func("hypot", c_double, {"x": c_double, "y": c_double}),
    )
    for function, count in ((getpid, 0), (hypot, 2)):
        for given in range(4):
            if given != count:
                with pytest.raises(
                    errors.ArgumentError, match=rf"\(\) takes {count} arguments \({given} given\)"
                ):
                    function(*[1.0] * given)
    one = C.func("abs", c_int, [c_int])
    for arguments in ((), (1, 2)):
        with pytest.raises(TypeError, match=r"abs\(\) takes exactly one argument"):
            one(*arguments)
    with pytest.raises(TypeError, match="no keyword arguments"):
        hypot(x=1.0, y=2.0)


def test_a_library_has_no_functions_as_attributes() -> None:
    """As ctypes has; the error says how it goes here."""
    with pytest.raises(AttributeError, match=r"no attribute 'hypot'; func\('hypot', restype"):
        M.hypot  # type: ignore[attr-defined]  # noqa: B018
    assert not hasattr(M, "__array_interface__")


def test_functions_have_identity_and_weak_references() -> None:
    first, second = (M.func("cos", c_double, [c_double]) for _ in range(2))
    assert first != second
    assert first == first
    assert len({first, second}) == 2
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


def bound(kind: str) -> Any:
    if kind == "simple":
        return M.func("hypot", c_double, {"x": c_double, "y": c_double}, doc="words")
    if kind == "options":
        return C.func("chdir", c_int, [c_char_p], gil="hold", check=zffi.errno_if(-1))
    if kind == "process":
        return zffi.load(None).func("abs", c_int, [c_int], errno=True)
    return M.func("sqrt", zffi.signature(c_double, [c_double]))


KINDS = ["simple", "options", "process", "signature"]


@pytest.mark.parametrize("kind", KINDS)
def test_pickle(kind: str) -> None:
    function = bound(kind)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(function, protocol))
        assert type(copy) is types.BuiltinFunctionType
        assert copy.__doc__ == function.__doc__
        before, after = zffi.info(function), zffi.info(copy)
        assert after.library is not None
        assert before.library is not None
        assert after.library.name == before.library.name
        assert before[:2] + before[3:] == after[:2] + after[3:]


def test_pickles_share_one_library() -> None:
    function = bound("simple")
    copies = [pickle.loads(pickle.dumps(function)) for _ in range(3)]
    assert len({id(zffi.info(copy).library) for copy in copies}) == 1
    library = zffi.info(copies[0]).library
    assert library is not None
    library.close()
    assert pickle.loads(pickle.dumps(function))(3, 4) == 5.0


def test_a_symbol_called_like_an_attribute_pickles() -> None:
    """A pickle finds the function as an attribute of its target, whatever the symbol is called."""
    function = zffi.load("c").func("close", c_int, [c_int])
    assert pickle.loads(pickle.dumps(function))(-1) == -1


def test_bare_addresses_do_not_pickle() -> None:
    with pytest.raises(TypeError, match="bare address, which means nothing in another process"):
        pickle.dumps(zffi.function(M.sym("cos"), c_double, [c_double], name="cos"))


def square_roots(function: Any, values: list[float]) -> list[float]:
    return [function(value) for value in values]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_process_pool(method: str) -> None:
    sqrt = M.func("sqrt", c_double, [c_double])
    context = multiprocessing.get_context(method)
    if method == "fork" and sys.version_info >= (3, 12):
        import warnings

        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside pytest's own threads
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(sqrt, [1, 4, 9, 16])) == [1.0, 2.0, 3.0, 4.0]
        with pytest.raises(errors.ArgumentError, match="expected a number, got str") as caught:
            pool.submit(sqrt, "x").result()
        assert (caught.value.function, caught.value.argument) == ("sqrt", 1)


def test_function_at_an_address() -> None:
    """A function pointer that C returns becomes a function."""
    dlsym = zffi.load(None).func("dlsym", zffi.c_void_p, [zffi.c_void_p, c_char_p])
    strlen = zffi.function(dlsym(None, "strlen"), c_size_t, [c_char_p])
    assert strlen("hello") == 5
    assert strlen.__name__.startswith("function_at_0x")
    assert zffi.info(strlen).library is None
    named = zffi.function(
        dlsym(None, "strlen"), zffi.signature(c_size_t, [c_char_p]), name="strlen"
    )
    assert named.__name__ == "strlen"
    with pytest.raises(errors.ArgumentError, match=r"strlen\(\) argument 1 \(const char \*\)"):
        named(1.5)


def test_impossible_addresses() -> None:
    with pytest.raises(errors.ArgumentValueError, match="cannot be at address 0"):
        zffi.function(0, None)
    for wrong in (-1, 2**64, 2**100):
        with pytest.raises(OverflowError):
            zffi.function(wrong, None)
    for nothing in (None, "x", 1.5):
        with pytest.raises(TypeError):
            zffi.function(nothing, None)  # type: ignore[arg-type]


def test_targets_are_made_by_binding_only() -> None:
    target = type(M.func("cos", c_double, [c_double]).__self__)  # type: ignore[attr-defined]
    for kind in (target, zffi.Library):
        with pytest.raises(TypeError, match="cannot create"):
            kind()


def test_one_signature_many_functions() -> None:
    signature = zffi.signature(c_double, {"x": c_double})
    functions = [M.func(name, signature) for name in ("sin", "cos", "tan")]
    assert all(zffi.info(function).signature is signature for function in functions)
    with pytest.raises(errors.SignatureError, match="part of the signature that was given"):
        M.func("sin", signature, [c_double])
    with pytest.raises(errors.SignatureError, match="part of the signature that was given"):
        M.func("sin", signature, abi=DEFAULT_ABI)


def test_environment_is_the_callers() -> None:
    """A real effect through a real library: setenv, seen by getenv of the same process."""
    setenv = C.func("setenv", c_int, [c_char_p, c_char_p, c_int])
    getenv = C.func("getenv", c_char_p, [c_char_p])
    assert setenv("ZFFI_TEST_VARIABLE", "wert ü", 1) == 0
    assert getenv("ZFFI_TEST_VARIABLE") == "wert ü".encode()
    assert getenv("ZFFI_TEST_NOT_SET") is None
    assert C.func("unsetenv", c_int, [c_char_p])("ZFFI_TEST_VARIABLE") == 0
    assert os.environ.get("ZFFI_TEST_VARIABLE") is None
