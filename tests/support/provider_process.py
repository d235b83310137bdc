"""The provider process of one update: what it keeps, its time, and how it dies or is cancelled.

The providers themselves run, in the process of the test and without an engine; calls go over HTTP.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests

from providers import _adapter, _refusals
from smc import clients
from smc.errors import InterruptedWait
from smc.transport import ProxyByHost
from tests.support.cloud import VirtualTime


class Killed(BaseException):
    """The process is gone. Not an `Exception`: nothing in it may handle its own death."""


class Death:
    """Kills at a call of the API: before its request is sent, or after it was carried out.

    A dead process calls nothing any more, whatever its `finally` blocks would like to do.

    Args:
        at_call: number of the call, from 1; 0 for never.
        after: whether the call is carried out.
    """

    def __init__(self, at_call: int = 0, *, after: bool = False) -> None:
        self._at_call = at_call
        self._after = after
        self.calls = 0
        self.has_come = False

    def send(self, send: Callable[[], requests.Response]) -> requests.Response:
        """Send a request, unless the process is dead or dies of it.

        Raises:
            Killed: it is.
        """
        if not self.has_come:
            self.calls += 1
        hit = self.calls == self._at_call
        self.has_come |= hit
        if self.has_come and not (hit and self._after):
            raise Killed
        response = send()
        if self.has_come:
            raise Killed
        return response


class Cancellation(VirtualTime):
    """Time of a process that is cancelled at one of its sleeps, and from then on at each.

    Args:
        time: the time that passes until then.
        at_sleep: number of the sleep, from 1; 0 for never.
    """

    def __init__(self, time: VirtualTime, at_sleep: int = 0) -> None:
        self._time = time
        self._at_sleep = at_sleep
        self._sleeps = 0

    def monotonic(self) -> float:
        return self._time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._sleeps += 1
        if self._at_sleep and self._sleeps >= self._at_sleep:
            raise InterruptedWait("stopped: the update was cancelled")
        self._time.sleep(seconds)


@contextmanager
def provider_process(
    time: VirtualTime, death: Death | None = None, cancel_at_sleep: int = 0
) -> Iterator[None]:
    """A new process until the block ends: nothing of an earlier one is kept."""
    mortal = death or Death()
    original = ProxyByHost.send

    def send(
        self: ProxyByHost, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> Any:
        return mortal.send(lambda: original(self, request, *args, **kwargs))

    _adapter._shared_clients.cache_clear()
    limit = getattr(sys, "tracebacklimit", 1000)
    try:
        with (
            patch.object(_adapter, "_clock", Cancellation(time, cancel_at_sleep)),
            patch.object(_adapter, "_kept", {}),
            patch.object(_refusals, "_refused", {}),
            patch.object(clients, "_budgets", {}),
            patch.object(ProxyByHost, "send", send),
        ):
            yield
    finally:
        _adapter._shared_clients.cache_clear()
        sys.tracebacklimit = limit
