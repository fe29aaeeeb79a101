"""What is not compared, because compilers of one convention contradict each other, or because one
contradicts itself: docs/internals.md has the same list, with an example each."""

from collections.abc import Callable, Iterator

from abi.signatures import Exclusion, Role, is_empty, parts_of
from layout.records import BYTES_OF_INTEGERS, Array, Complex, Record, Scalar, Type, Vector

BYTES = {**BYTES_OF_INTEGERS, "float": 4, "double": 8}
WIDE = frozenset(("__int128", "unsigned __int128", "long double", "__float128"))
FLOATING = frozenset(("_Float16", "float", "double", "long double"))


# -- What a type may have in it --------------------------------------------------------------------


def records_in(kind: Type) -> Iterator[Record]:
    return (part for part in parts_of(kind) if isinstance(part, Record))


def scalars_in(kind: Type) -> set[str]:
    return {part.name for part in parts_of(kind) if isinstance(part, Scalar)}


def has_vector(kind: Type) -> bool:
    return any(isinstance(part, Vector) for part in parts_of(kind))


def has_bits(record: Record) -> bool:
    return any(member.bits is not None for member in record.members)


def has_unnamed_bits(record: Record) -> bool:
    return any(member.bits is not None and not member.name for member in record.members)


def has_zero_width(record: Record) -> bool:
    return any(member.bits == 0 for member in record.members)


def is_packed(record: Record) -> bool:
    return record.is_packed or record.pack > 0


def is_wide(kind: Type) -> bool:
    """Something in it has an alignment of 16 or more."""
    is_aligned = any(record.alignment > 8 for record in records_in(kind))
    return is_aligned or has_vector(kind) or not WIDE.isdisjoint(scalars_in(kind))


def any_record(test: Callable[[Record], bool]) -> Callable[[Type, Role], bool]:
    return lambda kind, role: any(map(test, records_in(kind)))


def any_union_of(*names: str) -> Callable[[Type, Role], bool]:
    """Of one of these scalars and something else."""
    return any_record(
        lambda record: (
            record.is_union and len(record.members) > 1 and not scalars_in(record).isdisjoint(names)
        )
    )


def unnamed(test: Callable[[Type], bool]) -> Callable[[Type, Role], bool]:
    return lambda kind, role: role == "unnamed" and test(kind)


# -- System V --------------------------------------------------------------------------------------


def mixes_x87(record: Record) -> bool:
    """With integers and other floating members, or with a union inside."""
    inside = scalars_in(record)
    floating = {"_Float16", "float", "double", "__float128"}
    has_other = has_vector(record) or not inside.isdisjoint(floating)
    has_integer = not inside <= {*FLOATING, "__float128"}
    has_union = any(inner.is_union for inner in records_in(record) if inner is not record)
    is_mixed = has_union or (has_other and has_integer)
    return record.is_union and "long double" in inside and is_mixed


