"""How a replication job moves: phases on the virtual clock, and what each leaves in ECS.

    Ready --Start--> Running: Preparing -> Syncing -> Processing -> Cleaning --> Finished
    Running and Syncing --Stop--> Stopped --Start--> Running, where it stopped
    Syncing --client or network fails--> InError --Start--> Running, where it stopped
    Ready, Stopped, InError --validity ends--> Expired --7 days--> gone

Source: SMC documentation, "replication job life cycle" and "estimate the migration time"; the
lengths of Preparing, Processing before the image, Cleaning and Deleting are not documented.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from emulator.ecs.disks import delete_disk_row
from emulator.ecs.instances import release_instance
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import PlannedFailure, ReplicationJob, SourceServer
from emulator.world import World, iso_seconds, on_event

PHASE_ENDS = "smc.phase_ends"
FAILS = "smc.job_fails"
STARTS = "smc.job_starts"
EXPIRES = "smc.job_expires"
PRUNED = "smc.job_pruned"
DELETED = "smc.job_deleted"

TRANSITION_INSTANCE_NAME = "No_Delete_SMC_Transition_Instance"
TEMPORARY_DISK_NAME = "SMC_Temp_Disk"
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


def start(world: World, job: ReplicationJob) -> None:
    """Let a job run, from where it stopped."""
    world.cancel(STARTS, job.job_id)
    job = _with_resources(
        world,
        replace(
            job,
            status="Running",
            has_run=True,
            started=job.started or world.now,
            ended=None,
            error_code="",
            status_info="",
            runs=[*job.runs, {"Type": "Manual", "StartTime": iso_seconds(world.now)}],
        ),
    )
    _set_source_state(world, job.source_id, "InUse")
    resumed = "Syncing" if job.progress_from >= PHASES["Syncing"].begins_at else "Preparing"
    _enter(world, job, resumed)


def stop(world: World, job: ReplicationJob) -> None:
    """Stop a job that is Syncing; what it keeps in ECS stays."""
    _halt(world, replace(job, status="Stopped"), job)


def release_resources(world: World, job: ReplicationJob) -> ReplicationJob:
    """Remove what the job keeps in ECS."""
    if job.transition_instance_id:
        release_instance(world, job.transition_instance_id)
    disk = world.table(Disk).get(job.temporary_disk_id)
    if disk is not None:
        delete_disk_row(world, disk)
    return replace(job, temporary_disk_id="")


def begin_deletion(world: World, job: ReplicationJob) -> None:
    """Deleting takes a while; then the job and what it keeps are gone."""
    world.table(ReplicationJob).put(replace(job, status="Deleting", business_status=""))
    world.schedule(world.now + timedelta(seconds=DELETING_SECONDS), DELETED, job.job_id)


@on_event(STARTS)
def _scheduled_start(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is not None and job.status == "Ready":
        start(world, job)


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
    planned = world.table(PlannedFailure).get(source.instance_id if source else "")
    if planned is None:
        return
    world.table(PlannedFailure).delete(planned.instance_id)
    failed = replace(job, status="InError", error_code=planned.code, status_info=planned.message)
    _halt(world, failed, job)


@on_event(EXPIRES)
def _expires(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None or job.status not in {"Ready", "Stopped", "InError", "Finished"}:
        return
    if job.status != "Finished":
        job = release_resources(world, job)
        _set_source_state(world, job.source_id, "Available")
        world.table(ReplicationJob).put(replace(job, status="Expired"))
    world.schedule(world.now + KEPT_AFTER_EXPIRY, PRUNED, job_id)


@on_event(PRUNED)
@on_event(DELETED)
def _gone(world: World, job_id: str) -> None:
    job = world.table(ReplicationJob).get(job_id)
    if job is None:
        return
    release_resources(world, job)
    for kind in (PHASE_ENDS, FAILS, STARTS, EXPIRES):
        world.cancel(kind, job_id)
    world.table(ReplicationJob).delete(job_id)
    _set_source_state(world, job.source_id, "Available")


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
    planned = world.table(PlannedFailure).get(source.instance_id)
    if planned and phase_name == "Syncing" and begins <= planned.at_percent < phase.ends_at:
        reached = (planned.at_percent - begins) / (phase.ends_at - begins)
        world.schedule(world.now + (ends - world.now) * reached, FAILS, job.job_id)


def _halt(world: World, halted: ReplicationJob, was: ReplicationJob) -> None:
    reached = progress(world, was)
    world.cancel(PHASE_ENDS, was.job_id)
    world.cancel(FAILS, was.job_id)
    world.table(ReplicationJob).put(
        replace(halted, business_status="", progress_from=reached, runs=_ended_run(world, was))
    )
    _set_source_state(world, was.source_id, "Available")


def _finish(world: World, job: ReplicationJob) -> None:
    source = world.table(SourceServer).get(job.source_id)
    host = world.table(Instance).get(source.instance_id) if source else None
    os_type = host.os_type if host else "linux"
    os_name = host.os_name if host else ""
    sizes = source.disk_sizes_gib if source else []
    if job.target_type == "TargetInstance":
        _replace_system(world, job, os_type, os_name)
    else:
        image = world.table(Image).put(
            Image(
                image_id=world.new_id("m-bp1"),
                account_id=job.account_id,
                region=job.region,
                name=_free_image_name(world, job),
                os_type=os_type,
                os_name=os_name,
                disk_sizes_gib=sizes,
                created=world.now,
            )
        )
        job = replace(job, image_id=image.image_id)
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
    _set_source_state(world, job.source_id, "Available")


def _free_image_name(world: World, job: ReplicationJob) -> str:
    """The image name; with the job id appended when it is taken by now (documented)."""
    name = str(job.parameters.get("ImageName") or f"smc_{job.job_id}")
    taken = world.table(Image).find(account_id=job.account_id, region=job.region, name=name)
    return f"{name}_{job.job_id}" if taken else name


def _replace_system(world: World, job: ReplicationJob, os_type: str, os_name: str) -> None:
    """The target instance now has the source's system; automatic snapshots of it are cleared."""
    target = world.table(Instance).get(str(job.parameters.get("InstanceId")))
    if target is None:
        return
    world.table(Instance).put(replace(target, os_type=os_type, os_name=os_name))
    for disk in world.table(Disk).find(instance_id=target.instance_id, type="system"):
        for snapshot in world.table(Snapshot).find(disk_id=disk.disk_id, category="auto"):
            world.table(Snapshot).delete(snapshot.snapshot_id)


