"""Random structs and unions against compilers: layout() as C, every offset and size, and the value
of every member, by pointer and by value, in both byte orders.

ZFFI_RANDOM_RECORDS=5000 ZFFI_RANDOM_SEED=7 python -m pytest tests/structs/test_random.py
"""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from layout.comparison import is_ambiguous
from layout.records import Record, records_of
from native import Native

import zffi
from structs import made
from structs.made import is_flexible
from zffi import c_double, c_int, errors

COUNT = int(os.environ.get("ZFFI_RANDOM_RECORDS", "150"))
SEED = os.environ.get("ZFFI_RANDOM_SEED", "1")
QUIET = ["-w", "-Wno-everything"]


def is_clear(record: Record) -> bool:
    """Whether gcc and clang agree about it."""
    return not any(map(is_ambiguous, records_of(record)))


def fields_of(cls: Any) -> Iterator[zffi.Field]:
    """Those that offsetof can be asked about: named in C, and no bit-fields."""
    for name, field in vars(cls).items():
        is_named = isinstance(field, zffi.Field) and not name.startswith("_anonymous_")
        if is_named and field.bit_width is None:
            yield field


def assertions(cls: Any) -> Iterator[str]:
    tag = cls._spelling_
    facts = [(f"sizeof({tag})", zffi.sizeof(cls)), (f"_Alignof({tag})", zffi.alignment(cls))]
    facts += [(f"offsetof({tag}, {field.name})", field.offset) for field in fields_of(cls)]
    for fact, number in facts:
        yield f'_Static_assert({fact} == {number}, "{fact} is not {number}");'


def layouts(classes: Sequence[Any]) -> str:
    """Each class as layout() shows it, and what zffi says of it."""
    lines = [made.PRELUDE]
    for cls in classes:
        lines += [zffi.layout(cls), *assertions(cls)]
    return "\n".join(lines)


def compile_only(command: Sequence[str], source: str) -> None:
    flags = ["-std=gnu11", "-fsyntax-only", "-Wno-everything", "-x", "c", "-"]
    ran = subprocess.run([*command, *flags], input=source, text=True, capture_output=True)
    assert ran.returncode == 0, ran.stderr[:4000]


# -- Layout ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_layouts_as_c(compiler: str) -> None:
    records = made.generate(COUNT, f"layout {SEED}", made.is_not_in_python)
    classes = [made.class_of(each) for each in records if compiler == "gcc" or is_clear(each)]
    compile_only([compiler], layouts(classes))


def test_layouts_with_explicit_places() -> None:
    inner = zffi.union("Inner").field("a", c_int).field("b", zffi.c_char * 3).build()
    sparse = zffi.struct("Sparse").field("head", zffi.c_char).field("far", c_double, offset=64)
    sparse = sparse.field("near", zffi.c_char, offset=73).field("next", c_int, offset=76)
    aligned = zffi.struct("Aligned").field("tag", zffi.c_char).field(None, inner, align=16)
    aligned = aligned.field("flags", zffi.c_uint, bits=3, align=8).field("low", c_int, align=2)
    classes = [sparse.build(), aligned.build()]
    for compiler in ("gcc", "clang"):
        compile_only([compiler], layouts(classes))


def test_layouts_of_windows() -> None:
    records = made.generate(COUNT, f"windows {SEED}", made.is_not_on_windows)
    classes = [made.class_of(each, "msvc") for each in records]
    source = layouts(classes).replace("#include <string.h>\n#include <wchar.h>\n", "")
    compile_only(["clang", "--target=x86_64-pc-windows-msvc", "-ffreestanding"], source)


# -- Values ----------------------------------------------------------------------------------------


