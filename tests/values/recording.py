"""Records what calls do, in a process whose environment says by which tier they are made:

    python -m values.recording CALLEES CAPTURING

reads a request a line, as JSON, and answers each with a line: a table of outcomes, or the outcome
of one call. An outcome is a text in which nothing depends on the process: the bytes that the callee
found, the exact result, or the exception and its message.
"""

import contextlib
import json
import re
import struct
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from calls.capture import Capture
from calls.machine import THIS
from leaks import references_of
from values.kinds import SCALARS, STRUCTS, TYPES, Large, Reals, Small
from values.objects import DOUBLES, OBJECTS, Named, double_of, make

import zffi
from zffi import c_double, c_int, c_int64, c_uint64, c_void_p

Options = dict[str, Any]
Table = dict[str, str]
HOLD: Options = {"gil": "hold"}
RELEASE: Options = {"gil": "release"}
ALL_OPTIONS: list[Options] = [
    {"gil": gil, "errno": errno} for gil in ("hold", "release") for errno in (False, True)
]
# The address of a string is where the empty string is found in it.
STRSTR = zffi.load("c").func("strstr", c_void_p, [zffi.c_char_p, zffi.c_char_p])
# What stands before and behind the argument that is looked at: alone, between others, and where no
# register of either kind is left.
BEFORE: dict[str, list[Any]] = {
    "one": [],
    "middle": [c_int64, c_double],
    "stack": [*[c_int64] * 8, *[c_double] * 8],
}
BEHIND: dict[str, list[Any]] = {"one": [], "middle": [c_double, c_int64], "stack": []}
WORDS = sorted(
    {
        (sign * (1 << bits) + distance) % 2**64
        for bits in (0, 7, 8, 15, 16, 21, 30, 31, 32, 60, 63)
        for distance in (-1, 0, 1)
        for sign in (1, -1)
    }
    | {0x0123456789ABCDEF, 0xDEADBEEF00000000, 0xDEADBEEFFFFFFF00, 0x110000, 0x10FFFF}
)


# -- Outcomes --------------------------------------------------------------------------------------


def failure(error: BaseException) -> str:
    """The addresses of objects are not the same in two processes."""
    text = re.sub(r"0x[0-9a-f]{9,}", "0x...", str(error))
    cause = error.__cause__ or error.__context__
    return f"{type(error).__name__}: {text}" + (f" [{failure(cause)}]" if cause else "")


def exact(value: Any) -> str:
    """All bits of a result, and its class."""
    name = type(value).__name__
    if isinstance(value, float):
        return f"{name} {struct.pack('>d', value).hex()}"
    if isinstance(value, zffi.Pointer):
        return f"{name} {zffi.cast(value, c_void_p).value}"
    if isinstance(value, zffi.Struct):
        return f"{name} {bytes(value).hex()}"
    return f"{name} {value!r}"


def bases_of(value: Any) -> Iterator[tuple[str, int]]:
    """Addresses that belong to an object, by what they are. A str has its UTF-8; what is made for a
    call, and may lie anywhere, is not among them."""
    if isinstance(value, str):
        with contextlib.suppress(zffi.Error):
            yield "its UTF-8", STRSTR(value, b"")
        return
    if isinstance(value, zffi._core.Data):
        yield "its memory", zffi.addressof(value)
    for cls in (zffi.c_const_void_p, zffi.c_char_p):
        try:
            address = zffi.cast(cls(value), c_void_p).value
        except BaseException:  # it is none of that kind
            continue
        if address:
            yield "its value", address


