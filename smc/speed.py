"""Progress, speed and time left of running migrations, as far as they can be told.

The API gives progress in percent and nothing else, so speed is an estimate: the share of the
source's disks that progress says is done, over the time between two looks. It counts uncompressed
bytes, as the console's does; remaining time is (total - transferred) / speed.
Source: the seed's step 3 ("speed", "remaining synchronization time").
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from smc.models import ReplicationJob
from smc.states import BusinessStatus, JobStatus

GIB = 1024**3
SHOWN = 3
SLOW_BYTES_PER_SECOND = 10_000_000 / 8
"""10 Mbit/s, the rate in the documentation's example of a migration that takes hours."""


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
        if job.business_status != BusinessStatus.SYNCING:
            return text
        now = self._now().timestamp()
        since, progress = self._first.setdefault(server, (now, job.progress))
        gained = (job.progress - progress) / 100
        if gained <= 0 or now <= since:
            return text
        total_bytes = sum(job.disk_sizes_gib) * GIB
        bytes_per_second = gained * total_bytes / (now - since)
        left = (1 - job.progress / 100) * total_bytes / bytes_per_second if total_bytes else 0
        told = f"{text}, about {bytes_per_second / 1e6:.1f} MB/s, {_duration(left)} left"
        if bytes_per_second < SLOW_BYTES_PER_SECOND:
            told += " (slow: raise the fixed bandwidth of the server for the time being)"
        return told


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
