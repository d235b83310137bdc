"""How a replication job moves: phases on the virtual clock, and what each leaves in ECS.

Where it may go is the table in `emulator.smc.states`; every change of a status is held against it.

    Ready --Start--> Running: Preparing -> Syncing -> Processing -> Cleaning --> Finished
    Running and Syncing --Stop--> Stopped --Start--> Running, where it stopped
    Preparing, Syncing --client or network fails--> InError --Start--> Running, where it stopped
    incremental: Processing -> Waiting --interval--> Preparing …; Waiting --CutOver--> Cleaning
    Ready, Stopped, InError, Waiting --validity ends--> Expired --7 days--> gone
    a job that is Running when its validity ends runs on, and expires when it halts

Source: SMC documentation, "replication job life cycle" and "incremental migration"; the length of
Deleting is not documented.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.smc import cross_zone, source_state
from emulator.smc.delivery import deliver
from emulator.smc.ecs_resources import release_resources, with_resources, working_instance
from emulator.smc.failures import failure_due, planned_failure
from emulator.smc.phases import PHASES, progress
from emulator.smc.states import (
    CLEANING,
    DELETING,
    EXPIRED,
    EXPIRES_FROM,
    FINISHED,
    IN_ERROR,
    NO_JOB,
    PREPARING,
    PROCESSING,
    STOPPED,
    SYNCING,
    WAITING,
    JobState,
    check_job_transition,
)
from emulator.smc.tables import PlannedFailure, ReplicationJob, SourceServer
from emulator.smc.throughput import phase_seconds
from emulator.world import World, iso_seconds, on_event

PHASE_ENDS = "smc.phase_ends"
FAILS = "smc.job_fails"
STARTS = "smc.job_starts"
EXPIRES = "smc.job_expires"
PRUNED = "smc.job_pruned"
DELETED = "smc.job_deleted"

RUNNING_QUOTA = "smc.running_jobs_quota"
QUOTA_RETRIED_AFTER = timedelta(minutes=5)
KEPT_AFTER_EXPIRY = timedelta(days=7)
DELETING_SECONDS = 45.0
NEEDS_CONNECTION = frozenset({PREPARING, SYNCING})
LOST_CONNECTION = ("ConnectToServerFailed", "Connect to Server Failed")


def has_room(world: World, account_id: str) -> bool:
    """Whether the account's quota lets one more job run."""
    running = world.table(ReplicationJob).find(account_id=account_id, status="Running")
    return len(running) < int(world.setting(RUNNING_QUOTA, 50))


def start(world: World, job: ReplicationJob, run_type: str = "Manual") -> None:
    """Let a job run, from where it stopped. `run_type` is Manual or Schedule."""
    world.cancel(STARTS, job.job_id)
    new_run = {"Type": run_type, "StartTime": iso_seconds(world.now)}
    running = replace(
        job if job.state != WAITING else replace(job, progress_from=0.0),
        started=job.started or world.now,
        ended=None,
        error_code="",
        status_info="",
        runs=[*job.runs, new_run],
    )
    if job.source_id:
        running = with_resources(world, running)
    resumed = SYNCING if running.progress_from >= PHASES[SYNCING].begins_at else PREPARING
    _enter(world, running, resumed)
    source_state.settle(world, job.source_id)


def stop(world: World, job: ReplicationJob) -> None:
    """Stop a job that is Syncing; what it keeps in ECS stays."""
    _halt(world, job, STOPPED)


def fail(world: World, job: ReplicationJob, code: str, message: str) -> None:
    """Let a job end InError; what it keeps in ECS stays."""
    _halt(world, replace(job, error_code=code, status_info=message), IN_ERROR)


def cut_over(world: World, job: ReplicationJob, *, sync_data: bool) -> None:
    """Finish an incremental job that is Waiting, after one more run or at once."""
    world.cancel(STARTS, job.job_id)
    last = replace(job, cuts_over=True)
    if sync_data:
        start(world, last)
        return
    _enter(world, replace(last, progress_from=PHASES[CLEANING].begins_at), CLEANING)
    source_state.settle(world, job.source_id)


def remove(world: World, job: ReplicationJob) -> None:
    """Remove a job at once, with what it keeps in ECS and what was planned for it."""
    check_job_transition(job.state, NO_JOB)
    release_resources(world, job)
    for kind in (PHASE_ENDS, FAILS, STARTS, EXPIRES, PRUNED, DELETED):
        world.cancel(kind, job.job_id)
    world.table(ReplicationJob).delete(job.job_id)
    source_state.settle(world, job.source_id)


def begin_deletion(world: World, job: ReplicationJob) -> None:
    """Deleting takes a while; then the job and what it keeps are gone."""
    world.cancel(STARTS, job.job_id)
    _move(world, job, DELETING)
    world.schedule(world.now + timedelta(seconds=DELETING_SECONDS), DELETED, job.job_id)


def plan_failure(world: World, planned: PlannedFailure) -> None:
    """Let a job fail when its progress reaches a percentage of Syncing, 5 to 85."""
    world.table(PlannedFailure).put(planned)
    for job in world.table(ReplicationJob).find(status="Running"):
        _schedule_failure(world, job)


