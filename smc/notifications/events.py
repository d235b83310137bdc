"""The events and their bodies. schema/notification.schema.json is made from these models.

The id of an event depends on what happened and on nothing else, neither time nor process: when an
update is killed and the next one finds the same again, it sends the same id, and a receiver that
has seen it drops it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from smc.certificate import Leftover
from smc.clock import utc_text
from smc.ownership import digest
from smc.settings.notifications import EventType

LONGEST_REASON = 1000


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WaveStarted(_Body):
    """Jobs of a wave run, or begin to."""

    stack: str
    """`organization/project/stack`."""

    wave: str
    """Name of the wave."""

    servers: list[str]
    """Servers whose migration this update drives."""


class ServerResult(_Body):
    """How far a server came."""

    status: str
    """Status of its job, such as Finished, Waiting or InError."""

    image_id: str = ""
    """Its image; empty if there is none."""

    instance_id: str = ""
    """The instance whose system was replaced; empty for another target."""


class WaveEnded(_Body):
    """An update does nothing more with a wave."""

    stack: str
    """`organization/project/stack`."""

    wave: str
    """Name of the wave."""

    results: dict[str, ServerResult]
    """Server -> how far it came."""

    failures: dict[str, str]
    """Server -> why it is not migrated."""


class ServerFailed(_Body):
    """A server is not migrated; the others of its wave go on."""

    stack: str
    """`organization/project/stack`."""

    wave: str
    """Its wave."""

    server: str
    """Its name."""

    job_id: str
    """Its job; empty if there is none."""

    reason: str
    """What failed, the likely cause and the fix."""


class LeftoverFound(_Body):
    """Something is billed although no job explains it, or was until it was released."""

    stack: str
    """`organization/project/stack`."""

    kind: str
    """What it is, such as transition instance."""

    id: str
    """Its id."""

    name: str
    """Its name."""

    region: str
    """Where it is."""

    hours: float | None
    """For how long it has existed; null if the API does not say."""

    released: bool
    """Whether it was released when this was sent."""


class Event(_Body):
    """One event, as it is sent."""

    id: str = Field(pattern=r"^evt_[0-9a-f]{40}$")
    """The same for the same event, however often it arrives."""

    type: EventType
    """What happened."""

    timestamp: str
    """When, by the service's clock, in UTC."""

    emulated: bool
    """It happened on the local emulator."""

    data: WaveStarted | WaveEnded | ServerFailed | LeftoverFound
    """More about it, by type."""

    def encoded(self) -> bytes:
        """The body of the request."""
        return self.model_dump_json().encode()


class Teller:
    """Makes the events of one stack.

    Args:
        stack: see `smc.ownership`.
        emulated: whether all of this is on the local emulator.
    """

    def __init__(self, stack: str, *, emulated: bool) -> None:
        self._stack = stack
        self._emulated = emulated

    def started(self, wave: str, servers: list[str], drive: str, at: datetime) -> Event:
        """A wave starts. `drive` tells this drive of it from others."""
        data = WaveStarted(stack=self._stack, wave=wave, servers=sorted(servers))
        return self._event("wave.started", data, (wave, drive), at)

    def ended(
        self,
        wave: str,
        results: Mapping[str, Mapping[str, Any]],
        failures: Mapping[str, str],
        drive: str,
        at: datetime,
    ) -> Event:
        """A wave ends, with the outputs of its drive."""
        told = {
            server: ServerResult(
                status=result["status"],
                image_id=result["image_id"],
                instance_id=result["instance_id"],
            )
            for server, result in results.items()
        }
        reasons = {server: reason[:LONGEST_REASON] for server, reason in failures.items()}
        data = WaveEnded(stack=self._stack, wave=wave, results=told, failures=reasons)
        return self._event("wave.ended", data, (wave, drive, data.model_dump()), at)

    def failed(self, wave: str, server: str, job_id: str, reason: str, at: datetime) -> Event:
        """A server fails. The same failure again is the same event."""
        data = ServerFailed(
            stack=self._stack,
            wave=wave,
            server=server,
            job_id=job_id,
            reason=reason[:LONGEST_REASON],
        )
        return self._event("server.failed", data, data.model_dump(), at)

    def leftover(self, found: Leftover, at: datetime, *, released: bool) -> Event:
        """Something is left over. It is told once while it is there, and when it is released."""
        data = LeftoverFound(
            stack=self._stack,
            kind=found.kind,
            id=found.id,
            name=found.name,
            region=found.region,
            hours=found.hours,
            released=released,
        )
        return self._event("leftover.found", data, (found.kind, found.id, released), at)

    def _event(self, kind: EventType, data: Any, told_by: Any, at: datetime) -> Event:
        return Event(
            id=f"evt_{digest(self._stack, kind, told_by)}",
            type=kind,
            timestamp=utc_text(at),
            emulated=self._emulated,
            data=data,
        )