def _with_resources(world: World, job: ReplicationJob) -> ReplicationJob:
    """Create the transition instance or the temporary disk, unless the job has it already."""
    if job.target_type == "TargetInstance":
        if world.table(Disk).get(job.temporary_disk_id) is not None:
            return job
        target = str(job.parameters["InstanceId"])
        disk = _disk(world, job, TEMPORARY_DISK_NAME, instance_id=target, kind="data")
        return replace(job, temporary_disk_id=disk.disk_id)
    if world.table(Instance).get(job.transition_instance_id) is not None:
        return job
    instance = world.table(Instance).put(
        Instance(
            instance_id=world.new_id("i-bp1"),
            account_id=job.account_id,
            region=job.region,
            zone=f"{job.region}-a",
            name=TRANSITION_INSTANCE_NAME,
            host_name="smc-transition",
            status="Running",
            instance_type=str(job.parameters.get("InstanceType") or "ecs.t6-c1m1.large"),
            os_type="linux",
            os_name="Aliyun Linux",
            private_ips=[],
            public_ips=[],
            vpc_id=str(job.parameters.get("VpcId") or ""),
            vswitch_id=str(job.parameters.get("VSwitchId") or ""),
            security_group_ids=[],
            cloud_assistant=False,
            created=world.now,
        )
    )
    _disk(world, job, "", instance_id=instance.instance_id, kind="system")
    return replace(job, transition_instance_id=instance.instance_id)


def _disk(world: World, job: ReplicationJob, name: str, *, instance_id: str, kind: str) -> Disk:
    return world.table(Disk).put(
        Disk(
            disk_id=world.new_id("d-bp1"),
            account_id=job.account_id,
            region=job.region,
            zone=f"{job.region}-a",
            name=name,
            type=kind,
            size_gib=40,
            used_gib=0.0,
            instance_id=instance_id,
            device="/dev/xvda" if kind == "system" else "/dev/xvdz",
            created=world.now,
        )
    )


def _ended_run(world: World, job: ReplicationJob) -> list[dict[str, str]]:
    if not job.runs:
        return []
    *earlier, last = job.runs
    image = {"ImageId": job.image_id} if job.image_id else {}
    return [*earlier, {**last, "EndTime": iso_seconds(world.now), **image}]


def _set_source_state(world: World, source_id: str, state: str) -> None:
    source = world.table(SourceServer).get(source_id)
    if source is not None:
        world.table(SourceServer).put(replace(source, state=state))
