"""The client of the measurements: bare sockets, requests made and signed before the time runs."""

import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from alibabacloud_tea_openapi.utils import Utils

CONNECTIONS = 4


def signed_requests(key: Mapping[str, str], count: int) -> list[bytes]:
    """As many requests for all jobs, each with a nonce of its own, signed V1."""
    return [_request(key) for _ in range(count)]


def _request(key: Mapping[str, str]) -> bytes:
    fields = {
        "Action": "DescribeReplicationJobs",
        "Version": "2019-06-01",
        "PageSize": "50",
        "AccessKeyId": key["access_key_id"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": Utils.get_nonce(),
        "Timestamp": Utils.get_timestamp(),
    }
    fields["Signature"] = Utils.get_rpcsignature(fields, "GET", key["access_key_secret"])
    return (
        f"GET /?{urlencode(fields, quote_via=quote)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    )


class Connections:
    """Keep-alive connections to an endpoint; on each one request is under way."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._sockets = [
            socket.create_connection((parts.hostname, parts.port), timeout=30)
            for _ in range(CONNECTIONS)
        ]
        for connected in self._sockets:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers: list[BinaryIO] = [s.makefile("rb") for s in self._sockets]

    def ask(self, request: bytes) -> bytes:
        """The body of one answer."""
        self._sockets[0].sendall(request)
        return _body(self._answers[0])

    def rate(self, requests: Sequence[bytes]) -> float:
        """Answers per second."""
        begun = time.perf_counter()
        for batch in _batches(requests):
            for connected, request in zip(self._sockets, batch, strict=False):
                connected.sendall(request)
            for answers, _ in zip(self._answers, batch, strict=False):
                _body(answers)
        return len(requests) / (time.perf_counter() - begun)


def _batches(requests: Sequence[bytes]) -> Iterable[Sequence[bytes]]:
    return (requests[i : i + CONNECTIONS] for i in range(0, len(requests), CONNECTIONS))


def _body(answers: BinaryIO) -> bytes:
    if b" 200 " not in answers.readline():
        raise RuntimeError("a request was refused")
    length = 0
    while line := answers.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return answers.read(length)
