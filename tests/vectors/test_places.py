"""Where values go by each convention, also by those that this machine cannot call."""

from typing import Any

import pytest
from native.shapes import ctype, split

import zffi

ARM64 = ["aapcs64", "apple64", "winarm64"]


def plan_of(abi: str, arguments: str, result: str = "void", fixed: int | None = None) -> Any:
    types = [ctype(shape) for shape in split(arguments)]
    return zffi.signature(ctype(result), types, abi=abi, fixed=fixed).plan


def places(abi: str, arguments: str, fixed: int | None = None) -> list[str]:
    return [str(place) for place in plan_of(abi, arguments, fixed=fixed).arguments]


# -- Arm64: homogeneous aggregates, and what only looks like one

HOMOGENEOUS = {
    "{f64}": 1,
    "{f64,f64}": 2,
    "{f64,f64,f64}": 3,
    "{f64,f64,f64,f64}": 4,
    "{f64[4]}": 4,
    "{f32,f32,f32,f32}": 4,
    "{{f64},{f64}}": 2,
    "{{f64,f64},{f64,f64}}": 4,
    "{f32,{f32[2]},f32}": 4,
    "union{f64,f64[2]}": 2,
}
OTHERS = {
    "{}": ("nothing", "nothing"),
    "{f32,f64}": ("x0, x1", "x0, x1"),
    "{f64,i64}": ("x0, x1", "x0, x1"),
    "{i64,f64}": ("x0, x1", "x0, x1"),
    "{f32,i32}": ("x0", "x0"),
    "{{f32,f32},f64}": ("x0, x1", "x0, x1"),
    "{{f64,f64},{f64,i64}}": ("at x0", "at x8"),
    "{f64,f64,f64,f64,f64}": ("at x0", "at x8"),
    "{f32[5]}": ("at x0", "at x8"),
    "union{f32,f64}": ("x0", "x0"),
    "aligned16{f32}": ("x0, x1", "x0, x1"),
    "{u8[3]}": ("x0", "x0"),
    "{i64,i64,i64}": ("at x0", "at x8"),
}


@pytest.mark.parametrize("abi", ARM64)
@pytest.mark.parametrize("shape", HOMOGENEOUS)
def test_homogeneous(abi: str, shape: str) -> None:
    plan = plan_of(abi, shape, shape)
    registers = ", ".join(f"v{i}" for i in range(HOMOGENEOUS[shape]))
    assert [str(plan.arguments[0]), str(plan.result)] == [registers] * 2


@pytest.mark.parametrize("abi", ARM64)
@pytest.mark.parametrize("shape", OTHERS)
def test_not_homogeneous(abi: str, shape: str) -> None:
    plan = plan_of(abi, shape, shape)
    assert (str(plan.arguments[0]), str(plan.result)) == OTHERS[shape]


@pytest.mark.parametrize("abi", ARM64)
def test_a_homogeneous_aggregate_is_not_split(abi: str) -> None:
    """It goes to the stack whole, and no later floating argument goes to a register."""
    seen = places(abi, "f64," * 6 + "{f64,f64,f64},f32,i32")
    after = "[sp+24]"
    assert seen == [*(f"v{i}" for i in range(6)), "[sp+0]", after, "x0"]
    assert places(abi, "i64," * 7 + "{i64,i64},i64,f64")[7:] == ["[sp+0]", "[sp+16]", "v0"]


def test_variadic_arguments_of_arm64() -> None:
    shapes = "p,i32,f64,{f64,f64}"
    assert places("aapcs64", shapes, fixed=1) == ["x0", "x1", "v0", "v1, v2"]
    assert places("apple64", shapes, fixed=1) == ["x0", "[sp+0]", "[sp+8]", "[sp+16]"]
    assert places("winarm64", shapes, fixed=1) == ["x0", "x1", "x2", "x3, x4"]


# -- Arm64: the stack, which Apple packs