X87_UNION = Exclusion(
    "unions of long double are compared by plans alone", any_union_of("long double")
)
MIXED_X87_UNION = Exclusion(
    "order and nesting decide where it goes, and zffi refuses most", any_record(mixes_x87)
)
UNNAMED_BITS = Exclusion(
    "gcc takes an unnamed bit-field for an INTEGER, clang for nothing", any_record(has_unnamed_bits)
)
ARRAY_OF_PACKED = Exclusion(
    "gcc looks at the first element of an array alone, and misses that others are unaligned",
    lambda kind, role: any(
        isinstance(part, Array) and any(map(is_packed, records_in(part))) for part in parts_of(kind)
    ),
)
HALF_ARRAY = Exclusion(
    "gcc passes one _Float16 of an array's second eightbyte",
    lambda kind, role: any(
        isinstance(part, Array) and "_Float16" in scalars_in(part) for part in parts_of(kind)
    ),
)
ALIGNED_RECORD_VA_ARG = Exclusion(
    "gcc's va_arg reads registers that it has saved unaligned as if they were aligned",
    unnamed(lambda kind: isinstance(kind, Record) and is_wide(kind)),
)
UNALIGNED_RECORD = Exclusion(
    "clang puts an unaligned struct into memory, gcc one with an unaligned scalar, or with a "
    "bit-field that has the width of one",
    any_record(
        lambda outer: (
            is_packed(outer)
            and (
                (outer.is_union and has_bits(outer))
                or any(member.bits in (16, 32, 64) for member in outer.members)
                or any(
                    inner.alignment > 0 or has_bits(inner)
                    for member in outer.members
                    for inner in records_in(member.type)
                )
            )
        )
    ),
)
LEADING_BITS = Exclusion(
    "clang reads the second eightbyte in place of the first, if that is nothing but unnamed bits",
    lambda kind, role: (
        role != "result"
        and any(record.members and not record.members[0].name for record in records_in(kind))
    ),
)
FLOAT_UNION = Exclusion(
    "clang forgets the second half of an eightbyte", any_union_of("float", "_Float16")
)
FLOAT128_UNION = Exclusion("clang swaps the eightbytes", any_union_of("__float128"))

EMPTY_ARRAY = Exclusion(
    "clang divides by the size of an empty struct, which is 0, and crashes",
    lambda kind, role: any(isinstance(part, Array) and is_empty(part) for part in parts_of(kind)),
)

# -- Windows ---------------------------------------------------------------------------------------

SMALL_VECTOR = Exclusion(
    "gcc passes a vector of 8 bytes in a slot, LLVM takes it apart: zffi refuses it",
    lambda kind, role: isinstance(kind, Vector) and kind.count * BYTES[kind.element.name] == 8,
)
COMPOUND_VA_ARG = Exclusion(
    "gcc's va_arg takes the address of a struct for its value",
    unnamed(lambda kind: isinstance(kind, Record | Complex)),
)
WIDE_VA_ARG = Exclusion(
    "va_arg knows nothing of the alignment that callers heed, or takes an address for the value",
    unnamed(is_wide),
)
ALIGNED_MS_ABI = Exclusion(
    "`aligned` counts on Windows, but not where ms_abi is an attribute",
    any_record(lambda record: record.alignment > 8),
)

# -- arm64 -----------------------------------------------------------------------------------------

ZERO_WIDTH = Exclusion(
    "clang before 16 takes no struct with a bit-field of width 0 for homogeneous",
    any_record(has_zero_width),
)
ZERO_WIDTH_UNION = Exclusion(
    "gcc takes no union with a bit-field of width 0 for homogeneous",
    any_record(lambda record: record.is_union and has_zero_width(record)),
)
PACKED_QUAD = Exclusion(
    "clang aligns a packed member of 16 bytes as if it were not, on the stack",
    any_record(
        lambda record: (
            is_packed(record) and (has_vector(record) or "long double" in scalars_in(record))
        )
    ),
)
HOMOGENEOUS_VA_ARG = Exclusion(
    "gcc reads a homogeneous aggregate from memory that it has not written",
    unnamed(lambda kind: isinstance(kind, Record | Complex) and scalars_in(kind) <= FLOATING),
)
ALIGNED_VA_ARG = Exclusion(
    "va_arg aligns to more than the stack is",
    unnamed(lambda kind: any(record.alignment > 16 for record in records_in(kind))),
)

# -- Several ---------------------------------------------------------------------------------------

EMPTY_VA_ARG = Exclusion(
    "va_arg looks for an empty struct that no caller passes, or aligns for it", unnamed(is_empty)
)

# -- Python ----------------------------------------------------------------------------------------

NOT_IN_PYTHON = Exclusion(
    "zffi has no vectors of one element",
    lambda kind, role: any(isinstance(part, Vector) and part.count < 2 for part in parts_of(kind)),
)
