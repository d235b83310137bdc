"""The HTTP side: one endpoint for all services, and the control interface below `/-/`.

Calls of services are answered without a framework's routes and request objects: they took half of
the time of an answer (docs/performance.md).
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.http.answers import encoded, reset_connection, send_json
from emulator.http.body import RequestTooLargeError, body_of
from emulator.http.control import CONTROL_PREFIX, control_app
from emulator.http.gateway import Delivery, Gateway

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
METHODS = frozenset({"GET", "POST"})


def make_app(gateway: Gateway, control_token: str) -> ASGIApp:
    """The application for a gateway; the control interface asks for the token."""
    control = control_app(gateway, control_token)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        if not _names_loopback(headers):
            await _refuse(send, 400, "InvalidHost", "Not a loopback name.")
        elif scope["path"].startswith(CONTROL_PREFIX):
            await control(scope, receive, send)
        elif scope["method"] not in METHODS:
            await _refuse(send, 400, "UnsupportedHTTPMethod", "This http method is not supported.")
        else:
            await _answer(gateway, headers, scope, receive, send)

    return application


def _names_loopback(headers: Mapping[str, str]) -> bool:
    """Whether the request names this machine: a page in a browser could reach it by another."""
    # Python's credential providers put their whole endpoint into the header.
    host = headers.get("host", "").removeprefix("http://")
    return host.rpartition(":")[0] in LOOPBACK_NAMES or host in LOOPBACK_NAMES


async def _answer(
    gateway: Gateway, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
) -> None:
    """Answer a call of any service."""
    try:
        body = await body_of(receive)
    except RequestTooLargeError as error:
        await _refuse(send, 413, "RequestTooLarge", str(error))
        return
    answer = gateway.answer(scope["method"], scope["path"], scope["query_string"], headers, body)
    if answer.delay_seconds:
        await asyncio.sleep(answer.delay_seconds)
    if answer.delivery is Delivery.NONE:
        await reset_connection(scope, receive)
        return
    content = encoded(answer.members)
    if answer.delivery is Delivery.TRUNCATED:
        content = content[: len(content) // 2]
    await send_json(send, answer.status, content, answer.headers)


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    """Refuse in JSON, for clients cannot read anything else."""
    members: dict[str, Any] = {"Code": code, "Message": message}
    await send_json(send, status, encoded(members))
