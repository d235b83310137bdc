"""Faults on request: calls of an action fail in a chosen way, so many of them or such a share."""

import random
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.service import ApiError
from emulator.world import World

READING = ("Describe", "List")
"""How the names of actions begin that can be answered from the past."""


class ConnectionDropped(Exception):  # noqa: N818 - not an error: it is what was asked for
    """The connection ends without an answer."""


class Fault(BaseModel):
    """What happens to calls of an action; `*` is any action, or any service.

    kind:
        `error` answers with code and status instead of running the action;
        `throttle` does so with `Throttling.User`, 400; both ask to be left alone for `seconds`, if
        any, by the header `x-acs-retry-after`, in milliseconds, as the SDKs read it;
        `reset` resets the connection without running it;
        `lost` runs it, then resets the connection: the client cannot know;
        `slow` runs it, and answers `seconds` of real time later;
        `truncated` runs it, and answers half of the JSON, as if it were all;
        `stale` answers a Describe or List as it was `seconds` of virtual time ago; other actions
        are not hit.

    `count` is how many calls are hit: 1 if neither it nor a share is given, and with a share all
    until the fault is cleared. `share` is the probability with which a call is hit; which ones are
    follows from the world's seed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    service: Literal["ecs", "ram", "smc", "sts", "*"] = "*"
    action: Annotated[str, Field(min_length=1)] = "*"
    kind: Literal["error", "throttle", "reset", "lost", "slow", "truncated", "stale"]
    count: Annotated[int, Field(ge=1)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    code: str = "ServiceUnavailable"
    status: Annotated[int, Field(ge=400, le=599)] = 503
    seconds: Annotated[float, Field(ge=0, le=86400)] = 0

    def concerns(self, service: str, action: str) -> bool:
        """Whether calls of this action can be hit."""
        return (
            self.service in {service, "*"}
            and self.action in {action, "*"}
            and (self.kind != "stale" or action.startswith(READING))
        )

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
    left: int | None
    chance: random.Random

    def hits(self) -> bool:
        """Decide on a call that the fault concerns, and count it."""
        if self.fault.share is not None and self.chance.random() >= self.fault.share:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The faults that are armed. They belong to the server, not to its world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._armed: list[_Armed] = []
        self._number = 0

    def arm(self, fault: Fault) -> None:
        """Let a fault happen."""
        self._number += 1
        left = fault.count or (1 if fault.share is None else None)
        chance = self._world.random("fault", str(self._number))
        self._armed.append(_Armed(fault, left, chance))

    def disarm(self) -> None:
        """Let no more faults happen."""
        self._armed.clear()

    def listed(self) -> list[dict[str, Any]]:
        """What is armed, and how many calls each will still hit: `left` is None for no limit."""
        return [
            {**armed.fault.model_dump(exclude_defaults=True), "left": armed.left}
            for armed in self._armed
        ]

    def take(self, service: str, action: str) -> Fault | None:
        """The fault that hits this call, if any: the one armed first of those that would."""
        for armed in self._armed:
            if armed.fault.concerns(service, action) and armed.hits():
                if armed.left == 0:
                    self._armed.remove(armed)
                return armed.fault
        return None