def can_be_passed(record: Record, cls: Any) -> bool:
    """Not what gcc and clang pass in other ways: unnamed bit-fields, which gcc takes for integers
    and clang for nothing; bit-fields as wide as an integer in unions, which gcc takes for integers;
    flexible arrays, which clang passes in memory and gcc does not."""
    for inner in records_of(record):
        for member in inner.members:
            is_unnamed = member.name is None and member.bits is not None
            is_integer = inner.is_union and member.bits in (16, 32, 64)
            if is_unnamed or is_integer or is_flexible(member):
                return False
    try:
        zffi.signature(cls, [cls])
    except errors.TypeValidationError:
        return False
    return True


def check_values(library: zffi.Library, record: Record, cls: Any, leaves: list[made.Leaf]) -> None:
    pointer = zffi.POINTER(cls)
    value = cls()
    library.func(f"write_{record.name}", None, [pointer])(value)
    for leaf in leaves:
        assert leaf.read(value) == leaf.value, (record, leaf, bytes(value))
    written = cls()
    for leaf in leaves:
        leaf.write(written)
    assert library.func(f"check_{record.name}", c_int, [pointer])(written) == 0, record
    assert bytes(written) == bytes(value), record


def check_by_value(library: zffi.Library, record: Record, cls: Any, leaves: Any) -> None:
    give = library.func(f"give_{record.name}", cls)
    take = library.func(f"take_{record.name}", c_int, [c_double, cls, c_int])
    value = give()
    for leaf in leaves:
        assert leaf.read(value) == leaf.value, (record, leaf)
    kept = bytes(value)
    assert take(0.5, value, -7) == 0, record
    assert bytes(value) == kept


def test_values(native: Native) -> None:
    records = made.generate(COUNT, f"values {SEED}", made.is_not_in_python)
    records = [each for each in records if is_clear(each)]
    classes = [made.class_of(each) for each in records]
    leaves = [made.leaves_of(each, SEED) for each in records]
    by_value = [can_be_passed(*each) for each in zip(records, classes, strict=True)]
    parts = [made.PRELUDE]
    for record, cls, places, is_passed in zip(records, classes, leaves, by_value, strict=True):
        parts += [zffi.layout(cls), made.functions(record, places, is_passed)]
    library = zffi.load(native.text("values", "\n".join(parts), flags=QUIET))
    for record, cls, places, is_passed in zip(records, classes, leaves, by_value, strict=True):
        check_values(library, record, cls, places)
        if is_passed:
            check_by_value(library, record, cls, places)
    assert by_value.count(True) > COUNT // 3


def test_values_by_the_convention_of_windows(native: Native) -> None:
    if platform.machine() != "x86_64":
        return
    records = made.generate(COUNT, f"win64 {SEED}", made.is_not_on_windows)
    records = [each for each in records if is_clear(each)]
    classes = [made.class_of(each) for each in records]
    passed = [each for each in zip(records, classes, strict=True) if can_be_passed(*each)]
    parts = [made.PRELUDE]
    for record, cls in passed:
        leaves = made.leaves_of(record, SEED)
        attribute = "__attribute__((ms_abi)) "
        parts += [zffi.layout(cls), made.functions(record, leaves, True, attribute)]
    library = zffi.load(native.text("win64", "\n".join(parts), flags=QUIET), abi="win64")
    for record, cls in passed:
        check_by_value(library, record, cls, made.leaves_of(record, SEED))
    assert len(passed) > COUNT // 3


def test_big_endian_values(native: Native) -> None:
    """GCC alone has structs in another byte order."""
    if native.build.compiler.name != "gcc":
        return
    records = made.generate(COUNT, f"big {SEED}", made.is_not_swapped)
    classes = [made.class_of(each, endian="big") for each in records]
    leaves = [made.leaves_of(each, SEED) for each in records]
    parts = [layouts(classes)]
    parts += map(made.functions, records, leaves, [False] * len(records))
    library = zffi.load(native.text("big", "\n".join(parts), flags=["-w"]))
    for record, cls, places in zip(records, classes, leaves, strict=True):
        check_values(library, record, cls, places)
