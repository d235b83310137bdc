"""The phases of a running job, and the progress that each covers; its shares are not documented."""

from dataclasses import dataclass

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


def progress(world: World, job: ReplicationJob) -> float:
    """Progress now, in percent with two decimals."""
    if job.phase_from is None or job.phase_until is None or job.status != "Running":
        return round(job.progress_from, 2)
    length = (job.phase_until - job.phase_from).total_seconds()
    done = min((world.now - job.phase_from).total_seconds() / length, 1.0) if length else 1.0
    return round(job.progress_from + done * (job.progress_until - job.progress_from), 2)
