"""Rows of ECS but for Cloud Assistant's."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.world import row


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptAnswer:
    """What scripts that `matches` (a regular expression) come to on an instance.

    `by` says what the expression is searched in: the script or the command's name.
    """

    matches: str
    by: str = "script"
    output: str = ""
    exit_code: int = 0
    seconds: float = 0.0


@row("ecs_instance", key="instance_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance.

    `status` is Pending, Starting, Running, Stopping or Stopped. `origin` says who made it and
    explains its bill. `facts` and `answers` are what programs that run inside it find out.
    `cloud_assistant_error` is why its agent, though installed, gets no command.
    `unbilled_seconds` and `unbilled_since` count the time it was stopped in economical mode.
    """

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
    origin: str
    image_id: str = ""
    description: str = ""
    cloud_assistant_error: str = ""
    bandwidth_out_mbit: int = 0
    deletion_protection: bool = False
    stopped_mode: str = ""
    started: datetime | None = None
    auto_release: datetime | None = None
    unbilled_seconds: float = 0.0
    unbilled_since: datetime | None = None
    tags: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    answers: list[ScriptAnswer] = field(default_factory=list)


@row("ecs_disk", key="disk_id", indexes=("account_id", "instance_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A disk. `type` is system or data; `instance_id` is empty when it is detached.

    `changing_to` is Attaching, Detaching or ReIniting while that goes on.
    """

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
    origin: str
    category: str = "cloud_essd"
    description: str = ""
    image_id: str = ""
    source_snapshot_id: str = ""
    changing_to: str = ""
    attached: datetime | None = None
    detached: datetime | None = None
    delete_with_instance: bool = True
    delete_auto_snapshot: bool = False
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """In_use, Available, Attaching, Detaching or ReIniting."""
        return self.changing_to or ("In_use" if self.instance_id else "Available")


@row("ecs_image", key="image_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image; a public one has no account. `status` is Creating, Available or as declared."""

    image_id: str
    account_id: str
    region: str
    name: str
    os_type: str
    os_name: str
    disk_sizes_gib: list[int]
    created: datetime
    origin: str
    description: str = ""
    family: str = ""
    status: str = "Available"
    snapshot_ids: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_snapshot", key="snapshot_id", indexes=("account_id", "disk_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot of a disk: `category` is auto or user; it is done at `completes`.

    `used_gib`, `os_type` and `os_name` are the content that a reset brings back.
    """

    snapshot_id: str
    account_id: str
    region: str
    disk_id: str
    disk_type: str
    size_gib: int
    used_gib: float
    name: str
    category: str
    created: datetime
    completes: datetime
    origin: str
    os_type: str = ""
    os_name: str = ""
    description: str = ""
    retention_days: int | None = None
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_vpc", key="vpc_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A virtual private cloud."""

    vpc_id: str
    account_id: str
    region: str
    name: str
    cidr: str
    created: datetime
    is_default: bool = False


@row("ecs_vswitch", key="vswitch_id", indexes=("account_id", "vpc_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class VSwitch:
    """A vSwitch: a subnet of a VPC in one zone."""

    vswitch_id: str
    account_id: str
    vpc_id: str
    zone: str
    name: str
    cidr: str
    created: datetime
    is_default: bool = False


@row("ecs_security_group", key="security_group_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A security group; `rules` are the members of Permission as the API shows them."""

    security_group_id: str
    account_id: str
    region: str
    name: str
    vpc_id: str
    created: datetime
    kind: str = "normal"
    description: str = ""
    rules: list[dict[str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@row("ecs_launch_template", key="template_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchTemplate:
    """A launch template; `versions` are the parameters of RunInstances, the first is version 1."""

    template_id: str
    account_id: str
    region: str
    name: str
    created: datetime
    default_version: int
    versions: list[dict[str, Any]]
    tags: dict[str, str] = field(default_factory=dict)
