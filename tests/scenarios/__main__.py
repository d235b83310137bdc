"""`make reliability`: run the tests of all scenarios, and put their figures into the page.

Ends with 1 if a test failed or was skipped; the page says so then. `python -m tests.scenarios
table` runs nothing, and makes the table with the figures of the last run.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.blocks import replaced
from tests.scenarios.table import (
    PAGE,
    PART,
    RESULTS,
    ROOT,
    Scenario,
    part,
    results,
    scenarios,
)

WORKERS = "2"


@dataclass(frozen=True, slots=True)
class Case:
    """One test that was run; `figures` is what it recorded under that name."""

    file: str
    test: str
    passed: bool
    figures: tuple[str, ...]

    def shows(self, named: str) -> bool:
        """Whether it is of a file, a folder, or `file::test`."""
        path, _, name = named.partition("::")
        return self.file.startswith(path) and name in {"", self.test}


def main() -> int:
    """Make the table; unless that alone is asked for, run everything first."""
    measured = results() if sys.argv[1:] == ["table"] else _measured(scenarios())
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, PART, part(scenarios(), measured)), encoding="utf-8")
    return 1 if measured.get("failed") else 0


def _measured(listed: list[Scenario]) -> dict[str, Any]:
    """Run the tests, and keep what came of it."""
    named = sorted({test for each in listed for test in each["tests"]})
    started = time.monotonic()
    cases = list(_run(named))
    by_number = {}
    for each in listed:
        mine = [case for case in cases if any(case.shows(test) for test in each["tests"])]
        by_number[str(each["number"])] = {
            "tests": len(mine),
            "passed": sum(case.passed for case in mine),
            "figures": [figure for case in mine for figure in case.figures],
        }
    measured: dict[str, Any] = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(time.monotonic() - started),
        "tests": len(cases),
        "failed": sum(not case.passed for case in cases),
        "scenarios": by_number,
    }
    RESULTS.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return measured


def _run(named: list[str]) -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-n", WORKERS, "-q", f"--junitxml={report}", "-o", "junit_family=xunit1"]
        subprocess.run([sys.executable, "-m", "pytest", *options, *named], cwd=ROOT, check=False)
        # Our own file, written by pytest a moment ago.
        tree = ElementTree.parse(report)  # noqa: S314
    for case in tree.iter("testcase"):
        yield Case(
            file=case.attrib["classname"].replace(".", "/") + ".py",
            test=case.attrib["name"].partition("[")[0],
            passed=all(case.find(end) is None for end in ("failure", "error", "skipped")),
            figures=tuple(p.attrib["value"] for p in case.iter("property")),
        )


if __name__ == "__main__":
    sys.exit(main())
