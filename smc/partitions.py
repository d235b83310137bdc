"""Layout of a target's disks: does what is declared fit the server?

What a server uses of its disks is not in the API; the drill looks at that. Here are the rules that
follow from what SMC tells of a source server.
Source: the seed's step 3 ("adjust the disk partition structure"), CreateReplicationJob.
"""

from collections.abc import Iterator, Sequence

from smc.job_fields import DiskInputs, PartitionInputs
from smc.models import SourceDisk, SourcePartition, SourceServer

GIB = 1024**3
MIB = 1024**2
OLDEST_CLIENT = (2, 8, 0)


def size_bytes(size: int | str, disk_gib: int) -> int:
    """A partition's size in bytes: GiB, or a share of the disk, in whole MiB."""
    if isinstance(size, int):
        return size * GIB
    share = int(size.rstrip("%")) * disk_gib * GIB // 100
    return share // MIB * MIB


def layout_problems(disks: Sequence[DiskInputs], source: SourceServer) -> list[str]:
    """Why the declared disks do not fit the server; empty if they do."""
    if not disks:
        return []
    problems = []
    if _version(source.agent_version) < OLDEST_CLIENT:
        problems.append(
            f"its SMC client {source.agent_version or '(unknown)'} is older than 2.8.0, which"
            " changing disks needs; update the client and import the server again"
        )
    known = {disk.index: disk for disk in source.disks}
    for disk in disks:
        if disk.index not in known:
            problems.append(
                f"it has no data disk {disk.index} (it has {len(known) - 1} data disks)"
            )
            continue
        problems += _disk_problems(disk, known[disk.index], "windows" in source.platform.lower())
    return problems


def _disk_problems(disk: DiskInputs, source: SourceDisk, windows: bool) -> Iterator[str]:
    name = "the system disk" if disk.index == 0 else f"data disk {disk.index}"
    if disk.lvm and windows:
        yield f"{name}: there is no LVM on Windows"
    if disk.lvm and disk.index == 0 and not _has_boot(source):
        yield f"{name}: LVM needs a partition of its own for /boot"
    if not disk.partitions:
        needed = sum(partition.size_bytes for partition in source.partitions)
        if disk.size * GIB < needed:
            yield (
                f"{name}: {disk.size} GiB are less than its partitions have"
                f" ({_gib(needed)} GiB); list them with smaller sizes and transfer: file"
            )
        return
    total = sum(size_bytes(partition.size, disk.size) for partition in disk.partitions)
    if total > disk.size * GIB:
        yield f"{name}: its partitions add up to {_gib(total)} GiB, it has {disk.size} GiB"
    yield from _partition_problems(name, disk, source)


def _partition_problems(name: str, disk: DiskInputs, source: SourceDisk) -> Iterator[str]:
    there = {partition.path: partition for partition in source.partitions}
    declared = {partition.path: partition for partition in disk.partitions}
    for path, partition in declared.items():
        found = there.get(path)
        if found is None:
            yield f"{name}: there is no partition {path}; it has {', '.join(there) or 'none'}"
        elif partition.block:
            yield from _block_problems(name, partition, found, disk.size)
    for path, found in there.items():
        if found.needed and path not in declared:
            yield f"{name}: partition {path} is needed and is not listed"


def _block_problems(
    name: str, partition: PartitionInputs, found: SourcePartition, disk_gib: int
) -> Iterator[str]:
    if not found.can_block:
        yield f"{name}: {partition.path} cannot be transferred in blocks; use transfer: file"
    elif size_bytes(partition.size, disk_gib) < found.size_bytes:
        there = _gib(found.size_bytes)
        yield (
            f"{name}: {partition.path} gets smaller than on the server ({there} GiB), which"
            " only transfer: file can do"
        )


def _has_boot(disk: SourceDisk) -> bool:
    return any(partition.path == "/boot" for partition in disk.partitions)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdecimal())


def _gib(number: int) -> str:
    return f"{number / GIB:.1f}".removesuffix(".0")
