"""How long each phase of a job takes, in virtual seconds; the same for the same job every time.

Documented: data in MB / (Mbit/s / 8) for the transfer, and 30 MB/s for making the image; the
transition instance receives 100 Mbit/s (200 in another paragraph); an incremental run compares the
data first. Everything else here is assumed, and listed in docs/emulator.md.
Source: SMC documentation, "estimate the migration time"; CreateReplicationJob,
ReplicationParameters; "cross-zone ECS instance migration".
"""

import json
from typing import Any

from emulator.service import ApiError
from emulator.smc.tables import ReplicationJob, SourceServer
from emulator.world import World

INBOUND_MBIT = "smc.inbound_mbit"
BANDWIDTH_UNIT_MBIT = "smc.bandwidth_limit_unit_mbit"
CHANGED_SHARE_PER_HOUR = "smc.changed_share_per_hour"

MB_PER_GIB = 1024.0
IMAGE_MB_PER_SECOND = 30.0
COMPARED_MB_PER_SECOND = 200.0
SAVED_BY_COMPRESSION_LEVEL = 0.05
CHECKSUM_FACTOR = 1.2
MOST_COMPRESSION = 10

PREPARING_SECONDS = 180.0
CLEANING_SECONDS = 60.0
CROSS_ZONE_SECONDS = {"Preparing": 60.0, "Syncing": 720.0, "Processing": 60.0, "Cleaning": 60.0}
"""15 minutes in all, the documented time from stopping the instance until it starts again."""


def replication_parameters(text: str | None) -> dict[str, Any]:
    """The members of ReplicationParameters.

    Raises:
        ApiError: it is no JSON object, or a member is impossible; the code is assumed.
    """
    wrong = ApiError(
        "InvalidParameter.ReplicationParameters",
        "The specified parameter ReplicationParameters is not valid.",
    )
    try:
        given = json.loads(text or "{}")
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(given, dict):
        raise wrong
    limit, level = given.get("bandwidth_limit", 0), given.get("compress_level", 0)
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (limit, level))
    if not whole or limit < 0 or not 0 <= level <= MOST_COMPRESSION:
        raise wrong
    if not isinstance(given.get("checksum", False), bool):
        raise wrong
    return given


def phase_seconds(
    world: World, job: ReplicationJob, source: SourceServer | None, phase: str
) -> float:
    """Length of a whole phase."""
    if source is None:
        return CROSS_ZONE_SECONDS[phase]
    used_mb = source.used_gib * MB_PER_GIB
    match phase:
        case "Preparing":
            return PREPARING_SECONDS
        case "Syncing":
            compared = used_mb / COMPARED_MB_PER_SECOND if job.synced else 0.0
            changed_mb = used_mb * _changed_share(world, job)
            return compared + changed_mb * 8 / _data_mbit_per_second(world, job)
        case "Processing":
            return used_mb / IMAGE_MB_PER_SECOND
        case _:
            return CLEANING_SECONDS


def _changed_share(world: World, job: ReplicationJob) -> float:
    """How much of the data is still to be sent: all of it, until all was there once."""
    if job.synced is None:
        return 1.0
    hours = (world.now - job.synced).total_seconds() / 3600
    return min(hours * float(world.setting(CHANGED_SHARE_PER_HOUR, 0.01)), 1.0)


def _data_mbit_per_second(world: World, job: ReplicationJob) -> float:
    """Speed of uncompressed data; the limit is one of the compressed data on the wire."""
    given = replication_parameters(job.parameters.get("ReplicationParameters"))
    wire = float(world.setting(INBOUND_MBIT, 100.0))
    limit = float(given.get("bandwidth_limit", 0))
    if limit:
        wire = min(wire, limit * float(world.setting(BANDWIDTH_UNIT_MBIT, 1.0)))
    speed = wire / (1 - SAVED_BY_COMPRESSION_LEVEL * float(given.get("compress_level", 0)))
    return speed / CHECKSUM_FACTOR if given.get("checksum", False) else speed
