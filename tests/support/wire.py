"""HTTP on a bare socket: requests that no HTTP library would send."""

import socket
from contextlib import suppress
from typing import BinaryIO
from urllib.parse import urlsplit


class Wire:
    """A connection to an endpoint, made anew once the other side has closed it."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._address = (parts.hostname or "", parts.port or 0)
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send these bytes; status and body of the answer, `(0, b"")` if there is none."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=20)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._answers: BinaryIO = self._socket.makefile("rb")
        # A server may answer and close before it has read everything.
        with suppress(OSError):
            self._socket.sendall(request)
        try:
            status, body, closes = self._answer()
        except (OSError, ValueError):
            status, body, closes = 0, b"", True
        if closes:
            self.close()
        return status, body

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._answers.close()
            self._socket.close()
            self._socket = None

    def _answer(self) -> tuple[int, bytes, bool]:
        """Status, body, and whether the connection ends here."""
        first = self._answers.readline().split(b" ", 2)
        if len(first) < 3:
            raise ConnectionError("the connection was closed")
        headers = {}
        while line := self._answers.readline().strip():
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip().lower()
        length = int(headers.get(b"content-length", b"-1"))
        return int(first[1]), self._answers.read(length), headers.get(b"connection") == b"close"
