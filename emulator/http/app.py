"""The HTTP side: one endpoint for all services, and the control interface."""

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.http.answers import NoAnswer, json_answer
from emulator.http.control import Control
from emulator.http.gateway import Gateway

LARGEST_BODY_BYTES = 1024 * 1024
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


def make_app(gateway: Gateway, control_token: str) -> Starlette:
    """The application for a gateway; the control interface asks for the token."""

    async def rpc(request: Request) -> Response:
        return await _rpc(gateway, request)

    return Starlette(
        routes=[
            *Control(gateway, control_token).routes(),
            Route("/{path:path}", rpc, methods=["GET", "POST"]),
        ],
        exception_handlers={HTTPStatus.METHOD_NOT_ALLOWED: _other_method},
    )


async def _other_method(_request: Request, _error: Exception) -> Response:
    """Other methods are refused in JSON, for clients cannot read anything else."""
    message = "This http method is not supported."
    return json_answer(400, {"Code": "UnsupportedHTTPMethod", "Message": message})


async def _rpc(gateway: Gateway, request: Request) -> Response:
    """A call of any service."""
    # Python's credential providers put their whole endpoint into the header.
    host = request.headers.get("host", "").removeprefix("http://")
    if host.rpartition(":")[0] not in LOOPBACK_NAMES and host not in LOOPBACK_NAMES:
        # A page in a browser could reach loopback under a name of its own.
        return json_answer(400, {"Code": "InvalidHost", "Message": "Not a loopback name."})
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            return json_answer(413, {"Code": "RequestTooLarge", "Message": "At most 1 MiB."})
    answer = gateway.answer(
        request.method,
        request.scope["path"],
        request.scope["query_string"],
        dict(request.headers),
        bytes(body),
    )
    if answer.delay_seconds:
        await asyncio.sleep(answer.delay_seconds)
    if answer.dropped:
        return NoAnswer()
    return json_answer(answer.status, answer.members, answer.headers)
