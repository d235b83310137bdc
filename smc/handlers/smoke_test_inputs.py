"""What a smoke test is asked to do."""

from pydantic import BaseModel, ConfigDict

from smc.connection import Connection
from smc.ownership import digest
from smc.states import JobStatus
from smc.waiters import Pace

MIGRATED = frozenset({JobStatus.FINISHED, JobStatus.WAITING})
"""Statuses of a job that has brought something to be tested."""


class LaunchInputs(BaseModel):
    """How the test instance of an image is made; what is empty, the launch template or ECS decides.

    Attributes:
        instance_type: its type.
        vswitch: vSwitch that it is in.
        security_group: its security group.
        disk_category: category of its system disk.
        public_bandwidth: Mbit/s of its public address; 0: it has none.
        template_id: ECS launch template.
        template_version: its version, a number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance_type: str = ""
    vswitch: str = ""
    security_group: str = ""
    disk_category: str = ""
    public_bandwidth: int = 0
    template_id: str = ""
    template_version: str = ""


class SmokeTestServer(BaseModel):
    """A server, what it has become, and how that is tested.

    Attributes:
        status: of its job.
        run: see `ReplicationJobInputs.run`.
        region: of the image or instance.
        image_id: the image that its job made; empty for another target.
        instance_id: the instance that it replaced; empty for an image.
        command: run on it; empty for a test by HTTP.
        http: address that is asked; empty for a command.
        host: name that is asked for; empty: that of the address.
        expected: HTTP status that is right.
        within_seconds: how long it may take, from when the instance runs.
        launch: how an instance of the image is made; None for an instance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: str
    run: int
    region: str
    image_id: str = ""
    instance_id: str = ""
    command: str = ""
    http: str = ""
    host: str = ""
    expected: int = 200
    within_seconds: int = 300
    launch: LaunchInputs | None = None

    @property
    def is_migrated(self) -> bool:
        """Whether there is something to be tested."""
        return self.status in MIGRATED

    @property
    def subject(self) -> str:
        """The image or instance that is tested; empty if nobody knows the image any more."""
        return self.image_id if self.launch else self.instance_id

    @property
    def fingerprint(self) -> str:
        """What one test has in common with another that says the same."""
        described = self.model_dump(
            mode="json", exclude={"status", "within_seconds"}, exclude_defaults=True
        )
        return digest(described)[:16]


class SmokeTestRunInputs(BaseModel):
    """The smoke tests of one wave.

    Attributes:
        wave: name of the wave.
        stack: see `smc.ownership`.
        destination: account of the images and instances.
        servers: server name -> what is tested; only those with a test.
        pace: how often is looked; each test has its own deadline.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave: str
    stack: str
    destination: Connection
    servers: dict[str, SmokeTestServer]
    pace: Pace = Pace()
