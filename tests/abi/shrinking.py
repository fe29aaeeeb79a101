"""Makes a failing signature small: drops arguments, takes structs apart, as long as it fails."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from abi.signatures import Flavor, Signature
from layout.comparison import smaller_records
from layout.records import Array, Complex, Record, Scalar, Type

# Which of some signatures still fails, by its index.
Finder = Callable[[Sequence[Signature]], int | None]


def shrink(signature: Signature, flavor: Flavor, first_failing: Finder) -> Signature:
    """All that is one step smaller is tried at once, the largest steps first."""
    while True:
        tried = [each for each in smaller(signature) if is_tried(each, flavor)]
        unique = [renamed(each, f"t{index}_") for index, each in enumerate(tried)]
        index = first_failing(unique) if tried else None
        if index is None:
            return signature
        signature = tried[index]


def is_tried(signature: Signature, flavor: Flavor) -> bool:
    """What is left must not fail for a reason that is known."""
    return not any(flavor.excludes(kind, role) for kind, role in signature.roles())


def smaller(signature: Signature) -> Iterator[Signature]:
    parameters = signature.parameters
    length = len(parameters) // 2 or 1
    while parameters and length:
        for start in range(0, len(parameters), length):
            yield from _without(signature, start, min(start + length, len(parameters)))
        length //= 2
    if signature.fixed is not None:
        yield replace(signature, fixed=None)
    if signature.result:
        yield replace(signature, result=None)
        for kind in _smaller_types(signature.result):
            yield replace(signature, result=kind)
    for index, parameter in enumerate(parameters):
        for kind in _smaller_types(parameter):
            yield replace(
                signature, parameters=(*parameters[:index], kind, *parameters[index + 1 :])
            )


def _without(signature: Signature, start: int, end: int) -> Iterator[Signature]:
    """No function has unnamed parameters alone."""
    fixed = signature.fixed
    if fixed is not None:
        fixed -= max(0, min(end, fixed) - start)
        if fixed == 0:
            return
    parameters = signature.parameters[:start] + signature.parameters[end:]
    yield replace(signature, parameters=parameters, fixed=fixed)


def _smaller_types(kind: Type) -> Iterator[Type]:
    match kind:
        case Record():
            yield Scalar("int")
            yield from (member.type for member in kind.members if is_alone(member.type))
            yield from smaller_records(kind)
        case Complex(element):
            yield element
        case Scalar(name) if name != "int":
            yield Scalar("int")


def is_alone(kind: Type) -> bool:
    """Whether it is passed by value."""
    return not isinstance(kind, Array)


def renamed(signature: Signature, prefix: str) -> Signature:
    """With other names of its records: what was tried in one file has the same ones."""

    def rename(kind: Type) -> Type:
        match kind:
            case Record():
                members = tuple(replace(each, type=rename(each.type)) for each in kind.members)
                return replace(kind, name=f"{prefix}{kind.name}", members=members)
            case Array(element, count):
                return Array(rename(element), count)
            case _:
                return kind

    result = rename(signature.result) if signature.result else None
    return replace(signature, result=result, parameters=tuple(map(rename, signature.parameters)))
