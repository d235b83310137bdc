"""A connection of a client: uvicorn's, with bounds for a request's arrival, and a way to reset it.

uvicorn bounds how long a connection may be idle between two requests, but neither how long a
request may take to arrive nor how long its head may be: a client that sends one byte a minute would
hold its connection for ever.
"""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 30.0
LARGEST_HEAD_BYTES = 256 * 1024
STATE_KEY = "connection"
"""Where an application finds its connection in the state of the scope."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(HttpToolsProtocol):
    """HTTP/1.1 on one connection; a request must have arrived `REQUEST_SECONDS` after it began."""

    _deadline: asyncio.TimerHandle | None = None
    _arriving = True
    _in_head = True
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, STATE_KEY: self}
        self._bound_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._arriving = False
        self._bound_arrival()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > LARGEST_HEAD_BYTES:
            self.transport.abort()
        self._bound_arrival()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._arriving = self._in_head = True
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is there; how long the body may be is for the application to say."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._arriving = False
        super().on_message_complete()

    def reset(self) -> None:
        """End the connection as a machine does that has forgotten it: with a TCP reset."""
        own: socket.socket = self.transport.get_extra_info("socket")
        # uvloop's stand-in for the socket has no options; a duplicate of it has.
        with socket.fromfd(own.fileno(), own.family, own.type) as twin:
            twin.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    def _bound_arrival(self) -> None:
        if self._arriving and not self.transport.is_closing():
            if self._deadline is None:
                self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)
        elif self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
