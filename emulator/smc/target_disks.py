"""The disks and partitions of sources and targets, and what is asked of those that a job makes.

The emulator's servers have one partition on each disk. Ranges and counts are the validator's.
Source: SMC 2019-06-01, CreateReplicationJob: SystemDiskSize, SystemDiskPart, DataDisk, Disks; the
codes of sizes that are too small and of partitions that do not fit are not documented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.service import ApiError
from emulator.smc.tables import ReplicationJob, SourceServer

BYTES_PER_GIB = 1024**3

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Partition:
    """The only partition of a source's disk. `device` is disk_partition, both from 0."""

    device: str
    path: str
    size_bytes: int


def partitions(source: SourceServer) -> list[Partition]:
    """Of each disk, the system disk first."""
    windows = source.platform.startswith("Windows")
    return [
        Partition(f"{n}_0", _path(n, windows=windows), size * BYTES_PER_GIB)
        for n, size in enumerate(source.disk_sizes_gib)
    ]


def check_disks(source: SourceServer, parameters: Parameters) -> None:
    """Refuse disks that the source does not have, that cannot hold its data, or their partitions.

    Raises:
        ApiError: `ReplicationJobDataDiskIndex.Invalid`, `DataDisk.DuplicateIndex`, or
            `InvalidParameter.` with SystemDiskSize, SystemDiskPart, DataDisk or Disks.
    """
    data = parameters.get("DataDisk") or []
    indexes = [disk.get("Index") for disk in data]
    if len(set(indexes)) < len(indexes):
        raise ApiError(
            "DataDisk.DuplicateIndex",
            "The source server data disk cannot contain the same index.",
        )
    if set(indexes) - set(range(1, len(source.disk_sizes_gib))):
        raise ApiError(
            "ReplicationJobDataDiskIndex.Invalid",
            "The specified replication job contains data disk index not found in source server.",
        )
    shaped = parameters.get("Disks") or {}
    if len(shaped.get("Data") or []) >= len(source.disk_sizes_gib):
        raise _refusal("Disks", "has more data disks than the source server")
    sizes = target_sizes_gib(source, parameters)
    named = ["SystemDiskSize", *("DataDisk" for _ in sizes[1:])]
    disks = zip(sizes, source.disk_sizes_gib, source.disks_used_gib, named, strict=True)
    for size, source_size, used, name in disks:
        if size < source_size and size <= used:
            raise _refusal("Disks" if shaped else name, "is not larger than the data of the disk")
    _check_parts(parameters.get("SystemDiskPart") or [], sizes[0], "SystemDiskPart")
    for disk in data:
        _check_parts(disk.get("Part") or [], sizes[disk["Index"]], "DataDisk")
    in_order = [shaped.get("System") or {}, *(shaped.get("Data") or [])]
    for disk, size in zip(in_order, sizes, strict=False):
        if _bytes_of(disk.get("Part") or []) > size * BYTES_PER_GIB:
            raise _refusal("Disks", "has partitions that exceed their disk")


def target_sizes_gib(source: SourceServer, parameters: Parameters) -> list[int]:
    """Sizes of the target's disks, the system disk first; the source's where none were given."""
    by_index = {disk["Index"]: disk for disk in parameters.get("DataDisk") or []}
    shaped = parameters.get("Disks") or {}
    in_order = shaped.get("Data") or []
    system, *data = source.disk_sizes_gib
    sizes = [(shaped.get("System") or {}).get("Size") or parameters.get("SystemDiskSize") or system]
    for n, size in enumerate(data, start=1):
        given = in_order[n - 1] if n <= len(in_order) else {}
        sizes.append(given.get("Size") or by_index.get(n, {}).get("Size") or size)
    return sizes


def job_disks(source: SourceServer, job: ReplicationJob) -> dict[str, Any]:
    """The members of a job that show its disks: in the old form, and in the new one if it came."""
    given = job.parameters
    parts = partitions(source)
    by_index = {disk["Index"]: disk for disk in given.get("DataDisk") or []}
    system, *data = target_sizes_gib(source, given)
    shown: dict[str, Any] = {
        "SystemDiskSize": system,
        "SystemDiskParts": {
            "SystemDiskPart": _shown_parts(given.get("SystemDiskPart") or [], parts[0])
        },
        "DataDisks": {
            "DataDisk": [
                {
                    "Index": n,
                    "Size": size,
                    "Parts": {
                        "Part": _shown_parts(by_index.get(n, {}).get("Part") or [], parts[n])
                    },
                }
                for n, size in enumerate(data, start=1)
            ]
        },
    }
    shaped = given.get("Disks")
    if shaped:
        shown["Disks"] = {
            "System": _shaped(shaped.get("System") or {}),
            "Data": {"Data": [_shaped(disk) for disk in shaped.get("Data") or []]},
        }
    return shown


def _shown_parts(given: Sequence[Parameters], default: Partition) -> list[dict[str, Any]]:
    if not given:
        return [{"Device": default.device, "SizeBytes": default.size_bytes, "Block": True}]
    return [{"Block": True, **part} for part in given]


def _shaped(disk: Parameters) -> dict[str, Any]:
    return {
        **{k: v for k, v in disk.items() if k != "Part"},
        "Parts": {"Part": disk.get("Part", [])},
    }


def _check_parts(parts: Sequence[Parameters], size_gib: int, name: str) -> None:
    if any(("Device" in part) != ("SizeBytes" in part) for part in parts):
        raise _refusal(name, "needs Device and SizeBytes together")
    if _bytes_of(parts) > size_gib * BYTES_PER_GIB:
        raise _refusal(name, "has partitions that exceed their disk")


def _bytes_of(parts: Sequence[Parameters]) -> int:
    return sum(part.get("SizeBytes", 0) for part in parts)


def _path(disk: int, *, windows: bool) -> str:
    if windows:
        return f"{chr(ord('C') + disk)}:"
    return f"/data{disk}" if disk else "/"


def _refusal(name: str, reason: str) -> ApiError:
    return ApiError(f"InvalidParameter.{name}", f"The specified parameter {name} {reason}.")
