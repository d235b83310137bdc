"""The virtual clock: migrations of hours pass in seconds, and a test can jump.

All state machines of the emulator read time from here. Signatures and STS sessions do not: clients
hold those against their own clock, so they stay on real time (see `emulator.http.authenticate`).
"""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class VirtualClock:
    """Virtual UTC time that runs `speed` times as fast as real time and can be advanced by hand.

    Args:
        start: virtual time at this moment.
        speed: virtual seconds that pass in a real second; 0 stops the clock.
        monotonic: source of real seconds; replaced in tests.

    Raises:
        ValueError: a speed or a jump that is negative or not finite.
    """

    def __init__(
        self,
        start: datetime,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._anchor_virtual = start
        self._anchor_real = monotonic()
        self._speed = _forward(speed)

    @property
    def speed(self) -> float:
        """Virtual seconds a real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._anchor()
        self._speed = _forward(speed)

    def now(self) -> datetime:
        """Virtual time now, with UTC as its zone."""
        elapsed = self._monotonic() - self._anchor_real
        return self._anchor_virtual + timedelta(seconds=elapsed * self._speed)

    def advance(self, seconds: float) -> datetime:
        """Jump ahead by `seconds` of virtual time and return the new time."""
        self._anchor()
        self._anchor_virtual += timedelta(seconds=_forward(seconds))
        return self._anchor_virtual

    def _anchor(self) -> None:
        self._anchor_virtual = self.now()
        self._anchor_real = self._monotonic()


def _forward(amount: float) -> float:
    if not 0 <= amount < math.inf:
        raise ValueError(f"the clock only runs forward, not by {amount}")
    return amount


def iso_seconds(moment: datetime) -> str:
    """`2026-01-31T12:00:00Z`, the form in which SMC, RAM and STS write times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_minutes(moment: datetime) -> str:
    """`2026-01-31T12:00Z`, the form in which ECS writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
