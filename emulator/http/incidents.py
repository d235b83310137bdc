"""What happens on request in the world itself: jobs that fail, clients that go, sessions that end.

They are changes of the world: written with it, part of its snapshots.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.identity.credentials import end_sessions
from emulator.service import ApiError
from emulator.smc import client, lifecycle
from emulator.smc.tables import PlannedFailure, SourceServer
from emulator.world import World


class _Incident(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class JobFailure(_Incident):
    """A job ends InError when its progress reaches a percentage of its Syncing phase.

    `subject` is a job, a source server or an ECS instance; `*` is whichever job gets there first.
    It happens once.
    """

    kind: Literal["job_failure"]
    subject: str = "*"
    at_percent: Annotated[float, Field(ge=5, lt=85)]
    code: Annotated[str, Field(min_length=1)] = "S1"
    message: str = "Rsync not found."

    def happen(self, world: World) -> None:
        """Plan it."""
        failure = PlannedFailure(
            subject=self.subject,
            at_percent=self.at_percent,
            code=self.code,
            message=self.message,
        )
        lifecycle.plan_failure(world, failure)


class ClientOffline(_Incident):
    """The SMC clients of source servers lose contact; `*` is every one."""

    kind: Literal["client_offline"]
    subject: str = "*"

    def happen(self, world: World) -> None:
        """Let it happen now."""
        for source in _sources(world, self.subject):
            client.lose_client(world, source)


class ClientOnline(_Incident):
    """The SMC clients of source servers are back; `*` is every one."""

    kind: Literal["client_online"]
    subject: str = "*"

    def happen(self, world: World) -> None:
        """Let it happen now."""
        for source in _sources(world, self.subject):
            client.regain_client(world, source)


class SessionExpiry(_Incident):
    """STS sessions end now. `subject` is an access key id or a session name; `*` is every one."""

    kind: Literal["session_expiry"]
    subject: str = "*"

    def happen(self, world: World) -> None:
        """Let it happen now."""
        if not end_sessions(world, self.subject):
            raise ApiError("NoSuchSubject", f"There is no session {self.subject}.", 404)


Incident = JobFailure | ClientOffline | ClientOnline | SessionExpiry


def planned_failures(world: World) -> list[dict[str, Any]]:
    """Failures of jobs that are yet to happen, those of the world file included."""
    return [
        {
            "kind": "job_failure",
            "subject": planned.subject,
            "at_percent": planned.at_percent,
            "code": planned.code,
            "message": planned.message,
        }
        for planned in world.table(PlannedFailure)
    ]


def _sources(world: World, subject: str) -> Iterable[SourceServer]:
    if subject == "*":
        return world.table(SourceServer)
    source = world.table(SourceServer).get(subject)
    if source is None:
        raise ApiError("NoSuchSubject", f"There is no source server {subject}.", 404)
    return [source]
