"""The fields of a replication job as it is declared, and when SMC lets each be changed.

Source: ModifyReplicationJobAttribute. Its parameters lack RegionId, RunOnce, LicenseType,
ResourceGroupId and Disks: what is sent in these is fixed when the job is created.
"""

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from smc.connection import Connection
from smc.states import UNFINISHED, JobStatus
from smc.waiters import Pace


class ContainerTarget(BaseModel):
    """A container image in Container Registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str
    repository: str
    tag: str


class PartitionInputs(BaseModel):
    """A partition of a target disk; `size` is in GiB or a share such as `50%`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    size: int | str
    block: bool


class DiskInputs(BaseModel):
    """A target disk. index 0 is the system disk; size is in GiB."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: int
    size: int
    lvm: bool = False
    partitions: list[PartitionInputs] = Field(default_factory=list)
    disk_id: str = ""


class ReplicationJobInputs(BaseModel):
    """One server's migration.

    Attributes:
        stack: see `smc.ownership`.
        server: name in the settings, and name of the job.
        destination: account that the job belongs to.
        source_id: the source server; empty while it could not be imported.
        region: region of the target.
        image_name: the image to make; empty for another target.
        instance_id: the instance to replace; empty for another target.
        acknowledged: the same instance id again, from whoever knows that its data may be lost.
        container: the container image to make; None for another target.
        run: counts wanted migrations of this server, from 1.
        valid_days: life of the job, 7 to 90.
        start_at: UTC time at which SMC starts it, `2026-01-31T13:00:00Z`; empty: it does not.
        every_hours: interval of incremental runs, 1 to 168; 0: it runs once.
        keep_images: how many images of incremental runs are kept, 1 to 10; 0: it runs once.
        vswitch_id: for a transfer over private addresses; empty for a public one.
        replication_parameters: bandwidth_limit, compress_level, checksum as the API takes them.
        license_type: empty or BYOL.
        resource_group_id: resource group of the job; empty for the default one.
        instance_type: of the transition instance; empty: SMC chooses.
        instance_role: RAM role of the transition instance; empty for none.
        launch_template_id: ECS launch template; empty for none.
        launch_template_version: its version; empty for its default.
        disks: target disks that differ from the server's.
        adopt_job: id or name of an existing job that is taken over; empty: a new one is made.
        pace: of the wait for a running job to stop on delete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    server: str
    destination: Connection
    source_id: str
    region: str
    image_name: str = ""
    instance_id: str = ""
    acknowledged: str = ""
    container: ContainerTarget | None = None
    description: str = ""
    tags: dict[str, str] = Field(default_factory=dict)
    run: int = 1
    valid_days: int = 30
    start_at: str = ""
    every_hours: int = 0
    keep_images: int = 0
    vswitch_id: str = ""
    # Numbers come from Pulumi as floats, which SMC does not take.
    replication_parameters: dict[str, StrictBool | int] = Field(default_factory=dict)
    license_type: str = ""
    resource_group_id: str = ""
    instance_type: str = ""
    instance_role: str = ""
    launch_template_id: str = ""
    launch_template_version: str = ""
    disks: list[DiskInputs] = Field(default_factory=list)
    adopt_job: str = ""
    pace: Pace = Pace()

    @property
    def run_once(self) -> bool:
        """Whether it runs once, and not incrementally."""
        return self.every_hours == 0

    @property
    def job_name(self) -> str:
        """Name of the job in SMC: the server's, with the run from the second on."""
        return self.server if self.run == 1 else f"{self.server}-{self.run}"


LOCAL = frozenset({"stack", "destination", "pace", "adopt_job", "acknowledged"})
"""Not part of the job as SMC sees it. `server` is: as its name, which somebody else may change."""

NEW_JOB = frozenset({"source_id", "run"})
"""A change of one of these is another job."""

_READY = frozenset({JobStatus.READY})
_ALWAYS = frozenset(set(JobStatus) - {JobStatus.DELETING, JobStatus.GONE, JobStatus.NOT_CREATED})

CHANGEABLE_IN: dict[str, frozenset[JobStatus]] = {
    "server": _ALWAYS,
    "description": _ALWAYS,
    "tags": _ALWAYS,
    "valid_days": UNFINISHED,
    "every_hours": frozenset({JobStatus.READY, JobStatus.WAITING}),
    "keep_images": frozenset({JobStatus.READY, JobStatus.WAITING}),
    "image_name": _READY,
    "instance_id": _READY,
    "container": _READY,
    "start_at": _READY,
    "vswitch_id": _READY,
    "replication_parameters": _READY,
    "instance_type": _READY,
    "instance_role": _READY,
    "launch_template_id": _READY,
    "launch_template_version": _READY,
    "disks": _READY,
    "region": frozenset(),
    "license_type": frozenset(),
    "resource_group_id": frozenset(),
}
"""Field -> statuses in which SMC changes it. Tags are changed by TagResources and UntagResources.

`every_hours` and `keep_images` between nothing and something are RunOnce, which is fixed; `disks`
with partitions or LVM are the parameter Disks, which is fixed: see `changeable`.
"""


def changed_fields(before: ReplicationJobInputs, after: ReplicationJobInputs) -> frozenset[str]:
    """Fields of the job that differ."""
    fields = set(ReplicationJobInputs.model_fields) - LOCAL
    return frozenset(name for name in fields if getattr(before, name) != getattr(after, name))


def changeable(
    field: str, status: str, before: ReplicationJobInputs, after: ReplicationJobInputs
) -> bool:
    """Whether SMC changes this field of a job in this status."""
    if field in {"every_hours", "keep_images"} and before.run_once != after.run_once:
        return False
    if field == "disks" and (is_layout(before.disks) or is_layout(after.disks)):
        return False
    if field == "start_at" and not after.start_at:
        # An empty value is one that is not sent: a schedule can be moved, not taken away.
        return False
    return status in CHANGEABLE_IN[field]


def is_layout(disks: list[DiskInputs]) -> bool:
    """Whether more than sizes is asked for, so that the parameter Disks is needed."""
    return any(disk.lvm or disk.partitions or disk.disk_id for disk in disks)
