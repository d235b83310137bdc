"""One request from bytes to answer.

parse -> authenticate -> let happen what is due -> authorize -> validate -> run -> ledger -> answer.
Authorization, validation and the action share a transaction: a call that is refused changes
nothing. A defect of the emulator answers 500 InternalError and leaves a traceback on stderr.
"""

import enum
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from emulator.http.authenticate import Authenticator
from emulator.http.faults import ConnectionDropped, Fault, Faults
from emulator.http.request import RpcRequest, parse
from emulator.http.validate import validate
from emulator.identity.access import authorize
from emulator.ledger import LONGEST_NAME, Ledger, LedgerEntry
from emulator.service import ACTIONS, ApiError, Call, Caller
from emulator.world import World, iso_seconds


class Delivery(enum.Enum):
    """What a client gets to see of an answer."""

    WHOLE = enum.auto()
    TRUNCATED = enum.auto()
    NONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status, JSON members and headers; `delay_seconds` is how much later it must be sent."""

    status: int
    members: dict[str, Any]
    headers: dict[str, str]
    delay_seconds: float = 0
    delivery: Delivery = Delivery.WHOLE


class Gateway:
    """Answers requests on a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger = Ledger()
        self.faults = Faults(world)
        self.latency_seconds = 0.0
        self._authenticator = Authenticator(world)

    def answer(
        self, method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer to a request; never raises."""
        request_id = self.world.new_request_id()
        request: RpcRequest | None = None
        caller: Caller | None = None
        fault: Fault | None = None
        status, members, outcome = 200, {}, "OK"
        delivery = Delivery.WHOLE
        try:
            request = parse(method, path, query, headers, body)
            self.world.settle()
            if request.service == "bssopenapi":
                # The alicloud plugin asks for its account's site; an empty list is an answer.
                members = {"Code": "Success", "Data": {"InstanceList": []}}
            else:
                caller = self._authenticator.caller(request)
                fault = self.faults.take(request.service, request.action)
                if fault is not None:
                    fault.strike()
                members = self._run(request, caller, request_id, fault)
                if fault is not None:
                    delivery = _DELIVERIES.get(fault.kind, delivery)
        except ConnectionDropped:
            outcome, delivery = "ConnectionDropped", Delivery.NONE
        except ApiError as error:
            status, members, outcome = error.status, _error(error, headers), error.code
        except Exception:  # noqa: BLE001 - whatever happens, a client gets an answer
            traceback.print_exc(file=sys.stderr)
            defect = ApiError("InternalError", "A defect of the emulator.", 500)
            status, members, outcome = defect.status, _error(defect, headers), defect.code
        self._write_down(request, caller, outcome)
        return Answer(
            status,
            {"RequestId": request_id, **members},
            self._headers(fault),
            self.latency_seconds + (fault.seconds if fault and fault.kind == "slow" else 0),
            delivery,
        )

    def _run(
        self, request: RpcRequest, caller: Caller, request_id: str, fault: Fault | None
    ) -> dict[str, Any]:
        action = ACTIONS.get((request.service, request.action))
        if action is None:
            raise ApiError(
                "InvalidAction.NotFound",
                "Specified api is not found, please check your url and method.",
                404,
            )
        parameters = validate(action.service, action.name, request.parameters())
        world = self.world
        if fault is not None and fault.kind == "stale":
            world = world.as_of(world.now - timedelta(seconds=fault.seconds))
        call = Call(action.service, action.name, parameters, caller, world, request_id)
        with self.world.transaction():
            permission = f"{action.service}:{action.name}"
            authorize(self.world, caller, permission, action.resources(call))
            return action.run(call)

    def _headers(self, fault: Fault | None) -> dict[str, str]:
        # Clients that schedule by the service's clock must see the virtual one.
        headers = {"date": format_datetime(self.world.clock.now(), usegmt=True)}
        if fault is not None and fault.kind in {"error", "throttle"} and fault.seconds:
            headers["x-acs-retry-after"] = str(int(fault.seconds * 1000))
        return headers

    def _write_down(self, request: RpcRequest | None, caller: Caller | None, outcome: str) -> None:
        self.ledger.add(
            LedgerEntry(
                at=iso_seconds(self.world.now),
                service=request.service if request else "",
                action=request.action[:LONGEST_NAME] if request else "",
                caller=caller.arn if caller else "",
                outcome=outcome,
            )
        )


_DELIVERIES = {"lost": Delivery.NONE, "truncated": Delivery.TRUNCATED}


def _error(error: ApiError, headers: Mapping[str, str]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "Code": error.code,
        "HostId": headers.get("host", ""),
        "Message": error.message,
        "Recommend": "",
    }
    if error.access_denied_detail:
        members["AccessDeniedDetail"] = dict(error.access_denied_detail)
    return members
