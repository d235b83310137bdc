"""What a world file may say of ECS: the models that check it."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel

from emulator.ecs.places import REGIONS, ZONES


def _region(name: str) -> str:
    if name not in REGIONS:
        raise ValueError(f"no such region; there are {', '.join(REGIONS)}")
    return name


def _cidr(text: str) -> str:
    return str(ipaddress.ip_network(text))


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Region = Annotated[str, AfterValidator(_region)]
Cidr = Annotated[str, AfterValidator(_cidr)]
Zone = Annotated[str, StringConstraints(pattern=f"^[{ZONES}]$")]
OsType = Literal["linux", "windows"]


class Part(BaseModel):
    """A part of a world file: camelCase names, no unknown ones."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid")


class SnapshotPart(Part):
    """A snapshot of the disk as it is when the world begins."""

    id: str | None = None
    name: str = ""
    category: Literal["auto", "user"] = "user"
    tags: dict[str, str] = {}


class DiskPart(Part):
    """A disk; the first one of an instance is its system disk."""

    id: str | None = None
    name: str | None = None
    size_gib: Annotated[int, Field(ge=1, le=32768)]
    used_gib: Annotated[float, Field(ge=0)] = 0
    category: str = "cloud_essd"
    delete_with_instance: bool = True
    automatic_snapshots: Annotated[int, Field(ge=0)] = 0
    snapshots: list[SnapshotPart] = []
    tags: dict[str, str] = {}


class DetachedDiskPart(DiskPart):
    """A data disk that no instance has."""

    region: Region
    zone: Zone = "a"


class AnswerPart(Part):
    """What scripts that match come to on the instance; the first that matches counts."""

    matches: Annotated[str, AfterValidator(_expression)]
    by: Literal["script", "name"] = "script"
    output: str = ""
    exit_code: Annotated[int, Field(ge=0, le=255)] = 0
    seconds: Annotated[float, Field(ge=0)] = 0.0


class EcsInstancePart(Part):
    """An instance. `facts` is what programs inside it find, such as `import_failure`."""

    id: str | None = None
    name: str
    region: Region
    zone: Zone = "a"
    status: Literal["Running", "Stopped"] = "Running"
    type: str = "ecs.g7.large"
    os: str = "Ubuntu 22.04 64 bit"
    os_type: OsType = "linux"
    image: str = ""
    private_ip: str
    public_ip: str | None = None
    vswitch: str | None = None
    security_groups: list[str] = []
    deletion_protection: bool = False
    cloud_assistant: bool = True
    cloud_assistant_error: (
        Literal[
            "ClientNotResponse",
            "ClientIsUpgrading",
            "ClientNeedUpgrade",
            "DeliveryTimeout",
            "SecurityGroupRuleDenied",
        ]
        | None
    ) = None
    disks: Annotated[list[DiskPart], Field(min_length=1)]
    tags: dict[str, str] = {}
    facts: dict[str, Any] = {}
    answers: list[AnswerPart] = []


class RulePart(Part):
    """A rule of a security group; `ports` is `80/80`, or `-1/-1` for all."""

    direction: Literal["ingress", "egress"] = "ingress"
    protocol: Literal["TCP", "UDP", "ICMP", "GRE", "ALL"] = "TCP"
    ports: Annotated[str, StringConstraints(pattern=r"^-?\d+/-?\d+$")]
    cidr: Cidr = "0.0.0.0/0"
    policy: Literal["Accept", "Drop"] = "Accept"


class SecurityGroupPart(Part):
    """A security group of a VPC."""

    id: str | None = None
    name: str
    type: Literal["normal", "enterprise"] = "normal"
    rules: list[RulePart] = []
    tags: dict[str, str] = {}


class VSwitchPart(Part):
    """A vSwitch of a VPC."""

    id: str | None = None
    name: str
    zone: Zone = "a"
    cidr: Cidr


class VpcPart(Part):
    """A VPC; an instance that names no vSwitch is in the first one of its zone."""

    id: str | None = None
    name: str
    region: Region
    cidr: Cidr
    vswitches: Annotated[list[VSwitchPart], Field(min_length=1)]
    security_groups: Annotated[list[SecurityGroupPart], Field(min_length=1)]


class ImagePart(Part):
    """An image; `status` as DescribeImages names it."""

    id: str | None = None
    name: str
    region: Region
    os: str = "Ubuntu 22.04 64 bit"
    os_type: OsType = "linux"
    disk_sizes_gib: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1)]
    status: Literal["Creating", "Waiting", "Available", "UnAvailable", "Deprecated"] = "Available"
    snapshots: list[str] = []
    tags: dict[str, str] = {}


class LaunchTemplatePart(Part):
    """A launch template; a version is a set of parameters of RunInstances."""

    id: str | None = None
    name: str
    region: Region
    default_version: Annotated[int, Field(ge=1)] = 1
    versions: Annotated[list[dict[str, Any]], Field(min_length=1)]
    tags: dict[str, str] = {}


class EcsPart(Part):
    """What an account has in ECS."""

    instances: Sequence[EcsInstancePart] = []
    disks: list[DetachedDiskPart] = []
    vpcs: list[VpcPart] = []
    images: list[ImagePart] = []
    launch_templates: list[LaunchTemplatePart] = []

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        groups_of = {
            vswitch.id: {group.id for group in vpc.security_groups}
            for vpc in self.vpcs
            for vswitch in vpc.vswitches
        }
        for instance in self.instances:
            if instance.vswitch and instance.vswitch not in groups_of:
                raise ValueError(f"{instance.name}: there is no vSwitch {instance.vswitch}")
            if instance.security_groups and not instance.vswitch:
                raise ValueError(f"{instance.name}: security groups need a vswitch")
            missing = set(instance.security_groups) - groups_of.get(instance.vswitch, set())
            if missing:
                named = ", ".join(sorted(missing))
                raise ValueError(f"{instance.name}: its VPC has no security group {named}")
        for template in self.launch_templates:
            if template.default_version > len(template.versions):
                raise ValueError(f"{template.name}: there is no version to be the default")
        return self

    def ids(self) -> list[str]:
        """The ids that the file chose."""
        disks = [*self.disks, *(disk for i in self.instances for disk in i.disks)]
        snapshots = [snapshot for disk in disks for snapshot in disk.snapshots]
        nets = [net for vpc in self.vpcs for net in [vpc, *vpc.vswitches, *vpc.security_groups]]
        parts: list[Any] = [
            *self.instances,
            *disks,
            *snapshots,
            *nets,
            *self.images,
            *self.launch_templates,
        ]
        return [part.id for part in parts if part.id]


class PricesPart(Part):
    """What an hour costs: of an instance by its type, of a GiB of disk by its category.

    What is left out has no price: its cost stays unknown.
    """

    currency: str
    instance: dict[str, Annotated[float, Field(ge=0)]] = {}
    disk: dict[str, Annotated[float, Field(ge=0)]] = {}
    snapshot: Annotated[float, Field(ge=0)] | None = None
    image: Annotated[float, Field(ge=0)] | None = None
    public_ip: Annotated[float, Field(ge=0)] | None = None
