"""Measures every candidate and prints what calls cost, and the ratios, as Markdown.

python bench/report.py [--quick] [--engine] [--libffi FILE] [--instructions] [--json FILE]
                       [--svg FILE]
"""

import argparse
import dataclasses
import datetime
import functools
import importlib
import json
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parent.parent))

from bench import binding, chart, data, engine, instructions, namespaces, tiers, timing, toolchain
from bench.candidates import (
    CALLS,
    CFFI_ABI,
    CFFI_API,
    CORE,
    CTYPES_HOLD,
    CTYPES_RELEASE,
    HANDWRITTEN_HOLD,
    HANDWRITTEN_RELEASE,
    ZFFI_HOLD,
    ZFFI_RELEASE,
    Suite,
    suite,
)

Costs = Mapping[str, Mapping[str, float]]  # signature -> candidate -> cost


@dataclass(frozen=True)
class Ratio:
    """What a call by `over` costs, in calls by `under`."""

    over: str
    under: str

    def __str__(self) -> str:
        return f"{self.over} / {self.under}"

    def of(self, costs: Costs) -> dict[str, float]:
        """By signature; empty if one of the two was not measured."""
        return {
            name: cost[self.over] / cost[self.under]
            for name, cost in costs.items()
            if self.over in cost and self.under in cost
        }


@dataclass(frozen=True)
class Section:
    """One kind of measurement: its costs, and the ratios that say what they mean."""

    title: str
    unit: str
    digits: int
    costs: Costs
    ratios: Sequence[Ratio]

    @functools.cached_property
    def shown(self) -> dict[str, dict[str, float]]:
        """The ratios that could be measured, by their names."""
        return {str(ratio): values for ratio in self.ratios if (values := ratio.of(self.costs))}

    @functools.cached_property
    def means(self) -> dict[str, dict[str, float]]:
        """Which signatures -> ratio -> geometric mean."""
        return {
            kind: {
                ratio: timing.geometric_mean(values[name] for name in names)
                for ratio, values in self.shown.items()
            }
            for kind, names in (("core", CORE), ("all", tuple(CALLS)))
        }

    def markdown(self) -> Iterator[str]:
        candidates = list(next(iter(self.costs.values())))
        yield f"## {self.title}\n"
        yield from _table(
            f"{self.unit} per call",
            candidates,
            ((_label(name), [row[c] for c in candidates]) for name, row in self.costs.items()),
            self.digits,
        )
        if not self.shown:
            return
        rows = [(_label(name), [v[name] for v in self.shown.values()]) for name in self.costs]
        for kind, means in self.means.items():
            rows.append((f"**geometric mean, {kind}**", list(means.values())))
        yield from _table("ratio", self.shown, rows, 2)

    def json(self) -> dict[str, object]:
        return {
            "unit": self.unit,
            "costs": self.costs,
            "ratios": self.shown,
            "geometric_means": self.means,
        }


