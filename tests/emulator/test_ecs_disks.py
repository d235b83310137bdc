"""Disks, snapshots and resets: states and progress on the virtual clock, documented refusals."""

import json
from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from emulator.ecs.tables import Disk, Instance, Snapshot
from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal


def disk(cloud: Cloud, disk_id: str) -> Any:
    request = sdk.DescribeDisksRequest(region_id=REGION, disk_ids=json.dumps([disk_id]))
    (found,) = client(cloud).describe_disks(request).body.disks.disk
    return found


def snapshot(cloud: Cloud, snapshot_id: str) -> Any:
    request = sdk.DescribeSnapshotsRequest(region_id=REGION, snapshot_ids=json.dumps([snapshot_id]))
    found = client(cloud).describe_snapshots(request).body.snapshots.snapshot
    return found[0] if found else None


def make_snapshot(cloud: Cloud, disk_id: str, **changes: Any) -> str:
    request = sdk.CreateSnapshotRequest(disk_id=disk_id, **changes)
    return str(client(cloud).create_snapshot(request).body.snapshot_id)


def test_detaching_takes_a_minute_and_only_then_it_can_be_deleted(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ecs.detach_disk(sdk.DetachDiskRequest(instance_id="i-web", disk_id="d-data"))
    assert disk(ecs_cloud, "d-data").status == "Detaching"
    delete = sdk.DeleteDiskRequest(disk_id="d-data")
    assert refusal(ecs.delete_disk, delete) == "IncorrectDiskStatus"
    ecs_cloud.world.clock.advance(60)
    assert (disk(ecs_cloud, "d-data").status, disk(ecs_cloud, "d-data").instance_id) == (
        "Available",
        "",
    )
    ecs.delete_disk(delete)
    assert ecs_cloud.world.table(Disk).get("d-data") is None
    # Documented: a disk that does not exist is ignored.
    ecs.delete_disk(delete)


def test_a_disk_is_attached_under_the_next_free_device(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ecs.attach_disk(sdk.AttachDiskRequest(instance_id="i-web", disk_id="d-spare"))
    assert disk(ecs_cloud, "d-spare").status == "Attaching"
    ecs_cloud.world.clock.advance(60)
    shown = disk(ecs_cloud, "d-spare")
    assert (shown.status, shown.device, shown.type) == ("In_use", "/dev/xvdc", "data")
    assert shown.delete_with_instance is False


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("Detach", {"instance_id": "i-web", "disk_id": "d-system"}, "IncorrectInstanceStatus"),
        ("Detach", {"instance_id": "i-web", "disk_id": "d-stopped"}, "DependencyViolation"),
        ("Detach", {"instance_id": "i-web", "disk_id": "d-spare"}, "InvalidDisk.AlreadyDetached"),
        ("Detach", {"instance_id": "i-web", "disk_id": "d-none"}, "InvalidDiskId.NotFound"),
        ("Detach", {"instance_id": "i-no", "disk_id": "d-data"}, "InvalidInstanceId.NotFound"),
        ("Attach", {"instance_id": "i-web", "disk_id": "d-data"}, "IncorrectDiskStatus"),
        ("Attach", {"instance_id": "i-web", "disk_id": "d-far"}, "ResourcesNotInSameZone"),
    ],
)
def test_disks_that_cannot_be_moved(
    ecs_cloud: Cloud, action: str, parameters: dict[str, str], code: str
) -> None:
    request = getattr(sdk, f"{action}DiskRequest")(**parameters)
    assert refusal(getattr(client(ecs_cloud), f"{action.lower()}_disk"), request) == code


def test_a_snapshot_makes_progress_and_is_the_only_one_meanwhile(ecs_cloud: Cloud) -> None:
    snapshot_id = make_snapshot(ecs_cloud, "d-system", snapshot_name="before")
    assert snapshot(ecs_cloud, snapshot_id).status == "progressing"
    again = sdk.CreateSnapshotRequest(disk_id="d-system")
    refused = refusal(client(ecs_cloud).create_snapshot, again)
    assert refused == "IncorrectDiskStatus.CreatingSnapshot"
    ecs_cloud.world.clock.advance(75)
    half = snapshot(ecs_cloud, snapshot_id)
    assert (half.progress, half.status, half.remain_time) == ("50%", "progressing", 75)
    ecs_cloud.world.clock.advance(75)
    done = snapshot(ecs_cloud, snapshot_id)
    assert (done.progress, done.status, done.source_disk_size) == ("100%", "accomplished", "40")


def test_the_same_token_makes_one_snapshot(ecs_cloud: Cloud) -> None:
    first = make_snapshot(ecs_cloud, "d-data", client_token="t-1")
    assert make_snapshot(ecs_cloud, "d-data", client_token="t-1") == first
    other = sdk.CreateSnapshotRequest(disk_id="d-system", client_token="t-1")
    assert refusal(client(ecs_cloud).create_snapshot, other) == "IdempotentParameterMismatch"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"snapshot_name": "auto1"}, "InvalidSnapshotName.Malformed"),
        ({"snapshot_name": "1st"}, "InvalidSnapshotName.Malformed"),
        ({"retention_days": 65537}, "InvalidRetentionDays.Malformed"),
        ({"disk_id": "d-none"}, "InvalidDiskId.NotFound"),
        ({"client_token": "\N{SNOWMAN}"}, "InvalidClientToken.Malformed"),
    ],
)
def test_snapshots_that_are_refused(ecs_cloud: Cloud, changes: dict[str, Any], code: str) -> None:
    request = sdk.CreateSnapshotRequest(**({"disk_id": "d-data"} | changes))
    assert refusal(client(ecs_cloud).create_snapshot, request) == code


