"""Time as the waits see it: monotonic seconds and a sleep that can be cut short."""

import os
import time
from collections.abc import Callable
from typing import Protocol

from smc.errors import InterruptedWait


class Clock(Protocol):
    """A source of time; tests replace it with one that jumps."""

    def monotonic(self) -> float:
        """Seconds that never go backwards, from an arbitrary start."""

    def sleep(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            InterruptedWait: whoever asked for the wait is gone.
        """


class ParentWatch:
    """Tells when the process that started this one is gone.

    A killed Pulumi engine leaves its provider processes running; one that went on would act
    for an update that nobody records any more.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()

    def __call__(self) -> bool:
        """Whether it is gone."""
        return os.getppid() != self._parent


class SystemClock:
    """Real time.

    Args:
        interrupted: asked at least once a second during a sleep; true ends it.
    """

    def __init__(self, interrupted: Callable[[], bool] = lambda: False) -> None:
        self._interrupted = interrupted

    def monotonic(self) -> float:
        """Seconds of the system's monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Sleep in steps of at most a second; see `Clock.sleep`."""
        end = time.monotonic() + seconds
        while True:
            if self._interrupted():
                raise InterruptedWait("stopped: the Pulumi engine that asked for this is gone")
            left = end - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 1.0))
