"""A call has the same outcome by every tier: the same bytes in C, the same result to the last bit,
the same exception with the same message. Each tier records in a process of its own.

ZFFI_RANDOM_CALLS=20000 ZFFI_RANDOM_SEED=2 python -m pytest tests/values/test_tiers.py
"""

import os
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from values.kinds import TYPES
from values.objects import DOUBLES, INTEGERS, OBJECTS
from values.processes import TIERS, Processes, differences
from values.recording import ALL_OPTIONS, HOLD, RELEASE

COUNT = int(os.environ.get("ZFFI_RANDOM_CALLS", "300"))
SEED = int(os.environ.get("ZFFI_RANDOM_SEED", "1"))


def test_each_process_has_its_tier(processes: Processes) -> None:
    answers = processes.ask({"tier": True})
    assert set(answers) == set(TIERS)
    assert answers["plan"] == answers["careful"] == "plan"
    assert answers["prebuilt"] in ("prebuilt", "plan")
    assert answers["stub"] in ("stub", "plan")


@pytest.mark.parametrize("name", TYPES)
def test_parameters(processes: Processes, name: str) -> None:
    """Every object, for every type: alone, between others, and on the stack."""
    for position, options in [
        *(("one", options) for options in ALL_OPTIONS),
        *((place, options) for place in ("middle", "stack") for options in (HOLD, RELEASE)),
    ]:
        request = {"table": "parameters", "type": name, "position": position, "options": options}
        answers = processes.ask(request)
        assert not differences(answers), f"{request}\n{differences(answers)}"
        assert list(answers["plan"]) == list(OBJECTS)


@pytest.mark.parametrize("table", ["results", "echoes", "arity", "actions"])
def test_table(processes: Processes, table: str) -> None:
    answers = processes.ask({"table": table})
    assert not differences(answers), differences(answers)
    assert len(answers["plan"]) > 100


def integers() -> st.SearchStrategy[int]:
    near = st.builds(int.__add__, st.sampled_from(INTEGERS), st.integers(-3, 3))
    return near | st.integers(-(2**70), 2**70) | st.integers(-300, 300)


def bits_of_doubles() -> st.SearchStrategy[int]:
    ordinary = st.floats().map(lambda value: int.from_bytes(struct.pack("<d", value), "little"))
    return ordinary | st.sampled_from(list(DOUBLES.values())) | st.integers(0, 2**64 - 1)


def descriptions() -> st.SearchStrategy[tuple[str, Any]]:
    def tagged(tag: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
        return st.tuples(st.just(tag), values)

    text = st.text(st.characters(exclude_categories=()), max_size=5)
    return st.one_of(
        tagged("named", st.sampled_from(list(OBJECTS))),
        *(tagged(tag, integers().map(str)) for tag in ("int", "whole", "index")),
        *(tagged(tag, bits_of_doubles()) for tag in ("float", "real")),
        *(tagged(tag, st.binary(max_size=5).map(bytes.hex)) for tag in ("bytes", "bytearray")),
        tagged("str", text),
    )


GOOD: dict[str, st.SearchStrategy[tuple[str, Any]]] = {
    "c_double": st.tuples(st.just("float"), bits_of_doubles()),
    "c_float": st.tuples(st.just("float"), st.sampled_from([0, 1 << 63, 0x3FF << 52])),
    "c_long": st.tuples(st.just("int"), st.integers(-(2**63), 2**63 - 1).map(str)),
    "c_int": st.tuples(st.just("int"), st.integers(-(2**31), 2**31 - 1).map(str)),
    "c_void_p": st.tuples(st.just("int"), st.integers(0, 2**64 - 1).map(str)),
    "c_bool": st.tuples(st.just("int"), st.integers(0, 1).map(str)),
    "c_char_p": st.tuples(st.just("bytes"), st.binary(max_size=4).map(bytes.hex)),
    "Small": st.just(("named", "small")),
    "Reals": st.just(("named", "reals")),
}


def arguments() -> st.SearchStrategy[tuple[str, tuple[str, Any]]]:
    """Most of them right, so that most calls are made."""
    right = st.sampled_from(list(GOOD)).flatmap(lambda name: st.tuples(st.just(name), GOOD[name]))
    anything = st.tuples(st.sampled_from(list(TYPES)), descriptions())
    return st.integers(0, 15).flatmap(lambda choice: anything if choice == 15 else right)


@seed(SEED)
@settings(
    max_examples=COUNT,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(call=st.lists(arguments(), max_size=16), options=st.sampled_from(ALL_OPTIONS))
def test_random_calls(
    processes: Processes, call: list[tuple[str, tuple[str, Any]]], options: dict[str, Any]
) -> None:
    """Random signatures with random objects, most of them such as the type takes."""
    request = {
        "types": [name for name, _ in call],
        "objects": [description for _, description in call],
        "options": options,
    }
    answers = processes.ask(request)
    assert not differences(answers), differences(answers)
