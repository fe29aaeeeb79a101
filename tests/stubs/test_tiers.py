"""Which tier a function gets, what forces one, and what happens on an interpreter that is not the
one that was compiled for."""

import os
import subprocess
import sys
from typing import Any

import pytest

import zffi
from zffi import _core, c_char_p, c_double, c_int, c_int128, c_longdouble, c_size_t, c_void_p

C, M = zffi.load("c"), zffi.load("m")
FORCED = os.environ.get("ZFFI_TIER")
HAS_CODE = "stub" in _core.tiers()


def run(script: str, tier: str | None = None, *flags: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "ZFFI_TIER"}
    if tier is not None:
        environment["ZFFI_TIER"] = tier
    command = [sys.executable, *flags, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


TELL = """
import zffi
from zffi import c_double, c_int, c_float, c_void_p, c_uint8
m = zffi.load("m")
common = m.func("hypot", c_double, [c_double] * 2)
rare = m.func("hypotf", c_float, [c_float] * 2)
plan = zffi.load("c").func("snprintf", c_int, [c_void_p, zffi.c_size_t, zffi.c_char_p], fixed=3)
print(*(zffi.info(f).tier for f in (common, rare, plan)), *zffi._core.tiers())
assert (common(3, 4), rare(3, 4)) == (5.0, 5.0)
"""


@pytest.mark.parametrize(
    ("tier", "said"),
    [
        (None, "prebuilt stub plan prebuilt stub plan"),
        ("", "prebuilt stub plan prebuilt stub plan"),
        ("stub", "stub stub plan stub plan"),
        ("prebuilt", "prebuilt plan plan prebuilt plan"),
        ("plan", "plan plan plan plan"),
        ("careful", "plan plan plan plan"),
    ],
)
def test_forced_tiers(tier: str | None, said: str) -> None:
    ran = run(TELL, tier)
    assert ran.returncode == 0, ran.stderr
    if HAS_CODE or FORCED in ("prebuilt", "plan", "careful"):  # else the system refuses it
        assert ran.stdout.split() == said.split()


def test_an_unknown_tier_is_an_error() -> None:
    ran = run("import zffi", "fast")
    assert ran.returncode == 1
    assert (
        "ValueError: ZFFI_TIER is 'fast'; it may be 'stub', 'prebuilt', 'plan' or 'careful'"
        in ran.stderr
    )


@pytest.mark.parametrize(
    "function",
    [
        C.func("snprintf", c_int, [c_void_p, c_size_t, c_char_p], fixed=3),
        C.func("abs", c_int, [c_int], check=zffi.errno_if(-1)),
        C.func("abs", c_int, [c_int128]),
        M.func("sqrtl", c_longdouble, [c_longdouble]),
        C.func("abs", c_int, [c_int] * 41),
        C.func("abs", c_int, [zffi.c_wchar]),
    ],
)
def test_what_has_no_stub(function: Any) -> None:
    assert zffi.info(function).tier == "plan"


FORCING = """
import zffi
from zffi import _core
m = zffi.load("m")
def bind(tier):
    _core._force_tier(tier)
    return m.func("hypot", zffi.c_double, [zffi.c_double] * 2)
functions = {tier: bind(tier) for _ in range(2) for tier in ("prebuilt", "plan", "stub")}
assert {zffi.info(f).tier: f(3, 4) for f in functions.values()} == dict.fromkeys(functions, 5.0)
_core._force_tier("")
print(zffi.info(m.func("hypot", zffi.c_double, [zffi.c_double] * 2)).tier)
"""


@pytest.mark.skipif(not HAS_CODE, reason="no code is made at run time here")
def test_one_process_can_have_functions_of_all_tiers() -> None:
    ran = run(FORCING)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() in ("prebuilt", "stub")


def entry(function: Any) -> int | None:
    stub = _core._stub(function)
    return stub[0] if stub is not None else None


@pytest.mark.skipif(not HAS_CODE, reason="no code is made at run time here")
def test_stubs_are_shared_by_functions_and_not_by_options() -> None:
    """Every option, and every type that is converted otherwise, is part of what a stub is for."""
    types = [c_double, c_int, zffi.c_uint]
    functions = [M.func("hypot", c_double, types) for _ in range(100)]
    functions += [
        M.func("atan2", c_double, types),
        M.func("hypot", c_double, dict(zip("abc", types, strict=True))),
    ]
    assert len({entry(function) for function in functions}) == 1
    others = [
        M.func("hypot", c_double, types, gil="hold"),
        M.func("hypot", c_double, types, errno=True),
        M.func("hypot", c_double, types, errno=True, gil="hold"),
        zffi.load(None).func("labs", c_double, types, gil="hold"),  # may leave Python errors
        M.func(
            "hypot",
            c_double,
            types,
            abi="win64" if zffi.info(functions[0]).abi == "sysv64" else None,
            gil="hold",
            errno=True,
        ),
        M.func("hypot", zffi.c_float, types),
        M.func("hypot", None, types),
        M.func("hypot", c_double, [*types, c_int]),
        M.func("hypot", c_double, types[::-1]),
        M.func("hypot", c_double, [c_double, c_int, c_int]),
        M.func("hypot", c_double, [c_double, c_int, c_void_p]),
        M.func("hypot", c_double, [c_double, c_int, zffi.c_const_void_p]),
        M.func("hypot", c_double, [c_double, c_int, zffi.POINTER(c_int)]),
        M.func("hypot", c_double, [c_double, c_int, c_char_p]),
    ]
    assert len({entry(function) for function in [functions[0], *others]}) >= len(others)


def test_a_stub_that_aligns_less_is_not_shared() -> None:
    """Two structs for the same place on the stack, one of which wants more of the stack pointer."""
    usual, aligned = (
        zffi.struct("Words").field("words", c_size_t * 4).build(align=align) for align in (16, 32)
    )
    before = [c_size_t] * 9
    first = C.func("abs", c_int, [*before, usual])
    second = C.func("abs", c_int, [*before, aligned])
    places = [zffi.info(function).signature.plan.arguments[9] for function in (first, second)]
    assert places[0].pieces == places[1].pieces
    assert zffi.info(second).tier == "plan"


def test_types_that_are_converted_alike_share_a_stub() -> None:
    """Whatever they are called; and pointers to whatever."""
    same = [
        [M.func("hypot", c_double, [kind] * 4) for kind in (c_int, zffi.c_int32)],
        [M.func("hypot", c_double, [kind] * 4) for kind in (c_size_t, zffi.c_uint64)],
        [M.func("hypot", c_double, [zffi.POINTER(kind)] * 4) for kind in (c_int, c_double)],
    ]
    for functions in same:
        assert len({entry(function) for function in functions}) == 1


OTHER = """
import warnings, zffi
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    zffi._core._misread({change})
assert [str(each.message) for each in caught] == [
    "zffi was compiled for an interpreter whose {kind} objects are laid out otherwise:"
    " calls convert every value the slow way"
], caught
assert caught[0].category is RuntimeWarning
m, c = zffi.load("m", gil="hold"), zffi.load("c")
hypot = m.func("hypot", zffi.c_double, [zffi.c_double] * 2)
strlen = c.func("strlen", zffi.c_size_t, [zffi.c_char_p])
labs = c.func("labs", zffi.c_long, [zffi.c_long])
assert {{zffi.info(f).tier for f in (hypot, strlen, labs)}} == {{"plan"}}
assert hypot(3, 4.0) == 5.0 and strlen(b"text") == strlen("text") == 4
assert [labs(x) for x in (0, -1, 2**30, -2**40, 2**62)] == [0, 1, 2**30, 2**40, 2**62]
print("careful")
"""


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("object_type=8", "int"),
        ("type_flags=-1", "bool"),
        ("int_header=8", "int"),
        ("int_digits=4", "int"),
        ("float_value=-8", "float"),
        ("bytes_size=8", "bytes"),
        ("bytes_data=1", "bytes"),
        ("tuple_items=8", "tuple"),
    ],
)
def test_an_interpreter_laid_out_otherwise_is_called_carefully(change: str, kind: str) -> None:
    """In a process of its own, whose functions are all careful from then on."""
    ran = run(OTHER.format(change=change, kind=kind), FORCED)
    assert ran.stdout == "careful\n", ran.stderr


