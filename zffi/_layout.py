"""Layouts of structs and unions as C that a compiler takes, with offsets and sizes in comments."""

from __future__ import annotations

from ._core import CType, Pointer, alignment, sizeof
from ._struct import Struct, Union

TYPE_CHECKING = False  # as typing has it, which is too much to import for annotations
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_COLUMN = 40


def layout(cls: type[Struct] | type[Union]) -> str:
    """A struct or union as C: what it is made of first, then itself, with the offset of each member
    and the sizes in comments.

    Raises TypeError for what is no struct or union, and for an incomplete one.
    """
    if not (isinstance(cls, CType) and issubclass(cls, (Struct, Union))):
        raise TypeError(f"layout() expected a struct or union class, got {cls!r}")
    sizeof(cls)  # complete from here on, or an error
    lines: list[str] = []
    for name in _pointed_at(cls):
        lines.append(f"{name};")
    for part in _parts(cls):
        lines += _definition(part)
    return "\n".join(lines)


def _element(ctype: Any) -> Any:
    while hasattr(ctype, "_length_"):
        ctype = ctype._type_
    return ctype


def _is_record(ctype: Any) -> bool:
    return issubclass(ctype, (Struct, Union))


def _parts(cls: Any) -> list[Any]:
    """The structs inside that have names of their own, each behind what it is made of."""
    found: dict[Any, None] = {}
    for member in cls._members_:
        inner = _element(member.type)
        if _is_record(inner):
            parts = _parts(inner)
            found.update(dict.fromkeys(parts[:-1] if member.anonymous else parts))
    return [*found, cls]


def _pointed_at(cls: Any) -> list[str]:
    """The structs that pointers inside point to: C must have heard of them."""
    found: dict[str, None] = {}
    for part in _parts(cls):
        for member in part._members_:
            target = _element(member.type)
            while issubclass(target, Pointer) and target._type_ is not None:
                target = _element(target._type_)
                if _is_record(target):
                    found[target._spelling_] = None
    return list(found)


def _declare(ctype: Any, name: str) -> str:
    lengths = ""
    while hasattr(ctype, "_length_") and ctype._spelling_.endswith("]"):
        lengths += f"[{ctype._length_ or ''}]"
        ctype = ctype._type_
    spelling: str = ctype._spelling_
    if "(*)" in spelling:
        return spelling.replace("(*)", f"(*{name}{lengths})", 1)
    return f"{spelling}{'' if spelling.endswith('*') else ' '}{name}{lengths}"


def _comment(code: str, text: str) -> str:
    return f"{code:<{_COLUMN - 1}} /* {text} */"


def _plural(count: int) -> str:
    return f"{count} byte" if count == 1 else f"{count} bytes"


def _gaps(cls: Any) -> Iterator[tuple[Any, int]]:
    """The members as they were given, each with the bytes that an explicit offset leaves free."""
    end = 0
    for given in cls._definition_:
        field = vars(cls).get(given[0])
        free = field.offset - end if field is not None and given[4] >= 0 else 0
        yield given, free if field is not None and end % alignment(given[1]) + free > 0 else 0
        if field is not None:
            end = max(end, field.offset + (0 if field.bit_width is not None else field.size))


def _members(cls: Any, base: int, indent: str) -> Iterator[str]:
    for (name, ctype, bits, align, _, anonymous), gap in _gaps(cls):
        # Not _Alignas, which bit-fields cannot have, and which cannot be less than the type's own.
        aligned = f" __attribute__((aligned({align})))" if align else ""
        if name is None:
            yield f"{indent}{_declare(ctype, '').rstrip()} : {bits};"
            continue
        field = vars(cls)[name]
        offset = base + field.offset
        if gap:
            yield f"{indent}char gap_before_{name}[{gap}];"
        if anonymous:
            above = f"{indent}_Alignas({align})" if align > alignment(ctype) else ""
            body = [*_body(ctype, offset, indent, ""), f"{indent}}}{_attributes(ctype)};"]
            body = [above, *body] if above else body
            yield from _packed(body, ctype._options_.pack, cls._options_.pack)
        elif field.bit_width is not None:
            first = field.bit_offset
            code = f"{indent}{_declare(ctype, name)} : {bits}{aligned};"
            yield _comment(code, f"offset {offset}, bits {first} to {first + bits - 1}")
        else:
            code = f"{indent}{_declare(ctype, name)}{aligned};"
            yield _comment(code, f"offset {offset}, {_plural(field.size)}")


def _body(cls: Any, base: int, indent: str, tag: str) -> Iterator[str]:
    keyword = "union" if issubclass(cls, Union) else "struct"
    yield _comment(
        f"{indent}{keyword} {tag}{{", f"{_plural(sizeof(cls))}, alignment {alignment(cls)}"
    )
    yield from _members(cls, base, indent + "    ")


def _attributes(cls: Any) -> str:
    options = cls._options_
    found = []
    if options.packed:
        found.append("packed")
    if options.align:
        found.append(f"aligned({options.align})")
    if options.layout == "msvc":
        found.append("ms_struct")
    if options.endian != "native":
        found.append(f'scalar_storage_order("{options.endian}-endian")')
    return f" __attribute__(({', '.join(found)}))" if found else ""


def _packed(lines: list[str], pack: int, around: int) -> list[str]:
    if pack == around:
        return lines
    start = [f"#pragma pack(push, {pack})"] if pack else ["#pragma pack(push)", "#pragma pack()"]
    return [*start, *lines, "#pragma pack(pop)"]


def _definition(cls: Any) -> list[str]:
    tag = cls._spelling_.partition(" ")[2]
    lines = [*_body(cls, 0, "", f"{tag} "), f"}}{_attributes(cls)};"]
    return _packed(lines, cls._options_.pack, 0)
