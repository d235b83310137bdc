"""How a replication job moves: phases on the virtual clock, and what each leaves in ECS.

    Ready --Start--> Running: Preparing -> Syncing -> Processing -> Cleaning --> Finished
    Running and Syncing --Stop--> Stopped --Start--> Running, where it stopped
    Syncing --client or network fails--> InError --Start--> Running, where it stopped
    Ready, Stopped, InError --validity ends--> Expired --7 days--> gone
    a job that is Running when its validity ends runs on, and expires when it halts

Source: SMC documentation, "replication job life cycle" and "estimate the migration time"; the
lengths of Preparing, Processing before the image, Cleaning and Deleting are not documented.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from emulator.smc.ecs_resources import deliver, release_resources, with_resources
from emulator.smc.tables import PlannedFailure, ReplicationJob, SourceServer
from emulator.world import World, iso_seconds, on_event

PHASE_ENDS = "smc.phase_ends"
FAILS = "smc.job_fails"
STARTS = "smc.job_starts"
EXPIRES = "smc.job_expires"
PRUNED = "smc.job_pruned"
DELETED = "smc.job_deleted"

OFFLINE = "SourceServer.Offline"
NEED_CLIENT = frozenset({"Preparing", "Syncing"})

KEPT_AFTER_EXPIRY = timedelta(days=7)
DELETING_SECONDS = 45.0
INBOUND_MBIT_PER_SECOND = 100.0
IMAGE_MB_PER_SECOND = 30.0
MB_PER_GIB = 1024.0


@dataclass(frozen=True, slots=True)
class Phase:
    """A business status, the progress it covers in percent, and what follows."""

    name: str
    begins_at: float
    ends_at: float
    next: str


PHASES = {
    "Preparing": Phase("Preparing", 0, 5, "Syncing"),
    "Syncing": Phase("Syncing", 5, 85, "Processing"),
    "Processing": Phase("Processing", 85, 98, "Cleaning"),
    "Cleaning": Phase("Cleaning", 98, 100, ""),
}


def phase_seconds(source: SourceServer, phase: str) -> float:
    """Length of a whole phase for this server, in virtual seconds."""
    megabytes = source.used_gib * MB_PER_GIB
    match phase:
        case "Preparing":
            return 180.0
        case "Syncing":
            return megabytes * 8 / INBOUND_MBIT_PER_SECOND
        case "Processing":
            return megabytes / IMAGE_MB_PER_SECOND
        case _:
            return 60.0


def progress(world: World, job: ReplicationJob) -> float:
    """Progress now, in percent with two decimals."""
    if job.phase_from is None or job.phase_until is None or job.status != "Running":
        return round(job.progress_from, 2)
    length = (job.phase_until - job.phase_from).total_seconds()
    done = min((world.now - job.phase_from).total_seconds() / length, 1.0) if length else 1.0
    return round(job.progress_from + done * (job.progress_until - job.progress_from), 2)


def start(world: World, job: ReplicationJob, run_type: str = "Manual") -> None:
    """Let a job run, from where it stopped. `run_type` is Manual or Schedule."""
    world.cancel(STARTS, job.job_id)
    job = with_resources(
        world,
        replace(
            job,
            status="Running",
            started=job.started or world.now,
            ended=None,
            error_code="",
            status_info="",
            runs=[*job.runs, {"Type": run_type, "StartTime": iso_seconds(world.now)}],
        ),
    )
    resumed = "Syncing" if job.progress_from >= PHASES["Syncing"].begins_at else "Preparing"
    _enter(world, job, resumed)
    _settle_source_state(world, job.source_id)


def stop(world: World, job: ReplicationJob) -> None:
    """Stop a job that is Syncing; what it keeps in ECS stays."""
    _halt(world, replace(job, status="Stopped"), job)


def remove(world: World, job: ReplicationJob) -> None:
    """Remove a job at once, with what it keeps in ECS and what was planned for it."""
    release_resources(world, job)
    for kind in (PHASE_ENDS, FAILS, STARTS, EXPIRES, PRUNED, DELETED):
        world.cancel(kind, job.job_id)
    world.table(ReplicationJob).delete(job.job_id)
    _settle_source_state(world, job.source_id)


def begin_deletion(world: World, job: ReplicationJob) -> None:
    """Deleting takes a while; then the job and what it keeps are gone."""
    world.table(ReplicationJob).put(replace(job, status="Deleting", business_status=""))
    world.schedule(world.now + timedelta(seconds=DELETING_SECONDS), DELETED, job.job_id)


def plan_failure(world: World, planned: PlannedFailure) -> None:
    """Let a job fail when its progress reaches a percentage of Syncing, 5 to 85."""
    world.table(PlannedFailure).put(planned)
    for job in world.table(ReplicationJob).find(status="Running"):
        source = world.table(SourceServer).get(job.source_id)
        if source is not None:
            _schedule_failure(world, job, source)


def lose_client(world: World, source: SourceServer) -> None:
    """The SMC client loses contact: the source is Unavailable, and a job that needs it fails.

    Once the data is there, the job goes on without the client. `SourceServer.Offline` is the
    documented code of the source; that the job shows it too is assumed.
    """
    message = "The SMC client of the source server is offline."
    source = world.table(SourceServer).put(
        replace(source, state="Unavailable", error_code=OFFLINE, error_message=message)
    )
    for job in world.table(ReplicationJob).find(source_id=source.source_id, status="Running"):
        if job.business_status in NEED_CLIENT:
            failed = replace(job, status="InError", error_code=OFFLINE, status_info=message)
            _halt(world, failed, job)


def regain_client(world: World, source: SourceServer) -> SourceServer:
    """The SMC client is in contact: with it back, the source is what its jobs make it."""
    if source.state != "Unavailable":
        return source
    online = replace(source, state="Available", error_code="", error_message="")
    world.table(SourceServer).put(online)
    _settle_source_state(world, source.source_id)
    return world.table(SourceServer).get(source.source_id) or online


@on_event(STARTS)
def _scheduled_start(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status != "Ready":
        return
    source = world.table(SourceServer).get(job.source_id)
    if source is not None and source.state == "Available":
        start(world, job, "Schedule")


@on_event(PHASE_ENDS)
def _phase_ends(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status != "Running":
        return
    following = PHASES[job.business_status].next
    if following:
        _enter(world, replace(job, progress_from=job.progress_until), following)
        return
    _finish(world, job)


@on_event(FAILS)
def _fails(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status != "Running":
        return
    source = world.table(SourceServer).get(job.source_id)
    planned = _planned_failure(world, job, source) if source else None
    if planned is None:
        return
    world.table(PlannedFailure).delete(planned.subject)
    failed = replace(job, status="InError", error_code=planned.code, status_info=planned.message)
    _halt(world, failed, job)


@on_event(EXPIRES)
def _expires(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status not in {"Ready", "Stopped", "InError", "Finished"}:
        return
    if job.status != "Finished":
        job = release_resources(world, job)
        world.table(ReplicationJob).put(replace(job, status="Expired"))
    world.schedule(world.now + KEPT_AFTER_EXPIRY, PRUNED, job_id)


@on_event(PRUNED)
@on_event(DELETED)
def _gone(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is not None:
        remove(world, job)


def _enter(world: World, job: ReplicationJob, phase_name: str) -> None:
    phase = PHASES[phase_name]
    source = world.table(SourceServer).get(job.source_id)
    if source is None:
        return
    begins = max(job.progress_from, phase.begins_at)
    share = (phase.ends_at - begins) / (phase.ends_at - phase.begins_at)
    ends = world.now + timedelta(seconds=phase_seconds(source, phase_name) * share)
    job = world.table(ReplicationJob).put(
        replace(
            job,
            business_status=phase_name,
            phase_from=world.now,
            phase_until=ends,
            progress_from=begins,
            progress_until=phase.ends_at,
        )
    )
    world.schedule(ends, PHASE_ENDS, job.job_id)
    _schedule_failure(world, job, source)


def _planned_failure(
    world: World, job: ReplicationJob, source: SourceServer
) -> PlannedFailure | None:
    """What is planned for a job; the closest subject counts."""
    planned = world.table(PlannedFailure)
    subjects = (job.job_id, source.source_id, source.instance_id, "*")
    return next((found for s in subjects if (found := planned.get(s))), None)


def _schedule_failure(world: World, job: ReplicationJob, source: SourceServer) -> None:
    planned = _planned_failure(world, job, source)
    if not planned or job.business_status != "Syncing" or not job.phase_from or not job.phase_until:
        return
    length = job.progress_until - job.progress_from
    reached = (planned.at_percent - job.progress_from) / length if length else 1.0
    if progress(world, job) <= planned.at_percent and reached < 1:
        due = job.phase_from + (job.phase_until - job.phase_from) * reached
        world.schedule(due, FAILS, job.job_id)


def _halt(world: World, halted: ReplicationJob, was: ReplicationJob) -> None:
    reached = progress(world, was)
    world.cancel(PHASE_ENDS, was.job_id)
    world.cancel(FAILS, was.job_id)
    world.table(ReplicationJob).put(
        replace(halted, business_status="", progress_from=reached, runs=_ended_run(world, was))
    )
    _settle_source_state(world, was.source_id)
    _expire_late(world, was)


def _finish(world: World, job: ReplicationJob) -> None:
    source = world.table(SourceServer).get(job.source_id)
    if source is not None:
        job = deliver(world, job, source)
    job = release_resources(world, job)
    world.table(ReplicationJob).put(
        replace(
            job,
            status="Finished",
            business_status="",
            progress_from=100.0,
            ended=world.now,
            runs=_ended_run(world, job),
        )
    )
    _settle_source_state(world, job.source_id)
    _expire_late(world, job)


def _expire_late(world: World, job: ReplicationJob) -> None:
    """A job that ran past the end of its validity expires once it has halted."""
    if job.valid_until <= world.now:
        world.schedule(world.now, EXPIRES, job.job_id)


def _ended_run(world: World, job: ReplicationJob) -> list[dict[str, str]]:
    if not job.runs:
        return []
    *earlier, last = job.runs
    image = {"ImageId": job.image_id} if job.image_id else {}
    return [*earlier, {**last, "EndTime": iso_seconds(world.now), **image}]


def _settle_source_state(world: World, source_id: str) -> None:
    """InUse while any of its jobs runs, else Available; an offline source stays Unavailable."""
    source = world.table(SourceServer).get(source_id)
    if source is None or source.state not in {"Available", "InUse"}:
        return
    jobs = world.table(ReplicationJob).find(source_id=source_id)
    state = "InUse" if any(job.status == "Running" for job in jobs) else "Available"
    world.table(SourceServer).put(replace(source, state=state))
