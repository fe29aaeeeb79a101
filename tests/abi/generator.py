"""Random C signatures, and the C file of their callees.

A file of signatures is compiled by the compiler of the convention under test. It tells the driver
(driver.c) of its types by its own sizeof and offsetof, so nothing here depends on the layout
engine; each callee hands every argument to the driver, which compares its bytes, and gets its
result from there.
"""

import random
from dataclasses import dataclass, field

MAX_PARAMETERS = 14


@dataclass(frozen=True)
class Flavor:
    """What the C of one compiler for one convention has."""

    name: str
    abi: str
    function: str = ""  # the attribute of a callee
    long_double: bool = True
    float128: bool = False
    float16: bool = False
    int128: bool = True
    complex: bool = True
    small_vectors: bool = True
    packed_vectors: bool = True
    empty_structs: bool = True
    variadic_structs: bool = True
    variadic_wide: bool = True  # vectors, __int128 and alignment beyond 8 as variadic arguments
    alignments: tuple[int, ...] = (8, 16, 32)  # of attribute aligned on structs
    va_list: str = "va_list"
    va_start: str = "va_start"
    va_end: str = "va_end"


@dataclass
class Leaf:
    path: str  # ".m0.m1[2]"
    kind: str  # a C expression
    size: str
    is_bit_field: bool = False
    shift: str = "0"  # of an imaginary part


@dataclass
class Type:
    """A C type. `spelling` declares a variable of it: every compound type is a typedef."""

    spelling: str
    kind: str
    leaves: list[Leaf] = field(default_factory=list)
    natural: str = ""
    is_struct: bool = False
    is_narrow: bool = False  # subject to the default argument promotions
    is_integer: bool = False
    is_wide: bool = False  # 16 bytes or more of alignment are in it


INTEGERS = (
    "char",
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned int",
    "long",
    "unsigned long",
    "long long",
    "unsigned long long",
)
NARROW = {*INTEGERS[:5], "_Bool", "float", "_Float16"}
VECTORS_16 = (("float", 4), ("double", 2), ("int", 4), ("long long", 2), ("signed char", 16))
VECTORS_8 = (("float", 2), ("int", 2), ("short", 4), ("signed char", 8))


def integer(name: str) -> Type:
    return Type(name, f"INTEGER_KIND({name})", is_narrow=name in NARROW, is_integer=True)


def scalar(name: str, kind: str) -> Type:
    wide = name in ("__int128", "unsigned __int128", "__float128", "long double")
    return Type(name, kind, is_narrow=name in NARROW, is_wide=wide)


