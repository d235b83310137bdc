"""A webhook on loopback that answers as a test wants, and keeps what it was sent."""

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"not a secret, for tests only 123").decode()


@dataclass(frozen=True)
class Received:
    """One request: its headers in lower case, and its body as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    def verified(self, secret: str = SECRET) -> dict[str, Any]:
        """The event, if the official library of the convention accepts the request."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


class Receiver:
    """What the webhook answers, and what it got.

    Attributes:
        answers: statuses of the next requests; 204 when they are used up, 0 for no answer at all.
        received: every request, in its order.
        url: its address.
    """

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.received: list[Received] = []
        self.url = ""

    @property
    def types(self) -> list[str]:
        return [each.event["type"] for each in self.received]

    def once(self) -> list[dict[str, Any]]:
        """The events as somebody has them who drops an id that was seen."""
        return list({each.headers["webhook-id"]: each.event for each in self.received}.values())


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """Serve a webhook until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(headers, body))
            status = receiver.answers.popleft() if receiver.answers else 204
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
