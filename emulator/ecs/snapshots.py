"""Snapshots of disks.

Source: ECS 2014-05-26 API reference. How fast a snapshot is made is not documented.
"""

from datetime import timedelta
from typing import Any

from emulator.ecs import resources
from emulator.ecs.billing import close_bill
from emulator.ecs.disks import WRONG_DISK_STATUS, WRONG_INSTANCE_STATUS, find_disk
from emulator.ecs.idempotence import once
from emulator.ecs.listing import (
    created_within,
    given_tags,
    has_tags,
    is_given,
    json_ids,
    name_matches,
    page,
    refuse_dry_run,
    tag_members,
)
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds, on_event

LARGEST_PAGE = 100
MOST_MANUAL_SNAPSHOTS = 256
SECONDS_BEFORE_DATA = 30.0
SECONDS_PER_GIB = 10.0
EXPIRES = "ecs.snapshot_expires"


def snapshot_status(world: World, snapshot: Snapshot) -> tuple[str, int]:
    """Either progressing or accomplished, and the progress in percent."""
    if snapshot.completes <= world.now:
        return "accomplished", 100
    whole = (snapshot.completes - snapshot.created).total_seconds()
    return "progressing", int((world.now - snapshot.created).total_seconds() * 100 / whole)


def delete_snapshot_row(world: World, snapshot: Snapshot) -> None:
    """Remove a snapshot, and the plan to do so later."""
    world.cancel(EXPIRES, snapshot.snapshot_id)
    close_bill(world, snapshot)
    world.table(Snapshot).delete(snapshot.snapshot_id)


@on_event(EXPIRES)
def _expires(world: World, snapshot_id: str) -> None:
    snapshot = world.table(Snapshot).get(snapshot_id)
    if snapshot is not None:
        delete_snapshot_row(world, snapshot)


@action("ecs", "CreateSnapshot", resources=resources.disk_and_new_snapshot)
def create_snapshot(call: Call) -> Members:
    """Begin a snapshot of a disk, one at a time.

    Not modelled: local and archived snapshots, instant access.
    """
    return once(call, lambda: _create(call))


def _create(call: Call) -> Members:
    disk = find_disk(call, call.get("DiskId"))
    name = call.get("SnapshotName") or ""
    if name and (not name[0].isalpha() or name.startswith(("auto", "http://", "https://"))):
        raise ApiError(
            "InvalidSnapshotName.Malformed", "The specified SnapshotName is wrongly formed."
        )
    days = call.get("RetentionDays")
    instance = call.world.table(Instance).get(disk.instance_id)
    if instance is not None and instance.status not in {"Running", "Stopped"}:
        raise ApiError("IncorrectInstanceStatus", WRONG_INSTANCE_STATUS, 403)
    if disk.changing_to:
        raise ApiError("IncorrectDiskStatus", WRONG_DISK_STATUS, 403)
    earlier = call.world.table(Snapshot).find(disk_id=disk.disk_id)
    if any(snapshot.completes > call.world.now for snapshot in earlier):
        raise ApiError(
            "IncorrectDiskStatus.CreatingSnapshot",
            "A previous snapshot creation is in process.",
            403,
        )
    if sum(snapshot.category == "user" for snapshot in earlier) >= MOST_MANUAL_SNAPSHOTS:
        raise ApiError("QuotaExceed.Snapshot", "The snapshot quota exceeds.", 403)
    seconds = SECONDS_BEFORE_DATA + disk.used_gib * SECONDS_PER_GIB
    snapshot = call.world.table(Snapshot).put(
        Snapshot(
            snapshot_id=call.world.new_id("s-bp1"),
            account_id=disk.account_id,
            region=disk.region,
            disk_id=disk.disk_id,
            disk_type=disk.type,
            size_gib=disk.size_gib,
            used_gib=disk.used_gib,
            name=name,
            category="user",
            created=call.world.now,
            completes=call.world.now + timedelta(seconds=seconds),
            origin=f"CreateSnapshot by {call.caller.arn}",
            os_type=instance.os_type if instance else "",
            os_name=instance.os_name if instance else "",
            description=call.get("Description") or "",
            retention_days=days,
            tags={key: value or "" for key, value in given_tags(call).items()},
        )
    )
    if days is not None:
        call.world.schedule(call.world.now + timedelta(days=days), EXPIRES, snapshot.snapshot_id)
    return {"SnapshotId": snapshot.snapshot_id}


