"""Throughput over time: the data of all servers that were moved at the same moment.

The API tells no bytes, so each server's volume is spread evenly over its transfer: an estimate, as
every speed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from cli.report.model import Report, ServerReport
from cli.report.scale import Mark, TimeScale, moment_of, round_steps
from cli.report.timeline import run_span

WIDTH, HEIGHT = 1000.0, 240.0
"""Of the drawing, in units of its own; it is stretched to the page."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """The drawing.

    Attributes:
        area: path of the area.
        line: path of its upper edge.
        marks: of the axis of speeds: place in percent from the top, bytes a second.
        peak: most bytes a second, and when.
        mean: bytes a second while anything was transferred.
    """

    area: str
    line: str
    marks: tuple[Mark, ...]
    peak: float
    peak_at: datetime
    mean: float


def throughput(report: Report, scale: TimeScale) -> Throughput | None:
    """The throughput on a scale; None if the volume or the times of no server are known."""
    steps = _steps(report.servers)
    if not steps:
        return None
    amounts = round_steps(max(rate for _, rate in steps))
    top = amounts[-1]
    points: list[tuple[float, float]] = [(0.0, HEIGHT)]
    for moment, rate in steps:
        x = scale.place(moment) / 100 * WIDTH
        points += [(x, points[-1][1]), (x, HEIGHT * (1 - rate / top))]
    points.append((WIDTH, points[-1][1]))
    line = "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    peak_at, peak = max(steps, key=lambda step: step[1])
    lengths = [((after - at).total_seconds(), rate) for (at, rate), (after, _) in pairwise(steps)]
    busy = sum(seconds for seconds, rate in lengths if rate)
    return Throughput(
        area=f"{line} L{WIDTH:.0f} {HEIGHT:.0f} L0 {HEIGHT:.0f} Z",
        line=line,
        marks=tuple(
            Mark(round(100 * (1 - amount / top), 2), f"{amount / 1e6:g}") for amount in amounts
        ),
        peak=peak,
        peak_at=peak_at,
        mean=sum(seconds * rate for seconds, rate in lengths) / busy,
    )


def _steps(servers: Sequence[ServerReport]) -> list[tuple[datetime, float]]:
    """From each moment on, so many bytes a second; 0 at the end."""
    changes: dict[datetime, float] = {}
    for server in servers:
        span = _transfer(server)
        # Of one that failed on its way, only a part was moved.
        moved = (server.volume_bytes or 0) * server.progress_percent / 100
        if span is None or not moved:
            continue
        rate = moved / (span[1] - span[0]).total_seconds()
        changes[span[0]] = changes.get(span[0], 0.0) + rate
        changes[span[1]] = changes.get(span[1], 0.0) - rate
    rate, steps = 0.0, []
    for moment in sorted(changes):
        rate += changes[moment]
        steps.append((moment, max(rate, 0.0)))
    return steps


def _transfer(server: ServerReport) -> tuple[datetime, datetime] | None:
    """When a server was transferred; all of its run where the transfer was not watched."""
    for span in server.spans:
        begin, end = moment_of(span.begin), moment_of(span.end)
        if span.what == "Syncing" and begin and end and begin < end:
            return begin, end
    whole = run_span(server)
    return whole if whole and whole[0] < whole[1] else None
