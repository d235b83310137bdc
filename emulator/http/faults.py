"""Faults on request: the next calls of an action fail in a chosen way."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class Fault(BaseModel):
    """What happens to the next `count` calls of an action (`*` for any).

    kind: `error` answers with code and status instead of running the action; `lost` runs it and
    then drops the connection without an answer.
    """

    model_config = ConfigDict(extra="forbid")

    service: str
    action: str
    kind: str
    count: int = 1
    code: str = "ServiceUnavailable"
    status: int = 503


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
            hit = armed.fault.service == service and armed.fault.action in {action, "*"}
            if hit and armed.left > 0:
                armed.left -= 1
                return armed.fault
        return None
