"""The C file of some signatures: their types, a callee for each, and tables for driver.c.

The tables hold the engine's own layouts, as its users get them; the compiler asserts the size and
alignment of each. A callee hands every argument to the driver, which compares its bytes, and gets
its result from there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from abi.signatures import ALL_VECTORS, Signature
from layout.comparison import ZF_FLAT_BYTES, leaves_of
from layout.compilers import Platform, define, prelude, spell
from layout.engine import Layout, Refused
from layout.records import Type, records_of

# From ZfKind.
SMALLEST_INTEGER, LARGEST_INTEGER, SMALLEST_COMPOUND = 2, 9, 18


@dataclass(frozen=True)
class Dialect:
    """How the callees of a convention are spelled."""

    attribute: str = ""
    va_list: str = "va_list"
    va_start: str = "va_start"
    va_end: str = "va_end"


GNU = Dialect()
MS_ABI = Dialect(
    "__attribute__((ms_abi)) ",
    "__builtin_ms_va_list",
    "__builtin_ms_va_start",
    "__builtin_ms_va_end",
)

Layouts = Mapping[Type, Layout | Refused]


class Source:
    """A file in the making."""

    def __init__(self, platform: Platform, dialect: Dialect, layouts: Layouts) -> None:
        self.platform = platform
        self.dialect = dialect
        self.layouts = layouts
        self.lines: list[str] = []
        self.cases: list[str] = []
        self.tables: dict[Type, str] = {}

    def layout(self, kind: Type) -> Layout:
        layout = self.layouts[kind]
        assert isinstance(layout, Layout), f"{kind}: {layout.why}"
        return layout

    def spelling(self, kind: Type | None) -> str:
        return "void" if kind is None else spell(self.platform, kind)[0]

    def table(self, kind: Type | None) -> str:
        """The name of a type's table, which is written when it is first asked for."""
        if kind is None:
            return "NULL"
        if kind not in self.tables:
            self.tables[kind] = f"&type_{len(self.tables)}"
            self._write_table(kind, self.tables[kind][1:])
        return self.tables[kind]

    def _write_table(self, kind: Type, symbol: str) -> None:
        layout, spelling, leaves = self.layout(kind), self.spelling(kind), "NULL"
        every = leaves_of(kind, self.layouts)
        if every:
            leaves = f"leaves_of_{symbol}"
            rows = ", ".join(
                f"{{{leaf.offset}, {leaf.size}, {leaf.kind}, {leaf.is_bit_field}}}"
                for leaf in every
            )
            self.lines.append(f"static const ZfLeaf {leaves}[] = {{{rows}}};")
        is_flat = layout.kind >= SMALLEST_COMPOUND and layout.size <= ZF_FLAT_BYTES
        seen_by_engine = f"{len(every)}, {leaves}" if is_flat else "0, NULL"
        self.lines += [
            f"_Static_assert(sizeof({spelling}) == {layout.size} && "
            f'_Alignof({spelling}) == {layout.alignment}, "{spelling}");',
            f'static const Info {symbol} = {{{{"{spelling}", {layout.size}, {layout.alignment}, '
            f"{layout.natural_alignment}, {layout.kind}, {seen_by_engine}, NULL, "
            f"{layout.required_alignment}, {int(layout.has_gaps)}}}, {len(every)}, "
            f"{leaves}}};",
        ]

    def add(self, signature: Signature) -> None:
        for kind in signature.types():
            self.lines += [define(self.platform, record) for record in records_of(kind)]
        number, fixed = len(self.cases), signature.fixed
        tables = [*map(self.table, signature.parameters), "NULL"]
        result = self.table(signature.result)
        self.lines += self._callee(signature, f"f{number}")
        self.lines.append(f"static const Info *const types_{number}[] = {{{', '.join(tables)}}};")
        self.cases.append(
            f"    {{{number}, (ZfFunction)f{number}, {result}, {len(signature.parameters)}, "
            f"{'UINT32_MAX' if fixed is None else fixed}, types_{number}}},"
        )

    def _callee(self, signature: Signature, name: str) -> list[str]:
        dialect, fixed = self.dialect, signature.fixed
        named = signature.parameters[:fixed]
        spelling = self.spelling(signature.result)
        parameters = [f"{self.spelling(kind)} a{i}" for i, kind in enumerate(named)]
        body = []
        if fixed is not None:
            parameters.append("...")
            body += [f"{dialect.va_list} list;", f"{dialect.va_start}(list, a{fixed - 1});"]
        for i, kind in enumerate(signature.parameters):
            if i >= len(named):
                body.append(f"{self.spelling(kind)} a{i} = va_arg(list, {self.spelling(kind)});")
            body.append(f"zf_see({i}, &a{i});")
            if SMALLEST_INTEGER <= self.layout(kind).kind <= LARGEST_INTEGER and i < len(named):
                body.append(f"zf_see_wide({i}, (unsigned long long)a{i});")
            body.append(f"zf_scribble(&a{i}, sizeof a{i});")
        if fixed is not None:
            body.append(f"{dialect.va_end}(list);")
        if signature.result:
            body += [f"{spelling} result;", "zf_supply(&result);", "return result;"]
        head = f"{spelling} {dialect.attribute}{name}({', '.join(parameters) or 'void'})"
        return [head, "{", *(f"    {line}" for line in body), "}"]

    def text(self) -> str:
        return "\n".join(
            [
                '#include "abi.h"',
                prelude(self.platform, ALL_VECTORS),
                *self.lines,
                "const Case zf_cases[] = {",
                *self.cases,
                "};",
                f"const uint32_t zf_case_count = {len(self.cases)};",
                "",
            ]
        )


def source_of(
    platform: Platform, dialect: Dialect, layouts: Layouts, signatures: Sequence[Signature]
) -> str:
    source = Source(platform, dialect, layouts)
    for signature in signatures:
        source.add(signature)
    return source.text()
