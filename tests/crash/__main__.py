"""`make crash`: the whole sweep, every call of `up` and of `destroy`, whoever is killed.

Results go to a file of this commit, one line a life: a sweep that was stopped goes on from there.
Ends with 1 if anything was lost, doubled, left over or touched, else with 2 if time was up first.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.sweep import Point, Sweep, Verdict
from tests.crash.victims import Victim
from tests.support.cloud import demo_world, running_cloud
from tests.support.project import ROOT

FOLDER = ROOT / ".local" / "crash"
FIGURES = ("lost", "doubled", "leftovers", "foreign", "troubles")

Life = tuple[str, Callable[[], Verdict]]


def main() -> int:
    """Run what is left of the sweep, and print the figures of all of it."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0, help="stop after so long")
    end = time.monotonic() + parser.parse_args().minutes * 60
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = FOLDER / f"{_commit()}.jsonl"
    with (
        tempfile.TemporaryDirectory(prefix="crash-") as folder,
        running_cloud(Path(folder), demo_world()) as cloud,
    ):
        lives = _lives(Sweep(Path(folder), cloud))
        done = _read(results)
        for number, (name, live) in enumerate(lives, start=1):
            if name in done:
                continue
            if time.monotonic() > end:
                break
            verdict = live()
            done[name] = asdict(verdict)
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"life": name, **done[name]}, default=str) + "\n")
            wrong = verdict.violations()
            print(f"{number}/{len(lives)} {name}: {'; '.join(wrong) or 'right'}", flush=True)
    print(f"\n{results.relative_to(ROOT)}: {len(done)} of {len(lives)} lives")
    print(_figures(done.values()))
    if any(verdict[figure] for verdict in done.values() for figure in FIGURES):
        return 1
    return 0 if len(done) == len(lives) else 2


def _lives(sweep: Sweep) -> list[Life]:
    """Every point, in an order that lets a sweep that is stopped early have seen a bit of all."""
    lives: list[Life] = []
    for point in _points(sweep):
        lives.append((str(point), partial(sweep.crash, point)))
        if point.command == "destroy":
            lives.append((f"{point}, then up", partial(sweep.crash_and_return, point)))
    random.Random(0).shuffle(lives)  # noqa: S311 - an order
    return lives


def _points(sweep: Sweep) -> Iterator[Point]:
    for command, moments in sweep.reference.moments.items():
        for moment, provider_runs in moments.items():
            yield Point(command, Victim.CLI, moment)
            if provider_runs:
                yield Point(command, Victim.PROVIDER, moment)


def _commit() -> str:
    """The commit that is swept; a change that is not committed makes it another one each time."""
    described = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain")
    return f"{described}-changed-{time.time():.0f}" if changed else described


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def _read(results: Path) -> dict[str, dict[str, Any]]:
    if not results.exists():
        return {}
    lines = results.read_text(encoding="utf-8").splitlines()
    return {life.pop("life"): life for life in map(json.loads, lines)}


def _figures(verdicts: Collection[Mapping[str, Any]]) -> str:
    counted = {
        "points": sum(len(verdict["points"]) for verdict in verdicts),
        "killed": sum(verdict["killed"] for verdict in verdicts),
        **{figure: sum(len(v[figure]) for v in verdicts) for figure in FIGURES},
    }
    return ", ".join(f"{name} {count}" for name, count in counted.items())


if __name__ == "__main__":
    sys.exit(main())
