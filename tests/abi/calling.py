"""Calls every generated callee through Python, in a process of its own:

    python calling.py CALLEES SIGNATURES ABI AMBIGUITY [spoiled]

CALLEES is a library of callees with the witness in it, SIGNATURES a pickle of them. A function is
bound in all its options, and called by C, through the guard, and by the interpreter, with different
objects for the same values. What is printed is as driver.c prints it, and how many functions were
of which tier.
"""

import pickle
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from abi.objects import Maker, as_here
from abi.signatures import Signature
from layout.compilers import Platform
from leaks import references_of

import zffi
from zffi import c_bool, c_char_p, c_const_void_p, c_int, c_size_t, c_uint, c_uint32, c_void_p

RESULT = 2**32 - 1


class Witness:
    """python.c."""

    def __init__(self, library: zffi.Library) -> None:
        def bind(name: str, restype: Any, *argtypes: Any) -> Any:
            return library.func(f"python_{name}", restype, argtypes, gil="hold", abi="default")

        self.library = library
        self.start = bind("start", None, c_char_p)
        self.begin = bind("begin", c_bool, c_uint32, c_char_p)
        self.bytes = bind("bytes", c_void_p, c_uint32)
        self.size = bind("size", c_size_t, c_uint32)
        self.prepare = bind("prepare", None, c_int)
        self.errno_found = bind("errno_found", c_int)
        self.check_seen = bind("check_seen", None)
        self.check_result = bind("check_result", None, c_const_void_p)
        self.check = bind("check", None, c_bool, c_char_p, c_uint)
        self.finish = bind("finish", None)
        self.call = bind("call", None, c_void_p, c_void_p, c_void_p)

    def filled(self, index: int) -> bytes:
        return zffi.string_at(self.bytes(index), self.size(index))

    def set(self, index: int, data: bytes | None) -> None:
        if data is not None:
            zffi.memmove(self.bytes(index), data, len(data))


class Case:
    """One signature, in all options."""

    def __init__(
        self, witness: Witness, abi: str, number: int, signature: Signature, maker: Maker
    ) -> None:
        self.witness, self.maker = witness, maker
        self.guard = "zf_guard_enter_win64" if abi == "win64" else "zf_guard_enter"
        self.symbol = f"f{number}"
        self.fixed = signature.fixed
        kinds = [as_here(kind, maker.platform) for kind in signature.parameters]
        self.parameters = [maker.parameter(kind, witness.filled(i)) for i, kind in enumerate(kinds)]
        for i, parameter in enumerate(self.parameters):
            witness.set(i, parameter.data)
        result = signature.result
        filled = witness.filled(RESULT) if result else b""
        self.result = maker.result(as_here(result, maker.platform) if result else None, filled)
        if result:
            witness.set(RESULT, self.result.data)
        self.has_hook = bool(kinds) or result is not None

    def functions(self) -> Iterator[tuple[Any, bool]]:
        """Each way to bind it, and whether it is to be called by C."""
        argtypes = [parameter.ctype for parameter in self.parameters]
        ways: Any = product((self.guard, self.symbol), ("hold", "release"), (False, True))
        for symbol, gil, errno in ways:
            function = self.witness.library.func(
                symbol, self.result.ctype, argtypes, gil=gil, errno=errno, fixed=self.fixed
            )
            yield function, symbol == self.guard

    def spoil(self) -> None:
        """The words of a struct of two, the wrong way round."""
        for parameter in self.parameters:
            value = parameter.objects[0]
            if isinstance(value, zffi.Struct) and zffi.sizeof(value) == 16:
                data = bytes(value)
                parameter.objects = [type(value).from_buffer_copy(data[8:] + data[:8])]

    def run(self, tiers: Counter[str]) -> None:
        for function, is_by_c in self.functions():
            info = zffi.info(function)
            tiers[info.tier] += 1
            self._call(function, is_by_c, info.errno)

    def _call(self, function: Any, is_by_c: bool, swaps_errno: bool) -> None:
        witness = self.witness
        arguments = tuple(self.maker.random.choice(each.objects) for each in self.parameters)
        references = references_of(arguments)
        before = [
            bytes(value) for value in arguments if isinstance(value, zffi.Struct | zffi.Union)
        ]
        results: list[Any] = []
        given, left = self.maker.random.randrange(1, 2**31), self.maker.random.randrange(1, 2**31)
        zffi.set_errno(given)
        witness.prepare(left if self.has_hook else -1)
        if is_by_c:
            witness.call(id(function), id(arguments), id(results))
        else:
            results.append(function(*arguments))
        witness.check_seen()
        if self.has_hook and swaps_errno:
            witness.check(witness.errno_found() == given, "errno was not swapped in", 0)
        expected_errno = left if swaps_errno and self.has_hook else given
        witness.check(
            not self.has_hook or zffi.get_errno() == expected_errno, "wrong errno behind", 0
        )
        (result,) = results
        encoded = self.result.encode(result)
        if self.result.ctype is not None:
            witness.check_result(encoded)
        after = [bytes(value) for value in arguments if isinstance(value, zffi.Struct | zffi.Union)]
        witness.check(before == after, "an argument was changed", 0)
        del result
        results.clear()
        kept = references_of(arguments)
        witness.check(kept == references, "references to arguments were not given back", 0)


def main() -> None:
    path, pickled, abi, ambiguity = sys.argv[1:5]
    platform: Platform
    signatures: list[Signature]
    platform, signatures = pickle.loads(Path(pickled).read_bytes())
    library = zffi.load(path, abi=abi)
    witness = Witness(library)
    witness.start(abi)
    tiers: Counter[str] = Counter()
    for number, signature in enumerate(signatures):
        if not witness.begin(number, ambiguity):
            continue
        try:
            case = Case(witness, abi, number, signature, Maker(number, platform))
            if len(sys.argv) > 5:
                case.spoil()
            case.run(tiers)
        except Exception as error:
            witness.check(False, f"{type(error).__name__}: {error}".replace("\n", "\n    "), 0)
    for tier, count in sorted(tiers.items()):
        print(f"tier {tier}: {count}", flush=True)
    witness.finish()


if __name__ == "__main__":
    main()