class Generator:
    """Makes types and signatures of a flavor from a seed, and writes them down as C."""

    def __init__(self, flavor: Flavor, seed: int) -> None:
        self.flavor = flavor
        self.random = random.Random(f"{flavor.name} {seed}")
        self.declarations: list[str] = []
        self.tables: list[str] = []
        self.types: dict[str, Type] = {}
        self.scalars = self._scalars()
        self.vectors = self._vectors()
        self.complexes = self._complexes()
        self.count = 0

    # -- Types -----------------------------------------------------------------------------------

    def _scalars(self) -> list[Type]:
        flavor = self.flavor
        found = [
            *(integer(name) for name in INTEGERS),
            scalar("_Bool", "ZF_KIND_BOOL"),
            scalar("void *", "ZF_KIND_POINTER"),
            scalar("float", "ZF_KIND_FLOAT"),
            scalar("double", "ZF_KIND_DOUBLE"),
            scalar("float", "ZF_KIND_FLOAT"),
            scalar("double", "ZF_KIND_DOUBLE"),
        ]
        if flavor.int128:
            found += [
                scalar("__int128", "ZF_KIND_INT128"),
                scalar("unsigned __int128", "ZF_KIND_UINT128"),
            ]
        if flavor.long_double:
            found.append(scalar("long double", "LONG_DOUBLE_KIND"))
        if flavor.float128:
            found.append(scalar("__float128", "ZF_KIND_FLOAT128"))
        if flavor.float16:
            found.append(scalar("_Float16", "ZF_KIND_FLOAT16"))
        return found

    def _vectors(self) -> list[Type]:
        shapes = [(name, count, 16) for name, count in VECTORS_16]
        if self.flavor.small_vectors:
            shapes += [(name, count, 8) for name, count in VECTORS_8]
        vectors = []
        for name, count, size in shapes:
            spelling = f"vector_{name.replace(' ', '_')}_{count}"
            self.declarations.append(
                f"typedef {name} {spelling} __attribute__((vector_size({size})));"
            )
            leaf = Leaf("", "ZF_KIND_VECTOR", str(size))
            vectors.append(Type(spelling, "ZF_KIND_VECTOR", [leaf], is_wide=size == 16))
        return vectors

    def _complexes(self) -> list[Type]:
        elements = [("float", "ZF_KIND_FLOAT"), ("double", "ZF_KIND_DOUBLE")]
        if self.flavor.long_double:
            elements.append(("long double", "LONG_DOUBLE_KIND"))
        found = []
        for name, kind in elements if self.flavor.complex else []:
            parts = [
                Leaf("", kind, f"sizeof({name})"),
                Leaf("", kind, f"sizeof({name})", shift=f"sizeof({name})"),
            ]
            wide = name == "long double"
            found.append(Type(f"_Complex {name}", "ZF_KIND_COMPLEX", parts, is_wide=wide))
        return found

    def any_type(self, depth: int = 3) -> Type:
        choice = self.random.random()
        if choice < 0.45:
            return self.random.choice(self.scalars)
        if choice < 0.52 and self.complexes:
            return self.random.choice(self.complexes)
        if choice < 0.58:
            return self.random.choice(self.vectors)
        return self.aggregate(depth)

    def aggregate(self, depth: int) -> Type:
        style = self.random.random()
        if style < 0.25:
            return self._homogeneous()
        if style < 0.28 and self.flavor.empty_structs:
            return self._struct("struct", [])
        keyword = "union" if style > 0.88 else "struct"
        count = self.random.choice((1, 1, 2, 2, 2, 3, 3, 4, 5, 7))
        members = [self._member(depth - 1) for _ in range(count)]
        # What a union of x87, SSE and integer members is depends on their order and nesting.
        x87 = [member for member in members if _has_long_double(member[0])]
        if keyword == "union" and x87:
            members = [x87[0], (self.scalars[5], 0, 0)]
        return self._struct(keyword, members)

    def _homogeneous(self) -> Type:
        """One to five of one type: what may be an HFA, or just not."""
        pool = [*self.scalars[-6:], *self.vectors[:3], *self.scalars[:3]]
        element = self.random.choice(pool)
        count = self.random.randint(1, 5)
        if self.random.random() < 0.5:
            return self._struct("struct", [(element, 0, count)])
        return self._struct("struct", [(element, 0, 0)] * count)

    def _member(self, depth: int) -> tuple[Type, int, int]:
        """A type, the width of a bit-field or 0, and the length of an array or 0."""
        choice = self.random.random()
        if choice < 0.12:
            name = self.random.choice(("int", "unsigned int", "unsigned char", "long long"))
            limit = {"unsigned char": 8, "long long": 64}.get(name, 32)
            return integer(name), self.random.randint(1, limit), 0
        if choice < 0.30 and depth > 0:
            kind, width = self.aggregate(depth), 0
        elif choice < 0.36 and self.complexes:
            kind, width = self.random.choice(self.complexes), 0
        elif choice < 0.42:
            kind, width = self.random.choice(self.vectors), 0
        else:
            kind, width = self.random.choice(self.scalars), 0
        length = self.random.randint(1, 4) if self.random.random() < 0.2 else 0
        return kind, width, length

    def _struct(self, keyword: str, members: list[tuple[Type, int, int]]) -> Type:
        name = f"type_{len(self.types)}"
        may_pack = self.flavor.packed_vectors or not any(
            _has_vector(kind) for kind, _, _ in members
        )
        attributes, is_packed, alignment = self._attributes(bool(members), may_pack)
        fields, leaves, naturals = [], [], ["1"]
        for i, (kind, width, length) in enumerate(members):
            suffix = f" : {width}" if width else f"[{length}]" if length else ""
            fields.append(f"    {kind.spelling} m{i}{suffix};")
            naturals.append("1" if is_packed else f"_Alignof({kind.spelling})")
            for place in range(length or 1):
                base = f".m{i}[{place}]" if length else f".m{i}"
                leaves += self._leaves_of(kind, base, width)
        body = "\n".join(fields)
        self.declarations.append(f"typedef {keyword} {{\n{body}\n}}{attributes} {name};")
        natural = naturals[0]
        for each in naturals[1:]:
            natural = f"LARGER({natural}, {each})"
        made = Type(name, "ZF_KIND_STRUCT", leaves, natural, is_struct=True)
        made.is_wide = alignment > 8 or (
            not is_packed and any(kind.is_wide for kind, _, _ in members)
        )
        self._tabulate(made)
        return made

    def _attributes(self, has_members: bool, may_pack: bool) -> tuple[str, bool, int]:
        choice = self.random.random()
        if not has_members or choice > 0.2:
            return "", False, 0
        if choice < 0.1 and may_pack:
            return " __attribute__((packed))", True, 0
        alignment = self.random.choice(self.flavor.alignments)
        return f" __attribute__((aligned({alignment})))", False, alignment

    def _leaves_of(self, kind: Type, base: str, width: int) -> list[Leaf]:
        if width:
            return [Leaf(base, kind.kind, "0", is_bit_field=True)]
        if not kind.leaves and not kind.is_struct:
            return [Leaf(base, kind.kind, f"sizeof({kind.spelling})")]
        return [
            Leaf(base + leaf.path, leaf.kind, leaf.size, leaf.is_bit_field, leaf.shift)
            for leaf in kind.leaves
        ]

    # -- Tables ----------------------------------------------------------------------------------

    def _tabulate(self, kind: Type) -> str:
        """Writes the table of a type, once; returns its name."""
        symbol = "info_" + kind.spelling.replace(" ", "_").replace("*", "pointer")
        if kind.spelling in self.types:
            return symbol
        self.types[kind.spelling] = kind
        spelling = kind.spelling
        leaves = kind.leaves or (
            [] if kind.is_struct else [Leaf("", kind.kind, f"sizeof({spelling})")]
        )
        rows, probes = [], []
        for i, leaf in enumerate(leaves):
            if leaf.is_bit_field:
                rows.append(f"    {{0, 0, {leaf.kind}, 1}},")
                probes.append(
                    f"    case {i}: (({spelling} *)value){_arrow(leaf.path)} = -1; break;"
                )
            else:
                offset = f"OFFSET({spelling}, {leaf.path[1:]})" if leaf.path else "0"
                rows.append(f"    {{{offset} + {leaf.shift}, {leaf.size}, {leaf.kind}, 0}},")
        natural = kind.natural or f"_Alignof({spelling})"
        table = "NULL"
        lines = []
        if leaves:
            table = f"leaves_of_{symbol}"
            lines += [f"static ZfLeaf {table}[] = {{", *rows, "};"]
        probe = "NULL"
        if probes:
            probe = f"probe_{symbol}"
            lines += [f"static void PLAIN {probe}(void *value, unsigned leaf)", "{"]
            lines += ["    switch (leaf) {", *probes, "    }", "}"]
        lines.append(
            f'static Info {symbol} = {{{{"{spelling}", sizeof({spelling}), '
            f"_Alignof({spelling}), {natural}, {kind.kind}, 0, NULL}}, {len(leaves)}, {table}, "
            f"{probe}}};"
        )
        self.tables.append("\n".join(lines))
        return symbol

    # -- Signatures ------------------------------------------------------------------------------

    def _parameters(self) -> list[Type]:
        """A third is shaped to sit where the registers run out."""
        count = self.random.choice((1, 2, 3, 4, 5, 6, 8, 10, MAX_PARAMETERS))
        parameters = [self.any_type() for _ in range(count)]
        if self.random.random() < 0.33:
            general = [self.scalars[9]] * self.random.choice((0, 3, 5, 7))
            vector = [self.scalars[14]] * self.random.choice((0, 3, 6, 7))
            parameters = [*general, *vector, *parameters[:4]]
            if self.random.random() < 0.5:
                self.random.shuffle(parameters)
        return parameters

    def _may_vary(self, kind: Type) -> bool:
        flavor = self.flavor
        is_large = kind.is_struct or kind.kind == "ZF_KIND_COMPLEX"
        if kind.is_narrow or (is_large and not flavor.variadic_structs):
            return False
        return flavor.variadic_wide or not kind.is_wide

    def signature(self, result: Type | None = None, given: list[Type] | None = None) -> None:
        """Adds a callee to the file."""
        is_random = given is None
        parameters = self._parameters() if given is None else given
        if is_random:
            result = None if self.random.random() < 0.1 else self.any_type()
        fixed = len(parameters)
        if is_random and self.random.random() < 0.3:
            fixed = self.random.randint(1, fixed)
            parameters = parameters[:fixed] + [
                kind if self._may_vary(kind) else self.scalars[14] for kind in parameters[fixed:]
            ]
            is_variadic = True
        else:
            is_variadic = False
        self._write(result, parameters, fixed, is_variadic)

    def _write(
        self, result: Type | None, parameters: list[Type], fixed: int, is_variadic: bool
    ) -> None:
        number = self.count
        self.count += 1
        flavor = self.flavor
        named = [f"{kind.spelling} a{i}" for i, kind in enumerate(parameters[:fixed])]
        if is_variadic:
            named.append("...")
        spelling = result.spelling if result else "void"
        body = []
        if is_variadic:
            body += [f"{flavor.va_list} list;", f"{flavor.va_start}(list, a{fixed - 1});"]
        for i, kind in enumerate(parameters):
            if i >= fixed:
                body.append(f"{kind.spelling} a{i} = va_arg(list, {kind.spelling});")
            body.append(f"zf_see({i}, &a{i});")
            if kind.is_integer and i < fixed:
                body.append(f"zf_see_wide({i}, (unsigned long long)a{i});")
            body.append(f"zf_scribble(&a{i}, sizeof a{i});")
        if is_variadic:
            body.append(f"{flavor.va_end}(list);")
        if result:
            body += [f"{spelling} result;", "zf_supply(&result);", "return result;"]
        lines = "\n".join(f"    {line}" for line in body)
        types = [f"&{self._tabulate(kind)}" for kind in parameters]
        symbol = f"&{self._tabulate(result)}" if result else "NULL"
        self.tables.append(
            f"static {spelling} {flavor.function} f{number}({', '.join(named) or 'void'})\n"
            f"{{\n{lines}\n}}\n"
            f"static Info *parameters_{number}[] = {{{', '.join([*types, 'NULL'])}}};"
        )
        self.cases = getattr(self, "cases", [])
        self.cases.append(
            f"    {{{number}, (ZfFunction)f{number}, {symbol}, {len(parameters)}, "
            f"{fixed if is_variadic else 'UINT32_MAX'}, parameters_{number}}},"
        )

    def text(self) -> str:
        """The file so far."""
        return "\n".join(
            [
                '#include "abi.h"',
                *self.declarations,
                *self.tables,
                "Case zf_cases[] = {",
                *self.cases,
                "};",
                f"const uint32_t zf_case_count = {self.count};",
                "",
            ]
        )


def _has_long_double(kind: Type) -> bool:
    return any(leaf.kind == "LONG_DOUBLE_KIND" for leaf in [*kind.leaves, Leaf("", kind.kind, "")])


def _has_vector(kind: Type) -> bool:
    return any(leaf.kind == "ZF_KIND_VECTOR" for leaf in kind.leaves)


def _arrow(path: str) -> str:
    return "->" + path[1:]


def random_file(flavor: Flavor, seed: int, count: int) -> str:
    generator = Generator(flavor, seed)
    for _ in range(count):
        generator.signature()
    return generator.text()
