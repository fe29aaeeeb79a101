"""Shapes: types written in a line, for C and for zffi at once.

A shape is a scalar ("i32", "f64", "p" for a pointer), or members in braces:
"{i32,f32[3],{f64,f64}}". Members are named a, b, c ... in C and in Python. Before the brace may
stand `union`, `packed` and `alignedN`, which are attributes as GCC has them.
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

import zffi
from zffi import Struct, Union

SCALARS: dict[str, tuple[str, Any]] = {
    "i8": ("int8_t", zffi.c_int8),
    "u8": ("uint8_t", zffi.c_uint8),
    "i16": ("int16_t", zffi.c_int16),
    "u16": ("uint16_t", zffi.c_uint16),
    "i32": ("int32_t", zffi.c_int32),
    "u32": ("uint32_t", zffi.c_uint32),
    "i64": ("int64_t", zffi.c_int64),
    "u64": ("uint64_t", zffi.c_uint64),
    "isize": ("intptr_t", zffi.c_intptr_t),
    "usize": ("size_t", zffi.c_size_t),
    "f32": ("float", zffi.c_float),
    "f64": ("double", zffi.c_double),
    "bool": ("bool", zffi.c_bool),
    "char": ("char", zffi.c_char),
    "p": ("void *", zffi.c_void_p),
    "cstr": ("const char *", zffi.c_char_p),
    "i128": ("__int128", zffi.c_int128),
    "u128": ("unsigned __int128", zffi.c_uint128),
    "c32": ("float _Complex", zffi.c_float_complex),
    "c64": ("double _Complex", zffi.c_double_complex),
    "v4f32": ("float __attribute__((vector_size(16)))", zffi.vector(zffi.c_float, 4)),
    "v2f64": ("double __attribute__((vector_size(16)))", zffi.vector(zffi.c_double, 2)),
    "ld": ("long double", zffi.c_longdouble),
    "cld": ("long double _Complex", zffi.c_longdouble_complex),
}
INCLUDES = "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"


def split(shapes: str) -> list[str]:
    """The shapes of a list of them, with commas between."""
    found, depth = [""], 0
    for letter in shapes.replace(" ", ""):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [shape for shape in found if shape]


def _parts(shape: str) -> tuple[list[str], list[str], int | None]:
    """The words before a brace, the shapes in it, and the length of an array."""
    found = re.fullmatch(r"(\w*?)\{(.*)\}(?:\[(\d+)\])?", shape)
    assert found, shape
    words = re.findall(r"union|packed|aligned\d+", found[1])
    assert "".join(words) == found[1], shape
    return words, split(found[2]), int(found[3]) if found[3] else None


def _attributes(words: list[str]) -> str:
    known = {"packed": "packed", "union": ""}
    given = [known.get(word, re.sub(r"aligned(\d+)", r"aligned(\1)", word)) for word in words]
    inside = ", ".join(filter(None, given))
    return f"__attribute__(({inside})) " if inside else ""


def declare(shape: str, name: str) -> str:
    """How C declares a variable or member of a shape, or with no name the type."""
    if "{" not in shape:
        scalar, _, count = shape.partition("[")
        return f"{SCALARS[scalar][0]} {name}".rstrip() + (f"[{count}" if count else "")
    words, members, length = _parts(shape)
    body = " ".join(
        declare(member, letter) + ";"
        for letter, member in zip(ascii_lowercase, members, strict=False)
    )
    kind = "union" if "union" in words else "struct"
    text = f"{kind} {_attributes(words)}{{ {body} }} {name}".rstrip()
    return text if length is None else f"{text}[{length}]"


def leaves(shape: str, path: str = "") -> Iterator[tuple[str, str]]:
    """The scalars in a shape, in order: how C names each behind a value, and its shape."""
    array = re.fullmatch(r"(.*)\[(\d+)\]", shape)
    if array:
        for i in range(int(array[2])):
            yield from leaves(array[1], f"{path}[{i}]")
    elif "{" in shape:
        for letter, member in zip(ascii_lowercase, _parts(shape)[1], strict=False):
            yield from leaves(member, f"{path}.{letter}")
    else:
        yield path, shape


_made: dict[str, Any] = {}


def ctype(shape: str) -> Any:
    """The C type of a shape, here: the same for the same shape; None for "void"."""
    if shape == "void":
        return None
    if shape not in _made:
        array = re.fullmatch(r"(.*)\[(\d+)\]", shape)
        if array:
            _made[shape] = ctype(array[1]) * int(array[2])
        else:
            _made[shape] = _make_record(shape) if "{" in shape else SCALARS[shape][1]
    return _made[shape]


def _make_record(shape: str) -> Any:
    words, members, _ = _parts(shape)
    fields = [(name, ctype(m)) for name, m in zip(ascii_lowercase, members, strict=False)]
    options: dict[str, Any] = {"packed": True} if "packed" in words else {}
    for word in words:
        if word.startswith("aligned"):
            options["align"] = int(word.removeprefix("aligned"))
    base = Union if "union" in words else Struct
    metaclass: Any = type(base)
    return metaclass("Shape", (base,), {"_fields_": fields}, **options)


def value(shape: str, given: Any) -> Any:
    """A value for a parameter of a shape; members as a tuple, nested as the shape is."""
    if shape in ("ld", "cld"):
        return ctype(shape)(given)
    if "{" not in shape:
        return ctype(shape)(*given) if isinstance(given, tuple) else given
    if "union" in _parts(shape)[0]:
        return ctype(shape)(**given)
    return ctype(shape)(*given)