def main() -> None:
    options = _parse()
    built = suite()
    sections = {"calls": _calls(built, timing.QUICK_ROUNDS if options.quick else timing.ROUNDS)}
    missing = dict(built.missing)
    of_binding = binding.measure(binding.QUICK_ROUNDS if options.quick else binding.ROUNDS)
    of_data = data.measure((timing.QUICK_ROUNDS if options.quick else timing.ROUNDS) // 4)
    of_namespaces = namespaces.measure(timing.QUICK_ROUNDS if options.quick else timing.ROUNDS)
    declared = namespaces.declare()
    libraries = {"engine": None} if options.engine or options.libffi else {}
    libraries |= {f"engine, {path}": path for path in options.libffi}
    for name, path in libraries.items():
        try:
            rounds = engine.QUICK_ROUNDS if options.quick else engine.ROUNDS
            sections[name] = _engine(engine.measure(rounds, path))
        except engine.MissingError as error:
            missing[name] = str(error)
    if options.instructions:
        try:
            sections["instructions"] = _instructions(instructions.measure())
        except instructions.ToolError as error:
            missing["instructions"] = str(error)
    of_tiers = tiers.calls(timing.QUICK_ROUNDS if options.quick else timing.ROUNDS)
    threads = tiers.work(10 if options.quick else 200)
    environment = _environment(built)
    print("\n".join(f"- {what}: {value}" for what, value in environment.items()), end="\n\n")
    for what, why in missing.items():
        print(f"Not measured: {what}. {why}\n")
    for section in sections.values():
        print("\n".join(section.markdown()))
    print(f"Core signatures are marked with *: {', '.join(CORE)}.\n")
    print("\n".join(tiers.markdown(of_tiers)))
    print(f"Two threads get {threads.gain:.2f} times as much done as one: crc32 of 64 KiB.\n")
    print("\n".join(_binding_markdown(of_binding)))
    print("\n".join(_data_markdown(of_data)))
    print("\n".join(namespaces.markdown(of_namespaces, declared)))
    if options.json:
        document = {
            "environment": environment,
            "missing": missing,
            **{name: section.json() for name, section in sections.items()},
            "binding": {name: dataclasses.asdict(cost) for name, cost in of_binding.items()},
            "namespaces": {
                each.name: {"local": each.local, "attribute": each.attribute}
                for each in of_namespaces
            },
            "declarations": declared,
            "tiers": of_tiers,
            "threads": dataclasses.asdict(threads),
            "data": [
                {"what": each.what, "other": each.other, "zffi": mine, "by the other": theirs}
                for each, mine, theirs in of_data
            ],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    if options.svg:
        options.svg.write_text(_chart(sections["calls"].costs, environment))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a call costs, by every candidate.")
    for flag, text in (
        ("--quick", "fewer rounds: a second or two, rougher numbers"),
        ("--engine", "also zf_call against libffi's ffi_call, from C"),
        ("--instructions", "also count instructions, by valgrind's callgrind"),
    ):
        parser.add_argument(flag, action="store_true", help=text)
    parser.add_argument(
        "--libffi",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="as --engine, and once more with another libffi.so",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to FILE")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the means to FILE")
    return parser.parse_args()


def _calls(built: Suite, rounds: int) -> Section:
    candidates = {
        (name, candidate): bound
        for name, row in built.table.items()
        for candidate, bound in row.items()
    }
    costs: dict[str, dict[str, float]] = {name: {} for name in built.table}
    for (name, candidate), cost in timing.measure(candidates, rounds).items():
        costs[name][candidate] = cost
    ratios = (
        Ratio(ZFFI_HOLD, HANDWRITTEN_HOLD),
        Ratio(CTYPES_HOLD, ZFFI_HOLD),
        Ratio(CFFI_API, ZFFI_HOLD),
        Ratio(CFFI_ABI, ZFFI_HOLD),
        Ratio(ZFFI_RELEASE, HANDWRITTEN_RELEASE),
        Ratio(CTYPES_RELEASE, ZFFI_RELEASE),
    )
    return Section("Calls from Python", "ns", 1, costs, ratios)


def _binding_markdown(measured: Mapping[str, binding.Binding]) -> Iterator[str]:
    yield f"## Binding {binding.FUNCTIONS:,} functions of {binding.SIGNATURES} signatures\n"
    mine, theirs = measured["zffi"], measured["ctypes"]
    rows = (
        ("time, ns", (mine.time, theirs.time)),
        ("bytes beside the function object", (mine.memory, theirs.memory)),
    )
    yield "| one function | zffi | ctypes | zffi / ctypes |\n|---|---:|---:|---:|"
    for what, (ours, other) in rows:
        yield f"| {what} | {ours:,.0f} | {other:,.0f} | {ours / other:.2f} |"
    yield ""


def _data_markdown(measured: Iterable[tuple[data.Comparison, float, float]]) -> Iterator[str]:
    yield "## C data, statements in a loop\n"
    yield "| statement | zffi, ns | other | other, ns | zffi / other |\n|---|---:|---|---:|---:|"
    for each, mine, theirs in measured:
        ratio = f"{mine / theirs:.2f}"
        yield f"| {each.what} | {mine:,.1f} | {each.other} | {theirs:,.1f} | {ratio} |"
    yield ""


def _engine(measured: engine.Measured) -> Section:
    ratio = Ratio(engine.ZF_CALL, engine.FFI_CALL)
    return Section(f"Calls from C, by {measured.libffi}", "ns", 1, measured.costs, [ratio])


def _instructions(costs: Costs) -> Section:
    ratio = Ratio(ZFFI_HOLD, HANDWRITTEN_HOLD)
    return Section("Instructions, with the interpreter's own", "instructions", 0, costs, [ratio])


def _table(
    corner: str, columns: Iterable[str], rows: Iterable[tuple[str, Sequence[float]]], digits: int
) -> Iterator[str]:
    columns = list(columns)
    yield f"| {' | '.join([corner, *columns])} |"
    yield f"|{'|'.join(['---', *['---:'] * len(columns)])}|"
    for label, values in rows:
        yield f"| {' | '.join([label, *(f'{value:,.{digits}f}' for value in values)])} |"
    yield ""


def _label(name: str) -> str:
    return f"{name} *" if name in CORE else name


def _environment(built: Suite) -> dict[str, str]:
    versions = {}
    if ZFFI_HOLD not in built.missing:
        zffi = importlib.import_module("zffi")
        used = {zffi.info(row[ZFFI_HOLD].call).tier for row in built.table.values()}
        versions["zffi"] = f"{zffi.__version__}, tier {', '.join(sorted(used))}"
    if CFFI_API not in built.missing:
        versions["cffi"] = importlib.import_module("cffi").__version__
    return {
        "date": datetime.date.today().isoformat(),
        "interpreter": f"{platform.python_implementation()} {platform.python_version()}",
        "CPU": _cpu(),
        "compiler": toolchain.compiler_version().splitlines()[0],
        **versions,
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _chart(costs: Costs, environment: Mapping[str, str]) -> str:
    def group(heading: str, base: str, names: dict[str, str]) -> chart.Group:
        bars = []
        for candidate, label in names.items():
            ratios = Ratio(candidate, base).of(costs)
            if ratios:
                mean = timing.geometric_mean(ratios[name] for name in CORE)
                bars.append(chart.Bar(label, mean, candidate in (ZFFI_HOLD, ZFFI_RELEASE)))
        return chart.Group(heading, bars)

    held = {ZFFI_HOLD: "zffi", HANDWRITTEN_HOLD: "hand-written C", CTYPES_HOLD: "ctypes PyDLL"}
    released = {
        ZFFI_RELEASE: "zffi",
        HANDWRITTEN_RELEASE: "hand-written C",
        CFFI_API: "cffi, API mode",
        CFFI_ABI: "cffi, ABI mode",
        CTYPES_RELEASE: "ctypes CDLL",
    }
    return chart.draw(
        "Cost of a call, relative to a hand-written C extension",
        [
            group("GIL held during the call", HANDWRITTEN_HOLD, held),
            group("GIL released during the call", HANDWRITTEN_RELEASE, released),
        ],
        f"Geometric mean over {len(CORE)} signatures; shorter is better."
        f" {environment['interpreter']}, {environment['CPU']}, {environment['date']}.",
    )


if __name__ == "__main__":
    main()
