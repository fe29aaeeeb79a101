"""Signatures: what they accept, what they are equal to, how they show their plan."""

import copy
import pickle
from collections import UserDict, UserList
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from native.callees import DEFAULT_ABI, IS_ARM64

import zffi
from zffi import c_char_p, c_double, c_float, c_int, c_void_p, errors


def test_plan_fields() -> None:
    plan = zffi.signature(c_float, [c_int, c_double] * 8 + [c_char_p], abi="sysv64").plan
    assert plan.abi == "sysv64"
    assert plan.stack_bytes == 24
    assert plan.result.type == "float"
    assert plan.result.pieces == (("fp", 0, "xmm0", 0, 4),)
    places = [place.pieces[0] for place in plan.arguments]
    registers = [piece.register for piece in places]
    assert registers[0::2] == ["rdi", "rsi", "rdx", "rcx", "r8", "r9", None, None, None]
    assert registers[1::2] == [f"xmm{i}" for i in range(8)]
    assert [(piece.bank, piece.number) for piece in places if piece.register is None] == [
        ("stack", 0),
        ("stack", 8),
        ("stack", 16),
    ]
    assert [piece.size for piece in places] == [4, 8] * 8 + [8]
    assert all(piece.offset == 0 for piece in places)


def test_plan_as_text() -> None:
    plan = zffi.signature(c_int, [c_double, c_char_p, *[c_int] * 6], abi="sysv64").plan
    assert str(plan).splitlines() == [
        "sysv64, 8 bytes of stack arguments",
        "argument 1    double        xmm0",
        "argument 2    const char *  rdi",
        "argument 3    int           rsi",
        "argument 4    int           rdx",
        "argument 5    int           rcx",
        "argument 6    int           r8",
        "argument 7    int           r9",
        "argument 8    int           [sp+0]",
        "result        int           rax",
    ]
    assert "result        void  nothing" in str(zffi.signature(None).plan)


def test_results() -> None:
    for ctype, register in (
        (c_int, "rax"),
        (c_void_p, "rax"),
        (c_double, "xmm0"),
        (c_float, "xmm0"),
    ):
        plan = zffi.signature(ctype, abi="sysv64").plan
        assert plan.result.pieces[0].register == register
    assert zffi.signature(None).plan.result.pieces == ()


def test_equality_and_hash() -> None:
    one = zffi.signature(c_int, [c_int, c_double])
    same = zffi.signature(c_int, (c_int, c_double), abi=DEFAULT_ABI)
    named = zffi.signature(c_int, {"a": c_int, "b": c_double})
    assert one == same == named
    assert hash(one) == hash(same) == hash(named)
    for other in (
        zffi.signature(None, [c_int, c_double]),
        zffi.signature(c_int, [c_double, c_int]),
        zffi.signature(c_int, [c_int]),
        zffi.signature(c_int, [zffi.c_int32, c_double]),
        "int (int, double)",
        None,
    ):
        assert one != other
    assert len({one, same, named}) == 1
    with pytest.raises(TypeError):
        _ = one < same  # type: ignore[operator]


def test_text() -> None:
    assert str(zffi.signature(c_int, {"a": c_int, "b": c_char_p})) == "int (int a, const char *b)"
    assert str(zffi.signature(None)) == "void (void)"
    assert str(zffi.signature(c_char_p, [c_void_p])) == "const char *(void *)"
    assert repr(zffi.signature(None, [c_int])) == f"<zffi.signature void (int), {DEFAULT_ABI}>"


def test_fields() -> None:
    signature = zffi.signature(c_int, {"a": c_int, "b": c_double})
    assert signature.restype is c_int
    assert signature.argtypes == (c_int, c_double)
    assert signature.names == ("a", "b")
    assert signature.abi == DEFAULT_ABI
    assert zffi.signature(None).names is None
    assert zffi.signature(None).restype is None
    with pytest.raises(AttributeError):
        signature.restype = c_double  # type: ignore[misc]


def test_pickle_and_copy() -> None:
    for signature in (zffi.signature(None), zffi.signature(c_int, {"a": c_int, "b": c_double})):
        for twin in (
            pickle.loads(pickle.dumps(signature)),
            copy.copy(signature),
            copy.deepcopy(signature),
        ):
            assert twin == signature
            assert twin.names == signature.names
            assert twin.plan == signature.plan


@pytest.mark.parametrize(
    ("make", "where"),
    [
        (lambda: zffi.signature(int), "restype"),  # type: ignore[arg-type]
        (lambda: zffi.signature(c_int(5)), "restype"),  # type: ignore[arg-type]
        (lambda: zffi.signature(c_int, [c_int, str]), "argtypes[1]"),  # type: ignore[list-item]
        (lambda: zffi.signature(c_int, [None]), "argtypes[0]"),  # type: ignore[list-item]
        (lambda: zffi.signature(c_int, {"a": c_int, "b": "int"}), "argtypes[1]"),  # type: ignore[dict-item]
        (lambda: zffi.signature(c_int, [c_int, c_int, 99]), "argtypes[2]"),  # type: ignore[list-item]
    ],
)
def test_not_a_c_type(make: Callable[[], Any], where: str) -> None:
    with pytest.raises(errors.TypeValidationError) as caught:
        make()
    assert caught.value.where == where
    assert str(caught.value).startswith(f"{where}: {caught.value.given!r} is not a C type")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (int, "c_int or c_int64"),
        (float, "c_double"),
        (str, "c_char_p"),
        (bool, "c_bool"),
        (None, "only a result"),
    ],
)
def test_hints(given: Any, hint: str) -> None:
    with pytest.raises(errors.TypeValidationError, match=hint):
        zffi.signature(None, [given])


