"""Time as the waits see it: monotonic seconds and a sleep that can be cut short."""

import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from smc.errors import InterruptedWait


def utc_text(moment: datetime | None) -> str:
    """A moment as the APIs write it, such as 2026-01-31T13:00:00Z; empty for none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


class Clock(Protocol):
    """A source of time; tests replace it with one that jumps."""

    def monotonic(self) -> float:
        """Seconds that never go backwards, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            InterruptedWait: whoever asked for the wait cancels.
        """


class SystemClock:
    """Real time.

    Args:
        cancelled: ends every sleep as soon as it is set.
    """

    def __init__(self, cancelled: threading.Event | None = None) -> None:
        self._cancelled = cancelled or threading.Event()

    def monotonic(self) -> float:
        """Seconds of the system's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep; see `Clock.sleep`."""
        if self._cancelled.wait(seconds):
            raise InterruptedWait(
                "cancelled. SMC goes on with what was started; `pulumi up` takes it up again."
            )
