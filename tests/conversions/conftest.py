"""The echo library, bound once for each build."""

from collections.abc import Callable
from typing import Any

import pytest
from native import Native

import zffi

Echo = Callable[..., Callable[..., Any]]


@pytest.fixture(scope="module")
def echo(native: Native) -> Echo:
    """echo("name", restype, *argtypes) binds a function of echo.c."""
    library = zffi.load(native("echo.c"), gil="hold")

    def bind(name: str, restype: Any, *argtypes: Any) -> Callable[..., Any]:
        return library.func(name, restype, argtypes)

    return bind
