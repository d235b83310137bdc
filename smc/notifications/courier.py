"""Delivery of events: in the background, in order, repeated for a bounded time.

A migration never waits for a receiver: events go into a queue, one thread empties it, and at the
end of a wave what is left gets some more seconds. Nothing here raises; what could not be delivered
is said in one line.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests

from smc.errors import MigrationError
from smc.notifications.events import Event
from smc.notifications.signature import Receiver, headers, receiver_of
from smc.settings.notifications import Notifications
from smc.transport import proxies_for

ATTEMPTS = 6
FIRST_DELAY_SECONDS = 0.5
"""Doubled after each attempt: 0.5, 1, 2, 4, 8."""

ANSWER_SECONDS = 5.0
LONGEST_QUEUE = 2000
"""Room for the failures of all servers that a stack can have, and for more."""

LAST_SECONDS = 15.0
"""What is left at the end of a wave gets so long; nothing does when the update is cancelled."""

AGAIN = frozenset({408, 425, 429})
"""Refusals that may pass; so do all of 500 and above. Others do not."""


class Courier:
    """Delivers the events of one drive or one look; used as a context.

    Args:
        wanted: who is told of what; None for nobody.
        note: says one line to the user.
        delay: seconds before the second attempt.
        last_seconds: how long the end waits for what is left.
    """

    def __init__(
        self,
        wanted: Notifications | None,
        note: Callable[[str], None],
        delay: float = FIRST_DELAY_SECONDS,
        last_seconds: float = LAST_SECONDS,
    ) -> None:
        self._wanted = wanted
        self._note = note
        self._delay = delay
        self._last_seconds = last_seconds
        self._receiver: Receiver | None = None
        self._queue: deque[Event] = deque()
        self._lost: list[str] = []
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Read address and secret; without them nothing is sent, and that is said."""
        if self._wanted is not None:
            try:
                self._receiver = receiver_of(self._wanted)
            except MigrationError as error:
                self._note(f"notifications are not sent. {error}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait a little for what is left, and say what was not delivered."""
        with self._changed:
            if error is None:
                self._changed.wait_for(lambda: not self._queue, self._last_seconds)
            self._closed.set()
            self._changed.notify_all()
            lost = self._lost + [f"{event.type} (no time left)" for event in self._queue]
        if lost and error is None and self._receiver is not None:
            host = urlsplit(self._receiver.url).hostname
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            self._note(f"not delivered to {host}: {', '.join(lost[:3])}{more}")

    def send(self, event: Event) -> None:
        """Queue an event, if it is one that is wanted. Returns at once."""
        if self._wanted is None or self._receiver is None or event.type not in self._wanted.events:
            return
        with self._changed:
            if len(self._queue) >= LONGEST_QUEUE:
                self._lost.append(f"{event.type} (too many wait)")
                return
            self._queue.append(event)
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="notifications", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        attempts = ATTEMPTS
        # No proxy, netrc or other setting of the environment but the proxies for this host.
        with requests.Session() as session:
            session.trust_env = False
            while (event := self._next()) is not None:
                problem = self._deliver(session, event, attempts)
                # Who does not answer at all is asked once for each of the other events.
                attempts = 1 if problem else ATTEMPTS
                with self._changed:
                    self._queue.popleft()
                    self._lost += [f"{event.type} ({problem})"] if problem else []
                    self._changed.notify_all()

    def _next(self) -> Event | None:
        """The event that waits longest; None when there is no more to do."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed.is_set())
            return None if self._closed.is_set() else self._queue[0]

    def _deliver(self, session: requests.Session, event: Event, attempts: int) -> str:
        """Send until it is taken; why it was not, or nothing."""
        problem, delay = "", self._delay
        for attempt in range(attempts):
            if attempt and self._closed.wait(delay):
                break
            delay *= 2 if attempt else 1
            problem, may_pass = self._attempt(session, event)
            if not problem or not may_pass:
                break
        return problem

    def _attempt(self, session: requests.Session, event: Event) -> tuple[str, bool]:
        if self._receiver is None:
            return "no receiver", False
        body = event.encoded()
        try:
            answer = session.post(
                self._receiver.url,
                data=body,
                headers=headers(self._receiver, event.id, body, int(time.time())),
                proxies=proxies_for(self._receiver.url),
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
                stream=True,
            )
        except requests.RequestException as error:
            # Its text names the address, which may be a secret.
            return type(error).__name__, True
        status = answer.status_code
        answer.close()
        if 200 <= status < 300:
            return "", False
        return f"status {status}", status >= 500 or status in AGAIN
