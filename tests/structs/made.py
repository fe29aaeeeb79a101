"""Random records as classes of zffi, and the C functions that write and check their members."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from layout.records import Array, Complex, Generator, Member, Record, Scalar, Type, Vector
from native.callees import IS_ARM64

import zffi

SCALARS: dict[str, Any] = {
    "bool": zffi.c_bool,
    "char": zffi.c_char,
    "signed char": zffi.c_byte,
    "unsigned char": zffi.c_ubyte,
    "short": zffi.c_short,
    "unsigned short": zffi.c_ushort,
    "int": zffi.c_int,
    "unsigned int": zffi.c_uint,
    "long": zffi.c_long,
    "unsigned long": zffi.c_ulong,
    "long long": zffi.c_longlong,
    "unsigned long long": zffi.c_ulonglong,
    "__int128": zffi.c_int128,
    "unsigned __int128": zffi.c_uint128,
    "_Float16": zffi.c_float16,
    "float": zffi.c_float,
    "double": zffi.c_double,
    "long double": zffi.c_longdouble,
    "void *": zffi.c_void_p,
    "wchar_t": zffi.c_wchar,
}
COMPLEX: dict[str, Any] = {
    "float": zffi.c_float_complex,
    "double": zffi.c_double_complex,
    "long double": zffi.c_longdouble_complex,
}
WIDE = ("__int128", "unsigned __int128")
# What has another size elsewhere, or another byte order nowhere.
PLAIN_CHAR = "unsigned char" if IS_ARM64 else "signed char"  # what char is here, as a number
NOT_ON_WINDOWS = ("long", "unsigned long", "long double", "wchar_t")
NOT_SWAPPED = (*WIDE, "long double", "void *", "wchar_t")


def class_of(record: Record, layout: str = "gcc", endian: str = "native") -> Any:
    """The class of a record; `records.Record` has all that is said of a struct in C."""
    builder = zffi.union(record.name) if record.is_union else zffi.struct(record.name)
    for member in record.members:
        kind = ctype_of(member.type, layout, endian)
        builder = builder.field(member.name, kind, bits=member.bits, align=member.alignment)
    return builder.build(
        pack=record.pack,
        packed=record.is_packed,
        align=record.alignment,
        layout="msvc" if layout == "msvc" else "gcc",
        endian="big" if endian == "big" else "native",
    )


def ctype_of(kind: Type, layout: str, endian: str) -> Any:
    match kind:
        case Scalar(name):
            return SCALARS[name]
        case Complex(element):
            return COMPLEX[element.name]
        case Vector(element, count):
            return zffi.vector(
                SCALARS[element.name if element.name != "char" else PLAIN_CHAR], count
            )
        case Array(element, count):
            return ctype_of(element, layout, endian) * count
        case Record():
            return class_of(kind, layout, endian)


def is_flexible(member: Member) -> bool:
    return isinstance(member.type, Array) and member.type.count == 0


def without(record: Record, unwanted: Callable[[Member, Type], bool]) -> Record:
    """The record without the members that have something unwanted in them."""

    def is_wanted(member: Member, kind: Type) -> bool:
        inside = kind.element if isinstance(kind, Array) else None
        return not unwanted(member, kind) and (inside is None or is_wanted(member, inside))

    def clean(kind: Type) -> Type:
        match kind:
            case Array(element, count):
                return Array(clean(element), count)
            case Record():
                return without(kind, unwanted)
            case _:
                return kind

    kept = [member for member in record.members if is_wanted(member, member.type)]
    if not any(member.name and not is_flexible(member) for member in kept):
        kept = [member for member in kept if not is_flexible(member)]  # it cannot be alone
    return replace(record, members=tuple(replace(each, type=clean(each.type)) for each in kept))


def generate(count: int, seed: str, unwanted: Callable[[Member, Type], bool]) -> list[Record]:
    generator = Generator(seed, bytes_of_long=8)
    return [without(generator.record(), unwanted) for _ in range(count)]


def is_not_in_python(member: Member, kind: Type) -> bool:
    """Bit-fields of 128-bit types, and vectors of one element."""
    if isinstance(kind, Vector):
        return kind.count < 2
    return member.bits is not None and isinstance(kind, Scalar) and kind.name in WIDE


def is_not_on_windows(member: Member, kind: Type) -> bool:
    if isinstance(kind, Scalar):
        return kind.name in (*NOT_ON_WINDOWS, *WIDE)
    return isinstance(kind, (Complex, Vector))


def is_not_swapped(member: Member, kind: Type) -> bool:
    if isinstance(kind, Scalar):
        return kind.name in NOT_SWAPPED
    return isinstance(kind, (Complex, Vector))


# -- Values ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leaf:
    """A place in a record that holds one value, and such a value."""

    c_place: str  # behind the record: ".m1[2].m3"
    path: tuple[str | int, ...]
    c_value: str
    value: Any

    def read(self, data: Any) -> Any:
        data = _walk(data, self.path)
        return _plain(data)

    def write(self, data: Any) -> None:
        holder, last = _walk(data, self.path[:-1]), self.path[-1]
        if isinstance(last, int):
            holder[last] = self.value
        else:
            setattr(holder, last, self.value)


def _walk(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step] if isinstance(step, int) else getattr(data, step)
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, zffi.c_longdouble):
        return float(value)
    return complex(value) if isinstance(value, zffi.c_longdouble_complex) else value


def leaves_of(record: Record, seed: str) -> list[Leaf]:
    """A value for each place; of the members of a union, for those of the last that has any."""
    return list(_leaves(record, "", (), random.Random(f"{record.name} {seed}")))


def _leaves(
    kind: Type, c_place: str, path: tuple[str | int, ...], chance: random.Random
) -> Iterator[Leaf]:
    match kind:
        case Record(members=members):
            found: list[Leaf] = []
            for member in members:
                inside = list(_member_leaves(member, c_place, path, chance))
                found = inside or found if kind.is_union else found + inside
            yield from found
        case Array(element, count) | Vector(element, count):
            for i in range(count):
                is_char = isinstance(kind, Vector) and element == Scalar("char")
                each = Scalar(PLAIN_CHAR) if is_char else element
                yield from _leaves(each, f"{c_place}[{i}]", (*path, i), chance)
        case Complex():
            real, imaginary = chance.randrange(-99, 99) + 0.5, chance.randrange(1, 99) + 0.25
            yield Leaf(c_place, path, f"{real} + {imaginary} * 1i", complex(real, imaginary))
        case Scalar(name):
            yield Leaf(c_place, path, *_value(name, 8 * zffi.sizeof(SCALARS[name]), chance))


def _member_leaves(
    member: Member, c_place: str, path: tuple[str | int, ...], chance: random.Random
) -> Iterator[Leaf]:
    if member.name is None:
        if isinstance(member.type, Record):
            yield from _leaves(member.type, c_place, path, chance)
        return
    c_place, path = f"{c_place}.{member.name}", (*path, member.name)
    if member.bits is None:
        yield from _leaves(member.type, c_place, path, chance)
    elif isinstance(member.type, Scalar):
        name = PLAIN_CHAR if member.type.name == "char" else member.type.name
        yield Leaf(c_place, path, *_value(name, member.bits, chance))


def _value(name: str, bits: int, chance: random.Random) -> tuple[str, Any]:
    if name in ("float", "double", "long double"):
        number = chance.randrange(-(2**20), 2**20) + 0.5
        return f"{number}", number
    if name == "bool":
        bit = chance.random() < 0.5
        return f"{int(bit)}", bit
    if name == "void *":
        address = chance.getrandbits(64) | 1
        return f"(void *){address:#x}ul", address
    if name in ("char", "wchar_t"):
        code = chance.randrange(1, 127)
        return f"{code}", bytes([code]) if name == "char" else chr(code)
    number = chance.choice((chance.getrandbits(bits), 2**bits - 1, 2 ** (bits - 1)))
    c_value = f"((unsigned __int128){number >> 64:#x}ul << 64 | {number & 2**64 - 1:#x}ul)"
    is_signed = "unsigned" not in name
    return c_value, number - 2**bits if is_signed and number >= 2 ** (bits - 1) else number


# -- C ---------------------------------------------------------------------------------------------

PRELUDE = """#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <wchar.h>
"""


def tag_of(record: Record) -> str:
    return f"{'union' if record.is_union else 'struct'} {record.name}"


def functions(record: Record, leaves: list[Leaf], by_value: bool, convention: str = "") -> str:
    """C functions that write the values, tell how many are wrong, and pass the record by value: by
    the convention that an attribute names."""
    tag, name = tag_of(record), record.name
    writes = "".join(f"    value->{leaf.c_place[1:]} = {leaf.c_value};\n" for leaf in leaves)
    fields = [(leaf.c_place[1:], leaf.c_value) for leaf in leaves]
    tests = "".join(
        f"    {{ {tag} other = *value; other.{place} = {value};\n"
        f"      wrong += other.{place} != value->{place}; }}\n"
        for place, value in fields
    )
    text = f"""
void write_{name}({tag} *value)
{{
    (void)value;
{writes}}}

int check_{name}(const {tag} *value)
{{
    int wrong = 0;
    (void)value;
{tests}    return wrong;
}}
"""
    if by_value:
        text += f"""
{convention}{tag} give_{name}(void)
{{
    {tag} value;
    memset(&value, 0, sizeof value);
    write_{name}(&value);
    return value;
}}

{convention}int take_{name}(double before, {tag} value, int behind)
{{
    int wrong = check_{name}(&value) + (before != 0.5) + (behind != -7);
    memset(&value, 0xEE, sizeof value);
    return wrong;
}}
"""
    return text
