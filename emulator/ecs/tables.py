"""Rows of ECS. Sizes are GiB, prices are per hour in a made-up currency."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.world import row


@row("ecs_instance", key="instance_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance. `facts` is what a program that runs inside it can find out about it."""

    instance_id: str
    account_id: str
    region: str
    zone: str
    name: str
    host_name: str
    status: str
    instance_type: str
    os_type: str
    os_name: str
    private_ips: list[str]
    public_ips: list[str]
    vpc_id: str
    vswitch_id: str
    security_group_ids: list[str]
    cloud_assistant: bool
    created: datetime
    image_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@row("ecs_disk", key="disk_id", indexes=("account_id", "instance_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk. `type` is system or data; `instance_id` is empty when it is detached."""

    disk_id: str
    account_id: str
    region: str
    zone: str
    name: str
    type: str
    size_gib: int
    used_gib: float
    instance_id: str
    device: str
    created: datetime
    delete_with_instance: bool = True
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_image", key="image_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A custom image."""

    image_id: str
    account_id: str
    region: str
    name: str
    os_type: str
    os_name: str
    disk_sizes_gib: list[int]
    created: datetime
    status: str = "Available"
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_snapshot", key="snapshot_id", indexes=("account_id", "disk_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot of a disk. `category` is auto or user."""

    snapshot_id: str
    account_id: str
    region: str
    disk_id: str
    name: str
    category: str
    created: datetime


@row("ecs_security_group", key="security_group_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A security group."""

    security_group_id: str
    account_id: str
    region: str
    name: str
    vpc_id: str


@row("ecs_invocation", key="invoke_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A Cloud Assistant command, with what it came to on each instance."""

    invoke_id: str
    command_id: str
    account_id: str
    region: str
    name: str
    type: str
    content: str
    timeout_seconds: int
    created: datetime
    client_token: str
    parameters_digest: str
    instance_ids: list[str]


@row("ecs_invocation_result", key="key", indexes=("invoke_id", "instance_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationResult:
    """A command on one instance. `key` is `invoke_id/instance_id`."""

    key: str
    invoke_id: str
    instance_id: str
    status: str
    output: str
    exit_code: int | None
    error_code: str
    error_info: str
    started: datetime
    ended: datetime | None
