"""What an action of a service is: a function from a call to the members of its response.

A service registers its actions with `@action`; the HTTP side parses, authenticates, authorizes and
validates a request before it calls one. Actions are synchronous and run one at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from emulator.world import World


class ApiError(Exception):
    """A refusal in the API's own words.

    Args:
        code: the API's error code, such as `ReplicationJob.InvalidStatus`.
        message: the API's message.
        status: HTTP status, 400 unless the API documents another.

    `access_denied_detail` are the members of AccessDeniedDetail where RAM refuses.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.access_denied_detail: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a call.

    kind is `root`, `user` or `role` (an STS session). `arn` is `acs:ram::ID:root`,
    `acs:ram::ID:user/NAME` or `acs:ram::ID:assumed-role/ROLE/SESSION`. `principal_id` is what
    GetCallerIdentity reports. `session_policy` is the policy document given to AssumeRole.
    """

    account_id: str
    kind: str
    name: str
    arn: str
    principal_id: str
    access_key_id: str
    session_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an action.

    `parameters` holds only what the client sent, already checked and converted by the service's
    metadata: integers and booleans as such, repeat lists (`Tag.1.Key`) as lists, flat objects
    (`SystemDisk.Size`) and JSON strings of declared structure as dicts or lists.
    """

    service: str
    action: str
    parameters: Mapping[str, Any]
    caller: Caller
    world: World
    request_id: str

    @property
    def account_id(self) -> str:
        """The account of the caller: the only one whose objects it sees."""
        return self.caller.account_id

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter, or the default where the client left it out."""
        return self.parameters.get(name, default)


Members = dict[str, Any]
ActionFunction = Callable[[Call], Members]
ResourceFunction = Callable[[Call], list[str]]


@dataclass(frozen=True, slots=True)
class Action:
    """A registered action. `resources` gives the ARNs that RAM policies are held against."""

    service: str
    name: str
    run: ActionFunction
    resources: ResourceFunction


ACTIONS: dict[tuple[str, str], Action] = {}


def any_resource(call: Call) -> list[str]:
    """Actions that RAM authorizes only as a whole are held against `*`."""
    return ["*"]


def action(
    service: str, name: str, *, resources: ResourceFunction = any_resource
) -> Callable[[ActionFunction], ActionFunction]:
    """Register a function as action `name` of `service` (`sts`, `ram`, `ecs`, `smc`)."""

    def register(run: ActionFunction) -> ActionFunction:
        if (service, name) in ACTIONS:
            raise ValueError(f"{service}:{name} is registered twice")
        ACTIONS[service, name] = Action(service, name, run, resources)
        return run

    return register
