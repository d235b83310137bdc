"""The disks that a migration makes, and what is asked of them.

Source: SMC 2019-06-01, CreateReplicationJob, SystemDiskSize and DataDisk. The codes of a size
out of range are not documented. That a size must exceed what the source uses of the disk is not
modelled.
"""

from collections.abc import Mapping
from typing import Any

from emulator.service import ApiError
from emulator.smc.tables import ReplicationJob, SourceServer

SYSTEM_DISK_GIB = range(20, 2048 + 1)
DATA_DISK_GIB = range(20, 32768 + 1)


def check_disks(source: SourceServer, parameters: Mapping[str, Any]) -> None:
    """Refuse disks that the source does not have, or of impossible sizes.

    Raises:
        ApiError: `ReplicationJobDataDiskIndex.Invalid`, `DataDisk.DuplicateIndex`, or a size.
    """
    system = parameters.get("SystemDiskSize")
    if system is not None and int(system) not in SYSTEM_DISK_GIB:
        raise ApiError("InvalidParameter.SystemDiskSize", "SystemDiskSize is out of range.")
    indexes = [_whole_number(disk, "Index") for disk in parameters.get("DataDisk") or []]
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
    for disk in parameters.get("DataDisk") or []:
        if "Size" in disk and _whole_number(disk, "Size") not in DATA_DISK_GIB:
            raise ApiError("InvalidParameter.DataDisk", "The size of a data disk is out of range.")


def target_sizes_gib(source: SourceServer, job: ReplicationJob) -> list[int]:
    """Sizes of the target's disks, the system disk first; the source's where none were given."""
    given = {int(disk["Index"]): disk for disk in job.parameters.get("DataDisk") or []}
    system, *data = source.disk_sizes_gib
    return [
        int(job.parameters.get("SystemDiskSize") or system),
        *(int(given.get(n, {}).get("Size") or size) for n, size in enumerate(data, start=1)),
    ]


def _whole_number(disk: Mapping[str, Any], name: str) -> int:
    given = str(disk.get(name, ""))
    if not given.isdecimal():
        raise ApiError("InvalidParameter.DataDisk", f"DataDisk {name} is not a whole number.")
    return int(given)
