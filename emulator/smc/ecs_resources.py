"""What a job keeps in ECS while it is not finished: its transition instance or temporary disk.

Source: SMC documentation, FAQ on the intermediate instance; CreateReplicationJob, InstanceId and
InstanceType. Both carry no tags: no page says that SMC puts any on them.
"""

from dataclasses import replace

from emulator.ecs.disks import delete_disk_row
from emulator.ecs.networks import free_addresses, free_public_addresses
from emulator.ecs.power import release_instance, start
from emulator.ecs.snapshots import delete_snapshot_row
from emulator.ecs.tables import Disk, Instance, Snapshot, VSwitch
from emulator.smc.tables import ReplicationJob
from emulator.world import World

TRANSITION_INSTANCE_NAME = "No_Delete_SMC_Transition_Instance"
TEMPORARY_DISK_NAME = "SMC_Temp_Disk"
DEFAULT_INSTANCE_TYPE = "ecs.t6-c1m1.large"
OWN_DISK_GIB = 40


def with_resources(world: World, job: ReplicationJob) -> ReplicationJob:
    """Create what the job needs, the first time that it runs; nothing is made a second time."""
    if job.target_type == "TargetInstance":
        return _with_target(world, job)
    if job.transition_instance_id:
        return job
    vswitch = world.table(VSwitch).get(str(job.parameters.get("VSwitchId", "")))
    over_internet = not job.parameters.get("NetMode")
    public_ip = next(free_public_addresses(world), None) if over_internet else None
    private_ip = next(free_addresses(world, vswitch), None) if vswitch else None
    instance = world.table(Instance).put(
        Instance(
            instance_id=world.new_id("i-bp1"),
            account_id=job.account_id,
            region=job.region,
            zone=vswitch.zone if vswitch else f"{job.region}-a",
            name=TRANSITION_INSTANCE_NAME,
            host_name="smc-transition",
            status="Running",
            instance_type=str(job.parameters.get("InstanceType") or DEFAULT_INSTANCE_TYPE),
            os_type="linux",
            os_name="Aliyun Linux",
            private_ips=[private_ip] if private_ip else [],
            public_ips=[public_ip] if public_ip else [],
            vpc_id=vswitch.vpc_id if vswitch else "",
            vswitch_id=vswitch.vswitch_id if vswitch else "",
            security_group_ids=[],
            cloud_assistant=False,
            created=world.now,
            origin=f"transition instance of replication job {job.job_id}",
        )
    )
    _disk(world, job, "", instance, kind="system")
    return replace(job, transition_instance_id=instance.instance_id)


def working_instance(world: World, job: ReplicationJob) -> Instance | None:
    """The instance that receives the data, if it can: the transition instance, or the target."""
    is_target = job.target_type == "TargetInstance"
    key = job.parameters.get("InstanceId") if is_target else job.transition_instance_id
    instance = world.table(Instance).get(str(key))
    return instance if instance and instance.status in {"Running", "Starting"} else None


def release_resources(world: World, job: ReplicationJob) -> ReplicationJob:
    """Remove what the job keeps in ECS."""
    if job.transition_instance_id:
        release_instance(world, job.transition_instance_id)
    disk = world.table(Disk).get(job.temporary_disk_id)
    if disk is not None:
        delete_disk_row(world, disk)
    return replace(job, temporary_disk_id="")


def _with_target(world: World, job: ReplicationJob) -> ReplicationJob:
    """The target itself receives the data: it must run; its system is replaced first.

    With the system disk go its automatic snapshots.
    """
    target = world.table(Instance).get(str(job.parameters["InstanceId"]))
    if target is None:
        return job
    if target.status == "Stopped":
        start(world, target)
    if job.temporary_disk_id:
        return job
    for system in world.table(Disk).find(instance_id=target.instance_id, type="system"):
        for snapshot in world.table(Snapshot).find(disk_id=system.disk_id, category="auto"):
            delete_snapshot_row(world, snapshot)
    disk = _disk(world, job, TEMPORARY_DISK_NAME, target, kind="data")
    return replace(job, temporary_disk_id=disk.disk_id)


def _disk(world: World, job: ReplicationJob, name: str, instance: Instance, *, kind: str) -> Disk:
    purpose = "transition instance" if kind == "system" else "temporary disk"
    return world.table(Disk).put(
        Disk(
            disk_id=world.new_id("d-bp1"),
            account_id=job.account_id,
            region=job.region,
            zone=instance.zone,
            name=name,
            type=kind,
            size_gib=OWN_DISK_GIB,
            used_gib=0.0,
            instance_id=instance.instance_id,
            device="/dev/xvda" if kind == "system" else "/dev/xvdz",
            created=world.now,
            origin=f"{purpose} of replication job {job.job_id}",
        )
    )