EIGHT = "i64," * 8
PACKED = {
    EIGHT + "i8,i8,i8": ([0, 1, 2], [0, 8, 16]),
    EIGHT + "i8,i16,i32,i8,i64": ([0, 2, 4, 8, 16], [0, 8, 16, 24, 32]),
    EIGHT + "i32,i32,i32": ([0, 4, 8], [0, 8, 16]),
    EIGHT + "cstr,bool,i32,cstr": ([0, 8, 12, 16], [0, 8, 16, 24]),
    EIGHT + "bool,i64,bool,i16": ([0, 8, 16, 18], [0, 8, 16, 24]),
    EIGHT + "i8,{u8[3]},i8": ([0, 8, 16], [0, 8, 16]),
    EIGHT + "i32,{i32,i32},i32": ([0, 8, 16], [0, 8, 16]),
    "f32," * 8 + "f32,f32": ([0, 4], [0, 8]),
    "f64," * 8 + "f32,{f32,f32},f32,f64": ([0, 4, 12, 16], [0, 8, 16, 24]),
}


@pytest.mark.parametrize("shapes", PACKED)
def test_stack_offsets(shapes: str) -> None:
    apple, others = PACKED[shapes]
    for abi, expected in (("apple64", apple), ("aapcs64", others), ("winarm64", others)):
        assert places(abi, shapes)[8:] == [f"[sp+{offset}]" for offset in expected], abi


# -- What is aligned to more than the stack is

ALIGNED = {
    "sysv64": ["rdi", "[sp+0]", "rsi"],
    "win64": ["rcx", "at rdx", "r8"],
    "aapcs64": ["x0", "at x1", "x2"],
    "apple64": ["x0", "at x1", "x2"],
    "winarm64": ["x0", "at x1", "x2"],
}


@pytest.mark.parametrize("abi", ALIGNED)
def test_aligned_and_large(abi: str) -> None:
    assert places(abi, "i64,aligned32{i64},i64") == ALIGNED[abi]


# -- Windows: by value what has 1, 2, 4 or 8 bytes


@pytest.mark.parametrize("size", [*range(1, 18), 24, 32, 64, 65, 4096])
def test_sizes_of_win64(size: int) -> None:
    plan = plan_of("win64", f"i32,{{u8[{size}]}},f64", f"{{u8[{size}]}}")
    seen = [str(place) for place in (plan.result, *plan.arguments)]
    if size in (1, 2, 4, 8):
        assert seen == ["rax", "rcx", "rdx", "xmm2"]
    else:
        assert seen == ["at rcx", "rdx", "at r8", "xmm3"]


def test_positions_of_win64() -> None:
    assert places("win64", "f64,i32,f32,i64,f64,i8") == [
        "xmm0",
        "rdx",
        "xmm2",
        "r9",
        "[sp+32]",
        "[sp+40]",
    ]
    assert places("win64", "p,f64,i32", fixed=1) == ["rcx", "xmm1, rdx", "r8"]
    assert places("win64", "{f32,f32},{f64}") == ["rcx", "rdx"]


# -- System V: eightbytes

EIGHTBYTES = {
    "{i64,i64}": "rdi, rsi",
    "{f64,f64}": "xmm0, xmm1",
    "{i64,f64}": "rdi, xmm0",
    "{f64,i64}": "xmm0, rdi",
    "{f32,f32}": "xmm0",
    "{f32,i32}": "rdi",
    "{f32[3],u16}": "xmm0, rdi",
    "{{f32,f32},f64}": "xmm0, xmm1",
    "{i8,i64}": "rdi, rsi",
    "{u8[3]}": "rdi",
    "{i64,i64,i64}": "[sp+0]",
    "packed{u8,u32,u16}": "[sp+0]",
    "union{i64,f64}": "rdi",
    "union{f32,f64}": "xmm0",
    "{}": "nothing",
}


@pytest.mark.parametrize("shape", EIGHTBYTES)
def test_eightbytes_of_sysv64(shape: str) -> None:
    plan = plan_of("sysv64", shape, shape)
    names = {"rdi": "rax", "rsi": "rdx", "[sp+0]": "at rdi"}
    result = ", ".join(names.get(word, word) for word in EIGHTBYTES[shape].split(", "))
    assert str(plan.result) == result
    assert places("sysv64", shape) == [EIGHTBYTES[shape]]


def test_exhausted_registers_of_sysv64() -> None:
    ints, floats = "i64," * 5, "f64," * 8
    assert places("sysv64", ints + "{i64,i64},i64")[5:] == ["[sp+0]", "r9"]
    assert places("sysv64", floats + "{f64,i64},i64")[8:] == ["[sp+0]", "rdi"]
