"""What the settings of a server let expect of its migration.

Apart from what else is known of a migration, for the settings are loaded by the program alone.
"""

from collections.abc import Mapping
from typing import Any

from smc.estimate.duration import INBOUND_MBIT_PER_SECOND, Speed
from smc.estimate.move import Move
from smc.settings.job import JobOptions, Network
from smc.settings.model import Server


def expected_speed(network: Network) -> Speed:
    """The speed that the settings let expect.

    UNCERTAIN: the unit of `bandwidthLimit`. Here it is Mbit/s, as in today's console.
    """
    if network.expected_mbit_per_second:
        return Speed(network.expected_mbit_per_second, "expectedMbitPerSecond")
    if network.bandwidth_limit and network.bandwidth_limit < INBOUND_MBIT_PER_SECOND:
        return Speed(network.bandwidth_limit, "bandwidthLimit")
    return Speed(INBOUND_MBIT_PER_SECOND, "documented")


def move_of(server: Server, options: JobOptions, report: Mapping[str, Any]) -> Move:
    """What the migration of a server moves, but for its disks.

    Args:
        server: its settings.
        options: what holds for it, see `Settings.options`.
        report: of its drill; empty without one.
    """
    network, synchronization = options.network or Network(), options.synchronization
    figures = report.get("figures") or {"volume_bytes": 0, "volume_of": "disks"}
    return Move(
        target=server.target.kind,
        volume_bytes=int(figures["volume_bytes"]),
        volume_of=figures["volume_of"],
        mbit_per_second=expected_speed(network).mbit_per_second,
        public=network.vswitch is None,
        images=synchronization.keep_images if synchronization else 1,
    )
