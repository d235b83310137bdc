"""The HTTP side: one endpoint for all services, and a control interface behind a token."""

import hmac
import json
from typing import Any

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.http.faults import Fault
from emulator.http.gateway import Gateway

LARGEST_BODY_BYTES = 1024 * 1024
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
CONTROL_TOKEN_HEADER = "x-emulator-control-token"  # noqa: S105 - the name of a header


class DropConnection(Exception):  # noqa: N818 - not an error: an answer that is to be lost
    """Raised to close the connection without an answer."""


def make_app(gateway: Gateway, control_token: str) -> Starlette:
    """The application for a gateway."""

    async def rpc(request: Request) -> Response:
        host = request.headers.get("host", "").removeprefix("http://")
        if host.rpartition(":")[0] not in LOOPBACK_NAMES and host not in LOOPBACK_NAMES:
            # A page in a browser could reach loopback under a name of its own.
            return _json(400, {"Code": "InvalidHost", "Message": "Not a loopback name."})
        body = await request.body()
        if len(body) > LARGEST_BODY_BYTES:
            return _json(413, {"Code": "RequestTooLarge", "Message": "At most 1 MiB."})
        answer = gateway.answer(
            request.method,
            request.url.path,
            request.scope["query_string"],
            dict(request.headers),
            body,
        )
        if answer.lost:
            raise DropConnection
        return _json(answer.status, answer.members, answer.headers)

    def allowed(request: Request) -> bool:
        given = request.headers.get(CONTROL_TOKEN_HEADER, "")
        return hmac.compare_digest(given.encode(), control_token.encode())

    async def ledger(request: Request) -> Response:
        if not allowed(request):
            return _json(403, {"Code": "Forbidden"})
        shown: Any = {"counts": gateway.ledger.counts(), "calls": gateway.ledger.entries()}
        return _json(200, shown)

    async def clock(request: Request) -> Response:
        if not allowed(request):
            return _json(403, {"Code": "Forbidden"})
        wanted = await request.json()
        if "speed" in wanted:
            gateway.world.clock.speed = float(wanted["speed"])
        if "advance_seconds" in wanted:
            gateway.world.clock.advance(float(wanted["advance_seconds"]))
        gateway.world.settle()
        return _json(200, {"now": gateway.world.now.isoformat()})

    async def faults(request: Request) -> Response:
        if not allowed(request):
            return _json(403, {"Code": "Forbidden"})
        try:
            gateway.faults.arm(Fault.model_validate(await request.json()))
        except ValidationError as error:
            return _json(400, {"Code": "InvalidFault", "Message": str(error)})
        return _json(200, {})

    return Starlette(
        routes=[
            Route("/-/ledger", ledger, methods=["GET"]),
            Route("/-/clock", clock, methods=["POST"]),
            Route("/-/faults", faults, methods=["POST"]),
            Route("/{path:path}", rpc, methods=["GET", "POST"]),
        ]
    )


def _json(status: int, members: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps(members, ensure_ascii=False),
        status_code=status,
        headers=headers,
        media_type="application/json;charset=utf-8",
    )
