"""Every call by every candidate under pytest-benchmark: python -m pytest bench

A measured unit is 1,000 calls, so microseconds in the table read as nanoseconds per call. Results
are asserted, times never.
"""

import itertools

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from bench.candidates import CALLS, CANDIDATES, suite
from bench.timing import UNROLL, make_loop


@pytest.mark.benchmark(max_time=0.1)
@pytest.mark.parametrize("candidate", CANDIDATES)
@pytest.mark.parametrize("name", CALLS)
def test_call(name: str, candidate: str, benchmark: BenchmarkFixture) -> None:
    built = suite()
    if candidate in built.missing:
        pytest.skip(f"{candidate}: {built.missing[candidate]}")
    bound = built.table[name][candidate]
    loop = make_loop(bound)
    benchmark.group = name
    benchmark(lambda: loop(itertools.repeat(None, 1000 // UNROLL)))
    assert bound.call(*bound.arguments) == bound.result
