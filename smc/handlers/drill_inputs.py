"""What a drill is asked to do."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from smc.connection import Connection
from smc.handlers.context import RoleAccess
from smc.job_fields import ReplicationJobInputs
from smc.models import SourceServer
from smc.ownership import finished_run
from smc.waiters import Pace

NOT_REHEARSED = frozenset(
    {"description", "tags", "valid_days", "start_at", "adopt_job", "pace", "destination"}
)
"""Fields of a job that make no other rehearsal of it."""


class DrillServer(BaseModel):
    """A server to be drilled.

    Attributes:
        source_id: its source server; empty while it could not be imported: then it is left out.
        source_instance: its ECS instance; empty where an adopted source does not tell it.
        os_type: `linux` or `windows`.
        target_instance: instance that it will replace; empty for an image.
        target_region: where it goes.
        run: a new run is a new drill.
        rehearsal: the server's own job, which is rehearsed; None: it is only checked.
        alone: no migration follows: after a rehearsal the target is always brought back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_id: str
    source_instance: str
    os_type: str
    target_instance: str
    target_region: str
    run: int
    rehearsal: ReplicationJobInputs | None = None
    alone: bool = False

    def is_finished(self, source: SourceServer | None) -> bool:
        """Whether this run has finished, by the mark on its source server."""
        return source is not None and finished_run(source.tags) >= self.run

    def is_drilled_like(self, other: "DrillServer | None") -> bool:
        """Whether a drill of the other one holds for this one, too."""
        if other is None:
            return False
        left_out: Any = {"alone": True, "rehearsal": set(NOT_REHEARSED)}
        return self.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)


class DrillRunInputs(BaseModel):
    """The drills of one wave.

    Attributes:
        wave: name of the wave.
        stack: see `smc.ownership`.
        destination: account of the source servers and targets.
        role: the role in the source account.
        servers: server name -> what is drilled.
        running_quota: how many jobs of the account may run at a time, for rehearsals.
        pace: of the wait for the script.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    wave: str
    stack: str
    destination: Connection
    role: RoleAccess
    servers: dict[str, DrillServer]
    running_quota: int = 50
    pace: Pace = Pace()

    @property
    def rehearsals(self) -> dict[str, ReplicationJobInputs]:
        """Server name -> the job that is rehearsed."""
        return {
            name: server.rehearsal
            for name, server in self.servers.items()
            if server.rehearsal and server.source_id
        }