@action("ecs", "DeleteSnapshot", resources=resources.snapshot)
def delete_snapshot(call: Call) -> Members:
    """Delete a snapshot that nothing was made of; one that is gone is ignored."""
    snapshot = call.world.table(Snapshot).get(call.get("SnapshotId"))
    if snapshot is None:
        return {}
    snapshot = find_snapshot(call, snapshot.snapshot_id)
    used_by_image, used_by_disk = _usage(call.world, snapshot)
    if used_by_image:
        raise ApiError(
            "SnapshotCreatedImage",
            "The snapshot has been used to create user defined image(s).",
            403,
        )
    if used_by_disk and not call.get("Force"):
        raise ApiError("SnapshotCreatedDisk", "The snapshot has been used to create disk(s).", 403)
    delete_snapshot_row(call.world, snapshot)
    return {}


@action("ecs", "DescribeSnapshots")
def describe_snapshots(call: Call) -> Members:
    """Snapshots of a region, of one disk, or of an instance's disks.

    Not modelled: snapshot chains, encrypted and archived snapshots.
    """
    ids = json_ids(call, "SnapshotIds")
    in_time = created_within(call)
    of_instance = call.get("InstanceId")
    disks = {d.disk_id for d in call.world.table(Disk).find(instance_id=of_instance or "")}
    found = [
        s
        for s in call.world.table(Snapshot).find(account_id=call.account_id)
        if s.region == call.get("RegionId")
        and (ids is None or s.snapshot_id in ids)
        and (not of_instance or s.disk_id in disks)
        and is_given(call.get("DiskId"), s.disk_id)
        and call.get("SnapshotType") in {None, "all", s.category}
        and call.get("Status") in {None, "all", snapshot_status(call.world, s)[0]}
        and call.get("Usage") in {None, _usage_name(call.world, s)}
        and is_given(call.get("SourceDiskType"), s.disk_type)
        and name_matches(call.get("SnapshotName"), s.name)
        and in_time(s.created)
        and has_tags(call, s.tags)
    ]
    refuse_dry_run(call)
    shown, described = page(call, found, LARGEST_PAGE, lambda s: _members(call.world, s))
    return {"Snapshots": {"Snapshot": shown}, **described}


def find_snapshot(call: Call, snapshot_id: str) -> Snapshot:
    """A snapshot of the caller's account.

    Raises:
        ApiError: `InvalidSnapshotId.NotFound`.
    """
    snapshot = call.world.table(Snapshot).get(snapshot_id)
    if snapshot is None or snapshot.account_id != call.account_id:
        raise ApiError(
            "InvalidSnapshotId.NotFound", "The specified SnapshotId does not exist.", 404
        )
    return snapshot


def _usage(world: World, snapshot: Snapshot) -> tuple[bool, bool]:
    images = world.table(Image).find(account_id=snapshot.account_id)
    disks = world.table(Disk).find(account_id=snapshot.account_id)
    return (
        any(snapshot.snapshot_id in image.snapshot_ids for image in images),
        any(disk.source_snapshot_id == snapshot.snapshot_id for disk in disks),
    )


def _usage_name(world: World, snapshot: Snapshot) -> str:
    used_by = zip(("image", "disk"), _usage(world, snapshot), strict=True)
    return "_".join(what for what, used in used_by if used) or "none"


def _members(world: World, snapshot: Snapshot) -> dict[str, Any]:
    status, progress = snapshot_status(world, snapshot)
    left = (snapshot.completes - world.now).total_seconds()
    return {
        "Available": status == "accomplished",
        "Category": "standard",
        "CreationTime": iso_seconds(snapshot.created),
        "Description": snapshot.description,
        "Encrypted": False,
        "InstantAccess": False,
        "LastModifiedTime": iso_seconds(min(snapshot.completes, world.now)),
        "Progress": f"{progress}%",
        "RegionId": snapshot.region,
        "RemainTime": max(int(left), 0),
        "RetentionDays": snapshot.retention_days,
        "SnapshotId": snapshot.snapshot_id,
        "SnapshotName": snapshot.name,
        "SnapshotType": snapshot.category,
        "SourceDiskId": snapshot.disk_id,
        "SourceDiskSize": str(snapshot.size_gib),
        "SourceDiskType": snapshot.disk_type,
        "SourceStorageType": "disk",
        "Status": status,
        "Tags": tag_members(snapshot.tags),
        "Usage": _usage_name(world, snapshot),
    }
