"""What a C source declares: types, constants, functions and variables, but no addresses yet.

A scope is made once for one text, and shared by all who give the same. So its types are the same
classes, wherever they came from, and can be pickled by the text. What cannot be done is kept as a
problem of the name that it concerns: whoever asked decides if that matters.
"""

from __future__ import annotations

from _thread import RLock
from typing import Any, NamedTuple

from pycparser import c_ast

from . import _cdef_constant as constant
from . import _core
from ._cache import Cache
from ._cdef_constant import Constant, NotConstant, Number
from ._cdef_evaluate import Evaluator
from ._cdef_parse import LINES_BEFORE, offset_of, parse, unknown_type
from ._cdef_text import DOTS, Attribute, Cleaner, Record, Source
from ._cdef_types import (
    UNSUPPORTED,
    VOID,
    Model,
    Type,
    Unsupported,
    in_memory,
    is_same_scalar,
    make_enum,
    of_parameter,
    of_result,
    standard,
    unsupported,
)
from ._enum import enum
from ._struct import FieldOptions, Member, Options, Struct, Union, define, put_in_order
from .errors import CDefError, Error


class Function(NamedTuple):
    """A function that can be bound."""

    name: str
    symbol: str
    signature: _core.signature
    offset: int
    is_inline: bool  # and may have no symbol


class Variable(NamedTuple):
    """An `extern` variable."""

    name: str
    symbol: str
    ctype: Any
    offset: int


class Key(NamedTuple):
    """What makes two scopes the same."""

    parent: Scope | None
    text: str
    abi: str
    pack: int


_lock = RLock()
_scopes = Cache()
_recent: dict[Key, Scope] = {}
_RECENT = 32


def scope_of(key: Key) -> Scope:
    """The scope of a text: a new one, if nobody has it and it is not of the last few."""
    with _lock:
        found: Scope = _scopes.get(key, lambda: Scope(key))
        _recent.pop(key, None)
        _recent[key] = found
        if len(_recent) > _RECENT:
            del _recent[next(iter(_recent))]
        return found


_RECORD_NODES = (c_ast.Struct, c_ast.Union)
_MODES = {"QI": 8, "HI": 16, "SI": 32, "DI": 64, "TI": 128, "word": 64, "pointer": 64, "byte": 8}
_ABIS = {"ms_abi": "win64", "sysv_abi": "sysv64"}
_REFUSED_ATTRIBUTES = ("vectorcall", "regcall", "aarch64_vector_pcs", "preserve_most")


