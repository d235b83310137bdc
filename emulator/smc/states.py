"""Statuses of jobs and states of source servers, as data: what follows what, and who may when.

Source: SMC 2019-06-01, the usage notes of each action; SMC documentation, "replication job life
cycle" and "incremental migration". What is assumed is marked here and listed in docs/emulator.md.
"""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.service import ApiError


class JobState(NamedTuple):
    """Status and BusinessStatus of a job; both are empty while there is no job."""

    status: str
    business_status: str = ""


NO_JOB = JobState("")
READY = JobState("Ready")
PREPARING = JobState("Running", "Preparing")
SYNCING = JobState("Running", "Syncing")
PROCESSING = JobState("Running", "Processing")
CLEANING = JobState("Running", "Cleaning")
STOPPED = JobState("Stopped")
IN_ERROR = JobState("InError")
WAITING = JobState("Waiting")
FINISHED = JobState("Finished")
EXPIRED = JobState("Expired")
DELETING = JobState("Deleting")

JOB_TRANSITIONS: Mapping[tuple[JobState, JobState], str] = {
    (NO_JOB, READY): "CreateReplicationJob",
    (NO_JOB, PREPARING): "CreateCrossZoneMigrationJob",
    (READY, PREPARING): "StartReplicationJob, or its ScheduledStartTime",
    (STOPPED, SYNCING): "StartReplicationJob",
    (IN_ERROR, PREPARING): "StartReplicationJob, of a job that failed while Preparing",
    (IN_ERROR, SYNCING): "StartReplicationJob",
    (PREPARING, SYNCING): "the transition instance is there",
    (SYNCING, PROCESSING): "all data is there",
    (PROCESSING, CLEANING): "the target is made",
    (CLEANING, FINISHED): "what was only needed meanwhile is released",
    (SYNCING, STOPPED): "StopReplicationJob",
    (PREPARING, IN_ERROR): "a failure, or the client is offline",
    (SYNCING, IN_ERROR): "a failure, or the client is offline",
    (PROCESSING, WAITING): "the image of an incremental run is made",
    (WAITING, PREPARING): "the next run is due, or CutOverReplicationJob with SyncData",
    (WAITING, CLEANING): "CutOverReplicationJob without SyncData",
    (WAITING, IN_ERROR): "the next run is due while the source is not Available (assumed)",
    (READY, EXPIRED): "ValidTime",
    (STOPPED, EXPIRED): "ValidTime",
    (IN_ERROR, EXPIRED): "ValidTime",
    (WAITING, EXPIRED): "ValidTime (assumed)",
    (READY, DELETING): "DeleteReplicationJob",
    (STOPPED, DELETING): "DeleteReplicationJob",
    (IN_ERROR, DELETING): "DeleteReplicationJob",
    (WAITING, DELETING): "DeleteReplicationJob",
    (FINISHED, DELETING): "DeleteReplicationJob",
    (EXPIRED, DELETING): "DeleteReplicationJob",
    (DELETING, NO_JOB): "it is deleted; or DeleteSourceServer with Force",
    (EXPIRED, NO_JOB): "7 days later; or DeleteSourceServer with Force",
    (FINISHED, NO_JOB): "7 days after ValidTime (assumed); or DeleteSourceServer with Force",
    (READY, NO_JOB): "DeleteSourceServer with Force",
    (STOPPED, NO_JOB): "DeleteSourceServer with Force",
    (IN_ERROR, NO_JOB): "DeleteSourceServer with Force",
    (WAITING, NO_JOB): "DeleteSourceServer with Force",
}
"""(before, after) -> what makes a job go there. No job goes anywhere else."""

SOURCE_TRANSITIONS: Mapping[tuple[str, str], str] = {
    ("", "Available"): "the SMC client registers the server",
    ("Available", "InUse"): "a job runs",
    ("InUse", "Available"): "no job runs any more",
    ("Available", "Unavailable"): "the client is offline",
    ("InUse", "Unavailable"): "the client is offline",
    ("Unavailable", "Available"): "the client is back",
    ("Unavailable", "InUse"): "the client is back while a job runs that went on without it",
    ("Available", ""): "DeleteSourceServer",
    ("Unavailable", ""): "DeleteSourceServer",
}
"""(before, after) -> what makes a source server go there; "" is where there is none."""

