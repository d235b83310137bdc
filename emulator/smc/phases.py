"""The phases of a running job, and the progress that each covers; its shares are not documented."""

from dataclasses import dataclass
from datetime import UTC, datetime

from emulator.smc.states import CLEANING, PREPARING, PROCESSING, SYNCING, JobState
from emulator.smc.tables import ReplicationJob
from emulator.world import World


@dataclass(frozen=True, slots=True)
class Phase:
    """The progress that a phase covers, in percent, and the phase that follows."""

    begins_at: float
    ends_at: float
    next: JobState | None = None


PHASES = {
    PREPARING: Phase(0, 5, SYNCING),
    SYNCING: Phase(5, 85, PROCESSING),
    PROCESSING: Phase(85, 98, CLEANING),
    CLEANING: Phase(98, 100),
}


HALF_A_HUNDREDTH = 0.005
"""Progress has two decimals: a value lasts until the half of the next hundredth."""

END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def progress(world: World, job: ReplicationJob) -> float:
    """Progress now, in percent with two decimals."""
    return progress_at(world.now, job)


def progress_at(now: datetime, job: ReplicationJob) -> float:
    """Progress at a moment, in percent with two decimals."""
    if job.phase_from is None or job.phase_until is None or job.status != "Running":
        return round(job.progress_from, 2)
    length = (job.phase_until - job.phase_from).total_seconds()
    done = min((now - job.phase_from).total_seconds() / length, 1.0) if length else 1.0
    return round(job.progress_from + done * (job.progress_until - job.progress_from), 2)


def changes_at(now: datetime, job: ReplicationJob) -> datetime:
    """Until when the progress of a job whose row stays is the same as now."""
    if job.phase_from is None or job.phase_until is None or job.status != "Running":
        return END_OF_TIME
    span = job.progress_until - job.progress_from
    if now >= job.phase_until or span <= 0:
        return END_OF_TIME
    reached = (progress_at(now, job) + HALF_A_HUNDREDTH - job.progress_from) / span
    return max(now, job.phase_from + (job.phase_until - job.phase_from) * reached)
