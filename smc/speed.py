"""Progress, speed and time left of running migrations, as far as they can be told.

The API gives progress in percent and nothing else, so speed is an estimate: the share of the
source's disks that progress says is done, over the time between two looks. It counts uncompressed
bytes, as the console's does; remaining time is (total - transferred) / speed.
Source: the seed's step 3 ("speed", "remaining synchronization time").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from smc.estimate.duration import GIB, in_words
from smc.models import ReplicationJob
from smc.states import BusinessStatus, JobStatus

SHOWN = 3
SLOW_BYTES_PER_SECOND = 10_000_000 / 8
"""10 Mbit/s, the rate in the documentation's example of a migration that takes hours."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a server is transferred, in uncompressed bytes, and how long it takes yet."""

    bytes_per_second: float
    seconds_left: float


class Meter:
    """Remembers what was seen of each server, to tell its speed.

    Args:
        now: the service's own time, for progress is by its clock.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
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
        rate = f"{speed.bytes_per_second / 1e6:.1f} MB/s"
        told = f"{text}, about {rate}, {in_words(speed.seconds_left)} left"
        if speed.bytes_per_second < SLOW_BYTES_PER_SECOND:
            told += " (slow: raise the fixed bandwidth of the server for the time being)"
        return told

    def speed(self, server: str, job: ReplicationJob) -> Speed | None:
        """The speed since a server was first seen in this run; None while it cannot be told."""
        if job.business_status != BusinessStatus.SYNCING:
            return None
        now = self._now().timestamp()
        since, progress = self._first.get(server, (now, job.progress))
        if job.progress < progress:
            # Another run of the job, or another job.
            since, progress = now, job.progress
        self._first[server] = since, progress
        return _speed(job, job.progress - progress, now - since)


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
    return _speed(job, job.progress, (now - started).total_seconds())


def _speed(job: ReplicationJob, gained_percent: float, seconds: float) -> Speed | None:
    total_bytes = sum(job.disk_sizes_gib) * GIB
    if gained_percent <= 0 or seconds <= 0 or not total_bytes:
        return None
    bytes_per_second = gained_percent / 100 * total_bytes / seconds
    return Speed(bytes_per_second, (1 - job.progress / 100) * total_bytes / bytes_per_second)