class Recorder:
    """Calls the functions of two libraries."""

    def __init__(self, callees: str, capturing: str) -> None:
        self.callees = zffi.load(callees)
        self.capturing = capturing
        self.library = zffi.load(capturing)
        self.capture = Capture(self.library)
        self._bound: dict[Any, Any] = {}

    def bind(self, argtypes: Sequence[Any], options: Options) -> Any:
        key = (*argtypes, *options.items())
        if key not in self._bound:
            plan = zffi.signature(None, argtypes).plan
            self._bound[key] = self.capture.bind(list(argtypes), **options), plan
        return self._bound[key]

    def seen(self, place: Any, value: Any) -> str:
        """What the callee found of an argument."""
        if place.by_reference:
            return "a copy"
        found = []
        for piece in place.pieces:
            data = self.capture.bytes_of(piece)
            found.append(f"{self._shown(data, value)}@{piece.offset}")
            if piece.bank == "general" and piece.size < 4:
                found.append(f"extended to {self.capture.low_half_of(piece):08x}")
        return " ".join(found)

    @staticmethod
    def _shown(data: bytes, value: Any) -> str:
        number = int.from_bytes(data, "little")
        if len(data) < 8 or number < 2**20 or isinstance(value, int | float | Named):
            return data.hex()
        for name, base in bases_of(value):
            if 0 <= number - base < 64:
                return f"{name} + {number - base}"
        is_number = hasattr(type(value), "__index__") or isinstance(value, zffi._core.Data)
        return data.hex() if is_number else "elsewhere"

    def call(self, argtypes: Sequence[Any], values: Sequence[Any], options: Options) -> list[str]:
        """The outcome: an exception, or what was found of each argument."""
        function, plan = self.bind(argtypes, options)
        references = references_of(values)
        self.capture.forget()
        try:
            result = function(*values)
        except BaseException as error:
            found = [failure(error)]
            del error
        else:
            found = ["called" if result is None else f"returned {result!r}"]
        self.capture.look()
        was_called = self.capture.word(THIS.stack_pointer) != 0
        if was_called != (found[0] == "called"):
            found.append("BUT C WAS CALLED" if was_called else "BUT C WAS NOT CALLED")
        if was_called:
            found += map(self.seen, plan.arguments, values)
        if references != references_of(values):
            found.append("REFERENCES CHANGED")
        return found

    # -- Tables ----------------------------------------------------------------------------------

    def parameters(self, name: str, position: str, options: Options) -> Iterator[tuple[str, str]]:
        """Every object for one type."""
        before, behind = BEFORE[position], BEHIND[position]
        argtypes = [*before, TYPES[name], *behind]
        for key, maker in OBJECTS.items():
            values = [*range(len(before)), maker(), *range(len(behind))]
            outcome = self.call(argtypes, values, options)
            at = len(before) + 1
            shown = outcome if outcome[0] != "called" else ["called", *outcome[at : at + 1]]
            others = outcome[1:at] + outcome[at + 1 :]
            yield key, " ".join([*shown, *(["and", *others] if outcome[0] == "called" else [])])

    def results(self) -> Iterator[tuple[str, str]]:
        text = b"a text\0".ljust(16, b"\0")
        wide = "t\xe9xt".encode("utf-32-le") + bytes(4)
        texts = (zffi.c_const_void_p(text), zffi.c_const_void_p(wide))
        addresses = [zffi.cast(pointer, c_void_p).value or 0 for pointer in texts]
        for name, ctype in SCALARS.items():
            is_text = name in ("c_char_p", "c_wchar_p")
            is_real = name in ("c_float16", "c_float", "c_double")
            words = [0, addresses[name == "c_wchar_p"]] if is_text else WORDS
            symbol = "real" if is_real else "word"
            kind: Any = c_double if is_real else c_uint64
            for options in ALL_OPTIONS:
                one = self.callees.func(symbol, ctype, [kind], **options)
                two = self.callees.func(f"second_{symbol}", ctype, [c_int, kind], **options)
                for i, word in enumerate(words if not is_real else [*WORDS, *DOUBLES.values()]):
                    given = double_of(word) if is_real else word
                    key = f"{name} {options} {i if is_text else hex(word)}"
                    yield f"{key} one", self._result(one, given)
                    yield f"{key} two", self._result(two, 0, given)

    @staticmethod
    def _result(function: Any, *values: Any) -> str:
        try:
            return exact(function(*values))
        except BaseException as error:
            return failure(error)

    def echoes(self) -> Iterator[tuple[str, str]]:
        """By compiled functions: structs, and numbers from one place to the other."""
        structs: dict[str, list[Any]] = {
            "small": [Small(-(2**31), 0.1), Small(7, float("nan"))],
            "reals": [Reals(-0.0, float("inf")), Reals(double_of(0x7FF0000000000001), 1)],
            "large": [Large(2**63 - 1, 5e-324, b"12345678")],
        }
        names = [name for name in TYPES if name.startswith(("c_int", "c_uint", "c_float", "c_dou"))]
        kinds = {**{name.lower(): STRUCTS[name] for name in STRUCTS}}
        for name in names:
            if name != "c_float16":
                machine = {"c_int": "int32", "c_uint": "uint32"}.get(name, name[2:])
                kinds[machine] = TYPES[name]
        for name, ctype in kinds.items():
            values = structs.get(name) or [key() for key in OBJECTS.values()]
            for options in ALL_OPTIONS:
                one = self.callees.func(f"echo_{name}", ctype, [ctype], **options)
                late_types = [c_int64, c_double] * 3 + [c_int64, ctype]
                late = self.callees.func(f"late_{name}", ctype, late_types, **options)
                for i, value in enumerate(values):
                    yield f"{name} {options} {i} one", self._result(one, value)
                    yield f"{name} {options} {i} late", self._result(late, *range(7), value)

    def arity(self) -> Iterator[tuple[str, str]]:
        for count in (0, 1, 2, 3, 6, 9, 20):
            for options in ALL_OPTIONS:
                function, _ = self.bind([c_int] * count, options)
                for given in {0, 1, count - 1, count + 1, 2 * count, 1025} - {count, -1}:
                    key = f"{count} {options} {given}"
                    yield key, self._result(function, *range(given))
                keyword = "an argument" if count else "none"
                yield f"{count} {options} {keyword}", self._keyword(function, count)

    @staticmethod
    def _keyword(function: Any, count: int) -> str:
        try:
            return exact(function(*range(count - 1), a=1))
        except Exception as error:
            return failure(error)

    # -- Objects that do something ---------------------------------------------------------------

    def actions(self) -> Iterator[tuple[str, str]]:
        hostile = ("c_int", "c_long", "c_double", "c_float", "c_bool", "c_void_p", "Colour")
        for action in ACTIONS:
            for name in hostile:
                for other in ("c_int", "c_double", "c_void_p", "c_char_p", "small", "none"):
                    for is_first in (False, True):
                        for options in (HOLD, RELEASE):
                            key = f"{action} {name} {other} {is_first} {options['gil']}"
                            scene = Scene(self, name, other, is_first, options)
                            yield key, scene.play(ACTIONS[action])

    def table(self, request: dict[str, Any]) -> Table:
        kind = request["table"]
        if kind == "parameters":
            found = self.parameters(request["type"], request["position"], request["options"])
        else:
            found = {
                "results": self.results,
                "echoes": self.echoes,
                "arity": self.arity,
                "actions": self.actions,
            }[kind]()
        return dict(found)

    def answer(self, request: dict[str, Any]) -> Any:
        if "table" in request:
            return self.table(request)
        if "tier" in request:
            return zffi.info(zffi.load("c").func("abs", c_int, [c_int])).tier
        argtypes = [TYPES[name] for name in request["types"]]
        values = [make(tuple(description)) for description in request["objects"]]
        return self.call(argtypes, values, request["options"])


