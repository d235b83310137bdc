"""Answers as they go onto the wire: always JSON, whatever a client asked for, or none at all."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from emulator.http.faults import ConnectionDropped


class NoAnswer(Response):
    """The head of an answer goes out, then the connection ends."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the head and break off."""
        head = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"1")],
        }
        await send(head)
        raise ConnectionDropped


def json_answer(
    status: int, members: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """A JSON answer, with the content type of Alibaba Cloud's."""
    return Response(
        json.dumps(members, ensure_ascii=False),
        status_code=status,
        headers=headers,
        media_type="application/json;charset=utf-8",
    )
