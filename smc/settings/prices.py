"""What the user pays, for estimates and records. Nothing is told in money without it."""

from typing import Annotated

from pydantic import Field

from smc.settings.base import Part


class Prices(Part):
    """What you pay, for estimates. Nothing is estimated in money without it."""

    currency: str
    """Such as CNY, JPY or USD."""

    transition_instance_hour: Annotated[float, Field(ge=0)]
    """An hour of a transition instance."""

    disk_gib_hour: Annotated[float, Field(ge=0)]
    """An hour of one GiB of its disks, or of a temporary disk."""

    snapshot_gib_month: Annotated[float, Field(ge=0)] | None = None
    """A month of one GiB of the snapshots behind an image."""

    public_traffic_gib: Annotated[float, Field(ge=0)] | None = None
    """One GiB that a source server sends out over the Internet, where that is billed by traffic."""