class Scene:
    """A call with an object that acts while it is converted, and another argument, before it or
    behind it."""

    def __init__(
        self, recorder: Recorder, name: str, other: str, is_first: bool, options: Options
    ) -> None:
        self.recorder = recorder
        self.library = zffi.load(recorder.capturing)
        self.capture = Capture(self.library)
        self.log: list[str] = []
        self.other: Any = {
            "c_int": 776,
            "c_double": 2.5,
            "c_void_p": zffi.c_void_p(0x7000),
            "c_char_p": bytearray(b"bytes\0"),
            "small": Small(1, 2.5),
            "none": None,
        }[other]
        kinds = [TYPES[name]]
        if other != "none":
            kind: Any = Small if other == "small" else TYPES[other]
            kinds.insert(1 if is_first else 0, kind)
        self.at = 1 if other != "none" and not is_first else 0
        self.function = self.library.func("capture", None, kinds, **options)
        self.plan = zffi.signature(None, kinds).plan
        self.is_inside = False

    def arguments(self, last: Any) -> list[Any]:
        given = [] if self.other is None else [self.other]
        given.insert(self.at, last)
        return given

    def play(self, action: Callable[["Scene"], Any]) -> str:
        arguments = self.arguments(Acting(self, action))
        self.given = arguments
        self.capture.forget()
        try:
            self.log.append(exact(self.function(*arguments)))
        except BaseException as error:
            self.log.append(failure(error))
        if self.log[-1] == "NoneType None":
            self.capture.look()
            for place in self.plan.arguments:
                for piece in place.pieces:
                    data = self.capture.bytes_of(piece)
                    is_known = int.from_bytes(data, "little") < 2**32 or piece.bank == "vector"
                    self.log.append(data.hex() if is_known else "an address")
        return "; ".join(self.log)


