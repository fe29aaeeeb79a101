"""The exceptions: their places in the hierarchy, fields and texts, and that they travel."""

import pickle
import re
import traceback
from pathlib import Path
from typing import Any

import pytest

import zffi
from zffi import c_char_p, c_double, c_int, errors

BUILTINS: dict[str, type[BaseException]] = {
    "LibraryError": OSError,
    "SymbolError": errors.LibraryError,
    "LibraryClosedError": errors.LibraryError,
    "SignatureError": ValueError,
    "CDefError": errors.SignatureError,
    "TypeValidationError": TypeError,
    "CallingConventionError": ValueError,
    "UnsupportedPlatformError": ImportError,
    "ArgumentError": TypeError,
    "ArgumentOverflowError": OverflowError,
    "ArgumentValueError": ValueError,
    "CallbackError": RuntimeError,
    "WrongThreadError": RuntimeError,
    "CallTimeout": TimeoutError,
    "CallCancelled": Exception,
}
FIELDS: dict[str, dict[str, Any]] = {
    "LibraryError": {"operation": "load", "name": "x", "reason": "words"},
    "SymbolError": {"symbol": "s", "reason": "words"},
    "LibraryClosedError": {"name": "x", "function": "f"},
    "SignatureError": {},
    "CDefError": {"line": 2, "column": 3, "text": "int f(x);", "reason": "words"},
    "TypeValidationError": {"where": "argtypes[1]", "given": 5},
    "CallingConventionError": {"abi": "x", "supported": ("sysv64",)},
    "UnsupportedPlatformError": {"found": "vax VMS", "supported": ("x86_64 Linux",)},
    "ArgumentError": {"function": "f", "argument": 2, "name": "x", "ctype": "int", "given": "str"},
    "ArgumentOverflowError": {"function": "f", "argument": 2, "ctype": "int"},
    "ArgumentValueError": {"function": "f", "argument": 2, "ctype": "int"},
    "CallbackError": {"callback": "compare"},
    "WrongThreadError": {"expected": 1, "actual": 2},
    "CallTimeout": {"function": "f", "timeout": 1.5},
    "CallCancelled": {"function": "f"},
}


def test_all_is_listed() -> None:
    assert set(errors.__all__) == set(BUILTINS) | {"Error"}
    assert zffi.Error is errors.Error


@pytest.mark.parametrize("name", BUILTINS)
def test_hierarchy_fields_and_pickling(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.Error)
    assert issubclass(kind, BUILTINS[name])
    error = kind("what went wrong", **FIELDS[name])
    for twin in (error, pickle.loads(pickle.dumps(error))):
        assert type(twin) is kind
        assert str(twin) == "what went wrong"
        for field, value in FIELDS[name].items():
            assert getattr(twin, field) == value


def test_argument_error_says_it_all() -> None:
    hypot = zffi.load("m").func("hypot", c_double, {"x": c_double, "y": c_double})
    with pytest.raises(errors.ArgumentError) as caught:
        hypot(1, "2")
    error = caught.value
    assert str(error) == "hypot() argument 2 'y' (double): expected a number, got str"
    assert (error.function, error.argument, error.name) == ("hypot", 2, "y")
    assert (error.ctype, error.given) == ("double", "str")
    shown = "".join(traceback.format_exception(error)).splitlines()
    assert shown[-2:] == [
        "double hypot(double x, double y)",
        "                       ^^^^^^^^",
    ]


def test_argument_error_without_names() -> None:
    strncmp = zffi.load("c").func("strncmp", c_int, [c_char_p, c_char_p, zffi.c_size_t])
    with pytest.raises(errors.ArgumentError) as caught:
        strncmp("a", "b", 1.5)
    assert str(caught.value) == "strncmp() argument 3 (size_t): expected an integer, got float"
    assert caught.value.name is None
    assert caught.value.__notes__ == [
        "int strncmp(const char *, const char *, size_t)\n"
        "                                        ^^^^^^"
    ]


def test_arity_error_shows_the_prototype() -> None:
    hypot = zffi.load("m").func("hypot", c_double, [c_double, c_double])
    with pytest.raises(errors.ArgumentError) as caught:
        hypot(1)
    assert str(caught.value) == "hypot() takes 2 arguments (1 given)"
    assert (caught.value.function, caught.value.argument) == ("hypot", None)
    assert caught.value.__notes__ == ["double hypot(double, double)"]


def test_errors_from_calls_pickle() -> None:
    c = zffi.load("c")
    absolute = c.func("abs", c_int, {"value": c_int})
    failing: list[Any] = [
        lambda: absolute("x"),
        lambda: absolute(2**31),
        lambda: c.func("strlenn", None),
        lambda: zffi.load("zffi-nothing"),
        lambda: zffi.signature(int),  # type: ignore[arg-type]
        lambda: zffi.signature(None, abi="x"),
    ]
    for fail in failing:
        with pytest.raises(errors.Error) as caught:
            fail()
        twin = pickle.loads(pickle.dumps(caught.value))
        assert type(twin) is type(caught.value)
        assert str(twin) == str(caught.value)
        assert vars(twin) == vars(caught.value)


def test_bad_input_leaves_nothing_behind() -> None:
    """After any mistake the same function works: nothing was called, nothing is half done."""
    memcpy = zffi.load("c").func(
        "memcpy", zffi.c_void_p, [zffi.c_void_p, zffi.c_const_void_p, zffi.c_size_t]
    )
    target = bytearray(4)
    mistakes: list[tuple[Any, ...]] = [
        (),
        (target,),
        (target, b"data"),
        (target, b"data", 4, 5),
        (b"x", b"data", 1),
        (target, "data", 4),
        (target, b"data", -1),
        (target, b"data", 4.0),
        (target, 1.5, 4),
        (target, object(), 4),
        (target, b"data", None),
        (target, b"data", 2**64),
    ]
    for mistake in mistakes:
        with pytest.raises((TypeError, OverflowError)):
            memcpy(*mistake)
        assert target == bytes(4)
    assert memcpy(target, b"data", 4)
    assert target == b"data"


ROOT = Path(__file__).resolve().parents[2]


def test_every_message_is_used() -> None:
    """The table of texts holds no text that nothing says."""
    folder = ROOT / "csrc" / "python"
    names = re.findall(r"ZF_MESSAGE\(([A-Z]\w+),", (folder / "messages.h").read_text())
    code = "".join(path.read_text() for path in folder.glob("*.c"))
    assert len(names) > 30
    assert [name for name in names if f"ZF_SAY_{name}" not in code] == []