@pytest.mark.parametrize(
    "argtypes", [c_int, 5, "int", c_double(1), {c_int}, iter([c_int])], ids=repr
)
def test_argtypes_of_a_wrong_kind(argtypes: Any) -> None:
    with pytest.raises(
        errors.TypeValidationError, match="argtypes: expected a sequence of C types"
    ):
        zffi.signature(None, argtypes)


def test_the_most_arguments() -> None:
    assert len(zffi.signature(c_int, [c_int] * 1024).plan.arguments) == 1024
    for count in (1025, 5000, 100_000):
        with pytest.raises(
            errors.SignatureError, match=f"a signature of {count} arguments; the most is 1024"
        ):
            zffi.signature(c_int, [c_int] * count)


@pytest.mark.parametrize("name", ["", "a b", "1a", "a-b", "a\0", 5, None, b"a"])
def test_unusable_names(name: Any) -> None:
    with pytest.raises(
        errors.SignatureError, match=r"argument 2: .* is not a usable parameter name"
    ):
        zffi.signature(None, {"fine": c_int, name: c_int})


@pytest.mark.parametrize("abi", ["stdcall", "", "SYSV64", "default\0", 99, b"sysv64"])
def test_unknown_conventions(abi: Any) -> None:
    with pytest.raises(errors.CallingConventionError, match="unknown calling convention") as caught:
        zffi.signature(None, abi=abi)
    assert caught.value.abi == abi
    assert caught.value.supported == ("sysv64", "win64", "aapcs64", "apple64", "winarm64")


def test_any_sequence_and_mapping() -> None:
    wanted = zffi.signature(None, [c_int, c_double])
    assert zffi.signature(None, UserList([c_int, c_double])) == wanted
    for mapping in (UserDict, MappingProxyType):
        signature = zffi.signature(None, mapping({"a": c_int, "b": c_double}))
        assert signature == wanted
        assert signature.names == ("a", "b")
    with pytest.raises(errors.TypeValidationError, match=r"argtypes\[0\]: 0 is not a C type"):
        zffi.signature(None, range(2))  # type: ignore[arg-type]


def test_a_forgotten_list() -> None:
    with pytest.raises(
        errors.TypeValidationError, match="one C type goes into a list too"
    ) as caught:
        zffi.signature(None, c_double)  # type: ignore[arg-type]
    assert caught.value.where == "argtypes"
    assert caught.value.given is c_double


class Lopsided:
    """A mapping that is none: more values than keys, or the same key twice."""

    def __init__(self, keys: list[Any]) -> None:
        self._keys = keys

    def keys(self) -> list[Any]:
        return self._keys

    def values(self) -> list[Any]:
        return [c_int] * 50

    def __getitem__(self, key: object) -> Any:
        return c_int


def test_mappings_that_contradict_themselves() -> None:
    """Types are looked up by the keys alone, so there is one for each name."""
    given: Any = Lopsided(["a"])
    assert str(zffi.signature(c_int, given)) == "int (int a)"
    given = Lopsided(["x", "x"])
    with pytest.raises(errors.SignatureError, match="'x' is the name of an earlier one too"):
        zffi.signature(c_int, given)
    given = Lopsided(["ﬁ", "fi"])
    with pytest.raises(errors.SignatureError, match="'fi' is the name of an earlier one too"):
        zffi.signature(c_int, given)


def test_sequences_without_end() -> None:
    class Endless:
        def __len__(self) -> int:
            return 2**40

        def __getitem__(self, index: int) -> Any:
            return c_int

    with pytest.raises(errors.SignatureError, match="the most is 1024"):
        zffi.signature(None, Endless())  # type: ignore[arg-type]


def test_names_are_normal() -> None:
    """Python's parser normalises identifiers, and so do parameters."""
    import inspect

    function = zffi.function(1, None, {"ﬁle": c_int}, name="lib.f")
    assert str(inspect.signature(function)) == "(file, /)"
    assert zffi.signature(None, {"ﬁle": c_int}).names == ("file",)


def test_half_made_signatures_cannot_be_found() -> None:
    """The collector's list shows whole objects only, whatever runs while they are made."""
    import gc

    class Peeks:
        def __repr__(self) -> str:
            return str(len([repr(o) for o in gc.get_objects() if "zffi" in repr(type(o))]))

    with pytest.raises(errors.TypeValidationError):
        zffi.signature(None, [Peeks()])  # type: ignore[list-item]
    with pytest.raises(errors.TypeValidationError):
        zffi.load("c").func("getpid", c_int, [Peeks()])  # type: ignore[list-item]


def test_every_convention_is_planned_but_not_called() -> None:
    foreign = ("sysv64", "win64") if IS_ARM64 else ("aapcs64", "apple64", "winarm64")
    for abi in foreign:
        signature = zffi.signature(c_double, [c_double, c_int], abi=abi)
        first = signature.plan.arguments[0].pieces[0].register
        assert first == ("xmm0" if IS_ARM64 else "v0")
        with pytest.raises(errors.CallingConventionError, match="which this machine cannot call"):
            zffi.load("m").func("cos", signature)
        with pytest.raises(errors.CallingConventionError, match="which this machine cannot call"):
            zffi.load("m", abi=abi).func("cos", c_double, [c_double])
