"""Progress, speed and time left of running migrations, as far as they can be told.

The API gives progress in percent and nothing else, so speed is an estimate: the share of the data
that progress says is done, over the time between two looks. It counts uncompressed bytes, as the
console's does; remaining time is (total - transferred) / speed. Where nobody told how much of the
disks is used, all of them count, and speed is "at most" that.
Source: the seed's step 3 ("speed", "remaining synchronization time").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from smc.estimate.duration import in_words
from smc.estimate.move import Move
from smc.models import ReplicationJob
from smc.states import BusinessStatus, JobStatus

SHOWN = 3
SLOW_SHARE = 0.1
"""Of the speed that is expected: below it somebody should look."""

ONLY_DISKS = Move()
"""Of a server of which nothing else is known."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a server is transferred, in uncompressed bytes, and how long it takes yet."""

    bytes_per_second: float
    seconds_left: float


class Meter:
    """Remembers what was seen of each server, to tell its speed.

    Args:
        now: the service's own time, for progress is by its clock.
        moves: server -> what it moves, where that is not as by default.
    """

    def __init__(
        self, now: Callable[[], datetime], moves: Mapping[str, Move] | None = None
    ) -> None:
        self._now = now
        self._moves = moves or {}
        self._first: dict[str, tuple[float, float]] = {}

    def summary(self, seen: Mapping[str, ReplicationJob], settled: int, total: int) -> str:
        """One line for the whole wave."""
        running = {s: j for s, j in sorted(seen.items()) if j.status == JobStatus.RUNNING}
        lines = [self.describe(server, job) for server, job in running.items()]
        shown = "; ".join(lines[:SHOWN])
        more = f"; {len(lines) - SHOWN} more running" if len(lines) > SHOWN else ""
        return f"{settled} of {total} ended" + (f" · {shown}{more}" if shown else "")

    def describe(self, server: str, job: ReplicationJob) -> str:
        """`web-1 Syncing 43 %, about 12 MB/s, 3 min left`."""
        text = f"{server} {job.business_status or job.status} {job.progress:.0f} %"
        speed = self.speed(server, job)
        if speed is None:
            return text
        move = self._moves.get(server, ONLY_DISKS)
        rate = f"{move.about} {speed.bytes_per_second / 1e6:.1f} MB/s"
        told = f"{text}, {rate}, {in_words(speed.seconds_left)} left"
        if speed.bytes_per_second * 8 / 1e6 < move.mbit_per_second * SLOW_SHARE:
            told += (
                f" (slow: less than a tenth of the {move.mbit_per_second:g} Mbit/s expected; raise"
                " the fixed bandwidth of source and target for the time being)"
            )
        return told

    def speed(self, server: str, job: ReplicationJob) -> Speed | None:
        """The speed since a server was first seen in this run; None while it cannot be told."""
        if job.business_status != BusinessStatus.SYNCING:
            # What comes between two transfers, such as a pause, is not the time of one.
            self._first.pop(server, None)
            return None
        now = self._now().timestamp()
        since, progress = self._first.get(server, (now, job.progress))
        if job.progress < progress:
            # Another run of the job, or another job.
            since, progress = now, job.progress
        self._first[server] = since, progress
        move = self._moves.get(server, ONLY_DISKS)
        return _speed(job, move, job.progress - progress, now - since)


def average_speed(job: ReplicationJob, now: datetime) -> Speed | None:
    """The speed since the start of a job's only run, for who looks but once.

    Slower than the truth, for it counts the preparation too; None while it cannot be told.
    """
    if job.business_status != BusinessStatus.SYNCING or len(job.runs) != 1:
        return None
    try:
        started = datetime.fromisoformat(job.runs[0].started)
    except ValueError:
        return None
    return _speed(job, ONLY_DISKS, job.progress, (now - started).total_seconds())


def _speed(job: ReplicationJob, move: Move, gained_percent: float, seconds: float) -> Speed | None:
    total_bytes = move.with_disks(sum(job.disk_sizes_gib)).volume_bytes
    if gained_percent <= 0 or seconds <= 0 or not total_bytes:
        return None
    bytes_per_second = gained_percent / 100 * total_bytes / seconds
    return Speed(bytes_per_second, (1 - job.progress / 100) * total_bytes / bytes_per_second)
