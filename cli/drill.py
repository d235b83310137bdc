"""`python -m cli drill`: what the drills of the last update found."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from cli import stack_state
from cli.pulumi_stack import PulumiStack

OUTPUT = "drillReports"
SEVERITIES = ("Critical", "Warning", "NotChecked")
STYLES = {"Critical": "bold red", "Warning": "yellow", "NotChecked": "dim"}

Reports = Mapping[str, Mapping[str, Any]]
"""Server -> report, as `smc.handlers.drill_run.Outputs` has it."""


def drill_reports(stack: str, embedded: PulumiStack | None) -> Reports:
    """The reports among a stack's outputs; empty where nothing was drilled yet.

    Args:
        stack: name of the stack.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.

    Raises:
        MigrationError: Pulumi does not tell the outputs.
    """
    reports: Reports = stack_state.outputs(stack, embedded).get(OUTPUT) or {}
    return reports


def is_critical(reports: Reports) -> bool:
    """Whether a server must not be migrated as it is."""
    return any(report["critical"] for report in reports.values())


def tables(reports: Reports) -> Iterator[Table]:
    """A table of what was counted, and one of what is not Ok, the worst first."""
    counted = Table("server", "Ok", "Warning", "Critical", "not checked", title="Drills")
    listed = Table("server", "severity", "item", "finding", "fix")
    for server, report in reports.items():
        counts = [str(int(report[key])) for key in ("ok", "warning", "critical", "not_checked")]
        counted.add_row(server, *counts)
        for item in sorted(report["items"], key=lambda i: SEVERITIES.index(i["severity"])):
            # What a server says is text, and never markup.
            cells = (item["name"], item["finding"], item["fix"])
            severity = Text(item["severity"], STYLES[item["severity"]])
            listed.add_row(server, severity, *(Text(cell) for cell in cells))
    yield counted
    if listed.row_count:
        yield listed
