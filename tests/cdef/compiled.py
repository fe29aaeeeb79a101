"""What a scope of cdef knows, as assertions that a C compiler checks."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from native import Native

import zffi
from zffi._cdef_constant import Number
from zffi._cdef_scope import Key, Scope, scope_of
from zffi._cdef_types import Unsupported, in_memory

HOST = zffi.signature(None).abi


def scope(text: str, abi: str = HOST) -> Scope:
    return scope_of(Key(None, text, abi, 0))


def assertions(known: Scope) -> Iterator[str]:
    """One for each size, alignment, offset and constant."""
    records: dict[str, Any] = {}
    for name, ctype in known.tags.items():
        if not hasattr(ctype, "_members_") and not hasattr(ctype, "_enum_"):
            continue
        records[name] = ctype
    for name, given in known.typedefs.items():
        try:
            ctype = in_memory(given)
            yield same(f"sizeof({name})", zffi.sizeof(ctype))
        except (Unsupported, TypeError):
            continue  # nothing of that type can be made
        if given.kind != "array":
            alignment = given.align or zffi.alignment(ctype)
            yield same(f"_Alignof({name})", alignment)
        if hasattr(ctype, "_members_") and not given.align:
            records[name] = ctype
    for name, ctype in records.items():
        yield same(f"sizeof({name})", zffi.sizeof(ctype))
        yield same(f"_Alignof({name})", zffi.alignment(ctype))
        yield from members(name, ctype)
    for name, value in known.constants.items():
        if not name.startswith("__"):
            yield from constant(name, value)


def members(name: str, ctype: Any) -> Iterator[str]:
    for member in getattr(ctype, "_members_", ()):
        if member.bit_width is None and not member.anonymous:
            yield same(f"offsetof({name}, {member.name})", member.offset)
            if member.size:
                yield same(f"sizeof((({name} *)0)->{member.name})", member.size)


def constant(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, Number):
        sign, bits = int(value.value < 0), value.value % (1 << 64)
        yield f"(({name}) < 0) == {sign} && (unsigned long)({name}) == {bits}ul"
    elif isinstance(value, int):
        yield f"(__int128)({name}) == {'-' * (value < 0)}(__int128){abs(int(value))}ull"
    elif isinstance(value, float):
        yield f"(double)({name}) == {value.hex()}"
    elif isinstance(value, bytes):
        yield same(f"sizeof({name})", len(value) + 1)


def same(expression: str, value: int) -> str:
    return f"{expression} == {value}"


def check(native: Native, known: Scope, before: str, *flags: str) -> int:
    """Lets compiled code check them all, and says how many there were."""
    found = list(dict.fromkeys(assertions(known)))
    lines = [
        f"if (at++ >= from && !({each})) return at;" for each in found
    ]  # not static assertions, which want more of a constant than a macro has to be
    function = ["int next_failure(int from) {", "int at = 0;", *lines, "return 0;", "}"]
    source = "\n".join(["#include <stddef.h>", before, *function])
    library = zffi.load(native.text("assertions", source, flags=["-w", *flags]))
    next_failure = library.func("next_failure", zffi.c_int, [zffi.c_int])
    failures, at = [], next_failure(0)
    while at > 0:
        failures.append(found[at - 1])
        at = next_failure(at)
    assert not failures
    return len(found)


def preprocessed(native: Native, headers: str, *flags: str) -> str:
    """What the preprocessor makes of some headers."""
    command = [*native.build.compiler.compile(), "-E", *flags, "-x", "c", "-"]
    includes = "".join(f"#include <{header}>\n" for header in headers.split())
    done = subprocess.run(command, input=includes, capture_output=True, text=True, check=True)
    return done.stdout


def declared() -> str:
    return (Path(__file__).parent / "declared.h").read_text()
