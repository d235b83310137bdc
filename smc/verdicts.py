"""What a change of a server's settings will do to its job, told before it is done.

A verdict depends on the job's live status and on what SMC lets be changed when; nothing here calls
an API. Nothing that was transferred is given up without `run` being raised, and nothing that is
finished is repeated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from smc.job_fields import NEW_JOB, ReplicationJobInputs, changeable, changed_fields
from smc.states import JobStatus


class Kind(StrEnum):
    """What will be done."""

    KEEP = "keep"
    """Nothing."""

    CREATE = "create"
    """A job is made: there is none, or it is gone."""

    MODIFY = "modify"
    """The job is changed in place."""

    REPLACE = "replace"
    """The job is deleted and made anew."""

    REFUSE = "refuse"
    """Nothing, for SMC does not allow it or work would be lost."""


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as it is now. progress is in percent; job_id is empty where there is none."""

    job_id: str
    status: str
    progress: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What will be done, and why. For a refusal `reason` says what to do instead."""

    kind: Kind
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}" if self.reason else str(self.kind)


HAS_TRANSFERRED = frozenset(
    {JobStatus.RUNNING, JobStatus.STOPPED, JobStatus.IN_ERROR, JobStatus.WAITING}
)
"""Statuses in which a job holds data that a new one would have to transfer again."""

LOST = "that it transferred are lost"
"""Ends the reason for giving up what a job has transferred; a review looks for it."""

NO_JOB = frozenset({JobStatus.GONE, JobStatus.DELETING, JobStatus.NOT_CREATED})


def judge(before: ReplicationJobInputs, after: ReplicationJobInputs, job: JobState) -> Verdict:
    """The verdict on a change from `before` to `after` of a job that is now as `job` says."""
    fields = changed_fields(before, after)
    if fields & NEW_JOB:
        return _another_job(before, after, job)
    if not fields:
        return Verdict(Kind.KEEP)
    if job.status in NO_JOB:
        return Verdict(Kind.CREATE, "there is no job")
    fixed = {f for f in fields if not changeable(f, job.status, before, after)}
    if fixed:
        return _impossible_change(fixed, before, after, job)
    return Verdict(Kind.MODIFY, f"{_names(fields)} of job {job.job_id}, which is {job.status}")


def _impossible_change(
    fixed: set[str], before: ReplicationJobInputs, after: ReplicationJobInputs, job: JobState
) -> Verdict:
    if job.status == JobStatus.FINISHED:
        return Verdict(
            Kind.REFUSE,
            f"{_names(fixed)} changed, but the server is already migrated (job {job.job_id})."
            f" Fix: undo the change, or set {_run(before)} to migrate it again.",
        )
    if job.status in HAS_TRANSFERRED:
        return Verdict(Kind.REFUSE, _cannot_change(fixed, before, after, job))
    state = "has not started" if job.status == JobStatus.READY else f"is {job.status}"
    return Verdict(
        Kind.REPLACE,
        f"{_names(fixed)} cannot be changed in a job; job {job.job_id} {state}, so nothing that"
        " was transferred is lost",
    )


def _another_job(
    before: ReplicationJobInputs, after: ReplicationJobInputs, job: JobState
) -> Verdict:
    if job.status in NO_JOB:
        return Verdict(Kind.CREATE, "there is no job")
    why = (
        f"run {after.run} follows run {before.run}"
        if before.run != after.run
        else f"the source server is {after.source_id or 'not imported'} now"
    )
    if job.status in HAS_TRANSFERRED:
        return Verdict(
            Kind.REPLACE,
            f"{why}; job {job.job_id} is {job.status}, the {job.progress:.0f} % {LOST}",
        )
    kept = " Its result stays." if job.status == JobStatus.FINISHED else ""
    return Verdict(Kind.REPLACE, f"{why}; job {job.job_id} is {job.status}.{kept}")


def _cannot_change(
    fixed: set[str], before: ReplicationJobInputs, after: ReplicationJobInputs, job: JobState
) -> str:
    later = fixed <= {"every_hours", "keep_images"} and before.run_once == after.run_once
    start_over = f"set {_run(before)}, which starts over and loses {job.progress:.0f} %."
    if later and job.status == JobStatus.RUNNING:
        return (
            f"{_names(fixed)} can change before the first run and between two runs, but job"
            f" {job.job_id} is running. Fix: run `pulumi up` again when it is Waiting, or"
            f" {start_over}"
        )
    return (
        f"SMC changes {_names(fixed)} only before the first start, but job {job.job_id} is"
        f" {job.status} at {job.progress:.0f} %. Fix: undo the change, or {start_over}"
    )


WORDS = {
    "server": "name",
    "image_name": "target.image",
    "instance_id": "target.instance",
    "container": "target.container",
    "region": "target.region",
    "valid_days": "validDays",
    "start_at": "startAt",
    "every_hours": "synchronization.everyHours",
    "keep_images": "synchronization.keepImages",
    "vswitch_id": "network.vswitch",
    "replication_parameters": "network",
    "license_type": "license",
    "resource_group_id": "resourceGroup",
    "instance_type": "transitionInstanceType",
    "instance_role": "instanceRole",
    "launch_template_id": "launchTemplate.id",
    "launch_template_version": "launchTemplate.version",
}
"""Field of a job -> the setting that it comes from, where the names differ."""


def _names(fields: Iterable[str]) -> str:
    return ", ".join(sorted(WORDS.get(field, field) for field in fields))


def _run(before: ReplicationJobInputs) -> str:
    return f"servers.{before.server}.run to {before.run + 1}"
