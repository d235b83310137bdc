"""What to do next with one job of a wave: a decision from its status, without any call.

READY, STOPPED and IN_ERROR jobs are started; RUNNING ones waited for; WAITING ones cut over if that
is asked for. A job is held where its settings say so. Everything else is an end, good or bad.
"""

from dataclasses import dataclass
from enum import Enum, auto

from pydantic import BaseModel, ConfigDict

from smc.models import ReplicationJob
from smc.states import STARTABLE, BusinessStatus, JobStatus


class WaveJob(BaseModel):
    """One job of a wave.

    Attributes:
        job_id: id of the job; empty while the server could not be imported.
        source_id: its source server.
        run: see `ReplicationJobInputs.run`.
        start: whether the wave starts it.
        start_at: UTC time at which SMC starts it; empty: SMC does not.
        paused: whether it is to be stopped where it is.
        cutover: `now` or `finalSync` to end the synchronization; empty to go on with it.
        attempts: how often it is started at most, over all runs of `pulumi up`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    source_id: str
    run: int = 1
    start: bool = True
    start_at: str = ""
    paused: bool = False
    cutover: str = ""
    attempts: int = 3


OVER = frozenset({JobStatus.EXPIRED, JobStatus.DELETING})
"""A job in one of these will never finish."""


class Step(Enum):
    """What to do next."""

    START = auto()
    STOP = auto()
    CUT_OVER = auto()
    WAIT = auto()
    HOLD = auto()
    """Nothing, and nothing to wait for: it is as the settings say."""

    DONE = auto()
    """It is finished, or synchronized."""

    FAIL = auto()


@dataclass(frozen=True, slots=True)
class Progress:
    """What this drive and those before it did with a job.

    Attributes:
        starts: how often it was started, by all drives.
        started_now: whether this drive started it.
        cut_over: whether this drive cut it over.
        finished_before: whether its source server says that this run is finished, which outlives
            the job.
    """

    starts: int = 0
    started_now: bool = False
    cut_over: bool = False
    finished_before: bool = False


def next_step(job: WaveJob, seen: ReplicationJob | None, progress: Progress, now: str) -> Step:
    """The next step.

    Args:
        job: what is declared.
        seen: the job as SMC has it; None if it does not list it.
        progress: what was done with it.
        now: UTC time of the service, in the form of `WaveJob.start_at`.
    """
    if seen is None:
        return Step.DONE if progress.finished_before else Step.FAIL
    if seen.status == JobStatus.FINISHED:
        return Step.DONE
    if job.paused:
        return _paused(seen)
    if seen.status == JobStatus.RUNNING:
        return Step.WAIT
    if seen.status == JobStatus.WAITING:
        return _between_runs(job, progress)
    return _startable(job, seen, progress, now)


def _paused(seen: ReplicationJob) -> Step:
    if seen.status == JobStatus.RUNNING:
        return Step.STOP if seen.business_status == BusinessStatus.SYNCING else Step.WAIT
    return Step.HOLD


def _between_runs(job: WaveJob, progress: Progress) -> Step:
    if not job.cutover:
        return Step.DONE
    return Step.WAIT if progress.cut_over else Step.CUT_OVER


def _startable(job: WaveJob, seen: ReplicationJob, progress: Progress, now: str) -> Step:
    if seen.status not in STARTABLE:
        # One that nobody knows may become anything.
        return Step.FAIL if seen.status in OVER else Step.WAIT
    if not job.start and seen.status == JobStatus.READY:
        # A scheduled one that is due: SMC starts it any moment.
        return Step.WAIT if job.start_at and job.start_at <= now else Step.HOLD
    if not job.start and not job.start_at:
        return Step.HOLD
    if progress.started_now or progress.starts >= job.attempts:
        return Step.FAIL
    return Step.START
