"""`make bench`: a fleet on the engine over what its figures are held against; `--quick` for less.

Writes bench/results.json, docs/images/fleet-cost.png and a part of docs/performance.md. What is
held against each other is run in turn, in the same minutes on the same machine; a figure is a ratio
of the two.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.blocks import block, replaced
from bench.fleet import engine, running, virtual
from bench.fleet.figures import Figure, figures, growth
from bench.fleet.many_stacks import many_stacks
from bench.fleet.plots import plot
from bench.machine import measured_here
from bench.page import PAGE

RESULTS = Path(__file__).parents[1] / "results.json"
PART = "fleet"
ROUNDS = 5


def main() -> None:
    """Measure, and write what came of it; a quick run only prints."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four minutes; writes nothing")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=sorted({name for name, _ in _whole()}),
        help="measure these anew; the others stay as they are",
    )
    options = parser.parse_args()
    quick, only = options.quick, options.only
    results: dict[str, Any] = (
        _kept(only)
        if only
        else {
            **measured_here(),
            "rounds": 1 if quick else ROUNDS,
            "virtual_looks": virtual.looks(),
            "calls": virtual.calls(),
            "against_naive": virtual.against_naive(),
            "makespan": virtual.makespan(),
        }
    )
    for name, measure in _quick() if quick else _whole():
        if only and name not in only:
            continue
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            found = measure(Path(folder))
        if name == "lives":
            results.setdefault(name, []).append(found)
        else:
            results[name] = found
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    print("\n".join(_lines(results)))
    if not quick:
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        plot(results)
        made = block(PART, "make bench", list(_lines(results)))
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), PART, made), encoding="utf-8")


def _kept(only: Collection[str]) -> dict[str, Any]:
    """The results of the last run but for what is measured anew."""
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {name: value for name, value in results.items() if name not in only}


Measure = Callable[[Path], dict[str, Any]]


def _quick() -> Iterator[tuple[str, Measure]]:
    yield "cold_start", lambda folder: engine.cold_start(folder, 1)
    yield "lives", lambda folder: engine.lives(folder, 10, 1)
    yield "first_running", lambda folder: running.first_running(folder, 20, 10, 1)


def _whole() -> Iterator[tuple[str, Measure]]:
    yield "looks", lambda folder: engine.looks(folder, 1000, ROUNDS)
    yield "ups", lambda folder: engine.ups(folder, 500, ROUNDS)
    yield "many_stacks", lambda folder: many_stacks(folder, 3000, 6)
    yield "cold_start", lambda folder: engine.cold_start(folder, ROUNDS)
    yield "lives", lambda folder: engine.lives(folder, 10, ROUNDS)
    yield "lives", lambda folder: engine.lives(folder, 100, ROUNDS)
    yield "first_running", lambda folder: running.first_running(folder, 100, 50, ROUNDS)
    yield "destroy_running", lambda folder: running.destroy_running(folder, 100, ROUNDS)


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Measured on {results['measured']} with Python {results['python']} on"
        f" {results['cores']} cores, {results['rounds']} rounds in turn; medians, with least and"
        " most. Every value is in `bench/results.json`."
    )
    yield ""
    yield "| figure | is | goal | |"
    yield "|---|---|---|---|"
    yield from map(_row, [*figures(results), *growth(results)])
    yield ""
    yield "![Seconds of each command against the number of servers](images/fleet-cost.png)"


def _row(figure: Figure) -> str:
    shown = f"{figure.value:,.{figure.digits}f}"
    if figure.spread:
        least, most = figure.spread
        shown += f" ({least:,.{figure.digits}f} to {most:,.{figure.digits}f})"
    verdict = "met" if figure.is_met else "**not met**"
    return f"| {figure.says} | {shown} | ≤ {figure.goal:g} | {verdict} |"


if __name__ == "__main__":
    main()
