"""Answers as they go onto the wire: always JSON, whatever a client asked for, or none at all."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from emulator.http.connection import STATE_KEY

JSON_TYPE = "application/json;charset=utf-8"
"""The content type of Alibaba Cloud's answers."""


def encoded(members: Mapping[str, Any]) -> bytes:
    """The members as JSON."""
    try:
        return orjson.dumps(members)
    except TypeError:
        # orjson knows no integers beyond 64 bits, and a client's page number can be one.
        return json.dumps(members, default=lambda part: orjson.loads(part.contents)).encode()


async def send_json(
    send: Send, status: int, content: bytes, headers: Mapping[str, str] | None = None
) -> None:
    """Send an answer whose JSON is `content`."""
    lines = {**(headers or {}), "content-type": JSON_TYPE, "content-length": str(len(content))}
    raw = [(name.encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": content})


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """Reset the connection instead of an answer, and return once it is closed."""
    scope["state"][STATE_KEY].reset()
    while (await receive())["type"] != "http.disconnect":
        pass
