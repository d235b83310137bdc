"""Answers that are changed on their way to the SDK."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from smc.transport import ProxyByHost


def action_of(request: requests.PreparedRequest) -> str:
    """The action that a request asks for."""
    return str(request.headers.get("x-acs-action", ""))


def parameters_of(request: requests.PreparedRequest) -> dict[str, str]:
    """The parameters in its query."""
    query = parse_qs(urlsplit(request.url or "").query)
    return {name: values[0] for name, values in query.items()}


@contextmanager
def watched(look: Callable[[requests.PreparedRequest, requests.Response], None]) -> Iterator[None]:
    """Show every request with its answer, which may be changed, until the block ends."""
    original = ProxyByHost.send

    def send(self: ProxyByHost, request: requests.PreparedRequest, **options: Any) -> Any:
        response = original(self, request, **options)
        look(request, response)
        return response

    with patch.object(ProxyByHost, "send", send):
        yield


@contextmanager
def replaced(action: str, change: Callable[[bytes], bytes], times: int = 10_000) -> Iterator[None]:
    """Change the body of so many answers to an action, until the block ends."""
    left = times

    def look(request: requests.PreparedRequest, response: requests.Response) -> None:
        nonlocal left
        if action_of(request) == action and left:
            left -= 1
            response._content = change(response.content)

    with watched(look):
        yield


def members(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    """A change of the members of an answer."""

    def changed(body: bytes) -> bytes:
        decoded = json.loads(body)
        change(decoded)
        return json.dumps(decoded).encode()

    return changed
