"""The values of expressions in declarations: array lengths, enumerators, macros."""

from __future__ import annotations

import re
from typing import Any

from pycparser import CParser, c_ast
from pycparser.c_parser import ParseError

from . import _cdef_constant as constant
from . import _core
from ._cdef_constant import Constant, NotConstant, Number
from ._cdef_parse import CRASHES
from ._cdef_text import DOTS, Macro
from ._cdef_types import Model, Type, Unsupported, in_memory
from .errors import Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN_TEXT = re.compile(r'(?:(?:u8|[LuU])?"(?:[^"\\]|\\.)*"\s*)+$')
_NAMES = re.compile(r"[A-Za-z_$][\w$]*")
_PLAIN_NUMBER = re.compile(r"\(?\s*(-?)\s*(0[xX][0-9A-Fa-f]+|[1-9]\d*|0[0-7]*)([uUlL]*)\s*\)?$")


class Evaluator:
    """Computes what the declarations of one text say.

    resolve: the type of a declarator. find_type: the type of a name, or None. find_constant: the
    value of a name, or None.
    """

    def __init__(
        self,
        model: Model,
        macros: dict[str, Macro],
        resolve: Callable[[Any, str | None], Type],
        find_type: Callable[[str], Type | None],
        find_constant: Callable[[str], Any],
    ) -> None:
        self._model = model
        self._macros = macros
        self._resolve = resolve
        self._find_type = find_type
        self._find_constant = find_constant
        self._parser = CParser()
        self._evaluating: list[str] = []

    def of_macro(self, name: str) -> Any:
        macro = self._macros[name]
        if name in self._evaluating:
            raise NotConstant(f"{name} leads to itself")
        if _PLAIN_TEXT.match(macro.body):
            return constant.string(macro.body)
        found = _PLAIN_NUMBER.match(macro.body)
        if found is not None:
            read = constant.integer(found[2] + found[3], self._model.long_bits)
            return constant.unary("-", read) if found[1] else read
        self._evaluating.append(name)
        try:
            return self.of_text(macro.body)
        finally:
            self._evaluating.pop()

    def of_text(self, text: str) -> Any:
        """An expression that pycparser has not read with the rest."""
        if not text:
            raise NotConstant("it stands for nothing")
        clean = text.replace("__extension__", " ").replace("__alignof__", "_Alignof")
        words = _NAMES.findall(clean)
        types = [word for word in words if self._find_type(word) is not None]
        before = "".join(f"typedef int {name};" for name in sorted(set(types)))
        try:
            tree = self._parser.parse(f"{before} int {DOTS} = ({clean});")
        except (ParseError, *CRASHES):
            raise NotConstant("it is no constant expression") from None
        if not isinstance(tree.ext[-1], c_ast.Decl) or len(tree.ext) != len(set(types)) + 1:
            raise NotConstant("it is no constant expression")
        try:
            return self.of_node(tree.ext[-1].init)
        except (Unsupported, TypeError, Error) as error:
            raise NotConstant(str(error)) from None

    def of_node(self, node: Any) -> Constant:
        if isinstance(node, c_ast.Constant):
            return self._literal(node)
        if isinstance(node, c_ast.ID):
            found = self._find_constant(node.name)
            if found is None:
                raise NotConstant(f"{node.name} is no constant that cdef knows")
            if isinstance(found, int):  # of an enum
                return constant.number(found, 32 if -(1 << 31) <= found < 1 << 31 else 64, True)
            return found  # type: ignore[no-any-return]
        if isinstance(node, c_ast.BinaryOp):
            return self._binary(node)
        if isinstance(node, c_ast.UnaryOp):
            if node.op in ("sizeof", "_Alignof"):
                return self._size(node)
            return constant.unary(node.op, self.of_node(node.expr))
        if isinstance(node, c_ast.TernaryOp):
            condition = constant.plain(self.of_node(node.cond))
            return self.of_node(node.iftrue if condition else node.iffalse)
        if isinstance(node, c_ast.Cast):
            return self.converted(self.of_node(node.expr), self._resolve(node.to_type, None))
        raise NotConstant("it is no constant expression")

    def _binary(self, node: Any) -> Constant:
        left = self.of_node(node.left)
        if node.op in ("&&", "||"):
            is_true = bool(constant.plain(left))
            if is_true == (node.op == "&&"):
                is_true = bool(constant.plain(self.of_node(node.right)))
            return constant.truth(is_true)
        return constant.binary(node.op, left, self.of_node(node.right))

    def _literal(self, node: Any) -> Constant:
        text = node.value
        if "string" in node.type:
            return constant.string(text)
        if "char" in node.type:
            return constant.character(text)
        if node.type in ("float", "double", "long double"):
            return constant.floating(text)
        return constant.integer(text, self._model.long_bits)

    def _size(self, node: Any) -> Number:
        if not isinstance(node.expr, c_ast.Typename):
            raise NotConstant(f"{node.op} of an expression")
        ctype = in_memory(self._resolve(node.expr.type, None))
        size = _core.sizeof(ctype) if node.op == "sizeof" else _core.alignment(ctype)
        return Number(size, 64, False)

    def converted(self, value: Constant, given: Type) -> Constant:
        """A cast. A pointer made from a number is an address."""
        if given.kind == "pointer":
            if not isinstance(value, Number):
                return value
            return constant.number(value.value, 64, False)
        if given.kind not in ("scalar", "enum"):
            raise NotConstant("a cast to no number")
        ctype = self._model.as_number(given.ctype)
        code = ctype._format_
        if isinstance(value, (bytes, str)):
            raise NotConstant("a cast of a string")
        if code in ("d", "f", "g", "e"):
            plain = float(constant.plain(value))
            return constant.Single(plain) if code == "f" else plain
        if code == "?":
            return constant.truth(bool(constant.plain(value)))
        if code not in tuple("bBhHiIlLqQ"):
            raise NotConstant("a cast to no number")
        number = int(constant.plain(value))
        return constant.number(number, 8 * _core.sizeof(ctype), code.islower())
