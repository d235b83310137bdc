"""Rows of Cloud Assistant."""

from dataclasses import dataclass, field
from datetime import datetime

from emulator.world import row


@row("ecs_command", key="command_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that was kept, to be run again by InvokeCommand."""

    command_id: str
    account_id: str
    region: str
    name: str
    description: str
    type: str
    content: str
    working_dir: str
    timeout_seconds: int
    takes_parameters: bool
    created: datetime


@row("ecs_invocation", key="invoke_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command that was run, on all of its instances.

    `parameters` are None where the content takes none, so that `{{name}}` in it stands for itself.
    """

    invoke_id: str
    command_id: str
    account_id: str
    region: str
    name: str
    description: str
    type: str
    content: str
    parameters: dict[str, str] | None
    timeout_seconds: int
    username: str
    working_dir: str
    termination_mode: str
    created: datetime
    instance_ids: list[str]
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_invocation_result", key="key", indexes=("invoke_id", "instance_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """A command on one instance. `key` is `invoke_id/instance_id`."""

    key: str
    invoke_id: str
    instance_id: str
    status: str
    created: datetime
    started: datetime | None = None
    output: str = ""
    dropped_bytes: int = 0
    exit_code: int | None = None
    error_code: str = ""
    error_info: str = ""
    ended: datetime | None = None
    stopped: datetime | None = None
