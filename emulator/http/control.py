"""The control interface: ledger, bills, clock and faults, for whoever has the token of the start.

A refusal has the shape of an API error, so that one client code reads both.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.ecs import billing
from emulator.http.answers import json_answer
from emulator.http.faults import Fault
from emulator.http.gateway import Gateway
from emulator.ledger import MOST_CALLS

CONTROL_TOKEN_HEADER = "x-emulator-control-token"  # noqa: S105 - the name of a header
LARGEST_SPEED = 1_000_000.0
LONGEST_ADVANCE_SECONDS = 10 * 365 * 86400.0

Handler = Callable[[Request], Awaitable[Response]]
Model = TypeVar("Model", bound=BaseModel)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ClockChange(_Strict):
    """`speed` is virtual seconds a real second, 0 stops the clock; `advance_seconds` jumps."""

    speed: Annotated[float, Field(ge=0, le=LARGEST_SPEED)] | None = None
    advance_seconds: Annotated[float, Field(ge=0, le=LONGEST_ADVANCE_SECONDS)] = 0


class LedgerQuery(_Strict):
    """How many of the latest calls are wanted; counts are always whole."""

    latest: Annotated[int, Field(ge=0)] = MOST_CALLS


class Control:
    """The handlers of the control interface."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self._gateway = gateway
        self._token = token

    def routes(self) -> list[Route]:
        """The paths of the control interface."""
        return [
            Route("/-/ledger", self._guarded(self._ledger), methods=["GET"]),
            Route("/-/billing", self._guarded(self._billing), methods=["GET"]),
            Route("/-/clock", self._guarded(self._clock), methods=["POST"]),
            Route("/-/faults", self._guarded(self._arm), methods=["POST"]),
            Route("/-/faults", self._guarded(self._disarm), methods=["DELETE"]),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            given = request.headers.get(CONTROL_TOKEN_HEADER, "")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                message = "The control token is missing or wrong."
                return json_answer(403, {"Code": "Forbidden", "Message": message})
            try:
                return await handler(request)
            except ValidationError as error:
                return json_answer(400, {"Code": "InvalidRequest", "Message": str(error)})

        return guarded

    async def _ledger(self, request: Request) -> Response:
        wanted = LedgerQuery.model_validate(dict(request.query_params))
        ledger = self._gateway.ledger
        calls = ledger.entries(wanted.latest)
        return json_answer(200, {"counts": ledger.counts(), "calls": calls})

    async def _billing(self, _request: Request) -> Response:
        world = self._gateway.world
        world.settle()
        return json_answer(200, billing.report(world))

    async def _clock(self, request: Request) -> Response:
        wanted = ClockChange.model_validate_json(await request.body())
        world = self._gateway.world
        if wanted.speed is not None:
            world.clock.speed = wanted.speed
        world.clock.advance(wanted.advance_seconds)
        world.settle()
        return json_answer(200, {"now": world.now.isoformat(), "speed": world.clock.speed})

    async def _arm(self, request: Request) -> Response:
        self._gateway.faults.arm(Fault.model_validate_json(await request.body()))
        return json_answer(200, {})

    async def _disarm(self, _request: Request) -> Response:
        self._gateway.faults.disarm()
        return json_answer(200, {})
