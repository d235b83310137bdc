"""Answers as they go onto the wire: always JSON, whatever a client asked for, or none at all."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulator.http.connection import STATE_KEY


class NoAnswer(Response):
    """The connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Reset it, and return once it is closed."""
        scope["state"][STATE_KEY].reset()
        while (await receive())["type"] != "http.disconnect":
            pass


def json_answer(
    status: int,
    members: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    *,
    truncated: bool = False,
) -> Response:
    """A JSON answer, with the content type of Alibaba Cloud's; half of it if `truncated`."""
    body = json.dumps(members, ensure_ascii=False).encode()
    return Response(
        body[: len(body) // 2] if truncated else body,
        status_code=status,
        headers=headers,
        media_type="application/json;charset=utf-8",
    )