class Scope:
    """The declarations of one text, on top of those of another."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.parent = key.parent
        self.model = Model(key.abi)
        self.source = Source(key.text)
        self.typedefs: dict[str, Type] = {}
        self.tags: dict[str, Any] = {}  # by "struct S": records, and the types of enums
        self.types: dict[str, Any] = {}  # all classes made here, by a name to pickle them by
        self.constants: dict[str, Constant | int] = {}
        self.functions: dict[str, Function] = {}
        self.variables: dict[str, Variable] = {}
        self.problems: dict[str, CDefError] = {}
        self._prototypes: dict[str, tuple[Any, ...]] = {}
        clean = Cleaner(self.source, key.pack)
        self._clean: Any = clean
        self.skipped: dict[str, str] = clean.skipped
        self._evaluator: Any = Evaluator(
            self.model, clean.macros, self._resolve, self._find_typedef, self._find_constant
        )
        for node in parse(self.source, clean, self._known_types()).ext:
            self._external(node)
        for name in clean.macros:
            self._macro(name)
        del self._clean, self._evaluator  # the rest is small

    # -- Places and names --------------------------------------------------------------------------

    def _offset(self, node: Any) -> int:
        return offset_of(self.source, node.coord)

    def _error(self, node: Any, why: str) -> CDefError:
        return self.source.error(self._offset(node), why)

    # -- Declarations ------------------------------------------------------------------------------

    def _external(self, node: Any) -> None:
        """A declaration of the file. What it declares is unusable if it fails; the rest is not."""
        if node.coord is not None and node.coord.line <= LINES_BEFORE:
            return  # what _parse has put in front
        try:
            if isinstance(node, c_ast.Typedef):
                self._typedef(node)
            elif isinstance(node, c_ast.Decl):
                self._declare(node)
        except (Error, Unsupported, NotConstant, TypeError, ValueError, OverflowError) as error:
            problem = self._problem(node, error)
            name = node.name or f"line {problem.line}"
            self.problems[name] = problem
            if isinstance(node, c_ast.Typedef):
                self.typedefs[name] = unsupported(problem.reason)

    def _problem(self, node: Any, error: Exception) -> CDefError:
        """An error that is kept, without the frames that it came through."""
        problem = error if isinstance(error, CDefError) else self._error(node, str(error))
        problem.__context__ = problem.__traceback__ = None
        return problem

    def _attributes(self, node: Any) -> list[Attribute]:
        """Those of the name that a declaration declares."""
        found: list[Attribute] = self._clean.attributes.get(self._name_offset(node), [])
        return found

    def _name_offset(self, node: Any) -> int:
        while not isinstance(node, c_ast.TypeDecl):
            if not hasattr(node, "type"):
                return -1
            node = node.type
        return self._offset(node) if node.coord is not None else -1

    def _typedef(self, node: Any) -> None:
        attributes = self._attributes(node)
        made = self._with_attributes(self._resolve(node.type, node.name), attributes, node)
        if any(each.name == "packed" for each in attributes):
            raise self._error(
                node, "'packed' does nothing behind the name of a type; write it behind the brace"
            )
        known = standard(self.model, node.name)
        if known is not None and is_same_scalar(made, known):
            made = known
        before = self.typedefs.get(node.name)
        if before is not None and not _is_same(before, made):
            raise self._error(node, f"{node.name} is declared as another type before")
        self.typedefs[node.name] = made

    def _declare(self, node: Any) -> None:
        if node.name is None:  # a struct, union or enum alone
            self._resolve(node.type, None)
            return
        given = self._resolve(node.type, None)
        given = self._with_attributes(given, self._attributes(node), node)
        offset = self._name_offset(node)
        symbol = self._clean.symbols.get(offset, node.name)
        if given.kind == "function":
            self._function(node, given, symbol, offset)
        elif "static" in node.storage:
            self._static(node, given)
        else:
            self._variable(node, given, symbol)

    def _function(self, node: Any, given: Type, symbol: str, offset: int) -> None:
        has_body = offset in self._clean.bodies
        if "static" in node.storage:
            self.skipped[node.name] = "a static function, which no library exports"
            return
        types = [of_parameter(each) for _, each in given.parameters]
        abi = given.abi or self.key.abi
        prototype = (of_result(given.target), types, given.is_variadic, abi)
        known = self._prototypes.setdefault(node.name, prototype)
        if known != prototype:
            raise self._error(node, f"{node.name}() is declared in another way before")
        if node.name in self.functions and has_body:
            return
        named = _names([name for name, _ in given.parameters])
        fixed = len(types) if given.is_variadic else None
        arguments: Any = dict(zip(named, types, strict=True)) if named else types
        signature = _core.signature(prototype[0], arguments, fixed=fixed, abi=abi)
        is_inline = has_body and "inline" in node.funcspec
        self.functions[node.name] = Function(node.name, symbol, signature, offset, is_inline)

    def _static(self, node: Any, given: Type) -> None:
        is_constant = given.is_const or (given.kind == "array" and given.target.is_const)
        if node.init is None or not is_constant:
            self.skipped[node.name] = "a static variable, which no library exports"
            return
        try:
            value = self._evaluator.of_node(node.init)
            if given.kind == "scalar":
                value = self._evaluator.converted(value, given)
        except NotConstant as why:
            self.skipped[node.name] = f"a static variable: {why}"
            return
        self.constants[node.name] = value

    def _variable(self, node: Any, given: Type, symbol: str) -> None:
        if given.kind == "array" and given.length is None:
            raise self._error(
                node, f"how long {node.name} is, is for a C compiler to find; write it"
            )
        ctype = in_memory(given)
        _core.sizeof(ctype)  # an incomplete type has no values
        self.variables[node.name] = Variable(node.name, symbol, ctype, self._name_offset(node))

    # -- Types -------------------------------------------------------------------------------------

    def _resolve(self, node: Any, hint: str | None) -> Type:
        """The type of a declarator. hint: what an unnamed struct or enum is called here."""
        if isinstance(node, c_ast.TypeDecl):
            if _is_dots(node):
                return self._opaque(node, hint)
            made = self._resolve(node.type, hint)
            return made.const() if "const" in node.quals else made
        if isinstance(node, c_ast.PtrDecl):
            made = Type("pointer", target=self._resolve(node.type, hint))
            return made.const() if "const" in node.quals else made
        if isinstance(node, c_ast.ArrayDecl):
            return self._array(node, hint)
        if isinstance(node, c_ast.FuncDecl):
            return self._function_type(node, hint)
        if isinstance(node, _RECORD_NODES):
            return self._record(node, hint)
        if isinstance(node, c_ast.Enum):
            return self._enum(node, hint)
        if isinstance(node, c_ast.IdentifierType):
            return self._named(node)
        if isinstance(node, c_ast.Typename):
            return self._resolve(node.type, hint)
        raise self._error(node, f"cdef does not know what a {type(node).__name__} is")

    def _named(self, node: Any) -> Type:
        names = node.names
        if names == ["void"]:
            return VOID
        ctype = self.model.scalar(names)
        if ctype is not None:
            return Type("scalar", ctype)
        if len(names) == 1:
            found = self._find_typedef(names[0])
            if found is not None:
                return found
        raise self._error(node, f"{' '.join(names)} is no type of C")

    def _opaque(self, node: Any, name: str | None) -> Type:
        """What `typedef ... name;` makes: a type of its own, of which nothing else is known."""
        if name is None:
            raise self._error(node, "dots are for `typedef ... name;`")
        return Type("record", self._record_class("struct", name, name))

    def _known_types(self) -> set[str]:
        known = {*self.model.typedefs, *UNSUPPORTED, "FILE", "DIR"}
        scope: Scope | None = self.parent
        while scope is not None:
            known.update(scope.typedefs)
            scope = scope.parent
        return known

    def _find_typedef(self, name: str) -> Type | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.typedefs:
                return scope.typedefs[name]
            scope = scope.parent
        return standard(self.model, name)

    def _array(self, node: Any, hint: str | None) -> Type:
        element = self._resolve(node.type, hint)
        length = None
        if node.dim is not None and not (
            isinstance(node.dim, c_ast.ID) and self._is_parameter_array(node)
        ):
            length = self._integer(node.dim)
            if length < 0:
                raise self._error(node.dim, f"an array cannot have {length} elements")
        return Type("array", target=element, length=length)

    def _is_parameter_array(self, node: Any) -> bool:
        """Whether the length names an earlier parameter, which does not matter."""
        return self._in_parameters > 0 and self._find_constant(node.dim.name) is None

    _in_parameters = 0

    def _function_type(self, node: Any, hint: str | None) -> Type:
        made = Type("function", target=self._resolve(node.type, hint))
        self._in_parameters += 1
        try:
            for each in node.args.params if node.args is not None else ():
                if isinstance(each, c_ast.EllipsisParam):
                    made.is_variadic = True
                    continue
                if isinstance(each, c_ast.ID):
                    raise self._error(
                        each, unknown_type(each.name, self._clean, self._known_types())
                    )
                given = self._resolve(each.type, None)
                if given.kind == "void" and len(node.args.params) == 1:
                    break
                made.parameters.append((getattr(each, "name", None), given))
        finally:
            self._in_parameters -= 1
        return made

    def _with_attributes(self, given: Type, attributes: list[Attribute], node: Any) -> Type:
        for attribute in attributes:
            if attribute.name in ("vector_size", "mode"):
                given = self._of_other_size(given, attribute)
            elif attribute.name == "aligned":
                given = given.copy()
                given.align = self._alignment(attribute)
            elif attribute.name in _ABIS and given.kind == "function":
                given = given.copy()
                given.abi = _ABIS[attribute.name]
            elif attribute.name in _REFUSED_ATTRIBUTES:
                raise self.source.error(
                    attribute.offset, f"zffi does not have the calling convention {attribute.name}"
                )
        return given

    def _of_other_size(self, given: Type, attribute: Attribute) -> Type:
        if given.kind != "scalar":
            raise self.source.error(attribute.offset, f"{attribute.name} is for numbers")
        if attribute.name == "vector_size":
            size = _core.sizeof(given.ctype)
            count = self._integer_in(attribute.arguments, attribute.offset) // size
            return Type("scalar", _core.vector(given.ctype, count))
        mode = attribute.arguments.strip().strip("_")
        if mode not in _MODES:
            raise self.source.error(attribute.offset, f"cdef does not know the mode {mode}")
        unsigned = "" if given.ctype._format_.islower() else "u"
        return Type("scalar", getattr(_core, f"c_{unsigned}int{_MODES[mode]}"))

    def _alignment(self, attribute: Attribute) -> int:
        if not attribute.arguments.strip():
            return 16  # the largest of this machine
        return self._integer_in(attribute.arguments, attribute.offset)

    # -- Structs and unions ------------------------------------------------------------------------

    def _find_tag(self, spelling: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if spelling in scope.tags:
                return scope.tags[spelling]
            scope = scope.parent
        return None

    def _record_class(self, keyword: str, name: str, key: str | None = None) -> Any:
        """A class without members."""
        metaclass: Any = _core.CType
        base: Any = Struct if keyword == "struct" else Union
        made = metaclass(name, (base,), {"__module__": "zffi"})
        made._pending_ = (({}, None), made._pending_[1])  # no scope of Python's has its members
        self._enter(made, key or f"{keyword} {name}")
        return made

    def _enter(self, made: Any, name: str) -> None:
        while name in self.types and self.types[name] is not made:
            name += "'"  # two types without names, in places that are called the same
        self.types[name] = made
        made._declared_ = (self, name)

    def _record(self, node: Any, hint: str | None) -> Type:
        keyword = "union" if isinstance(node, c_ast.Union) else "struct"
        if node.name is None:
            cls = self._record_class(keyword, hint or f"{keyword}_{self._line(node)}")
        else:
            spelling = f"{keyword} {node.name}"
            cls = self.tags.get(spelling) if node.decls is not None else self._find_tag(spelling)
            if cls is None and node.decls is not None:
                outer = self._find_tag(spelling)
                cls = outer if outer is not None and not _is_complete(outer) else None
            if cls is None:
                cls = self._record_class(keyword, node.name)
            self.tags[spelling] = cls
        if node.decls is not None:
            self._define(cls, node, keyword)
        return Type("record", cls)

    def _line(self, node: Any) -> int:
        return self.source.place(max(self._offset(node), 0))[0]

    def _define(self, cls: Any, node: Any, keyword: str) -> None:
        if _is_complete(cls):
            raise self._error(node, f"{cls._spelling_} has its members already")
        record = self._clean.records.get(self._offset(node)) or Record([], 0)
        options = Options(cls.__name__, keyword == "union", record.pack, layout=self.model.rules)
        for attribute in record.attributes:
            self._record_option(options, attribute)
        try:
            members: list[Member] = []
            for each in node.decls:
                self._member(each, cls.__name__, members)
            put_in_order(members, options.endian)
            define(cls, members, options)
        except (Unsupported, NotConstant, Error, TypeError, ValueError) as error:
            self.problems.setdefault(cls._spelling_, self._problem(node, error))
            return
        if cls._declared_[0] is not self:  # declared before, and known only now
            self._enter(cls, cls._spelling_)

    def _record_option(self, options: Options, attribute: Attribute) -> None:
        if attribute.name == "packed":
            options.packed = True
        elif attribute.name == "aligned":
            options.align = max(options.align, self._alignment(attribute))
        elif attribute.name in ("ms_struct", "gcc_struct"):
            options.layout = "msvc" if attribute.name == "ms_struct" else "gcc"
        elif attribute.name == "scalar_storage_order":
            options.endian = attribute.arguments.strip().strip('"').removesuffix("-endian")

    def _member(self, node: Any, owner: str, members: list[Member]) -> None:
        if not isinstance(node, c_ast.Decl):
            return
        is_record = isinstance(node.type, _RECORD_NODES)
        name: str | None = node.name
        given = self._resolve(node.type, f"{owner}_{name or f'anonymous_{len(members)}'}")
        if name is None and is_record and node.type.name is not None:
            return  # declares the type alone
        if name is None and isinstance(node.type, c_ast.Enum):
            return
        options = FieldOptions()
        given = self._with_attributes(given, self._member_attributes(node, given), node)
        options.align = max(
            [given.align, *(self._align_of(each) for each in node.align or ())], default=0
        )
        try:
            ctype = in_memory(given)
        except Unsupported as why:
            raise self._error(node, f"{owner}.{name}: {why}") from None
        if node.bitsize is not None:
            options.bit_width = self._integer(node.bitsize)
            ctype = self.model.as_number(ctype)
        elif name is None:
            name, options.anonymous = f"_anonymous_{len(members)}", True
        self._check_alignment(node, given, ctype)
        members.append(Member(name, ctype, options))

    def _member_attributes(self, node: Any, given: Type) -> list[Attribute]:
        found = self._attributes(node)
        if any(each.name == "packed" for each in found) and not _is_byte(given):
            raise self._error(
                node,
                "'packed' on one member: make it a zffi.Struct, with zffi.field(offset=...) for it",
            )
        return found

    def _check_alignment(self, node: Any, given: Type, ctype: Any) -> None:
        """A typedef can ask for less than its type needs, which a member cannot say."""
        try:
            natural = _core.alignment(ctype)
        except TypeError as error:  # it is incomplete
            raise self._error(node, str(error)) from None
        if 0 < given.align < natural:
            raise self._error(
                node,
                f"a type aligned to {given.align}, which is less than its own alignment: make it a"
                " zffi.Struct, with zffi.field(offset=...) for this member",
            )

    def _align_of(self, node: Any) -> int:
        inner = node.alignment
        if isinstance(inner, c_ast.Typename):
            return _core.alignment(in_memory(self._resolve(inner.type, None)))
        return self._integer(inner)

    # -- Enums -------------------------------------------------------------------------------------

    def _enum(self, node: Any, hint: str | None) -> Type:
        spelling = f"enum {node.name}"
        if node.values is None:
            known = self._find_tag(spelling)
            if known is None:
                raise self._error(node, f"{spelling} is not declared; write its values")
            return Type("enum", known)
        if node.name is not None and spelling in self.tags:
            raise self._error(node, f"{spelling} has its values already")
        values: dict[str, int] = {}
        following = 0
        for each in node.values.enumerators:
            if not isinstance(each, c_ast.Enumerator):
                continue
            if each.value is not None:
                following = self._integer(each.value)
            values[each.name] = following
            fits = -(1 << 31) <= following < 1 << 31
            self.constants[each.name] = constant.number(
                following, 32 if fits else 64, following < 1 << 63
            )
            following += 1
        name = node.name or hint
        cls = make_enum(name or "enum", values)
        record = self._clean.records.get(self._offset(node))
        is_packed = record is not None and any(each.name == "packed" for each in record.attributes)
        cls._integer_ = _smallest(values) if is_packed else self.model.enum
        ctype = enum(cls)
        if name is None:
            return Type("scalar", _base_of(ctype))
        self._enter(cls, spelling if node.name else f"enum {name}")
        if node.name is not None:
            self.tags[spelling] = ctype
        for member in cls.__members__:
            self.constants[member] = cls.__members__[member]
        return Type("enum", ctype)

    # -- Constants ---------------------------------------------------------------------------------

    def _macro(self, name: str) -> None:
        if name in self.constants or name in self.functions or name in self.variables:
            return  # `#define stdin stdin`
        try:
            self.constants[name] = self._evaluator.of_macro(name)
        except NotConstant as why:
            self.skipped[name] = f"a macro: {why}"

    def _find_constant(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.constants:
                return scope.constants[name]
            scope = scope.parent
        if name in self._clean.macros:
            return self._evaluator.of_macro(name)
        return None

    def _integer(self, node: Any) -> int:
        try:
            value = self._evaluator.of_node(node)
        except NotConstant as why:
            raise self._error(node, str(why)) from None
        if not isinstance(value, Number):
            raise self._error(node, "this must be an integer")
        return value.value

    def _integer_in(self, text: str, offset: int) -> int:
        try:
            value = self._evaluator.of_text(text)
        except NotConstant as why:
            raise self.source.error(offset, str(why)) from None
        if not isinstance(value, Number):
            raise self.source.error(offset, "this must be an integer")
        return value.value


# -- Small questions -------------------------------------------------------------------------------


def _is_dots(node: Any) -> bool:
    """Whether this is the type in `typedef ... name;`."""
    return (
        isinstance(node, c_ast.TypeDecl)
        and isinstance(node.type, c_ast.IdentifierType)
        and node.type.names == [DOTS]
    )


def _is_complete(cls: Any) -> bool:
    return "_members_" in vars(cls)


def _is_byte(given: Type) -> bool:
    return given.kind == "scalar" and _core.alignment(given.ctype) == 1


def _is_same(one: Type, other: Type) -> bool:
    try:
        return bool(in_memory(one) == in_memory(other))
    except (Unsupported, TypeError):
        return one.kind == other.kind


def _names(names: list[str | None]) -> list[str] | None:
    """A name for each parameter, if any has one and no two are the same."""
    if not any(names):
        return None
    made = [name or f"argument{i}" for i, name in enumerate(names, 1)]
    return made if len(set(made)) == len(made) else None


def _base_of(ctype: Any) -> Any:
    """The integer type of an enum."""
    by_code = {
        "i": _core.c_int,
        "I": _core.c_uint,
        "l": _core.c_long,
        "L": _core.c_ulong,
        "q": _core.c_longlong,
        "Q": _core.c_ulonglong,
    }
    return by_code[ctype._format_]


def _smallest(values: dict[str, int]) -> Any:
    """The type of a packed enum."""
    low, high = min(values.values()), max(values.values())
    for bits in (8, 16, 32, 64):
        if low < 0 and -(1 << bits - 1) <= low and high < 1 << bits - 1:
            return getattr(_core, f"c_int{bits}")
        if low >= 0 and high < 1 << bits:
            return getattr(_core, f"c_uint{bits}")
    return None
