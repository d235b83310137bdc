"""The control interface: clock, faults, snapshots, ledger and bills, for whoever has the token.

The token is printed at the start. A refusal has the shape of an API error, so that one client code
reads both.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.ecs import billing
from emulator.http.answers import JSON_TYPE, encoded
from emulator.http.body import RequestTooLargeError, body_of
from emulator.http.faults import Fault
from emulator.http.gateway import Gateway
from emulator.http.incidents import Incident, planned_failures
from emulator.ledger import MOST_CALLS
from emulator.service import ApiError
from emulator.smc.tables import PlannedFailure
from emulator.world.snapshot import Snapshot, restore_snapshot, take_snapshot

CONTROL_PREFIX = "/-/"
CONTROL_TOKEN_HEADER = "x-emulator-control-token"  # noqa: S105 - the name of a header
LARGEST_SPEED = 1_000_000.0
LONGEST_ADVANCE_SECONDS = 10 * 365 * 86400.0
LARGEST_SNAPSHOT_MIB = 256

Handler = Callable[[Request], Awaitable[dict[str, Any]]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ClockChange(_Strict):
    """`speed` is virtual seconds a real second, 0 stops the clock; `advance_seconds` jumps."""

    speed: Annotated[float, Field(ge=0, le=LARGEST_SPEED)] | None = None
    advance_seconds: Annotated[float, Field(ge=0, le=LONGEST_ADVANCE_SECONDS)] = 0


class Latency(_Strict):
    """By how much every answer is later, in real milliseconds."""

    milliseconds: Annotated[float, Field(ge=0, le=600_000)]


class LedgerQuery(_Strict):
    """How many of the latest calls are wanted; counts are always whole."""

    latest: Annotated[int, Field(ge=0)] = MOST_CALLS


_FAULT: TypeAdapter[Fault | Incident] = TypeAdapter(
    Annotated[Fault | Incident, Field(discriminator="kind")]
)


def control_app(gateway: Gateway, token: str) -> Starlette:
    """The application below `/-/`; every path asks for the token."""
    return Starlette(routes=Control(gateway, token).routes())


class Control:
    """The handlers of the control interface; each gives the members of its answer."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        self._gateway = gateway
        self._token = token

    def routes(self) -> list[Route]:
        """The paths of the control interface."""
        handlers: dict[tuple[str, str], Handler] = {
            ("GET", "ledger"): self._ledger,
            ("GET", "billing"): self._billing,
            ("POST", "clock"): self._clock,
            ("POST", "latency"): self._latency,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._arm,
            ("DELETE", "faults"): self._disarm,
            ("GET", "snapshot"): self._snapshot,
            ("POST", "restore"): self._restore,
        }
        return [
            Route(f"{CONTROL_PREFIX}{path}", self._guarded(handler), methods=[method])
            for (method, path), handler in handlers.items()
        ]

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            given = request.headers.get(CONTROL_TOKEN_HEADER, "")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                message = "The control token is missing or wrong."
                return _json(403, {"Code": "Forbidden", "Message": message})
            try:
                return _json(200, await handler(request))
            except ApiError as error:
                return _json(error.status, {"Code": error.code, "Message": error.message})
            except ValidationError as error:
                return _json(400, {"Code": "InvalidRequest", "Message": str(error)})
            except RequestTooLargeError as error:
                return _json(413, {"Code": "RequestTooLarge", "Message": str(error)})

        return guarded

    async def _ledger(self, request: Request) -> dict[str, Any]:
        wanted = LedgerQuery.model_validate(dict(request.query_params))
        ledger = self._gateway.ledger
        return {"counts": ledger.counts(), "calls": ledger.entries(wanted.latest)}

    async def _billing(self, _request: Request) -> dict[str, Any]:
        self._gateway.world.settle()
        return billing.report(self._gateway.world)

    async def _clock(self, request: Request) -> dict[str, Any]:
        wanted = ClockChange.model_validate_json(await body_of(request.receive))
        world = self._gateway.world
        if wanted.speed is not None:
            world.clock.speed = wanted.speed
        world.clock.advance(wanted.advance_seconds)
        world.settle()
        return {"now": world.now.isoformat(), "speed": world.clock.speed}

    async def _latency(self, request: Request) -> dict[str, Any]:
        wanted = Latency.model_validate_json(await body_of(request.receive))
        self._gateway.latency_seconds = wanted.milliseconds / 1000
        return wanted.model_dump()

    async def _faults(self, _request: Request) -> dict[str, Any]:
        self._gateway.world.settle()
        planned = planned_failures(self._gateway.world)
        return {"faults": self._gateway.faults.listed(), "planned": planned}

    async def _arm(self, request: Request) -> dict[str, Any]:
        fault = _FAULT.validate_json(await body_of(request.receive))
        if isinstance(fault, Fault):
            self._gateway.faults.arm(fault)
        else:
            self._gateway.world.settle()
            with self._gateway.world.transaction():
                fault.happen(self._gateway.world)
        return {}

    async def _disarm(self, _request: Request) -> dict[str, Any]:
        self._gateway.faults.disarm()
        world = self._gateway.world
        with world.transaction():
            for planned in world.table(PlannedFailure):
                world.table(PlannedFailure).delete(planned.subject)
        return {}

    async def _snapshot(self, _request: Request) -> dict[str, Any]:
        return take_snapshot(self._gateway.world).model_dump(mode="json")

    async def _restore(self, request: Request) -> dict[str, Any]:
        snapshot = Snapshot.model_validate_json(
            await body_of(request.receive, LARGEST_SNAPSHOT_MIB)
        )
        try:
            restore_snapshot(self._gateway.world, snapshot)
        except ValueError as error:
            raise ApiError("InvalidRequest", str(error)) from None
        return {"now": snapshot.now.isoformat()}


def _json(status: int, members: dict[str, Any]) -> Response:
    return Response(encoded(members), status_code=status, media_type=JSON_TYPE)
