"""The one summary at the end: a row a stack, then what is wrong, in the lines that matter."""

from collections.abc import Iterator, Mapping

from rich.table import Table

from cli.fleet.board import COLOURS
from cli.fleet.outcome import Ending, Outcome
from cli.fleet.plan import FleetPlan

NAMED = 3
"""Failures of a stack, and lines of an error, that are shown; the others are counted."""

CHANGES = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
"""Kinds of change that the table has a column for, with their sign."""


def plan_table(plan: FleetPlan) -> Table:
    """How an inventory is split."""
    table = Table("stack", "wave", "servers", "new", "leaving", "after", title=_title(plan))
    for column in (2, 3, 4):
        table.columns[column].justify = "right"
    for stack in plan.stacks:
        members = stack.members
        new = sum(place == stack.name for place in plan.new.values())
        table.add_row(
            stack.name,
            members.wave if members else "(what all share)",
            _count(stack.servers),
            _count(new),
            _count(len(members.leaving) if members else 0),
            ", ".join(sorted(stack.after & plan.split.stacks.keys())),
        )
    return table


def summary_table(outcomes: Mapping[str, Outcome], command: str, seconds: float) -> Table:
    """What a command came to, stack by stack."""
    shows_servers = any(each.migrated is not None for each in outcomes.values())
    table = Table(title=f"{command}: {_stacks(len(outcomes))} in {seconds:,.0f} s")
    # Where there is too little room, numbers give way before names do.
    table.add_column("stack", min_width=max(map(len, outcomes), default=0))
    columns = ["servers", *(["migrated", "failed"] if shows_servers else []), *CHANGES.values()]
    for column in (*columns, "took"):
        table.add_column(column, justify="right")
    table.add_column("", min_width=max((len(each.ending) for each in outcomes.values()), default=0))
    for name, outcome in outcomes.items():
        reached = [_count(outcome.migrated or 0), _count(len(outcome.failures))]
        table.add_row(
            name,
            _count(outcome.servers),
            *(reached if shows_servers else []),
            *(_count(_changed(outcome, kind)) for kind in CHANGES),
            f"{outcome.seconds:,.0f} s" if outcome.seconds else "",
            f"[{COLOURS[outcome.ending]}]{outcome.ending}[/]",
        )
    return table


def troubles(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """What is wrong with each stack that is not right."""
    for name, outcome in outcomes.items():
        if outcome.ending is Ending.CANCELLED and not outcome.errors:
            continue
        told = [*(f"{s}: {why}" for s, why in sorted(outcome.failures.items())), *outcome.errors]
        if not told:
            continue
        yield f"{name}:"
        for trouble in told[:NAMED]:
            lines = trouble.splitlines()
            yield from (f"  {line}" for line in lines[:NAMED])
            if len(lines) > NAMED:
                yield f"  … {len(lines) - NAMED} lines more"
        if len(told) > NAMED:
            yield f"  and {len(told) - NAMED} more: python -m cli status --stack {name}"


def verdict(outcomes: Mapping[str, Outcome], command: str) -> str:
    """One sentence about all stacks."""
    wrong = [name for name, outcome in outcomes.items() if not outcome.is_right]
    if not wrong:
        return "All is done."
    return (
        f"{len(outcomes) - len(wrong)} of {_stacks(len(outcomes))} done; not {', '.join(wrong)}."
        f" Once that is mended, {command} goes on with what is missing, and only that."
    )


def _changed(outcome: Outcome, kind: str) -> int:
    if kind == "create":
        return outcome.changes.get("create", 0) + outcome.changes.get("import", 0)
    return outcome.changes.get(kind, 0)


def _count(count: int) -> str:
    return f"{count:,}" if count else ""


def _title(plan: FleetPlan) -> str:
    by = plan.split.by if plan.split.by == "wave" else f"at most {plan.split.size:,} a stack"
    return f"{plan.servers:,} servers in {_stacks(len(plan.split.stacks))}, by {by}"


def _stacks(count: int) -> str:
    return f"{count} stack{'' if count == 1 else 's'}"
