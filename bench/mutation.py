"""`make mutation`: what the tests do not notice when a line is wrong, by mutmut.

Goes on where it was stopped: functions that changed are tried anew, survivors are tried again; to
try everything again, delete the folder `mutants`. The score goes to docs/reliability.md, and so do
reasons for the rest to survive, from `bench/equivalents.yaml`. Ends with 1 if a survivor is not
explained there, else with 2 if time was up first.
"""

import argparse
import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bench.blocks import block, replaced

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
RESULTS = Path(__file__).parent / "results" / "mutation.json"
EQUIVALENTS = Path(__file__).with_name("equivalents.yaml")
PAGE = ROOT / "docs" / "reliability.md"
PART = "mutation"

MUTMUT = str(Path(sys.executable).with_name("mutmut"))
SURVIVED = frozenset({0, 5, 33})
"""Exit codes of a mutant's tests: they passed, or there are none."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test notices.

    Attributes:
        function: its module and name.
        removed: the lines that were changed.
        added: what they became.
    """

    function: str
    removed: str
    added: str


def explanations() -> dict[Survivor, str]:
    """Survivor -> why it does not matter."""
    listed = yaml.safe_load(EQUIVALENTS.read_text(encoding="utf-8")) or []
    return {
        Survivor(each["function"], each["removed"].strip(), each["added"].strip()): each["why"]
        for each in listed
    }


def survivors(results: Mapping[str, Any]) -> list[Survivor]:
    """The survivors of a run."""
    return [Survivor(**each) for each in results["survivors"]]


def part(results: Mapping[str, Any], explained: Mapping[Survivor, str]) -> str:
    """The part of the page."""
    return block(PART, "make mutation", list(_lines(results, explained)))


def _lines(results: Mapping[str, Any], explained: Mapping[Survivor, str]) -> Iterator[str]:
    modules = results["modules"]
    total = {key: sum(m[key] for m in modules.values()) for key in ("mutants", "killed")}
    yield (
        f"{_score(total)} of {total['mutants']:,} mutants are killed, on {results['measured']}"
        f" with mutmut {results['mutmut']}; every value is in `bench/results/mutation.json`."
    )
    if results["untried"]:
        yield ""
        yield f"{results['untried']:,} more were not tried in the time that there was."
    yield ""
    yield "| module | mutants | killed | score |"
    yield "|---|---|---|---|"
    for name, counted in modules.items():
        yield f"| `{name}` | {counted['mutants']} | {counted['killed']} | {_score(counted)} |"
    found = survivors(results)
    if found:
        yield ""
        yield f"The {len(found)} survivors, and why those that are explained do not matter:"
        yield ""
    for each in found:
        why = explained.get(each, "**not explained**")
        yield f"- `{each.function}`: {_code(each.removed)} → {_code(each.added)}: {why}"


def _score(counted: Mapping[str, int]) -> str:
    return f"{counted['killed'] / counted['mutants']:.1%}"


def _code(text: str) -> str:
    return f"`{' '.join(text.split())}`" if text else "nothing"


def main() -> int:
    """Run what is left, record, and make the part of the page."""
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0, help="stop after so long")
    options = parser.parse_args()
    in_time = _run(options.minutes * 60, [name for name, code in _codes() if code in SURVIVED])
    codes = list(_codes())
    untested = [name for name, code in codes if code is None]
    results = _results(codes)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    explained = explanations()
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, PART, part(results, explained)), encoding="utf-8")
    unexplained = [each for each in survivors(results) if each not in explained]
    for each in unexplained:
        print(f"survived: {each.function}\n  - {each.removed}\n  + {each.added}")
    if unexplained:
        return 1
    return 0 if in_time and not untested else 2


def _run(seconds: float, again: Sequence[str]) -> bool:
    """Try the mutants, those that survived before first; whether that was done in time."""
    for names in ([again] if again else []) + [[]]:
        process = subprocess.Popen(  # noqa: S603 - our own tool and arguments
            [MUTMUT, "run", "--max-children", "1", *names], cwd=ROOT
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.wait()
            return False
    return True


def _codes() -> Iterator[tuple[str, int | None]]:
    """Name and exit code of every mutant; None for one that was not tried."""
    for file in sorted(MUTANTS.rglob("*.meta")):
        yield from json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].items()


def _results(codes: Sequence[tuple[str, int | None]]) -> dict[str, Any]:
    mutants, killed = Counter[str](), Counter[str]()
    survived = []
    for name, code in codes:
        if code is None:
            continue
        module = name.rpartition(".")[0]
        mutants[module] += 1
        if code in SURVIVED:
            survived.append(asdict(_survivor(name)))
        else:
            killed[module] += 1
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "mutmut": version("mutmut"),
        "modules": {
            name: {"mutants": count, "killed": killed[name]}
            for name, count in sorted(mutants.items())
        },
        "untried": sum(code is None for _, code in codes),
        "survivors": survived,
    }


def _survivor(name: str) -> Survivor:
    shown = subprocess.run(  # noqa: S603 - our own tool and arguments
        [MUTMUT, "show", name], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.splitlines()
    changed = [line for line in shown if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    module, _, mangled = name.rpartition(".")
    # A method is mangled with its class between two letters that no identifier has.
    plain = mangled.partition("__mutmut_")[0].removeprefix("x")
    function = plain.strip("_").removeprefix("ǁ").replace("ǁ", ".") if "ǁ" in plain else plain[1:]
    return Survivor(
        f"{module}.{function}",
        *("\n".join(line[1:].strip() for line in changed if line[0] == sign) for sign in "-+"),
    )


if __name__ == "__main__":
    sys.exit(main())
