"""Faults on request: the next calls of an action fail in a chosen way."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.service import ApiError


class ConnectionDropped(Exception):  # noqa: N818 - not an error: it is what was asked for
    """The connection ends without an answer."""


class Fault(BaseModel):
    """What happens to the next `count` calls of an action (`*` for any).

    kind:
        `error` answers with code and status instead of running the action;
        `throttle` does so with `Throttling.User`;
        `reset` drops the connection without running it (a client sees an answer break off);
        `lost` runs it, then drops the connection: the client cannot know;
        `slow` runs it, then answers `seconds` of real time later.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Literal["ecs", "ram", "smc", "sts"]
    action: Annotated[str, Field(min_length=1)]
    kind: Literal["error", "throttle", "reset", "lost", "slow"]
    count: Annotated[int, Field(ge=1)] = 1
    code: str = "ServiceUnavailable"
    status: Annotated[int, Field(ge=400, le=599)] = 503
    seconds: Annotated[float, Field(ge=0, le=600)] = 0

    def strike(self) -> None:
        """Keep the action from running, if that is what the fault does.

        Raises:
            ApiError: the answer instead.
            ConnectionDropped: there shall be none.
        """
        match self.kind:
            case "error":
                raise ApiError(self.code, "A fault that was asked for.", self.status)
            case "throttle":
                raise ApiError("Throttling.User", "Request was denied due to user flow control.")
            case "reset":
                raise ConnectionDropped


@dataclass(slots=True)
class _Armed:
    fault: Fault
    left: int


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, fault: Fault) -> None:
        """Let a fault happen."""
        self._armed.append(_Armed(fault, fault.count))

    def disarm(self) -> None:
        """Let no more faults happen."""
        self._armed.clear()

    def take(self, service: str, action: str) -> Fault | None:
        """The fault that hits this call, if any; it counts down."""
        for armed in self._armed:
            if armed.fault.service == service and armed.fault.action in {action, "*"}:
                armed.left -= 1
                if armed.left == 0:
                    self._armed.remove(armed)
                return armed.fault
        return None
