"""What a migration really took, for the record: time, data, speed, and cost at the user's prices.

The API tells when a job began and ended. It tells neither bytes nor speed nor money: the volume is
that of the drill, else of whole disks; speed is that over the transfer if it was watched, else over
the whole run.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from smc.estimate.cost import cost_of
from smc.estimate.duration import GIB, in_words
from smc.estimate.move import Move
from smc.models import ReplicationJob
from smc.settings.prices import Prices
from smc.states import BusinessStatus


def run_seconds(job: ReplicationJob) -> float | None:
    """From the start of a job to its end; None where the API does not tell."""
    try:
        started, ended = map(datetime.fromisoformat, (job.start_time, job.end_time))
    except ValueError:
        return None
    return (ended - started).total_seconds()


def transfer_seconds(job: ReplicationJob, phases: Mapping[str, str]) -> float | None:
    """How long the transfer took; None unless its only run was watched from the beginning.

    Args:
        job: the job.
        phases: activity -> UTC time at which a look saw it first, see
            `smc.handlers.wave_drive.TIMES`. Both ends are seen late by as much.
    """
    watched = (BusinessStatus.PREPARING, BusinessStatus.SYNCING, BusinessStatus.PROCESSING)
    if len(job.runs) != 1 or not all(each in phases for each in watched):
        return None
    begun, ended = (datetime.fromisoformat(phases[each]) for each in watched[1:])
    return (ended - begun).total_seconds() or None


def actuals(
    job: ReplicationJob, move: Move, phases: Mapping[str, str], prices: Prices | None
) -> dict[str, Any]:
    """The record of a finished job; empty where the API tells no times.

    Args:
        job: the job.
        move: what it moved; its disks are those of the job.
        phases: see `transfer_seconds`.
        prices: of the settings; None without.

    Returns:
        seconds; volume_bytes, volume_of, bytes_per_second (uncompressed), speed_over (`transfer`
        or `run`); with prices currency and cost, see `smc.estimate.cost.Cost`. Of whole `disks`,
        speed and cost are upper limits.
    """
    seconds = run_seconds(job)
    if seconds is None:
        return {}
    moved = move.with_disks(sum(job.disk_sizes_gib))
    transfer = transfer_seconds(job, phases)
    # The time between the runs of a synchronization is no time of transfer.
    over = transfer or (seconds if len(job.runs) <= 1 else None)
    told: dict[str, Any] = {
        "seconds": round(seconds),
        "volume_bytes": moved.volume_bytes,
        "volume_of": moved.volume_of,
        "bytes_per_second": round(moved.volume_bytes / over) if over else None,
        "speed_over": "transfer" if transfer else "run",
    }
    if prices:
        cost = cost_of(moved, seconds / 3600, 1, moved.images, prices)
        told |= {"currency": prices.currency, "cost": cost.members()}
    return told


def actuals_in_words(told: dict[str, Any]) -> str:
    """`42 min, 9 GiB of files, about 5.1 MB/s over the transfer, about 0.71 CNY`."""
    about = Move(volume_of=told["volume_of"]).about
    text = (
        f"{in_words(told['seconds'])}, {told['volume_bytes'] / GIB:.0f} GiB of {told['volume_of']}"
    )
    if told["bytes_per_second"]:
        speed = told["bytes_per_second"] / 1e6
        text += f", {about} {speed:.1f} MB/s over the {told['speed_over']}"
    if "cost" in told:
        text += f", {about} {told['cost']['once']:.2f} {told['currency']}"
    return text
