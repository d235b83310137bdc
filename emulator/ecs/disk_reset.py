"""Bringing disks back to a snapshot.

Source: ECS 2014-05-26 API reference, ResetDisk, ResetDisks. How long it takes is not documented.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from emulator.ecs import resources
from emulator.ecs.disks import (
    WRONG_DISK_STATUS,
    WRONG_INSTANCE_STATUS,
    begin_change,
    find_disk,
)
from emulator.ecs.listing import refuse_dry_run
from emulator.ecs.snapshots import find_snapshot
from emulator.ecs.tables import Disk, Instance, Snapshot
from emulator.service import ApiError, Call, Members, action
from emulator.world import World

RESETTING_SECONDS = 60.0


@action("ecs", "ResetDisk", resources=resources.disk_and_snapshot)
def reset_disk(call: Call) -> Members:
    """Bring a disk back to one of its own snapshots; its instance must be stopped."""
    disk, snapshot = _checked(call, call.parameters)
    refuse_dry_run(call)
    _reset(call.world, disk, snapshot)
    return {}


@action("ecs", "ResetDisks")
def reset_disks(call: Call) -> Members:
    """Bring several disks back; when one of them cannot be, none is."""
    checked = [_checked(call, wanted) for wanted in call.get("Disk")]
    refuse_dry_run(call)
    for disk, snapshot in checked:
        _reset(call.world, disk, snapshot)
    progress = [
        {
            "ErrorCode": "",
            "ErrorMsg": "",
            "OperationStatus": "Success",
            "RelatedItemSet": {
                "RelatedItem": [
                    {"Name": "DiskId", "Value": disk.disk_id},
                    {"Name": "SnapshotId", "Value": snapshot.snapshot_id},
                ]
            },
        }
        for disk, snapshot in checked
    ]
    return {"OperationProgressSet": {"OperationProgress": progress}}


def _checked(call: Call, wanted: Mapping[str, Any]) -> tuple[Disk, Snapshot]:
    disk = find_disk(call, str(wanted.get("DiskId", "")))
    snapshot = find_snapshot(call, str(wanted.get("SnapshotId", "")))
    if snapshot.disk_id != disk.disk_id:
        raise ApiError(
            "InvalidParameter.Mismatch",
            "The specified snapshot is not created from the specified disk.",
            403,
        )
    if disk.status not in {"In_use", "Available"}:
        raise ApiError("IncorrectDiskStatus", WRONG_DISK_STATUS, 403)
    instance = call.world.table(Instance).get(disk.instance_id)
    if instance is not None and instance.status != "Stopped":
        raise ApiError("IncorrectInstanceStatus", WRONG_INSTANCE_STATUS, 403)
    if snapshot.completes > call.world.now:
        raise ApiError(
            "InvalidSnapshotId.NotReady", "The specified snapshot has not completed yet.", 403
        )
    if any(
        s.completes > call.world.now for s in call.world.table(Snapshot).find(disk_id=disk.disk_id)
    ):
        raise ApiError(
            "IncorrectDiskStatus.HasUnfinishedSnapshot",
            "The current disk has unfinished snapshot.",
            403,
        )
    return disk, snapshot


def _reset(world: World, disk: Disk, snapshot: Snapshot) -> None:
    begin_change(world, replace(disk, used_gib=snapshot.used_gib), "ReIniting", RESETTING_SECONDS)
    instance = world.table(Instance).get(disk.instance_id)
    if instance is not None and disk.type == "system":
        world.table(Instance).put(
            replace(instance, os_type=snapshot.os_type, os_name=snapshot.os_name)
        )