def test_this_interpreter_is_laid_out_as_its_headers_say() -> None:
    ran = run("import zffi; zffi._core._misread()", FORCED, "-W", "error")
    assert ran.returncode == 0, ran.stderr


def test_dump_of_a_stub() -> None:
    hypot = M.func("hypot", c_double, [c_double, c_double], gil="hold")
    text = zffi.dump_stub(hypot)
    assert text.startswith("double hypot(double, double);")
    assert f"gil=hold errno=False tier={zffi.info(hypot).tier}" in text
    stub = _core._stub(hypot)
    if stub is None:
        assert "no stub: C code walks the plan" in text
        assert "xmm0" in text or "d0" in text
        return
    address, code, literals = stub
    assert f"{len(code)} bytes at {address:#x}" in text
    assert {"FLOAT_TYPE", "LONG_TYPE", "BOX_DOUBLE"} <= {name for _, name in literals}
    for at, name in literals:
        assert f"{at:6x}  {name}" in text


def test_dump_without_a_disassembler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    hypot = M.func("hypot", c_double, [c_double, c_double], gil="hold")
    stub = _core._stub(hypot)
    if stub is not None:
        words = zffi.dump_stub(hypot).split()
        hexadecimal = "".join(
            word for word in words if len(word) == 8 and not word.startswith("0x")
        )
        assert stub[1][:16].hex() in hexadecimal


def test_dump_of_what_is_called_by_its_plan() -> None:
    printf = C.func("snprintf", c_int, [c_void_p, c_size_t, c_char_p], fixed=3)
    assert "no stub: C code walks the plan" in zffi.dump_stub(printf)


@pytest.mark.parametrize("wrong", [None, len, c_int, "hypot"])
def test_dump_of_what_is_no_bound_function(wrong: Any) -> None:
    with pytest.raises(TypeError, match="bound"):
        zffi.dump_stub(wrong)


def test_the_report_says_how_calls_are_made() -> None:
    script = "import zffi.__main__ as main; print(main.tiers())"
    assert "none made at run time: ZFFI_TIER=plan" in run(script, "plan").stdout
    if HAS_CODE:
        assert "stubs made at run time" in run(script).stdout
