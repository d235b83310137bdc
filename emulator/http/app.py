"""The HTTP side: one endpoint for all services, and a control interface behind a token."""

import hmac
import json
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from emulator.http.faults import Fault
from emulator.http.gateway import Gateway

LARGEST_BODY_BYTES = 1024 * 1024
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
CONTROL_TOKEN_HEADER = "x-emulator-control-token"  # noqa: S105 - the name of a header


class ConnectionDropped(Exception):  # noqa: N818 - not an error: it is what was asked for
    """Makes the HTTP server close a connection in the middle of an answer."""


class LostResponse(Response):
    """An answer that never arrives: its head goes out, then the connection closes."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the head of an answer and break off."""
        head = {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"1")],
        }
        await send(head)
        raise ConnectionDropped


class Endpoint:
    """The handlers of all routes, over one gateway."""

    def __init__(self, gateway: Gateway, control_token: str) -> None:
        self._gateway = gateway
        self._control_token = control_token

    async def rpc(self, request: Request) -> Response:
        """A call of any service."""
        host = request.headers.get("host", "").removeprefix("http://")
        if host.rpartition(":")[0] not in LOOPBACK_NAMES and host not in LOOPBACK_NAMES:
            # A page in a browser could reach loopback under a name of its own.
            return _json(400, {"Code": "InvalidHost", "Message": "Not a loopback name."})
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY_BYTES:
                return _json(413, {"Code": "RequestTooLarge", "Message": "At most 1 MiB."})
        answer = self._gateway.answer(
            request.method,
            request.url.path,
            request.scope["query_string"],
            dict(request.headers),
            bytes(body),
        )
        if answer.lost:
            return LostResponse()
        return _json(answer.status, answer.members, answer.headers)

    async def ledger(self, request: Request) -> Response:
        """All calls, and how often each action was called."""
        if not self._is_allowed(request):
            return FORBIDDEN
        ledger = self._gateway.ledger
        return _json(200, {"counts": ledger.counts(), "calls": ledger.entries()})

    async def clock(self, request: Request) -> Response:
        """`{"speed": N}` and `{"advance_seconds": N}`."""
        if not self._is_allowed(request):
            return FORBIDDEN
        wanted = await request.json()
        world = self._gateway.world
        if "speed" in wanted:
            world.clock.speed = float(wanted["speed"])
        if "advance_seconds" in wanted:
            world.clock.advance(float(wanted["advance_seconds"]))
        world.settle()
        return _json(200, {"now": world.now.isoformat()})

    async def faults(self, request: Request) -> Response:
        """Arm a fault; see `emulator.http.faults`."""
        if not self._is_allowed(request):
            return FORBIDDEN
        try:
            self._gateway.faults.arm(Fault.model_validate(await request.json()))
        except ValidationError as error:
            return _json(400, {"Code": "InvalidFault", "Message": str(error)})
        return _json(200, {})

    def _is_allowed(self, request: Request) -> bool:
        given = request.headers.get(CONTROL_TOKEN_HEADER, "")
        return hmac.compare_digest(given.encode(), self._control_token.encode())


def make_app(gateway: Gateway, control_token: str) -> Starlette:
    """The application for a gateway; the control interface asks for the token."""
    endpoint = Endpoint(gateway, control_token)
    return Starlette(
        routes=[
            Route("/-/ledger", endpoint.ledger, methods=["GET"]),
            Route("/-/clock", endpoint.clock, methods=["POST"]),
            Route("/-/faults", endpoint.faults, methods=["POST"]),
            Route("/{path:path}", endpoint.rpc, methods=["GET", "POST"]),
        ]
    )


def _json(status: int, members: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(members, ensure_ascii=False),
        status_code=status,
        headers=headers,
        media_type="application/json;charset=utf-8",
    )


FORBIDDEN = _json(403, {"Code": "Forbidden", "Message": "The control token is missing or wrong."})
