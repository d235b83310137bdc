"""Disks and their snapshots.

Source: ECS 2014-05-26 API reference.
"""

from dataclasses import replace
from typing import Any

from emulator.ecs.listing import has_tags, json_ids, page, tag_members
from emulator.ecs.tables import Disk, Snapshot
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_minutes

LARGEST_PAGE = 100


def delete_disk_row(world: World, disk: Disk) -> None:
    """Remove a disk and its automatic snapshots, which never outlive it here."""
    for snapshot in world.table(Snapshot).find(disk_id=disk.disk_id, category="auto"):
        world.table(Snapshot).delete(snapshot.snapshot_id)
    world.table(Disk).delete(disk.disk_id)


def _find(call: Call) -> Disk:
    disk = call.world.table(Disk).get(call.get("DiskId", ""))
    if disk is None or disk.account_id != call.account_id:
        raise ApiError("InvalidDiskId.NotFound", "The specified disk does not exist.", 404)
    return disk


@action("ecs", "DescribeDisks")
def describe_disks(call: Call) -> Members:
    """Disks of a region."""
    ids = json_ids(call, "DiskIds", LARGEST_PAGE)
    found = [
        d
        for d in call.world.table(Disk).find(account_id=call.account_id)
        if d.region == call.get("RegionId")
        and (ids is None or d.disk_id in ids)
        and call.get("InstanceId") in {None, "", d.instance_id}
        and call.get("DiskName") in {None, "", d.name}
        and call.get("DiskType", "all") in {"all", d.type}
        and has_tags(call, d.tags)
    ]
    shown, described = page(call, found, LARGEST_PAGE, _members)
    return {"Disks": {"Disk": shown}, **described}


@action("ecs", "DetachDisk")
def detach_disk(call: Call) -> Members:
    """Detach a data disk."""
    disk = _find(call)
    if disk.type == "system" or disk.instance_id != call.get("InstanceId"):
        raise ApiError("IncorrectDiskStatus", "The current disk status does not support this.", 403)
    call.world.table(Disk).put(replace(disk, instance_id="", device=""))
    return {}


@action("ecs", "DeleteDisk")
def delete_disk(call: Call) -> Members:
    """Release a detached disk."""
    disk = _find(call)
    if disk.instance_id:
        raise ApiError("IncorrectDiskStatus", "The current disk status does not support this.", 403)
    delete_disk_row(call.world, disk)
    return {}


@action("ecs", "DescribeSnapshots")
def describe_snapshots(call: Call) -> Members:
    """Snapshots of a region."""
    disks = {
        d.disk_id
        for d in call.world.table(Disk).find(account_id=call.account_id)
        if call.get("InstanceId") in {None, "", d.instance_id}
    }
    found = [
        s
        for s in call.world.table(Snapshot).find(account_id=call.account_id)
        if s.region == call.get("RegionId")
        and call.get("DiskId") in {None, "", s.disk_id}
        and (not call.get("InstanceId") or s.disk_id in disks)
    ]
    shown, described = page(
        call,
        found,
        LARGEST_PAGE,
        lambda s: {
            "CreationTime": iso_minutes(s.created),
            "SnapshotId": s.snapshot_id,
            "SnapshotName": s.name,
            "SnapshotType": s.category,
            "SourceDiskId": s.disk_id,
            "Status": "accomplished",
        },
    )
    return {"Snapshots": {"Snapshot": shown}, **described}


def _members(disk: Disk) -> dict[str, Any]:
    return {
        "Category": "cloud_essd",
        "CreationTime": iso_minutes(disk.created),
        "DeleteWithInstance": disk.delete_with_instance,
        "Device": disk.device,
        "DiskChargeType": "PostPaid",
        "DiskId": disk.disk_id,
        "DiskName": disk.name,
        "InstanceId": disk.instance_id,
        "RegionId": disk.region,
        "Size": disk.size_gib,
        "Status": "In_use" if disk.instance_id else "Available",
        "Tags": tag_members(disk.tags),
        "Type": disk.type,
        "ZoneId": disk.zone,
    }