@on_event(STARTS)
def _starts(world: World, job_id: str) -> None:
    """The scheduled time of a job that is Ready, or the next run of one that is Waiting."""
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status not in {"Ready", "Waiting"}:
        return
    source = world.table(SourceServer).get(job.source_id)
    if source is not None and source.state == "Available":
        if has_room(world, job.account_id):
            start(world, job, "Schedule")
        else:
            world.schedule(world.now + QUOTA_RETRIED_AFTER, STARTS, job_id)
    elif source is not None and job.status == "Waiting":
        failed = replace(job, progress_from=0.0)
        fail(world, failed, source.error_code, source.error_message)


@on_event(PHASE_ENDS)
def _phase_ends(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status != "Running":
        return
    ended = replace(job, progress_from=job.progress_until)
    following = PHASES[job.state].next
    if job.state == SYNCING:
        ended = replace(ended, synced=world.now)
    if job.state == PROCESSING:
        ended = _delivered(world, ended)
        if job.is_incremental and not job.cuts_over:
            _wait(world, ended)
            return
    if following is not None:
        _enter(world, ended, following)
    else:
        _finish(world, ended)


@on_event(FAILS)
def _fails(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status != "Running":
        return
    planned = planned_failure(world, job)
    if planned is not None:
        world.table(PlannedFailure).delete(planned.subject)
        fail(world, job, planned.code, planned.message)


@on_event(EXPIRES)
def _expires(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status not in EXPIRES_FROM | {"Finished"}:
        return
    if job.status != "Finished":
        world.cancel(STARTS, job_id)
        _move(world, release_resources(world, job), EXPIRED)
    world.schedule(world.now + KEPT_AFTER_EXPIRY, PRUNED, job_id)


@on_event(PRUNED)
@on_event(DELETED)
def _gone(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is not None:
        remove(world, job)


def _move(world: World, job: ReplicationJob, state: JobState, **changes: Any) -> ReplicationJob:
    """Write a job with another state.

    Raises:
        UnlistedTransitionError: the table does not list the change.
    """
    check_job_transition(job.state, state)
    status, business_status = state
    return world.table(ReplicationJob).put(
        replace(job, status=status, business_status=business_status, **changes)
    )


def _enter(world: World, job: ReplicationJob, state: JobState) -> None:
    phase = PHASES[state]
    source = world.table(SourceServer).get(job.source_id)
    begins = max(job.progress_from, phase.begins_at)
    share = (phase.ends_at - begins) / (phase.ends_at - phase.begins_at)
    length = phase_seconds(world, job, source, state.business_status) * share
    ends = world.now + timedelta(seconds=length)
    job = _move(
        world,
        job,
        state,
        phase_from=world.now,
        phase_until=ends,
        progress_from=begins,
        progress_until=phase.ends_at,
    )
    if source is not None and state in NEEDS_CONNECTION and not working_instance(world, job):
        fail(world, job, *LOST_CONNECTION)
        return
    world.schedule(ends, PHASE_ENDS, job.job_id)
    _schedule_failure(world, job)


def _schedule_failure(world: World, job: ReplicationJob) -> None:
    due = failure_due(world, job, progress(world, job))
    if due is not None:
        world.schedule(due, FAILS, job.job_id)


def _halt(world: World, job: ReplicationJob, state: JobState) -> None:
    world.cancel(PHASE_ENDS, job.job_id)
    world.cancel(FAILS, job.job_id)
    _move(world, job, state, progress_from=progress(world, job), runs=_ended_run(world, job))
    source_state.settle(world, job.source_id)
    _expire_late(world, job)


def _delivered(world: World, job: ReplicationJob) -> ReplicationJob:
    source = world.table(SourceServer).get(job.source_id)
    if source is not None:
        return deliver(world, job, source)
    cross_zone.move_instance(world, job.parameters)
    return job


def _wait(world: World, job: ReplicationJob) -> None:
    """The next run is due an interval after the end of this one."""
    _move(world, job, WAITING, progress_from=100.0, runs=_ended_run(world, job))
    pause = timedelta(hours=job.parameters["Frequency"])
    world.schedule(world.now + pause, STARTS, job.job_id)
    source_state.settle(world, job.source_id)
    _expire_late(world, job)


def _finish(world: World, job: ReplicationJob) -> None:
    job = release_resources(world, job)
    ended = _ended_run(world, job)
    _move(world, job, FINISHED, progress_from=100.0, ended=world.now, runs=ended)
    source_state.settle(world, job.source_id)
    _expire_late(world, job)


def _expire_late(world: World, job: ReplicationJob) -> None:
    """A job that ran past the end of its validity expires once it has halted."""
    if job.valid_until <= world.now:
        world.schedule(world.now, EXPIRES, job.job_id)


def _ended_run(world: World, job: ReplicationJob) -> list[dict[str, str]]:
    """The runs of a job, the last one ended now unless it ended before."""
    if not job.runs or "EndTime" in job.runs[-1]:
        return job.runs
    *earlier, last = job.runs
    made = job.image_id not in {run.get("ImageId") for run in earlier}
    image = {"ImageId": job.image_id} if job.image_id and made else {}
    return [*earlier, {**last, "EndTime": iso_seconds(world.now), **image}]
