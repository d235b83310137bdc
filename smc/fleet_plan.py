"""What the settings of a stack say is to become of its servers, without asking any service."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smc.clock import utc_text
from smc.settings import Settings
from smc.settings.job import STARTED
from smc.settings.model import Server
from smc.settings.prices import Prices
from smc.wave_plan import WaveJob


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """One server.

    Attributes:
        wave: the wave it moves in.
        job: what its wave does with its job; the ids are not known.
        region: region of its target.
        target: name or id of what it becomes.
        kind: what that is.
        starts_at: UTC time before which nothing is started; empty for none.
    """

    wave: str
    job: WaveJob
    region: str
    target: str
    kind: Literal["image", "instance", "container"]
    starts_at: str


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """All servers of a stack.

    Attributes:
        stack: see `smc.ownership`.
        waves: their names in the order in which they move.
        held_by: wave -> waves that hold it while a server of theirs is not migrated.
        servers: server name -> plan.
        running_quota: how many jobs of the account may run at a time.
        prices: what is paid; None if the settings do not say.
    """

    stack: str
    waves: tuple[str, ...]
    held_by: Mapping[str, frozenset[str]]
    servers: Mapping[str, ServerPlan]
    running_quota: int
    prices: Prices | None = None


def fleet_plan(settings: Settings, stack: str) -> FleetPlan:
    """The plan of a stack with these settings."""
    members = settings.wave_members()
    plans = {
        name: _server_plan(settings, wave, server)
        for wave, servers in members.items()
        for name, server in servers.items()
    }
    held_by = {
        wave: frozenset(
            before
            for before in settings.waves_before(wave)
            if settings.waves[before].on_failure == "hold"
        )
        for wave in members
    }
    waves = tuple(members)
    return FleetPlan(stack, waves, held_by, plans, settings.running_quota, settings.prices)


def wave_options(settings: Settings, server: Server) -> dict[str, Any]:
    """What a wave has to know of a server beside its job; fields of `WaveJob`."""
    options = settings.options(server)
    synchronization = options.synchronization
    return {
        "run": server.run,
        "start": options.execution in STARTED,
        "start_at": utc_text(options.start_at),
        "paused": server.paused,
        "cutover": synchronization.cutover if synchronization else None,
        "attempts": options.attempts,
    }


def _server_plan(settings: Settings, wave: str, server: Server) -> ServerPlan:
    given = {k: v for k, v in wave_options(settings, server).items() if v is not None}
    target = server.target
    container = target.container
    became = f"{container.namespace}/{container.repository}:{container.tag}" if container else ""
    start = settings.waves[wave].start if wave in settings.waves else None
    return ServerPlan(
        wave=wave,
        job=WaveJob(job_id="", source_id=server.source_id or "", **given),
        region=target.region or settings.destination.region,
        target=target.image or target.instance or became,
        kind=target.kind,
        starts_at=max(utc_text(start), given["start_at"]),
    )
