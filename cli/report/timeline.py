"""The time line: for each server, what its job did when, as pieces of a bar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cli.report.model import Report, ServerReport, Span
from cli.report.scale import Mark, TimeScale, moment_of, time_scale
from smc.estimate.duration import in_words
from smc.fleet_status import Counts, Stage

NARROWEST = 0.4
"""Percent: what takes less is still seen."""

FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: begin and width in percent, what it is, and what is said of it."""

    place: float
    width: float
    what: str
    says: str


@dataclass(frozen=True, slots=True)
class Row:
    """The bar of a server."""

    server: ServerReport
    pieces: tuple[Piece, ...]
    failed_at: float | None

    @property
    def says(self) -> str:
        """The bar in words."""
        said = "; ".join(piece.says for piece in self.pieces) or "has not started"
        return f"{said}; failed" if self.failed_at is not None else said


@dataclass(frozen=True, slots=True)
class Band:
    """A wave: its bar, from its first start to its last end, and its servers'."""

    wave: str
    counts: Counts
    whole: Piece | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TimeLine:
    """All waves on one scale."""

    scale: TimeScale
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    kinds: tuple[str, ...]
    """What pieces there are, in the order of the legend."""


ORDER = ("Queued", "Running", "Preparing", "Syncing", "Processing", "Cleaning")


def time_line(report: Report) -> TimeLine | None:
    """The time line of a report; None while nothing has begun."""
    now = moment_of(report.at)
    moments = [m for s in report.servers for span in s.spans for m in _ends(span, now)]
    scale = time_scale(moments)
    if scale is None:
        return None
    bands = tuple(_band(report, wave, scale, now) for wave in report.waves)
    seen = {piece.what for band in bands for row in band.rows for piece in row.pieces}
    kinds = tuple(kind for kind in ORDER if kind in seen)
    return TimeLine(scale, tuple(scale.marks()), bands, kinds)


def run_span(server: ServerReport) -> tuple[datetime, datetime] | None:
    """From the start of a server's job to its end; None while that is not known."""
    spans = [span for span in server.spans if span.what != "Queued"]
    begins = [m for span in spans if (m := moment_of(span.begin))]
    ends = [m for span in spans if (m := moment_of(span.end))]
    return (min(begins), max(ends)) if begins and ends else None


def _ends(span: Span, now: datetime | None) -> Iterator[datetime]:
    for moment in (moment_of(span.begin), moment_of(span.end) or now):
        if moment:
            yield moment


def _band(report: Report, wave: str, scale: TimeScale, now: datetime | None) -> Band:
    members = [server for server in report.servers if server.wave == wave]
    rows = tuple(_row(server, scale, now) for server in members)
    stages = [server.stage for server in members]
    counts = Counts(**{str(stage): stages.count(stage) for stage in Stage})
    running = [
        moment
        for server in members
        for span in server.spans
        if span.what != "Queued"
        for moment in _ends(span, now)
    ]
    whole = None
    if running:
        whole = _piece("wave", min(running), max(running), scale, ended=True)
    return Band(wave, counts, whole, rows)


def _row(server: ServerReport, scale: TimeScale, now: datetime | None) -> Row:
    pieces = []
    for span in server.spans:
        begin, end = moment_of(span.begin), moment_of(span.end) or now
        if begin and end:
            pieces.append(_piece(span.what, begin, end, scale, ended=bool(span.end)))
    failed = server.stage is Stage.FAILED and pieces
    at = min(pieces[-1].place + pieces[-1].width, 100.0) if failed else None
    return Row(server, tuple(pieces), at)


def _piece(what: str, begin: datetime, end: datetime, scale: TimeScale, *, ended: bool) -> Piece:
    place = scale.place(begin)
    width = round(max(scale.place(end) - place, NARROWEST), 3)
    length = in_words((end - begin).total_seconds())
    until = f"{end:%H:%M}" if ended else "now"
    says = f"{what} {begin:%H:%M} to {until} UTC, {length}"
    return Piece(min(place, 100 - NARROWEST), width, what, says)


def whole_seconds(servers: Sequence[ServerReport]) -> float | None:
    """From the first start to the last end of all servers; None while none has ended."""
    spans = [span for server in servers if (span := run_span(server))]
    if not spans:
        return None
    return (max(end for _, end in spans) - min(begin for begin, _ in spans)).total_seconds()
