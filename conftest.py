"""Runs the Python examples of README.md and docs/ as tests: those with >>> as doctests.

Each document is run in an empty folder of its own, which must be empty again at its end.
"""

import contextlib
import doctest
import importlib.util
import os
import tempfile
import traceback
from types import SimpleNamespace
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser


def _whole_exception(*exception: Any) -> list[str]:
    return ["".join(traceback.format_exception_only(*exception))]


# The doctest of CPython before 3.11.4 compares the last line of an exception only, which is not its
# message where it has notes. It takes the last of these lines, and others join them: one serves
# both.
doctest.traceback = SimpleNamespace(  # type: ignore[attr-defined]
    **(vars(traceback) | {"format_exception_only": _whole_exception})
)

_LEAVE = "leave the example's folder"


def _enter_empty_folder(namespace: dict[str, Any]) -> None:
    namespace["has_no_numpy"] = importlib.util.find_spec("numpy") is None
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zffi-docs-"))
        stack.enter_context(contextlib.chdir(folder))
        namespace[_LEAVE] = stack.pop_all()


def _leave_empty_folder(namespace: dict[str, Any]) -> None:
    with namespace.pop(_LEAVE):
        left = os.listdir()
    assert not left, f"the examples left files behind: {', '.join(left)}"


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    setup=_enter_empty_folder,
    teardown=_leave_empty_folder,
).pytest()
