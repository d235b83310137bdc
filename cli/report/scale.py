"""From moments to places on a chart: percent of its width, and marks at round moments."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MOST_MARKS = 6
DAY = timedelta(days=1)
STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 30, 90, 365)),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A round moment on the axis: where it is, in percent, and its label."""

    place: float
    label: str


@dataclass(frozen=True, slots=True)
class TimeScale:
    """The time that a chart shows. end is later than begin."""

    begin: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.begin).total_seconds()

    def place(self, moment: datetime) -> float:
        """Where a moment is, in percent from the left, never outside."""
        share = (moment - self.begin).total_seconds() / self.seconds
        return round(100 * min(max(share, 0.0), 1.0), 3)

    def marks(self) -> Iterator[Mark]:
        """At most a few round moments, not too near to the ends for their labels."""
        length = self.end - self.begin
        step = next((step for step in STEPS if length / step <= MOST_MARKS), STEPS[-1])
        midnight = self.begin.replace(hour=0, minute=0, second=0, microsecond=0)
        moment = midnight + step * ((self.begin - midnight) // step + 1)
        day = self.begin.date()
        while moment < self.end:
            label = f"{moment:%H:%M}" if step < DAY else f"{moment:%d %b}"
            if step < DAY and moment.date() != day:
                label, day = f"{moment:%d %b}", moment.date()
            if 4 <= self.place(moment) <= 96:
                yield Mark(self.place(moment), label)
            moment += step


def time_scale(moments: Iterable[datetime]) -> TimeScale | None:
    """The scale on which all these moments are; None if there are not two."""
    known = sorted(moments)
    if len(known) < 2 or known[0] == known[-1]:
        return None
    return TimeScale(known[0], known[-1])


def moment_of(text: str) -> datetime | None:
    """The moment of a UTC text; None if it is empty or no moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def round_steps(largest: float) -> Sequence[float]:
    """At most five round values, from 0 to just above the largest, for an axis of amounts."""
    if largest < 1:
        return (0.0, 1.0)
    magnitude = 10 ** math.floor(math.log10(largest / 4))
    step = next(s * magnitude for s in (1, 2, 2.5, 5, 10) if s * magnitude * 4 >= largest)
    return [step * number for number in range(math.ceil(largest / step) + 1)]
