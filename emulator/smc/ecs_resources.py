"""What a migration has in ECS: its transition instance or temporary disk, and what it delivers.

Source: SMC documentation, FAQ on the intermediate instance, and CreateReplicationJob, InstanceId.
Both kinds of resources carry no tags: no page says that SMC puts any on them.
"""

from dataclasses import replace

from emulator.ecs.disks import delete_disk_row
from emulator.ecs.power import release_instance
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.smc.target_disks import target_sizes_gib
from emulator.world import World

TRANSITION_INSTANCE_NAME = "No_Delete_SMC_Transition_Instance"
TEMPORARY_DISK_NAME = "SMC_Temp_Disk"


def with_resources(world: World, job: ReplicationJob) -> ReplicationJob:
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
            origin=f"transition instance of replication job {job.job_id}",
        )
    )
    _disk(world, job, "", instance_id=instance.instance_id, kind="system")
    return replace(job, transition_instance_id=instance.instance_id)


def release_resources(world: World, job: ReplicationJob) -> ReplicationJob:
    """Remove what the job keeps in ECS."""
    if job.transition_instance_id:
        release_instance(world, job.transition_instance_id)
    disk = world.table(Disk).get(job.temporary_disk_id)
    if disk is not None:
        delete_disk_row(world, disk)
    return replace(job, temporary_disk_id="")


def deliver(world: World, job: ReplicationJob, source: SourceServer) -> ReplicationJob:
    """Make the image, or give the target instance the source's system."""
    host = world.table(Instance).get(source.instance_id)
    os_type = host.os_type if host else "linux"
    os_name = host.os_name if host else ""
    if job.target_type == "TargetInstance":
        _replace_system(world, job, os_type, os_name)
        return job
    image = world.table(Image).put(
        Image(
            image_id=world.new_id("m-bp1"),
            account_id=job.account_id,
            region=job.region,
            name=_free_image_name(world, job),
            os_type=os_type,
            os_name=os_name,
            disk_sizes_gib=target_sizes_gib(source, job),
            created=world.now,
            origin=f"delivered by replication job {job.job_id}",
        )
    )
    return replace(job, image_id=image.image_id)


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
            origin=f"{'transition instance' if kind == 'system' else 'temporary disk'}"
            f" of replication job {job.job_id}",
        )
    )


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
