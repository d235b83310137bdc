"""The HTTP side: one endpoint for all services, and the control interface."""

import asyncio
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.http.answers import NoAnswer, json_answer
from emulator.http.body import RequestTooLargeError, body_of
from emulator.http.control import Control
from emulator.http.gateway import Delivery, Gateway

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
        middleware=[Middleware(LoopbackNames)],
        exception_handlers={
            HTTPStatus.METHOD_NOT_ALLOWED: _other_method,
            RequestTooLargeError: _too_large,
        },
    )


class LoopbackNames:
    """Refuses requests that name another host: a page in a browser could reach loopback so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        # Python's credential providers put their whole endpoint into the header.
        host = Headers(scope=scope).get("host", "").removeprefix("http://")
        name = host.rpartition(":")[0]
        if name in LOOPBACK_NAMES or host in LOOPBACK_NAMES:
            await self._app(scope, receive, send)
            return
        refusal = json_answer(400, {"Code": "InvalidHost", "Message": "Not a loopback name."})
        await refusal(scope, receive, send)


async def _other_method(_request: Request, _error: Exception) -> Response:
    """Other methods are refused in JSON, for clients cannot read anything else."""
    message = "This http method is not supported."
    return json_answer(400, {"Code": "UnsupportedHTTPMethod", "Message": message})


async def _too_large(_request: Request, error: Exception) -> Response:
    return json_answer(413, {"Code": "RequestTooLarge", "Message": str(error)})


async def _rpc(gateway: Gateway, request: Request) -> Response:
    """A call of any service."""
    answer = gateway.answer(
        request.method,
        request.scope["path"],
        request.scope["query_string"],
        dict(request.headers),
        await body_of(request),
    )
    if answer.delay_seconds:
        await asyncio.sleep(answer.delay_seconds)
    if answer.delivery is Delivery.NONE:
        return NoAnswer()
    truncated = answer.delivery is Delivery.TRUNCATED
    return json_answer(answer.status, answer.members, answer.headers, truncated=truncated)
