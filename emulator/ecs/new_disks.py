"""The disks that RunInstances is asked for.

Source: ECS 2014-05-26 API reference, RunInstances, SystemDisk and DataDisk. How much of an image's
disks is in use is not known: all of it is assumed to be.
"""

from dataclasses import dataclass
from typing import Any

from emulator.ecs.places import DISK_CATEGORIES
from emulator.ecs.snapshots import find_snapshot
from emulator.ecs.tables import Image
from emulator.service import ApiError, Call

SMALLEST_SYSTEM_DISK_GIB = 20
LARGEST_SYSTEM_DISK_GIB = 2048
LARGEST_DATA_DISK_GIB = 32768
USUAL_SYSTEM_DISK_GIB = 40
USUAL_CATEGORY = "cloud_efficiency"


@dataclass(frozen=True, slots=True)
class WantedDisk:
    """A disk that an instance is made with."""

    size_gib: int
    used_gib: float
    category: str
    name: str
    description: str
    delete_with_instance: bool = True
    snapshot_id: str = ""


def system_disk(call: Call, image: Image) -> WantedDisk:
    """The system disk asked for, else one of the image's size and 40 GiB at least.

    Raises:
        ApiError: `InvalidSystemDiskSize.*`, `InvalidDiskCategory.ValueNotSupported`.
    """
    given = call.get("SystemDisk") or {}
    smallest = max(SMALLEST_SYSTEM_DISK_GIB, image.disk_sizes_gib[0])
    size = _gib(
        given.get("Size", max(USUAL_SYSTEM_DISK_GIB, image.disk_sizes_gib[0])),
        ApiError("InvalidSystemDiskSize.ValueNotSupported", "SystemDisk.Size is not valid."),
    )
    if size < smallest:
        raise ApiError(
            "InvalidSystemDiskSize.LessThanImageSize",
            "The specified parameter SystemDisk.Size is less than the image size.",
            404,
        )
    if size > LARGEST_SYSTEM_DISK_GIB:
        raise ApiError(
            "InvalidSystemDiskSize.MoreThanMaxSize",
            "The specified parameter SystemDisk.Size is more than the max size.",
            404,
        )
    return WantedDisk(
        size,
        float(image.disk_sizes_gib[0]),
        _category(given),
        given.get("DiskName", ""),
        given.get("Description", ""),
    )


def data_disks(call: Call, image: Image) -> list[WantedDisk]:
    """The image's own data disks, then those that were asked for.

    Raises:
        ApiError: `InvalidDataDiskSize.ValueNotSupported`, `InvalidSnapshotId.NotFound`,
            `InvalidDiskCategory.ValueNotSupported`.
    """
    disks = [
        WantedDisk(size, float(size), USUAL_CATEGORY, "", "") for size in image.disk_sizes_gib[1:]
    ]
    refused = ApiError(
        "InvalidDataDiskSize.ValueNotSupported",
        "The specified DataDisk.n.Size beyond the permitted range, or the capacity of snapshot"
        " exceeds the size limit of the specified disk category.",
    )
    for given in call.get("DataDisk") or []:
        snapshot_id = given.get("SnapshotId") or ""
        snapshot = find_snapshot(call, snapshot_id) if snapshot_id else None
        size = snapshot.size_gib if snapshot else _gib(given.get("Size"), refused)
        if not 1 <= size <= LARGEST_DATA_DISK_GIB:
            raise refused
        disks.append(
            WantedDisk(
                size,
                snapshot.used_gib if snapshot else 0.0,
                _category(given),
                given.get("DiskName", ""),
                given.get("Description", ""),
                bool(given.get("DeleteWithInstance", True)),
                snapshot_id,
            )
        )
    return disks


def _category(given: dict[str, Any]) -> str:
    category = given.get("Category", USUAL_CATEGORY)
    if category not in DISK_CATEGORIES:
        raise ApiError(
            "InvalidDiskCategory.ValueNotSupported",
            'The specified parameter "DiskCategory" is not valid.',
        )
    return str(category)


def _gib(given: Any, refused: ApiError) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise refused from None
