"""Rows of SMC. Sizes are GiB, times are virtual UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from emulator.smc.states import JobState
from emulator.world import row


@row("smc_access_token", key="access_token_id", indexes=("account_id", "code"))
@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An activation code."""

    access_token_id: str
    account_id: str
    code: str
    name: str
    description: str
    count: int
    registered_count: int
    days: int
    enabled: bool
    created: datetime


@row("smc_source_server", key="source_id", indexes=("account_id", "instance_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceServer:
    """A registered server; of its disks the system disk is first.

    `instance_id` and `disks_used_gib` are the emulator's own knowledge: no response shows them.
    """

    source_id: str
    account_id: str
    instance_id: str
    name: str
    description: str
    state: str
    agent_version: str
    platform: str
    hostname: str
    ipv4: str
    disk_sizes_gib: list[int]
    disks_used_gib: list[float]
    created: datetime
    error_code: str = ""
    error_message: str = ""
    workgroup_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def used_gib(self) -> float:
        """What all disks hold."""
        return sum(self.disks_used_gib)


@row("smc_replication_job", key="job_id", indexes=("account_id", "source_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationJob:
    """A job. `parameters` is what it was created with, in the API's names.

    `phase_from` and `phase_until` bound the present phase in time, `progress_from` and
    `progress_until` in percent; progress between is interpolated. `image_ids` are the images that
    it made and keeps, oldest first; `cycles` counts all that it made. `synced` is when it last had
    all data; a job that `cuts_over` finishes with its present run. A cross-zone job has no source.
    """

    job_id: str
    account_id: str
    source_id: str
    region: str
    name: str
    description: str
    status: str
    business_status: str
    target_type: str
    parameters: dict[str, Any]
    valid_until: datetime
    created: datetime
    scheduled: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    phase_from: datetime | None = None
    phase_until: datetime | None = None
    progress_from: float = 0.0
    progress_until: float = 0.0
    image_id: str = ""
    image_ids: list[str] = field(default_factory=list)
    cycles: int = 0
    synced: datetime | None = None
    cuts_over: bool = False
    transition_instance_id: str = ""
    temporary_disk_id: str = ""
    error_code: str = ""
    status_info: str = ""
    runs: list[dict[str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> JobState:
        """Status and business status."""
        return JobState(self.status, self.business_status)

    @property
    def is_incremental(self) -> bool:
        """Whether it runs again and again until it is cut over."""
        return self.parameters.get("RunOnce") is False


@row("smc_workgroup", key="workgroup_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Workgroup:
    """A workgroup: source servers that are migrated together; they name it, not it them."""

    workgroup_id: str
    account_id: str
    name: str
    description: str
    created: datetime
    tags: dict[str, str] = field(default_factory=dict)


@row("smc_failure", key="subject")
@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFailure:
    """The next job of a subject that reaches a progress fails there, once.

    `subject` is a job, a source server, an ECS instance, or `*` for any.
    """

    subject: str
    at_percent: float
    code: str
    message: str