def test_a_snapshot_goes_when_its_days_are_over(ecs_cloud: Cloud) -> None:
    snapshot_id = make_snapshot(ecs_cloud, "d-data", retention_days=1)
    ecs_cloud.world.clock.advance(86399)
    assert snapshot(ecs_cloud, snapshot_id) is not None
    ecs_cloud.world.clock.advance(1)
    assert snapshot(ecs_cloud, snapshot_id) is None


def test_a_snapshot_that_an_image_is_made_of_stays(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    delete = sdk.DeleteSnapshotRequest(snapshot_id="s-old", force=True)
    assert refusal(ecs.delete_snapshot, delete) == "SnapshotCreatedImage"
    ecs.delete_image(sdk.DeleteImageRequest(region_id=REGION, image_id="m-of-snapshot"))
    ecs.delete_snapshot(delete)
    assert ecs_cloud.world.table(Snapshot).get("s-old") is None
    ecs.delete_snapshot(delete)


def test_a_reset_brings_back_the_system_of_a_stopped_instance(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    snapshot_id = make_snapshot(ecs_cloud, "d-stopped")
    reset = sdk.ResetDiskRequest(disk_id="d-stopped", snapshot_id=snapshot_id)
    assert refusal(ecs.reset_disk, reset) == "InvalidSnapshotId.NotReady"
    ecs_cloud.world.clock.advance(600)
    instances = ecs_cloud.world.table(Instance)
    instance, system = instances.get("i-stopped"), ecs_cloud.world.table(Disk).get("d-stopped")
    assert instance is not None
    assert system is not None
    with ecs_cloud.world.transaction():
        instances.put(replace(instance, os_name="Something else"))
        ecs_cloud.world.table(Disk).put(replace(system, used_gib=30.0))
    dry = sdk.ResetDiskRequest(disk_id="d-stopped", snapshot_id=snapshot_id, dry_run=True)
    assert refusal(ecs.reset_disk, dry) == "DryRunOperation"
    assert disk(ecs_cloud, "d-stopped").status == "In_use"
    ecs.reset_disk(reset)
    assert disk(ecs_cloud, "d-stopped").status == "ReIniting"
    start = sdk.StartInstanceRequest(instance_id="i-stopped")
    assert refusal(ecs.start_instance, start) == "DiskError"
    ecs_cloud.world.clock.advance(120)
    assert disk(ecs_cloud, "d-stopped").status == "In_use"
    restored = instances.get("i-stopped")
    assert restored is not None
    assert restored.os_name == "Ubuntu 22.04 64 bit"
    again = ecs_cloud.world.table(Disk).get("d-stopped")
    assert again is not None
    assert again.used_gib == 3


@pytest.mark.parametrize(
    ("disk_id", "snapshot_id", "code"),
    [
        ("d-system", "s-old", "IncorrectInstanceStatus"),
        ("d-stopped", "s-old", "InvalidParameter.Mismatch"),
        ("d-stopped", "s-none", "InvalidSnapshotId.NotFound"),
        ("d-none", "s-old", "InvalidDiskId.NotFound"),
    ],
)
def test_resets_that_are_refused(
    ecs_cloud: Cloud, disk_id: str, snapshot_id: str, code: str
) -> None:
    request = sdk.ResetDiskRequest(disk_id=disk_id, snapshot_id=snapshot_id)
    assert refusal(client(ecs_cloud).reset_disk, request) == code


def test_several_disks_are_reset_or_none(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    wanted = {disk_id: make_snapshot(ecs_cloud, disk_id) for disk_id in ("d-stopped", "d-spare")}
    ecs_cloud.world.clock.advance(600)
    pairs = [
        sdk.ResetDisksRequestDisk(disk_id=disk_id, snapshot_id=snapshot_id)
        for disk_id, snapshot_id in wanted.items()
    ]
    wrong = sdk.ResetDisksRequestDisk(disk_id="d-spare", snapshot_id="s-old")
    refused = sdk.ResetDisksRequest(region_id=REGION, disk=[pairs[0], wrong])
    assert refusal(ecs.reset_disks, refused) == "InvalidParameter.Mismatch"
    assert disk(ecs_cloud, "d-stopped").status == "In_use"
    body = ecs.reset_disks(sdk.ResetDisksRequest(region_id=REGION, disk=pairs)).body
    progress = body.operation_progress_set.operation_progress
    assert [p.operation_status for p in progress] == ["Success", "Success"]
    assert disk(ecs_cloud, "d-spare").status == "ReIniting"


def test_a_disk_can_be_told_to_go_with_its_instance(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    request = sdk.ModifyDiskAttributeRequest(
        region_id=REGION, disk_id="d-data", delete_with_instance=True
    )
    ecs.modify_disk_attribute(request)
    assert disk(ecs_cloud, "d-data").delete_with_instance is True
    nothing = sdk.ModifyDiskAttributeRequest(region_id=REGION, disk_id="d-data")
    assert refusal(ecs.modify_disk_attribute, nothing) == "NoAttributeToModify"


def test_an_image_in_use_is_deleted_by_force_only(ecs_cloud: Cloud) -> None:
    instances = ecs_cloud.world.table(Instance)
    web = instances.get("i-web")
    assert web is not None
    with ecs_cloud.world.transaction():
        instances.put(replace(web, image_id="m-mine"))
    ecs = client(ecs_cloud)
    plain = sdk.DeleteImageRequest(region_id=REGION, image_id="m-mine")
    assert refusal(ecs.delete_image, plain) == "ImageUsingByInstance"
    ecs.delete_image(sdk.DeleteImageRequest(region_id=REGION, image_id="m-mine", force=True))
    ecs.delete_image(plain)
    public = sdk.DeleteImageRequest(region_id=REGION, image_id="m-public")
    assert refusal(ecs.delete_image, public) == "InvalidImageId.NotFound"
