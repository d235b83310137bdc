"""Cross-zone jobs: an ECS instance of the account goes to another zone of its region.

Documented: within 15 minutes the instance is stopped, moved, given another type of its family if
wanted, and started; in another vSwitch it gets another private address; instances with a security
group of another VPC cannot go there. That its disks go on being copied for hours after it has
started is not modelled. Source: SMC documentation, "cross-zone ECS instance migration";
CreateCrossZoneMigrationJob, whose error codes are not documented: those of ECS are assumed.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.ecs.networks import find_vswitch, free_addresses
from emulator.ecs.places import INSTANCE_TYPES
from emulator.ecs.power import start, stop
from emulator.ecs.tables import Disk, Instance, Vpc, VSwitch
from emulator.service import ApiError, Call
from emulator.world import World


def check(call: Call) -> Instance:
    """The instance of the call, fit to go where it is to go.

    Raises:
        ApiError: a code of ECS, or `Missing…` for InstanceId or TargetVSwitchId.
    """
    for name in ("InstanceId", "TargetVSwitchId"):
        if not call.get(name):
            raise ApiError(f"Missing{name}", f"{name} is mandatory for this action.")
    instance = call.world.table(Instance).get(call.get("InstanceId"))
    ours = instance is not None and instance.account_id == call.account_id
    if instance is None or not ours or instance.region != call.get("RegionId"):
        raise ApiError(
            "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.", 404
        )
    if instance.status not in {"Running", "Stopped"}:
        raise ApiError(
            "IncorrectInstanceStatus",
            "The current status of the resource does not support this operation.",
            403,
        )
    _check_place(call, instance, find_vswitch(call, call.get("TargetVSwitchId")))
    _check_type(call, instance)
    _check_disks(call, instance)
    return instance


def take_down(world: World, instance: Instance) -> None:
    """The instance is stopped before it moves."""
    if instance.status == "Running":
        stop(world, instance)


def move_instance(world: World, parameters: Mapping[str, Any]) -> None:
    """Put the instance and its disks into the other zone, and start it."""
    instance = world.table(Instance).get(parameters["InstanceId"])
    vswitch = world.table(VSwitch).get(parameters["TargetVSwitchId"])
    if instance is None or vswitch is None:
        return
    wanted = {disk["DiskId"]: disk for disk in parameters.get("Disk") or []}
    for disk in world.table(Disk).find(instance_id=instance.instance_id):
        category = wanted.get(disk.disk_id, {}).get("Category") or disk.category
        world.table(Disk).put(replace(disk, zone=vswitch.zone, category=category))
    moved = replace(
        instance,
        zone=vswitch.zone,
        vswitch_id=vswitch.vswitch_id,
        instance_type=parameters.get("TargetInstanceType") or instance.instance_type,
    )
    address = next(free_addresses(world, vswitch), None)
    if vswitch.vswitch_id != instance.vswitch_id and address:
        moved = replace(moved, private_ips=[address])
    start(world, moved)


def _check_place(call: Call, instance: Instance, vswitch: VSwitch) -> None:
    vpc = call.world.table(Vpc).get(vswitch.vpc_id)
    if vpc is None or vpc.region != instance.region or vpc.vpc_id != instance.vpc_id:
        raise ApiError(
            "InvalidParameter.TargetVSwitchId", "The vSwitch is in another VPC than the instance."
        )
    if vswitch.zone == instance.zone or call.get("TargetZoneId") not in {None, "", vswitch.zone}:
        raise ApiError(
            "InvalidParameter.TargetZoneId",
            "The vSwitch must be in the target zone, and that another one than the instance's.",
        )


def _check_type(call: Call, instance: Instance) -> None:
    wanted = INSTANCE_TYPES.get(call.get("TargetInstanceType") or instance.instance_type)
    present = INSTANCE_TYPES.get(instance.instance_type)
    if wanted is None or present is None or wanted.family != present.family:
        raise ApiError(
            "InvalidInstanceType.ValueNotSupported",
            "The instance type can only be changed within its family.",
        )


def _check_disks(call: Call, instance: Instance) -> None:
    attached = {d.disk_id for d in call.world.table(Disk).find(instance_id=instance.instance_id)}
    if {disk.get("DiskId") for disk in call.get("Disk") or []} - attached:
        raise ApiError("InvalidDiskId.NotFound", "The specified disk does not exist.", 404)