UNFINISHED = frozenset({"Ready", "Running", "Stopped", "Waiting", "InError", "Expired"})
"""Statuses of a job that keep its source from having another one."""

EVERY_STATUS = UNFINISHED | {"Finished", "Deleting"}

STATUSES: Mapping[str, frozenset[str]] = {
    "StartReplicationJob": frozenset({"Ready", "Stopped", "InError"}),
    "StopReplicationJob": frozenset({"Running"}),
    "CutOverReplicationJob": frozenset({"Waiting"}),
    "DeleteReplicationJob": EVERY_STATUS - {"Running", "Deleting"},
}
"""Action -> statuses of a job in which it is allowed."""

BUSINESS_STATUSES: Mapping[str, frozenset[str]] = {"StopReplicationJob": frozenset({"Syncing"})}
"""Action -> business statuses of a Running job in which it is allowed; unnamed: any."""

SOURCE_STATES: Mapping[str, frozenset[str]] = {
    "CreateReplicationJob": frozenset({"Available"}),
    "StartReplicationJob": frozenset({"Available"}),
    "CutOverReplicationJob": frozenset({"Available"}),
}
"""Action -> states of the source in which it is allowed. For CutOver assumed, and with SyncData."""

BEFORE_THE_FIRST_RUN = frozenset({"Ready"})
MODIFIABLE: Mapping[str, frozenset[str]] = {
    "Name": EVERY_STATUS,
    "Description": EVERY_STATUS,
    "Frequency": BEFORE_THE_FIRST_RUN | {"Waiting"},
    "MaxNumberOfImageToKeep": BEFORE_THE_FIRST_RUN | {"Waiting"},
    "ValidTime": frozenset({"Ready", "Running", "Stopped", "InError", "Waiting"}),
}
"""Parameter of ModifyReplicationJobAttribute -> statuses in which it may be changed.

What is not named may be changed before the first run.
"""

EXPIRES_FROM = frozenset(before.status for before, after in JOB_TRANSITIONS if after == EXPIRED)


class UnlistedTransitionError(Exception):
    """A defect of the emulator: a change that the tables do not list."""


def check_job_transition(before: JobState, after: JobState) -> None:
    """Hold a change of a job against the table.

    Raises:
        UnlistedTransitionError: it is not listed.
    """
    if (before, after) not in JOB_TRANSITIONS:
        raise UnlistedTransitionError(f"{before} -> {after}")


def require_status(job: JobState, action: str) -> None:
    """Refuse an action on a job by the tables.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`, `ReplicationJob.InvalidBusinessStatus`.
    """
    refuse_status(job.status, STATUSES[action])
    allowed = BUSINESS_STATUSES.get(action)
    if allowed and job.business_status not in allowed:
        raise ApiError(
            "ReplicationJob.InvalidBusinessStatus",
            f"The specified business status: {job.business_status} of the replication job is"
            " invalid. This operation can only be performed in the following status:"
            f" {', '.join(sorted(allowed))}.",
        )


def refuse_status(status: str, allowed: frozenset[str]) -> None:
    """Refuse a job that is in none of the statuses allowed.

    Raises:
        ApiError: `ReplicationJob.InvalidStatus`.
    """
    if status not in allowed:
        raise ApiError(
            "ReplicationJob.InvalidStatus",
            f"The specified replication job status: {status} is invalid. This operation can only"
            f" be performed in the following status: {', '.join(sorted(allowed))}.",
        )


def require_source_state(state: str, action: str) -> None:
    """Refuse an action on a source server, or on its job, by the table.

    Raises:
        ApiError: `SourceServerState.Invalid`.
    """
    if state not in SOURCE_STATES[action]:
        raise invalid_source_state(state, action)


def invalid_source_state(state: str, action: str) -> ApiError:
    """The refusal `SourceServerState.Invalid`."""
    allowed = ", ".join(sorted(SOURCE_STATES[action]))
    return ApiError(
        "SourceServerState.Invalid",
        f"The specified source server status: {state} is invalid. This operation can only be"
        f" performed in the following status: {allowed}.",
    )
