"""What a job makes at the end of a run: an image, or another system on the target instance.

A container image goes to a container registry, which is not emulated.
Source: SMC 2019-06-01, CreateReplicationJob: ImageName, MaxNumberOfImageToKeep, TargetType; SMC
documentation, "incremental migration". The form of the name of an incremental job's images is
assumed: documented is that it contains CYCLE_ and the number of the run.
"""

from collections.abc import Sequence
from dataclasses import replace

from emulator.ecs.images import delete_image_row, is_used
from emulator.ecs.tables import Disk, Image, Instance
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.smc.target_disks import target_sizes_gib
from emulator.world import World


def deliver(world: World, job: ReplicationJob, source: SourceServer) -> ReplicationJob:
    """Make what the job is for."""
    match job.target_type:
        case "TargetInstance":
            _replace_system(world, job, source)
            return job
        case "ContainerImage":
            return job
        case _:
            return _with_image(world, job, source)


def _with_image(world: World, job: ReplicationJob, source: SourceServer) -> ReplicationJob:
    os_type, os_name = _system_of(world, source)
    job = replace(job, cycles=job.cycles + 1)
    image = world.table(Image).put(
        Image(
            image_id=world.new_id("m-bp1"),
            account_id=job.account_id,
            region=job.region,
            name=_free_image_name(world, job),
            os_type=os_type,
            os_name=os_name,
            disk_sizes_gib=target_sizes_gib(source, job.parameters),
            created=world.now,
            origin=f"delivered by replication job {job.job_id}",
        )
    )
    kept = [*job.image_ids, image.image_id]
    if job.is_incremental:
        kept = _retained(world, kept, job.parameters["MaxNumberOfImageToKeep"])
    return replace(job, image_id=image.image_id, image_ids=kept)


def _retained(world: World, image_ids: Sequence[str], most: int) -> list[str]:
    """What is left of the job's images: the oldest that no instance was made of are deleted."""
    there = [i for i in map(world.table(Image).get, image_ids) if i is not None]
    surplus = max(len(there) - most, 0)
    deleted = [image for image in there[:-1] if not is_used(world, image)][:surplus]
    for image in deleted:
        delete_image_row(world, image)
    return [image.image_id for image in there if image not in deleted]


def _free_image_name(world: World, job: ReplicationJob) -> str:
    """The image name; with the job id appended when it is taken by now (documented)."""
    name = str(job.parameters.get("ImageName") or f"smc_{job.job_id}")
    if job.is_incremental:
        name = f"{name}_CYCLE_{job.cycles}"
    taken = world.table(Image).find(account_id=job.account_id, region=job.region, name=name)
    return f"{name}_{job.job_id}" if taken else name


def _replace_system(world: World, job: ReplicationJob, source: SourceServer) -> None:
    target = world.table(Instance).get(str(job.parameters["InstanceId"]))
    if target is None:
        return
    os_type, os_name = _system_of(world, source)
    world.table(Instance).put(replace(target, os_type=os_type, os_name=os_name))
    disks = [
        disk
        for disk in world.table(Disk).find(instance_id=target.instance_id)
        if disk.disk_id != job.temporary_disk_id
    ]
    disks.sort(key=lambda disk: disk.type != "system")
    for disk, used in zip(disks, source.disks_used_gib, strict=False):
        world.table(Disk).put(replace(disk, used_gib=used))


def _system_of(world: World, source: SourceServer) -> tuple[str, str]:
    """Kind and name of the source's operating system."""
    host = world.table(Instance).get(source.instance_id)
    if host is not None:
        return host.os_type, host.os_name
    return ("windows" if source.platform == "Windows" else "linux"), source.platform
