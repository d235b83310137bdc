"""All examinations as one table."""

from collections.abc import Iterable

from emulator.http.validate import metadata
from tests.emulator.conformance.examination import Examination

_HEAD = ("service", "actions", "parameters", "good calls", "refused calls", "failures")


def report(examinations: Iterable[Examination]) -> str:
    """Numbers by service and together, then every failure."""
    found = list(examinations)
    services = sorted({one.service for one in found})
    rows = [_row(name, [one for one in found if one.service == name]) for name in services]
    lines = ["".join(f"{cell!s:>15}" for cell in row) for row in [_HEAD, *rows, _row("all", found)]]
    failures = [f"{o.service}:{o.action}: {failure}" for o in found for failure in o.failures]
    return "\n".join([*lines, *failures])


def _row(name: str, found: list[Examination]) -> tuple[str | int, ...]:
    parameters = sum(len(metadata(o.service)[o.action]["parameters"]) for o in found)
    return (
        name,
        len(found),
        parameters,
        sum(o.good_calls for o in found),
        sum(o.refused_calls for o in found),
        sum(len(o.failures) for o in found),
    )
