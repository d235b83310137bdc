"""ECS 2014-05-26: snapshots of disks, and bringing disks back to them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smc.api._call import call, nothing
from smc.api._fields import needed, total_count, utc_time
from smc.api._paging import ECS_PAGE, all_pages
from smc.clients import Clients
from smc.models import Snapshot

if TYPE_CHECKING:
    from alibabacloud_ecs20140526 import models as ecs


def create_snapshot(
    clients: Clients,
    region: str,
    disk_id: str,
    *,
    name: str,
    tags: Mapping[str, str],
    retention_days: int,
    client_token: str,
) -> str:
    """Begin a snapshot of a disk and return its id.

    Args:
        clients: of the account of the disk.
        region: of the disk.
        disk_id: the disk; its instance must be Running or Stopped.
        name: 2 to 128 characters, a letter first.
        tags: tags of the snapshot.
        retention_days: ECS deletes it by itself after so many days, 1 to 65536.
        client_token: the same token gives the same snapshot.

    Raises:
        ApiError: among others `IncorrectDiskStatus.CreatingSnapshot`, `QuotaExceed.Snapshot`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.CreateSnapshotRequest(
        disk_id=disk_id,
        snapshot_name=name,
        retention_days=retention_days,
        client_token=client_token,
        tag=[ecs.CreateSnapshotRequestTag(key=k, value=v) for k, v in tags.items()],
    )
    method = clients.ecs(region).create_snapshot
    return call(clients, "ecs:CreateSnapshot", method, request, _snapshot_id)


def _snapshot_id(body: Any) -> str:
    return str(needed(body.snapshot_id, "SnapshotId"))


def describe_snapshots(clients: Clients, region: str, tags: Mapping[str, str]) -> list[Snapshot]:
    """The account's snapshots in a region that carry all these tags."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    wanted = [ecs.DescribeSnapshotsRequestTag(key=k, value=v) for k, v in tags.items()]
    request = ecs.DescribeSnapshotsRequest(region_id=region, tag=wanted)
    return all_pages(lambda number: _page(clients, region, request, number), ECS_PAGE)


def _page(
    clients: Clients, region: str, request: "ecs.DescribeSnapshotsRequest", number: int
) -> tuple[list[Snapshot], int]:
    request.page_number = number
    request.page_size = ECS_PAGE
    method = clients.ecs(region).describe_snapshots
    return call(clients, "ecs:DescribeSnapshots", method, request, _snapshots)


def _snapshots(body: Any) -> tuple[list[Snapshot], int]:
    listed = body.snapshots.snapshot if body.snapshots else None
    return [_snapshot(s) for s in listed or []], total_count(body)


def delete_snapshot(clients: Clients, region: str, snapshot_id: str) -> None:
    """Delete a snapshot of which no image is left; one that is gone already is fine."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    # Force is for snapshots that disks were made of: an image's snapshots may have been.
    request = ecs.DeleteSnapshotRequest(snapshot_id=snapshot_id, force=True)
    call(clients, "ecs:DeleteSnapshot", clients.ecs(region).delete_snapshot, request, nothing)


def reset_disk(clients: Clients, region: str, disk_id: str, snapshot_id: str) -> None:
    """Bring a disk back to one of its own snapshots; its instance must be Stopped.

    Raises:
        ApiError: among others `InvalidParameter.Mismatch`: the snapshot is another disk's.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.ResetDiskRequest(disk_id=disk_id, snapshot_id=snapshot_id)
    call(clients, "ecs:ResetDisk", clients.ecs(region).reset_disk, request, nothing)


def _snapshot(given: Any) -> Snapshot:
    tags = given.tags.tag if given.tags else None
    return Snapshot(
        snapshot_id=needed(given.snapshot_id, "SnapshotId"),
        name=given.snapshot_name or "",
        disk_id=given.source_disk_id or "",
        size_gib=int(given.source_disk_size or 0),
        status=given.status or "",
        progress=given.progress or "",
        created=utc_time(given.creation_time),
        tags={tag.tag_key: tag.tag_value or "" for tag in tags or []},
    )
