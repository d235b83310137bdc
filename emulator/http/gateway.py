"""One request from bytes to answer.

parse -> authenticate -> let happen what is due -> authorize -> validate -> run -> ledger -> answer.
Authorization, validation and the action share a transaction: a call that is refused changes
nothing. A defect of the emulator answers 500 InternalError and leaves a traceback on stderr.
"""

import sys
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Answer:
    """HTTP status, JSON members and headers.

    `delay_seconds` is how much later it must be sent; `dropped` means: not at all.
    """

    status: int
    members: dict[str, Any]
    headers: dict[str, str]
    delay_seconds: float = 0
    dropped: bool = False


class Gateway:
    """Answers requests on a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger = Ledger()
        self.faults = Faults()
        self._authenticator = Authenticator(world)

    def answer(
        self, method: str, path: str, query: bytes, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        """The answer to a request; never raises."""
        request_id = str(uuid.uuid4()).upper()
        request: RpcRequest | None = None
        caller: Caller | None = None
        fault: Fault | None = None
        status, members, outcome = 200, {}, "OK"
        dropped = False
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
                members = self._run(request, caller, request_id)
                dropped = fault is not None and fault.kind == "lost"
        except ConnectionDropped:
            outcome, dropped = "ConnectionDropped", True
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
            self._headers(),
            fault.seconds if fault is not None and fault.kind == "slow" else 0,
            dropped,
        )

    def _run(self, request: RpcRequest, caller: Caller, request_id: str) -> dict[str, Any]:
        action = ACTIONS.get((request.service, request.action))
        if action is None:
            raise ApiError(
                "InvalidAction.NotFound",
                "Specified api is not found, please check your url and method.",
                404,
            )
        parameters = validate(action.service, action.name, request.parameters())
        call = Call(action.service, action.name, parameters, caller, self.world, request_id)
        with self.world.transaction():
            permission = f"{action.service}:{action.name}"
            authorize(self.world, caller, permission, action.resources(call))
            return action.run(call)

    def _headers(self) -> dict[str, str]:
        # Clients that schedule by the service's clock must see the virtual one.
        return {"date": format_datetime(self.world.clock.now(), usegmt=True)}

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


def _error(error: ApiError, headers: Mapping[str, str]) -> dict[str, Any]:
    return {
        "Code": error.code,
        "HostId": headers.get("host", ""),
        "Message": error.message,
        "Recommend": "",
    }
