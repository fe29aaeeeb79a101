"""The scalar types of each platform against a compiler for it."""

import platform as machine
from pathlib import Path

import pytest

from layout.compilers import AAPCS64, APPLE64, GCC, SYSV64, WIN64, WINARM64, Platform, complaints
from layout.engine import Layout, Refused, run

HOST = -1
TARGETS = {
    SYSV64: "x86_64-linux-gnu",
    WIN64: "x86_64-pc-windows-msvc",
    AAPCS64: "aarch64-linux-gnu",
    APPLE64: "arm64-apple-macosx",
    WINARM64: "aarch64-pc-windows-msvc",
}
# ZfKind
BOOL, INT8, UINT8, INT128, UINT128, FLOAT16 = 1, 2, 3, 13, 14, 15
MANTISSA_BITS = {10: 24, 11: 53, 15: 11, 16: 64, 17: 113}

INTEGERS = [
    *("char", "signed char", "unsigned char", "short", "unsigned short", "int", "unsigned int"),
    *("long", "unsigned long", "long long", "unsigned long long", "wchar_t"),
    *("int8_t", "uint8_t", "int16_t", "uint16_t", "int32_t", "uint32_t", "int64_t", "uint64_t"),
    *("size_t", "intptr_t", "uintptr_t", "ptrdiff_t", "intmax_t", "uintmax_t"),
    *("__int128", "unsigned __int128"),
]
FLOATS = {"float": "FLT", "double": "DBL", "long double": "LDBL", "_Float16": "FLT16"}
POINTERS = ["void *", "const void *", "const char *", "const wchar_t *"]
OF_THE_SYSTEM = ["ssize_t", "time_t"]
NAMES = ["void", "bool", *INTEGERS, *FLOATS, *POINTERS, *OF_THE_SYSTEM]


def scalars(driver: Path, model: int) -> dict[str, Layout]:
    answers = run(driver, [f"scalar {model} {name}" for name in NAMES])
    known = [answer for answer in answers if isinstance(answer, Layout)]
    return dict(zip(NAMES, known, strict=True))


def assertions(types: dict[str, Layout]) -> list[str]:
    """That the compiler has the same types. Not every compiler has _Float16."""
    lines = []

    def claim(text: str) -> None:
        lines.append(f'_Static_assert({text}, "{text}");')

    for name, layout in types.items():
        if name in ("void", *OF_THE_SYSTEM):
            continue
        if name == "_Float16":
            lines.append("#ifdef __FLT16_MANT_DIG__")
        claim(f"sizeof({name}) == {layout.size}")
        claim(f"_Alignof({name}) == {layout.alignment}")
        if name in FLOATS:
            claim(f"__{FLOATS[name]}_MANT_DIG__ == {MANTISSA_BITS[layout.kind]}")
        elif name in INTEGERS:
            is_unsigned = (layout.kind - INT8) % 2 if layout.kind < INT128 else layout.kind - INT128
            claim(f"(({name})-1 > 0) == {is_unsigned}")
        if name == "_Float16":
            lines.append("#endif")
    return lines


@pytest.mark.parametrize("model", TARGETS, ids=TARGETS.values())
def test_model_is_the_compilers(driver: Path, model: int) -> None:
    compiler = Platform("", ("clang", f"--target={TARGETS[model]}"), model, GCC)
    if not compiler.is_there():
        pytest.skip("clang is not installed")
    headers = ["#include <stddef.h>", "#include <stdint.h>", "#include <stdbool.h>"]
    source = "\n".join([*headers, *assertions(scalars(driver, model))])
    assert complaints(compiler, source) == ""


def test_a_wrong_model_is_seen(driver: Path) -> None:
    compiler = Platform("", ("clang", f"--target={TARGETS[WIN64]}"), WIN64, GCC)
    if not compiler.is_there():
        pytest.skip("clang is not installed")
    source = "\n".join(assertions(scalars(driver, SYSV64)))
    assert "sizeof(long) == 8" in complaints(compiler, source)


def test_host_is_one_of_the_models(driver: Path) -> None:
    """The types that the compiler of the engine has are those of the platform it is for."""
    model = {"x86_64": SYSV64, "aarch64": AAPCS64}[machine.machine()]
    assert scalars(driver, HOST) == scalars(driver, model)


@pytest.mark.parametrize("model", TARGETS, ids=TARGETS.values())
def test_scalars_have_no_leaves(driver: Path, model: int) -> None:
    for name, layout in scalars(driver, model).items():
        assert layout.name == name
        assert layout.leaves == []
        assert layout.natural_alignment == layout.alignment
        assert layout.required_alignment == 1


def test_what_only_headers_say(driver: Path) -> None:
    """ssize_t and time_t are signed and have 64 bits on every platform; void has no size."""
    for model in TARGETS:
        types = scalars(driver, model)
        assert {types[name].kind for name in OF_THE_SYSTEM} == {types["int64_t"].kind}
        assert (types["void"].size, types["void"].alignment) == (0, 1)


def test_unknown_names(driver: Path) -> None:
    for model in (HOST, *TARGETS):
        for name in ("", "INT", "int ", "unsigned", "void*", "__int64"):
            assert isinstance(run(driver, [f"scalar {model} {name}"])[0], Refused)