class Acting(Named):
    """Acts, and is then 1."""

    def __init__(self, scene: Scene, action: Callable[[Scene], Any]) -> None:
        self.scene, self.action = scene, action

    def _act(self) -> None:
        if self.scene.is_inside:
            return
        self.scene.is_inside = True
        self.scene.log.append("acts")
        try:
            self.action(self.scene)
        finally:
            self.scene.is_inside = False

    def __index__(self) -> int:
        self._act()
        return 1

    def __float__(self) -> float:
        self._act()
        return 1.0


def _call_again(scene: Scene) -> None:
    """The same function, while its arguments are converted."""
    try:
        scene.log.append(exact(scene.function(*scene.arguments(0))))
    except Exception as error:
        scene.log.append(failure(error))


def _change_other(scene: Scene) -> None:
    """What the other argument is, or points to, is not what it was."""
    match scene.other:
        case Small():
            scene.other.a = 99  # type: ignore[attr-defined]
        case zffi.c_void_p():
            scene.other.value = 0x9000
        case bytearray():
            try:
                scene.other.extend(b"more")
                scene.log.append("has grown")
            except BufferError as error:
                scene.log.append(failure(error))


def _forget(scene: Scene) -> None:
    """The caller keeps nothing of what it gave."""
    scene.given.clear()
    scene.other = None


def _close(scene: Scene) -> None:
    scene.library.close()


def _close_and_call(scene: Scene) -> None:
    scene.library.close()
    _call_again(scene)


def _interrupt(scene: Scene) -> None:
    raise KeyboardInterrupt("mine")


def _fail(scene: Scene) -> None:
    raise LookupError("mine")


def _bind(scene: Scene) -> None:
    """More functions, of this signature and of others."""
    for count in range(3):
        scene.library.func("capture", None, [c_double] * count)
    scene.library.func("capture", None, zffi.info(scene.function).argtypes)


ACTIONS: dict[str, Callable[[Scene], Any]] = {
    "call again": _call_again,
    "change": _change_other,
    "forget": _forget,
    "close": _close,
    "close and call": _close_and_call,
    "interrupt": _interrupt,
    "fail": _fail,
    "bind": _bind,
}


def main() -> None:
    warnings.simplefilter("error")
    recorder = Recorder(*sys.argv[1:])
    for line in sys.stdin:
        print(json.dumps(recorder.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
