"""How long a migration takes, by the formula of the documentation.

Source: SMC documentation, "estimate the migration time": data / bandwidth for the transfer, and
data / 30 MB/s for making the image; a transition instance receives at most 100 Mbit/s over the
Internet.
"""

from dataclasses import dataclass
from typing import Literal

GIB = 1024**3
MB = 1024**2
INBOUND_MBIT_PER_SECOND = 100
IMAGE_MB_PER_SECOND = 30


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of a transfer of uncompressed data in Mbit/s, and where that is from."""

    mbit_per_second: float
    basis: Literal["expectedMbitPerSecond", "bandwidthLimit", "documented", "rehearsal"]


def estimated_seconds(size_bytes: int, mbit_per_second: float) -> float:
    """Seconds of a whole migration: the transfer, and making the image."""
    megabytes = size_bytes / MB
    return megabytes * 8 / mbit_per_second + megabytes / IMAGE_MB_PER_SECOND


def in_words(seconds: float) -> str:
    """`45 s`, `12 min`, `3.4 h`, `2.5 days`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"
