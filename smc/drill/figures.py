"""How much data a migration moves, how fast, how long: measured in a rehearsal, else estimated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smc.estimate.duration import GIB, INBOUND_MBIT_PER_SECOND, estimated_seconds
from smc.models import SourceServer


@dataclass(frozen=True, slots=True)
class Measured:
    """What a rehearsal took: from its job's start to its end, and of it the transfer, in seconds.

    None for what was not reached, or not seen.
    """

    seconds: float | None = None
    transfer_seconds: float | None = None


def figures(
    source: SourceServer, used_percent: Mapping[str, int], measured: Measured
) -> dict[str, Any]:
    """The figures of a report.

    Args:
        source: the source server with its disks.
        used_percent: mount point or drive -> percent in use, as far as the server tells.
        measured: what a rehearsal took.

    Returns:
        volume_bytes, and volume_of: `files`, or `disks` where only their sizes are known;
        seconds: of the whole migration, and bytes_per_second: uncompressed, None if not known;
        basis: `rehearsal` or `estimate`.
    """
    volume, of = _volume(source, used_percent)
    if measured.seconds is None:
        return {
            "volume_bytes": volume,
            "volume_of": of,
            "seconds": round(estimated_seconds(volume, INBOUND_MBIT_PER_SECOND)),
            "bytes_per_second": None,
            "basis": "estimate",
        }
    transfer = measured.transfer_seconds
    return {
        "volume_bytes": volume,
        "volume_of": of,
        "seconds": round(measured.seconds),
        "bytes_per_second": round(volume / transfer) if transfer else None,
        "basis": "rehearsal",
    }


def in_words(told: Mapping[str, Any]) -> str:
    """`9 GiB of files, about 19 min: estimated at 100 Mbit/s`."""
    volume = f"{told['volume_bytes'] / GIB:.0f} GiB of {told['volume_of']}"
    minutes = f"{told['seconds'] / 60:.0f} min"
    if told["basis"] == "estimate":
        return f"{volume}, about {minutes}: estimated at {INBOUND_MBIT_PER_SECOND} Mbit/s"
    speed = told["bytes_per_second"]
    at = f", about {speed / 1e6:.1f} MB/s" if speed else ""
    return f"{volume}{at}, {minutes} in the rehearsal"


def _volume(source: SourceServer, used_percent: Mapping[str, int]) -> tuple[int, str]:
    disks = sum(source.disk_sizes_gib) * GIB
    parts = [part for disk in source.disks for part in disk.partitions if part.path]
    told = {part.path.rstrip("\\") for part in parts}
    # What is mounted but no partition is on a logical volume, whose size nobody tells.
    if not parts or told - set(used_percent) or set(used_percent) - told:
        return disks, "disks"
    used = sum(p.size_bytes * used_percent[p.path.rstrip("\\")] // 100 for p in parts)
    return used, "files"
