"""Disks.

Source: ECS 2014-05-26 API reference. Detaching is documented to take about a minute; how long
attaching takes is not.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.ecs import resources
from emulator.ecs.billing import close_bill
from emulator.ecs.listing import (
    created_within,
    has_tags,
    is_given,
    json_ids,
    name_matches,
    page,
    refuse_dry_run,
    tag_members,
)
from emulator.ecs.tables import Disk, Instance, Snapshot
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds, on_event

LARGEST_PAGE = 100
LARGEST_PAGE_BY_TOKEN = 500
DETACHING_SECONDS = 60.0
ATTACHING_SECONDS = 10.0
SETTLES = "ecs.disk_settles"
WRONG_DISK_STATUS = "The current disk status does not support this operation."
WRONG_INSTANCE_STATUS = "The current status of the resource does not support this operation."
NO_SUCH_INSTANCE = "The specified InstanceId does not exist."


def find_disk(call: Call, disk_id: str) -> Disk:
    """A disk of the caller's account.

    Raises:
        ApiError: `InvalidDiskId.NotFound`.
    """
    disk = call.world.table(Disk).get(disk_id)
    if disk is None or disk.account_id != call.account_id:
        raise ApiError("InvalidDiskId.NotFound", "The specified disk does not exist.", 404)
    return disk


def device_name(number: int) -> str:
    """The device of the disk `number` of an instance, 0 being the system disk."""
    return f"/dev/xvd{chr(ord('a') + number)}"


def delete_disk_row(world: World, disk: Disk) -> None:
    """Remove a disk, and its automatic snapshots where it is set up so."""
    if disk.delete_auto_snapshot:
        for snapshot in world.table(Snapshot).find(disk_id=disk.disk_id, category="auto"):
            close_bill(world, snapshot)
            world.table(Snapshot).delete(snapshot.snapshot_id)
    world.cancel(SETTLES, disk.disk_id)
    close_bill(world, disk)
    world.table(Disk).delete(disk.disk_id)


def begin_change(world: World, disk: Disk, status: str, seconds: float) -> None:
    """Let a disk be Attaching, Detaching or ReIniting for a while."""
    world.table(Disk).put(replace(disk, changing_to=status))
    world.schedule(world.now + timedelta(seconds=seconds), SETTLES, disk.disk_id)


@on_event(SETTLES)
def _settles(world: World, disk_id: str) -> None:
    disk = world.table(Disk).get(disk_id)
    if disk is None:
        return
    settled = replace(disk, changing_to="")
    if disk.changing_to == "Detaching":
        settled = replace(settled, instance_id="", device="", detached=world.now)
    world.table(Disk).put(settled)


@action("ecs", "DescribeDisks")
def describe_disks(call: Call) -> Members:
    """Disks of a region.

    Not modelled: shared, encrypted, locked and subscribed disks, and filters by them.
    """
    ids = json_ids(call, "DiskIds")
    in_time = created_within(call)
    found = [
        d
        for d in call.world.table(Disk).find(account_id=call.account_id)
        if d.region == call.get("RegionId")
        and (ids is None or d.disk_id in ids)
        and is_given(call.get("ZoneId"), d.zone)
        and is_given(call.get("InstanceId"), d.instance_id)
        and is_given(call.get("SnapshotId"), d.source_snapshot_id)
        and is_given(call.get("DeleteWithInstance"), d.delete_with_instance)
        and is_given(call.get("DeleteAutoSnapshot"), d.delete_auto_snapshot)
        and is_given(call.get("DiskChargeType"), "PostPaid")
        and call.get("Category") in {None, "", "all", d.category}
        and call.get("DiskType") in {None, "all", d.type}
        and call.get("Status") in {None, "All", d.status}
        and name_matches(call.get("DiskName"), d.name)
        and in_time(d.created)
        and has_tags(call, d.tags)
    ]
    refuse_dry_run(call)
    shown, described = page(
        call,
        found,
        LARGEST_PAGE,
        _members,
        largest_by_token=LARGEST_PAGE_BY_TOKEN,
        least_by_token=10,
    )
    return {"Disks": {"Disk": shown}, **described}


@action("ecs", "AttachDisk")
def attach_disk(call: Call) -> Members:
    """Attach a disk to an instance of its zone as a data disk.

    Not modelled: attaching a system disk.
    """
    if call.get("Bootable"):
        raise ApiError("Emulator.NotModelled", "The emulator attaches data disks only.")
    disk = find_disk(call, call.get("DiskId"))
    instance = call.world.table(Instance).get(call.get("InstanceId"))
    if instance is None or instance.account_id != call.account_id:
        raise ApiError("InvalidInstanceId.NotFound", NO_SUCH_INSTANCE, 404)
    if disk.status != "Available":
        raise ApiError("IncorrectDiskStatus", WRONG_DISK_STATUS, 403)
    attached = call.world.table(Disk).find(instance_id=instance.instance_id)
    if instance.status not in {"Stopped", "Running"}:
        raise ApiError("IncorrectInstanceStatus", WRONG_INSTANCE_STATUS, 403)
    if disk.zone != instance.zone:
        raise ApiError(
            "ResourcesNotInSameZone",
            "The specified instance and disk are not in the same zone.",
            403,
        )
    taken = {d.device for d in attached}
    device = next(
        name for name in map(device_name, range(1, len(attached) + 2)) if name not in taken
    )
    begin_change(
        call.world,
        replace(
            disk,
            instance_id=instance.instance_id,
            device=device,
            attached=call.world.now,
            type="data",
            delete_with_instance=bool(call.get("DeleteWithInstance", False)),
        ),
        "Attaching",
        ATTACHING_SECONDS,
    )
    return {}


@action("ecs", "DetachDisk", resources=resources.disk_and_instance)
def detach_disk(call: Call) -> Members:
    """Begin to detach a disk; a system disk only from a stopped instance."""
    disk = find_disk(call, call.get("DiskId"))
    instance = call.world.table(Instance).get(call.get("InstanceId"))
    if instance is None or instance.account_id != call.account_id:
        raise ApiError("InvalidInstanceId.NotFound", NO_SUCH_INSTANCE, 404)
    if not disk.instance_id:
        raise ApiError("InvalidDisk.AlreadyDetached", "The specified disk has been detached.", 404)
    if disk.instance_id != instance.instance_id:
        raise ApiError(
            "DependencyViolation",
            "The specified disk has not been attached on the specified instance.",
            403,
        )
    if disk.status != "In_use":
        raise ApiError("IncorrectDiskStatus", WRONG_DISK_STATUS, 403)
    is_system = disk.type == "system"
    if instance.status not in ({"Stopped"} if is_system else {"Running", "Stopped"}):
        raise ApiError("IncorrectInstanceStatus", WRONG_INSTANCE_STATUS, 403)
    begin_change(
        call.world,
        replace(disk, delete_with_instance=bool(call.get("DeleteWithInstance", is_system))),
        "Detaching",
        DETACHING_SECONDS,
    )
    return {}


@action("ecs", "DeleteDisk", resources=resources.disk)
def delete_disk(call: Call) -> Members:
    """Release a detached disk; its manual snapshots stay, and one that is gone is ignored."""
    if call.world.table(Disk).get(call.get("DiskId")) is None:
        return {}
    disk = find_disk(call, call.get("DiskId"))
    if disk.status != "Available":
        raise ApiError("IncorrectDiskStatus", WRONG_DISK_STATUS, 403)
    snapshots = call.world.table(Snapshot).find(disk_id=disk.disk_id)
    if any(snapshot.completes > call.world.now for snapshot in snapshots):
        raise ApiError(
            "DiskCreatingSnapshot",
            "The operation is denied due to a snapshot of the specified disk is not completed yet.",
            403,
        )
    delete_disk_row(call.world, disk)
    return {}


@action("ecs", "ModifyDiskAttribute")
def modify_disk_attribute(call: Call) -> Members:
    """Change name, description and what is released together with a disk.

    Not modelled: automatic snapshot policies and performance bursts.
    """
    one, several = call.get("DiskId"), call.get("DiskIds") or []
    if one and several:
        raise ApiError(
            "ParameterConflict.DiskIdAndDiskIds",
            "Specified parameter DiskId and DiskIds conflict, only one can be chosen.",
        )
    if not one and not several:
        raise ApiError(
            "MissingParameter.DiskIdOrDiskIds", "Specified parameter DiskId or DiskIds is missing."
        )
    fields = {
        "DiskName": "name",
        "Description": "description",
        "DeleteWithInstance": "delete_with_instance",
        "DeleteAutoSnapshot": "delete_auto_snapshot",
    }
    changes = {field: call.get(name) for name, field in fields.items() if name in call.parameters}
    if not changes:
        raise ApiError("NoAttributeToModify", "No attribute to be modified in this request.")
    for disk in [find_disk(call, disk_id) for disk_id in ([one] if one else several)]:
        call.world.table(Disk).put(replace(disk, **changes))
    return {}


def _members(disk: Disk) -> dict[str, Any]:
    attachments = [
        {
            "AttachedTime": iso_seconds(disk.attached or disk.created),
            "Device": disk.device,
            "InstanceId": disk.instance_id,
        }
    ]
    return {
        "AttachedTime": iso_seconds(disk.attached or disk.created) if disk.instance_id else "",
        "Attachments": {"Attachment": attachments if disk.instance_id else []},
        "Category": disk.category,
        "CreationTime": iso_seconds(disk.created),
        "DeleteAutoSnapshot": disk.delete_auto_snapshot,
        "DeleteWithInstance": disk.delete_with_instance,
        "Description": disk.description,
        "DetachedTime": iso_seconds(disk.detached) if disk.detached else "",
        "Device": disk.device,
        "DiskChargeType": "PostPaid",
        "DiskId": disk.disk_id,
        "DiskName": disk.name,
        "EnableAutoSnapshot": True,
        "EnableAutomatedSnapshotPolicy": False,
        "Encrypted": False,
        "ImageId": disk.image_id,
        "InstanceId": disk.instance_id,
        "MultiAttach": "Disabled",
        "OperationLocks": {"OperationLock": []},
        "Portable": True,
        "RegionId": disk.region,
        "Size": disk.size_gib,
        "SourceSnapshotId": disk.source_snapshot_id,
        "Status": disk.status,
        "Tags": tag_members(disk.tags),
        "Type": disk.type,
        "ZoneId": disk.zone,
    }
