"""Calls the functions of vectors that return structs; run with PYTHONMALLOC=debug, where Python
ends the process if it finds a byte behind a block of memory changed.

    python -m vectors.guarded LIBRARY ABI         calls all of them
    python -m vectors.guarded LIBRARY ABI SHAPE   calls one, as if its result had this shape
"""

import sys

from native.shapes import ctype, value
from vectors.table import RESULTS

import zffi

FIVE_WORDS = "made_five_words"


def main() -> None:
    path, abi, *shape = sys.argv[1:]
    library = zffi.load(path, abi=abi)
    if shape:
        types = [ctype("i64")] * 5
        library.func(FIVE_WORDS, ctype(shape[0]), types)(1, 2, 3, 4, 5)
        return
    for one in RESULTS:
        types = [ctype(argument) for argument in one.arguments]
        function = library.func(one.name, ctype(one.result), types)
        for given, expected in one.cases:
            assert function(*given) == value(one.result, expected), one
    print("all agree")


if __name__ == "__main__":
    main()
