"""Objects of the services as the handlers see them: frozen, typed, units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a set of credentials belongs to (STS GetCallerIdentity)."""

    account_id: str
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RamEntity:
    """A role or a policy (RAM GetRole, GetPolicy)."""

    name: str
    description: str
    created: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An ECS instance (DescribeInstances). os_type is `linux` or `windows`."""

    instance_id: str
    name: str
    status: str
    os_type: str
    os_name: str
    host_name: str
    created: datetime | None = None
    private_ips: tuple[str, ...] = ()
    public_ips: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        addresses = ", ".join(self.private_ips + self.public_ips) or "no address"
        return f"{self.instance_id} ({self.name}, {addresses})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """An ECS disk (DescribeDisks)."""

    disk_id: str
    name: str
    size_gib: int
    type: str
    status: str
    instance_id: str
    created: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A snapshot of a disk (DescribeSnapshots). progress is a text such as `40%`."""

    snapshot_id: str
    name: str
    disk_id: str
    size_gib: int
    status: str
    progress: str
    created: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all of the disk is in it."""
        return self.status == "accomplished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A custom image (DescribeImages), and the snapshots that it is made of."""

    image_id: str
    name: str
    status: str
    size_gib: int
    snapshot_ids: tuple[str, ...] = ()
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A Cloud Assistant command on one instance (DescribeInvocations)."""

    invoke_id: str
    instance_id: str
    status: str
    output: str
    exit_code: int | None
    error_code: str
    error_info: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An activation code as SMC lists it: never the code itself (ListAccessTokens)."""

    access_token_id: str
    name: str
    status: str
    created: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationCode:
    """A new activation code. `code` is a secret: never log, store or print it."""

    access_token_id: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePartition:
    """A partition of a source server. path is a mount point, or a drive such as `C:`."""

    path: str
    device: str
    size_bytes: int
    can_block: bool
    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDisk:
    """A disk of a source server; index 0 is the system disk."""

    index: int
    size_gib: int
    partitions: tuple[SourcePartition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceServer:
    """A server registered with SMC (DescribeSourceServers). hostname and ipv4 may be empty."""

    source_id: str
    name: str
    description: str
    state: str
    agent_version: str
    platform: str
    hostname: str
    ipv4: str
    disks: tuple[SourceDisk, ...]
    error: str
    tags: Mapping[str, str]

    @property
    def disk_sizes_gib(self) -> tuple[int, ...]:
        """Sizes of its disks, the system disk first."""
        return tuple(disk.size_gib for disk in self.disks)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One run of a job. Times are UTC texts, empty if unknown; kind is Manual or Schedule."""

    kind: str
    started: str
    ended: str
    image_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDisk:
    """A target disk whose layout was given (Disks); partitions are (path, bytes, block)."""

    lvm: bool
    partitions: tuple[tuple[str, int, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationJob:
    """A migration of one source server (DescribeReplicationJobs). progress is in percent."""

    job_id: str
    source_id: str
    name: str
    description: str
    status: str
    business_status: str
    progress: float
    region: str
    target_type: str
    image_name: str
    image_id: str
    instance_id: str
    transition_instance_id: str
    error: str
    start_time: str
    end_time: str
    disk_sizes_gib: tuple[int, ...]
    runs: tuple[JobRun, ...]
    tags: Mapping[str, str]
    layout: tuple[TargetDisk, ...] = ()
    """Its disks, the system disk first; empty if none was given, or SMC does not tell."""

    valid_days: int | None = None
    """From its creation to the end of its validity; None if SMC does not tell."""

    declared: Mapping[str, Any] = field(default_factory=dict)
    """What it was created or changed with, by the names of `smc.job_fields`."""
