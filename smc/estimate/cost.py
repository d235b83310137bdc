"""What a migration costs, from the user's own prices.

Not counted, for no page tells their sizes: the system disk of the transition instance, and
SMC_Temp_Disk at a target instance. Data that comes in is free of charge.
Source: SMC documentation, "billing": transition instance, its disks, snapshots, public traffic.
"""

from dataclasses import asdict, dataclass

from smc.estimate.move import Move
from smc.settings.prices import Prices


@dataclass(frozen=True, slots=True)
class Cost:
    """Costs in the currency of the prices; None for what no price is configured for.

    `traffic` is at most so much: what is sent is compressed.
    """

    transition_instance: float = 0.0
    disks: float = 0.0
    traffic: float | None = 0.0
    images_month: float | None = 0.0

    @property
    def once(self) -> float:
        """All that is paid for the migration itself."""
        return self.transition_instance + self.disks + (self.traffic or 0.0)

    def members(self) -> dict[str, float | None]:
        """As JSON."""
        parts = asdict(self) | {"once": self.once}
        return {name: None if value is None else round(value, 4) for name, value in parts.items()}

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.transition_instance + other.transition_instance,
            self.disks + other.disks,
            _sum(self.traffic, other.traffic),
            _sum(self.images_month, other.images_month),
        )


def cost_of(move: Move, hours: float, times: int, images: int, prices: Prices) -> Cost:
    """What a move costs.

    Args:
        move: what is moved.
        hours: from the start to the end of one migration.
        times: how often it is done, 2 with a rehearsal before.
        images: how many images are kept.
        prices: of the settings.
    """
    own = times * hours if move.target != "instance" else 0.0
    sent = times * move.volume_gib if move.public else 0.0
    kept = images * move.volume_gib if move.target == "image" else 0.0
    return Cost(
        own * prices.transition_instance_hour,
        own * move.disks_gib * prices.disk_gib_hour,
        _priced(sent, prices.public_traffic_gib),
        _priced(kept, prices.snapshot_gib_month),
    )


def _priced(amount: float, price: float | None) -> float | None:
    if not amount:
        return 0.0
    return None if price is None else amount * price


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
