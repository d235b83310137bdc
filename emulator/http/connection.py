"""A connection of a client: uvicorn's, with an end to waiting for a request, and a way to reset it.

uvicorn bounds how long a connection may be idle between two requests, but not how long a request
may take to arrive: a client that sends one byte a minute would hold its connection for ever.
"""

import asyncio
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 30.0
STATE_KEY = "connection"
"""Where an application finds its connection in the state of the scope."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Connection(H11Protocol):
    """HTTP/1.1 on one connection; a request must have arrived `REQUEST_SECONDS` after it began."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.app_state: dict[str, Any] = {**self.app_state, STATE_KEY: self}
        self._bound_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        super().connection_lost(exc)
        self._bound_arrival()

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived."""
        super().data_received(data)
        self._bound_arrival()

    def reset(self) -> None:
        """End the connection as a machine does that has forgotten it: with a TCP reset."""
        connected: socket.socket = self.transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    def _bound_arrival(self) -> None:
        arriving = self.conn.their_state in {h11.IDLE, h11.SEND_BODY}
        if arriving and not self.transport.is_closing():
            if self._deadline is None:
                self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)
        elif self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
