"""Estimate against actual, for each server of which both are known."""

from collections.abc import Iterator
from dataclasses import dataclass

from cli.report.model import Report, ServerReport


@dataclass(frozen=True, slots=True)
class Compared:
    """One server.

    Attributes:
        server: the server.
        estimated: seconds.
        actual: seconds.
        estimated_place: of the estimate on the chart, in percent.
        actual_width: of the actual's bar, in percent.
    """

    server: ServerReport
    estimated: float
    actual: float
    estimated_place: float
    actual_width: float

    @property
    def deviation_percent(self) -> float:
        """By how much the actual is above the estimate; below it is negative."""
        return 100 * (self.actual - self.estimated) / self.estimated


@dataclass(frozen=True, slots=True)
class Comparison:
    """All servers, and their sums; costs are None where there are no prices."""

    servers: tuple[Compared, ...]
    estimated: float
    actual: float
    estimated_cost: float | None
    actual_cost: float | None

    @property
    def deviation_percent(self) -> float:
        """Of the sum."""
        return 100 * (self.actual - self.estimated) / self.estimated


def compare(report: Report) -> Comparison | None:
    """The comparison; None if no server has both figures."""
    both = [(s, s.estimated_seconds, s.seconds) for s in report.servers]
    known = [(s, e, a) for s, e, a in both if e and a is not None]
    if not known:
        return None
    longest = max(max(estimated, actual) for _, estimated, actual in known)
    compared = tuple(
        Compared(
            server,
            estimated,
            actual,
            round(100 * estimated / longest, 2),
            round(100 * actual / longest, 2),
        )
        for server, estimated, actual in known
    )
    servers = [server for server, _, _ in known]
    return Comparison(
        compared,
        sum(each.estimated for each in compared),
        sum(each.actual for each in compared),
        _sum(server.estimated_cost for server in servers),
        _sum(server.cost for server in servers),
    )


def _sum(costs: Iterator[float | None]) -> float | None:
    known = list(costs)
    return None if any(cost is None for cost in known) else sum(cost or 0.0 for cost in known)
