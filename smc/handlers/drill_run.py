"""A drill of a wave: what stands against each server's migration, before it is started.

SMC's public API has no drill, so this one is made of public calls: checks, and where it is asked
for a rehearsal of those that have no critical item. What is finished or good already is not drilled
again.

Not looked at: whether the image's name is taken, for SMC adds a suffix then.
Source: the seed's step 3 ("migration drill").
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from smc.drill.evaluation import Item
from smc.drill.figures import Measured, figures, in_words
from smc.drill.rules import Severity
from smc.handlers import rehearsal
from smc.handlers.context import Context
from smc.handlers.drill_checks import Checked, check
from smc.handlers.drill_inputs import DrillRunInputs, DrillServer
from smc.states import JobStatus

Outputs = dict[str, Any]
"""`reports`: server -> {ok, warning, critical, not_checked: how many; items: those that are not Ok,
each {name, severity, finding, fix}; figures: see `smc.drill.figures`}; `blocked`: server -> why it
must not be started; `without_job`: servers that must have no replication job of their own, for it
would be in the way of a rehearsal."""


def drill(
    inputs: DrillRunInputs,
    before: DrillRunInputs | None,
    previous: Mapping[str, Any],
    context: Context,
) -> Outputs:
    """Drill every server that is new, changed or blocked; the reports of the others stay.

    Raises:
        MigrationError: the role cannot be assumed, or a service does not answer.
    """
    earlier = before.servers if before else {}
    kept = {
        name: report
        for name, report in (previous.get("reports") or {}).items()
        if name in inputs.servers
        and inputs.servers[name].is_drilled_like(earlier.get(name))
        and name not in previous["blocked"]
    }
    due = {n: s for n, s in inputs.servers.items() if s.source_id and n not in kept}
    checked = check(inputs, due, context)
    wanted = {
        name: due[name].rehearsal
        for name, found in checked.items()
        if due[name].rehearsal
        and not _blocked(found.items)
        # It would replace what the migration has brought to the target.
        and not due[name].is_finished(found.source)
    }
    outcomes = rehearsal.rehearse(
        {name: job for name, job in wanted.items() if job},
        {name for name in wanted if due[name].alone},
        inputs.running_quota,
        context,
    )
    reports, blocked = {}, {}
    for name, found in sorted(checked.items()):
        outcome = outcomes.get(name)
        items = [*found.items, outcome.item] if outcome else list(found.items)
        reports[name] = _report(items, found, outcome.measured if outcome else Measured())
        if reason := _blocked(items):
            blocked[name] = reason
        _tell(name, items, reports[name], context)
    return {
        "reports": dict(sorted((kept | reports).items())),
        "blocked": blocked,
        "without_job": _without_job(inputs, due, checked, blocked, previous, context),
    }


def discard(inputs: DrillRunInputs, context: Context) -> None:
    """Remove what a rehearsal that was killed or could not be ended left."""
    rehearsal.discard(inputs.rehearsals, context)


def is_complete(inputs: DrillRunInputs, outputs: Mapping[str, Any]) -> bool:
    """Whether every server was drilled, and none is blocked."""
    imported = {name for name, server in inputs.servers.items() if server.source_id}
    return not outputs["blocked"] and imported == set(outputs["reports"])


def _without_job(
    inputs: DrillRunInputs,
    due: Mapping[str, DrillServer],
    checked: Mapping[str, Checked],
    blocked: Mapping[str, str],
    previous: Mapping[str, Any],
    context: Context,
) -> list[str]:
    """Servers that are rehearsed once more before their job, or that have none to follow.

    A job that holds data, or a result, is left to them.
    """
    wanted = {
        name: server.rehearsal
        for name, server in due.items()
        if server.rehearsal
        and (server.alone or name in blocked)
        and not server.is_finished(checked[name].source)
    }
    in_the_way = rehearsal.jobs_in_the_way({n: j for n, j in wanted.items() if j}, context)
    held = {n for n, job in in_the_way.items() if job.status != JobStatus.READY}
    stay = {
        name
        for name in previous.get("without_job") or []
        if name in inputs.servers and name not in due and inputs.servers[name].alone
    }
    return sorted(stay | (set(wanted) - held))


def _tell(name: str, items: Sequence[Item], report: Mapping[str, Any], context: Context) -> None:
    for item in items:
        if item.severity in {Severity.WARNING, Severity.CRITICAL}:
            context.note(f"{name}: {item.severity}: {item.name}: {item.finding}")
    if "figures" in report:
        context.note(f"{name}: {in_words(report['figures'])}")


def _report(items: Sequence[Item], found: Checked, measured: Measured) -> dict[str, Any]:
    severities = [item.severity for item in items]
    report = {
        "ok": severities.count(Severity.OK),
        "warning": severities.count(Severity.WARNING),
        "critical": severities.count(Severity.CRITICAL),
        "not_checked": severities.count(Severity.NOT_CHECKED),
        "items": [
            asdict(i) | {"severity": str(i.severity)}
            for i in items
            if i.severity is not Severity.OK
        ],
    }
    if found.source is not None:
        report["figures"] = figures(found.source, found.used_percent, measured)
    return report


def _blocked(items: Sequence[Item]) -> str:
    critical = [item for item in items if item.severity is Severity.CRITICAL]
    if not critical:
        return ""
    count = f"{len(critical)} critical item" + ("s" if len(critical) > 1 else "")
    said = "; ".join(f"{i.name}: {i.finding.rstrip('.')}. Fix: {i.fix}" for i in critical)
    return f"the drill found {count}: {said}"
