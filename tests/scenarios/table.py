"""The table of scenarios in docs/reliability.md: data and figures in, Markdown out."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.blocks import block

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "bench" / "results" / "reliability.json"
PART = "scenarios"

Scenario = dict[str, Any]


def scenarios() -> list[Scenario]:
    """All of them: number, scenario, expected, tests."""
    here = Path(__file__).parent
    listed: list[Scenario] = yaml.safe_load((here / "scenarios.yaml").read_text(encoding="utf-8"))
    for each in listed:
        files = sorted(here.glob(f"test_{each['number']:02}_*.py"))
        own = [str(file.relative_to(ROOT)) for file in files]
        each["tests"] = own + each.get("tests", [])
    return listed


def results() -> dict[str, Any]:
    """Figures of the last run; none before the first."""
    if not RESULTS.exists():
        return {"scenarios": {}}
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found


def exists(test: str) -> bool:
    """Whether a file or folder, or a test in a file, is there."""
    path, _, name = test.partition("::")
    if not (ROOT / path).exists():
        return False
    if not name:
        return True
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def part(listed: list[Scenario], measured: dict[str, Any]) -> str:
    """The part of the page."""
    return block(PART, "make reliability", list(_lines(listed, measured)))


def _lines(listed: list[Scenario], measured: dict[str, Any]) -> Iterator[str]:
    if "measured" in measured:
        yield (
            f"Run on {measured['measured']}: {measured['tests']} tests in"
            f" {measured['seconds'] / 60:.0f} minutes, {measured['failed']} failed."
            " Every value is in `bench/results/reliability.json`."
        )
        yield ""
    yield "| | scenario | what has to come of it | shown by | figures |"
    yield "|---|---|---|---|---|"
    for each in listed:
        tests = "<br>".join(_link(test) for test in each["tests"])
        figures = _figures(measured["scenarios"].get(str(each["number"])))
        yield (
            f"| {each['number']} | {each['scenario']} | {each['expected']} | {tests} | {figures} |"
        )


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    shown = name.removeprefix("test_").replace("_", " ") or path.removeprefix("tests/")
    return f"[{shown}](../{path})"


def _figures(measured: dict[str, Any] | None) -> str:
    if measured is None:
        return "not run yet"
    passed = f"{measured['passed']} of {measured['tests']} tests pass"
    return "<br>".join([passed, *measured["figures"]])
